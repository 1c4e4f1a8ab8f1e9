"""The number of the document itself, and whether another on the page may be it as well."""

import re
from collections.abc import Set
from dataclasses import replace

from tallysheet.extract._rules._codes import INVOICES, find_certified, find_codes
from tallysheet.extract._rules._corrections import CORRECTIONS, parted
from tallysheet.extract._rules._kind import is_set_off
from tallysheet.extract._rules._labels import WEAK
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._view import CONFIDENT, Found, View

SURE = 0.8
"""A number with a lower score counts only above the table of items."""
ASIDE = 0.9
"""What a label that does not lead its cell weighs less, and a little more."""
MOST_BEFORE = 1
"""Words of a label that leads the cell of a number."""
_KIND = re.compile(rf"{INVOICES}|NC|ND")
"""Kinds of invoices, of credit and of debit notes in Portugal and Angola."""
_OF_INVOICE = re.compile(r"F[TS] \S*/\d")
"""How the number of an invoice begins in Portugal, which is not that of its credit note."""
AGAIN = frozenset(["bis", "ter", "quater"])
"""What is put behind a number that is given once more, in the lands of Romance languages."""
LEAD = 0.03
"""By how much a number has to be ahead of the next."""


def find_number(
    view: View, kind: str, *, taken: Set[str], top: int | None
) -> tuple[Found[str] | None, Found[str] | None]:
    """The number of the document, if there is one, and one that may be it as well.

    Args:
        view: The document.
        kind: What kind of document it is (UNTDID 1001); empty where nobody knows.
        taken: Numbers that are named as those of orders, deliveries and the like.
        top: The first line of the table of items, if there is one.
    """
    numbers, rival = _candidates(view, kind)
    free = [
        code
        for code in numbers
        if not _is_told_of(view, code)
        and (
            code.score > SURE or (code.value not in taken and (top is None or code.span.line < top))
        )
    ]
    if not free:
        return None, None
    if rival and _is_told_of(view, rival):
        rival = None
    return _with_suffix(view, _with_kind(view, free[0])), rival or (
        free[1] if _is_open(free) or _is_of_order(free, taken) else None
    )


def _with_kind(view: View, code: Found[str]) -> Found[str]:
    """*code* with the kind that a certified program puts before it: ``FT 1A2025/933``."""
    span = code.span
    before = view.sheet.words(view.sheet.before(span))
    if not before or "/" not in code.value or not _KIND.fullmatch(before[-1].text):
        return code
    whole = span._replace(first=span.first - 1)
    return replace(code, value=f"{before[-1].text} {code.value}", span=whole)


def _with_suffix(view: View, code: Found[str]) -> Found[str]:
    """*code* with what makes it another than the one before: “118 bis”."""
    span = code.span
    cell = view.sheet.lines[span.line].cell_of(span.first).span
    behind = view.sheet.words(Span(span.line, span.last, cell.last))
    if not behind or behind[0].text not in AGAIN:
        return code
    return replace(
        code, value=f"{code.value} {behind[0].text}", span=span._replace(last=span.last + 1)
    )


def _is_told_of(view: View, code: Found[str]) -> bool:
    """Whether it stands within a line that ends with an amount: “open of (invoice 8044) 14.60”.

    Or before one that is taken off: “Credit note 117 offset -246.00”.
    """
    if is_set_off(view, code.span.line):
        return True
    first = view.sheet.lines[code.span.line].cell_of(code.span.first).span.first
    behind = (one.money and one.span > code.span for one in view.figures[code.span.line])
    return code.score < WEAK * ASIDE and code.span.first - first > MOST_BEFORE and any(behind)


def _candidates(view: View, kind: str) -> tuple[list[Found[str]], Found[str] | None]:
    """Candidates, the best first, and in a correction one that may be its number as well."""
    own, others = parted(view, "number", kind)
    found = find_codes(view, "number", own)
    if kind in CORRECTIONS:
        found = [one for one in found if not _OF_INVOICE.match(one.value)]
    if not others:
        return found or find_certified(view), None
    best = found[0].score if found else 0.0
    if best >= WEAK:
        return found, None
    if best >= CONFIDENT:
        return found, _another(find_codes(view, "number", others), found[0])
    theirs = find_codes(view, "number", [label for label in others if label.leads])
    return theirs, _another(found, theirs[0]) if theirs else None


def _another(found: list[Found[str]], best: Found[str]) -> Found[str] | None:
    """The first of *found* that is not the same as *best*."""
    return next((one for one in found if one.value != best.value), None)


def _is_open(found: list[Found[str]]) -> bool:
    """Whether the second of *found*, the best first, is called much the same as the first.

    It is no other one where it is the first without its series: ``418`` of ``FAC2026A418``.
    """
    return (
        len(found) > 1
        and found[0].score - found[1].score < LEAD
        and not found[0].value.endswith(found[1].value)
    )


def _is_of_order(found: list[Found[str]], taken: Set[str]) -> bool:
    """Whether the first of *found* is *taken* for an order's as well, and the next is not.

    Shops head their invoices with the number of the order at times.
    """
    return (
        len(found) > 1
        and found[0].value in taken
        and found[1].value not in taken
        and found[1].score >= CONFIDENT
    )
