"""How a page looks, in 63 bits that hardly change when it is scanned or photographed again.

The picture is laid straight as its words are, cut to where they stand, and made so small
that noise, blur and compression are gone. What is left is described by its lowest
frequencies: whether each is above the middle one. That is how pHash does it: see Zauner,
Implementation and Benchmarking of Perceptual Image Hash Functions (2010), on the hash that is
based on the discrete cosine transform.

Two pages of one layout look the same as well. So it tells no copies by itself.
"""

from collections.abc import Sequence
from math import cos, pi
from statistics import median

from tallysheet.parse._lines import Sheet
from tallysheet.parse.ocr import Image

ENOUGH_SIDE = 512
"""Pixels along the longer side that are left at least when the picture is turned and cut."""
SIDE = 32
"""Pixels across, of which the frequencies are taken."""
LOWEST = 8
"""How many of them in each direction. The first one is how bright it all is, and left out."""
WHITE = 255

_WAVES = tuple(
    tuple(cos(pi * (2 * at + 1) * wave / (2 * SIDE)) for at in range(SIDE))
    for wave in range(LOWEST)
)
"""Of the discrete cosine transform, type II."""


def likeness_of(drawn: Image, sheet: Sheet, width: float, height: float) -> str:
    """How a page looks, as 16 hexadecimal digits. Takes some milliseconds.

    Args:
        drawn: The page as it lies.
        sheet: The words that were read off it; with none, all of the page counts.
        width: Of the upright page, in points.
        height: The same.
    """
    small = drawn.reduce(max(1, max(drawn.size) // ENOUGH_SIDE)).convert("L")
    if sheet.turn:
        small = small.rotate(-sheet.turn, expand=True)
    if sheet.slant:
        small = small.rotate(sheet.slant, fillcolor=WHITE)
    pixels = small.resize((SIDE, SIDE), box=_written_on(sheet, small.size, width, height)).tobytes()
    rows = [pixels[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]
    across = [[_sum(wave, row) for row in rows] for wave in _WAVES]
    found = [_sum(wave, column) for wave in _WAVES for column in across]
    middle = median(found[1:])
    bits = "".join(str(int(one > middle)) for one in found[1:])
    return f"{int(bits, 2):016x}"


def _written_on(
    sheet: Sheet, size: tuple[int, int], width: float, height: float
) -> tuple[float, float, float, float]:
    """The part of the picture that has words: margins are what differs most between two photos."""
    whole = (0.0, 0.0, float(size[0]), float(size[1]))
    if not sheet.words:
        return whole
    across, down = size[0] / width, size[1] / height
    left = max(whole[0], min(word.x0 for word in sheet.words) * across)
    top = max(whole[1], min(word.y0 for word in sheet.words) * down)
    right = min(whole[2], max(word.x1 for word in sheet.words) * across)
    bottom = min(whole[3], max(word.y1 for word in sheet.words) * down)
    return (left, top, right, bottom) if min(right - left, bottom - top) >= 1 else whole


def _sum(wave: Sequence[float], values: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(wave, values, strict=True))
