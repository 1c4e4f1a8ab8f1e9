"""Who sells and who buys.

A label decides where there is one. Otherwise the seller is who shows as the
issuer: in the letterhead, the sender's line, the footer with its legal
details, with the domain of the e-mail address; the buyer is the address that
is left over.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tallysheet.extract._rules._addressee import (
    LEGAL,
    clean_name,
    find_addressee,
    is_label,
    name_of,
    rival_of,
    with_form,
)
from tallysheet.extract._rules._blocks import Block, block_after, blocks, runs_on
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Cell, Line, Span
from tallysheet.extract._rules._marks import EMAIL, FREEMAIL, WEB, find_by_shape
from tallysheet.extract._rules._names import SUFFIXES, has_suffix, postcode
from tallysheet.extract._rules._pairs import past_synonyms
from tallysheet.extract._rules._view import CONFIDENT, Found, View

EDGE = 8.0
"""Lines of a block begin, or end, so near to each other, in points."""
MOST_CELLS = 400
"""Cells looked at for a name, from both ends of the document."""
FEWEST_LETTERS = 4
"""A shorter logo may begin the name of any company."""
HEADS = frozenset(["number", "issue_date", "customer", "order", "due_date"])
"""What stands beside the letterhead, of which there is nothing beside the buyer's address."""
_LEGAL = re.compile(
    r"\b(?:siret|rcs|capital|hrb|hra|registered|ust|vat|tva|p\.?\s?iva|kvk|btw|nif|cif|cnpj|amtsgericht"
    r"|handelsregister|company no|siren|rea|registro|ein|abn|gst)\b"
)

_REACHED = re.compile(
    r"@|\bwww\b|\b(?:tel|telef|telefon\w?|telephone|telefoon|fon|phone|fax|e-?mail|courriel)\b"
)
"""How to reach somebody, as letterheads say below the name, and addresses of others do not."""


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
        alone = cell.last == last or (
            cell.last == last + 1 and line.words[cell.last - 1].text in ":.;"
        )
        colon = line.words[label.span.last - 1].text.endswith(":") or (
            label.span.last < len(line.words) and line.words[label.span.last].text == ":"
        )
        short = len(letters(view.sheet.text(label.span))) < 4
        if not (alone or colon) or not (label.leads or (colon and not short)):
            continue
        block = block_after(view, label)
        named = name_of(view, block) if block else None
        if block and named:
            score = 0.9 if colon or not short else 0.7
            score -= 0.0 if has_suffix(named[0]) else 0.05
            score -= 0.0 if label.leads else 0.15
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
    domains = _domains(view)
    seen = Counter(letters(view.sheet.text(cell.span)) for cell in _cells(view))
    candidates = [(found.value, found.span, found.score, "label") for found, _ in sold] + [
        (*candidate, "pattern") for candidate in _candidates(view)
    ]
    for name, span, score, method in candidates:
        key = letters(name)
        if len(key) < 3 or (method != "label" and _within(foreign.get(span.line), span)):
            continue
        if method != "label":
            score -= 0.5 if key in buyers else 0.0
            score += min(0.15, 0.05 * (seen[key] - 1)) if seen[key] > 1 else 0.0
        score += 0.25 if _matches(key, domains) else 0.0
        known = best.get(key)
        if known is None or known.score < score:
            best[key] = Found(name, span, score, method)
        else:
            best[key] = Found(known.value, known.span, known.score + 0.05, known.method)
    if not best:
        return None, None, ()
    winner = max(best.values(), key=lambda one: (round(one.score, 2), -one.span.line))
    if winner.score < CONFIDENT:
        return None, None, ()
    if rival := rival_of(view, winner, best.values()):
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


def _is_in_full(name: str, short: str) -> bool:
    """Whether *name* is *short* up to its legal form: “Acme Tools Ltd” for a logo “acme”."""
    key, head = letters(name), letters(short)
    if not key.startswith(head) or key == head or has_suffix(short):
        return False
    return key.removeprefix(head) in SUFFIXES or (
        len(head) >= FEWEST_LETTERS and has_suffix(name) == len(name)
    )


