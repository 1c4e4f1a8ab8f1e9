"""What a page of a PDF is made of: texts, images and shapes, asked of pdfium by the hundred."""

import ctypes
from array import array
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
    _, edges = asked(BOUNDS_OF, parts, "f", 4)
    return list(zip(*edges, strict=True))


def asked(
    function: Callable[..., Any], parts: list[int], kind: str, count: int
) -> tuple[list[int], list[list[Any]]]:
    """What *function* says of each of *parts*, and the numbers that it writes, in columns.

    Args:
        function: It takes a handle and the addresses of so many numbers.
        parts: The handles.
        kind: Of the numbers, as `array` names it; of four bytes each.
        count: So many.
    """
    width = 4 * count
    numbers = array(kind, bytes(width * len(parts)))
    start, _ = numbers.buffer_info()
    end = start + width * len(parts)
    said = list(map(function, parts, *(range(start + 4 * at, end, width) for at in range(count))))
    flat = numbers.tolist()
    return said, [flat[at::count] for at in range(count)]
