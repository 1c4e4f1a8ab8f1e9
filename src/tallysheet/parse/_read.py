"""The work of a child: bytes of a file → what can be read off it."""

from dataclasses import replace
from hashlib import sha256

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed, Part
from tallysheet.parse._kind import PDF, SIGNED, UNPACK, XML, is_container, kind_of
from tallysheet.parse._signed import signed_content
from tallysheet.parse._wanted import Wanted, hash_of_pages
from tallysheet.parse._xml import READ, decode, is_e_invoice, root_of

DEEPEST = 2
"""A mail in a ZIP archive has its attachments read; what lies deeper nobody meant to send."""


def read(request: bytes) -> bytes:
    """Read a document of any kind; what comes back is a `Parsed`, encoded.

    Args:
        request: `Wanted`, in front of the bytes of the file.

    Raises:
        DocumentError: There is nothing in it that we can read; says why.
    """
    wanted, data = Wanted.taken_off(request)
    for name in wanted.members:
        from tallysheet.parse.members import member

        data = member(data, name)
    if wanted.sha256 and wanted.sha256 != _hash_of(data, wanted.pages):
        raise DocumentError(
            "gone",
            "The file that holds it has changed since, and it is no longer in there as it was.",
            "Run again: what the file holds now is read then.",
        )
    parsed = _read(data, wanted)
    if wanted.pages is None:
        return parsed.to_bytes()
    pages = tuple(page for page in parsed.pages if page.number in wanted.pages)
    missing = tuple(number for number in parsed.missing if number in wanted.pages)
    return replace(parsed, pages=pages, missing=missing).to_bytes()


def _hash_of(data: bytes, pages: range | None) -> str:
    whole = sha256(data).hexdigest()
    return hash_of_pages(whole, pages) if pages else whole


def _read(data: bytes, wanted: Wanted) -> Parsed:
    kind = kind_of(data)
    if is_container(kind):
        return _read_container(data, kind, wanted.depth + len(wanted.members))
    if kind == SIGNED:
        return _read_signed(data, wanted)
    if kind == XML:
        return read_xml(data)
    # Here, so that pdfium and OCR are loaded in children alone and never beside the event loop.
    if kind == PDF:
        from tallysheet.parse._pdf import read_pdf

        return read_pdf(
            data, shown=wanted.shown, passwords=wanted.passwords, only=wanted.only or wanted.pages
        )
    return _read_picture(data, kind, wanted)


def _read_container(data: bytes, kind: str, depth: int) -> Parsed:
    if depth == DEEPEST:
        raise DocumentError(
            "too_deep",
            f"It is a file in a file in a file, and itself holds others: no more than {DEEPEST}"
            " such files are opened, one inside the other.",
            UNPACK,
        )
    from tallysheet.parse.members import members_of

    members = members_of(data)
    return Parsed(
        kind,
        parts=tuple(Part(one.name, one.sha256, one.size) for one in members if not one.skipped),
        warnings=tuple(f"{one.name}: {one.skipped}" for one in members if one.skipped),
    )


def _read_signed(data: bytes, wanted: Wanted) -> Parsed:
    content = signed_content(data)
    if content is None:
        raise DocumentError(
            "unsupported",
            "This is a signature alone, without the file that was signed.",
            "Take it out of the source, and see that the signed file is in it.",
        )
    return _read(content, wanted)


def _read_picture(data: bytes, kind: str, wanted: Wanted) -> Parsed:
    from tallysheet.parse import ocr

    if not wanted.shown:
        ocr.require()  # first, because Pillow comes with it
    from tallysheet.parse._picture import read_picture

    return read_picture(data, kind, shown=wanted.shown, only=wanted.only or wanted.pages)


def read_xml(data: bytes) -> Parsed:
    """Take in a file that is an e-invoice itself.

    Raises:
        DocumentError: ``unsupported`` where it is other XML, ``corrupt_xml`` or
            ``too_large`` where it cannot be decoded.
    """
    xml = decode(data)
    if not is_e_invoice(xml):
        root = root_of(xml)[:60]
        raise DocumentError(
            "unsupported",
            f"This is XML {f'with the root “{root}”' if root else 'without a root'}, which is none "
            f"of the e-invoices we read: {READ}.",
            "Ask the sender for one of these, or add the invoice as a PDF.",
        )
    return Parsed(XML, xml=xml)
