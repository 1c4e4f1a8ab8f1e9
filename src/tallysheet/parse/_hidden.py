"""Which words of a PDF page a person cannot see: they are no evidence of anything.

White on white, tiny, beside the page, under a picture or a filled shape, in a
layer that is off: such words reach nobody who reads the page, but everything
that reads the file. So the page is drawn, and a word counts as seen where its
box holds light and dark. That also tells the invisible text that OCR lays over
a scan, which the picture shows, from invisible text over nothing.

Drawing costs about as much as reading, so a page is first looked through for
anything that could hide text at all; nineteen of twenty have nothing of it.
What is not found: a font that draws other letters than it names, and a hidden
word in the very place of a seen one.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import repeat
from typing import NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.model import Page, Word
from tallysheet.parse._objects import AT, TEXT, Edges, Objects, bounds_of, called

SEEN_RANGE = 25
"""Steps of 255 between the lightest and the darkest pixel of a word that is seen."""
LEAST_HEIGHT = 1.5
"""Points; no eye reads what is lower."""
EDGE = 0.15
"""The part of a word's height at its top and bottom where lines of tables run along it."""
DPI = 72
MOST_SIDE = 2500
"""Pixels along the longer side of a drawn page."""
DARK_TEXT = 180
"""Text darker than this, of 255 for white, is seen on paper and on any shape that is not dark."""
DARK_SHAPE = 215
"""So a shape no darker than this hides no such text that is written on it."""
OPAQUE = 128
"""Of 255: what lets more through than this may not be seen."""
THIN = 3.0
"""Points across, below which a shape is a line and covers no word."""
MOST_PAIRS = 20_000
"""Texts times shapes, past which drawing a page is cheaper than comparing them."""
MOST_KEPT = 500
"""Hidden words of a page that are kept, to be shown; all are counted."""
MOST_NAMED = 5
"""Pages with hidden text that are named."""
LAYERED = re.compile(rb"/(?:O|#4[Ff])(?:C|#43)|/ObjStm")
"""Names a layer, or may do so out of sight, in a compressed part of the file."""
LAYER = "OC\0".encode("utf-16-le")
HARMLESS = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET)
"""Annotations that cover nothing."""
COLOUR_OF = called(raw.FPDFPageObj_GetFillColor, *[AT] * 5)
MODE_OF = called(raw.FPDFTextObj_GetTextRenderMode, AT)
IS_CLEAR = called(raw.FPDFPageObj_HasTransparency, AT)
CLIP_OF = called(raw.FPDFPageObj_GetClipPath, AT, gives=AT)
CLIPS_IN = called(raw.FPDFClipPath_CountPaths, AT)
DRAWN_HOW = called(raw.FPDFPath_GetDrawMode, *[AT] * 3)
WIDTH_OF = called(raw.FPDFPageObj_GetStrokeWidth, AT, AT)
MARKS_ON = called(raw.FPDFPageObj_CountMarks, AT)
MARK_AT = called(raw.FPDFPageObj_GetMark, AT, ctypes.c_ulong, gives=AT)
NAME_OF = called(raw.FPDFPageObjMark_GetName, AT, AT, ctypes.c_ulong, AT)


class Shape(NamedTuple):
    """Something on a page that can cover text, in the coordinates of its content."""

    at: int
    """Its place in the order of drawing."""
    covers_later: bool
    """Whether it also hides text that is written on it."""
    x0: float
    y0: float
    x1: float
    y1: float


