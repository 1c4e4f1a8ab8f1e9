"""Functions of pdfium, called by the thousand at less than half of what ctypes usually costs.

Most of a call is ctypes making values of C out of Python's, one by one. A function that
does not say what it takes is given two kinds of values as they are: references, and numbers
that fit an ``int``. So handles are references from the start, and those to the room that
answers are written into are made once. Nothing else may be passed: it would be cut to an
``int`` without a word.
"""

import ctypes
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

Handle = Any
"""A reference to something of pdfium's, good for as long as what it is part of is open."""
HANDLE = ctypes.POINTER(ctypes.c_char)
ADDRESS = ctypes.c_void_p
MANY = 1024
"""Calls whose answers have room at once."""
NUMBERS = 4
"""That one call may write."""

_ROOM = bytearray(8 * NUMBERS * MANY)
_SHARED = (ctypes.c_char * len(_ROOM)).from_buffer(_ROOM)
_PLACES = [ctypes.byref(_SHARED, at) for at in range(0, len(_ROOM), 4)]
_COLUMNS = {
    4: [_PLACES[at : NUMBERS * MANY : NUMBERS] for at in range(NUMBERS)],
    8: [_PLACES[2 * at :: 2 * NUMBERS] for at in range(NUMBERS)],
}
"""Where each number of each call is written, by the bytes of one."""


def called(function: Any, gives: Any = ctypes.c_int) -> Callable[..., Any]:
    """A function of pdfium that takes references and small numbers alone."""
    return ctypes.PYFUNCTYPE(gives)(ctypes.cast(function, ADDRESS).value or 0)


def handle_of(wrapped: Any) -> Handle:
    """The handle of a page, or of its text, as pypdfium2 has it."""
    return ctypes.byref(wrapped.raw.contents)


def at_address(address: int) -> Handle:
    """The handle of what stands there."""
    return ctypes.byref(ctypes.c_char.from_address(address))


def address_of(handle: Handle) -> int:
    """Where that stands: handles of the same thing are not equal, this is."""
    return ctypes.addressof(handle.contents)


def asked(
    function: Callable[..., Any], about: Sequence[Any], kind: str, count: int, *, of: Handle = None
) -> tuple[list[int], list[list[Any]]]:
    """What *function* says about each, and the four numbers that it may write, in columns.

    Args:
        function: It takes each of *about*, and where to write.
        about: Handles, or the numbers of parts of something.
        kind: Of the numbers, as `array` names it.
        count: References to so many of them are what it takes; 1 where it writes all in a row.
        of: The handle of what they are numbers of, which *function* then takes first.
    """
    said: list[int] = []
    numbers = array(kind)
    columns = _COLUMNS[numbers.itemsize][:count]
    first: tuple[Iterable[Handle], ...] = () if of is None else (repeat(of),)
    for start in range(0, len(about), MANY):
        some = about[start : start + MANY]
        size = numbers.itemsize * NUMBERS * len(some)
        _ROOM[:size] = bytes(size)
        said += map(function, *first, some, *columns)
        numbers.frombytes(_ROOM[:size])
    flat = numbers.tolist()
    return said, [flat[at::NUMBERS] for at in range(NUMBERS)]
