"""PDF → pages of words with boxes, and the e-invoice inside, by pdfium.

Runs in a child process only: pdfium is fast, but one hostile file can crash it,
hang it or fill the memory, and it is not safe in two threads at once.
"""

import ctypes
from collections.abc import Container, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.errors import DocumentError
from tallysheet.model import Box, Page, Parsed, Picture
from tallysheet.parse._annotations import has_drawn_text
from tallysheet.parse._glyphs import glyphs_of
from tallysheet.parse._hidden import MOST_KEPT, about_hidden, parted
from tallysheet.parse._kind import PDF, PDF_MARK, PDF_WITHIN
from tallysheet.parse._objects import objects_of
from tallysheet.parse._rounds import BETTER
from tallysheet.parse._scans import Scans, picture_of
from tallysheet.parse._spoken import silence
from tallysheet.parse._tricks import Tricks, tricks_of
from tallysheet.parse._unread import is_garbled, laid_over, unread
from tallysheet.parse._words import words_among
from tallysheet.parse._xml import MOST_BYTES, decode, is_e_invoice
from tallysheet.parse.ocr import Image, most_scale

MOST_PAGES = 200
MOST_WORDS = 200_000
MOST_COUNTED = 10_000
"""Pages that are told to be missing, one by one."""
MOST_ATTACHMENTS = 100
"""Attachments looked at; an invoice has one or two."""
E_INVOICE_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
"""What the standards call the XML inside a hybrid PDF, in lower case."""
SCAN_DPI = 200
"""At which a page is drawn for OCR, unless that makes it too large."""
INTACT = "Ask its sender for an intact file."


def read_pdf(
    data: bytes,
    *,
    shown: bool = False,
    passwords: Sequence[str] = (),
    only: Container[int] | None = None,
) -> Parsed:
    """Read words and embedded e-invoice.

    Args:
        data: The file.
        shown: Whether pages without text are wanted as pictures, too.
        passwords: Those that may open it, tried in their order.
        only: Numbers of the pages to read, if not all.

    Raises:
        DocumentError: ``encrypted``, ``corrupt``, or ``no_text``.
    """
    with closing(_opened(data, passwords)) as pdf:
        warnings: list[str] = []
        xml = _e_invoice_in(pdf, warnings)
        # What the e-invoice says is exact: no need to guess at pictures beside it.
        scans = None if xml is not None and is_e_invoice(xml) else Scans(shown=shown)
        missing: list[int] = []
        pages = tuple(_pages_of(pdf, warnings, missing, scans, only=only, tricks=tricks_of(data)))
    warnings += scans.warnings if scans else ()
    if said := about_hidden(pages):
        warnings.append(said)
        pages = tuple(replace(page, hidden=page.hidden[:MOST_KEPT]) for page in pages)
    if not pages and xml is None:
        raise DocumentError("corrupt", "It is damaged: none of its pages can be read.", INTACT)
    unread = tuple(scans.unread) if scans else ()
    if xml is None and not unread and not any(page.words or page.picture for page in pages):
        raise _wordless(scans)
    missing += scans.missing if scans else ()
    left = tuple(sorted(set(missing)))
    return Parsed(PDF, pages, xml, tuple(warnings), unread=unread, missing=left)


def draw_pages(
    data: bytes, numbers: Sequence[int], *, passwords: Sequence[str] = ()
) -> dict[int, Picture]:
    """Pages as they look, by their numbers.

    Raises:
        DocumentError: ``encrypted`` or ``corrupt``.
    """
    pictures = {}
    with closing(_opened(data, passwords)) as pdf:
        for number in numbers:
            with closing(pdf[number - 1]) as shown:
                whole = Box(0, 0, *shown.get_size())
                pictures[number] = picture_of(_drawn(shown, whole), number)
    return pictures


def _wordless(scans: Scans | None) -> DocumentError:
    refusal = scans and scans.refusal
    return DocumentError(
        "no_text",
        "Its pages are pictures, as a scanner makes them, and OCR is not at hand."
        if refusal
        else "There is no text on its pages, nor does OCR find any in what they show.",
        refusal.fix if refusal else BETTER,
    )


