"""Words into lines, and lines into cells, as a reader's eye groups them.

Everything later speaks of a `Span`: some words in a row of one line. Lines are
rebuilt from the boxes alone, because readers of PDF disagree on the order of
words and a table's row is often written column by column.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple

from tallysheet.model import Box, Page, Parsed, Word

CELL_GAP = 1.15
"""A gap wider than this many glyph heights parts two cells of a line."""
RECENT = 8
"""Words of a line that another one must not stand above or below, the last ones."""
LOGO = 1.5
"""How much taller a logo is than the lines beside it."""
APART = 0.2
"""The share of their height that words of two lines have in common at most."""
SAME_LINE = 0.5
"""Words stand on one line if their boxes overlap by this share of the lower one."""
MOST_WORDS = 150_000
"""Words read of one document; no invoice has more."""
MOST_WORDS_A_LINE = 250
MOST_LETTERS_A_WORD = 200
"""What is longer is no text for people; it is cut, so that it costs no more than text."""

_DOT = r"(?:(?<![lL])[·•●∙]|[·•●∙](?![lL]))"
"""What parts what a line tells; within two l it is a letter of Catalan."""
_GLUED = re.compile(
    rf"[^·•●∙]{{1,40}}(?={_DOT})|[·•●∙]+(?=[^·•●∙])"
    r"|[^\W\d][^:]{0,40}:(?=[^/:\s])"
    r"|(?:[čČ]\.|[nN][°ºo]\.?|[nN]r?\.|№|[^\W\d]{0,12}#)(?=\d)|[nN]r\.(?=[A-Z]{1,4}\d)"
    r"|[^\W\d_]{4,30}(?=Nr\.|No\.|N°)"
    r"|[A-Z]{0,6}[\d/.-]{0,30}\d(?=(?:vom|du|del|van|dated)(?:\d|$))"
    r"|[^\W\d_]{0,30}[^\W\d_A-Z]{3}(?=\d[\d.,/-]*$)"
    r"|[^\W\d]{3,30}(?=[$€£]\d)"
    r"|\d{1,4}[.,]\d\d(?=\d{2,6}[.,]\d\d$)"
    r"|[\d.,]{0,6}%(?=\d[\d.,']{0,12}[.,]\d\d$)"
)


class Span(NamedTuple):
    """Words *first* to *last* (excluded) of the line with that number."""

    line: int
    first: int
    last: int


class Cell(NamedTuple):
    """Words of a line with no wide gap between them."""

    span: Span
    x0: float
    x1: float


@dataclass(frozen=True)
class Line:
    """Words at one height of a page, from left to right."""

    number: int
    page: int
    words: tuple[Word, ...]

    @cached_property
    def box(self) -> Box:
        """The rectangle around the line."""
        return around(self.words)

    @cached_property
    def height(self) -> float:
        """The usual height of its glyphs, in points."""
        return max(1.0, median(word.y1 - word.y0 for word in self.words))

    @cached_property
    def text(self) -> str:
        """The words with single spaces between them."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The line, parted at wide gaps."""
        return self.parted(CELL_GAP)

    def parted(self, gap: float) -> tuple[Cell, ...]:
        """The line, parted at gaps wider than *gap* glyph heights."""
        cells = []
        first = 0
        for at in range(1, len(self.words) + 1):
            if at == len(self.words) or self._gap(at) > gap:
                words = self.words[first:at]
                cells.append(Cell(Span(self.number, first, at), words[0].x0, words[-1].x1))
                first = at
        return tuple(cells)

    def _gap(self, at: int) -> float:
        left, right = self.words[at - 1], self.words[at]
        return (right.x0 - left.x1) / max(1.0, min(left.y1 - left.y0, right.y1 - right.y0))

    def cell_of(self, word: int) -> Cell:
        """The cell in which the word with that number stands."""
        return next(cell for cell in self.cells if word < cell.span.last)


