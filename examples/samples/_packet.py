"""Several invoices bound together in one PDF, and which pages are whose."""

from collections.abc import Sequence

from samples._sample import Sample, sheet_of
from samples._sheet import Sheet
from samples._supplier import Supplier
from tallysheet.model import Invoice


def packet_sample(name: str, bound: Sequence[tuple[Supplier, Invoice]], note: str) -> Sample:
    """A PDF of invoices one after the other, each as its supplier draws it."""
    parts: dict[str, Invoice] = {}
    sheet: Sheet | None = None
    for supplier, invoice in bound:
        before = sheet.pages if sheet else 0
        sheet = sheet_of(supplier, invoice, after=sheet)
        parts[f"pages={before + 1}-{sheet.pages}"] = invoice
    if sheet is None:
        raise ValueError("a packet holds at least one invoice")
    return Sample(name, sheet.finish(), None, note, parts)
