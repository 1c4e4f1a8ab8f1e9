"""What stands around net, tax and gross: payments, what is due, rounding, the sum of the items."""

from decimal import Decimal

from tallysheet.extract._rules._adjust import adjust
from tallysheet.extract._rules._due import settle_due
from tallysheet.extract._rules._gap import settle_gap
from tallysheet.extract._rules._item import Row
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._ledger import to_net
from tallysheet.extract._rules._rounded import settle_rounding
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import Found, View


def settle(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], table: Table
) -> tuple[Row, ...]:
    """What was paid and what is due, and the sum of the lines, if they agree with the rest.

    Returns:
        Items that stand behind the table.
    """
    net = chosen.get("net")
    settle_due(view, sums, chosen, table)
    settle_gap(view, sums, chosen, table)
    items: tuple[Row, ...] = ()
    if net is not None:
        _settle_lines(sums, chosen, net.value, of_rows=table.sum)
        summed = chosen["lines"].value if "lines" in chosen else net.value
        ledger = to_net(view, chosen, table) if table.sum != summed else None
        if ledger:
            items = ledger.items
            for name in ("lines", "allowances", "charges"):
                chosen.pop(name, None)
            chosen.update({k: v for k, v in ledger.found.items() if k not in ("net", "gross")})
        elif "lines" not in chosen:
            adjust(view, sums, chosen, table)
    settle_rounding(view, sums, chosen, table)
    return items


def _settle_lines(
    sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], net: Decimal, *, of_rows: Decimal
) -> None:
    off = [Sum(Decimal(0), Span(0, 0, 0), 0.0), *sums.get("allowances", ())[:6]]
    on = [Sum(Decimal(0), Span(0, 0, 0), 0.0), *sums.get("charges", ())[:6]]
    starts = [*sums.get("lines", ()), *sums.get("net", ())]
    for lines in sorted(starts, key=lambda one: one.value != of_rows):
        for less in off:
            for more in on:
                named = lines in sums.get("lines", ()) or less.value or more.value
                inside = (less.value or more.value) and of_rows == net
                if named and not inside and lines.value - abs(less.value) + more.value == net:
                    chosen["lines"] = Found(lines.value, lines.span, 0.9, "label")
                    if less.value:
                        chosen["allowances"] = Found(abs(less.value), less.span, 0.85, "label")
                    if more.value:
                        chosen["charges"] = Found(more.value, more.span, 0.85, "label")
                    return
