"""One page of a PDF → its characters with their boxes, as fast as Python can ask pdfium for them.

A page has some thousand characters, so what is done once for each is what a page
costs. pdfium gives all characters in one go, but boxes one by one: it is called
by `map`, with plain numbers for handles and addresses, and writes into one array.
"""

import ctypes
from array import array
from collections.abc import Iterator
from itertools import compress, repeat
from math import hypot
from operator import le, sub

import pypdfium2 as pdfium
from pypdfium2 import raw

from tallysheet.parse._calls import ADDRESS, asked, called, handle_of
from tallysheet.parse._words import Glyphs

FAR = 1e7
"""No page reaches further, in points."""
SOLID = bytes(not chr(code).isspace() for code in range(256))
"""For each character of Latin-1, whether it is none of white space."""
UNCLEAR = "\ufffe"
"""What pdfium puts for a hyphen that it may want to take out, and for what it cannot name."""

Column = list[float]
_BOX_OF = called(raw.FPDFText_GetLooseCharBox)
_TEXT_OF = called(raw.FPDFText_GetTextObject, ADDRESS)


def glyphs_of(page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> Glyphs:
    """The characters of *page* in pdfium's order, on the page as it is seen.

    Those without a box, or with one that no page can have, are left out.
    """
    characters = _characters(text)
    runs = characters.split()
    places = _places(characters, sum(map(len, runs)))
    known, (lefts, tops, rights, bottoms) = asked(_BOX_OF, places, "f", 1, of=handle_of(text))
    # Also false where a hostile page made an edge no number at all.
    if not (
        all(known)
        and hypot(*lefts, *tops, *rights, *bottoms) < FAR
        and all(map(le, lefts, rights))
        and all(map(le, bottoms, tops))
    ):
        fit = [
            bool(has_box) and -FAR < left <= right < FAR and -FAR < bottom <= top < FAR
            for has_box, left, top, right, bottom in zip(
                known, lefts, tops, rights, bottoms, strict=True
            )
        ]
        unfit = {place for place, is_fit in zip(places, fit, strict=True) if not is_fit}
        runs = "".join(c for at, c in enumerate(characters) if at not in unfit).split()
        places = list(compress(places, fit))
        lefts, tops, rights, bottoms = (
            list(compress(column, fit)) for column in (lefts, tops, rights, bottoms)
        )
    return Glyphs(runs, *upright(page, lefts, tops, rights, bottoms), places)


def _places(characters: str, count: int) -> list[int]:
    """Where the *count* of *characters* stand that are no white space."""
    solid = characters.encode("latin-1", "replace").translate(SOLID)
    if solid.count(1) == count:
        return list(compress(range(len(solid)), solid))
    return [at for at, character in enumerate(characters) if not character.isspace()]


def texts_of(text: pdfium.PdfTextPage, glyphs: Glyphs) -> Iterator[int | None]:
    """Where the text is that each of *glyphs* is part of; None where pdfium added it."""
    return map(_TEXT_OF, repeat(handle_of(text)), glyphs.places)


def _characters(text: pdfium.PdfTextPage) -> str:
    """As many characters as pdfium counts, spaces that it adds included."""
    most = raw.FPDFText_CountChars(text)
    units = array("H", bytes(2 * most + 2))
    into = ctypes.cast(units.buffer_info()[0], ctypes.POINTER(ctypes.c_ushort))
    written = raw.FPDFText_GetText(text, 0, most, into)  # with a zero at its end
    whole = units[: max(0, written - 1)].tobytes().decode("utf-16-le", "surrogatepass")
    if len(whole) == most and UNCLEAR not in whole:
        return whole
    # It leaves out some, and two may be the halves of one: ask for each.
    return "".join(chr(raw.FPDFText_GetUnicode(text, at)) for at in range(most))


def upright(
    page: pdfium.PdfPage, lefts: Column, tops: Column, rights: Column, bottoms: Column
) -> tuple[Column, Column, Column, Column]:
    """From boxes in the coordinates of the page's content to such on the page as it is seen."""
    left, bottom, right, top = page.get_bbox()
    match page.get_rotation():
        case 0:
            return _from(left, lefts), _to(top, tops), _from(left, rights), _to(top, bottoms)
        case 90:
            return (
                _from(bottom, bottoms),
                _from(left, lefts),
                _from(bottom, tops),
                _from(left, rights),
            )
        case 180:
            return (
                _to(right, rights),
                _from(bottom, bottoms),
                _to(right, lefts),
                _from(bottom, tops),
            )
        case _:
            return _to(top, tops), _to(right, rights), _to(top, bottoms), _to(right, lefts)


def _from(start: float, edges: Column) -> Column:
    return [edge - start for edge in edges] if start else edges


def _to(end: float, edges: Column) -> Column:
    return list(map(sub, repeat(end), edges))
