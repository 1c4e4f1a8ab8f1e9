"""Who sells and who buys.

A label decides where there is one. Otherwise the seller is who shows as the
issuer: in the letterhead, the sender's line, the footer with its legal
details, with the domain of the e-mail address; the buyer is the address that
is left over.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tallysheet.extract._rules._addressee import (
    find_addressee,
    name_of,
    with_form,
)
from tallysheet.extract._rules._blocks import Block, block_after, blocks
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._letterhead import (
    candidates,
    cells_of_parties,
    domains,
    heads_alone,
    is_sign,
    matches,
    reaches,
    stands_high,
)
from tallysheet.extract._rules._names import SUFFIXES, has_suffix, postcode
from tallysheet.extract._rules._pairs import STROKES, past_synonyms
from tallysheet.extract._rules._rival_sellers import (
    holder_of_domain,
    imprint_of,
    rival_of,
    sign_over,
)
from tallysheet.extract._rules._view import CONFIDENT, Found, View

FEWEST_LETTERS = 4
"""A shorter logo may begin the name of any company."""
SIGNED = 0.6
"""What it says for a logo that a company's full name begins with it: more than an address."""
LIKELY, AHEAD = 0.28, 0.08
"""What a name at the head scores at least, and how far ahead it is, where the buyer is known."""
LABELLED, PLAIN = 0.5, 0.8
"""What a plain label says more than places do, and from what score on it is plain."""
SLIP = 0.6
"""Down from where on a page a slip may say to whom to send the payment."""
CLERK = 0.15
"""What it says against a name that nothing but a label makes the seller's."""
_SOLD = re.compile(r"sold by|vendu par|verkauft|vendido por|venduto da|verkocht door")
"""Labels behind which a name may follow at once; who issued an invoice may not be who sells."""
_TITLED = re.compile(r"^(?:(?:Dr|Dott|Prof|Mag|Ing|Dipl)[.-]\S* ?)+")
"""Titles before a name, which who signs with it leaves out."""
_TOP_LEVEL = re.compile(r"(?<=\w)\.[a-z]{2,3}$")
"""How a logo ends that is a domain."""


@dataclass(frozen=True)
class Parties:
    """The names found, and the blocks in which they stand."""

    seller: Found[str] | None
    sellers: tuple[str, ...]
    """Two names of which either may be the seller's, where nobody can say whose it is."""
    buyer: Found[str] | None
    seller_block: Block | None
    buyer_block: Block | None
    ship_block: Block | None


def find_parties(view: View) -> Parties:
    """Find the seller and the buyer."""
    sold = _labelled(view, "seller")
    bought = _labelled(view, "buyer")
    shipped = _labelled(view, "ship_to")
    buyer_names = {letters(found.value) for found, _ in bought + shipped}
    seller, seller_block, sellers = _seller(view, sold, bought + shipped, buyer_names)
    taken = letters(seller.value) if seller else ""
    buyer: Found[str] | None
    buyer_block: Block | None
    buyers = [(found, block) for found, block in bought if letters(found.value) != taken]
    if buyers:
        best = max(buyers, key=lambda one: one[0].score)
        buyer, buyer_block = best[0], best[1]
    else:
        buyer, buyer_block = find_addressee(view, taken, seller_block, shipped)
    return Parties(
        seller,
        sellers,
        buyer,
        seller_block,
        buyer_block,
        shipped[0][1] if shipped else None,
    )


def _labelled(view: View, term: str) -> list[tuple[Found[str], Block]]:
    found = []
    for label in view.labelled(term):
        line = view.sheet.lines[label.span.line]
        cell = line.cell_of(label.span.first).span
        last = past_synonyms(view, label, term)
        enclosed = last < cell.last and line.words[last].text[0] == "("
        enclosed = enclosed and not line.words[last].text.startswith("(BT-")
        if enclosed and line.words[cell.last - 1].text.rstrip(":").endswith(")"):
            last = cell.last
            label = replace(label, span=label.span._replace(last=last))
        alone = cell.last == last or (
            line.words[last].text in STROKES
            or (cell.last == last + 1 and line.words[cell.last - 1].text in ":.;")
        )
        colon = line.words[label.span.last - 1].text.endswith(":") or (
            label.span.last < len(line.words) and line.words[label.span.last].text == ":"
        )
        short = len(letters(view.sheet.text(label.span))) < 4
        if short and term == "buyer" and line.box.y0 > SLIP * view.sheet.height_of(line.page):
            continue
        if last < cell.last and line.words[last].text in STROKES:
            label = replace(label, span=label.span._replace(last=cell.last))
        spoken = label.leads and _SOLD.match(fold(view.sheet.text(label.span)))
        named_behind = has_suffix(view.sheet.text(Span(cell.line, label.span.last, cell.last)))
        said = colon or bool(spoken and named_behind)
        if not (alone or said) or not (label.leads or (said and not short)):
            continue
        block = block_after(view, label)
        named = name_of(view, block) if block else None
        if block and named:
            score = 0.9 if said or not short else 0.7
            score -= 0.0 if has_suffix(named[0]) else 0.05
            score -= 0.0 if label.leads else 0.15
            score -= CLERK if term == "seller" and _is_bare(view, named[0], block) else 0.0
            score -= 0.1 * view.sheet.place(named[1])
            found.append((Found(named[0], named[1], round(score, 3), "label"), block))
    return sorted(found, key=lambda one: -one[0].score)