def parted(
    page: pdfium.PdfPage, objects: Objects, words: Sequence[Word], *, layered: bool
) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words of *page* that are seen, and those that are not, each in reading order.

    Args:
        page: The page they were read from.
        objects: What it is made of.
        words: All that it holds.
        layered: Whether parts of it may belong to layers, as `may_have_layers` says.
    """
    width, height = page.get_size()
    out = [not _on_paper(word, width, height) for word in words]
    if words and _may_hide(page, objects, layered=layered):
        shown = _drawn(page, width, height)
        out = [gone or not shown.shows(word) for gone, word in zip(out, words, strict=True)]
    if not any(out):
        return tuple(words), ()
    told = list(zip(words, out, strict=True))
    return (
        tuple(word for word, gone in told if not gone),
        tuple(word for word, gone in told if gone),
    )


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


def may_have_layers(data: bytes) -> bool:
    """Whether a file may have layers, which can be switched off."""
    return LAYERED.search(data) is not None


def _on_paper(word: Word, width: float, height: float) -> bool:
    """Whether a word is large enough to be read, and its middle on the page."""
    text, x0, y0, x1, y1 = word
    # Three letters that are higher than wide run up or down the page.
    upwards = len(text) > 2 and y1 - y0 > x1 - x0
    return (
        (x1 - x0 if upwards else y1 - y0) >= LEAST_HEIGHT
        and 0 <= x0 + x1 <= 2 * width
        and 0 <= y0 + y1 <= 2 * height
    )


class _Drawing(NamedTuple):
    """A page in shades of grey, a byte a pixel."""

    pixels: bytes
    stride: int
    width: int
    height: int
    scale: float

    def shows(self, word: Word) -> bool:
        """Whether there is light and dark where *word* stands."""
        text, x0, y0, x1, y1 = word
        # A dash or a full stop may have all of its ink where lines of tables run.
        edge = EDGE * min(x1 - x0, y1 - y0) if any(map(str.isalnum, text)) else 0.0
        left, right = self._within(x0 + edge, x1 - edge, self.width)
        top, bottom = self._within(y0 + edge, y1 - edge, self.height)
        least, most = 255, 0
        # From the middle on, where letters are: most are told by one row.
        middle = (top + bottom) // 2
        for y in (*range(middle, bottom), *range(top, middle)):
            start = y * self.stride
            row = self.pixels[start + left : start + right]
            least, most = min(least, min(row)), max(most, max(row))
            if most - least >= SEEN_RANGE:
                return True
        return False

    def _within(self, start: float, end: float, size: int) -> tuple[int, int]:
        """The pixels from *start* to *end*, at least two and all of them on the page."""
        first = max(0, min(int(start * self.scale), size - 2))
        return first, max(first + 2, min(int(end * self.scale) + 1, size))


def _drawn(page: pdfium.PdfPage, width: float, height: float) -> _Drawing:
    scale = min(DPI / 72, MOST_SIDE / max(width, height))
    with closing(page.render(scale=scale, grayscale=True, may_draw_forms=False)) as bitmap:
        return _Drawing(bytes(bitmap.buffer), bitmap.stride, bitmap.width, bitmap.height, scale)


def _may_hide(page: pdfium.PdfPage, objects: Objects, *, layered: bool) -> bool:
    """Whether anything on *page* could keep text from being seen."""
    if _has_cover(page):
        return True
    parts, kinds = objects
    if raw.FPDF_PAGEOBJ_FORM in kinds:  # its parts have colours and marks of their own
        return True
    texts = [part for part, kind in zip(parts, kinds, strict=True) if kind == TEXT]
    shades = _brightness(texts)
    if any(map(MODE_OF, texts)) or min(shades, default=0) < 0 or max(shades, default=0) > DARK_TEXT:
        return True
    if any(map(IS_CLEAR, texts)):
        return True
    # Every object has clips, most of them empty; -1 where it has none at all.
    if max(map(CLIPS_IN, map(CLIP_OF, texts)), default=0) > 0:
        return True
    if layered and any(map(_is_in_layer, texts)):
        return True
    shapes = _shapes(parts, kinds)
    if not shapes:
        return False
    if len(texts) * len(shapes) > MOST_PAIRS:
        return True
    places = [at for at, kind in enumerate(kinds) if kind == TEXT]
    return any(map(_meets, places, bounds_of(texts), repeat(shapes)))


def _has_cover(page: pdfium.PdfPage) -> bool:
    """Whether there is an annotation that may lie on top of text."""
    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in HARMLESS:
            return True
    return False


def _is_in_layer(part: int) -> bool:
    name, size = (ctypes.c_char * len(LAYER))(), ctypes.c_ulong()
    for at in range(MARKS_ON(part)):
        NAME_OF(MARK_AT(part, at), ctypes.addressof(name), len(LAYER), ctypes.addressof(size))
        if name.raw == LAYER:
            return True
    return False


def _shapes(parts: list[int], kinds: list[int]) -> list[Shape]:
    """What is large enough to cover text and may do so."""
    first_text = kinds.index(TEXT) if TEXT in kinds else len(kinds)
    paths = [at for at, kind in enumerate(kinds) if kind == raw.FPDF_PAGEOBJ_PATH]
    dark = dict(zip(paths, _are_dark([parts[at] for at in paths]), strict=True))
    dark |= {at: True for at, kind in enumerate(kinds) if kind not in (TEXT, raw.FPDF_PAGEOBJ_PATH)}
    covers = [
        at for at, is_dark in dark.items() if is_dark or (is_dark is False and at > first_text)
    ]
    shapes = zip(
        covers, map(dark.get, covers), bounds_of([parts[at] for at in covers]), strict=True
    )
    return [
        Shape(at, bool(is_dark), *edges)
        for at, is_dark, edges in shapes
        if edges[2] - edges[0] > THIN and edges[3] - edges[1] > THIN
    ]


def _are_dark(paths: list[int]) -> Iterator[bool | None]:
    """Whether each covers an area in a dark colour; None where it covers none."""
    how = (ctypes.c_int * (2 * len(paths)))()
    start = ctypes.addressof(how)
    end = start + ctypes.sizeof(how)
    list(map(DRAWN_HOW, paths, range(start, end, 8), range(start + 4, end, 8)))
    width = ctypes.c_float()
    for path, shade, fills, strokes in zip(
        paths, _brightness(paths), how[::2], how[1::2], strict=True
    ):
        if fills:
            yield shade < DARK_SHAPE
        else:
            thick = strokes and WIDTH_OF(path, ctypes.addressof(width)) and width.value > THIN
            yield True if thick else None


def _brightness(parts: list[int]) -> list[int]:
    """Of what fills each, from 0 to 255 for white; -1 where it is no plain, solid colour."""
    colours = (ctypes.c_uint * (4 * len(parts)))()
    start = ctypes.addressof(colours)
    end = start + ctypes.sizeof(colours)
    places = (range(start + 4 * part, end, 16) for part in range(4))
    known = list(map(COLOUR_OF, parts, *places))
    reds, greens, blues, opacities = (colours[part::4] for part in range(4))
    return [
        (3 * red + 6 * green + blue) // 10 if plain and opacity >= OPAQUE else -1
        for red, green, blue, opacity, plain in zip(
            reds, greens, blues, opacities, known, strict=True
        )
    ]


def _meets(at: int, bounds: Edges, shapes: list[Shape]) -> bool:
    """Whether the text of number *at* meets a shape that can hide it."""
    left, bottom, right, top = bounds
    for number, covers_later, x0, y0, x1, y1 in shapes:
        meets = left < x1 and x0 < right and bottom < y1 and y0 < top
        if meets and (covers_later or number > at):
            return True
    return False
