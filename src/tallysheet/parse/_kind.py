"""What a file is, told by its bytes, never by its name.

PDF, XML and five kinds of pictures are read, and five kinds of containers are opened
for the documents in them. The others are recognised so that their owner hears what
the file is and what to do about it.
"""

import re
from dataclasses import dataclass
from itertools import islice

from tallysheet.errors import DocumentError
from tallysheet.parse._signed import is_encrypted, is_signed

PDF = "application/pdf"
XML = "application/xml"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
HEIC = "image/heic"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
ZIP = "application/zip"
GZIP = "application/gzip"
SIGNED = "application/pkcs7-mime"
"""What stands in it is read in its place."""
LOT = "application/vnd.fatturapa.lot+xml"
CONTAINERS = frozenset({EML, MSG, ZIP, GZIP, LOT})
"""Kinds whose content is documents of their own."""

PDF_MARK = b"%PDF-"
PDF_WITHIN = 8192
"""Some programs write mail or web headers in front of a PDF; it begins within so many bytes."""
LOOK_AT = 65_536
TEXT_LOOK_AT = 4096
LOOK_AT_FIRST = 256
"""Where the first entry of an archive stands, and its name; where XML already shows that it is."""

AS_PNG = "Save it as a PNG or JPEG image, and add that."
AS_PDF = "Save it as a PDF with its own program, and add that."
UNPACK = "Unpack it, and add the files inside."
DECRYPT = "Open it with the program that has its key, save what is in it, and add that."
RESEND = "Ask its sender to send the message as HTML or plain text, not as rich text."
INSTEAD = "Add the invoice as a PDF with text, or as e-invoice XML."


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A kind of file that is recognised and not read."""

    name: str
    """With its article, after “This is”."""
    fix: str


GIF = Unreadable("a GIF image", AS_PNG)
JPEG_2000 = Unreadable("a JPEG 2000 image", AS_PNG)
BMP_MARK = re.compile(rb"BM.{4}\0{4}", re.DOTALL)
"""How a bitmap of Windows begins; two letters alone are many a text's."""
TEXT = Unreadable("plain text", INSTEAD)
UNKNOWN = Unreadable("no kind of file that we know", INSTEAD)

STARTS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"GIF8", GIF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", JPEG_2000),
    (b"\xff\x4f\xff\x51", JPEG_2000),
    (b"\0\0\0\x0cJXL ", Unreadable("a JPEG XL image", AS_PNG)),
    (b"8BPS", Unreadable("a Photoshop file", AS_PNG)),
    (b"{\\rtf", Unreadable("an RTF document", AS_PDF)),
    (b"%!PS", Unreadable("a PostScript file", AS_PDF)),
    (b"\x1f\x8b\x08", GZIP),
    (b"7z\xbc\xaf\x27\x1c", Unreadable("a 7-Zip archive", UNPACK)),
    (b"Rar!\x1a\x07", Unreadable("a RAR archive", UNPACK)),
    (b"\x78\x9f\x3e\x22", Unreadable("what Outlook packs attachments into (winmail.dat)", RESEND)),
)
"""How files of these kinds begin."""

