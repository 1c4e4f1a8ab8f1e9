"""Names that may be the seller's, and what their place and form say for each."""

import re
from collections.abc import Iterator

from tallysheet.extract._rules._addressee import (
    EDGE,
    HEAD,
    LEGAL,
    clean_name,
    in_window,
    is_label,
    is_place,
    is_salutation,
)
from tallysheet.extract._rules._blocks import runs_on
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Cell, Line, Span
from tallysheet.extract._rules._marks import EMAIL, FREEMAIL, WEB, find_by_shape
from tallysheet.extract._rules._names import has_suffix, postcode
from tallysheet.extract._rules._view import View

MOST_CELLS = 400
"""Cells looked at for a name, from both ends of the document."""
HEADS = frozenset(["number", "issue_date", "customer", "order", "due_date"])
"""What stands beside the letterhead, of which there is nothing beside the buyer's address."""
TEXT = 11.0
"""What is no taller is set as text is, in points."""
TOP = 0.2
"""Down to where on the first page a letterhead begins."""
REGISTERED = re.compile(
    r"\b(?:siret|rcs|capital|hrb|hra|registered|ust|vat|tva|p\.?\s?iva|kvk|btw|nif|cif|cnpj|amtsgericht"
    r"|handelsregister|company no|siren|rea|registro|ein|abn|gst)\b"
)
_ADDRESSED = re.compile(
    r"(?i:to ?[,:]|to the |(?:alla?o?|al) (?:societa|ditta|sig|comune)|spett|senores|sres\b|"
    r"messrs?\b|m/s\b|c/o |p\. ?a\. |p\.adr|z\. ?hd|attn|att\.? ?:|buyer.s |customer |kunden)"
)
"""How a line begins that tells to whom a letter goes."""
_ATTENTION = re.compile(
    r"(?:z\. ?hd|zu handen|zu hd|attn|attention|for the attention|t\.? ?a\.? ?v\.?\b|a l.attention"
    r"|all.att|c\.a\.|att\b\.? ?:?|herrn?\b|frau\b|monsieur|madame|m(?:me|lle)\b)"
)
"""How the line below the name of a company begins that is written to."""
TITLES = frozenset(["dr", "dott"])
"""What stands before a name as well where a physician writes the invoice."""
_STREETS = re.compile(r"(?:street|road|avenue|lane|drive|strasse|straat|laan)$|^(?:rue|via|calle) ")
REACHED = re.compile(
    r"@|\bwww\b|\b(?:tel|telef|telefon\w?|telephone|telefoon|fon|phone|fax|e-?mail|courriel)\b"
    r"|\b0\d(?:[ .]\d\d){4}\b|\(\d{3}\) ?\d{3}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b"
)
"""How to reach somebody, as letterheads say below the name, and addresses of others do not."""


def candidates(view: View) -> Iterator[tuple[str, Span, float]]:
    """Names on the page, each with what its place and form say for the seller."""
    foot = [letters(line.text) for line in view.sheet.lines[-40:] if _down(view, line) > 0.75]
    upper = [line for line in view.sheet.lines[:60] if _down(view, line) < 0.45]
    two_addresses = sum(postcode(line.text) is not None for line in upper) > 1
    first_page = view.sheet.lines[0].page if view.sheet.lines else 1
    window = in_window(view)
    for cell in cells_of_parties(view):
        if cell.span in window:
            continue
        line = view.sheet.lines[cell.span.line]
        text = view.sheet.text(cell.span)
        name = clean_name(text)
        if not name or is_label(view, cell.span) or len(text) > 220:
            continue
        if (name[0].islower() and runs_on(view, cell)) or is_place(name):
            continue
        if ":" in name or _is_street(name, text) or _is_addressed(view, cell):
            continue
        down = _down(view, line)
        suffix = has_suffix(name)
        if not suffix and _is_titled(view, cell):
            continue
        sender = postcode(text) is not None and len(name) < len(text) - 12
        legal = bool(REGISTERED.search(fold(text))) and len(name) < len(text)
        score = 0.0
        score += 0.32 if suffix else 0.0
        score += 0.3 if sender and (down < 0.35 or down > 0.8) else 0.0
        score += 0.2 if legal else 0.0
        score += 0.15 if down > 0.82 and suffix else 0.0
        if line.page == first_page and down < TOP:
            score += 0.2
            score += 0.15 if _is_tall(view, line) else 0.0
            score += 0.1 if line.number == 0 else 0.0
        under = _block_under(view, cell)
        coded = any(postcode(view.sheet.text(span)) for span in under[:5])
        if down < 0.3:
            score += 0.12 + 0.1 * _tells_numbers(view, under) if coded else 0.0
            score += 0.08 if any(REACHED.search(fold(view.sheet.text(at))) for at in under) else 0.0
        sign = line.page == first_page and down < TOP and (line.number == 0 or _is_tall(view, line))
        score += 0.1 if sign and not coded and reaches(view, cell, placed=True) else 0.0
        score += 0.1 if len(name) > 7 and any(letters(name) in text for text in foot) else 0.0
        if line.number == 0 and two_addresses and coded:
            score += 0.1
        score += 0.2 if line.number == 0 and _beside_label(view, cell) else 0.0
        score -= 0.35 if len(name.split()) > 6 and not suffix else 0.0
        score -= 0.3 if any(char.isdigit() for char in name) and not suffix else 0.0
        if score > 0.15:
            yield name, cell.span, score