def _opened(data: bytes, passwords: Sequence[str]) -> pdfium.PdfDocument:
    # pdfium refuses some files without a reason; that of an earlier file would stand for it.
    raw.FPDF_LoadMemDocument64(b"", 0, None)
    *others, last = (None, *passwords)
    for password in others:
        with suppress(pdfium.PdfiumError):
            return pdfium.PdfDocument(data, password)
    try:
        return pdfium.PdfDocument(data, last)
    except pdfium.PdfiumError as error:
        start = data.find(PDF_MARK, 1, PDF_WITHIN)
        if error.err_code == raw.FPDF_ERR_FORMAT and start > 0:
            return _opened(data[start:], passwords)
        raise _refusal(error, len(passwords)) from None


def _refusal(error: pdfium.PdfiumError, tried: int) -> DocumentError:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return DocumentError(
            "encrypted",
            f"It is encrypted, and none of the {tried:,} passwords at hand opens it."
            if tried
            else "It is encrypted and opens only with a password.",
            "Put its password into the file that pdf_passwords_file names, or save it without one.",
        )
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return DocumentError(
            "encrypted",
            "It is encrypted in a way that we cannot open.",
            "Save it without encryption, and add that.",
        )
    return DocumentError("corrupt", "It is damaged: no PDF reader finds its way in it.", INTACT)


def _e_invoice_in(pdf: pdfium.PdfDocument, warnings: list[str]) -> str | None:
    """The embedded e-invoice: under a standard name, else any XML that is one by its root."""
    named: str | None = None
    found: str | None = None
    for attachment, name in _xml_attachments(pdf):
        try:
            xml = decode(_content_of(attachment))
        except pdfium.PdfiumError:
            warnings.append(f"Its attachment {name[:60]} is damaged and was left aside.")
            continue
        except DocumentError as error:
            warnings.append(f"Its attachment {name[:60]} was left aside: {error.message}")
            continue
        is_named = name.lower() in E_INVOICE_NAMES
        if is_e_invoice(xml):
            if is_named:
                return xml
            found = found or xml
        elif is_named:
            named = named or xml
    # Where a standard name holds nonsense, the reader of e-invoices says what is wrong with it.
    return found or named


def _xml_attachments(pdf: pdfium.PdfDocument) -> Iterator[tuple[pdfium.PdfAttachment, str]]:
    for at in range(min(pdf.count_attachments(), MOST_ATTACHMENTS)):
        with suppress(pdfium.PdfiumError, UnicodeDecodeError):
            attachment = pdf.get_attachment(at)
            name = attachment.get_name()
            if name.lower().endswith(".xml"):
                yield attachment, name


def _content_of(attachment: pdfium.PdfAttachment) -> bytes:
    size = ctypes.c_ulong()
    raw.FPDFAttachment_GetFile(attachment, None, 0, size)
    if size.value > MOST_BYTES:
        raise DocumentError(
            "too_large", f"it has {size.value:,} bytes, and at most {MOST_BYTES:,} are read."
        )
    return bytes(attachment.get_data())


def _pages_of(
    pdf: pdfium.PdfDocument,
    warnings: list[str],
    missing: list[int],
    scans: Scans | None,
    *,
    only: Container[int] | None,
    tricks: Tricks,
) -> Iterator[Page]:
    count = len(pdf)
    if count > MOST_PAGES:
        warnings.append(
            f"It has {count:,} pages; the first {MOST_PAGES} were read, {count - MOST_PAGES:,} not."
        )
        missing += range(MOST_PAGES + 1, min(count, MOST_COUNTED) + 1)
    left = MOST_WORDS
    for at in range(min(count, MOST_PAGES)):
        if only is not None and at + 1 not in only:
            continue
        try:
            read, left_out = _page_of(pdf, at, scans, tricks=tricks)
            page, said = _with_scans(pdf, read, left_out, scans)
        except pdfium.PdfiumError:  # it may load, and not a second time
            warnings.append(f"Page {at + 1} is damaged and was not read.")
            missing.append(at + 1)
            continue
        warnings += said
        if scans is None and (left_out or (said and page.words)):
            missing.append(at + 1)  # no matter to who goes by the e-invoice
        if len(page.words) > left:
            warnings.append(
                f"It has more than {MOST_WORDS:,} words; "
                f"the rest of page {at + 1} and what follows was not read."
            )
            missing += range(at + 1, min(count, MOST_PAGES) + 1)
            yield replace(page, words=page.words[:left])
            return
        left -= len(page.words)
        yield page


