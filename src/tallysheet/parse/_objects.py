"""What a page of a PDF is made of: texts, images and shapes, asked of pdfium by the hundred."""

import ctypes
from collections.abc import Callable
from itertools import repeat
from typing import Any, NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

Edges = tuple[float, float, float, float]
"""Left, bottom, right and top, in points of the page's content."""
TEXT: int = raw.FPDF_PAGEOBJ_TEXT
IMAGE: int = raw.FPDF_PAGEOBJ_IMAGE
AT = ctypes.c_void_p


def called(function: Any, *takes: Any, gives: Any = ctypes.c_int) -> Callable[..., Any]:
    """A function of pdfium that takes plain numbers for handles and addresses.

    It is then called by `map`, at a third of the cost.
    """
    return ctypes.PYFUNCTYPE(gives, *takes)(ctypes.cast(function, AT).value or 0)


OBJECT_AT = called(raw.FPDFPage_GetObject, AT, ctypes.c_int, gives=AT)
TYPE_OF = called(raw.FPDFPageObj_GetType, AT)
BOUNDS_OF = called(raw.FPDFPageObj_GetBounds, *[AT] * 5)


class Objects(NamedTuple):
    """The objects of a page in the order of drawing."""

    parts: list[int]
    """Their handles, good for as long as the page is open."""
    kinds: list[int]
    """What each is, such as `TEXT`."""


def objects_of(page: pdfium.PdfPage) -> Objects:
    """What *page* is made of."""
    count = raw.FPDFPage_CountObjects(page)
    parts = list(map(OBJECT_AT, repeat(ctypes.cast(page.raw, AT).value), range(count)))
    return Objects(parts, list(map(TYPE_OF, parts)))


def bounds_of(parts: list[int]) -> list[Edges]:
    """Where each stands."""
    edges = (ctypes.c_float * (4 * len(parts)))()
    start = ctypes.addressof(edges)
    end = start + ctypes.sizeof(edges)
    places = (range(start + 4 * edge, end, 16) for edge in range(4))
    list(map(BOUNDS_OF, parts, *places))
    return list(zip(*(edges[edge::4] for edge in range(4)), strict=True))
