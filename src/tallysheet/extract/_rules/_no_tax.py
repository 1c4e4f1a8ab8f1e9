"""Whether a page without a tax that anybody can name has none, or one whose name nobody knows."""

from collections.abc import Iterable
from decimal import Decimal

from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._rates import CENT, HIGHEST_PERCENT, fits
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import Found, View


def infer_no_tax(view: View, chosen: dict[str, Found[Decimal]], table: Table) -> None:
    """Nothing but a total, and words that say that no tax is due: then net is gross."""
    gross = chosen.get("gross")
    if gross is None or "tax" in chosen:
        return
    words = _exemption(view, table)
    if words is None:
        return
    net = chosen.get("net")
    if net is not None and net.value != gross.value:
        # What is left for somebody of a total without tax is no sum without tax.
        del chosen["net"]
        return
    chosen["tax"] = Found(Decimal(0), words, 0.6, "arithmetic")
    chosen.setdefault("net", Found(gross.value, gross.span, 0.6, "arithmetic"))


def leave_open(view: View, chosen: dict[str, Found[Decimal]], table: Table) -> None:
    """Drop a tax beside a rate and an amount by an unknown name: it is not all of it, nor is none.

    With it goes the net, but where the two make the total.
    """
    net, tax, gross = (chosen.get(name) for name in ("net", "tax", "gross"))
    if gross is None or not _has_unnamed(view, table, gross):
        return
    if net and tax and tax.value and net.value + tax.value == gross.value:
        return
    for term in ("net", "tax"):
        chosen.pop(term, None)


def _exemption(view: View, table: Table) -> Span | None:
    """The words that say why there is no tax, if there are such, beside no item."""
    held = {row.amount.span.line for row in table.rows}
    exempt = (label.span for label in view.labelled("exempt") if label.span.line not in held)
    return next(exempt, None)


def _has_unnamed(view: View, table: Table, gross: Found[Decimal]) -> bool:
    """Whether a line above *gross*, that is none of items and has no label, adds a percentage."""
    first = max(table.lines, default=-1) + 1
    return any(
        _is_share(view.figures[number], gross.value)
        for number in range(first, gross.span.line)
        if not view.labels[number]
    )


def _is_share(row: Iterable[Figure], gross: Decimal) -> bool:
    """Whether one rate stands on the line, and the amount that it makes of a part of *gross*."""
    percents = [one.value for one in row if one.percent]
    amounts = [one.value for one in row if one.money]
    if len(percents) != 1 or not amounts or not 0 < percents[0] <= HIGHEST_PERCENT:
        return False
    *bases, amount = amounts
    most = gross * percents[0] / (100 + percents[0])
    if not 0 < amount <= most + CENT:
        return False
    return not bases or any(fits(percents[0], base, amount) for base in bases)
