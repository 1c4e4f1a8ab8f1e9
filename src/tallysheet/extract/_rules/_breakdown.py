"""The rows of tax of an invoice: those that make up the tax that was decided on."""

from dataclasses import dataclass
from decimal import Decimal

from tallysheet.extract._rules._balance import Balance
from tallysheet.extract._rules._rates import Rate
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._view import Found, View

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One row of the tax breakdown, as far as it is on the page."""

    amount: Found[Decimal]
    percent: Found[Decimal] | None = None
    base: Found[Decimal] | None = None


def breakdown(
    view: View,
    groups: list[tuple[Rate, ...]],
    agreed: Balance,
    chosen: dict[str, Found[Decimal]],
) -> tuple[TaxRow, ...]:
    """The rows of tax that make up the tax decided on."""
    net, tax, gross = chosen.get("net"), chosen.get("tax"), chosen.get("gross")
    for group in groups:
        amount = sum((rate.amount for rate in group), Decimal())
        base = sum((rate.base for rate in group), Decimal())
        if gross and base + amount == gross.value and (net is None or net.value == base):
            return tuple(map(_whole_row, group))
    rows = agreed.tax_rows or ((Sum(tax.value, tax.span, 0.8),) if tax and tax.value else ())
    return tuple(_row_of(view, row, net if len(rows) == 1 else None) for row in rows)


def _whole_row(rate: Rate) -> TaxRow:
    return TaxRow(
        Found(rate.amount, rate.amount_span, 0.9, "table"),
        Found(rate.percent, rate.percent_span, 0.9, "table"),
        Found(rate.base, rate.base_span, 0.9, "table"),
    )


def _row_of(view: View, row: Sum, net: Found[Decimal] | None) -> TaxRow:
    """A row of tax with the rate on its line; all of *net* is its base if that fits."""
    amount = Found(row.value, row.span, 0.85, "label")
    rates = [one for one in view.figures[row.span.line] if one.percent and 0 <= one.value <= 30]
    for one in rates:
        if net and abs(net.value * one.value / 100 - row.value) <= CENT:
            return TaxRow(amount, Found(one.value, one.span, 0.85, "label"), net)
    # Of several on the line, such as that of a discount, the one right before is that of the tax.
    before = [one for one in rates if one.span < row.span]
    for one in before[-1:] or rates[:1]:
        return TaxRow(amount, Found(one.value, one.span, 0.85, "label"))
    return TaxRow(amount)
