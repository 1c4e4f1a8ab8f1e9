"""Chooses net, tax and gross together: they must add up, and a rate must explain the tax.

The tax may be one figure or several, one a rate, of which the page need not
print the sum.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._rates import Rate
from tallysheet.extract._rules._sums import Sum, pool
from tallysheet.extract._rules._view import Found, View

HIGHEST_TAX = Decimal("0.36")
"""No tax is a larger share of what it is on."""
CENT = Decimal("0.01")
ENOUGH = 1.9
"""What the three together must score to be taken."""
MOST_ROWS = 6
"""Rows of tax that are taken for parts of one sum."""
_TIP = re.compile(r"\b(?:tip|gratuity|trinkgeld|pourboire|fooi|mancia|propina|gorjeta|napiwek)\b")
"""What is given to who served, in the languages of slips and bills."""
_SERVICE = re.compile(
    r"(?:(?:optional|discretionary|suggested) )?(?:service|servizio|servicio|servico|bedienung\w*"
    r"|bediening)\b"
)
"""How a line begins that has what a house takes for serving: no tax, though a percentage is."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums that agree, by field, and the rows of tax where there are several."""

    found: dict[str, Found[Decimal]]
    tax_rows: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class _Pools:
    """What each of the three may be, and what else is on the page."""

    net: Mapping[Decimal, Sum]
    tax: Mapping[Decimal, Sum]
    gross: Mapping[Decimal, Sum]
    split: Mapping[Decimal, tuple[Sum, ...]]
    """Rows of tax by their sum."""
    shown: Mapping[Decimal, Span]
    lines: Mapping[Decimal, frozenset[int]]
    """The lines on which each amount stands."""
    others: frozenset[Decimal]
    """What labels of charges and discounts name: no tax, unless they call it a duty as on
    insurance."""
    groups: tuple[tuple[Rate, ...], ...]
    percents: frozenset[Decimal]
    most: Decimal
    """What the rates beside labels of tax come to together; HIGHEST_TAX if there are none."""


def balance(
    view: View,
    sums: dict[str, list[Sum]],
    tax_rows: list[Sum],
    groups: list[tuple[Rate, ...]],
) -> Balance | None:
    """The best net, tax and gross that add up, if any do well enough."""
    pools = _Pools(
        pool(sums, "net"),
        pool(sums, "tax"),
        pool(sums, "gross"),
        _split(tax_rows, groups),
        {figure.value: figure.span for figure in view.all_figures() if figure.money},
        _lines(view),
        frozenset(
            one.value
            for term in ("charges", "allowances", "paid")
            for one in sums.get(term, ())
            if "steuer" not in fold(view.sheet.lines[one.span.line].text)
        )
        | frozenset(tips(view))
        | frozenset(_for_service(view)),
        tuple(groups),
        frozenset(figure.value for figure in view.all_figures() if figure.percent)
        | {rate.percent for group in groups for rate in group},
        _most(view, groups),
    )
    best: tuple[float, Balance] | None = None
    for net, tax, gross in _that_fit(pools):
        if not tax and _goes_on(sums, gross):
            continue
        if _plausible(net, tax, pools.most):
            score, known = _weighed(pools, net, tax, gross)
            if best is None or score > best[0]:
                best = score, known
    return best[1] if best and best[0] >= ENOUGH else None


def _goes_on(sums: dict[str, list[Sum]], gross: Decimal) -> bool:
    """Whether a discount makes another sum of *gross*, further down: then it is no total."""
    spans = [
        one.span for term in ("gross", "due") for one in sums.get(term, ()) if one.value == gross
    ]
    last = max(spans, default=None)
    less = {gross - abs(one.value) for one in sums.get("allowances", ()) if one.value}
    return last is not None and any(
        one.value in less and one.span > last
        for term in ("net", "gross", "due")
        for one in sums.get(term, ())
    )


def _lines(view: View) -> dict[Decimal, frozenset[int]]:
    lines: dict[Decimal, set[int]] = defaultdict(set)
    for figure in view.all_figures():
        lines[figure.value].add(figure.span.line)
    return {value: frozenset(held) for value, held in lines.items()}


def _for_service(view: View) -> Iterator[Decimal]:
    for line in view.sheet.lines:
        if _SERVICE.match(fold(line.text)):
            yield from (one.value for one in view.figures[line.number] if one.money)


def tips(view: View) -> Iterator[Decimal]:
    """What was given on top: between the sum and what the card was charged it would be a tax."""
    for line in view.sheet.lines:
        if _TIP.search(fold(line.text)):
            yield from (figure.value for figure in view.figures[line.number])


