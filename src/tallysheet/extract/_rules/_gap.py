"""Why what is due is another amount than the total."""

import re
from dataclasses import replace
from decimal import Decimal

from tallysheet.extract._rules._due import taken_by
from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._paid import is_split
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import Found, View

_CUT = re.compile(
    r"\b(?:commission|discount|rebate|rabatt|nachlass|remise|rabais|sconto|descuento"
    r"|desconto|korting|rabat|\w+provision\b)"
)
"""What makes the total less, and is no payment of it."""


def settle_gap(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], table: Table
) -> None:
    """What stands between gross and due: an old balance, tax withheld, else payments."""
    gross, due = chosen.get("gross"), chosen.get("due")
    if gross is None or due is None or "paid" in chosen or gross.value == due.value:
        return
    gap = gross.value - due.value
    taken = taken_by(chosen)
    tax = chosen.get("tax")
    if tax and gap == tax.value > 0 and is_split(view):
        chosen["withheld"] = replace(tax, score=0.8)
        return
    for term, value in (("prior_balance", -gap), ("withheld", gap)):
        for one in sums.get(term, ()):
            if value > 0 and abs(one.value) == value:
                chosen[term] = Found(value, one.span, 0.85, "label")
                return
    for figure in view.all_figures():
        line = figure.span.line
        outside = line not in table.lines and figure.span not in taken
        if _CUT.search(fold(view.sheet.lines[line].text)):
            continue
        if figure.money and outside and gap > 0 and abs(figure.value) == gap:
            chosen["paid"] = Found(gap, figure.span, 0.7, "arithmetic")
            return
    several = _between(view, gross.span, due.span)
    if gap > 0 and gap == sum(abs(one.value) for one in several):
        chosen["paid"] = Found(gap, several[-1].span, 0.7, "arithmetic")


def _between(view: View, gross: Span, due: Span) -> list[Figure]:
    """The last amount of each line between the total and what is due, as payments stand there.

    None where a line has no amount, or speaks of what makes the total less.
    """
    found = []
    for line in view.sheet.lines[gross.line + 1 : due.line]:
        amounts = [one for one in view.figures[line.number] if one.money]
        if not amounts or _CUT.search(fold(line.text)):
            return []
        found.append(amounts[-1])
    return found
