"""The quick way to the characters of a page says what asking pdfium one by one says."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
import pytest
from pypdfium2 import raw

from tallysheet.parse._glyphs import FAR, glyphs_of
from tallysheet.parse._words import Glyphs

TEXT = b"BT /F 12 Tf 50 700 Td (ABCDE abc xyz) Tj 0 -20 Td (Hello-) Tj 0 -20 Td (world ABC) Tj ET"
HUGE = b"9" * 44


def pdf_of(content: bytes, meanings: dict[str, str] | None = None) -> bytes:
    """A page in Helvetica; *meanings* are the UTF-16 units that its letters stand for, in hex."""
    pairs = [
        b"<%02X> <%s>" % (ord(k), v.encode()) for k, v in (meanings or {"\x01": "0001"}).items()
    ]
    cmap = b" ".join(
        (
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def",
            b"1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar" % len(pairs),
            *pairs,
            b"endbfchar endcmap end end",
        )
    )
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(cmap), cmap),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (at, o) for at, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


@contextmanager
def first_page(data: bytes) -> Iterator[tuple[pypdfium2.PdfPage, pypdfium2.PdfTextPage]]:
    """The first page of a document, and its text."""
    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[0]
        yield page, page.get_textpage()


def asked_one_by_one(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage) -> Glyphs:
    """The same, as plainly as it can be said."""
    left, bottom, right, top = page.get_bbox()
    turns = {
        0: lambda b: (b.left - left, top - b.top, b.right - left, top - b.bottom),
        90: lambda b: (b.bottom - bottom, b.left - left, b.top - bottom, b.right - left),
        180: lambda b: (right - b.right, b.bottom - bottom, right - b.left, b.top - bottom),
        270: lambda b: (top - b.top, right - b.right, top - b.bottom, right - b.left),
    }
    turned = turns[page.get_rotation()]
    characters, boxes, places, rect = "", [], [], raw.FS_RECTF()
    for at in range(raw.FPDFText_CountChars(text)):
        character = chr(raw.FPDFText_GetUnicode(text, at))
        if character.isspace():
            characters += character
        elif raw.FPDFText_GetLooseCharBox(text, at, ctypes.byref(rect)):
            box = turned(rect)
            x0, y0, x1, y1 = box
            if -FAR < x0 <= x1 < FAR and -FAR < y0 <= y1 < FAR:
                characters += character
                boxes.append(box)
                places.append(at)
    return Glyphs(characters.split(), *map(list, zip(*boxes, strict=True)), places)


@pytest.mark.parametrize(
    "meanings",
    [
        pytest.param({}, id="letters"),
        pytest.param({"A": "00660069", "C": "006600660069"}, id="ligatures"),
        pytest.param({"A": "D83DDE00"}, id="beyond sixteen bits"),
        pytest.param({"A": "D83D", "B": "DE00", "b": "DE00"}, id="halves of characters"),
        pytest.param({"A": "0000", "b": "0000"}, id="no character"),
        pytest.param({"A": "FFFE", "B": "FFFF", "C": "FEFF", "D": "00AD", "E": "0002"}, id="signs"),
        pytest.param({"A": "0001", "B": "0009", "C": "000A", "D": "0085"}, id="controls"),
        pytest.param({"A": "2028", "B": "00A0", "C": "3000", "b": "200B"}, id="spaces"),
        pytest.param({"A": "05D0", "B": "05D1", "C": "0627", "D": "0628"}, id="right to left"),
        pytest.param({"A": "FFFFFFFF", "B": "0010FFFF", "C": "00110000"}, id="nonsense"),
    ],
)
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_the_quick_way_says_what_asking_one_by_one_says(
    meanings: dict[str, str], angle: int
) -> None:
    """Whatever the letters of a font stand for, and however the page is turned."""
    with first_page(pdf_of(TEXT, meanings)) as (page, text):
        page.set_rotation(angle)
        page.set_cropbox(20, 30, 580, 790)

        assert glyphs_of(page, text) == asked_one_by_one(page, text)


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(b"1 0 0 1 1e9 1e9", id="far away"),
        pytest.param(b"%s 0 0 %s 0 0" % (HUGE, HUGE), id="larger than a number can be"),
        pytest.param(b"%s 0 0 -%s %s 0" % (HUGE, HUGE, HUGE), id="no number at all"),
    ],
)
def test_characters_that_no_page_can_hold_are_left_out(matrix: bytes) -> None:
    """And the others stay where they are."""
    content = (
        b"BT /F 12 Tf 1 0 0 1 50 700 Tm (first) Tj %s Tm (gone) Tj 1 0 0 1 50 600 Tm (last) Tj ET"
    )

    with first_page(pdf_of(content % matrix)) as (page, text):
        glyphs = glyphs_of(page, text)

        assert glyphs == asked_one_by_one(page, text)
    assert "".join(glyphs.runs) == "firstlast"


def test_a_page_without_characters_has_none() -> None:
    """Not even the spaces that it may have."""
    with first_page(pdf_of(b"BT /F 12 Tf 50 700 Td (   ) Tj ET")) as (page, text):
        assert glyphs_of(page, text).runs == []