def _seller(
    view: View,
    sold: list[tuple[Found[str], Block]],
    others: list[tuple[Found[str], Block]],
    buyers: set[str],
) -> tuple[Found[str] | None, Block | None, tuple[str, ...]]:
    best: dict[str, Found[str]] = {}
    foreign = {span.line: span for _, block in others for span in block.lines}
    hosts = domains(view)
    seen = Counter(letters(view.sheet.text(cell.span)) for cell in cells_of_parties(view))
    named = [(one.value, one.span, _by_label(one), "label") for one, _ in sold] + [
        (*candidate, "pattern") for candidate in candidates(view)
    ]
    for name, span, score, method in named:
        key = letters(name)
        if len(key) < 3 or (method != "label" and _within(foreign.get(span.line), span)):
            continue
        if method != "label":
            score -= 0.5 if key in buyers else 0.0
            score += min(0.15, 0.05 * (seen[key] - 1)) if seen[key] > 1 else 0.0
        score += 0.25 if matches(key, hosts) else 0.0
        known = best.get(key)
        if known is None or known.score < score:
            best[key] = Found(name, span, score, method)
        else:
            best[key] = Found(known.value, known.span, known.score + 0.05, known.method)
    if not best:
        return None, None, ()
    _favour_signs(view, best)
    winner = max(best.values(), key=lambda one: (round(one.score, 2), -one.span.line))
    if winner.score < CONFIDENT and _is_left(view, winner, best.values(), buyers, foreign):
        winner = replace(winner, score=CONFIDENT)
    if winner.score < CONFIDENT:
        return None, None, ()
    sign = sign_over(view, winner, best.values())
    if sign and _is_known(view, sign, hosts):
        winner = replace(sign, score=CONFIDENT)
    elif imprint := imprint_of(view, winner, best.values()):
        winner = replace(imprint, score=max(CONFIDENT, imprint.score))
    elif rival := (
        holder_of_domain(view, winner, best.values(), buyers)
        or rival_of(view, winner, best.values())
        or sign
    ):
        return None, None, (winner.value, rival.value)
    block = next((block for found, block in sold if found.span == winner.span), None)
    score = min(0.97, round(winner.score, 3))
    fuller = [
        one
        for key, one in best.items()
        if key not in buyers and _is_in_full(one.value, winner.value)
    ]
    full = max(fuller, key=lambda one: one.score, default=winner)
    sure = Found(with_form(view, full), full.span, score, full.method)
    return sure, block or _around(view, winner.span), ()


def _is_left(
    view: View,
    winner: Found[str],
    found: Iterable[Found[str]],
    buyers: set[str],
    foreign: dict[int, Span],
) -> bool:
    """Whether nobody else at the head of the page can be who sells, once the buyer is known.

    Or whether *winner* is the first thing on the page, alone on its line.
    """
    if buyers and heads_alone(view, winner.span):
        return True
    key = letters(winner.value)
    rivals = (
        one
        for one in found
        if not (letters(one.value) in buyers or _within(foreign.get(one.span.line), one.span))
        and not key.startswith(letters(one.value))
        and not letters(one.value).startswith(key)
    )
    ahead = all(winner.score - one.score >= AHEAD for one in rivals if one is not winner)
    return ahead and winner.score >= LIKELY and bool(buyers) and stands_high(view, winner.span)


def _is_known(view: View, sign: Found[str], hosts: set[str]) -> bool:
    """Whether a domain, or a line further down, says that *sign* is somebody's name.

    Or what stands below it tells how to reach it, or its tax number, as letterheads do.
    """
    if reaches(view, view.sheet.lines[sign.span.line].cell_of(sign.span.first)):
        return True
    key = letters(_TITLED.sub("", sign.value))
    again = (letters(line.text) for line in view.sheet.lines[sign.span.line + 1 :])
    return matches(key, hosts) or any(key in text for text in again)


def _is_bare(view: View, name: str, block: Block) -> bool:
    """Whether *name* has neither a legal form nor an address or number: it may be a clerk's."""
    coded = any(postcode(view.sheet.text(span)) for span in block.lines)
    return not (has_suffix(name) or coded or block.labelled)


def _by_label(one: Found[str]) -> float:
    """What a label says for the seller: of a company more than a letterhead and imprint can.

    Those may be of the marketplace that writes the invoice for who sells; and who is called the
    seller without a legal form may be a clerk.
    """
    return one.score + LABELLED if one.score >= PLAIN and has_suffix(one.value) else one.score


def _favour_signs(view: View, best: dict[str, Found[str]]) -> None:
    """Trust a sign at the head of the page more with which a company's name further on begins.

    Utilities and shops head their pages with a logo, have the buyer's address below it, and say
    at the foot who they are.
    """
    signs = {key: one for key, one in best.items() if is_sign(view, one.span)}
    names = [one.value for key, one in best.items() if key not in signs]
    for key, one in signs.items():
        if any(_is_in_full(name, one.value) for name in names):
            best[key] = replace(one, score=one.score + SIGNED)


def _is_in_full(name: str, short: str) -> bool:
    """Whether *name* is *short* up to its legal form: “Acme Tools Ltd” for a logo “acme.com”."""
    key, head = letters(name), letters(_TOP_LEVEL.sub("", short))
    if not key.startswith(head) or key == head or has_suffix(short):
        return False
    return key.removeprefix(head) in SUFFIXES or (
        len(head) >= FEWEST_LETTERS and has_suffix(name) == len(name)
    )


def _within(area: Span | None, span: Span) -> bool:
    return area is not None and area.first <= span.first < area.last


def _around(view: View, span: Span) -> Block | None:
    """The block in which the name at *span* stands."""
    for block in blocks(view):
        if any(_within(line, span) and line.line == span.line for line in block.lines):
            return block
    return None
