"""A document of which pages were not read is never done: it says which, whoever reads the rest."""

import asyncio
from io import BytesIO

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from tallysheet.errors import DocumentError
from tallysheet.model import Page, Parsed, Severity, Word
from tallysheet.parse import _pdf, _picture, _read, ocr
from tallysheet.parse._lines import Line
from tallysheet.parse._pdf import read_pdf
from tallysheet.parse._picture import read_picture
from tallysheet.parse._rounds import to_the_end
from tallysheet.parse._wanted import Wanted
from tallysheet.pipeline._parts import parts_in
from tallysheet.testing import Inline

UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
LINE = Line("Total 119.00", ((10, 10), (90, 10), (90, 30), (10, 30)), 0.9)


def pages(*texts: str, xml: str = "") -> bytes:
    """A PDF with these texts, each on a page; a picture where one is empty. *xml* is inside."""
    pdf = FPDF()
    if xml:
        pdf.embed_file(bytes=xml.encode(), basename="factur-x.xml")
    pdf.set_font("helvetica")
    for text in texts:
        pdf.add_page()
        if text:
            pdf.text(20, 20, text)
        else:
            pdf.image(Image.new("RGB", (60, 60), "grey"), x=0, y=0, w=pdf.w)
    return bytes(pdf.output())


@pytest.fixture
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing reads pictures."""

    def none() -> None:
        raise DocumentError("no_text", "It is a picture.", "Install something.")

    monkeypatch.setattr(ocr, "_engine", none)


def test_pages_past_the_most_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are named."""
    monkeypatch.setattr(_pdf, "MOST_PAGES", 2)

    assert read_pdf(pages("one", "two", "three", "four")).missing == (3, 4)


def test_pages_past_the_most_words_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is the one in which reading stopped."""
    monkeypatch.setattr(_pdf, "MOST_WORDS", 3)

    assert read_pdf(pages("one two", "three four", "five")).missing == (2, 3)


@pytest.mark.usefixtures("no_ocr")
def test_a_scan_among_pages_is_missing_without_ocr() -> None:
    """Unless a model sees it."""
    file = pages("one", "")

    assert read_pdf(file).missing == (2,)
    assert read_pdf(file, shown=True).missing == ()


async def test_a_scan_beside_an_e_invoice_is_missing_to_who_leaves_that_aside() -> None:
    """It is not read, because the XML says it all; where that is not used, a person reads it."""
    parsed = read_pdf(pages("one", "", xml=UBL))

    ends = [
        await parts_in(parsed, "", 1, e_invoice=used, offload=Inline()) for used in (True, False)
    ]

    assert (parsed.xml, parsed.missing) == (UBL, (2,))
    assert [[finding.code for finding in findings] for _, findings in ends] == [
        [],
        ["pages.unread"],
    ]


def test_frames_past_the_most_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a TIFF file."""
    monkeypatch.setattr(ocr, "_engine", lambda: lambda _picture: [LINE])
    monkeypatch.setattr(_picture, "MOST_FRAMES", 1)

    file = BytesIO()
    frames = [Image.new("L", (100, 100), shade) for shade in (250, 240, 230)]
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:])

    assert read_picture(file.getvalue(), "image/tiff").missing == (2, 3)


def test_scans_that_the_rounds_did_not_come_to_are_missing() -> None:
    """Reading them failed, and what was read until then is kept."""
    words = (Word("Total", 10, 10, 40, 20),)
    parsed = Parsed("application/pdf", (Page(1, 100, 100, words), Page(2, 100, 100)), unread=(2,))

    async def fails(_pages: tuple[int, ...]) -> Parsed:
        raise DocumentError("time_limit", "Too slow.", "Be faster.")

    assert asyncio.run(to_the_end(parsed, fails)).missing == (2,)


@pytest.mark.usefixtures("no_ocr")
def test_a_part_misses_only_pages_of_its_own() -> None:
    """What another part misses is no matter of it."""
    file = pages("one", "two", "")

    found = [
        Parsed.from_bytes(_read.read(Wanted(part=part).in_front_of(file))).missing
        for part in ("pages=1-2", "pages=2-3")
    ]

    assert found == [(), (3,)]


@pytest.mark.parametrize("xml", [None, "<Invoice/>"])
async def test_missing_pages_send_a_document_to_a_person(xml: str | None) -> None:
    """As an error, in whole; only an e-invoice says everything without its pages."""
    words = (Word("Total", 10, 10, 40, 20),)
    read = Page(1, 100, 100, words), Page(2, 100, 100, words)
    parsed = Parsed("application/pdf", read, xml, missing=(4, 5, 6, 9))

    split, findings = await parts_in(parsed, "", 1, e_invoice=True, offload=Inline())

    assert split is None
    if xml is None:
        (finding,) = findings
        assert (finding.code, finding.severity) == ("pages.unread", Severity.ERROR)
        assert finding.message.startswith("Pages 4-6, 9 were not read")
    else:
        assert findings == ()


def test_a_damaged_page_that_cannot_be_drawn_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs the other pages nothing, and is no mistake of ours."""

    def fails(*_: object) -> Image.Image:
        raise pypdfium2.PdfiumError("Failed to load page.")

    monkeypatch.setattr(ocr, "_engine", lambda: lambda _picture: [LINE])
    monkeypatch.setattr(_pdf, "_drawn", fails)

    parsed = read_pdf(pages("one", ""))

    assert [page.number for page in parsed.pages] == [1]
    assert parsed.missing == (2,)
    assert parsed.warnings == ("Page 2 is damaged and was not read.",)
