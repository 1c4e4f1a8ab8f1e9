"""Whether the page names other sums as plainly as those decided on, so that nobody can tell."""

from decimal import Decimal

from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._view import CONFIDENT, Found, View

MOST_BEHIND = 3
"""Words behind a label of a tax in which its rate stands."""


def is_contradicted(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]
) -> bool:
    """Whether another net, a tax by its rate or a larger total contradicts the *chosen* sums.

    Only what arithmetic made of the total alone can be: a label says what it stands beside.
    """
    gross, net, tax = (chosen.get(name) for name in ("gross", "net", "tax"))
    if gross is None:
        return False
    if net is None:
        return tax is None and _is_cut(sums, gross)
    if net.method != "arithmetic" or net.value != gross.value:
        return False
    named = [one.value for one in sums.get("net", ()) if one.score >= CONFIDENT]
    if named and min(named) > net.value and tax and tax.method == "label":
        return True
    if tax is None or tax.method != "arithmetic":
        return False
    larger = {one.value for one in sums.get("gross", ()) if one.value > gross.value}
    return _is_taxed(view) or any(one - gross.value not in _cuts(sums) for one in larger)


def _cuts(sums: dict[str, list[Sum]]) -> set[Decimal]:
    """What labels say is taken off."""
    return {abs(one.value) for one in sums.get("allowances", ()) if one.value}


def _is_cut(sums: dict[str, list[Sum]], gross: Found[Decimal]) -> bool:
    """Whether a net stands below that is the total less what was taken off it."""
    return any(
        one.score >= CONFIDENT and gross.value - one.value in _cuts(sums) and one.span > gross.span
        for one in sums.get("net", ())
    )


def _is_taxed(view: View) -> bool:
    """Whether a label of a tax goes on with a rate, as the heading of a column does: “VAT 5%”."""
    for label in view.labelled("tax"):
        for figure in view.figures[label.span.line]:
            near = 0 <= figure.span.first - label.span.last <= MOST_BEHIND
            if figure.percent and figure.value and near:
                return True
    return False
