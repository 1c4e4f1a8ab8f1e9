"""The totals of a document against each other: BR-CO-10 to BR-CO-16 of EN 16931.

A sum is checked only where what it needs is there. Optional summands that are
absent (allowances, charges, paid, rounding) count as nothing, as in the standard.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from tallysheet.model import Adjustment, Finding, Invoice, Line, Severity, Tax
from tallysheet.validate._currencies import smallest_unit
from tallysheet.validate._equation import NOTHING, Equation, Part, Stated, fitting, spelled, worth


class Table(NamedTuple):
    """Rows that have an amount each: their field, what people call one, and the rows."""

    field: str
    row: str
    rows: tuple[Line, ...] | tuple[Tax, ...] | tuple[Adjustment, ...]


def check_sums(invoice: Invoice, *, may_sum_up: bool) -> Iterator[Finding]:
    """Notice totals that do not add up; e-invoices *may_sum_up*, without saying what was paid."""
    equations = (check(invoice) for check in (_lines, _allowances, _charges, _net, _tax, _gross))
    for equation in (*equations, _due(invoice, may_sum_up=may_sum_up)):
        finding = equation.judge(invoice.currency) if equation else None
        if finding:
            yield finding


def _lines(invoice: Invoice) -> Equation | None:
    """BR-CO-10: the lines add up to their total, or to net if nothing stands between.

    Where gross is the only sum, they must add up to that: nothing else says that it is right.
    """
    totals = invoice.totals
    stated = Stated("total of the lines", "totals.lines", totals.lines)
    if stated.value is None and not _adjusted(invoice):
        stated = Stated("net total", "totals.net", totals.net)
        if totals.net is None and totals.tax is None and not _made_with_taxes(invoice):
            gross = totals.gross
            whole = None if gross is None else gross - (totals.rounding or NOTHING)
            stated = Stated(
                "only total", "totals.gross", whole if _rounds(invoice, whole) else gross
            )
    equation = _rows(invoice, "sum.lines", Table("lines", "line", invoice.lines), stated)
    if equation and _holds_tax(equation, totals.gross):
        return replace(
            equation,
            fields=(*equation.fields, "totals.gross"),
            left="The lines add up to the total with VAT,",
            right=f"line amounts should be without it, and the {stated.name} says",
            worst=Severity.WARNING,
        )
    return equation


def _rounds(invoice: Invoice, whole: Decimal | None) -> bool:
    """Whether the lines make *whole*, the gross total before it was rounded."""
    return whole is not None and _sum(invoice.lines) == whole


def _made_with_taxes(invoice: Invoice) -> bool:
    """Whether lines and VAT rows make the gross total, of which no sums need be printed."""
    amounts = [*(line.amount for line in invoice.lines), *(tax.amount for tax in invoice.taxes)]
    known = [amount for amount in amounts if amount is not None]
    whole = len(known) == len(amounts) and bool(invoice.taxes)
    return whole and sum(known) == invoice.totals.gross


def _holds_tax(lines: Equation, gross: Decimal | None) -> bool:
    """Whether the lines fit the gross total and no other: prices for consumers often do."""
    gap = abs(lines.expected - lines.stated)
    return gross is not None and abs(lines.expected - gross) <= lines.slack < gap


def _allowances(invoice: Invoice) -> Equation | None:
    """BR-CO-11: the allowances add up to their total; either may be printed negative."""
    table = Table("allowances", "allowance", invoice.allowances)
    path = "totals.allowances"
    stated = Stated("total of the allowances", path, invoice.totals.allowances)
    equation = _rows(invoice, "sum.allowances", table, stated)
    if equation and equation.expected * equation.stated < 0:
        return replace(equation, expected=-equation.expected)
    return equation


def _charges(invoice: Invoice) -> Equation | None:
    """BR-CO-12: the charges add up to their total."""
    table = Table("charges", "charge", invoice.charges)
    stated = Stated("total of the charges", "totals.charges", invoice.totals.charges)
    return _rows(invoice, "sum.charges", table, stated)


def _tax(invoice: Invoice) -> Equation | None:
    """BR-CO-14: the VAT breakdown adds up to the VAT total, in the document's currency."""
    table = Table("taxes", "VAT row", invoice.taxes)
    stated = Stated("VAT total", "totals.tax", invoice.totals.tax)
    return _rows(invoice, "sum.tax", table, stated)


def _net(invoice: Invoice) -> Equation | None:
    """BR-CO-13: net is lines less allowances plus charges."""
    totals = invoice.totals
    lines = totals.lines
    if lines is None and invoice.lines and _adjusted(invoice):
        lines = _sum(invoice.lines)
    allowances = _sum(invoice.allowances) if totals.allowances is None else totals.allowances
    charges = _sum(invoice.charges) if totals.charges is None else totals.charges
    if lines is None or allowances is None or charges is None or totals.net is None:
        return None
    start = Part("line total", "totals.lines", lines)
    less = Part("allowances", "totals.allowances", allowances, -1)
    more = Part("charges", "totals.charges", charges)
    # Paper prints a discount with the sign that the standard leaves away.
    printed = less._replace(value=abs(allowances))
    readings = [_telling(start, less, more), _telling(start, printed, more)]
    parts = fitting(totals.net, readings, smallest_unit(invoice.currency))
    return _total(invoice, "sum.net", parts, Stated("net total", "totals.net", totals.net))


