"""Lines of text as OCR finds them in a picture → words on an upright page.

A page may lie on its side or on its head, and a photo is never quite straight.
Recognition copes with that line by line; what suffers is their order. So the
page is turned, and straightened, by its boxes alone: no pixel is moved.

1. Each line says which way it runs: by its shape, and by whether it had to be
   put on its feet to be read. The page runs the way of most characters.
2. It slants as its longest lines do, in the middle of them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import atan2, cos, degrees, hypot, sin
from typing import NamedTuple

from tallysheet.model import Word
from tallysheet.parse._words import Glyph, words_of

TALL = 1.5
"""A box so many times higher than wide holds text that runs up or down: RapidOCR turns it."""
LONG = 6
"""Characters of a line whose slant can be trusted."""
STRAIGHT = 0.5
"""Degrees of slant that do no harm: a third of a line's height across a page."""
MOST_SLANT = 20.0
"""Degrees; what slants more was not photographed in haste, but is set so."""

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]


class Line(NamedTuple):
    """One line of text in a picture."""

    text: str
    corners: Corners
    """Of its box, round from the top left one as it lies in the picture."""
    score: float
    """How sure its reader is, from 0 to 1."""
    flipped: bool = False
    """Whether it had to be put on its feet."""
    runs_down: bool = False
    """Whether its reader knows that it runs up or down, whatever the shape of its box."""


class Sheet(NamedTuple):
    """What OCR reads off one picture, upright."""

    words: tuple[Word, ...]
    """In reading order."""
    scores: tuple[float, ...]
    """How sure OCR is of each, from 0 to 1: as sure as of its line."""
    turn: int
    """By how many degrees the picture must be turned clockwise to be upright."""
    slant: float = 0.0
    """By how many degrees its lines fell to the right then, before they were laid straight."""


def sheet_of(lines: Sequence[Line], width: float, height: float) -> Sheet:
    """The words of *lines*, placed on an upright page.

    Args:
        lines: With corners in the units of *width* and *height*.
        width: Of the page as it lies in the picture.
        height: The same.
    """
    if not lines:
        return Sheet((), (), 0)
    ways = list(map(_way_of, lines))
    turn = _most_go(ways, lines)
    boxes = [_from_its_start(line.corners, way) for line, way in zip(lines, ways, strict=True)]
    if turn:
        boxes = [_each(_turned(turn, width, height), box) for box in boxes]
        width, height = (height, width) if turn % 180 else (width, height)
    lines = [line._replace(corners=box) for line, box in zip(lines, boxes, strict=True)]
    if slant := _slant_of(lines):
        straight = _straight(slant, width, height)
        lines = [line._replace(corners=_each(straight, line.corners)) for line in lines]
    words = tuple(words_of(glyph for line in lines for glyph in (*_glyphs(line), None)))
    return Sheet(words, _scores_of(words, lines), turn, degrees(slant))


def is_tall(corners: Sequence[Sequence[float]]) -> bool:
    """Whether a box holds text that runs up or down."""
    a, b, _, d = corners
    across, down = hypot(b[0] - a[0], b[1] - a[1]), hypot(d[0] - a[0], d[1] - a[1])
    return down >= TALL * across


def agreed(flipped: Sequence[bool], tall: Sequence[bool], lengths: Sequence[float]) -> list[bool]:
    """Whether each line stands on its head: one may be mistaken, a page is not.

    Those that run the page's way stand as most of them do. The others, along its margins, may
    run up or down.

    Args:
        flipped: What each says by itself.
        tall: Whether it runs up or down in the picture.
        lengths: How long each is.
    """
    lines = list(zip(flipped, tall, lengths, strict=True))
    main = 2 * sum(length for _, is_tall, length in lines if is_tall) > sum(lengths)
    along = [(flip, length) for flip, is_tall, length in lines if is_tall == main]
    most = 2 * sum(length for flip, length in along if flip) > sum(length for _, length in along)
    return [most if is_tall == main else flip for flip, is_tall, _ in lines]


def _way_of(line: Line) -> int:
    """By how many degrees a line must be turned clockwise to be upright."""
    if line.runs_down or (is_tall(line.corners) and len(line.text) > 1):
        # Its reader turned it a quarter to the left, which puts upright what runs down.
        return 90 if line.flipped else 270
    return 180 if line.flipped else 0


def _most_go(ways: Sequence[int], lines: Sequence[Line]) -> int:
    """The way of most characters."""
    characters: Counter[int] = Counter()
    for way, line in zip(ways, lines, strict=True):
        characters[way] += len(line.text)
    return characters.most_common(1)[0][0]


def _from_its_start(corners: Corners, way: int) -> Corners:
    """The corners of a line, round from the top left one as its reader sees it."""
    first = {0: 0, 270: 1, 180: 2, 90: 3}[way]
    a, b, c, d = corners[first:] + corners[:first]
    return a, b, c, d


def _turned(turn: int, width: float, height: float) -> Callable[[Point], Point]:
    turns: dict[int, Callable[[Point], Point]] = {
        90: lambda p: (height - p[1], p[0]),
        180: lambda p: (width - p[0], height - p[1]),
        270: lambda p: (p[1], width - p[0]),
    }
    return turns[turn]


def _slant_of(lines: Sequence[Line]) -> float:
    """Radians by which lines that lie flat fall to the right; 0 where that is next to nothing.

    The middle one, each counted by the square of its length: boxes of short ones are laid flat.
    """
    slants = []
    for line in lines:
        a, b, *_ = line.corners
        across, down = b[0] - a[0], b[1] - a[1]
        slant = atan2(down, across)
        if len(line.text) >= LONG and abs(degrees(slant)) < MOST_SLANT:
            slants.append((slant, across * across))
    slants.sort()
    upto = list(accumulate(weight for _, weight in slants))
    slant = slants[bisect_left(upto, upto[-1] / 2)][0] if slants else 0.0
    return slant if abs(degrees(slant)) > STRAIGHT else 0.0


def _straight(slant: float, width: float, height: float) -> Callable[[Point], Point]:
    """Turns a point back by *slant*, around the middle."""
    middle, centre, c, s = width / 2, height / 2, cos(slant), sin(slant)

    def straight(point: Point) -> Point:
        x, y = point[0] - middle, point[1] - centre
        return middle + x * c + y * s, centre - x * s + y * c

    return straight


def _each(change: Callable[[Point], Point], corners: Corners) -> Corners:
    a, b, c, d = map(change, corners)
    return a, b, c, d


def _glyphs(line: Line) -> Iterator[Glyph | None]:
    """The characters of a line spread evenly over its box; None for a space."""
    a, b, c, d = line.corners
    length = len(line.text)
    for at, character in enumerate(line.text):
        if character.isspace():
            yield None
            continue
        steps = (at / length, (at + 1) / length)
        points = [_between(*edge, step) for edge in ((a, b), (d, c)) for step in steps]
        yield Glyph(character, *_bounds(points))


def _between(start: Point, end: Point, step: float) -> Point:
    return start[0] + (end[0] - start[0]) * step, start[1] + (end[1] - start[1]) * step


def _bounds(points: Sequence[Point]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _scores_of(words: Sequence[Word], lines: Sequence[Line]) -> tuple[float, ...]:
    """The score of the line that each word is in: the least one, where boxes overlap."""
    boxes = [(*_bounds(line.corners), round(line.score, 3)) for line in lines]
    least = min(score for *_, score in boxes)

    def score(word: Word) -> float:
        x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        around = [s for x0, y0, x1, y1, s in boxes if x0 <= x <= x1 and y0 <= y <= y1]
        return min(around, default=least)

    return tuple(map(score, words))
