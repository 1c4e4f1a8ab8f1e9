"""A file is told by its bytes, and its owner hears what it is."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse._kind import (
    CONTAINERS,
    EML,
    GZIP,
    JPEG,
    MSG,
    PDF,
    PNG,
    TIFF,
    WEBP,
    XML,
    ZIP,
    is_container,
    kind_of,
)


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
        (b"\x00\x00\x00\x18ftypavif", "unsupported", "an AVIF image"),
        (b"GIF89a", "unsupported", "a GIF image"),
        (b"\0\0\0\x0cjP  \r\n\x87\n\0", "unsupported", "a JPEG 2000 image"),
        (b"\xff\x4f\xff\x51\0", "unsupported", "a JPEG 2000 image"),
        (b"BM\x36\x0c\0\0\0\0\0\0\x36", "unsupported", "a BMP image"),
        (b"BMW Niederlassung, Rechnung 17", "unsupported", "plain text"),
        (zipped("[Content_Types].xml", "word/document.xml"), "unsupported", "a Word document"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "unsupported", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unsupported", "a document of an old Office program"),
        (b"x\x9f\x3e\x22\0", "unsupported", "winmail.dat"),
        (b"\0".rjust(257, b"a") + b"ustar\x0000", "unsupported", "a TAR archive"),
        (b"From me@here.example Mon Nov 23 10:00:00 2026\n", "unsupported", "a mailbox file"),
        (b"<!DOCTYPE html><html>", "unsupported", "a web page"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">', "unsupported", "a web page"),
        (b"{\\rtf1", "unsupported", "an RTF document"),
        ("Rechnung über 5 €".encode(), "unsupported", "plain text"),
        (bytes(range(256)), "unsupported", "no kind of file that we know"),
        (b"<A" + bytes(range(256)), "unsupported", "no kind of file that we know"),
    ],
)
def test_anything_else_is_named(data: bytes, reason: str, said: str) -> None:
    """And there is something to do about it."""
    with pytest.raises(DocumentError, match=said) as caught:
        kind_of(data)

    assert caught.value.reason == reason
    assert caught.value.fix


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(zipped("a.pdf"), ZIP, id="a ZIP archive"),
        pytest.param(zipped(), ZIP, id="an empty one"),
        pytest.param(
            zipped("a.pdf") + zipped("word/a.pdf", "Axl/b.pdf"), ZIP, id="folders named like Word's"
        ),
        pytest.param(gzip.compress(b"x"), GZIP, id="a GZIP file"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le"),
            MSG,
            id="an Outlook message",
        ),
        pytest.param(b"Received: from x\r\nSubject: y\r\n\r\nz", EML, id="a mail"),
        pytest.param(
            b"ARC-Seal: i=1;\r\n a=rsa;\r\nSender: x\r\nTo: y\r\n\r\nz",
            EML,
            id="a mail that begins with other headers",
        ),
    ],
)
def test_what_holds_documents_is_a_container(data: bytes, kind: str) -> None:
    """It is opened for what is in it."""
    assert kind_of(data) == kind
    assert is_container(kind)


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    """A kind or a reason, never a crash."""
    try:
        answer = kind_of(data)
    except DocumentError as error:
        answer = error.reason

    pictures = {PNG, JPEG, TIFF, WEBP}
    assert answer in {PDF, XML, "empty", "unsupported"} | pictures | CONTAINERS
