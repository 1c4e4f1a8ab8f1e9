"""What was paid of the total, and what is left to pay."""

import re
from decimal import Decimal
from itertools import product

from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import find_ibans
from tallysheet.extract._rules._paid import has_traces, is_past, said_paid
from tallysheet.extract._rules._rests import is_reduced_below, is_told_apart
from tallysheet.extract._rules._rivals import BESIDE
from tallysheet.extract._rules._sums import Sum, figures_of
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._terms import DAYS, days_to_pay
from tallysheet.extract._rules._view import CONFIDENT, Found, View

OTHERWISE = ("paid", "prior_balance", "withheld")
"""Sums that make what is due another amount than the total."""
LINES_BELOW = 3
"""Lines below the total that may still be of its column."""
ALIGNED = 2.0
"""Points by which the right edges of a column's amounts differ at most."""

_MEANS = re.compile(
    r"\b(?:multibanco|visa|mastercard|maestro|girocard|ec.?karte|bancomat|carte bancaire|cb|cash"
    r"|bar|troco|change|contanti?|especes|efectivo|tarjeta|pin|dankort|twint|karte|card|eftpos)\b"
)
"""How money was taken, on the line below a total."""

_WAGES = re.compile(r"\bg-? ?rek")
"""The account to which Dutch buyers pay the taxes on wages that a subcontractor owes."""


def settle_due(
    view: View, sums: dict[str, list[Sum]], chosen: dict[str, Found[Decimal]], table: Table
) -> None:
    """Put into *chosen* what was paid and what is due, as figures or words on the page say."""
    gross = chosen.get("gross")
    if gross is None:
        return
    taken = taken_by(chosen)
    old = {one.span.line for one in sums.get("prior_balance", ())}
    dues = [
        one
        for one in sums.get("due", ())
        if one.score >= CONFIDENT and one.span not in taken and one.span.line not in old
    ]
    told = {line for line in {one.span.line for one in dues} if _is_in_parts(sums, gross, line)}
    dues = [one for one in dues if one.span.line not in told]
    dues = [one for one in dues if not _is_split(view, gross, one)]
    unpaid = {one.span.line for one in sums.get("paid", ()) if not one.value}
    paids = [
        one
        for one in _payments(sums)
        if one.score >= CONFIDENT and one.value and one.span.line not in unpaid
    ]
    if _less(view, gross, dues, paids, sums, chosen) or (
        all(one.value == gross.value for one in dues)
        and _shown(view, gross, [one for one in paids if not dues or one.span > gross.span], chosen)
    ):
        return
    said = None if unpaid else _all_paid(view, sums, gross, table)
    if said and all(due.value == gross.value for due in dues):
        if said[1] and not view.sheet.scanned:
            chosen["due"] = Found(Decimal(0), said[0], 0.7, "arithmetic")
            chosen["paid"] = Found(gross.value, said[0], 0.7, "arithmetic")
        return
    dues = [one for one in dues if not is_past(view.sheet.lines[one.span.line].text)]
    # Nothing that stands above the total is what was left of an earlier one.
    last = max((one.span for one in view.all_figures() if one.value == gross.value), default=None)
    dues = [one for one in dues if one.value or last is None or one.span > last]
    settled = any(not one.value and one.score >= CONFIDENT for one in sums.get("due", ()))
    if settled and all(one.value == gross.value for one in dues):
        return  # something says that nothing is left to pay
    if is_told_apart(view, gross, dues) or (
        gross.value and {one.value for one in dues} == {0} and not (paids or has_traces(view))
    ):
        return  # what is nothing may be the balance of something else
    if dues:
        before = next((one.value for one in sums.get("prior_balance", ())), Decimal(0))
        with_it = before and any(one.value == gross.value + before for one in dues)
        likely = gross.value + before if with_it else gross.value
        held = {gross.value - abs(one.value) for one in sums.get("withheld", ()) if one.value}
        likely = next((one.value for one in dues if one.value in held), likely)
        best = max(dues, key=lambda one: (one.value == likely, round(one.score, 1), one.span))
        whole = best.value == gross.value
        given = _is_given(view, best)
        if whole and given and (not _is_asked_for(view) or _MEANS.search(_below(view, best))):
            return
        if whole and (_is_taken_off(view, gross) or _is_nothing_left(view)):
            return
        if whole and is_reduced_below(view, chosen):
            return
        sure = 0.9 if whole else 0.6
        chosen["due"] = Found(best.value, best.span, min(sure, best.score), "label")
    elif _is_asked_for(view, by_an_account=False) and not (
        _lists_payments(view)
        or _is_taken_off(view, gross)
        or any(one.value for term in OTHERWISE for one in sums.get(term, ()))
        or is_reduced_below(view, chosen)
        or _is_named(view, chosen, table)
        or has_traces(view)
        or _goes_on(view, chosen, sums)
    ):
        chosen["due"] = Found(gross.value, gross.span, round(0.8 * gross.score, 3), "arithmetic")


