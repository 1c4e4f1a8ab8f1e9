"""Which words of a PDF page a person cannot see: they are no evidence of anything.

White on white, tiny, beside the page, under a picture or a filled shape, in a
layer that is off: such words reach nobody who reads the page, but everything
that reads the file. So the page is drawn, and a word counts as seen where its
box holds light and dark. That also tells the invisible text that OCR lays over
a scan, which the picture shows, from invisible text over nothing.

Drawing a page costs more than reading it, so only what is in doubt is drawn: on
most pages nothing, on others a band or two. What is not found: a font that draws
other letters than it names, and a hidden word in the very place of a seen one.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from itertools import compress, pairwise
from math import inf
from operator import itemgetter
from typing import NamedTuple

import pypdfium2 as pdfium

from tallysheet.model import Page, Word
from tallysheet.parse._certain import certain_texts, has_ink
from tallysheet.parse._glyphs import texts_of
from tallysheet.parse._ink import EDGE, Drawing, drawn
from tallysheet.parse._letters import blank_texts, crowded
from tallysheet.parse._objects import Edges, Objects
from tallysheet.parse._tricks import Tricks
from tallysheet.parse._words import Glyphs

SEEN_RANGE = 25
"""Steps of 255 between the lightest and the darkest pixel of a word that is seen."""
LEAST_HEIGHT = 1.5
"""Points; no eye reads what is lower."""
FAINT = 12
"""The same of one letter, which may be thin."""
SIGNS = "-+\u2212\u2013.,'"
"""Signs without which a number is another one."""
NEAR = 2.0
"""Points between two bands that are drawn as one."""
MOST_BANDS = 40
"""With more, the page is drawn from the first to the last, once."""
MOST_KEPT = 500
"""Hidden words of a page that are kept, to be shown; all are counted."""
MOST_NAMED = 5
"""Pages with hidden text that are named."""
TOP = itemgetter(2)


class Parts(NamedTuple):
    """The words of a page, each in reading order."""

    seen: tuple[Word, ...]
    hidden: tuple[Word, ...]
    """Those that nobody sees."""
    laid: frozenset[Word]
    """Of those seen the ones without ink of their own, as OCR lays them over a scan: the ink
    is that of the picture, and may say other things."""


def parted(
    page: pdfium.PdfPage,
    text: pdfium.PdfTextPage,
    objects: Objects,
    glyphs: Glyphs,
    words: Sequence[Word],
    *,
    tricks: Tricks,
) -> Parts:
    """The words of *page* that are seen, and those that are not.

    Args:
        page: The page they were read from.
        text: Its characters, as pdfium has them.
        objects: What it is made of.
        glyphs: Its characters, as *words* were made of them.
        words: All that it holds.
        tricks: What its file may hide text with.
    """
    width, height = page.get_size()
    out = _off_paper(words, width, height)
    sure = certain_texts(page, objects, tricks) if words else None
    blank = blank_texts(text, glyphs) if words else set()
    laid: set[Word] = set()
    if sure is not None or blank:
        for band in _bands(_doubtful(text, glyphs, sure, blank)):
            near = [
                at
                for at, (word, gone) in enumerate(zip(words, out, strict=True))
                if not gone and _touches(word, band.edges)
            ]
            if near:
                around = [words[at] for at in near]
                shown = drawn(page, width, height, around)
                for at, is_gone in zip(near, _gone(shown, band, around), strict=True):
                    out[at] = is_gone
                laid.update(_laid(band, around))
    for box in crowded(glyphs):
        out = [gone or _stands_in(box, word) for gone, word in zip(out, words, strict=True)]
    if not any(out):
        return Parts(tuple(words), (), frozenset(laid))
    told = list(zip(words, out, strict=True))
    seen = tuple(word for word, gone in told if not gone)
    hidden = tuple(word for word, gone in told if gone)
    return Parts(seen, hidden, frozenset(laid.intersection(seen)))


def about_hidden(pages: Sequence[Page]) -> str:
    """What the reader of a result should know of hidden words, as a sentence; empty if nothing."""
    parts = [f"{len(p.hidden):,} on page {p.number}" for p in pages if p.hidden]
    if not parts:
        return ""
    more = len(parts) - MOST_NAMED
    where = ", ".join(parts[:MOST_NAMED]) + (
        f" and more on {more:,} other pages" if more > 0 else ""
    )
    return f"Hidden text was left aside, words that nobody sees who looks at the page: {where}."


def _off_paper(words: Sequence[Word], width: float, height: float) -> list[bool]:
    """Whether each is too small to be read, or has its middle beside the page."""
    right, bottom = 2 * width, 2 * height
    # Three letters that are higher than wide run up or down the page.
    return [
        y1 - y0 < LEAST_HEIGHT
        or (x1 - x0 < LEAST_HEIGHT and len(text) > 2)
        or not (0 <= x0 + x1 <= right and 0 <= y0 + y1 <= bottom)
        for text, x0, y0, x1, y1 in words
    ]


class _Doubtful(NamedTuple):
    """A character that may not be seen."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    has_ink: bool
    """False where it is invisible by itself, as OCR lays text over a scan."""


