"""Characters with boxes → words in the order in which a person reads them.

Pure geometry over what any reader of pages delivers:

1. A word ends at a space, and where the next character stands elsewhere: past a
   gap, behind, or at another height. Readers of PDF miss some of these, because
   a page may leave out the spaces and only move the pen.
2. A word set with wide letter spacing, ``I N V O I C E``, is one word again.
3. Words whose boxes share most of their height make a line; lines go from top
   to bottom, and their words from left to right.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise, repeat
from math import nan
from operator import itemgetter, sub
from typing import NamedTuple

from tallysheet.model import Word
from tallysheet.parse._spaced import SPACED_LETTERS, joined

GAP = 0.13
"""Past a gap of this many glyph heights the next word begins: it is half a usual space."""
BACK = 0.6
"""So does one where the pen goes back by more than this: bold is often drawn twice."""
SAME_LINE = 0.5
"""Two boxes are at one height if they share this part of the lower one's height."""
LIKE_SIZE = 0.4
"""A box lower than this part of its neighbour's height stands beside a headline, not in it."""
SEAMLESS = 0.01
"""Letters no further apart than this, in points, are of one word, whatever parts them.

A space has a width. Readers of PDF end a line within a word where a page sets its
letters one by one, as browsers do that print: ``L echtal G mb H``.
"""
LONGEST = 500
"""Characters after which a word ends all the same: what comes later may search in it."""

WHOLE = 1.5 * 2.0**52
"""Added to a float and taken away again, it leaves the nearest whole number."""
TEXT = itemgetter(0)
LEFT = itemgetter(1)
WORD = partial(tuple.__new__, Word)
"""Makes a word of a tuple in half the time."""

SPELLED_OUT = str.maketrans(
    {
        ligature: unicodedata.normalize("NFKC", ligature)
        for ligature in map(chr, range(0xFB00, 0xFB07))
    }
    | {wide: unicodedata.normalize("NFKC", wide) for wide in map(chr, range(0xFF01, 0xFF5F))}
    | dict.fromkeys("\x02\u00ad\u2010\u2011\ufffe", "-")
)
"""Characters that only look otherwise: ligatures, full-width forms, and hyphens by any code.

Readers of PDF mark a hyphen at the end of a line with U+0002 or U+FFFE. All else
that NFKC would change is kept, because it says something else: m² is not m2.
"""
LOOKS_OTHERWISE = re.compile(f"[{re.escape(''.join(map(chr, SPELLED_OUT)))}]")


