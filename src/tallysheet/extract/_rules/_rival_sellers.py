"""Who else may be the seller, so that a person has to say whose the invoice is."""

import re
from collections.abc import Container, Iterable

from tallysheet.extract._rules._addressee import HEAD, LEGAL
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._letterhead import (
    REACHED,
    REGISTERED,
    domains,
    is_sign,
    matches,
    stands_as_addressee,
)
from tallysheet.extract._rules._names import SUFFIXES, has_suffix, postcode
from tallysheet.extract._rules._view import Found, View

FOOT = 0.5
"""Down from where on a page its foot begins."""
TRADES = frozenset(
    [
        *("hotel", "restaurant", "service", "services", "solutions", "group", "holding"),
        *("consulting", "praxis", "studio", "stadt", "gemeinde", "city", "international"),
        *("trading", "company", "deutschland", "france", "italia", "espana", "portugal"),
        *("nederland", "schweiz", "austria", "club", "bank", "shop", "store", "haus", "bau"),
        *("elektro", "garage", "clinic", "hospital", "school", "university", "center"),
        *("centre", "energy", "energie", "telecom", "logistik", "logistics", "transport"),
        *("immobilien", "hausverwaltung", "verwaltung", "management", "systems", "technik"),
        *("werke", "handel", "versicherung", "medical", "dental", "pharma", "auto", "motors"),
        *("construction", "engineering", "design", "media", "digital", "software"),
    ]
)
"""Words that the names of strangers share."""
LEAD = 0.12
"""By how much a name that only its place speaks for has to be ahead of the next."""


def rival_of(view: View, best: Found[str], found: Iterable[Found[str]]) -> Found[str] | None:
    """Another name that may as well be the seller's, where nothing calls *best* so.

    Such as a name above it that is about as likely, or one that heads the page and signs it.
    """
    key = letters(best.value)
    if best.method == "label":
        return None
    others = [
        one
        for one in found
        if (other := letters(one.value)) != key
        and not (key.startswith(other) or other.startswith(key))
        and not is_over(view, one, best)
        and not _share_name(one.value, best.value)
    ]
    for one in others:
        if one.span < best.span and round(best.score - one.score, 2) <= LEAD:
            return one
    signed = () if _signs(view, best) else others
    return next((one for one in signed if _signs(view, one)), None)


def holder_of_domain(
    view: View, winner: Found[str], found: Iterable[Found[str]], buyers: Container[str]
) -> Found[str] | None:
    """Whose name is in an e-mail or web address of the page, where that of *winner* is in none.

    Who writes an invoice tells how to reach it, and seldom how to reach who is written to.
    """
    hosts = domains(view)
    held = [one for one in found if matches(letters(one.value), hosts)]
    if winner.method == "label" or any(
        one.value == winner.value or _share_name(one.value, winner.value) for one in held
    ):
        return None
    return next((one for one in held if letters(one.value) not in buyers), None)


def _share_name(one: str, other: str) -> bool:
    """Whether a word is in both that is no trade: a sign, and who owns it."""
    words = [set(re.findall(r"[^\W\d_]{4,}", fold(name))) for name in (one, other)]
    return bool((words[0] & words[1]) - TRADES - SUFFIXES)


def imprint_of(view: View, winner: Found[str], found: Iterable[Found[str]]) -> Found[str] | None:
    """Who says at the foot what companies say there, where *winner* stands as the buyer would.

    A register or tax number, or how to reach it, behind a name with a legal form or with a domain
    of the page: who is written to has none of it at the foot. A bank has.
    """
    if winner.method == "label" or not stands_as_addressee(view, winner.value, winner.span):
        return None
    hosts = domains(view)
    key = letters(winner.value)
    for one in found:
        name = letters(one.value)
        formed = has_suffix(one.value) or matches(name, hosts)
        other = not (name.startswith(key) or key.startswith(name))
        if formed and other and "bank" not in name and _is_imprint(view, one.span):
            return one
    return None


def _is_imprint(view: View, span: Span) -> bool:
    """Whether *span* begins a cell at the foot of a page that tells a number or how to reach it."""
    line = view.sheet.lines[span.line]
    leads = line.cell_of(span.first).span.first == span.first
    if not leads or line.box.y0 < FOOT * view.sheet.height_of(line.page):
        return False
    told = any(label.terms.keys() & LEGAL for label in view.labels[span.line])
    text = fold(line.text)
    return told or bool(REACHED.search(text) or REGISTERED.search(text))


def is_over(view: View, name: Found[str], best: Found[str]) -> bool:
    """Whether *name* stands right above *best* in one letterhead: a sign over who owns it.

    The line of a sender, with its address, stands right above who is written to.
    """
    upper = view.sheet.lines[name.span.line].cell_of(name.span.first)
    if postcode(view.sheet.text(upper.span)) or not has_suffix(best.value):
        return False
    near = next(view.sheet.below(name.span, lines=1), None)
    if near is None or near.number != best.span.line:
        return False
    lower, top = near.cell_of(best.span.first), view.sheet.box(upper.span)
    apart = near.box.y0 - top.y1
    return lower.x0 < upper.x1 and lower.x1 > upper.x0 and apart < top.y1 - top.y0


def _signs(view: View, name: Found[str]) -> bool:
    """Whether *name* stands at the head, and again with its register or tax number below."""
    key = letters(name.value)
    heads = False
    for line in view.sheet.lines:
        down = line.box.y0 / max(1.0, view.sheet.height_of(line.page))
        if down < HEAD:
            heads = heads or any(letters(view.sheet.text(one.span)) == key for one in line.cells)
        elif heads and letters(line.text).startswith(key):
            told = [label.terms.keys() & LEGAL for label in view.labels[line.number]]
            if any(told):
                return True
    return False


def sign_over(view: View, winner: Found[str], found: Iterable[Found[str]]) -> Found[str] | None:
    """Another's sign on top of the page, where *winner* stands as the buyer would.

    Hotels and shops head their pages with a name that is not that of their company.
    """
    if winner.method == "label" or is_sign(view, winner.span):
        return None
    if not stands_as_addressee(view, winner.value, winner.span):
        return None
    brand = letters(winner.value.split()[0])
    signs = (
        one
        for one in found
        if brand not in letters(one.value)
        and (one.span.line == 0 or (one.span < winner.span and _tells(view, one.span)))
    )
    return next((one for one in signs if not is_over(view, one, winner)), None)


def _tells(view: View, span: Span) -> bool:
    """Whether a register or tax number stands behind the name at *span*, in its cell."""
    cell = view.sheet.lines[span.line].cell_of(span.first).span
    return any(
        label.terms.keys() & LEGAL and span.last <= label.span.first < cell.last
        for label in view.labels[span.line]
    )
