"""Whether what was taken for the total is what is left of another one, or holds an old balance."""

from decimal import Decimal
from itertools import pairwise

from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._rivals import NO_TOTAL
from tallysheet.extract._rules._sums import Sum
from tallysheet.extract._rules._terms import REDUCED
from tallysheet.extract._rules._view import CONFIDENT, Found, View

MOST_LINES_BETWEEN = 12
"""Lines between the total of a last bill and what is left of it."""
ALIGNED = 3.0
"""Points by which the right edges of a column's amounts differ at most."""


def holds_old_balance(sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether the only total may include what was due before, as nothing says what it is of.

    Not so where net and tax make it, or a payment took off all of the old balance.
    """
    gross, net, tax = (chosen.get(name) for name in ("gross", "net", "tax"))
    if gross is None or "prior_balance" in chosen:
        return False
    if net and tax and tax.value and net.value + tax.value == gross.value:
        return False
    paid = {abs(one.value) for one in sums.get("paid", ())}
    return any(one.value and one.value not in paid for one in sums.get("prior_balance", ()))


def is_rest(view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether a part payment and the only total make a larger amount that may be the total.

    Then what was taken for the total is left to pay of it: a label names the payment, or it
    stands between two amounts that both are called what is to be paid.
    """
    gross, net, tax = (chosen.get(name) for name in ("gross", "net", "tax"))
    if gross is None or "paid" in chosen:
        return False
    if net and tax and net.value + tax.value == gross.value:
        return False
    wholes = {gross.value + abs(one.value) for one in sums.get("paid", ()) if one.value}
    if any(one.money and one.value in wholes for one in view.all_figures()):
        return True
    paid = [label.span.line for label in view.labelled("paid")]
    last = max(one.span.line for one in view.all_figures() if one.value == gross.value)
    if not net and any(
        one.value > gross.value and one.span.line < line < last
        for one in sums.get("lines", ())
        for line in paid
    ):
        return True
    if _is_left_over(view, sums, gross):
        return True
    larger = [one for one in sums.get("due", ()) if one.value > gross.value]
    return any(
        figure.money
        and one.span.line < figure.span.line < gross.span.line
        and abs(figure.value) == one.value - gross.value
        for one in larger
        for figure in view.all_figures()
    )


def _is_left_over(view: View, sums: dict[str, list[Sum]], gross: Found[Decimal]) -> bool:
    """Whether only what is due is named, and above it stands what it is left of, less something.

    In whatever language; what is taken off with a label of discounts makes another total.
    """
    due = {label.span.line for label in view.labelled("due")}
    if any(one.score >= CONFIDENT and one.span.line not in due for one in sums.get("gross", ())):
        return False
    cut = {label.span.line for label in view.labelled("allowances")}
    totals = [one for one in view.all_figures() if one.value == gross.value]
    spans = [one.span.line for one in totals]
    amounts = [
        one
        for one in view.all_figures()
        if one.money or any(abs(one.x1 - total.x1) < ALIGNED for total in totals)
    ]
    above = {one.value: one.span.line for one in amounts if one.value > gross.value}
    return any(
        above.get(gross.value - one.value, one.span.line) < one.span.line < max(spans)
        for one in amounts
        if one.value < 0 and one.span.line not in cut
    )


def follows_payments(view: View, gross: Found[Decimal]) -> bool:
    """Whether amounts taken off above, each with a date or called paid, leave *gross* of another.

    As in the last bill of several, which takes off those before it.
    """
    box = view.sheet.box(gross.span)
    paid = {label.span.line for label in view.labelled("paid")}
    total, found = gross.value, False
    for number in range(gross.span.line - 1, max(0, gross.span.line - MOST_LINES_BETWEEN) - 1, -1):
        column = [
            one for one in view.figures[number] if one.money and one.x0 < box.x1 and one.x1 > box.x0
        ]
        if not column:
            continue
        value = column[-1].value
        if value >= 0:
            return found and value == total
        if not view.days[number] and number not in paid:
            return False
        total, found = total - value, True
    return False


def is_reduced_below(view: View, chosen: dict[str, Found[Decimal]]) -> bool:
    """Whether an amount below the total, and what is left without it, stand there: a retention.

    A discount for those who pay soon is none, nor are net and tax.
    """
    gross = chosen["gross"]
    parts = {chosen[term].value for term in ("net", "tax") if term in chosen}
    below = [one for one in view.all_figures() if one.money and one.span.line > gross.span.line]
    for part, rest in pairwise(below[:4]):
        if part.value in parts and rest.value in parts:
            continue
        if part.value and gross.value - abs(part.value) == rest.value > 0:
            lines = view.sheet.lines[part.span.line - 1 : rest.span.line + 1]
            return not any(REDUCED.search(fold(line.text)) for line in lines)
    return False


def is_told_apart(view: View, gross: Found[Decimal], dues: list[Sum]) -> bool:
    """Whether *dues* name the total and another amount, and the page shows what lies between.

    An old balance or what was paid too much, in words that the rules do not know. A discount for
    those who pay soon is none.
    """
    if not any(one.value == gross.value for one in dues):
        return False
    shown = {abs(one.value) for one in view.all_figures() if one.money}
    others = (
        fold(view.sheet.lines[one.span.line].text)
        for one in dues
        if 0 < one.value != gross.value and abs(one.value - gross.value) in shown
    )
    return any(not REDUCED.search(line) for line in others)


def widen(view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]]) -> None:
    """Where net, tax and gross are those of one rate only, take the whole instead.

    The amount due then is that gross and the total of another rate.
    """
    gross = chosen.get("gross")
    dues = [one for one in sums.get("due", ()) if one.score >= CONFIDENT]
    if gross is None or not dues or sums.get("prior_balance"):
        return
    rest = dues[0].value - gross.value
    others = {
        one.value
        for term in ("gross", "net", "lines")
        for one in sums.get(term, ())
        if not NO_TOTAL.search(fold(view.sheet.lines[one.span.line].text))
    }
    others -= {one.value for one in sums.get("rounding", ())}
    if rest > 0 and rest in others - {gross.value}:
        for term in ("net", "tax"):
            chosen.pop(term, None)
        chosen["gross"] = Found(dues[0].value, dues[0].span, min(0.8, dues[0].score), "label")
