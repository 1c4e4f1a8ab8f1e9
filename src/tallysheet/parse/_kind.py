"""What a file is, told by its bytes, never by its name.

PDF, XML and four kinds of pictures are read. The others are recognised so that
their owner hears what the file is and what to do about it.
"""

import re
from dataclasses import dataclass

from tallysheet.errors import DocumentError

PDF = "application/pdf"
XML = "application/xml"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"

PDF_MARK = b"%PDF-"
PDF_WITHIN = 8192
"""Some programs write mail or web headers in front of a PDF; it begins within so many bytes."""
LOOK_AT = 65_536
TEXT_LOOK_AT = 4096

AS_PNG = "Save it as a PNG or JPEG image, and add that."
AS_PDF = "Save it as a PDF with its own program, and add that."
UNPACK = "Unpack it, and add the files inside."
INSTEAD = "Add the invoice as a PDF with text, or as e-invoice XML."


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A kind of file that is recognised and not read."""

    name: str
    """With its article, after “This is”."""
    fix: str


STARTS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"GIF8", Unreadable("a GIF image", AS_PNG)),
    (b"{\\rtf", Unreadable("an RTF document", AS_PDF)),
    (b"%!PS", Unreadable("a PostScript file", AS_PDF)),
    (b"\x1f\x8b", Unreadable("a GZIP archive", UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Unreadable("a 7-Zip archive", UNPACK)),
    (b"Rar!\x1a\x07", Unreadable("a RAR archive", UNPACK)),
)
"""How files of these kinds begin."""

BRANDS = re.compile(rb"heic|heix|heim|heis|hevc|mif1|msf1|avif")
INSIDE_ZIP = (
    (b"word/", Unreadable("a Word document", AS_PDF)),
    (b"xl/", Unreadable("an Excel workbook", AS_PDF)),
    (b"ppt/", Unreadable("a PowerPoint presentation", AS_PDF)),
    (b"mimetypeapplication/vnd.oasis.opendocument", Unreadable("an OpenDocument file", AS_PDF)),
)
"""What only stands in a ZIP archive that is really an office document."""
ZIP = Unreadable("a ZIP archive", UNPACK)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIL_INSIDE_OLE = "__properties_version1.0".encode("utf-16-le")
MAIL_FIX = "Save its attachments as files, and add those."
HTML_MARK = re.compile(
    rb"\s{0,99}(?:<!--.{0,2000}?-->\s{0,99})?<(?:!doctype\s{1,9}html|html|head|body)\b", re.I | re.S
)
XHTML_MARK = re.compile(rb"<html[\s>]", re.I)
XML_MARK = re.compile(rb"\s{0,99}<[?!A-Za-z_]")
XML_STARTS = (b"<\0?\0", b"\0<\0?", b"\xff\xfe<\0", b"\xfe\xff\0<")
"""How XML in UTF-16 begins."""
MAIL_MARK = re.compile(
    rb"(?:received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|"
    rb"content-type|x-[\w-]{1,60}):[ \t]",
    re.I,
)
BLANK = b"\0 \t\r\n"
UTF8_MARK = b"\xef\xbb\xbf"


def kind_of(data: bytes) -> str:
    """`PDF`, `XML`, or a kind of picture.

    Raises:
        DocumentError: It is anything else, ``empty`` or ``unsupported``; the
            message says what it is.
    """
    if not data.strip(BLANK):
        raise DocumentError(
            "empty",
            "The file is empty, or holds nothing but blanks.",
            "Ask its sender for it again.",
        )
    head = data[:LOOK_AT].removeprefix(UTF8_MARK)
    if head.startswith(PDF_MARK):
        return PDF
    found = _by_start(data, head) or _by_text(head)
    if isinstance(found, str):
        return found
    raise DocumentError("unsupported", f"This is {found.name}.", found.fix)


def _by_start(data: bytes, head: bytes) -> str | Unreadable | None:
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and BRANDS.match(head, 8):
        return Unreadable("a HEIC image", AS_PNG)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        names = head + data[-LOOK_AT:]
        return next((kind for mark, kind in INSIDE_ZIP if mark in names), ZIP)
    if head.startswith(OLE):
        if MAIL_INSIDE_OLE in data:
            return Unreadable("an Outlook message", MAIL_FIX)
        return Unreadable("a document of an old Office program", AS_PDF)
    return None


def _by_text(head: bytes) -> str | Unreadable:
    if HTML_MARK.match(head):
        return Unreadable("a web page", "Print it to a PDF, and add that.")
    if XML_MARK.match(head) or head.startswith(XML_STARTS):
        xhtml = XHTML_MARK.search(head[:TEXT_LOOK_AT])
        return Unreadable("a web page", "Print it to a PDF, and add that.") if xhtml else XML
    if PDF_MARK in head[:PDF_WITHIN]:
        return PDF
    if MAIL_MARK.match(head.lstrip()):
        return Unreadable("an e-mail message", MAIL_FIX)
    if _is_text(head[:TEXT_LOOK_AT]):
        return Unreadable("plain text", INSTEAD)
    return Unreadable("no kind of file that we know", INSTEAD)


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", "ignore")
    whole = len(text.encode()) > len(head) - 4  # the last character may be cut in two
    return whole and all(c.isprintable() or c.isspace() for c in text)
