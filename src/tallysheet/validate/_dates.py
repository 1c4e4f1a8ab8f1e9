"""Dates that are out of order or out of reach: mostly day and month changed places.

Warnings, all of them: real e-invoices fall due before they are issued (already
paid, or collected on delivery), and no order of dates sends money astray.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from tallysheet.model import Finding, Invoice, Period, Severity

EARLIEST = date(1990, 1, 1)
AHEAD = timedelta(days=7)
"""How far ahead invoices are dated on purpose: the rent of next week."""
FAR_APART = timedelta(days=500)
"""No invoice is due so long after its date: one of the two is misread."""
FAR_AHEAD = timedelta(days=90)
"""No invoice is dated so far ahead: the date is misread, or a trick."""


def check_dates(invoice: Invoice, today: date | None) -> Iterator[Finding]:
    """Notice dates that hardly can be meant; without *today* none is in the future."""
    issued, due = invoice.issue_date, invoice.due_date
    if issued and due and due < issued:
        message = f"The due date {due} is before the issue date {issued}."
        yield _odd("date.order", ("issue_date", "due_date"), message)
    if issued and due and due - issued > FAR_APART:
        message = f"The due date {due} is {(due - issued).days} days after the issue date {issued}."
        found = _odd("date.apart", ("issue_date", "due_date"), message)
        yield found.model_copy(update={"severity": Severity.ERROR})
    if issued and issued < EARLIEST:
        message = f"The issue date {issued} is before {EARLIEST.year}."
        yield _odd("date.past", ("issue_date",), message)
    if issued and today and issued - today > AHEAD:
        days = (issued - today).days
        message = f"The issue date {issued} is {days} days ahead of {today}."
        found = _odd("date.future", ("issue_date",), message)
        far = issued - today > FAR_AHEAD
        yield found.model_copy(update={"severity": Severity.ERROR}) if far else found
    yield from _order("period", "invoicing period", invoice.period)
    for at, line in enumerate(invoice.lines):
        yield from _order(f"lines[{at}].period", f"period of line {at + 1}", line.period)


def _order(path: str, name: str, period: Period) -> Iterator[Finding]:
    if period.start and period.end and period.end < period.start:
        message = f"The {name} ends on {period.end}, before it starts on {period.start}."
        yield _odd("period.order", (f"{path}.start", f"{path}.end"), message)


def _odd(code: str, fields: tuple[str, ...], message: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, fields=fields, message=message)
