"""Whose a tax number is, and whether the page calls it one: by the words around it."""

import re
from collections.abc import Iterator

from tallysheet.extract._rules._addressee import EDGE
from tallysheet.extract._rules._labels import differ, fold, letters, lexicon
from tallysheet.extract._rules._layout import Cell, Span
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._rank import UNNAMED, rank_of
from tallysheet.extract._rules._view import View
from tallysheet.extract._rules._whose import OURS, THEIRS

CLOSE = 6.0
"""A gap of so many glyph heights does not yet part two columns of a letterhead."""
ADDRESS = 6
"""Lines of an address with a tax number below it."""
FEWEST_LETTERS = 5
"""Letters of a name that others do not begin with by chance."""
MOST_CALLING = 3
"""Words at the end of a line that may call a number on the next one: “Recipient VAT:”."""
NEIGHBOURS = 2
"""Lines above and below that are of one list of numbers."""
UPPER = 0.4
"""The part of a page in which the parties stand."""
LEAST_LETTERS = 4
"""A shorter word with another letter is too often another word."""


def is_called(view: View, span: Span) -> bool:
    """Whether the words before the number at *span*, or above it, call it a VAT number."""
    before = (
        "vat_id" in label.terms and 0 <= span.first - label.span.last <= 1
        for label in view.labels[span.line]
    )
    return any(before) or any(True for _ in _headings(view, span))


def is_theirs(view: View, span: Span, parties: Parties) -> bool:
    """Whether the number at *span* is the buyer's, by the words before it or by its block."""
    line = view.sheet.lines[span.line]
    cell = line.cell_of(span.first).span
    if is_called_theirs(view, span):
        return True
    if line.page in view.sheet.scanned and _is_garbled(view, _said_of(view, span)):
        return True
    if (
        _names_buyer(view, span, parties)
        or _follows_buyer(view, span)
        or _is_under_buyer(view, span, parties)
    ):
        return True
    own = letters(view.sheet.text(Span(span.line, cell.first, span.first)))
    if parties.buyer and own.startswith(letters(parties.buyer.value)):
        return True
    for block, theirs in (
        (parties.seller_block, False),
        (parties.buyer_block, True),
        (parties.ship_block, True),
    ):
        if block and any(_near(view, span, one) for one in (*block.lines, *block.labelled)):
            return theirs
    return False


def is_called_theirs(view: View, span: Span) -> bool:
    """Whether the words before the number at *span*, or else above it, say that it is theirs."""
    said = _said_of(view, span)
    headings = () if _words_of(view, said) else (*_headings(view, span), *_begun_above(view, span))
    return any(_says_theirs(_words_of(view, one)) for one in (said, *headings))


def _said_of(view: View, span: Span) -> Span:
    """What stands before *span* in its cell; in the one before where there are no letters."""
    line = view.sheet.lines[span.line]
    said = view.sheet.before(span)
    if any(char.isalpha() for char in view.sheet.text(said)):
        return said
    before = [one for one in line.cells if one.span.last <= said.first]
    return said._replace(first=before[-1].span.first) if before else said


def _begun_above(view: View, span: Span) -> Iterator[Span]:
    """What calls the number at the end of the line above, if a colon ends that."""
    if span.first or not span.line:
        return
    above = view.sheet.lines[span.line - 1]
    if above.words[-1].text.endswith(":"):
        yield Span(above.number, max(0, len(above.words) - MOST_CALLING), len(above.words))


def _follows_buyer(view: View, span: Span) -> bool:
    """Whether the cell says who buys, or one does that the number follows after a small gap."""
    line = view.sheet.lines[span.line]
    own = line.cell_of(span.first).span
    if any("buyer" in one.terms and one.span.first == own.first for one in view.labels[span.line]):
        return True
    cells = [cell for cell in line.cells if cell.span.last <= span.first]
    if not cells or line.words[span.first].x0 - cells[-1].x1 > CLOSE * line.height:
        return False
    return any(
        "buyer" in label.terms
        and label.span.first == cells[-1].span.first
        and label.span.last < cells[-1].span.last
        for label in view.labels[span.line]
    )


def _names_buyer(view: View, span: Span, parties: Parties) -> bool:
    """Whether the cell goes on with the label of a name, and that name is not the seller's."""
    cell = view.sheet.lines[span.line].cell_of(span.first).span
    seller = letters(parties.seller.value) if parties.seller else ""
    for label in view.labels[span.line]:
        if "name_field" in label.terms and span.last <= label.span.first < cell.last:
            name = letters(view.sheet.text(Span(span.line, label.span.last, cell.last)))
            return bool(name) and not (seller and name.endswith(seller))
    return False


def _is_under_buyer(view: View, span: Span, parties: Parties) -> bool:
    """Whether the buyer's name stands above *span* in one column, as on every page of it."""
    if parties.buyer is None or len(letters(parties.buyer.value)) < FEWEST_LETTERS:
        return False
    name = letters(parties.buyer.value)
    own = view.sheet.lines[span.line].cell_of(span.first)
    for line in reversed(view.sheet.lines[max(0, span.line - ADDRESS) : span.line]):
        over = [cell for cell in line.cells if abs(cell.x0 - own.x0) < EDGE]
        if line.page != view.sheet.lines[span.line].page or not over:
            return False
        if any(_holds(view, cell, name) for cell in over):
            return True
    return False


