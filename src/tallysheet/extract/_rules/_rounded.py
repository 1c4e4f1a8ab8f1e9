"""A total that was rounded to coins or whole units, and what it was before.

The total with VAT is net plus VAT (EN 16931, BR-CO-15), whatever is then paid: a rounding
(BT-114) stands between it and the amount due. Many pages name the rounded one alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from tallysheet.extract._rules._adjust import labelled
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import CONFIDENT, Found, View

FIVE = Decimal("0.05")
ALIGNED = 5.0
"""Points by which the right edges of a column's amounts differ at most."""
HIGHEST = Decimal("0.1")
"""No rate of tax in Switzerland is as high."""


def offer_rounding(view: View, sums: dict[str, list[Sum]]) -> frozenset[Span]:
    """Let what stands right behind a label be the rounding, on a line with the VAT of a rate too.

    Returns:
        Where it stands, which is no tax.
    """
    if not sums.get("rounding"):
        sums["rounding"] = [
            Sum(figure.value, figure.span, CONFIDENT)
            for label in view.labelled("rounding")
            for figure in view.figures[label.span.line]
            if figure.money and figure.span.first == label.span.last
        ]
    spans = frozenset(one.span for one in sums["rounding"])
    sums["tax"] = [one for one in sums.get("tax", ()) if one.span not in spans]
    return spans


def with_rounding(
    view: View, sums: dict[str, list[Sum]], taxes: Iterable[Decimal]
) -> dict[str, Found[Decimal]] | None:
    """Net, tax and a rounding that make the total, where no other is named.

    In Switzerland it is rounded to five hundredths, whether the page says so or not.
    """
    taxes = list(taxes)
    named = sums.get("net", [])
    nets = named or list(_summed_above(view, sums))
    for gross in (*sums.get("gross", ()), *sums.get("due", ())):
        for net, whole in product(nets, taxes):
            off = gross.value - net.value - whole
            swiss = view.currency and view.currency.value == "CHF" and not gross.value % FIVE
            if swiss and 0 < abs(off) < FIVE / 2 and 0 < whole <= net.value * HIGHEST:
                tax = next((one for one in sums.get("tax", ()) if one.value == whole), None)
                return {
                    **({"net": Found(net.value, net.span, 0.85, "label")} if named else {}),
                    **({"tax": Found(whole, tax.span, 0.85, "label")} if tax else {}),
                    "gross": Found(gross.value, gross.span, 0.85, "label"),
                    "rounding": Found(off, gross.span, 0.7, "arithmetic"),
                }
        for cents in sums.get("rounding", ()):
            for net in sums.get("net", ()) if 0 < abs(cents.value) < 1 else ():
                for tax in sums.get("tax", ()):
                    if (
                        net.value + tax.value + cents.value == gross.value
                        and net.value
                        and tax.value
                    ):
                        return labelled({"net": net, "tax": tax, "gross": gross})
    return None


def settle_rounding(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], table: Table
) -> None:
    """What the amount due was rounded by, or the total, whatever shows what that was before."""
    rounding, gross = next(iter(sums.get("rounding", ())), None), chosen.get("gross")
    if rounding is None or gross is None or not 0 < abs(rounding.value) < 1:
        return
    net, tax = chosen.get("net"), chosen.get("tax")
    if _is_due(chosen, rounding.value):
        chosen["rounding"] = Found(rounding.value, rounding.span, 0.8, "label")
    elif not (net and tax and net.value + tax.value == gross.value):
        for off in (rounding.value, -rounding.value):
            if _whole(view, sums, chosen, table, gross.value - off):
                chosen["rounding"] = Found(off, rounding.span, 0.8, "label")
                return


def before_rounding(
    view: View,
    sums: dict[str, list[Sum]],
    chosen: dict[str, Found[Decimal]],
    table: Table,
    taxes: Iterable[Decimal],
) -> None:
    """Let the total in *chosen* be what it was before it was rounded.

    That comes last: whatever else holds a total against the page needs the one that is printed.

    Args:
        view: The page.
        sums: What labels name, by term.
        chosen: What was decided on, by the name of the field.
        table: The items.
        taxes: What the tax may come to.
    """
    gross, rounding = chosen.get("gross"), chosen.get("rounding")
    if gross and rounding and not _is_due(chosen, rounding.value):
        whole = _whole(view, sums, chosen, table, gross.value - rounding.value, taxes)
        chosen["gross"] = whole or gross


def told_as(path: str, values: Mapping[str, Any]) -> list[Any]:
    """What a page may tell for the value of *path*: the total also as it was rounded."""
    told = [values[path]]
    if path == "totals.gross" and "totals.rounding" in values:
        told.append(values[path] + values["totals.rounding"])
    return told


def _is_due(chosen: dict[str, Found[Decimal]], rounding: Decimal) -> bool:
    """Whether the total less what was paid is due with that rounding: it is that before."""
    due, paid = chosen.get("due"), chosen.get("paid")
    rest = chosen["gross"].value - (paid.value if paid else Decimal(0))
    return due is not None and due.value == rest + rounding


def _whole(
    view: View,
    sums: dict[str, list[Sum]],
    chosen: dict[str, Found[Decimal]],
    table: Table,
    value: Decimal,
    taxes: Iterable[Decimal] = (),
) -> Found[Decimal] | None:
    """*value* as a total before it was rounded, if the page shows it or its parts make it."""
    gross, net = chosen["gross"], chosen.get("net")
    shown = [one for one in view.all_figures() if one.money and one.value == value]
    if before := [one for one in shown if one.span < gross.span]:
        return Found(value, before[-1].span, gross.score, "arithmetic")
    named = {
        term: {Decimal(0), *(one.value for one in sums.get(term, ()))}
        for term in ("net", "lines", "charges", "tax")
    }
    taxes = named["tax"].union(taxes)
    starts = {net.value} if net else named["net"] | named["lines"] | {table.sum}
    starts |= set() if net else {one.value for one in _summed_above(view, sums)}
    # Where the sums share a line, one of them may have a name that nobody knows.
    beside = {one.value for one in view.figures[gross.span.line] if one.money}
    parts = [*product(starts, named["charges"] | beside, taxes)]
    if not net:
        # Nor need the net have one that is known, if it stands above.
        above = {one.value for one in view.all_figures() if one.money and one.span < gross.span}
        parts += product(above, [Decimal(0)], taxes - {Decimal(0)})
    if any(start and start + more + tax == value for start, more, tax in parts):
        return Found(value, (shown[0] if shown else gross).span, gross.score, "arithmetic")
    return None


def _summed_above(view: View, sums: Mapping[str, Iterable[Sum]]) -> Iterator[Sum]:
    """What the column right above the tax comes to, where a page has no net and no headings."""
    for tax in sums.get("tax", ()):
        right = view.sheet.box(tax.span).x1
        column: list[Figure] = []
        for number in range(tax.span.line - 1, -1, -1):
            inside = [
                one
                for one in view.figures[number]
                if one.money and abs(one.x1 - right) < ALIGNED and one.value > 0
            ]
            if not inside:
                break
            column.append(inside[-1])
        if column:
            yield Sum(sum((one.value for one in column), Decimal()), column[0].span, CONFIDENT)
