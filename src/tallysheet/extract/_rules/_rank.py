"""Which of several tax numbers is the seller's: by the names and the account beside them."""

import re
from collections.abc import Iterator

from tallysheet.extract._rules._addressee import EDGE
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import find_ibans
from tallysheet.extract._rules._names import has_suffix
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._view import View

IN_BLOCK, REGISTERED, NAMED_SELLER, UNNAMED, STRANGE = range(5)
"""How numbers rank: those that are surely the seller's first, another company's last."""
NAMED = 90
"""Letters before a number among which a name is looked for."""
LINES_ABOVE = 6
"""Lines of a letterhead above the one with the number."""
FOOT = 0.65
"""Down from where on a page its foot begins, in which a company says how it is registered."""
FIRST_WORD = 5
"""Letters of a first word that stands for a whole name: that of a brand."""
MOST_NAME = 8
"""Words of the longest name of a company, and of the label behind it."""
_PARENT = re.compile(r"\bdirezione e coordinamento (?:di|da parte di)\b")
"""How Italian companies tell to which other one they belong."""
_FRENCH = re.compile(r"FR\w\w(?P<siren>\d{9})")
NEAR = 2
"""Lines between a number and the account or the address of who has it."""


def rank_of(view: View, span: Span, parties: Parties) -> int:
    """How much stands against the number at *span* being the seller's.

    IN_BLOCK where a label names the seller and the number stands below the name; REGISTERED where
    the company that is registered at the foot of the page has it, or the account
    to pay into is beside it; NAMED_SELLER, UNNAMED or STRANGE where the words nearest before it
    name the seller, nobody, or another company. Factoring banks, operators of platforms, networks
    and parents have numbers of their own.
    """
    if _is_in_block(view, span, parties):
        return IN_BLOCK
    if _is_registered(view, span):
        return REGISTERED
    cell = view.sheet.lines[span.line].cell_of(span.first).span
    said = [view.sheet.text(Span(span.line, cell.first, span.first))]
    said += [view.sheet.text(one) for one in _above(view, cell)]
    for text in said:
        start = _after_seller(text, parties)
        if has_suffix(text[start:][-NAMED:]):
            return STRANGE
        if start:
            return NAMED_SELLER
    return REGISTERED if _is_beside_account(view, span) else UNNAMED


def is_of_parent(view: View, span: Span) -> bool:
    """Whether the number at *span* is that of the company to which the seller belongs."""
    before = fold(view.sheet.text(view.sheet.before(span)))
    named = list(_PARENT.finditer(before))
    return bool(named) and len(before[named[-1].end() :].split()) <= MOST_NAME


def _is_in_block(view: View, span: Span, parties: Parties) -> bool:
    """Whether *span* stands in the block that a label calls the seller's, or goes on with it."""
    block = parties.seller_block
    if block is None or parties.seller is None or parties.seller.method != "label":
        return False
    last = max(block.lines, key=lambda one: one.line)
    line, end = view.sheet.lines[span.line], view.sheet.lines[last.line]
    if 0 < line.number - end.number <= NEAR and line.page == end.page:
        begins, ends = line.cell_of(span.first), end.cell_of(last.first)
        if abs(begins.x0 - ends.x0) < EDGE:
            return True
    return any(
        line.line == span.line and line.first <= span.first < line.last
        for line in (*block.lines, *block.labelled)
    )


def _is_beside_account(view: View, span: Span) -> bool:
    """Whether the account to pay into stands within some lines, at the foot of a page."""
    line = view.sheet.lines[span.line]
    if line.box.y0 < FOOT * view.sheet.height_of(line.page):
        return False
    near = (
        mark.span.line for mark in find_ibans(view) if abs(mark.span.line - line.number) <= NEAR
    )
    return any(view.sheet.lines[other].page == line.page for other in near)


def _is_registered(view: View, span: Span) -> bool:
    """Whether the foot of a page has the French register number that ends the number at *span*."""
    number = _FRENCH.fullmatch(letters(view.sheet.text(span)).upper())
    return number is not None and any(
        number["siren"] in "".join(word.text for word in line.words)
        for line in view.sheet.lines
        if any("legal_id" in label.terms for label in view.labels[line.number])
        and line.box.y0 > FOOT * view.sheet.height_of(line.page)
    )


def _after_seller(text: str, parties: Parties) -> int:
    """Where the seller's name, or the brand that it begins with, ends in *text*; 0 if nowhere."""
    name = parties.seller.value if parties.seller else ""
    brand = name.split()[0] if name else ""
    for form in (name, brand if len(brand) >= FIRST_WORD else ""):
        at = text.casefold().rfind(form.casefold()) if form else -1
        if at >= 0:
            return at + len(form)
    return 0


def _above(view: View, cell: Span) -> Iterator[Span]:
    """The cells above *cell* in its block, from the nearest on."""
    box = view.sheet.box(cell)
    for line in reversed(view.sheet.lines[max(0, cell.line - LINES_ABOVE) : cell.line]):
        if line.page != view.sheet.lines[cell.line].page:
            return
        for one in line.cells:
            if abs(one.x0 - box.x0) < EDGE and box.y0 - line.box.y1 < line.height:
                yield one.span
                box = view.sheet.box(one.span)
