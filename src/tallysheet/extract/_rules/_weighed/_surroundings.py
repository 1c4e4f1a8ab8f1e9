"""What stands around some words of a page: what a reader's eye takes in with them."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from statistics import median

from tallysheet.extract._rules._labels import Label, fold, tokens
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._view import View
from tallysheet.model import Word

LETTERS = 4
"""Letters of the pieces of words: ends of words and one misread letter matter less then."""
MOST_LEFT, MOST_ABOVE, MOST_HEADING, MOST_RIGHT = 8, 8, 6, 3
"""Words that are kept of each side."""
MOST_UP = 40
"""Lines above among which the heading of a column is looked for."""
CLOSE = 1.5
"""Heights of a line within which the line above belongs to it."""
BESIDE = 2.0
"""Points by which words may stand beside those that they are above."""
MOST_TERMS = 12


def pieces(word: str) -> Iterator[str]:
    """All runs of a few letters of *word*, of which the ends are marked."""
    whole = f"<{word}>"
    return (whole[at : at + LETTERS] for at in range(max(1, len(whole) - LETTERS + 1)))


def plain(words: tuple[Word, ...]) -> Iterator[str]:
    """*words* folded, with a 0 for each number."""
    for word in words:
        if word.text.isdigit():
            yield "0"
            continue
        for token in tokens(word.text[:40]):
            yield "0" if token[0].isdigit() else token


class Surroundings:
    """The surroundings of whatever stands on one document."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._numbers: dict[int, set[int]] = {}
        self._nearest: dict[Span, tuple[Line | None, list[int]]] = {}

    @cached_property
    def height(self) -> float:
        """The usual height of a line, in points."""
        return median(line.height for line in self.view.sheet.lines)

    @cached_property
    def width(self) -> float:
        """How far right the words of the document reach, in points."""
        return max(1.0, *(line.box.x1 for line in self.view.sheet.lines))

    def names(self, span: Span) -> Iterator[str]:
        """What *span* has around it: words by side, their pieces and neighbours, and labels."""
        sheet = self.view.sheet
        above, heading = self._over(span)
        right = sheet.lines[span.line].words[span.last : span.last + MOST_RIGHT]
        for side, words in (
            ("left", [*plain(sheet.words(self._left_of(span)))][-MOST_LEFT:]),
            ("above", [*plain(above)][:MOST_ABOVE]),
            ("head", [*plain(heading)][:MOST_HEADING]),
        ):
            for word in words:
                yield f"{side} {word}"
                yield from (f"{side}~{piece}" for piece in pieces(word))
            yield from (f"{side} {one} {two}" for one, two in pairwise(words))
            yield f"{side}, last {words[-1]}" if words else f"{side}, none"
        yield from (f"right {word}" for word in [*plain(right)][:MOST_RIGHT])
        found = {
            term
            for label in self.view.labels[span.line]
            if label.span.last <= span.first
            for term in label.terms
        }
        yield from (f"term {term}" for term in sorted(found)[:MOST_TERMS])

    def numbers(self, span: Span, terms: Iterable[str]) -> dict[str, float]:
        """Where *span* stands, and what the nearest label weighs for each of *terms*."""
        return self._place(span) | self._called(span, terms)

    def _called(self, span: Span, terms: Iterable[str]) -> dict[str, float]:
        """What the nearest label weighs for each of *terms*: before *span*, or else above it."""
        left = self._left_of(span)
        before = [
            label
            for label in self.view.labels[span.line]
            if left.first <= label.span.first and label.span.last <= span.first
        ]
        above = [] if before else self._labels_over(span)
        found = before[-1].terms if before else above[-1].terms if above else {}
        return {
            **{f"called {term}": found.get(term, 0.0) for term in terms},
            "called": 1.0 if before else 0.5 if above else 0.0,
        }

    def _place(self, span: Span) -> dict[str, float]:
        """Where *span* stands, and how it is set: of the page, from 0 to 1."""
        sheet = self.view.sheet
        line = sheet.lines[span.line]
        first, last = line.words[span.first], line.words[span.last - 1]
        return {
            "line": span.line / len(sheet.lines),
            "down": first.y0 / max(1.0, sheet.height_of(line.page)),
            "x0": first.x0 / self.width,
            "x1": last.x1 / self.width,
            "page": line.page,
            "pages": len(sheet.pages),
            "height": (first.y1 - first.y0) / max(0.1, self.height),
            "words": len(line.words),
            "before": span.first,
            "ends": span.last == len(line.words),
            "figures": len(self.view.figures[span.line]),
            "colon": span.first > 0 and line.words[span.first - 1].text.endswith(":"),
        }

    def _taken(self, number: int) -> set[int]:
        """Which words of that line are of figures or dates."""
        if number not in self._numbers:
            view = self.view
            spans = [one.span for one in view.figures[number]]
            spans += [one.span for one in view.days[number]]
            self._numbers[number] = {at for span in spans for at in range(span.first, span.last)}
        return self._numbers[number]

    def _left_of(self, span: Span) -> Span:
        """The words before *span* back to the next number, which may stand right before it."""
        numbers = self._taken(span.line)
        last = span.first
        while last and last - 1 in numbers:
            last -= 1
        first = last
        while first and first - 1 not in numbers and last - first < MOST_LEFT:
            first -= 1
        return Span(span.line, first, last)

    def _labels_over(self, span: Span) -> list[Label]:
        """The labels of the nearest line above that has words right above *span*."""
        up, _ = self._nearest_over(span)
        if up is None:
            return []
        box = self.view.sheet.box(span)
        return [
            label
            for label in self.view.labels[up.number]
            if up.words[label.span.first].x0 < box.x1 + BESIDE
            and up.words[label.span.last - 1].x1 > box.x0 - BESIDE
        ]

    def _over(self, span: Span) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
        """The cell right above *span*, and the nearest words above it that are no number."""
        up, over = self._nearest_over(span)
        if up is None:
            return (), ()
        line = self.view.sheet.lines[span.line]
        close = line.box.y0 - up.box.y1 < CLOSE * line.height
        cell = up.cell_of(over[0]).span
        near = up.words[cell.first : cell.last] if close else ()
        return near, tuple(up.words[one] for one in over)

    def _nearest_over(self, span: Span) -> tuple[Line | None, list[int]]:
        """The nearest line above on its page with words above *span*, and which; no numbers."""
        if span not in self._nearest:
            self._nearest[span] = self._look_up(span)
        return self._nearest[span]

    def _look_up(self, span: Span) -> tuple[Line | None, list[int]]:
        sheet = self.view.sheet
        box, page = sheet.box(span), sheet.lines[span.line].page
        for up in reversed(sheet.lines[max(0, span.line - MOST_UP) : span.line]):
            if up.page != page:
                break
            numbers = self._taken(up.number)
            over = [
                at
                for at, word in enumerate(up.words)
                if at not in numbers
                and word.x0 < box.x1 + BESIDE
                and word.x1 > box.x0 - BESIDE
                and any(map(str.isalpha, word.text))
            ]
            if over:
                return up, over
        return None, []


def shape(text: str) -> str:
    """*text* with a 0 for each run of digits and an a for each of letters: ``RE-2024/7`` a-0/0."""
    found: list[str] = []
    for char in fold(text):
        kind = "0" if char.isdigit() else "a" if char.isalpha() else char
        if not found or found[-1] != kind:
            found.append(kind)
    return "".join(found)[:8]
