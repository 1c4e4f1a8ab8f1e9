"""Letters that a font does not draw as it names them: blank ones, and one that means many.

A font may draw nothing for a letter, or name one drawn sign a whole sentence: a program then
reads what no person sees. pdfium gives the bounds of what a letter draws, which are flat for
a blank one, and gives all letters that one sign is named one box.
"""

from collections.abc import Sequence
from itertools import compress, groupby
from operator import eq, sub

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.parse._calls import asked, called, handle_of
from tallysheet.parse._glyphs import texts_of
from tallysheet.parse._objects import Edges
from tallysheet.parse._words import Glyphs

LIGATURE = 4
"""Letters that one sign may stand for."""
EVERY = 4
"""Of characters one in so many is looked at first: a blank sentence has more than that."""
DIGITS = bytes(chr(code).isdigit() or chr(code) == "?" for code in range(256))
"""Those of Latin-1 that are looked at first as well, and what stands for all beyond it."""
FLAT = 0.01
"""Points; nothing that leaves ink is lower or narrower."""
_BOUNDS_OF = called(raw.FPDFText_GetCharBox)


def crowded(glyphs: Glyphs) -> list[Edges]:
    """The boxes in which more characters stand than one sign may mean."""
    lefts = glyphs.x0
    if not any(map(eq, lefts, lefts[1:])):
        return []
    boxes = zip(lefts, glyphs.y0, glyphs.x1, glyphs.y1, strict=True)
    told = zip("".join(glyphs.runs), boxes, strict=True)
    found = []
    for box, group in groupby(told, key=lambda one: one[1]):
        halves = "".join(character for character, _ in group)
        characters = halves.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        if len(characters) > 1 and not (characters.isalpha() and len(characters) <= LIGATURE):
            found.append(box)
    return found


def blank_texts(text: pdfium.PdfTextPage, glyphs: Glyphs) -> set[int | None]:
    """The handles of the texts that hold characters which draw nothing."""
    first = bytearray("".join(glyphs.runs).encode("latin-1", "replace").translate(DIGITS))
    first[::EVERY] = b"\1" * len(first[::EVERY])
    if not any(_flat(text, list(compress(glyphs.places, first)))):
        return set()
    return set(compress(texts_of(text, glyphs), _flat(text, glyphs.places)))


def _flat(text: pdfium.PdfTextPage, places: Sequence[int]) -> list[bool]:
    """Whether each of these characters draws nothing."""
    known, (left, right, bottom, top) = asked(_BOUNDS_OF, places, "d", 4, of=handle_of(text))
    wide, high = list(map(sub, right, left)), list(map(sub, top, bottom))
    if min(wide, default=FLAT) >= FLAT and min(high, default=FLAT) >= FLAT:
        return [False] * len(known)
    return [
        bool(is_known) and (across < FLAT or upwards < FLAT)
        for is_known, across, upwards in zip(known, wide, high, strict=True)
    ]
