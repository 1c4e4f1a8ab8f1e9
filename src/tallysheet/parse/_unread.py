"""Which pages show more than their text says: what is pixels on them is for OCR.

A page counts as a picture not only when it has no text. Its text may be no text:
fonts without a table of their characters give private codes, or letters shifted
by some places. Or it may cover a part, a table stamped on a scan, with number,
date and seller in an image beside it.
"""

import re
from collections.abc import Collection, Sequence
from string import ascii_lowercase, ascii_uppercase

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.model import Box, Word
from tallysheet.parse._calls import Handle, asked, called
from tallysheet.parse._glyphs import upright
from tallysheet.parse._objects import IMAGE, Objects, bounds_of

LEAST_SHARE = 0.05
"""The part of a page that an image must take: most logos take less."""
LEAST_IMAGE = 0.002
"""Smaller images are icons, or strips too thin to matter."""
MOST_IMAGES = 100
"""Images of a page that are looked at."""
NEAR = 3.0
"""Points between two strips of one image."""
LEAST_PIXELS = 4
"""Pixels across, below which an image holds no line of text: it is a colour, or a rule."""
COVERED = 0.3
"""An image is read already where words stand on this part of it, as OCR lays them over a scan."""
UNNAMED = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
"""Characters that no font need draw in the same way."""
MOST_UNNAMED = 0.2
LATIN = (ascii_lowercase.encode(), ascii_uppercase.encode(), b"AEIOUYaeiouy")
"""Small letters, capitals, vowels."""
LEAST_LATIN = 60
"""Fewer such letters say nothing."""
LEAST_VOWELS = 0.2
"""The part of them that is vowels: above 0.3 in any language that is written with them."""
LEAST_VOWELS_IN_CAPITALS = 0.28
"""The same where next to none is small: letters shifted by some 30 places are all capitals."""
FEW_SMALL = 0.1
PIXELS_OF = called(raw.FPDFImageObj_GetImagePixelSize)


def is_garbled(words: Sequence[Word]) -> bool:
    """Whether the characters of a page cannot be the ones that it shows."""
    text = " ".join([word[0] for word in words])  # a name takes three times as long
    unnamed = 0 if text.isascii() else len(UNNAMED.findall(text))
    if unnamed > MOST_UNNAMED * len(text):
        return True
    letters = text.encode("ascii", "ignore")
    small, large, vowels = (len(letters) - len(letters.translate(None, of)) for of in LATIN)
    latin = small + large
    least = LEAST_VOWELS_IN_CAPITALS if small < FEW_SMALL * latin else LEAST_VOWELS
    return latin >= LEAST_LATIN and vowels < least * latin


def unread(page: pdfium.PdfPage, objects: Objects, words: Sequence[Word]) -> list[Box]:
    """Where *page* shows images that *words* leave out, if they are large."""
    if IMAGE not in objects.kinds:
        return []
    images = [part for part, kind in zip(*objects, strict=True) if kind == IMAGE]
    sheet = Box(0, 0, *page.get_size())
    seen = (_common(box, sheet) for box in _boxes(page, images[:MOST_IMAGES]))
    left_out = [
        box
        for part, box in zip(images, seen, strict=False)
        if _area(box) >= LEAST_IMAGE * _area(sheet)
        and _pixels_across(part) >= LEAST_PIXELS
        and not _is_covered(box, words)
    ]
    return [box for box in _joined(left_out) if _area(box) >= LEAST_SHARE * _area(sheet)]


def laid_over(images: Sequence[Box], words: Collection[Word]) -> frozenset[Word]:
    """Those of *words* that stand on one of *images*."""
    return frozenset(word for word in words if any(_is_on(word, image) for image in images))


def _is_on(word: Word, image: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return image.x0 <= x <= image.x1 and image.y0 <= y <= image.y1


def _joined(boxes: list[Box]) -> list[Box]:
    """Those that touch as one: scanners cut pages into strips."""
    joined: list[Box] = []
    for box in boxes:
        while near := [other for other in joined if _touch(box, other)]:
            joined = [other for other in joined if other not in near]
            box = _around([box, *near])
        joined.append(box)
    return joined


def _pixels_across(image: Handle) -> int:
    """The shorter side of an image, in its own pixels."""
    _, ((width,), (height,), *_) = asked(PIXELS_OF, [image], "I", 2)
    return int(min(width, height))


def _boxes(page: pdfium.PdfPage, parts: list[Handle]) -> list[Box]:
    """Where objects stand on the page as it is seen."""
    lefts, bottoms, rights, tops = map(list, zip(*bounds_of(parts), strict=True))
    return list(map(Box, *upright(page, lefts, tops, rights, bottoms)))


def _is_covered(image: Box, words: Sequence[Word]) -> bool:
    on_it = [word.box for word in words if _is_on(word, image)]
    return bool(on_it) and _area(_around(on_it)) >= COVERED * _area(image)


def _around(boxes: Sequence[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def _common(a: Box, b: Box) -> Box:
    return Box(max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1))


def _touch(a: Box, b: Box) -> bool:
    common = _common(a, b)
    return common.x1 - common.x0 >= -NEAR and common.y1 - common.y0 >= -NEAR


def _area(box: Box) -> float:
    return max(0.0, box.x1 - box.x0) * max(0.0, box.y1 - box.y0)
