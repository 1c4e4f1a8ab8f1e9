"""Which way the money goes: credit notes, and invoices with a negative total."""

from collections.abc import Iterator

from tallysheet.model import Finding, Invoice, Severity
from tallysheet.validate._currencies import written

CREDIT_NOTES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"}
)
"""The codes of UNTDID 1001 that stand for money given back."""

CORRECTION = "384"
"""A corrected invoice may go either way."""


def check_signs(invoice: Invoice) -> Iterator[Finding]:
    """Notice a total that may be booked the wrong way round."""
    gross = invoice.totals.gross
    if gross is None or gross >= 0 or invoice.kind == CORRECTION:
        return
    amount = written(gross, invoice.currency)
    if invoice.kind in CREDIT_NOTES:
        code = "sign.credit_note"
        message = f"This credit note has a negative gross total, {amount}: it may count twice."
    else:
        code = "sign.invoice"
        message = f"The gross total is negative, {amount}, but this is not called a credit note."
    yield Finding(
        code=code, severity=Severity.WARNING, fields=("kind", "totals.gross"), message=message
    )
