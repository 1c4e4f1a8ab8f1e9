"""The sums of the invoice, chosen together because they must agree.

Each figure beside or below a label is a candidate for what the label means.
Of all candidates those are taken that fulfil net + tax = gross; only where no
three do, each is taken for itself, as its label says.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from tallysheet.extract._rules._adjust import (
    by_rate,
    has_net_amounts,
    included_tax,
    less_paid,
    less_withheld,
    with_charges,
)
from tallysheet.extract._rules._balance import HIGHEST_TAX, Balance, balance
from tallysheet.extract._rules._breakdown import TaxRow, breakdown
from tallysheet.extract._rules._contradicted import is_contradicted
from tallysheet.extract._rules._item import Row
from tallysheet.extract._rules._ledger import to_total
from tallysheet.extract._rules._no_tax import infer_no_tax, leave_open
from tallysheet.extract._rules._rates import Rate, find_rates, grouped, summed_up
from tallysheet.extract._rules._rests import follows_payments, holds_old_balance, is_rest, widen
from tallysheet.extract._rules._rivals import is_told_among_others, larger, rival
from tallysheet.extract._rules._rounded import before_rounding, offer_rounding, with_rounding
from tallysheet.extract._rules._settle import settle
from tallysheet.extract._rules._spanish import has_surcharge
from tallysheet.extract._rules._sums import (
    Sum,
    find_sums,
    find_tax_rows,
    offer_rates,
    offer_total_rows,
    pool,
)
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import CONFIDENT, Found, View


@dataclass
class Sums:
    """What was decided on, by the name of the field."""

    found: dict[str, Found[Decimal]] = field(default_factory=dict)
    taxes: tuple[TaxRow, ...] = ()
    rival: Found[Decimal] | None = None
    """Another total that the page names as plainly."""
    items: tuple[Row, ...] = ()
    """Items that stand behind the table of items, among the sums."""


def find_totals(view: View, table: Table) -> Sums:
    """Decide on the sums, knowing the items."""
    rates = find_rates(view, table.lines)
    groups = grouped(rates)
    apart = table.lines | _partial(groups)
    if whole := summed_up(view, rates):
        groups = [whole, *groups]
        apart |= {rate.amount_span.line for rate in rates}
    sums = find_sums(view, apart)
    if table.rows:
        _favour(sums, table.sum)
    for group in groups:
        offer_rates(view, sums, group)
    offer_total_rows(view, sums, table.sum)
    _leave_nothing(sums)
    rounded = offer_rounding(view, sums)
    tax_rows = [one for one in find_tax_rows(view, apart) if one.span not in rounded]
    agreed = balance(view, sums, tax_rows, groups)
    items: tuple[Row, ...] = ()
    if agreed is None and (ledger := None if sums.get("withheld") else to_total(view, sums, table)):
        agreed, items = Balance(ledger.found, ledger.taxes), ledger.items
    made = agreed is not None
    if agreed is None:
        parts = (
            less_withheld(sums)
            or with_rounding(view, sums, _taxes(tax_rows, groups))
            or with_charges(sums)
            or by_rate(view, sums, table)
            or less_paid(view, sums, table)
        )
        made = parts is not None
        agreed = Balance(parts or _alone(view, sums), ())
    chosen = dict(agreed.found)
    taxed = any(rate.amount for group in groups for rate in group) or any(
        one.value and one.score >= CONFIDENT for one in sums.get("tax", ())
    )
    if not taxed and not sums.get("withheld"):
        infer_no_tax(view, chosen, table)
    leave_open(view, chosen, table)
    if not made and _is_of_another(sums, chosen):
        del chosen["net"]
    _infer_net(view, sums, chosen, table)
    widen(view, sums, chosen)
    if "charges" in chosen and has_surcharge(view):
        for term in ("tax", "charges"):
            chosen.pop(term, None)
    items += settle(view, sums, chosen, table)
    open_ = (
        holds_old_balance(sums, chosen)
        or is_rest(view, sums, chosen)
        or is_contradicted(view, sums, chosen)
    )
    if open_ or _is_nothing(view, chosen) or (not made and _is_held(view, sums, chosen)):
        del chosen["gross"]
    elif "gross" in chosen and follows_payments(view, chosen["gross"]):
        for term in ("net", "tax", "gross"):
            chosen.pop(term, None)
    taxes = breakdown(view, groups, agreed, chosen)
    other = rival(view, apart, chosen) or larger(view, sums, chosen, table.sum)
    before_rounding(view, sums, chosen, table, _taxes(tax_rows, groups))
    return Sums(chosen, taxes, other, items)


def _taxes(tax_rows: list[Sum], groups: list[tuple[Rate, ...]]) -> list[Decimal]:
    """What the tax may come to: the rows of labels together, or those of a breakdown."""
    rows = sum((row.value for row in tax_rows), Decimal())
    return [rows, *(sum((rate.amount for rate in group), Decimal()) for group in groups)]


def _leave_nothing(sums: dict[str, list[Sum]]) -> None:
    """Drop totals of nothing beside others: in ``Total 284.65 0.00`` the last is a tax."""
    totals = sums.get("gross", [])
    if some := [one for one in totals if one.value]:
        sums["gross"] = some


def _is_nothing(view: View, chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether the total is nothing though amounts stand on the page: then it is another's."""
    gross = chosen.get("gross")
    return bool(gross and not gross.value) and any(
        one.money and one.value for one in view.all_figures()
    )


