"""What the column of sums says of the items, what is taken off and added, net and tax."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tallysheet.extract._rules._foot import ITEM, LEVY, SEEN, Step, foot
from tallysheet.extract._rules._item import Row
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import Found, View

ADJUSTMENTS = ("allowances", "charges", "rounding")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Sums by field, the rows of tax, and items that stand behind the table."""

    found: dict[str, Found[Decimal]]
    taxes: tuple[Sum, ...] = ()
    items: tuple[Row, ...] = ()


class _Start(NamedTuple):
    """What the items come to: their table, or a sum that a label names."""

    amounts: tuple[Decimal, ...]
    line: int
    where: Span
    """What is cited for their sum where the page does not print it."""
    named: bool


def to_total(view: View, sums: dict[str, list[Sum]], table: Table) -> Ledger | None:
    """A column of sums that adds up from the items to the gross, whatever stands in between."""
    for term in ("gross", "due"):
        for gross in sums.get(term, ()):
            for start in _starts(sums, table):
                steps = foot(view, start.amounts, start.line, gross.span, table.lines)
                rest = term == "due" and sums.get("gross") and _takes_off(view, steps or ())
                if steps is None or rest:
                    continue
                if all(step.kind == SEEN for step in steps):
                    return None
                if not table.rows:
                    steps = tuple(map(_without_items, steps))
                ledger = _ledger(view, start, steps)
                ledger.found["gross"] = Found(gross.value, gross.span, 0.9, "label")
                return ledger
    return None


def _without_items(step: Step) -> Step:
    """*step*; where there is no table, what would be one of its items is a charge."""
    return step._replace(kind="charges") if step.kind == ITEM else step


def _takes_off(view: View, steps: tuple[Step, ...]) -> bool:
    """Whether something is taken off that no label calls a discount: it may be a payment."""
    named = {label.span.line for label in view.labelled("allowances")}
    return any(step.value < 0 and step.figure.span.line not in named for step in steps)


def to_net(view: View, chosen: dict[str, Found[Decimal]], table: Table) -> Ledger | None:
    """What stands between the items and the net, or between items with tax and the gross.

    In the latter case it is items too: what is taken off a price with tax is so itself.
    """
    net, gross, tax = (chosen.get(name) for name in ("net", "gross", "tax"))
    if not table.rows or net is None:
        return None
    start = next(_starts({}, table))
    steps = foot(view, start.amounts, start.line, net.span, table.lines)
    if steps and all(step.kind != "tax" for step in steps):
        return _ledger(view, start, steps)
    if not gross or not tax or not tax.value:
        return None
    steps = foot(view, start.amounts, start.line, gross.span, table.lines)
    if steps and all(step.kind != "tax" for step in steps):
        return Ledger({}, items=tuple(_row(view, one.figure) for one in steps if one.kind != SEEN))
    return None


def _starts(sums: dict[str, list[Sum]], table: Table) -> Iterator[_Start]:
    if table.rows:
        amounts = tuple(row.amount.value for row in table.rows)
        last = max(row.amount.span.line for row in table.rows)
        yield _Start(amounts, last, table.rows[0].amount.span, named=False)
    for one in (*sums.get("lines", ()), *sums.get("net", ())):
        yield _Start((one.value,), one.span.line, one.span, named=True)


def _ledger(view: View, start: _Start, steps: tuple[Step, ...]) -> Ledger:
    items = [step.figure for step in steps if step.kind == ITEM]
    taxes = [step.figure for step in steps if step.kind == "tax"]
    lines = sum(start.amounts) + sum((one.value for one in items), Decimal())
    found = dict(_adjustments(steps))
    if start.named and not items:
        found["lines"] = Found(lines, start.where, 0.85, "label")
    else:
        shown = _shown(view, lines, steps)
        found["lines"] = Found(lines, shown or start.where, 0.8 if shown else 0.7, "arithmetic")
    if taxes:
        last = [step.kind for step in steps if step.kind != SEEN][-1]
        net = lines + sum((s.value for s in steps if s.kind in ADJUSTMENTS), Decimal())
        shown = _shown(view, net, steps)
        if last == "tax" and shown:
            found["net"] = Found(net, shown, 0.8, "arithmetic")
    if len(taxes) == 1 and all(step.kind != LEVY for step in steps):
        found["tax"] = Found(taxes[0].value, taxes[0].span, 0.85, "label")
    return Ledger(
        found,
        tuple(Sum(one.value, one.span, 0.8) for one in taxes) if len(taxes) > 1 else (),
        tuple(_row(view, one) for one in items),
    )


def _adjustments(steps: tuple[Step, ...]) -> Iterator[tuple[str, Found[Decimal]]]:
    for name in ADJUSTMENTS:
        group = [step for step in steps if step.kind == name]
        total = sum((step.value for step in group), Decimal())
        if total:
            value = total if name == "rounding" else abs(total)
            method = "arithmetic" if len(group) > 1 else "label"
            yield name, Found(value, group[0].figure.span, 0.75, method)


def _shown(view: View, value: Decimal, steps: tuple[Step, ...]) -> Span | None:
    """Where *value* stands, in the column if possible."""
    figures = (*(step.figure for step in steps), *view.all_figures())
    return next((one.span for one in figures if one.money and one.value == value), None)


def _row(view: View, figure: Figure) -> Row:
    """An item of one line, with the words left of its amount."""
    line = view.sheet.lines[figure.span.line]
    before = [cell.span for cell in line.cells if cell.span.first < figure.span.first]
    texts = []
    if before:
        own = before[-1]
        text = own._replace(last=min(own.last, figure.span.first))
        texts = [text] if view.sheet.text(text) else []
    return Row({"amount": figure}, texts)
