"""XML as text, and whether it is an e-invoice, told by its root element.

Nothing is parsed here: the declaration is looked at to decode the bytes, the
prolog is skipped to find the root. What the e-invoice says is read elsewhere.
"""

import codecs
import re

from tallysheet.errors import DocumentError

MOST_BYTES = 20 * 1024 * 1024
"""An e-invoice beyond this is an attack, or an archive with an invoice in it."""

ITALY = (
    "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.",
    "http://www.fatturapa.gov.it/sdi/fatturapa/v1",
)
ROOTS = {
    "CrossIndustryInvoice": ("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:",),
    "CrossIndustryDocument": ("urn:ferd:CrossIndustryDocument:",),
    "Invoice": ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-",),
    "CreditNote": ("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-",),
    "FatturaElettronica": ITALY,
    "FatturaElettronicaSemplificata": ITALY,
}
"""Root elements of e-invoices, and how the namespace of each may begin."""

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0?\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
}
DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.-]{1,40})")
# Python knows codecs that expand or take quadratic time; a document may not choose those.
ONE_BYTE = re.compile(
    r"us-ascii|ascii|latin-?1|iso-?8859-\d{1,2}|(windows-|cp)125\d", re.IGNORECASE
)

SKIPPED = (("<?", "?>"), ("<!--", "-->"))
"""What may stand in front of the root element: declaration, instructions, comments."""
READ = "CII (Factur-X, ZUGFeRD, XRechnung), UBL (Peppol, XRechnung) and FatturaPA"
"""The same for people."""

ROOT_WITHIN = 65_536
"""No part of an honest prolog is longer, nor the start of the root with its namespaces."""
ROOT = re.compile(r"<(?:[\w.-]{1,100}:)?([\w.-]{1,100})")
DOCTYPE = re.compile(r"<!DOCTYPE\s{1,9}(?:[\w.-]{1,100}:)?([\w.-]{1,100})")


def decode(data: bytes) -> str:
    """The text of an XML file, by its byte order mark, else its declaration, else as UTF-8.

    Raises:
        DocumentError: ``too_large``, or ``corrupt_xml`` where the bytes are not in
            the encoding that they claim.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(
            "too_large",
            f"Its XML has {len(data):,} bytes, and at most {MOST_BYTES:,} are read.",
            "Ask the sender to leave out or shrink what is embedded in it.",
        )
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            "corrupt_xml",
            f"Its XML is not in the encoding that it claims ({encoding}): byte {error.start} "
            "cannot be decoded.",
            "Ask the sender for an intact file.",
        ) from None


def _encoding(data: bytes) -> str:
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return encoding
    declared = DECLARED.match(data.lstrip()[:512])
    name = declared[1].decode() if declared else ""
    # Whoever declares UTF-16 in readable bytes is wrong, and means UTF-8.
    return name if ONE_BYTE.fullmatch(name) else "utf-8"


def root_of(xml: str) -> str:
    """The name of the root element without its prefix; empty where none can be seen."""
    match = ROOT.match(xml, _root_at(xml)) or DOCTYPE.match(xml, _root_at(xml))
    return match[1] if match else ""


def is_e_invoice(xml: str) -> bool:
    """Whether *xml* is an invoice in one of the syntaxes of EN 16931, ZUGFeRD 1 or FatturaPA."""
    at = _root_at(xml)
    if DOCTYPE.match(xml, at):  # let the reader of e-invoices refuse it, with its reason
        return root_of(xml) in ROOTS
    start = "".join(xml[at : at + ROOT_WITHIN].split())  # a blank in a namespace belongs to none
    return any(namespace in start for namespace in ROOTS.get(root_of(xml), ()))


def _root_at(xml: str) -> int:
    """Where the root element or a document type begins, behind declaration and comments."""
    at = 0
    while True:
        while xml[at : at + 1].isspace() or xml[at : at + 1] == "\ufeff":
            at += 1
        skipped = next((pair for pair in SKIPPED if xml.startswith(pair[0], at)), None)
        if skipped is None:
            return at
        end = xml.find(skipped[1], at, at + ROOT_WITHIN)
        if end < 0:
            return len(xml)
        at = end + len(skipped[1])
