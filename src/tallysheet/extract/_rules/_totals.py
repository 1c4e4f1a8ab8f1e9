"""The sums of the invoice, chosen together because they must agree.

Each figure beside or below a label is a candidate for what the label means.
Of all candidates those are taken that fulfil net + tax = gross; only where no
three do, each is taken for itself, as its label says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._rates import Rate, find_rates, grouped
from tallysheet.extract._rules._sums import Sum, find_sums, offer_rates, pool
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import CONFIDENT, Found, View

HIGHEST_TAX = Decimal("0.36")
"""No tax is a larger share of what it is on."""
CENT = Decimal("0.01")


@dataclass
class Sums:
    """The sums that were decided on, by the name of the field."""

    found: dict[str, Found[Decimal]] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()


def find_totals(view: View, table: Table) -> Sums:
    """Decide on the sums, knowing the items."""
    sums = find_sums(view, table.heads)
    if table.rows:
        _favour(sums, table.sum)
    groups = grouped(find_rates(view, table.heads))
    for group in groups:
        offer_rates(view, sums, group)
    figures: dict[Decimal, Span] = {}
    for figure in view.all_figures():
        if figure.money:
            figures[figure.value] = figure.span
    chosen = _triple(view, sums, figures, groups) or _alone(sums)
    _infer_no_tax(view, chosen)
    _settle(view, sums, chosen)
    return Sums(chosen, _matching(groups, chosen))


def _favour(sums: dict[str, list[Sum]], value: Decimal) -> None:
    """Trust a net or subtotal more that is the sum of the items."""
    for term in ("net", "lines"):
        sums[term] = [
            one._replace(score=min(0.99, one.score + 0.15)) if one.value == value else one
            for one in sums.get(term, [])
        ]


def _triple(
    view: View,
    sums: dict[str, list[Sum]],
    shown: dict[Decimal, Span],
    groups: list[tuple[Rate, ...]],
) -> dict[str, Found[Decimal]] | None:
    """The best net, tax and gross that add up, at most one of them without a label."""
    nets, taxes, grosses = (pool(sums, term) for term in ("net", "tax", "gross"))
    percents = {figure.value for figure in view.all_figures() if figure.percent}
    percents |= {rate.percent for group in groups for rate in group}
    best: tuple[float, dict[str, Found[Decimal]]] | None = None
    for net, tax, gross in _sums_that_fit(nets, taxes, grosses, shown):
        if not _plausible(net, tax):
            continue
        parts = (
            ("net", net, nets.get(net)),
            ("tax", tax, taxes.get(tax)),
            ("gross", gross, grosses.get(gross)),
        )
        named = [one.score for _, _, one in parts if one]
        score = sum(named) + (1.2 if len(named) == 3 else 0.5)
        score += 0.5 if _explained(net, tax, percents, groups) else 0.0
        if best is None or score > best[0]:
            sure = min(0.99, 0.6 + 0.1 * len(named) + 0.05 * score)
            best = (
                score,
                {
                    name: Found(
                        value,
                        one.span if one else shown[value],
                        round(sure if one else sure - 0.15, 3),
                        "label" if one else "arithmetic",
                    )
                    for name, value, one in parts
                },
            )
    return best[1] if best and best[0] >= 1.9 else None


def _sums_that_fit(
    nets: dict[Decimal, Sum],
    taxes: dict[Decimal, Sum],
    grosses: dict[Decimal, Sum],
    shown: dict[Decimal, Span],
) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    for gross in grosses:
        for tax in taxes:
            if gross - tax in nets or gross - tax in shown:
                yield gross - tax, tax, gross
        for net in nets:
            if gross - net not in taxes and gross - net in shown and gross != net:
                yield net, gross - net, gross
    for net in nets:
        for tax in taxes:
            if net + tax not in grosses and net + tax in shown and tax:
                yield net, tax, net + tax


def _plausible(net: Decimal, tax: Decimal) -> bool:
    return net != 0 and (tax == 0 or (net > 0) == (tax > 0)) and abs(tax) <= abs(net) * HIGHEST_TAX


def _explained(
    net: Decimal, tax: Decimal, percents: Iterable[Decimal], groups: list[tuple[Rate, ...]]
) -> bool:
    """Whether a rate on the page, or a breakdown, gives this tax."""
    if any(
        sum((rate.amount for rate in group), Decimal()) == tax
        and sum((rate.base for rate in group), Decimal()) == net
        for group in groups
    ):
        return True
    return any(abs(net * percent / 100 - tax) <= CENT for percent in percents)


def _alone(sums: dict[str, list[Sum]]) -> dict[str, Found[Decimal]]:
    """Each sum for itself: the gross by the best label, the others only by strong ones."""
    chosen: dict[str, Found[Decimal]] = {}
    grosses = sorted(
        pool(sums, "gross").values(), key=lambda one: (-round(one.score, 1), -one.span.line)
    )
    if grosses and grosses[0].score >= CONFIDENT:
        best = grosses[0]
        chosen["gross"] = Found(best.value, best.span, min(0.8, best.score), "label")
    for term in ("net", "tax"):
        named = sums.get(term, ())
        if named and named[0].score >= 0.8:
            best = named[0]
            if "gross" not in chosen or abs(best.value) <= abs(chosen["gross"].value):
                chosen[term] = Found(best.value, best.span, min(0.7, best.score), "label")
    return chosen


def _infer_no_tax(view: View, chosen: dict[str, Found[Decimal]]) -> None:
    """Nothing but a total, and words that say that no tax is due: then net is gross."""
    gross = chosen.get("gross")
    if gross is None or "tax" in chosen:
        return
    net = chosen.get("net")
    if net is not None and net.value != gross.value:
        return
    words = exemption(view)
    if words is None:
        return
    chosen["tax"] = Found(Decimal(0), words, 0.6, "arithmetic")
    chosen.setdefault("net", Found(gross.value, gross.span, 0.6, "arithmetic"))


def exemption(view: View) -> Span | None:
    """The words that say why there is no tax, if there are such."""
    for row in view.labels:
        for label in row:
            if "exempt" in label.terms:
                return label.span
    return None


def _settle(view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> None:
    """What was paid and what is due, and the sum of the lines, if they agree with the rest."""
    gross, net = chosen.get("gross"), chosen.get("net")
    _settle_due(sums, chosen)
    if net is not None:
        _settle_lines(sums, chosen, net.value)
    rounding = sums.get("rounding", ())
    due = chosen.get("due")
    if gross and due and rounding and abs(rounding[0].value) < 1:
        paid = chosen["paid"].value if "paid" in chosen else Decimal(0)
        if gross.value - paid + rounding[0].value == due.value != gross.value - paid:
            chosen["rounding"] = Found(rounding[0].value, rounding[0].span, 0.8, "label")


def _settle_due(sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> None:
    gross = chosen.get("gross")
    dues = [one for one in sums.get("due", ()) if one.score >= CONFIDENT]
    paids = [one for one in sums.get("paid", ()) if one.score >= CONFIDENT and one.value]
    if gross is None:
        return
    for due in dues:
        for paid in paids:
            if gross.value - abs(paid.value) == due.value:
                chosen["due"] = Found(due.value, due.span, 0.95, "label")
                chosen["paid"] = Found(abs(paid.value), paid.span, 0.95, "label")
                return
    if dues:
        best = max(dues, key=lambda one: (one.value == gross.value, round(one.score, 1), one.span))
        sure = 0.9 if best.value == gross.value else 0.6
        chosen["due"] = Found(best.value, best.span, min(sure, best.score), "label")
    elif not sums.get("paid") and not sums.get("prior_balance") and not sums.get("withheld"):
        chosen["due"] = Found(gross.value, gross.span, round(0.8 * gross.score, 3), "arithmetic")


def _settle_lines(
    sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], net: Decimal
) -> None:
    off = [Sum(Decimal(0), Span(0, 0, 0), 0.0), *sums.get("allowances", ())[:6]]
    on = [Sum(Decimal(0), Span(0, 0, 0), 0.0), *sums.get("charges", ())[:6]]
    for lines in sums.get("lines", ()):
        for less in off:
            for more in on:
                if lines.value - abs(less.value) + more.value == net:
                    chosen["lines"] = Found(lines.value, lines.span, 0.9, "label")
                    if less.value:
                        chosen["allowances"] = Found(abs(less.value), less.span, 0.85, "label")
                    if more.value:
                        chosen["charges"] = Found(more.value, more.span, 0.85, "label")
                    return


def _matching(
    groups: list[tuple[Rate, ...]], chosen: dict[str, Found[Decimal]]
) -> tuple[Rate, ...]:
    """The breakdown that adds up to the net and tax decided on."""
    net, gross = chosen.get("net"), chosen.get("gross")
    if not net or not gross:
        return ()
    for group in groups:
        tax = sum((rate.amount for rate in group), Decimal())
        base = sum((rate.base for rate in group), Decimal())
        if base == net.value and base + tax == gross.value:
            return group
    return ()