class Glyph(NamedTuple):
    """One character and the box it stands in, from the top left corner of the upright page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


Edges = tuple[float, float, float, float]
"""A box, in the order of `Box`."""


class Glyphs(NamedTuple):
    """All characters of a page but white space, in columns, because there are thousands of them.

    The boxes follow each other as the characters in *runs* do. None of their edges is
    NaN, and none of them ends before it begins.
    """

    runs: Sequence[str]
    """What stands between white space, never empty."""
    x0: list[float]
    y0: list[float]
    x1: list[float]
    y1: list[float]
    places: Sequence[int] = ()
    """Their numbers among all characters of the page, where its reader has such."""


def words_of(glyphs: Iterable[Glyph | None]) -> list[Word]:
    """The words of one page in reading order; None among *glyphs* is a space."""
    glyphs = list(glyphs)
    runs = "".join(glyph.text if glyph else " " for glyph in glyphs).split()
    columns = zip(*(glyph[1:] for glyph in glyphs if glyph), strict=True)
    return words_among(Glyphs(runs, *columns)) if runs else []


def words_among(glyphs: Glyphs) -> list[Word]:
    """The words of one page in reading order."""
    words: list[Word] = []
    for line in _lines(list(_words(glyphs))):
        singles = [word for word in line if len(word[0]) == 1]
        words += line if len(singles) < SPACED_LETTERS else joined(line)
    return words


def _words(glyphs: Glyphs) -> Iterator[Word]:
    """What stands between spaces and gaps, in the order of *glyphs*.

    Nearly every run is one word: its characters stand in one row, and go on evenly. That is
    made sure of for all runs of a row at once, else for each of them, and only what is left
    is looked at closely.
    """
    runs, x0, y0, x1, y1, _ = glyphs
    gaps = list(map(sub, x0[1:], x1))
    starts = list(accumulate(map(len, runs), initial=0))
    seams = {
        start
        for start in starts[1:-1]
        if -SEAMLESS <= gaps[start - 1] <= SEAMLESS
        and y0[start - 1] == y0[start]
        and y1[start - 1] == y1[start]
    }
    if seams:
        letters = "".join(runs)
        starts = [start for start in starts if start not in seams]
        runs = [letters[start:end] for start, end in pairwise(starts)]
    texts = runs if is_clean("".join(runs)) else list(map(clean, runs))
    for start in starts[1:-1]:  # those of spaces are no matter here
        gaps[start - 1] = 0.0
    # As `_rounded` does, but a call takes as long as all of this.
    lefts = [(x0[start] * 100 + WHOLE - WHOLE) / 100 for start in starts[:-1]]
    rights = [(x1[end - 1] * 100 + WHOLE - WHOLE) / 100 for end in starts[1:]]
    for first, last in pairwise(_rows(starts, y0, y1)):
        start, end = starts[first], starts[last]
        above, below = _rounded(y0[start]), _rounded(y1[start])
        evenly = end - start <= LONGEST and _is_even(start, end, gaps, y0, y1)
        if evenly and _goes_on(x0[start:end]) and _goes_on(x1[start:end]):
            row = slice(first, last)
            words = zip(texts[row], lefts[row], repeat(above), rights[row], repeat(below))
            yield from filter(TEXT, map(WORD, words))
            continue
        for at in range(first, last):
            start, end = starts[at], starts[at + 1]
            if end - start <= LONGEST and (evenly or _is_even(start, end, gaps, y0, y1)):
                if texts[at]:
                    left, right = _rounded(min(x0[start:end])), _rounded(max(x1[start:end]))
                    yield WORD((texts[at], left, above, right, below))
            else:
                columns = (column[start:end] for column in (x0, y0, x1, y1))
                yield from _parts(runs[at], list(zip(*columns, strict=True)))


def _rows(starts: Sequence[int], y0: Sequence[float], y1: Sequence[float]) -> list[int]:
    """Which runs do not begin at the height of the one before them, and how many there are."""
    heights = [(y0[start], y1[start]) for start in starts[:-1]]
    parted = [at for at, (a, b) in enumerate(pairwise(heights), start=1) if a != b]
    return [0, *parted, len(heights)] if heights else []


def _goes_on(edges: Sequence[float]) -> bool:
    """Whether none of *edges* lies before the one that it follows."""
    return sorted(edges) == edges


def _is_even(
    start: int, end: int, gaps: Sequence[float], y0: Sequence[float], y1: Sequence[float]
) -> bool:
    """Whether these characters stand in one row, and no word ends between them at a gap."""
    top, bottom = y0[start], y1[start]
    inside = gaps[start : end - 1]
    return not inside or (
        max(inside) <= GAP * (bottom - top)
        and min(inside) >= -BACK * (bottom - top)
        and y0[start:end].count(top) == y1[start:end].count(bottom) == end - start
    )


def _parts(run: str, boxes: list[Edges]) -> Iterator[Word]:
    """The words of a run with gaps, or that does not stand in one row."""
    cuts = [0]
    for at in range(1, len(run)):
        if at - cuts[-1] == LONGEST or _apart(boxes[at - 1], boxes[at]):
            cuts.append(at)
    for first, last in pairwise([*cuts, len(run)]):
        if text := clean(run[first:last]):
            x0, y0, x1, y1 = zip(*boxes[first:last], strict=True)
            yield Word(text, *map(_rounded, (min(x0), min(y0), max(x1), max(y1))))


def _rounded(edge: float) -> float:
    """To the hundredth: ``round`` takes four times as long."""
    return (edge * 100 + WHOLE - WHOLE) / 100


def _apart(left: Edges, right: Edges) -> bool:
    """Whether a word ends between two characters that follow each other."""
    ax0, ay0, ax1, ay1 = left
    bx0, by0, bx1, by1 = right
    if (ay0, ay1) == (by0, by1) or _shared(ay0, ay1, by0, by1) >= SAME_LINE:
        if (ax0, ax1) == (bx0, bx1):  # two letters of one ligature
            return False
        height, larger = sorted((ay1 - ay0, by1 - by0))
        return height < LIKE_SIZE * larger or not -BACK * height <= bx0 - ax1 <= GAP * height
    # Text that runs up or down the page: the same the other way round.
    if _shared(ax0, ax1, bx0, bx1) < SAME_LINE:
        return True
    width = min(ax1 - ax0, bx1 - bx0)
    return not -BACK * width <= max(ay0, by0) - min(ay1, by1) <= GAP * width


def _shared(a0: float, a1: float, b0: float, b1: float) -> float:
    """Which part of the smaller of two stretches lies inside the other."""
    smaller = min(a1 - a0, b1 - b0)
    return (min(a1, b1) - max(a0, b0)) / smaller if smaller > 0 else 0.0


def is_clean(text: str) -> bool:
    """Whether every part of *text* is what `clean` makes of it, as far as is told at a glance."""
    if not text.isprintable():
        return False
    return text.isascii() or (
        unicodedata.is_normalized("NFC", text) and LOOKS_OTHERWISE.search(text) is None
    )


def clean(text: str) -> str:
    """Text as a person would type it: composed, ligatures spelled out, nothing invisible."""
    if is_clean(text):
        return text
    spelled = unicodedata.normalize("NFC", text.translate(SPELLED_OUT))
    if spelled.isprintable():
        return spelled
    whole = spelled.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return "".join(c for c in whole if unicodedata.category(c) not in ("Cc", "Cf", "Cn", "Cs"))


def in_order(scored: list[tuple[Word, float]]) -> list[tuple[Word, float]]:
    """Words of several readers in reading order, each with its score."""
    lines = _lines([word for word, _ in scored])
    score_of = dict(scored)
    return [(word, score_of[word]) for line in lines for word in line]


def _lines(words: list[Word]) -> list[list[Word]]:
    lines: list[list[Word]] = []
    mixed: set[int] = set()
    top = bottom = nan
    # From top to bottom, and from left to right where they stand at the same height.
    for word in sorted(sorted(words, key=LEFT), key=lambda word: word[2] + word[4]):
        _, _, y0, _, y1 = word
        if y0 == top and y1 == bottom:
            lines[-1].append(word)
        elif y0 < bottom and _level(lines[-1][0], word):
            lines[-1].append(word)
            mixed.add(len(lines) - 1)
        else:
            lines.append([word])
            top, bottom = y0, y1
    for at in mixed:
        lines[at].sort(key=LEFT)
    return lines


def _level(first: Word, word: Word) -> bool:
    """Whether *word* stands on the line that *first* began: beside it, and not far larger."""
    heights = sorted((first.y1 - first.y0, word.y1 - word.y0))
    if heights[0] < LIKE_SIZE * heights[1]:
        return False
    return _shared(first.y0, first.y1, word.y0, word.y1) >= SAME_LINE
