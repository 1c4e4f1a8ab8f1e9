"""E-invoices in XML → canonical invoices: exact, free, and without a model.

A syntax is one file with one table: term of the canonical invoice ← path in the
XML. Everything else is shared: `_xml` parses without trusting, `_path` finds,
`_values` reads single values, `_reader` walks a table. To add a syntax, write
its table and name it in `SYNTAXES`.
"""

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice._cii import CII
from tallysheet.extract._einvoice._reader import read
from tallysheet.extract._einvoice._ubl import UBL_CREDIT_NOTE, UBL_INVOICE
from tallysheet.extract._einvoice._xml import parse
from tallysheet.extract._einvoice._zugferd1 import ZUGFERD1
from tallysheet.model import Draft

__all__ = ["SYNTAXES", "read_bytes", "read_e_invoice"]

SYNTAXES = (CII, UBL_INVOICE, UBL_CREDIT_NOTE, ZUGFERD1)
"""All that can be read; a document's root element decides which one it is."""


def read_e_invoice(xml: str) -> Draft:
    """Read the e-invoice *xml*, each value with a citation of its raw text.

    *xml* is text already decoded: whatever encoding its declaration names is
    ignored. A value that cannot be read, such as a 45th of a month, stays empty
    and is named in the draft's warnings.

    Raises:
        DocumentError: ``xml_forbidden`` where it has a document type,
            ``corrupt_xml`` where it is not well formed, ``too_large`` where it
            passes a bound, ``unsupported_xml`` where it is no invoice we know.
    """
    root = parse(xml)
    for syntax in SYNTAXES:
        if root.name == syntax.root and root.namespace.startswith(syntax.namespace):
            return read(root, syntax.plan)
    raise DocumentError(
        "unsupported_xml",
        f"The XML is a “{root.name[:60]}”, which is none of the e-invoices we read: "
        "CII (Factur-X, ZUGFeRD, XRechnung) and UBL.",
        "Ask the sender for one of these, or add the invoice as a PDF.",
    )


def read_bytes(data: bytes) -> bytes:
    """Do `read_e_invoice` in a child process: XML in UTF-8 in, a `Draft` as JSON out.

    Raises:
        DocumentError: As `read_e_invoice`, and ``corrupt_xml`` where *data* is not UTF-8.
    """
    try:
        xml = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            "corrupt_xml",
            f"The e-invoice is not UTF-8: byte {error.start} cannot be decoded.",
            "Ask the sender for an intact file.",
        ) from None
    return read_e_invoice(xml).model_dump_json().encode("utf-8")