def _holds(view: View, cell: Cell, name: str) -> bool:
    """Whether *cell* begins with *name*, or with a label of who buys and then that."""
    text = letters(view.sheet.text(cell.span))
    labelled = any(
        "buyer" in label.terms and label.span.first == cell.span.first
        for label in view.labels[cell.span.line]
    )
    return text.startswith(name) or (labelled and name in text)


def _says_theirs(words: set[str]) -> bool:
    """Whether one of *words* makes a number the buyer's, or does so but for a misread letter."""
    if words & THEIRS:
        return True
    return any(
        len(word) == len(known) and differ(word, known) == 1
        for word in words - OURS
        if len(word) >= LEAST_LETTERS
        for known in THEIRS
    )


def _is_garbled(view: View, said: Span) -> bool:
    """Whether *said*, with a label of a tax number, has a word that OCR misread beyond knowing.

    Alone before the label or behind it, it is most likely one that makes the number the buyer's:
    the seller's has the label alone.
    """
    labels = [one.span for one in view.labels[said.line] if {"vat_id", "tax"} & one.terms.keys()]
    inside = [one for one in labels if said.first <= one.first and one.last <= said.last]
    if not inside:
        return False
    before = Span(said.line, said.first, inside[0].first)
    behind = Span(said.line, inside[-1].last, said.last)
    alone = [one for one in (before, behind) if one.last - one.first == 1]
    words = {word for one in alone for word in _words_of(view, one)} - OURS
    known = lexicon("labels").words
    return any(len(word) > 1 for word in words - known)


def _words_of(view: View, span: Span) -> set[str]:
    text = fold(view.sheet.text(span))
    yours = {"votre"} if re.search(r"(?:^|\s)[vs]/", text) else set()
    return yours | set(re.findall(r"\b[a-z]+\b", text))


def _headings(view: View, span: Span) -> Iterator[Span]:
    """The cell right above *span*, if it names a tax number."""
    box = view.sheet.box(span)
    for line in view.sheet.lines[max(0, span.line - 2) : span.line]:
        for cell in line.cells:
            over = cell.x0 < box.x1 and cell.x1 > box.x0 - 3
            if over and any(
                "vat_id" in label.terms and cell.span.first <= label.span.first < cell.span.last
                for label in view.labels[line.number]
            ):
                yield cell.span


def _near(view: View, span: Span, line: Span) -> bool:
    """Whether *span* stands in the cell of *line*, or in the same column within two lines."""
    if not 0 <= span.line - line.line <= 2:
        return False
    one, other = view.sheet.box(span), view.sheet.box(line)
    if span.line == line.line:
        return line.first <= span.first < line.last
    page = view.sheet.lines[span.line].page == view.sheet.lines[line.line].page
    return page and one.x0 < other.x1 and one.x1 > other.x0 and one.y0 - other.y1 < 25


def is_tied(view: View, span: Span, parties: Parties) -> bool:
    """Whether something ties the number at *span* to the seller, or it stands where buyers do not.

    Of numbers in the upper part of a page that neither a name nor its column ties to the seller,
    every fourth was the buyer's on layouts that the rules had not seen.
    """
    line = view.sheet.lines[span.line]
    lower = line.box.y0 > UPPER * view.sheet.height_of(line.page)
    if lower or parties.seller is None or _has_amounts_above(view, span):
        return True
    if _is_beside_customer(view, span):
        return False
    blocks = (parties.seller_block,) if parties.seller_block else ()
    if any(_near(view, span, one) for block in blocks for one in (*block.lines, *block.labelled)):
        return True
    name = parties.seller.span
    cell, above = line.cell_of(span.first), view.sheet.lines[name.line].cell_of(name.first)
    below = name.line <= span.line and view.sheet.lines[name.line].page == line.page
    if below and cell.x0 < above.x1 and cell.x1 > above.x0:
        return True
    said = _words_of(view, view.sheet.before(span))
    return bool(said & OURS) or rank_of(view, span, parties) < UNNAMED


def _has_amounts_above(view: View, span: Span) -> bool:
    """Whether amounts stand on a line above, as on those of items and sums."""
    return any(figure.money for row in view.figures[: span.line] for figure in row)


def _is_beside_customer(view: View, span: Span) -> bool:
    """Whether the number of the customer stands right above or below, in the same column.

    Both may stand below their labels.
    """
    cell = view.sheet.lines[span.line].cell_of(span.first)
    heading = min((one.line for one in _headings(view, span)), default=None)
    for label in view.labelled("customer"):
        other = view.sheet.lines[label.span.line].cell_of(label.span.first)
        above, below = span.line - label.span.line, label.span.line - span.line
        if heading is not None and label.span.last == other.span.last:
            above = heading - (label.span.line + 1)
        if max(above, below) <= NEIGHBOURS and abs(other.x0 - cell.x0) < EDGE:
            return True
    return False
