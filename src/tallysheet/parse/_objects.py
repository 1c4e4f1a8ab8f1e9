"""What a page of a PDF is made of: texts, images and shapes, asked of pdfium by the hundred."""

from itertools import repeat
from typing import NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.parse._calls import HANDLE, Handle, asked, called, handle_of

Edges = tuple[float, float, float, float]
"""Left, bottom, right and top, in points of the page's content."""
TEXT: int = raw.FPDF_PAGEOBJ_TEXT
IMAGE: int = raw.FPDF_PAGEOBJ_IMAGE
OBJECT_AT = called(raw.FPDFPage_GetObject, HANDLE)
TYPE_OF = called(raw.FPDFPageObj_GetType)
BOUNDS_OF = called(raw.FPDFPageObj_GetBounds)


class Objects(NamedTuple):
    """The objects of a page in the order of drawing."""

    parts: list[Handle]
    """Their handles, good for as long as the page is open."""
    kinds: list[int]
    """What each is, such as `TEXT`."""


def objects_of(page: pdfium.PdfPage) -> Objects:
    """What *page* is made of."""
    count = raw.FPDFPage_CountObjects(page)
    parts = list(map(OBJECT_AT, repeat(handle_of(page)), range(count)))
    return Objects(parts, list(map(TYPE_OF, parts)))


def bounds_of(parts: list[Handle]) -> list[Edges]:
    """Where each stands."""
    _, edges = asked(BOUNDS_OF, parts, "f", 4)
    return list(zip(*edges, strict=True))
