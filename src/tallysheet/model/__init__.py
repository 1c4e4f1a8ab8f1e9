"""The nouns: documents, invoices, records. Pure values, no input or output."""

from tallysheet.model._document import PART, Document, Part
from tallysheet.model._invoice import (
    Account,
    Address,
    Adjustment,
    Contact,
    Identifier,
    Invoice,
    Line,
    Number,
    Party,
    Payment,
    Period,
    Reference,
    Tax,
    Term,
    Totals,
)
from tallysheet.model._known import Company, Known
from tallysheet.model._marks import NEAR_DAYS, Marks, Meets, findings_of
from tallysheet.model._parsed import Page, Parsed, Picture
from tallysheet.model._paths import Leaf, leaves_of
from tallysheet.model._provenance import Provenance
from tallysheet.model._reading import Citation, Draft, Finding, Reading, Result, Severity, Standard
from tallysheet.model._record import Record, Status
from tallysheet.model._words import Box, Word

__all__ = [
    "NEAR_DAYS",
    "PART",
    "Account",
    "Address",
    "Adjustment",
    "Box",
    "Citation",
    "Company",
    "Contact",
    "Document",
    "Draft",
    "Finding",
    "Identifier",
    "Invoice",
    "Known",
    "Leaf",
    "Line",
    "Marks",
    "Meets",
    "Number",
    "Page",
    "Parsed",
    "Part",
    "Party",
    "Payment",
    "Period",
    "Picture",
    "Provenance",
    "Reading",
    "Record",
    "Reference",
    "Result",
    "Severity",
    "Standard",
    "Status",
    "Tax",
    "Term",
    "Totals",
    "Word",
    "findings_of",
    "leaves_of",
]
