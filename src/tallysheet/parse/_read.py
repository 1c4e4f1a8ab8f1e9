"""The work of a child: bytes of a file → what can be read off it."""

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed
from tallysheet.parse._kind import PDF, UNPACK, XML, is_container, kind_of
from tallysheet.parse._xml import READ, decode, is_e_invoice, root_of


def read(data: bytes) -> bytes:
    """Read a document of any kind; what comes back is a `Parsed`, encoded.

    Raises:
        DocumentError: There is nothing in it that we can read; says why.
    """
    return _read(data, shown=False)


def read_and_show(data: bytes) -> bytes:
    """The same, and pages without text come as pictures as well."""
    return _read(data, shown=True)


def _read(data: bytes, *, shown: bool) -> bytes:
    kind = kind_of(data)
    if is_container(kind):
        raise DocumentError("container", f"It holds other files ({kind}).", UNPACK)
    if kind == XML:
        return read_xml(data).to_bytes()
    # Here, so that pdfium and OCR are loaded in children alone and never beside the event loop.
    if kind == PDF:
        from tallysheet.parse._pdf import read_pdf

        return read_pdf(data, shown=shown).to_bytes()
    return _read_picture(data, kind, shown=shown).to_bytes()


def _read_picture(data: bytes, kind: str, *, shown: bool) -> Parsed:
    from tallysheet.parse import ocr

    if not shown:
        ocr.require()  # first, because Pillow comes with it
    from tallysheet.parse._picture import read_picture

    return read_picture(data, kind, shown=shown)


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