def _candidates(view: View) -> Iterator[tuple[str, Span, float]]:
    """Names on the page, each with what its place and form say for the seller."""
    foot = [letters(line.text) for line in view.sheet.lines[-40:] if _down(view, line) > 0.75]
    upper = [line for line in view.sheet.lines[:60] if _down(view, line) < 0.45]
    two_addresses = sum(postcode(line.text) is not None for line in upper) > 1
    tallest = max((line.height for line in view.sheet.lines[:40]), default=1.0)
    first_page = view.sheet.lines[0].page if view.sheet.lines else 1
    for cell in _cells(view):
        line = view.sheet.lines[cell.span.line]
        text = view.sheet.text(cell.span)
        name = clean_name(text)
        if not name or is_label(view, cell.span) or len(text) > 220:
            continue
        if name[0].islower() and runs_on(view, cell):
            continue
        down = _down(view, line)
        suffix = has_suffix(name)
        sender = postcode(text) is not None and len(name) < len(text) - 12
        legal = bool(_LEGAL.search(fold(text))) and len(name) < len(text)
        score = 0.0
        score += 0.32 if suffix else 0.0
        score += 0.3 if sender and (down < 0.35 or down > 0.8) else 0.0
        score += 0.2 if legal else 0.0
        score += 0.15 if down > 0.82 and suffix else 0.0
        if line.page == first_page and down < 0.2:
            score += 0.2
            score += 0.15 if line.height >= 0.95 * tallest and tallest > 11 else 0.0
            score += 0.1 if line.number == 0 else 0.0
        under = _block_under(view, cell)
        coded = any(postcode(view.sheet.text(span)) for span in under[:5])
        if down < 0.3:
            score += 0.12 + 0.1 * _tells_numbers(view, under) if coded else 0.0
            score += (
                0.08 if any(_REACHED.search(fold(view.sheet.text(at))) for at in under) else 0.0
            )
        score += 0.1 if len(name) > 7 and any(letters(name) in text for text in foot) else 0.0
        if line.number == 0 and two_addresses and coded:
            score += 0.1
        score += 0.2 if line.number == 0 and _beside_label(view, cell) else 0.0
        score -= 0.35 if len(name.split()) > 6 and not suffix else 0.0
        score -= 0.3 if any(char.isdigit() for char in name) and not suffix else 0.0
        if score > 0.15:
            yield name, cell.span, score


def _down(view: View, line: Line) -> float:
    """How far down its page *line* stands, from 0 to 1."""
    return line.box.y0 / max(1.0, view.sheet.height_of(line.page))


def _beside_label(view: View, cell: Cell) -> bool:
    """Whether a title or a label of the document's head stands right of *cell*."""
    return any(
        label.span.first >= cell.span.last
        and any(term in HEADS or term.startswith("title_") for term in label.terms)
        for label in view.labels[cell.span.line]
    )


def _block_under(view: View, cell: Cell) -> list[Span]:
    """The next lines below *cell*, at its left or right edge."""
    return [
        other.span
        for line in view.sheet.below(cell.span, lines=6)
        for other in line.cells
        if abs(other.x0 - cell.x0) < EDGE or abs(other.x1 - cell.x1) < EDGE / 2
    ]


def _tells_numbers(view: View, block: list[Span]) -> bool:
    """Whether a line of *block* is a number of a register or a tax office."""
    return any(
        label.span.first == span.first and label.terms.keys() & LEGAL
        for span in block
        for label in view.labels[span.line]
    )


def _cells(view: View) -> list[Cell]:
    """The cells of the first page and of the end of the last."""
    cells = [cell for line in view.sheet.lines[:120] for cell in line.cells][:MOST_CELLS]
    tail = [cell for line in view.sheet.lines[120:][-20:] for cell in line.cells]
    return cells + tail[-MOST_CELLS:]


def _within(area: Span | None, span: Span) -> bool:
    return area is not None and area.first <= span.first < area.last


def _domains(view: View) -> set[str]:
    """The names of the domains of e-mail and web addresses on the page."""
    found = set()
    for form in (EMAIL, WEB):
        for mark in find_by_shape(view, form):
            host = re.sub(r"^https?://|^www\.", "", mark.value.split("@")[-1]).split("/")[0]
            parts = host.removeprefix("www.").split(".")
            name = max(parts[:-1] or [""], key=len)
            if name not in FREEMAIL and len(name) > 2:
                found.add(letters(name))
            local = mark.value.split("@")[0] if "@" in mark.value else ""
            found.update(letters(part) for part in re.split(r"[._-]", local) if len(part) > 6)
    return found


def _matches(name: str, domains: set[str]) -> bool:
    return any(
        domain in name or (len(name) > 4 and name[:8] in domain) for domain in domains if domain
    )


def _around(view: View, span: Span) -> Block | None:
    """The block in which the name at *span* stands."""
    for block in blocks(view):
        if any(_within(line, span) and line.line == span.line for line in block.lines):
            return block
    return None