def _is_in_parts(sums: dict[str, list[Sum]], gross: Found[Decimal], line: int) -> bool:
    """Whether that line names instalments that make *gross*: “9.00 by 3 May and 9.00 by 3 June”."""
    parts = [one.value for one in sums.get("due", ()) if one.span.line == line]
    return len(parts) > 1 and sum(parts) == gross.value


def _is_split(view: View, gross: Found[Decimal], due: Sum) -> bool:
    """Whether the rest goes to an account for wage taxes, as of Dutch subcontractors."""
    rest = gross.value - due.value
    return 0 < rest < gross.value and any(
        one.money and one.value == rest and _WAGES.search(fold(view.sheet.lines[number].text))
        for number, row in enumerate(view.figures)
        for one in row
    )


def _is_given(view: View, due: Sum) -> bool:
    """Whether the next line has the same amount: how it was paid, as on a slip.

    It has no label, or says that money or a card was taken.
    """
    below = view.sheet.lines[due.span.line + 1 : due.span.line + 2]
    return any(
        figure.money and figure.value == due.value
        for line in below
        if not view.labels[line.number] or _MEANS.search(fold(line.text))
        for figure in view.figures[line.number]
    )


def _is_taken_off(view: View, gross: Found[Decimal]) -> bool:
    """Whether the total stands there once more with a minus: it was paid, in any language."""
    return any(one.money and one.value == -gross.value != 0 for one in view.all_figures())


def _is_nothing_left(view: View) -> bool:
    """Whether a figure of nothing stands behind a label of what is due, if only in a sentence."""
    return any(
        one.money and not one.value and 0 <= one.span.first - label.span.last <= 1
        for label in view.labelled("due")
        for one in view.figures[label.span.line]
    )


def _below(view: View, one: Sum) -> str:
    return " ".join(
        fold(line.text) for line in view.sheet.lines[one.span.line + 1 : one.span.line + 2]
    )


def _payments(sums: dict[str, list[Sum]]) -> list[Sum]:
    """What was paid, but for what settled an old balance."""
    old = {abs(one.value) for one in sums.get("prior_balance", ())}
    return [one for one in sums.get("paid", ()) if abs(one.value) not in old]


def _is_asked_for(view: View, *, by_an_account: bool = True) -> bool:
    """Whether the page says until when to pay, or into which account.

    What says neither was often paid before it was written, as by card in a shop; and an account
    stands in the foot of many a page that was.
    """
    terms = (view.sheet.lines[label.span.line].text for label in view.labelled("terms"))
    return (
        any(True for _ in view.labelled("due_date"))
        or (by_an_account and bool(find_ibans(view)))
        or any(DAYS.search(fold(text)) for text in terms)
        or any(True for line in view.sheet.lines for _ in days_to_pay(line.text))
    )


def _goes_on(view: View, chosen: dict[str, Found[Decimal]], sums: dict[str, list[Sum]]) -> bool:
    """Whether the column of the total goes on below it with an amount that is none of the sums."""
    gross = chosen["gross"]
    right = view.sheet.box(gross.span).x1
    known = {abs(one.value) for one in chosen.values()}
    known |= {abs(one.value) for term in ("net", "tax", "lines") for one in sums.get(term, ())}
    return any(
        figure.money and abs(figure.x1 - right) < ALIGNED and abs(figure.value) not in known
        for row in view.figures[gross.span.line + 1 : gross.span.line + 1 + LINES_BELOW]
        for figure in row
    )


