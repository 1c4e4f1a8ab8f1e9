"""E-invoices in XML → canonical invoices: exact, free, and without a model.

A syntax is one file with one table: term of the canonical invoice ← path in the
XML. Everything else is shared: `_xml` parses without trusting, `_path` finds,
`_values` reads single values, `_reader` walks a table. To add a syntax, write
its table and name it in `SYNTAXES`.
"""

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice._cii import CII
from tallysheet.extract._einvoice._fatturapa import FATTURAPA, SIMPLIFIED
from tallysheet.extract._einvoice._reader import METHOD, read
from tallysheet.extract._einvoice._standard import standard_of
from tallysheet.extract._einvoice._terms import Syntax
from tallysheet.extract._einvoice._ubl import UBL_CREDIT_NOTE, UBL_INVOICE
from tallysheet.extract._einvoice._xml import Node, parse
from tallysheet.extract._einvoice._zugferd1 import ZUGFERD1
from tallysheet.model import Citation, Draft

__all__ = ["SYNTAXES", "read_e_invoice"]

SYNTAXES = (CII, UBL_INVOICE, UBL_CREDIT_NOTE, ZUGFERD1, FATTURAPA, SIMPLIFIED)
"""All that can be read; a document's root element decides which one it is."""


def read_e_invoice(xml: str) -> Draft:
    """Read the e-invoice *xml*, each value with a citation of its raw text.

    *xml* is text already decoded: whatever encoding its declaration names is
    ignored. A value that cannot be read, such as a 45th of a month, stays empty
    and is named in the draft's warnings.

    Raises:
        DocumentError: ``xml_forbidden`` where it has a document type,
            ``corrupt_xml`` where it is not well formed, ``too_large`` where it
            passes a bound, ``unsupported_xml`` where it is no invoice we know,
            ``several_invoices`` where it is more than one.
    """
    root = parse(xml)
    for syntax in SYNTAXES:
        if root.name == syntax.root and root.namespace.startswith(syntax.namespaces):
            _refuse_several(root, syntax)
            draft = _of_kind(read(root, syntax.plan), syntax)
            return draft.model_copy(update={"standard": standard_of(root, syntax)})
    raise DocumentError(
        "unsupported_xml",
        f"The XML is a “{root.name[:60]}”, which is none of the e-invoices we read: "
        "CII (Factur-X, ZUGFeRD, XRechnung), UBL (Peppol, XRechnung) and FatturaPA.",
        "Ask the sender for one of these, or add the invoice as a PDF.",
    )


def _of_kind(draft: Draft, syntax: Syntax) -> Draft:
    """*draft* with the kind that its root says, where it names none: a credit note is none less."""
    if draft.invoice.kind is not None or not syntax.kind:
        return draft
    invoice = draft.invoice.model_copy(update={"kind": syntax.kind})
    citation = Citation(text=syntax.root, method=METHOD, score=1.0)
    citations = {**draft.citations, "kind": citation}
    return draft.model_copy(update={"invoice": invoice, "citations": citations})


def _refuse_several(root: Node, syntax: Syntax) -> None:
    """Refuse a file of several invoices: as one they would be a wrong one."""
    count = sum(1 for _ in root.children(syntax.several)) if syntax.several else 1
    if count > 1:
        raise DocumentError(
            "several_invoices",
            f"It holds {count} invoices in one file.",
            f"Save each {syntax.several} as a file of its own, with the same header.",
        )
