"""What of a file is wanted crosses in front of its bytes, and parts are named one way."""

import io
import zipfile
from hashlib import sha256

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse import (
    Wanted,
    _pdf,  # noqa: F401  pdfium loads before the loop
    hash_of_pages,
    members,  # noqa: F401  so do they
    named_pages,
    parse,
)
from tallysheet.testing import Inline

NAMES = st.text(st.characters(exclude_characters="#", exclude_categories=["Cs"]), min_size=1)


def pdf(*pages: str) -> bytes:
    """A document with a line on each page."""
    drawing = FPDF()
    drawing.set_font("helvetica")
    for text in pages:
        drawing.add_page()
        drawing.cell(text=text)
    return bytes(drawing.output())


def zipped(**files: bytes) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


@given(part=st.lists(NAMES, max_size=3).map("#".join), shown=st.booleans(), data=st.binary())
def test_a_request_comes_apart_as_it_was_put_together(part: str, shown: bool, data: bytes) -> None:
    """Whatever the file and the names of its parts are."""
    wanted = Wanted(part, "00ff", shown)

    assert Wanted.taken_off(wanted.in_front_of(data)) == (wanted, data)


def test_the_pages_of_a_part_are_named_last() -> None:
    """Behind the members that lead to its file."""
    wanted = Wanted("mail.eml#scan.pdf#pages=3-4")

    assert (wanted.members, wanted.pages) == (("mail.eml", "scan.pdf"), range(3, 5))
    assert Wanted("pages.pdf").pages is None
    assert named_pages(range(5, 6)) == "pages=5-5"


async def test_an_archive_holds_documents_and_each_is_read_by_its_name() -> None:
    """With the hash by which a change of its bytes shows."""
    one = pdf("One")
    data = zipped(a_pdf=one, inner_zip=zipped(b_pdf=pdf("Two")), readme_txt=b"Hello")

    whole = await parse(data, offload=Inline())
    first = await parse(data, offload=Inline(), wanted=Wanted("a.pdf", sha256(one).hexdigest()))
    deep = await parse(data, offload=Inline(), wanted=Wanted("inner.zip#b.pdf"))

    assert [part.name for part in whole.parts] == ["a.pdf", "inner.zip"]
    assert [warning.partition(":")[0] for warning in whole.warnings] == ["readme.txt"]
    assert [page.text for page in (*first.pages, *deep.pages)] == ["One", "Two"]


async def test_some_pages_are_read_and_keep_their_numbers() -> None:
    """A citation leads to the page of the file."""
    data = pdf("One", "Two", "Three")
    wanted = range(2, 4)
    known = hash_of_pages(sha256(data).hexdigest(), wanted)

    parsed = await parse(data, offload=Inline(), wanted=Wanted("pages=2-3", known))

    assert [(page.number, page.text) for page in parsed.pages] == [(2, "Two"), (3, "Three")]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted("a.pdf", "of other bytes"), "gone"),
        (Wanted("pages=1-1", "of other bytes"), "gone"),
        (Wanted("missing.pdf"), "gone"),
    ],
)
async def test_a_part_that_is_not_what_it_was_is_not_read(wanted: Wanted, reason: str) -> None:
    """Nobody asked for what stands there now."""
    with pytest.raises(DocumentError) as caught:
        await parse(zipped(a_pdf=pdf("One")), offload=Inline(), wanted=wanted)

    assert caught.value.reason == reason


async def test_no_file_is_opened_for_ever() -> None:
    """An archive can hold itself; two are enough for a mail with an archive in it."""
    data = zipped(c_zip=zipped(b_zip=zipped(a_pdf=pdf("One"))))

    with pytest.raises(DocumentError, match="no more than 2 such files"):
        await parse(data, offload=Inline(), wanted=Wanted("c.zip#b.zip"))


async def test_a_member_that_was_taken_out_lies_as_deep_as_before() -> None:
    """Whoever takes it out does not get further into an archive than others."""
    inner = zipped(a_pdf=pdf("One"))
    wanted = Wanted("c.zip#b.zip")

    with pytest.raises(DocumentError, match="no more than 2 such files"):
        await parse(inner, offload=Inline(), wanted=wanted.unpacked)

    assert wanted.unpacked == Wanted(depth=2)
    assert Wanted("a.eml#b.pdf#pages=3-4").unpacked == Wanted("pages=3-4", depth=2)
