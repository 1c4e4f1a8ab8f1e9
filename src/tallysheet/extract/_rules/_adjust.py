"""What stands between the sum of the items and the net: discounts, freight, surcharges.

Where no label says so, arithmetic does: the amounts on the lines from the
subtotal down to the net make up the difference, or one figure on the page does.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import CONFIDENT, Found, View

CENT = Decimal("0.01")
MOST_LINES_BETWEEN = 12
"""Lines between subtotal and net."""
_WITHOUT = re.compile(r"\b(?:ohne|exkl|excl\w*|hors|ht|without|w/o)\b")
_TAX = re.compile(r"mwst|\bust\b|vat|tva|btw|\biva\b|brutto|gross|inc|inkl|ttc|tax")
MOST_BESIDE = 5
"""Amounts from the sum of the items to the net, where they stand side by side."""
MOST_PERCENT = 36
"""No rate of tax is as high."""
HEADING_LINES = 3
"""Lines that a heading of items may run over."""


def adjust(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], table: Table
) -> None:
    """Put the sum of the items, and what was taken off and added, into *chosen*, if they fit."""
    net = chosen["net"]
    off = net.value - table.sum
    if table.rows and not off:
        chosen["lines"] = Found(net.value, net.span, 0.75, "arithmetic")
        return
    for lines in sums.get("lines", ()):
        rows = list(_between(view, sums, lines.span.line, net.span.line, table))
        if rows and lines.value + sum(row.value for row in rows) == net.value:
            _put(chosen, Found(lines.value, lines.span, 0.85, "label"), rows)
            return
    if table.rows and (rows := _beside(view, net, table)):
        start = Found(table.sum, table.rows[0].amount.span, 0.7, "arithmetic")
        _put(chosen, start, rows)
        return
    for more in sums.get("charges", ()) if table.rows else ():
        if more.value == off and more.span.line not in table.lines:
            chosen["lines"] = Found(table.sum, table.rows[0].amount.span, 0.7, "arithmetic")
            chosen["charges"] = Found(more.value, more.span, 0.85, "label")
            return
    if not table.rows or off * table.sum >= 0:
        # A row of items that was overlooked looks like a charge.
        return
    below = [
        figure
        for figure in view.all_figures()
        if figure.money and figure.span.line > table.rows[-1].amount.span.line
    ]
    total = next((figure for figure in below if figure.value == table.sum), None)
    less = next((figure for figure in below if abs(figure.value) == abs(off)), None)
    if total and less:
        chosen["lines"] = Found(table.sum, total.span, 0.75, "arithmetic")
        chosen["allowances"] = Found(-off, less.span, 0.7, "arithmetic")


def less_withheld(sums: dict[str, list[Sum]]) -> dict[str, Found[Decimal]] | None:
    """Net and tax that come to what is due once a tax is withheld; no line need name the gross.

    Where there is no net, a line must name the gross.
    """
    named = {one.value: one for term in ("gross", "due") for one in sums.get(term, ())}
    for due in (*sums.get("due", ()), *sums.get("gross", ())):
        for held in sums.get("withheld", ()):
            gross = due.value + abs(held.value)
            for net in (*sums.get("net", ()), *sums.get("lines", ())):
                for tax in sums.get("tax", ()):
                    # Where the tax itself is held, what is due must not be the net by chance.
                    chance = tax.value == abs(held.value) and gross not in named
                    if held.value and net.value + tax.value == gross and not chance:
                        return {
                            "net": Found(net.value, net.span, 0.9, "label"),
                            "tax": Found(tax.value, tax.span, 0.9, "label"),
                            "gross": Found(gross, due.span, 0.85, "arithmetic"),
                        }
            if held.value and gross in named:
                return {"gross": Found(gross, named[gross].span, 0.85, "label")}
            untaxed = (
                sums.get("net", ()) if not any(one.value for one in sums.get("tax", ())) else ()
            )
            for net in untaxed:
                if held.value and net.value == gross:
                    return {
                        "net": Found(net.value, net.span, 0.9, "label"),
                        "gross": Found(gross, net.span, 0.8, "arithmetic"),
                    }
    return None


def less_paid(
    view: View, sums: dict[str, list[Sum]], table: Table
) -> dict[str, Found[Decimal]] | None:
    """The total that what is due and what was paid make.

    A label names it, though less plainly than what is due, or none does and the page shows it. Or
    all of the sum of the items was paid, and nothing else is named.
    """
    named = {one.value: one for one in reversed(sums.get("gross", ()))}
    shown = {
        figure.value: figure.span
        for figure in view.all_figures()
        if figure.money and figure.span.line not in table.lines
    }
    if not (named or sums.get("due")):
        paids = {abs(one.value) for one in sums.get("paid", ())} - {Decimal(0)}
        for one in (*sums.get("lines", ()), *sums.get("net", ())):
            if one.value in paids and one.score >= CONFIDENT:
                return {"gross": Found(one.value, one.span, 0.8, "label")}
    for due in sums.get("due", ()):
        for paid in sums.get("paid", ()):
            gross = due.value + abs(paid.value)
            if not (paid.value and due.value):
                continue
            if gross in named:
                return {"gross": Found(gross, named[gross].span, 0.85, "label")}
            if not named and gross in shown:
                return {"gross": Found(gross, shown[gross], 0.75, "arithmetic")}
    return None


def with_charges(sums: dict[str, list[Sum]]) -> dict[str, Found[Decimal]] | None:
    """Subtotal, shipping and tax that make the total; nothing names the net of both.

    Where the page names no tax, or one of nothing, the first two make it.
    """
    starts = [*sums.get("net", ()), *sums.get("lines", ())]
    taxes = [one for one in sums.get("tax", ()) if one.value > 0]
    for gross in (*sums.get("gross", ()), *sums.get("due", ())):
        for more in sums.get("charges", ()):
            for first in starts:
                parts = {"lines": first, "charges": more}
                for tax in taxes:
                    if _make({**parts, "tax": tax}, gross):
                        return labelled({**parts, "tax": tax, "gross": gross})
                if not taxes and _make(parts, gross):
                    return labelled({**parts, "gross": gross})
    return None


def by_rate(
    view: View, sums: dict[str, list[Sum]], table: Table
) -> dict[str, Found[Decimal]] | None:
    """The sum of the items and the total, where a rate without an amount leads to it."""
    items = next((one for one in sums.get("lines", ()) if one.value == table.sum), None)
    if items is None or not table.rows:
        return None
    rates = [
        figure.value
        for label in view.labelled("tax")
        for figure in view.figures[label.span.line]
        if label.span.line not in table.lines and 0 < figure.value < MOST_PERCENT
    ]
    for gross in (*sums.get("gross", ()), *sums.get("due", ())):
        for rate in rates:
            if items.value and abs(items.value * (100 + rate) / 100 - gross.value) <= CENT / 2:
                return labelled({"net": items, "gross": gross})
    return None


def _make(parts: dict[str, Sum], gross: Sum) -> bool:
    """Whether *parts*, all of them more than nothing, come to *gross*."""
    values = [one.value for one in parts.values()]
    return min(values) > 0 and sum(values) == gross.value


def labelled(parts: dict[str, Sum]) -> dict[str, Found[Decimal]]:
    """*parts* as what labels name, since together they add up."""
    return {
        term: Found(one.value, one.span, 0.9 if term == "gross" else 0.85, "label")
        for term, one in parts.items()
    }


def has_net_amounts(view: View, table: Table) -> bool:
    """Whether the heading of the items speaks of tax only to say that amounts are without it."""
    held = {row.amount.span.line for row in table.rows}
    heads = {line + more for line in table.lines - held for more in range(HEADING_LINES)} - held
    text = " ".join(fold(view.sheet.lines[n].text) for n in sorted(heads) if n < max(held))
    return len(_WITHOUT.findall(text)) >= max(1, len(_TAX.findall(text)))


def included_tax(view: View, sums: dict[str, list[Sum]], gross: Found[Decimal]) -> Sum | None:
    """The tax that is in the gross, where the rate beside it says so."""
    for one in sums.get("tax", ()):
        row = view.figures[one.span.line]
        for figure in row:
            if figure.percent and 0 < figure.value < MOST_PERCENT:
                inside = gross.value * figure.value / (100 + figure.value)
                on_it = one.value * figure.value / 100
                is_base = any(abs(other.value - on_it) <= CENT for other in row if other.money)
                if abs(inside - one.value) <= CENT and not is_base:
                    return one
    return None


def _between(
    view: View, sums: dict[str, list[Sum]], first: int, last: int, table: Table
) -> Iterator[Sum]:
    """The last amount of each line between two lines, less than nothing where it is taken off."""
    if not 0 < last - first <= MOST_LINES_BETWEEN:
        return
    taken_off = {one.span.line for one in sums.get("allowances", ())}
    if any(first < label.span.line < last for label in view.labelled("paid")):
        return
    for number in range(first + 1, last):
        amounts = [one for one in view.figures[number] if one.money and not one.percent]
        if amounts and number not in table.lines:
            value = -abs(amounts[-1].value) if number in taken_off else amounts[-1].value
            yield Sum(value, amounts[-1].span, 0.8)


def _beside(view: View, net: Found[Decimal], table: Table) -> list[Sum]:
    """What is taken off and added where the sum of the items and the net share a line."""
    row = [one for one in view.figures[net.span.line] if one.money and one.value]
    first = next((at for at, one in enumerate(row) if one.value == table.sum), None)
    last = next((at for at, one in enumerate(row) if one.span == net.span), None)
    if first is None or last is None or not 0 < last - first <= MOST_BESIDE:
        return []
    between = row[first + 1 : last]
    ways = [
        signs
        for signs in product((1, -1, 0), repeat=len(between))
        if table.sum + sum(s * one.value for s, one in zip(signs, between, strict=True))
        == net.value
    ]
    if len(ways) != 1:
        return []
    return [Sum(s * one.value, one.span, 0.7) for s, one in zip(*ways, between, strict=True) if s]


def _put(chosen: dict[str, Found[Decimal]], lines: Found[Decimal], rows: list[Sum]) -> None:
    chosen["lines"] = lines
    for name, group in (
        ("allowances", [row for row in rows if row.value < 0]),
        ("charges", [row for row in rows if row.value > 0]),
    ):
        total = abs(sum((row.value for row in group), Decimal()))
        if total:
            span = group[0].span
            method = "arithmetic" if len(group) > 1 else "label"
            chosen[name] = Found(total, span, 0.75, method)
