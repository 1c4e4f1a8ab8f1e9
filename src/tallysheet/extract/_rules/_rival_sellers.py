"""Who else may be the seller, so that a person has to say whose the invoice is."""

from collections.abc import Iterable

from tallysheet.extract._rules._addressee import HEAD, LEGAL
from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._letterhead import is_sign, stands_as_addressee
from tallysheet.extract._rules._names import has_suffix, postcode
from tallysheet.extract._rules._view import Found, View

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
    ]
    for one in others:
        if one.span < best.span and round(best.score - one.score, 2) <= LEAD:
            return one
    signed = () if _signs(view, best) else others
    return next((one for one in signed if _signs(view, one)), None)


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
    signs = (one for one in found if one.span.line == 0 and brand not in letters(one.value))
    return next((one for one in signs if not is_over(view, one, winner)), None)
