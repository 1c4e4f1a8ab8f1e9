"""Which texts of a PDF page are certain to be seen: plainly drawn, and met by nothing that hides.

Only what is in doubt need be drawn to find out, which costs twenty times as much. Nineteen of
twenty pages hold nothing in doubt, and most others a band or two: white text on a dark table head.
"""

import ctypes
from bisect import bisect_left
from collections.abc import Container, Iterator
from itertools import chain
from math import inf, isfinite
from typing import NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.parse._calls import HANDLE, Handle, address_of, asked, at_address, called
from tallysheet.parse._objects import TEXT, Edges, Objects, bounds_of
from tallysheet.parse._tricks import Tricks

DARK_TEXT = 180
"""Text darker than this, of 255 for white, is seen on paper and on any shape that is not dark."""
DARK_SHAPE = 215
"""So a shape no darker than this hides no such text that is written on it."""
OPAQUE = 128
"""Of 255: what lets more through than this may not be seen."""
THIN = 3.0
"""Points across, up to which a shape is a line: one covers no word, but many together do."""
WITHIN = 1.5
"""Points that a line runs inside of a text to be one of those: others part cells, or underline."""
FRAME = (4, 5)
"""Points of a path that leaves room for words in it."""
LARGE = 20.0
"""Points; letters higher than this may cover words."""
MOST_PAIRS = 200_000
"""Texts times shapes, past which drawing a page is cheaper than comparing them."""
LAYER = "OC\0".encode("utf-16-le")
HARMLESS = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET)
"""Annotations that cover nothing."""
COLOUR_OF = called(raw.FPDFPageObj_GetFillColor)
MODE_OF = called(raw.FPDFTextObj_GetTextRenderMode)
IS_CLEAR = called(raw.FPDFPageObj_HasTransparency)
CLIP_OF = called(raw.FPDFPageObj_GetClipPath, HANDLE)
CLIPS_IN = called(raw.FPDFClipPath_CountPaths)
DRAWN_HOW = called(raw.FPDFPath_GetDrawMode)
POINTS_IN = called(raw.FPDFPath_CountSegments)
WIDTH_OF = called(raw.FPDFPageObj_GetStrokeWidth)
MARKS_ON = called(raw.FPDFPageObj_CountMarks)
MARK_AT = called(raw.FPDFPageObj_GetMark, HANDLE)
NAME_OF = called(raw.FPDFPageObjMark_GetName)


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


def certain_texts(page: pdfium.PdfPage, objects: Objects, tricks: Tricks) -> Container[int] | None:
    """Where the texts are that are certain to be seen; None where that goes for all of them.

    Args:
        page: The page.
        objects: What it is made of. The parts of a form are none of them, so its texts are in
            doubt, and whatever it covers.
        tricks: What its file may hide text with.
    """
    if tricks.patterns or _has_cover(page):
        return ()
    parts, kinds = objects
    places = [at for at, kind in enumerate(kinds) if kind == TEXT]
    texts = [parts[at] for at in places]
    shapes = _shapes(parts, kinds)
    # Every object has clips, most of them empty; -1 where it has none at all.
    doubts = [
        shade < 0 or shade > DARK_TEXT or mode or clear or clips > 0
        for shade, mode, clear, clips in zip(
            _brightness(texts),
            map(MODE_OF, texts),
            map(IS_CLEAR, texts),
            map(CLIPS_IN, map(CLIP_OF, texts)),
            strict=True,
        )
    ]
    if tricks.layers:
        doubts = [doubt or _is_in_layer(text) for doubt, text in zip(doubts, texts, strict=True)]
    bounds = bounds_of(texts)
    shapes += _covering(places, bounds, doubts)
    if shapes and texts:
        if len(texts) * len(shapes) > MOST_PAIRS or not all(map(isfinite, chain(*bounds))):
            return ()
        for at in _met(places, bounds, shapes):
            doubts[at] = True
    if not any(doubts) and raw.FPDF_PAGEOBJ_FORM not in kinds:
        return None
    return {address_of(text) for text, doubt in zip(texts, doubts, strict=True) if not doubt}


