"""Finds the line that heads a table of items, and which column is which.

Each heading is looked up in ``columns.toml``. A heading may run over two or
three lines; its words are put together by the space they share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tallysheet.extract._rules._labels import Label, find_labels, lexicon, tokens
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._view import View
from tallysheet.model import Word

FEWEST = 3
"""Headings that make a table."""
MONEY = "money"
"""The heading ``CHF``, which heads the amounts where nothing else does."""
COVERED = 0.6
"""Share of the words of a heading line that are headings."""
HEADING_GAP = 0.6
"""Headings stand closer than cells do: a gap of so many glyph heights parts two of them."""
MOST_HEADING_LINES = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it may hold, and from where to where its heading stands."""

    terms: frozenset[str]
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Header:
    """The heading of a table."""

    first: int
    last: int
    """The number after that of its last line."""
    columns: tuple[Column, ...]


def find_headers(view: View) -> list[Header]:
    """The headings of tables of items, from top to bottom; a table over pages may have many."""
    labels = find_labels(view.sheet, "columns", gap=HEADING_GAP)
    headers: list[Header] = []
    for line in view.sheet.lines:
        if headers and line.number < headers[-1].last:
            continue
        if len(labels[line.number]) < 2 or not _is_heading(view, line, labels[line.number]):
            continue
        first, last = _extent(view, line.number, labels)
        if headers and first < headers[-1].last:
            first = headers[-1].last
        columns = _columns(view, range(first, last), labels)
        if _is_table(columns):
            headers.append(Header(first, last, columns))
    return headers


def _is_heading(view: View, line: Line, labels: list[Label]) -> bool:
    if any(figure.money for figure in view.figures[line.number]) or view.days[line.number]:
        return False
    first = line.cells[0].span.last
    behind = [label for label in labels if label.span.first >= first]
    if {"quantity", "unit_price", "amount"} <= {term for label in behind for term in label.terms}:
        # What the items below are of may stand over their descriptions.
        return _covers(behind, line.words[first:])
    return _covers(labels, line.words)


def _covers(labels: list[Label], words: Sequence[Word]) -> bool:
    covered = sum(label.span.last - label.span.first for label in labels)
    return covered >= COVERED * sum(map(_counts, words))


def _counts(word: Word) -> bool:
    return bool(tokens(word.text))


def _extent(view: View, number: int, labels: list[list[Label]]) -> tuple[int, int]:
    """The heading lines around line *number*."""
    first, last = number, number + 1
    while last - first < MOST_HEADING_LINES and _belongs(view, last - 1, last, labels):
        last += 1
    while last - first < MOST_HEADING_LINES and _belongs(view, first, first - 1, labels):
        first -= 1
    return first, last


def _belongs(view: View, here: int, there: int, labels: list[list[Label]]) -> bool:
    if not 0 <= there < len(view.sheet.lines):
        return False
    one, other = view.sheet.lines[here], view.sheet.lines[there]
    gap = max(one.box.y0, other.box.y0) - min(one.box.y1, other.box.y1)
    return (
        one.page == other.page
        and gap < 0.6 * one.height
        and len(other.words) <= 14
        and _is_heading(view, other, labels[there])
    )


def _columns(view: View, lines: Iterable[int], labels: list[list[Label]]) -> tuple[Column, ...]:
    """Headings that share the same space, one under the other, become one column."""
    pieces: list[list[Span]] = []
    for number in lines:
        for span in _pieces(view.sheet.lines[number], labels[number]):
            box = view.sheet.box(span)
            for piece in pieces:
                boxes = [view.sheet.box(one) for one in piece]
                left, right = min(b.x0 for b in boxes), max(b.x1 for b in boxes)
                under = piece[-1].line < number
                if under and min(right, box.x1) - max(left, box.x0) > 0.3 * (box.x1 - box.x0):
                    piece.append(span)
                    break
            else:
                pieces.append([span])
    columns = [column for piece in pieces if (column := _column(view, piece))]
    if not any("amount" in column.terms for column in columns):
        parts = [part for piece in pieces for part in _parts(view, piece)]
        columns = [column for part in parts if (column := _column(view, part))]
    bare = [column for column in columns if column.terms == {MONEY}]
    columns = [column for column in columns if column not in bare]
    if bare and not any("amount" in column.terms for column in columns):
        columns.append(replace(bare[-1], terms=frozenset(["amount"])))
    return tuple(sorted(columns, key=lambda column: column.x0))


def _parts(view: View, piece: list[Span]) -> list[list[Span]]:
    """The heading as two where its last word heads the amounts: on a scan they may be close."""
    last = piece[-1].last - 1
    end = Span(piece[-1].line, last, last + 1)
    amounts = _column(view, [end])
    if len(piece) > 1 or last == piece[0].first or not amounts or "amount" not in amounts.terms:
        return [piece]
    return [[Span(end.line, piece[0].first, last)], [end]]


def _pieces(line: Line, labels: list[Label]) -> list[Span]:
    """The headings of one line, and the words between them cell by cell."""
    spans = [label.span for label in labels]
    taken = {at for span in spans for at in range(span.first, span.last)}
    for cell in line.cells:
        run: list[int] = []
        for at in (*range(cell.span.first, cell.span.last), -1):
            if at >= 0 and at not in taken:
                run.append(at)
            elif run:
                spans.append(Span(line.number, run[0], run[-1] + 1))
                run = []
    return sorted(spans)


def _column(view: View, piece: list[Span]) -> Column | None:
    words = [word for span in piece for word in view.sheet.words(span)]
    known = lexicon("columns")
    blurred = view.sheet.lines[piece[0].line].page in view.sheet.scanned
    pieces = [
        (token, at)
        for at, word in enumerate(words)
        for token in known.tokens(word.text, blurred=blurred)
    ]
    terms: set[str] = set()
    for at in range(len(pieces)):
        key, _ = known.longest(pieces, at)
        if key:
            terms = set(known.terms[key])
            break
    if not terms:
        return None
    return Column(frozenset(terms), min(word.x0 for word in words), max(word.x1 for word in words))


def _is_table(columns: tuple[Column, ...]) -> bool:
    said = {term for column in columns for term in column.terms}
    things = said & {"description", "sku"} or ("quantity" in said and "unit_price" in said)
    money = said & {"amount", "unit_price"}
    enough = len(columns) >= FEWEST or (len(columns) == 2 and {"description", "amount"} <= said)
    tax_only = said <= {"vat_rate", "line_tax", "amount", "tax_base", "tax_amount", "position"}
    return bool(things and money and enough) and not tax_only
