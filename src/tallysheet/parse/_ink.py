"""What a part of a page shows, in shades of grey, and whether there is ink where a word stands."""

import ctypes
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.model import Word

EDGE = 0.15
"""The part of a word's height at its top and bottom where lines of tables run along it."""
DPI = 108
MOST_SIDE = 2500
"""Pixels along the longer side of a page, if all of it were drawn."""
HOW = raw.FPDF_GRAYSCALE | raw.FPDF_ANNOT
WHITE = b"\xff"


class Drawing(NamedTuple):
    """A part of a page in shades of grey, a byte a pixel."""

    pixels: bytes
    left: int
    top: int
    width: int
    height: int
    scale: float

    def shows(self, word: tuple[str, float, float, float, float], least: int) -> bool:
        """Whether there is light and dark where a word or a letter stands."""
        text, x0, y0, x1, y1 = word
        pixels, first, above, width, height, scale = self
        # A dash or a full stop may have all of its ink where lines of tables run.
        edge = 0.0
        if text.isalnum() or any(map(str.isalnum, text)):
            edge = EDGE * min(x1 - x0, y1 - y0)
        left, right = _pixels(x0 + edge, x1 - edge, scale, first, width)
        top, bottom = _pixels(y0 + edge, y1 - edge, scale, above, height)
        # Most are told by one row in the middle, where letters are.
        start = (top + bottom) // 2 * width
        row = pixels[start + left : start + right]
        if max(row) - min(row) >= least:
            return True
        rows = range(top * width, bottom * width, width)
        block = b"".join([pixels[start + left : start + right] for start in rows])
        return max(block) - min(block) >= least


def drawn(page: pdfium.PdfPage, width: float, height: float, words: Sequence[Word]) -> Drawing:
    """What *page* shows around *words*."""
    scale = min(DPI / 72, MOST_SIDE / max(width, height))
    wide, high = ceil(width * scale), ceil(height * scale)
    _, x0, y0, x1, y1 = zip(*words, strict=True)
    left, right = _pixels(min(x0), max(x1), scale, 0, wide)
    top, bottom = _pixels(min(y0), max(y1), scale, 0, high)
    across, down = right - left, bottom - top
    pixels = ctypes.create_string_buffer(WHITE * (across * down), across * down)
    bitmap = raw.FPDFBitmap_CreateEx(across, down, raw.FPDFBitmap_Gray, pixels, across)
    raw.FPDF_RenderPageBitmap(bitmap, page, -left, -top, wide, high, 0, HOW)
    raw.FPDFBitmap_Destroy(bitmap)
    return Drawing(pixels.raw, left, top, across, down, scale)


def _pixels(start: float, end: float, scale: float, first: int, size: int) -> tuple[int, int]:
    """From *start* to *end* in pixels that count from *first*, at least two of *size*."""
    # By hand: it is done for every letter in doubt, and min and max take twice as long.
    at, until = int(start * scale) - first, int(end * scale) + 1 - first
    if at > size - 2:
        at = size - 2
    if at < 0:
        at = 0
    if until > size:
        until = size
    return at, until if until > at + 2 else at + 2
