"""The nouns: documents, invoices, records. Pure values, no input or output.

Each is loaded when it is first asked for: a child process that reads a document needs pages and
words at once, and none of the rest, which takes ten times as long to load.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from tallysheet.model._reading import (
        Asked,
        Citation,
        Draft,
        Finding,
        Reading,
        Result,
        Second,
        Severity,
        Standard,
    )
    from tallysheet.model._record import Record, Status
    from tallysheet.model._words import Box, Word

_HOMES = {
    "_document": "PART Document Part",
    "_invoice": "Account Address Adjustment Contact Identifier Invoice Line Number "
    "Party Payment Period Reference Tax Term Totals",
    "_known": "Company Known",
    "_marks": "NEAR_DAYS Marks Meets findings_of",
    "_parsed": "Page Parsed Picture",
    "_paths": "Leaf leaves_of",
    "_provenance": "Provenance",
    "_reading": "Asked Citation Draft Finding Reading Result Second Severity Standard",
    "_record": "Record Status",
    "_words": "Box Word",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
"""Where each name really stands."""

__all__ = [
    "NEAR_DAYS",
    "PART",
    "Account",
    "Address",
    "Adjustment",
    "Asked",
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
    "Second",
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


def __getattr__(name: str) -> Any:
    """Load a noun when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