def _is_held(view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether something is withheld, and no amount shows that it is of that total."""
    gross = chosen.get("gross")
    if gross is None:
        return False
    held = [one.value for one in sums.get("withheld", ()) if one.score >= CONFIDENT]
    shown = {one.value for one in view.all_figures() if one.money}
    return any(one * gross.value < 0 and gross.value + one not in shown for one in held)


def _partial(groups: list[tuple[Rate, ...]]) -> frozenset[int]:
    """The lines of breakdowns of several rates: none of them is the whole."""
    return frozenset(
        rate.amount_span.line
        for group in groups
        if sum(bool(rate.base) for rate in group) > 1
        for rate in group
    )


def _favour(sums: dict[str, list[Sum]], value: Decimal) -> None:
    """Trust a net or subtotal more that is the sum of the items."""
    for term in ("net", "lines"):
        sums[term] = [
            one._replace(score=min(0.99, one.score + 0.15)) if one.value == value else one
            for one in sums.get(term, [])
        ]


def _alone(view: View, sums: dict[str, list[Sum]]) -> dict[str, Found[Decimal]]:
    """Each sum for itself: the gross by the best label, the others only by strong ones."""
    chosen: dict[str, Found[Decimal]] = {}
    # Where nothing is left to pay, that is not the total.
    grosses = sorted(
        (one for value, one in pool(sums, "gross").items() if value or not sums.get("due")),
        key=lambda one: (-round(one.score, 1), -one.span.line),
    )
    if (
        grosses
        and grosses[0].score >= CONFIDENT
        and not is_told_among_others(view, sums, grosses[0])
    ):
        best = _whole(sums, grosses[0])
        chosen["gross"] = Found(best.value, best.span, min(0.8, best.score), "label")
    elif not sums.get("due"):
        last = _last_sum(view, sums) or _with_tax(view, sums)
        if last:
            chosen["gross"] = Found(last.value, last.span, 0.6, "label")
    for term in ("net", "tax"):
        named = sums.get(term, ())
        if named and named[0].score >= 0.8:
            best = named[0]
            of = chosen.get("gross")
            several = term == "tax" and len({one.value for one in named if one.value}) > 1
            if several and best.value:
                continue
            if of is None or _is_part(term, best.value, of.value):
                chosen[term] = Found(best.value, best.span, min(0.7, best.score), "label")
    if {"gross", "tax"} <= chosen.keys() and "net" not in chosen and _is_other_tax(sums, chosen):
        del chosen["tax"]
    if len(chosen) == 3 and chosen["tax"].value and chosen["net"].value == chosen["gross"].value:
        del chosen["net"]
    inside = included_tax(view, sums, chosen["gross"]) if "gross" in chosen else None
    if inside:
        chosen["tax"] = Found(inside.value, inside.span, 0.8, "label")
    elif {"gross", "tax"} <= chosen.keys() and "net" not in chosen and chosen["tax"].value:
        del chosen["tax"]  # nothing on the page says that it is in this total
    return chosen


def _is_of_another(sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether the net is not that of the gross, as far as anybody knows: no tax lies between.

    Or it is the gross itself, though a tax is named.
    """
    net, gross = chosen.get("net"), chosen.get("gross")
    if net is None or gross is None or "tax" in chosen:
        return False
    named = any(one.value and one.score >= CONFIDENT for one in sums.get("tax", ()))
    return net.value != gross.value or named


def _is_other_tax(sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether a sum without tax stands above that does not make the total with that tax alone."""
    gross, tax = chosen["gross"].value, chosen["tax"].value
    before = [one.value for term in ("net", "lines") for one in sums.get(term, ())[:1]]
    return any(0 < one < gross and one + tax != gross for one in before)


def _whole(sums: dict[str, list[Sum]], best: Sum) -> Sum:
    """*best*, or the total of which it is what is left to pay, where a label names that."""
    if all(one.span != best.span for one in sums.get("due", ())):
        return best
    more = (one for one in sums.get("gross", ()) if one.score >= CONFIDENT)
    return next((one for one in more if one.value > best.value > 0), best)


def _is_part(term: str, value: Decimal, gross: Decimal) -> bool:
    """Whether that may be the net of *gross*, or the tax in it."""
    if term == "net":
        return 0 < abs(value) <= abs(gross)
    return abs(value) <= abs(gross) * HIGHEST_TAX


def _last_sum(view: View, sums: dict[str, list[Sum]]) -> Sum | None:
    """The only sum of the items, with neither a tax, a larger nor a negative amount below it."""
    lines = sums.get("lines", ())
    if len(lines) != 1:
        return None
    below = [one for one in view.all_figures() if one.money and one.span.line > lines[0].span.line]
    taxed = {one.span.line for one in sums.get("tax", ())}
    if any(one.span.line in taxed or not 0 <= one.value <= lines[0].value for one in below):
        return None
    return lines[0]


def _with_tax(view: View, sums: dict[str, list[Sum]]) -> Sum | None:
    """The only sum of the items, if the tax that is named below is in it by its rate."""
    lines = sums.get("lines", ())
    if len(lines) != 1:
        return None
    whole = Found(lines[0].value, lines[0].span, lines[0].score, "label")
    inside = included_tax(view, sums, whole)
    return lines[0] if inside and inside.value and inside.span > lines[0].span else None


def _infer_net(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], table: Table
) -> None:
    """The total is the net where the items are without tax, and there is no other mention of it."""
    gross = chosen.get("gross")
    if gross is None or chosen.keys() & {"net", "tax"} or sums.get("tax") or not table.rows:
        return
    if table.sum == gross.value and has_net_amounts(view, table):
        chosen["net"] = Found(gross.value, gross.span, 0.6, "arithmetic")