def _is_street(name: str, text: str) -> bool:
    """Whether *name* is the street of the address *text*."""
    street = _STREETS.search(fold(name)) and not has_suffix(name)
    return bool(street) and postcode(text) is not None


def _is_addressed(view: View, cell: Cell) -> bool:
    """Whether *cell* says to whom a letter goes, by its first word or by the line above it."""
    text = view.sheet.text(cell.span)
    first = text.split()[0]
    titled = fold(first).strip(".,") in TITLES
    if _ADDRESSED.match(fold(text)) or (cell.span.line and is_salutation(first) and not titled):
        return True
    above = view.sheet.lines[max(0, cell.span.line - 1)]
    below = next(view.sheet.below(cell.span, lines=1), None)
    return any(
        abs(one.x0 - cell.x0) < EDGE and is_salutation(view.sheet.text(one.span))
        for one in above.cells
    ) or any(
        abs(one.x0 - cell.x0) < EDGE and _ATTENTION.match(fold(view.sheet.text(one.span)))
        for one in (below.cells if below else ())
    )


def reaches(view: View, cell: Cell, *, placed: bool = False) -> bool:
    """Whether one of the lines right below *cell* tells how to reach it, or its tax number.

    Or, where it may be *placed* only, in which city it is: wherever these lines begin.
    """
    for line in view.sheet.below(cell.span, lines=4):
        labels = {term for label in view.labels[line.number] for term in label.terms}
        if labels & {"buyer", "ship_to", "number"}:
            return False
        text = line.text[:220]
        if labels & LEGAL or REACHED.search(fold(text)) or (placed and postcode(text)):
            return True
    return False


def _is_titled(view: View, cell: Cell) -> bool:
    """Whether the title of a document is a part of *cell*, as in ``EXPORT INVOICE``."""
    return any(
        cell.span.first <= label.span.first < cell.span.last and label.titles
        for label in view.labels[cell.span.line]
    )


def is_sign(view: View, span: Span) -> bool:
    """Whether *span* is where a logo is: at the head of the document, on top or tallest there."""
    line = view.sheet.lines[span.line]
    if line.page != view.sheet.lines[0].page or _down(view, line) > TOP:
        return False
    return line.number == 0 or _is_tall(view, line)


def stands_as_addressee(view: View, name: str, span: Span) -> bool:
    """Whether nothing but an address says that *name* is the seller's: so would the buyer's stand.

    A sender's line, a register or tax number beside it, its domain, or the name again further
    down would say more.
    """
    line = view.sheet.lines[span.line]
    if view.sheet.text(line.cell_of(span.first).span) != name or _down(view, line) > HEAD:
        return False
    key = letters(name)
    again = (letters(other.text) for other in view.sheet.lines[line.number + 1 :])
    return not matches(key, domains(view)) and not any(key in text for text in again)


def stands_high(view: View, span: Span) -> bool:
    """Whether *span* is at the head of the first page."""
    line = view.sheet.lines[span.line]
    return line.page == view.sheet.lines[0].page and _down(view, line) < TOP


def heads_alone(view: View, span: Span) -> bool:
    """Whether *span* is all of the first line of the document but for labels beside it."""
    first = view.sheet.lines[0]
    if span.line != first.number or _down(view, first) > TOP:
        return False
    own = first.cell_of(span.first)
    labelled = {first.cell_of(label.span.first) for label in view.labels[0]}
    return own not in labelled and all(cell in labelled or cell == own for cell in first.cells)


def _is_tall(view: View, line: Line) -> bool:
    """Whether *line* is about the tallest at the head of the document, as logos are."""
    tallest = max(other.height for other in view.sheet.lines[:40])
    return tallest > TEXT and line.height >= 0.95 * tallest


def _down(view: View, line: Line) -> float:
    """How far down its page *line* stands, from 0 to 1."""
    return line.box.y0 / max(1.0, view.sheet.height_of(line.page))


def _beside_label(view: View, cell: Cell) -> bool:
    """Whether a title or a label of the document's head stands right of *cell*."""
    return any(
        label.span.first >= cell.span.last and (label.titles or bool(HEADS & label.terms.keys()))
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


def cells_of_parties(view: View) -> list[Cell]:
    """The cells of the first page and of the end of the last."""
    cells = [cell for line in view.sheet.lines[:120] for cell in line.cells][:MOST_CELLS]
    tail = [cell for line in view.sheet.lines[120:][-20:] for cell in line.cells]
    return cells + tail[-MOST_CELLS:]


def domains(view: View) -> set[str]:
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


def matches(name: str, domains: set[str]) -> bool:
    return any(
        domain in name or (len(name) > 4 and name[:8] in domain) for domain in domains if domain
    )