def _gross(invoice: Invoice) -> Equation | None:
    """BR-CO-15: gross is net plus VAT; rounding and stamp duty are often in it already."""
    totals = invoice.totals
    tax = totals.tax
    if tax is None and invoice.taxes:
        tax = _sum(invoice.taxes)
    if totals.net is None or tax is None or totals.gross is None:
        return None
    plain = (Part("net", "totals.net", totals.net), Part("VAT", "totals.tax", tax))
    rounding = Part("rounding", "totals.rounding", totals.rounding or NOTHING)
    stamp = Part("stamp duty", "totals.stamp_duty", totals.stamp_duty or NOTHING)
    readings = [plain, _telling(*plain, rounding), _telling(*plain, stamp)]
    parts = fitting(totals.gross, readings, smallest_unit(invoice.currency))
    return _total(invoice, "sum.gross", parts, Stated("gross total", "totals.gross", totals.gross))


def _due(invoice: Invoice, *, may_sum_up: bool) -> Equation | None:
    """BR-CO-16: due is gross less paid plus rounding, and less what is withheld.

    On paper the gross total may be rounded already, tax that is withheld may be
    left to the buyer to take off, and what earlier invoices left open may be in
    the amount due: each of these readings will do. Where
    nothing is due, or the invoice is a mere summary, what was paid may be left
    out: then a difference is a warning.
    """
    totals = invoice.totals
    if totals.gross is None or totals.due is None:
        return None
    gross = Part("gross", "totals.gross", totals.gross)
    paid = Part("paid", "totals.paid", totals.paid or NOTHING, -1)
    rounding = Part("rounding", "totals.rounding", totals.rounding or NOTHING)
    before = Part("prior balance", "totals.prior_balance", totals.prior_balance or NOTHING)
    withheld = Part("withheld", "totals.withheld", totals.withheld or NOTHING, -1)
    open_ways = [(rounding,), (), (rounding, before), (before,)]
    ways = [*((withheld, *way) for way in open_ways), *open_ways]
    readings = [_telling(gross, paid, *way) for way in ways]
    parts = fitting(totals.due, readings, smallest_unit(invoice.currency))
    equation = _total(invoice, "sum.due", parts, Stated("amount due", "totals.due", totals.due))
    summed_up = may_sum_up and _is_summary(invoice)
    if equation and not totals.paid and (not totals.due or summed_up):
        return replace(equation, worst=Severity.WARNING)
    return equation


def _is_summary(invoice: Invoice) -> bool:
    """Whether there are totals alone, as in Factur-X MINIMUM: it has no place for what is paid."""
    return not (invoice.lines or invoice.taxes or invoice.payment.accounts)


def _rows(invoice: Invoice, code: str, table: Table, stated: Stated) -> Equation | None:
    """The rows of a table against the total that is stated for them."""
    found, count = _sum(table.rows), len(table.rows)
    if not count or found is None or stated.value is None:
        return None
    return Equation(
        code=code,
        fields=(table.field, stated.path),
        left=f"The {count} {table.row}s add up to" if count > 1 else f"The only {table.row} is",
        expected=found,
        right=f"the {stated.name} says",
        stated=stated.value,
        slack=count * smallest_unit(invoice.currency),
    )


def _total(invoice: Invoice, code: str, parts: tuple[Part, ...], stated: Stated) -> Equation | None:
    """A few named totals against the one that they make up."""
    if stated.value is None:
        return None
    return Equation(
        code=code,
        fields=(*(part.path for part in parts), stated.path),
        left=spelled(parts, invoice.currency),
        expected=worth(parts),
        right=f"the {stated.name} says",
        stated=stated.value,
        slack=len(parts) * smallest_unit(invoice.currency),
    )


def _telling(first: Part, *others: Part) -> tuple[Part, ...]:
    """The parts that add something: a sentence is clearer without zeros."""
    return (first, *(part for part in others if part.value))


def _sum(rows: Iterable[Line | Tax | Adjustment]) -> Decimal | None:
    """The sum of the amounts of *rows*, unless one of them is not known."""
    total = NOTHING
    for row in rows:
        if row.amount is None:
            return None
        total += row.amount
    return total


def _adjusted(invoice: Invoice) -> bool:
    """Whether allowances or charges stand between the lines and the net total."""
    totals = invoice.totals
    return bool(invoice.allowances or invoice.charges or totals.allowances or totals.charges)
