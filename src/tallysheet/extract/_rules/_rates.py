"""The tax breakdown: rows of a rate, what it is on, and the tax.

A row is known by its arithmetic, not by its place: three figures on one line
of which the third is the first percent of the second.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._view import View

CENT = Decimal("0.01")
HIGHEST_PERCENT = 30
MOST_FIGURES = 9
"""Figures of one line that are tried against each other."""
KNOWN_RATES = frozenset(
    Decimal(rate)
    for rate in [
        *("0", "2.1", "2.5", "2.6", "3", "3.8", "4", "5", "5.5", "6", "7", "7.7", "8", "8.1"),
        *("8.25", "8.5", "9", "9.5", "10", "12", "12.5", "13", "13.5", "14", "14.5", "15", "16"),
        *("17", "18", "19", "20", "21", "22", "23", "24", "25", "25.5", "26", "27", "28"),
    ]
)
"""Rates of tax somewhere in the world."""
LINES_BETWEEN = 3
"""Rows of one breakdown have at most so many lines between them."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the breakdown, and where its figures stand."""

    percent: Decimal
    base: Decimal
    amount: Decimal
    percent_span: Span
    base_span: Span
    amount_span: Span


def find_rates(view: View, tables: frozenset[int]) -> list[Rate]:
    """All rows that could belong to a breakdown; not the lines that head a table of items.

    Nor those of a tax that is withheld, which is another one.
    """
    tables |= {label.span.line for label in view.labelled("withheld")}
    rates = []
    for number, row in enumerate(view.figures):
        if number not in tables and len(row) >= 3:
            rates += list(_rates_of(row[:MOST_FIGURES]))[:1]
    return rates


def grouped(rates: list[Rate]) -> list[tuple[Rate, ...]]:
    """Rows that stand close together, one row a rate; the last group first."""
    groups: list[list[Rate]] = []
    for rate in rates:
        near = groups and rate.amount_span.line - groups[-1][-1].amount_span.line <= LINES_BETWEEN
        if near and all(rate.percent != other.percent for other in groups[-1]):
            groups[-1].append(rate)
        else:
            groups.append([rate])
    return [tuple(group) for group in reversed(groups[-20:])]


def summed_up(view: View, rates: list[Rate]) -> tuple[Rate, ...]:
    """All *rates* by their percent, where the page shows what they come to: items with their tax.

    Nothing where each percent has but one row, as in a breakdown.
    """
    if len({rate.percent for rate in rates}) == len(rates):
        return ()
    lines = {rate.amount_span.line for rate in rates}
    shown = {one.value for one in view.all_figures() if one.money and one.span.line not in lines}
    whole = (sum(rate.base for rate in rates), sum(rate.amount for rate in rates))
    if not shown.issuperset(whole) or max(lines) - min(lines) > LINES_BETWEEN * len(rates):
        return ()
    merged: dict[Decimal, Rate] = {}
    for rate in rates:
        known = merged.get(rate.percent)
        merged[rate.percent] = (
            replace(known, base=known.base + rate.base, amount=known.amount + rate.amount)
            if known
            else rate
        )
    return tuple(merged.values())


def _rates_of(row: list[Figure]) -> Iterator[Rate]:
    marked = [figure for figure in row if figure.percent]
    plain = [
        figure
        for figure in row
        if not figure.percent and not figure.currency and 0 <= figure.value <= HIGHEST_PERCENT
    ]
    amounts = [figure for figure in row if figure.money]
    for percent in marked or plain:
        if not 0 <= percent.value <= HIGHEST_PERCENT:
            continue
        if not (percent.percent or percent.value or len(amounts) == 2):
            continue
        for base in amounts:
            for amount in amounts:
                if len({percent.span, base.span, amount.span}) == 3 and fits(
                    percent.value, base.value, amount.value
                ):
                    yield Rate(
                        percent.value,
                        base.value,
                        amount.value,
                        percent.span,
                        base.span,
                        amount.span,
                    )


def fits(percent: Decimal, base: Decimal, amount: Decimal) -> bool:
    """Whether *amount* is so much of *base*, to the cent."""
    if not base or abs(base) < abs(amount):
        return False
    exact = (base * percent / 100).quantize(CENT, ROUND_HALF_UP)
    return abs(exact - amount) <= CENT and (amount != 0 or percent == 0 or exact == 0)
