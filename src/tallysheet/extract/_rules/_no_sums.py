"""Labels and figures that look like sums of the invoice, and are none."""

import re
from itertools import pairwise

from tallysheet.extract._rules._labels import Label, fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._terms import REDUCED
from tallysheet.extract._rules._view import View

OTHERS = frozenset(["order", "sales_order", "contract"])
"""What has a total of its own."""
INCLUDED = re.compile(
    r"\b(?:incl|inkl|inclu(?:des?|ded|ding|sief|ant|ye|so|id[oa]s?)|davon"
    r"|(?:darin |hierin )?enthalt\w*|dont|di cui|waarvan|of which|de los cuales|dos quais)\b"
)
"""How the words for what is in an amount begin."""
MOST_LETTERS = 300
"""Letters of a line that are looked through."""
SENTENCE = 3
"""Words beside an amount that make it part of a sentence."""
_THREE = re.compile(r"\d{3}[.,]\d\d\b")
_UP_TO_THREE = re.compile(r"\d{1,3}")
"""The end of an amount, and what may stand before it with a blank between."""
LONG = 4
"""Letters of the longest abbreviation, with its point."""
BLANK = 0.7
"""The widest blank within an amount, in glyph heights."""
_AFTER = frozenset(["after", "nach", "apres", "dopo", "despues", "depois", "na", "po"])
"""What stands before the day from which on more is due."""
_OF_RATE = re.compile(r"\d{1,2}(?:[.,]\d{1,2})? ?% (?:supplies|supply|goods|items|sales|rated)\b")
MOST_OF_RATE = 3
"""Words behind a label that say of which rate it is."""
_DAYS = frozenset(["7", "10", "14", "15", "20", "21", "30", "45", "60", "90"])
"""Numbers of days to pay."""


_NO = frozenset(
    [
        "no",
        "non",
        "not",
        "without",
        "ohne",
        "keine",
        "sans",
        "senza",
        "sin",
        "sem",
        "zonder",
        "geen",
    ]
)


def is_term(view: View, label: Label) -> bool:
    """Whether it is the ``Net 30`` of terms of payment, or the ``due`` in them before a day."""
    words = view.sheet.lines[label.span.line].words
    after = words[label.span.last].text if label.span.last < len(words) else ""
    dated = any(day.span.first == label.span.last for day in view.days[label.span.line])
    if "due" in label.terms and dated and not label.leads:
        return True
    return "net" in label.terms and after in _DAYS


def _is_reduced(view: View, label: Label) -> bool:
    """Whether a sentence that may begin on the line above names what is left after a discount."""
    line = view.sheet.lines[label.span.line]
    goes_on = line.number and not label.leads
    above = view.sheet.lines[line.number - 1].text[-MOST_LETTERS:] if goes_on else ""
    before = " ".join(word.text for word in line.words[: label.span.first])[-MOST_LETTERS:]
    return bool(REDUCED.search(fold(re.split(r"[.!?] (?=[^\W\d_])", f"{above} {before}")[-1])))


def is_in_prose(view: View, label: Label, figure: Figure) -> bool:
    """Whether *figure* is below *label*, and part of a sentence."""
    if figure.span.line == label.span.line:
        return False
    cell = view.sheet.lines[figure.span.line].cell_of(figure.span.first).span
    words = [word for word in view.sheet.words(cell) if any(map(str.isalpha, word.text))]
    return len(words) >= SENTENCE


def is_in_next_sentence(view: View, label: Label, figure: Figure) -> bool:
    """Whether a sentence ends between *label* and *figure*: “Payable in 30 days. Fee 20.00”."""
    if figure.span.line != label.span.line:
        return False
    words = view.sheet.lines[label.span.line].words[label.span.last : figure.span.first]
    return any(
        one.text.endswith(".") and len(one.text) > LONG and after.text[:1].isupper()
        for one, after in pairwise(words)
    )


def is_reduced_before(view: View, label: Label, figure: Figure) -> bool:
    """Whether a discount is named between the two: “Payable with 3 % discount = 9.00”."""
    if figure.span.line != label.span.line or figure.span.first <= label.span.last:
        return False
    between = Span(label.span.line, label.span.last, figure.span.first)
    return REDUCED.search(fold(view.sheet.text(between))) is not None


def is_end(view: View, figure: Figure) -> bool:
    """Whether *figure* may be the end of an amount with a blank in it: ``1 876.11``."""
    words = view.sheet.lines[figure.span.line].words
    before, first = words[figure.span.first - 1 : figure.span.first], words[figure.span.first]
    thousand = _THREE.match(first.text) and figure.value >= 100
    near = before and first.x0 - before[0].x1 < BLANK * (first.y1 - first.y0)
    return bool(thousand and near and _UP_TO_THREE.fullmatch(before[0].text))


def _is_anothers(view: View, label: Label) -> bool:
    """Whether it is the total of an offer, an order or a contract that the words behind name."""
    return any(
        other.span.first == label.span.last and other.terms.keys() & OTHERS
        for other in view.labels[label.span.line]
    )


def _is_late(view: View, label: Label) -> bool:
    """Whether it is what is due from a day on that is named behind it, with a surcharge."""
    words = view.sheet.lines[label.span.line].words[label.span.last : label.span.last + 2]
    return any(fold(word.text).strip(":") in _AFTER for word in words) and bool(
        view.days[label.span.line]
    )


def not_whole(view: View, label: Label) -> bool:
    """Whether a label of what the whole comes to speaks of another amount."""
    others = (_is_reduced, _is_anothers, _is_late, _is_of_rate)
    return any(one(view, label) for one in others)


def _is_of_rate(view: View, label: Label) -> bool:
    """Whether it is the total of what bears one rate of tax: “Total 0% supplies: 39.01”."""
    words = view.sheet.lines[label.span.line].words[label.span.last :]
    return bool(_OF_RATE.match(fold(" ".join(word.text for word in words[:MOST_OF_RATE]))))


def is_untaxed(view: View, label: Label) -> bool:
    """Whether the word before it says that there is none: ``(no GST)``."""
    words = view.sheet.lines[label.span.line].words
    before = fold(words[label.span.first - 1].text) if label.span.first else ""
    return label.terms.keys() == {"tax"} and before.strip("(.,:;") in _NO


def is_with_tax(view: View, label: Label) -> bool:
    """Whether it only says that the amount of what is named before it has tax in it."""
    line = view.sheet.lines[label.span.line]
    first = line.cell_of(label.span.first).span.first
    before = [fold(word.text) for word in line.words[first : label.span.first]]
    return (
        label.terms.keys() == {"tax"}
        and len(before) > 1
        and bool(INCLUDED.match(before[-1]))
        and any(map(str.isalpha, before[0]))
        and not any(
            one.money and first <= one.span.first < label.span.first
            for one in view.figures[line.number]
        )
    )