DOUBTFUL = partial(tuple.__new__, _Doubtful)
"""Makes one of a tuple in half the time."""


class _Band(NamedTuple):
    """Doubtful characters that stand beside each other."""

    edges: Edges
    glyphs: list[_Doubtful]


def _doubtful(
    text: pdfium.PdfTextPage,
    glyphs: Glyphs,
    sure: Container[int] | None,
    blank: Container[int | None],
) -> Iterator[_Doubtful]:
    """Those of *glyphs* that are not in the texts *sure*, if any is not, or in a *blank* one."""
    texts = list(texts_of(text, glyphs))
    inked = {
        of: of is None or has_ink(of)
        for of in set(texts)
        if of in blank or (sure is not None and of not in sure)
    }
    characters, (x0, y0, x1, y1) = "".join(glyphs.runs), glyphs[1:5]
    for at in compress(range(len(texts)), map(inked.__contains__, texts)):
        yield DOUBTFUL((characters[at], x0[at], y0[at], x1[at], y1[at], inked[texts[at]]))


def _bands(glyphs: Iterable[_Doubtful]) -> list[_Band]:
    """*glyphs* parted where there is room between those above and those below."""
    downwards = sorted(glyphs, key=TOP)
    starts, bottom = [], -inf
    for at, glyph in enumerate(downwards):
        if glyph.y0 > bottom + NEAR:
            starts.append(at)
        bottom = max(bottom, glyph.y1)
    if len(starts) > MOST_BANDS:
        starts = [0]
    return [_banded(downwards[start:end]) for start, end in pairwise([*starts, len(downwards)])]


def _banded(glyphs: list[_Doubtful]) -> _Band:
    _, x0, y0, x1, y1, _ = zip(*glyphs, strict=True)
    return _Band((min(x0), min(y0), max(x1), max(y1)), glyphs)


def _gone(shown: Drawing, band: _Band, words: Sequence[Word]) -> Iterator[bool]:
    """Whether each of *words* is hidden, or has a letter or digit that is.

    What OCR lays over a scan stands there by the word, not by the letter. So only as a whole
    does such a word have to be seen, unless ink of another text is part of it.
    """
    blank = [
        glyph
        for glyph in band.glyphs
        if (glyph.text.isalnum() or glyph.text in SIGNS) and not shown.shows(glyph[:5], FAINT)
    ]
    laid = [glyph for glyph in band.glyphs if not glyph.has_ink] if blank else []
    for word in words:
        missed = [glyph for glyph in blank if _is_in(glyph, word)]
        yield not shown.shows(word, SEEN_RANGE) or (
            any(glyph.has_ink for glyph in missed)
            or (bool(missed) and sum(_is_in(glyph, word) for glyph in laid) < len(word.text))
        )


def _laid(band: _Band, words: Sequence[Word]) -> Iterator[Word]:
    """Those of *words* that have a letter without ink of its own."""
    without = [glyph for glyph in band.glyphs if not glyph.has_ink]
    if without:
        yield from (word for word in words if any(_is_in(glyph, word) for glyph in without))


def _is_in(glyph: _Doubtful, word: Word) -> bool:
    """Whether the middle of *glyph* is in the box of *word*."""
    return _stands_in(glyph[1:5], word)


def _stands_in(box: Edges, word: Word) -> bool:
    """Whether the middle of *box* is in that of *word*."""
    x0, y0, x1, y1 = box
    return 2 * word.x0 <= x0 + x1 <= 2 * word.x1 and 2 * word.y0 <= y0 + y1 <= 2 * word.y1


def _touches(word: Word, band: Edges) -> bool:
    """Whether a character in *band* may be one of *word*; that of the next line is none."""
    _, x0, y0, x1, y1 = word
    left, top, right, bottom = band
    if y0 > bottom or top > y1 or x0 > right or left > x1:
        return False
    rim = EDGE * (y1 - y0)
    return y0 + rim <= bottom and top <= y1 - rim