HEIC_BRANDS = re.compile(rb"heic|heix|heim|heis|hevc|mif1|msf1")
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
OFFICE_MARK = b"[Content_Types].xml"
OFFICE = (
    (b"word/", Unreadable("a Word document", AS_PDF)),
    (b"xl/", Unreadable("an Excel workbook", AS_PDF)),
    (b"ppt/", Unreadable("a PowerPoint presentation", AS_PDF)),
)
"""Names in a ZIP archive that is really an office document."""
ZIP_END = b"PK\x05\x06"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIL_INSIDE_OLE = "__properties_version1.0".encode("utf-16-le")
HTML_MARK = re.compile(
    rb"\s{0,99}(?:<!--.{0,2000}?-->\s{0,99})?<(?:!doctype\s{1,9}html|html|head|body)\b", re.I | re.S
)
XHTML_MARK = re.compile(rb"<html[\s>]", re.I)
XML_MARK = re.compile(rb"\s{0,99}<[?!A-Za-z_]")
NEVER_IN_XML = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters, which no XML holds (XML 1.0, section 2.2)."""
XML_STARTS = (b"<\0?\0", b"\0<\0?", b"\xff\xfe<\0", b"\xfe\xff\0<")
"""How XML in UTF-16 begins."""
HEADER = re.compile(rb"[!-9;-~]{1,76}:(?:[ \t]|\r?\n)")
MAIL_MARK = re.compile(
    rb"(?:received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|"
    rb"content-type|x-[\w-]{1,60}):[ \t]",
    re.I,
)
IN_PARTS = re.compile(rb"^content-type:\s{0,9}multipart/", re.I | re.M)
"""A mail with such a header is no PDF with something in front, even where it carries one."""
MAILBOX_MARK = re.compile(rb"From \S{1,999} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
HEADERS_LOOK_AT = 16_384
TAR_MARK = b"ustar"
BLANKS = b"\0 \t\r\n"
LOT_MARK = re.compile(rb"</(?:[\w.-]{1,40}:)?FatturaElettronicaBody\s{0,99}>")
"""The end of an invoice in FatturaPA, of which one file may hold several."""
UTF8_MARK = b"\xef\xbb\xbf"


def kind_of(data: bytes) -> str:
    """`PDF`, `XML`, a kind of picture, one of `CONTAINERS`, or `SIGNED`.

    Raises:
        DocumentError: It is anything else, ``empty`` or ``unsupported``; the
            message says what it is.
    """
    found = told(data)
    if isinstance(found, str):
        return found
    raise DocumentError("unsupported", f"This is {found.name}.", found.fix)


def told(data: bytes) -> str | Unreadable:
    """What *data* is, whether it can be read or not.

    Raises:
        DocumentError: ``empty``: it is nothing.
    """
    if not data.strip(BLANKS):
        raise DocumentError(
            "empty",
            "The file is empty, or holds nothing but blanks.",
            "Ask its sender for it again.",
        )
    head = data[:LOOK_AT].removeprefix(UTF8_MARK)
    if head.startswith(PDF_MARK):
        return PDF
    found = _by_start(data, head) or _by_text(head)
    return LOT if found == XML and _is_lot(data) else found


def is_container(kind: str) -> bool:
    """Whether a file of this kind holds documents instead of being one."""
    return kind in CONTAINERS


def _by_start(data: bytes, head: bytes) -> str | Unreadable | None:
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and HEIC_BRANDS.match(head, 8):
        return HEIC
    if head[4:12] == b"ftypavif":
        return Unreadable("an AVIF image", AS_PNG)
    if BMP_MARK.match(head):
        return Unreadable("a BMP image", AS_PNG)
    if head.startswith((b"PK\x03\x04", ZIP_END)):
        return _by_names(data, head)
    if head.startswith(OLE):
        if MAIL_INSIDE_OLE in data:
            return MSG
        return Unreadable("a document of an old Office program", AS_PDF)
    if is_signed(head):
        return SIGNED
    if is_encrypted(head):
        return Unreadable("an encrypted file (S/MIME)", DECRYPT)
    if head[257:262] == TAR_MARK:
        return Unreadable("a TAR archive", UNPACK)
    return None


def _by_names(data: bytes, head: bytes) -> str | Unreadable:
    """A ZIP archive, or an office document, by the names in its directory."""
    if OPEN_DOCUMENT in head[:LOOK_AT_FIRST]:
        return Unreadable("an OpenDocument file", AS_PDF)
    end = data.rfind(ZIP_END)
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    names = data[max(0, end - min(size, LOOK_AT)) : end] if end >= 0 else head
    if OFFICE_MARK in names:
        return next((kind for mark, kind in OFFICE if mark in names), ZIP)
    return ZIP


def _by_text(head: bytes) -> str | Unreadable:
    if HTML_MARK.match(head):
        return Unreadable("a web page", "Print it to a PDF, and add that.")
    if _is_xml(head):
        xhtml = XHTML_MARK.search(head[:TEXT_LOOK_AT])
        return Unreadable("a web page", "Print it to a PDF, and add that.") if xhtml else XML
    mark = head[:PDF_WITHIN].find(PDF_MARK)
    if mark >= 0 and not IN_PARTS.search(head, 0, mark):
        return PDF
    if MAILBOX_MARK.match(head):
        return Unreadable("a mailbox file", "Save its messages as files, and add those.")
    if _is_mail(head.lstrip()):
        return EML
    return TEXT if _is_text(head[:TEXT_LOOK_AT]) else UNKNOWN


def _is_xml(head: bytes) -> bool:
    """Whether it begins as XML does, and not as bytes of which the first is a “<” by chance."""
    one_byte = XML_MARK.match(head) and not NEVER_IN_XML.search(head, 0, LOOK_AT_FIRST)
    return bool(one_byte) or head.startswith(XML_STARTS)


def _is_lot(data: bytes) -> bool:
    """Whether more than one invoice ends in it."""
    return next(islice(LOT_MARK.finditer(data), 1, None), None) is not None


def _is_mail(head: bytes) -> bool:
    """Whether it begins with headers, one of which only mail has."""
    for line in head[:HEADERS_LOOK_AT].splitlines(keepends=True):
        if MAIL_MARK.match(line):
            return True
        if not HEADER.match(line) and not line.startswith((b" ", b"\t")):
            return False
    return False


def _is_text(head: bytes) -> bool:
    text = head.decode("utf-8", "ignore")
    whole = len(text.encode()) > len(head) - 4  # the last character may be cut in two
    return whole and all(c.isprintable() or c.isspace() for c in text)