def _split(tax_rows: list[Sum], groups: list[tuple[Rate, ...]]) -> dict[Decimal, tuple[Sum, ...]]:
    """Neighbouring rows of tax, and the rows of each breakdown, by their sum."""
    runs: list[list[Sum]] = []
    for row in tax_rows:
        if runs and row.span.line - runs[-1][-1].span.line <= 2:
            runs[-1].append(row)
        else:
            runs.append([row])
    runs += [run[:-1] for run in runs if sum(row.value for row in run[:-1]) == run[-1].value]
    runs += [[Sum(rate.amount, rate.amount_span, 0.8) for rate in group] for group in groups]
    return {
        sum((row.value for row in run), Decimal()): tuple(run)
        for run in runs
        if 1 < len(run) <= MOST_ROWS
    }


def _that_fit(pools: _Pools) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    taxes = {*pools.tax, *pools.split}
    bases = {sum((rate.base for rate in group), Decimal()) for group in pools.groups}
    for gross in pools.gross:
        for tax in taxes:
            if gross - tax in pools.net or gross - tax in pools.shown or gross - tax in bases:
                yield gross - tax, tax, gross
        for net in pools.net:
            tax = gross - net
            named = tax in taxes or Decimal(0) in pools.tax
            if tax and not named and tax not in pools.others and _is_among(pools, net, tax, gross):
                yield net, tax, gross
    for net in pools.net:
        for tax in taxes:
            whole = net + tax
            if tax and whole not in pools.gross and _is_below(pools, net, whole):
                yield net, tax, whole


def _is_below(pools: _Pools, net: Decimal, gross: Decimal) -> bool:
    """Whether *gross*, which no label names, stands beside or below *net*, as items do not."""
    held = pools.lines.get(gross, ()) if gross in pools.shown else ()
    return any(line >= pools.net[net].span.line - 1 for line in held)


def _is_among(pools: _Pools, net: Decimal, tax: Decimal, gross: Decimal) -> bool:
    """Whether *tax*, which no label names, stands among the sums, and not among the items."""
    ends = pools.net[net].span.line, pools.gross[gross].span.line
    held = pools.lines.get(tax, ()) if tax in pools.shown else ()
    return any(min(ends) <= line <= max(ends) + 1 for line in held)


def _weighed(pools: _Pools, net: Decimal, tax: Decimal, gross: Decimal) -> tuple[float, Balance]:
    """How well these three do, and what of them is on the page."""
    rows = pools.split.get(tax, ())
    parts = (
        ("net", net, pools.net.get(net)),
        ("tax", tax, pools.tax.get(tax)),
        ("gross", gross, pools.gross.get(gross)),
    )
    named = [one.score for _, _, one in parts if one]
    named += [min(row.score for row in rows)] if rows and tax not in pools.tax else []
    score = sum(named) + (1.2 if len(named) == 3 else 0.5)
    explained = rows or _explained(pools, net, tax)
    score += 0.5 if explained else 0.0
    # No rate on the page makes that tax, and nothing calls the net so.
    score -= 0.6 if tax and not explained and net not in pools.net and pools.percents else 0.0
    score -= 3.0 if _hides_tax(pools, tax) else 0.0
    sure = min(0.99, 0.6 + 0.1 * len(named) + 0.05 * score)
    found = {}
    for name, value, one in parts:
        if one:
            found[name] = Found(value, one.span, round(sure, 3), "label")
        elif value in pools.shown:
            found[name] = Found(value, pools.shown[value], round(sure - 0.15, 3), "arithmetic")
    return score, Balance(found, rows)


def _plausible(net: Decimal, tax: Decimal, most: Decimal) -> bool:
    return net != 0 and (tax == 0 or (net > 0) == (tax > 0)) and abs(tax) <= abs(net) * most + CENT


def _most(view: View, groups: list[tuple[Rate, ...]]) -> Decimal:
    """The highest share that the tax can have: several rates may be on the same goods."""
    taxed = {label.span.line for label in view.labelled("tax")}
    named = [one.value for line in taxed for one in view.figures[line] if one.percent]
    total = sum((max(Decimal(0), percent) for percent in named), Decimal()) / 100
    return min(total, HIGHEST_TAX) if total and not groups else HIGHEST_TAX


def _explained(pools: _Pools, net: Decimal, tax: Decimal) -> bool:
    """Whether a rate on the page, or a breakdown, gives this tax."""
    for group in pools.groups:
        if (
            sum((rate.amount for rate in group), Decimal()) == tax
            and sum((rate.base for rate in group), Decimal()) == net
        ):
            return True
    return any(abs(net * percent / 100 - tax) <= CENT for percent in pools.percents)


def _hides_tax(pools: _Pools, tax: Decimal) -> bool:
    """Whether *tax* is nothing although the page names some."""
    named = any(value and one.score > 0.6 for value, one in pools.tax.items())
    rows = any(rate.amount for group in pools.groups for rate in group)
    return tax == 0 and (named or rows)
