"""What cannot be an invoice alarms nobody, and what may be one is never left aside."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tallysheet.parse.members._aside import Size, aside, ending


def saved(form: str, size: Size, **options: object) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, form, **options)
    return out.getvalue()


FORMS = [
    pytest.param("PNG", {}, id="PNG"),
    pytest.param("GIF", {}, id="GIF"),
    pytest.param("JPEG", {}, id="JPEG"),
    pytest.param("JPEG", {"progressive": True, "exif": b"Exif\0\0" + bytes(5000)}, id="camera"),
    pytest.param("WEBP", {}, id="WebP"),
    pytest.param("WEBP", {"lossless": True}, id="WebP without loss"),
    pytest.param("WEBP", {"exif": b"Exif\0\0II*\0" + bytes(9)}, id="WebP with notes"),
]


@pytest.mark.parametrize(("form", "options"), FORMS)
@pytest.mark.parametrize("size", [(1, 1), (180, 60), (1000, 299), (599, 599)])
def test_ornaments_are_left_aside(form: str, options: dict[str, object], size: Size) -> None:
    """Logos, banners and pixels that count readers; the reason says how large they are."""
    reason = aside("image001", saved(form, size, **options))

    assert f"{size[0]} × {size[1]} pixels" in reason


@pytest.mark.parametrize(("form", "options"), FORMS)
@pytest.mark.parametrize("size", [(600, 300), (400, 1200), (1240, 1754)])
def test_pictures_of_receipts_are_not(form: str, options: dict[str, object], size: Size) -> None:
    """However small their files are."""
    assert aside("image001", saved(form, size, **options)) == ""


def test_a_fax_is_never_an_ornament() -> None:
    """Scanners and faxes write TIFF; nobody's signature has one."""
    assert aside("fax", saved("TIFF", (200, 100))) == ""


def test_a_picture_that_does_not_say_how_large_it_is_is_not_left_aside() -> None:
    """It is damaged, and its owner hears of it."""
    for form, told in (("PNG", 12), ("GIF", 9), ("JPEG", 12), ("WEBP", 13)):
        assert aside("a", saved(form, (9, 9))[:told]) == "", form


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("readme.txt", b"Hello", "plain text"),
        ("termin.ics", b"BEGIN:VCALENDAR", "plain text"),
        ("data.bin", b"\x00\x01\x02", "no kind of file"),
        ("empty", b"", "empty"),
        ("blank", b"  \r\n", "plain text"),
    ],
)
def test_what_is_no_document_says_what_it_is(name: str, data: bytes, why: str) -> None:
    """It is counted, and not read."""
    assert why in aside(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"Hello"),
        ("A.PDF", b""),
        ("scan.jpeg", b"\x00\x01"),
        ("invoice", b"%PDF-1.7"),
        ("invoice.txt", b"<?xml version='1.0'?><Invoice/>"),
        ("page", b"<html><body>Total 5 EUR</body></html>"),
        ("brief", b"{\\rtf1 Rechnung}"),
        ("rechnungen.rar", b"Rar!\x1a\x07\x00"),
        ("winmail.dat", b"\x78\x9f\x3e\x22"),
    ],
)
def test_what_may_be_an_invoice_is_never_left_aside(name: str, data: bytes) -> None:
    """Because it is one by its content, or is named like one and somebody misses it."""
    assert aside(name, data) == ""


@given(st.sampled_from(["PNG", "GIF", "JPEG", "WEBP"]), st.binary(max_size=60))
def test_any_picture_gets_an_answer(form: str, rest: bytes) -> None:
    """Whatever stands behind its first bytes."""
    assert isinstance(aside("a", saved(form, (9, 9))[:12] + rest), str)


def test_a_name_is_given_by_what_it_is() -> None:
    """To members that have none."""
    assert ending(b"%PDF-1.7") == ".pdf"
    assert ending(b"<?xml version='1.0'?><a/>") == ".xml"
    assert ending(saved("TIFF", (9, 9))) == ".tiff"
    assert ending(b"\x00\x01") == ending(b"") == ""
