"""A file is told by its bytes, and its owner hears what it is."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse._kind import JPEG, PDF, PNG, TIFF, WEBP, XML, kind_of


def zipped(*names: str) -> bytes:
    """A ZIP archive with files of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(b"%PDF-1.7\n", PDF, id="a PDF"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n", PDF, id="a PDF behind web headers"),
        pytest.param(
            b"From: me\r\n\r\n" + b" " * 4000 + b"%PDF-1.4", PDF, id="… behind mail headers"
        ),
        pytest.param(b'<?xml version="1.0"?><Invoice/>', XML, id="XML"),
        pytest.param(b"\xef\xbb\xbf\r\n<Invoice/>", XML, id="XML behind a mark and a line break"),
        pytest.param("<?xml version='1.0'?><a/>".encode("utf-16"), XML, id="XML in UTF-16"),
        pytest.param("<?xml version='1.0'?><a/>".encode("utf-16-be"), XML, id="… without a mark"),
        pytest.param(b"\x89PNG\r\n\x1a\n....", PNG, id="a PNG image"),
        pytest.param(b"\xff\xd8\xff\xe0", JPEG, id="a JPEG image"),
        pytest.param(b"II*\x00....", TIFF, id="a TIFF image"),
        pytest.param(b"RIFF....WEBPVP8 ", WEBP, id="a WebP image"),
    ],
)
def test_pdf_xml_and_pictures_are_read(data: bytes, kind: str) -> None:
    """Whatever stands in front of them."""
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (b"", "empty", "empty"),
        (b"\x00" * 100 + b"\r\n", "empty", "nothing but blanks"),
        (b"\x00\x00\x00\x18ftypheic", "unsupported", "a HEIC image"),
        (b"GIF89a", "unsupported", "a GIF image"),
        (zipped("a.pdf"), "unsupported", "a ZIP archive"),
        (zipped("[Content_Types].xml", "word/document.xml"), "unsupported", "a Word document"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "unsupported", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unsupported", "a document of an old Office program"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le"),
            "unsupported",
            "an Outlook message",
        ),
        (b"Received: from x\r\nSubject: y\r\n\r\nz", "unsupported", "an e-mail message"),
        (b"<!DOCTYPE html><html>", "unsupported", "a web page"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">', "unsupported", "a web page"),
        (b"{\\rtf1", "unsupported", "an RTF document"),
        ("Rechnung über 5 €".encode(), "unsupported", "plain text"),
        (bytes(range(256)), "unsupported", "no kind of file that we know"),
    ],
)
def test_anything_else_is_named(data: bytes, reason: str, said: str) -> None:
    """And there is something to do about it."""
    with pytest.raises(DocumentError, match=said) as caught:
        kind_of(data)

    assert caught.value.reason == reason
    assert caught.value.fix


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    """A kind or a reason, never a crash."""
    try:
        answer = kind_of(data)
    except DocumentError as error:
        answer = error.reason

    assert answer in (PDF, XML, PNG, JPEG, TIFF, WEBP, "empty", "unsupported")