@dataclass(frozen=True)
class Sheet:
    """All lines of a document, numbered through its pages."""

    lines: tuple[Line, ...]
    pages: tuple[Page, ...]
    cut: bool
    """Whether there is more on the pages than was read."""

    def words(self, span: Span) -> tuple[Word, ...]:
        """The words of *span*."""
        return self.lines[span.line].words[span.first : span.last]

    def text(self, span: Span) -> str:
        """The words of *span*, with single spaces between them."""
        return " ".join(word.text for word in self.words(span))

    def before(self, span: Span) -> Span:
        """The words of the cell of *span* that stand before it."""
        return Span(span.line, self.lines[span.line].cell_of(span.first).span.first, span.first)

    def calling(self, span: Span) -> Span:
        """*span* with what is before it in its cell: where a label stands in full."""
        return self.before(span)._replace(last=span.last)

    def called(self, span: Span) -> str:
        """The words of *span* and those before it in its cell: what a label says in full."""
        return self.text(self.calling(span))

    def box(self, span: Span) -> Box:
        """The rectangle around *span*."""
        return around(self.words(span))

    def height_of(self, page: int) -> float:
        """The height of that page, in points."""
        return self._heights.get(page, 842.0)

    def place(self, span: Span) -> float:
        """How far down the document *span* stands, from 0 to 1."""
        line = self.lines[span.line]
        down = min(1.0, max(0.0, line.box.y0 / max(1.0, self.height_of(line.page))))
        return (self._order.get(line.page, 0) + down) / max(1, len(self.pages))

    @cached_property
    def scanned(self) -> frozenset[int]:
        """The numbers of the pages that OCR read."""
        return frozenset(page.number for page in self.pages if page.scores)

    @cached_property
    def _heights(self) -> dict[int, float]:
        return {page.number: page.height for page in self.pages}

    @cached_property
    def _order(self) -> dict[int, int]:
        return {page.number: at for at, page in enumerate(self.pages)}

    def below(self, span: Span, *, lines: int) -> Iterator[Line]:
        """The next few lines under *span*, on its page and close enough to belong to it."""
        here = self.lines[span.line]
        bottom = here.box.y1
        for line in self.lines[span.line + 1 : span.line + 1 + lines]:
            if line.page != here.page or line.box.y0 - bottom > 2.5 * max(here.height, line.height):
                return
            bottom = line.box.y1
            yield line


def around(words: Iterable[Word]) -> Box:
    """The smallest rectangle around *words*, of which there is at least one."""
    all_words = tuple(words)
    return Box(
        min(word.x0 for word in all_words),
        min(word.y0 for word in all_words),
        max(word.x1 for word in all_words),
        max(word.y1 for word in all_words),
    )


def sheet_of(parsed: Parsed) -> Sheet:
    """Group the words of *parsed* into lines, page after page."""
    lines: list[Line] = []
    left = MOST_WORDS
    cut = False
    for page in parsed.pages:
        words = page.words[:left]
        left -= len(words)
        cut = cut or len(words) < len(page.words)
        for row in _rows(_readable(words)):
            cut = cut or len(row) > MOST_WORDS_A_LINE
            lines.append(Line(len(lines), page.number, row[:MOST_WORDS_A_LINE]))
    return Sheet(tuple(lines), parsed.pages, cut)


def _readable(words: Sequence[Word]) -> list[Word]:
    """Leave out words that run up or down the page, and their neighbours in that column."""
    whole = [piece for word in words if word.text.strip() for piece in _pieces(word)]
    upright = [word for word in whole if not _vertical(word)]
    columns = sorted({(round(word.x0), round(word.x1)) for word in whole if _vertical(word)})
    if not columns or len(columns) > 10:
        return upright
    return [
        word
        for word in upright
        if not any(x0 - 2 <= word.x0 and word.x1 <= x1 + 2 for x0, x1 in columns)
    ]


def _pieces(word: Word) -> list[Word]:
    """Part labels and values glued to each other: ``Nr.:471102``, ``RechnungNr.471102vom``."""
    word = word._replace(text=word.text[:MOST_LETTERS_A_WORD])
    pieces = []
    while glued := _GLUED.match(word.text):
        cut = word.x0 + (word.x1 - word.x0) * glued.end() / len(word.text)
        pieces += _pieces(Word(word.text[: glued.end()], word.x0, word.y0, cut, word.y1))
        word = Word(word.text[glued.end() :], cut, word.y0, word.x1, word.y1)
    return [*pieces, word]


def _vertical(word: Word) -> bool:
    return len(word.text) > 2 and word.y1 - word.y0 > 1.8 * (word.x1 - word.x0) > 0


def _rows(words: list[Word]) -> list[tuple[Word, ...]]:
    rows: list[list[Word]] = []
    spans: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda word: (word.y0 + word.y1) / 2):
        beside = spans and _overlap(spans[-1], (word.y0, word.y1)) >= SAME_LINE
        if beside and not any(_is_over(other, word) for other in rows[-1][-RECENT:]):
            rows[-1].append(word)
        else:
            rows.append([word])
            spans.append((word.y0, word.y1))
    return [tuple(sorted(row, key=lambda word: word.x0)) for row in rows]


def _is_over(word: Word, other: Word) -> bool:
    """Whether *word* stands above *other* and is about as tall.

    A logo beside both of them makes no line of the two.
    """
    heights = sorted((word.y1 - word.y0, other.y1 - other.y0))
    alike = heights[1] < LOGO * heights[0]
    return alike and _overlap((word.y0, word.y1), (other.y0, other.y1)) < APART


def _overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    common = min(first[1], second[1]) - max(first[0], second[0])
    return common / max(0.1, min(first[1] - first[0], second[1] - second[0]))