def has_ink(address: int) -> bool:
    """Whether the text there draws anything: what is laid over a scan to be found does not."""
    return bool(MODE_OF(at_address(address)) != raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _covering(places: list[int], bounds: list[Edges], doubts: list[bool]) -> Iterator[Shape]:
    """Texts that may cover others, with white letters, or with such that are larger than words."""
    for at, edges, doubt in zip(places, bounds, doubts, strict=True):
        if doubt or edges[3] - edges[1] > LARGE:
            yield Shape(at, False, *edges)


def _has_cover(page: pdfium.PdfPage) -> bool:
    """Whether there is an annotation that may lie on top of text."""
    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in HARMLESS:
            return True
    return False


def _is_in_layer(part: Handle) -> bool:
    name, size = (ctypes.c_char * len(LAYER))(), ctypes.c_ulong()
    for at in range(MARKS_ON(part)):
        NAME_OF(MARK_AT(part, at), ctypes.byref(name), len(LAYER), ctypes.byref(size))
        if name.raw == LAYER:
            return True
    return False


def _shapes(parts: list[Handle], kinds: list[int]) -> list[Shape]:
    """What is large enough to cover text and may do so."""
    first_text = kinds.index(TEXT) if TEXT in kinds else len(kinds)
    paths = [at for at, kind in enumerate(kinds) if kind == raw.FPDF_PAGEOBJ_PATH]
    dark = dict(zip(paths, _are_dark([parts[at] for at in paths]), strict=True))
    dark |= {at: True for at, kind in enumerate(kinds) if kind not in (TEXT, raw.FPDF_PAGEOBJ_PATH)}
    covers = [
        at for at, is_dark in dark.items() if is_dark or (is_dark is False and at > first_text)
    ]
    edges_of = bounds_of([parts[at] for at in covers])
    return [
        _shape(at, dark[at] is not False, edges) for at, edges in zip(covers, edges_of, strict=True)
    ]


def _shape(at: int, covers_later: bool, edges: Edges) -> Shape:
    x0, y0, x1, y1 = edges
    if x1 - x0 > THIN and y1 - y0 > THIN:
        return Shape(at, covers_later, x0, y0, x1, y1)
    return Shape(at, covers_later, x0 + WITHIN, y0 + WITHIN, x1 - WITHIN, y1 - WITHIN)


def _are_dark(paths: list[Handle]) -> Iterator[bool | None]:
    """Whether each covers an area in a dark colour; None where it covers none."""
    _, (fillings, strokings, *_) = asked(DRAWN_HOW, paths, "i", 2)
    for path, shade, fills, strokes in zip(
        paths, _brightness(paths), fillings, strokings, strict=True
    ):
        if fills:
            yield shade < DARK_SHAPE
        elif strokes:
            yield None if POINTS_IN(path) in FRAME and _width_of(path) <= THIN else True
        else:
            yield None


def _width_of(path: Handle) -> float:
    width = ctypes.c_float()
    return width.value if WIDTH_OF(path, ctypes.byref(width)) else inf


def _brightness(parts: list[Handle]) -> list[int]:
    """Of what fills each, from 0 to 255 for white; -1 where it is no plain, solid colour."""
    known, colours = asked(COLOUR_OF, parts, "I", 4)
    return [
        (3 * red + 6 * green + blue) // 10 if plain and opacity >= OPAQUE else -1
        for red, green, blue, opacity, plain in zip(*colours, known, strict=True)
    ]


def _met(places: list[int], bounds: list[Edges], shapes: list[Shape]) -> Iterator[int]:
    """Which texts meet a shape that can hide them, some of them more than once."""
    upwards = sorted((edges[1], at) for at, edges in enumerate(bounds))
    bottoms = [bottom for bottom, _ in upwards]
    highest = max(top - bottom for _, bottom, _, top in bounds)
    for number, covers_later, x0, y0, x1, y1 in shapes:
        for _, at in upwards[bisect_left(bottoms, y0 - highest) : bisect_left(bottoms, y1)]:
            left, _, right, top = bounds[at]
            if left < x1 and x0 < right and y0 < top and (covers_later or number > places[at]):
                yield at