def _all_paid(
    view: View, sums: dict[str, list[Sum]], gross: Found[Decimal], table: Table
) -> tuple[Span, bool] | None:
    """Where the page says that all of *gross* is paid, and whether beyond doubt."""
    spans = {one.span for term in ("lines", "net", "tax", "gross") for one in sums.get(term, ())}
    paids = [one for one in _payments(sums) if one.span not in spans or _leads(view, one.span)]
    for one in paids:
        behind = one.span > gross.span or _leads(view, one.span)
        if abs(one.value) == gross.value and one.score >= CONFIDENT and behind:
            return one.span, is_past(view.sheet.lines[one.span.line].text)
    # An amount in a sentence, as of a penalty, is no payment.
    told = any(_leads(view, one.span) for one in paids)
    return None if told else said_paid(view, table.lines)


def _leads(view: View, span: Span) -> bool:
    """Whether a label of what is paid begins the line with *span*, as that of no item does."""
    return any("paid" in label.terms and label.leads for label in view.labels[span.line])


def _is_named(view: View, chosen: dict[str, Found[Decimal]], table: Table) -> bool:
    """Whether a label of what is due or paid has an amount, though nobody knows how it fits."""
    known, taken = (Decimal(0), chosen["gross"].value), taken_by(chosen)
    labels = (label for term in ("due", "paid") for label in view.labelled(term))
    return any(
        figure.money and figure.value not in known and figure.span not in taken
        for label in labels
        if label.leads and label.plain and label.span.line not in table.lines
        for figure, place in figures_of(view, label, frozenset())
        if place == BESIDE
    )


def _less(
    view: View,
    gross: Found[Decimal],
    dues: list[Sum],
    paids: list[Sum],
    sums: dict[str, list[Sum]],
    chosen: dict[str, Found[Decimal]],
) -> bool:
    """Whether one of *dues* is what one of *paids* leaves of *gross* and perhaps an old balance."""
    for due, paid, old in product(dues, paids, sums.get("prior_balance", ())):
        if old.value and gross.value + old.value - abs(paid.value) == due.value:
            chosen["due"] = Found(due.value, due.span, 0.95, "label")
            chosen["paid"] = Found(abs(paid.value), paid.span, 0.95, "label")
            chosen["prior_balance"] = Found(old.value, old.span, 0.9, "label")
            return True
    for due in dues:
        for paid in paids:
            if gross.value - abs(paid.value) == due.value:
                if due.value and _is_settled(view, due):
                    return True
                chosen["due"] = Found(due.value, due.span, 0.95, "label")
                chosen["paid"] = Found(abs(paid.value), paid.span, 0.95, "label")
                return True
    return False


def _is_settled(view: View, due: Sum) -> bool:
    """Whether the column goes on with the same amount again, and with nothing: that is left."""
    right = view.sheet.box(due.span).x1
    below = [
        figure.value
        for row in view.figures[due.span.line + 1 : due.span.line + 1 + LINES_BELOW]
        for figure in row
        if figure.money and abs(figure.x1 - right) < ALIGNED
    ]
    return below[:2] == [due.value, Decimal(0)]


def _shown(
    view: View, gross: Found[Decimal], paids: list[Sum], chosen: dict[str, Found[Decimal]]
) -> bool:
    """Whether what the first of *paids* leaves of *gross* stands below it, by whatever name."""
    if not paids:
        return False
    rest = gross.value - abs(paids[0].value)
    taken = taken_by(chosen)
    shown = [one for one in view.all_figures() if one.money and one.span not in taken]
    below = [one for one in shown if one.value == rest and one.span > paids[0].span]
    if below and rest:
        chosen["due"] = Found(rest, below[0].span, 0.8, "arithmetic")
        chosen["paid"] = Found(abs(paids[0].value), paids[0].span, 0.8, "label")
    return bool(below and rest)


def _lists_payments(view: View) -> bool:
    """Whether there is a table of payments: their heading beside one of dates."""
    for row in view.labels:
        terms = [label.terms for label in row if label.leads]
        if len(terms) > 1 and "paid" in terms[0] and any("issue_date" in one for one in terms[1:]):
            return True
    return False


def taken_by(chosen: dict[str, Found[Decimal]]) -> set[Span]:
    """Where net and tax stand, if there is tax: a figure is one thing only."""
    parts = [chosen[term] for term in ("net", "tax") if term in chosen]
    return {one.span for one in parts} if len(parts) > 1 and parts[1].value else set()