def _with_scans(
    pdf: pdfium.PdfDocument, page: Page, left_out: list[Box], scans: Scans | None
) -> tuple[Page, list[str]]:
    """A page with what its pictures say, where its words leave that out, and sentences on that."""
    if not page.words or is_garbled(page.words):
        return _seen(pdf, page, scans)
    if not left_out or scans is None:
        return page, []
    with closing(pdf[page.number - 1]) as shown:
        return scans.complete(page, left_out, partial(_drawn, shown))


def _seen(pdf: pdfium.PdfDocument, page: Page, scans: Scans | None) -> tuple[Page, list[str]]:
    """A page without text, or with garbled text, as OCR reads it, and a sentence on that."""
    if page.words:
        read, said = _seen(pdf, replace(page, words=()), scans)
        garbled = f"Page {page.number} has text that cannot be what it shows."
        return (read if read.words else replace(read, words=page.words)), [garbled, *said]
    with closing(pdf[page.number - 1]) as shown:
        if scans is None or not raw.FPDFPage_CountObjects(shown):
            return page, [
                f"Page {page.number} has no text; what it shows as a picture was not read."
            ]
        whole = Box(0, 0, page.width, page.height)
        return scans.read(page, partial(_drawn, shown, whole))


def _drawn(shown: pdfium.PdfPage, box: Box) -> Image:
    """The part of a page in *box*, as a picture."""
    width, height = shown.get_size()
    scale = SCAN_DPI / 72
    scale *= min(1.0, most_scale((box.x1 - box.x0) * scale, (box.y1 - box.y0) * scale))
    around = (box.x0, height - box.y1, width - box.x1, box.y0)
    crop = tuple(margin if margin > 1 else 0.0 for margin in around)
    with closing(shown.render(scale=scale, crop=crop)) as bitmap:
        picture: Image = bitmap.to_pil().convert("RGB")
    return picture


def _page_of(
    pdf: pdfium.PdfDocument, at: int, scans: Scans | None, *, tricks: Tricks
) -> tuple[Page, list[Box]]:
    """A page, and where it shows images that its words leave out."""
    with closing(pdf[at]) as page:
        flattened = has_drawn_text(page) and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        if not flattened or flattened == raw.FLATTEN_FAIL:
            return _read_page(page, at + 1, scans, tricks=tricks)
    with closing(pdf[at]) as page:
        return _read_page(page, at + 1, scans, tricks=tricks)


def _read_page(
    page: pdfium.PdfPage, number: int, scans: Scans | None, *, tricks: Tricks
) -> tuple[Page, list[Box]]:
    width, height = page.get_size()
    objects = objects_of(page)
    silence(*objects)
    with closing(page.get_textpage()) as text:
        glyphs = glyphs_of(page, text)
        words = words_among(glyphs)
        seen, hidden, laid = parted(page, text, objects, glyphs, words, tricks=tricks)
    read = Page(number, round(width, 2), round(height, 2), seen, hidden=hidden)
    left_out = unread(page, objects, seen)
    if laid and scans is not None:
        written = [word for word in seen if word not in laid]
        beside = unread(page, objects, written)
        if scans.replaces(number, over := laid_over(beside, laid) if written else laid):
            kept = tuple(word for word in seen if word not in over)
            return replace(read, words=kept), beside
    return read, left_out
