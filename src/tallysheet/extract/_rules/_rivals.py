"""A second total, number, seller or currency on the page, as plain as the one decided on.

A block of totals that adds up, laid below or above the true one, is no misreading: a person
may take either. So nobody decides, and a person has to look. What else an invoice names as a
total is one of its sums, is in another currency, or stands in a table.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import product

from tallysheet.extract._currencies import forms_of, mark_of
from tallysheet.extract._rules._balance import tips
from tallysheet.extract._rules._draft import readable
from tallysheet.extract._rules._item import ADJUSTING
from tallysheet.extract._rules._labels import WEAK, Label, fold
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._pairs import SKIPPED
from tallysheet.extract._rules._sums import Sum, figures_of
from tallysheet.extract._rules._view import Found, View
from tallysheet.model import Finding, Severity

TOTALS, NUMBERS, SELLERS = "totals.several", "number.several", "seller.several"
_DECIDED = {
    TOTALS: ("totals.gross", "Two totals are named"),
    NUMBERS: ("number", "Two numbers may be that of the invoice"),
    SELLERS: ("seller.name", "Two names may be the seller's"),
}
CURRENCIES = "currency.several"
LOUDER = 0.2
"""By how much a label has to be plainer to contradict sums that add up."""
UNDECIDED = (TOTALS, NUMBERS, SELLERS, CURRENCIES)
"""What a page leaves open, whoever reads it."""
DECISIVE = ("gross", "due", "net", "tax")
"""Sums whose currency is that of the document."""
NO_TOTAL = re.compile(
    r"\b(?:kapital|capital|capitale|stammkapital|kapitał|gegenstandswert|streitwert|geschaftswert"
    r"|deposit|kaution|caution|caucao|fianza|cauzione|borg)\b|capital social|cap\. ?soc"
)
"""What speaks of an amount that is no total of the invoice, however large."""
_WITH_TAX = re.compile(r"\(?(?:inkl|incl|inc|mwst|ust|vat|tva|btw|iva|gst|ttc|tax)\.?\)?:?")
"""Words between “Total” and the amount with which it still is one."""
BESIDE = 1.0
"""What the place of the first figure right of a label weighs: those below may be of a table."""


def rival(
    view: View, apart: frozenset[int], chosen: Mapping[str, Found[Decimal]]
) -> Found[Decimal] | None:
    """The first total by its label that is none of the sums *chosen*; *apart* has other figures."""
    if "gross" not in chosen:
        return None
    if beside := _in_parallel(view, chosen):
        return beside
    known = {abs(found.value) for found in chosen.values()}
    own = view.currency.value if view.currency else None
    for row in view.labels:
        for label in row:
            weight = label.terms.get("gross", 0.0)
            if weight < WEAK or not label.leads or label.span.line in apart:
                continue
            for figure, place in figures_of(view, label, apart):
                foreign = own is not None and _is_foreign(figure, own)
                if place < BESIDE or not figure.money or foreign:
                    break
                if weight < 1 and not _follows(view, label, figure):
                    break
                if figure.value and abs(figure.value) not in known:
                    return Found(figure.value, figure.span, weight * place, "label")
    return None


def larger(
    view: View,
    sums: Mapping[str, list[Sum]],
    chosen: Mapping[str, Found[Decimal]],
    items: Decimal,
) -> Found[Decimal] | None:
    """An amount above the total that is larger, where nothing but its label speaks for the total.

    Neither net and tax nor the *items* make it, and no discount is named that lies between. What
    is in another currency or speaks of a capital or of what is quarrelled about is no total.
    """
    gross, net, tax = (chosen.get(name) for name in ("gross", "net", "tax"))
    if (
        gross is None
        or gross.value <= 0
        or items in (gross.value, net.value if net else gross.value)
    ):
        return None
    if net and net.value + (tax.value if tax else Decimal(0)) == gross.value:
        return _called_louder(sums, gross)
    if _is_built(sums, gross.value):
        return None
    own = view.currency.value if view.currency else None
    last = max(one.span.line for one in view.all_figures() if one.value == gross.value)
    paid = {label.span.line for label in view.labelled("paid")}
    less = {abs(one.value) for one in sums.get("allowances", ())} | {
        -one.value for one in view.all_figures() if one.value < 0 and one.span.line not in paid
    }
    for figure in view.all_figures():
        apart = figure.value - gross.value
        foreign = own is not None and _is_foreign(figure, own)
        if not figure.money or not figure.places or apart <= 0 or foreign or apart in less:
            continue
        text = fold(view.sheet.lines[figure.span.line].text)
        if figure.span.line < last and not NO_TOTAL.search(text):
            return Found(figure.value, figure.span, WEAK, "arithmetic")
    return None


def _called_louder(sums: Mapping[str, list[Sum]], gross: Found[Decimal]) -> Found[Decimal] | None:
    """A larger amount behind *gross* that a label calls the total much more plainly."""
    named = sums.get("gross", ())
    own = max((one.score for one in named if one.value == gross.value), default=1.0)
    for one in named:
        if one.value > gross.value and one.span > gross.span and one.score >= own + LOUDER:
            return Found(one.value, one.span, WEAK, "label")
    return None


def _is_built(sums: Mapping[str, list[Sum]], gross: Decimal) -> bool:
    """Whether the sum of the items, less a discount and with a charge by labels, makes *gross*."""
    off, on = (
        {Decimal(0), *values, sum(values, Decimal(0))}
        for values in ([abs(one.value) for one in sums.get(term, ())] for term in ADJUSTING)
    )
    return any(
        (less or more) and one.value - less + more == gross
        for one in sums.get("lines", ())
        for less, more in product(off, on)
    )


def without_tip(view: View, gross: Found[Decimal]) -> Found[Decimal] | None:
    """The total without the tip, or with it: cards are charged what bills do not name."""
    shown = {figure.value: figure.span for figure in view.all_figures() if figure.money}
    for tip in tips(view):
        for value in (gross.value - tip, gross.value + tip):
            if tip > 0 and value in shown:
                return Found(value, shown[value], WEAK, "arithmetic")
    return None


def _in_parallel(view: View, chosen: Mapping[str, Found[Decimal]]) -> Found[Decimal] | None:
    """The total in a second column of sums that adds up as well, as of another currency."""
    if not chosen.keys() >= {"net", "tax", "gross"}:
        return None
    others = [
        [
            one
            for one in view.figures[chosen[name].span.line]
            if one.money and abs(one.value) != abs(chosen[name].value)
        ]
        for name in ("net", "tax", "gross")
    ]
    if len({chosen[name].span.line for name in ("net", "tax", "gross")}) < len(others):
        return None
    for net, tax, gross in product(*others):
        if tax.value and net.value + tax.value == gross.value:
            return Found(gross.value, gross.span, WEAK, "arithmetic")
    return None


def _follows(view: View, label: Label, figure: Figure) -> bool:
    """Whether *figure* comes next: a mere “Total” may be one of hours, weight or savings."""
    words = view.sheet.lines[figure.span.line].words[label.span.last : figure.span.first]
    return all(
        word.text in SKIPPED or _WITH_TAX.fullmatch(fold(word.text)) or view.apart(word.text)
        for word in words
    )


def marked_otherwise(view: View, chosen: Mapping[str, Found[Decimal]]) -> Found[Decimal] | None:
    """The first of the sums *chosen* that is marked with another currency than the document."""
    own = view.currency.value if view.currency else None
    for name in DECISIVE:
        found = chosen.get(name)
        for figure in view.figures[found.span.line] if found and own else ():
            if found and own and figure.span == found.span and _is_foreign(figure, own):
                return found
    return None


def _is_foreign(figure: Figure, own: str) -> bool:
    """Whether its mark is that of a currency, and none that *own* is written with."""
    mark = figure.currency.rstrip(".")
    return bool(mark and mark_of(mark)) and mark.casefold() not in map(str.casefold, forms_of(own))


def about_foreign(currency: str, named: str) -> Finding:
    """What contradicts what: the currency, and the line of a sum that is marked otherwise."""
    return Finding(
        code=CURRENCIES,
        severity=Severity.ERROR,
        fields=("currency",),
        message=f"The currency is {currency} by the rest of the page, but it says “{named}”.",
    )


def about_several(code: str, first: str, second: str) -> Finding:
    """What a person has to decide: which of two on the page it is."""
    path, what = _DECIDED[code]
    return Finding(
        code=code,
        severity=Severity.ERROR,
        fields=(path,),
        message=f"{what}, “{readable(first)}” and “{readable(second)}”: "
        "a person has to say which one holds.",
    )


def is_told_among_others(view: View, sums: dict[str, list[Sum]], gross: Sum) -> bool:
    """Whether a sentence names *gross*, and other amounts stand on the page than net and tax."""
    labels = view.labels[gross.span.line]
    if any(label.leads and label.terms.keys() & {"gross", "due"} for label in labels):
        return False
    behind = view.sheet.lines[gross.span.line].words[gross.span.last : gross.span.last + 1]
    if not any(word.text.isalpha() and word.text.islower() for word in behind):
        return False
    terms = ("gross", "due", "net", "tax")
    known = {abs(one.value) for term in terms for one in sums.get(term, ())}
    return any(
        one.money and one.value and abs(one.value) not in known for one in view.all_figures()
    )
