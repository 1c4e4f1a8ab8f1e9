"""From bytes to `Parsed`, wherever the work is done."""

import asyncio

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.model import Page, Parsed, Word
from tallysheet.parse import (
    _parse,
    _pdf,  # noqa: F401  pdfium loads before the loop
    _portions,
    parse,
)
from tallysheet.testing import Inline

UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">€</Invoice>'

NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 2))
WORDS = st.builds(Word, st.text(max_size=3), *[NUMBERS] * 4)
DOCUMENTS = st.builds(
    Parsed,
    st.just("application/pdf"),
    st.lists(st.lists(WORDS, max_size=7), max_size=4).map(
        lambda pages: tuple(
            Page(number, 595.0, 842.0, tuple(words)) for number, words in enumerate(pages, start=1)
        )
    ),
    st.none() | st.text(),
    st.lists(st.text()).map(tuple),
)


@given(document=DOCUMENTS, portion_bytes=st.integers(1, 200))
def test_a_document_crosses_in_portions_and_is_whole_again(
    document: Parsed, portion_bytes: int
) -> None:
    """However often the event loop has its turn in between."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_portions, "PORTION_BYTES", portion_bytes)
        there = asyncio.run(_portions.decode(document.to_bytes()))

    assert there == document
    assert [page.text for page in there.pages] == [page.text for page in document.pages]


@given(document=DOCUMENTS)
def test_words_are_handed_on_as_they_came(document: Parsed) -> None:
    """Nobody looks at them on the way, and the next child reads what the first one wrote."""
    there = Parsed.from_bytes(document.to_bytes())

    again = Parsed.from_bytes(there.to_bytes(words_only=True))

    assert [page.words.data for page in again.pages] == [page.words.data for page in there.pages]
    assert all(page.words._opened is None for page in there.pages)
    assert again == document


async def test_a_pdf_becomes_pages_of_words() -> None:
    """The whole way."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica")
    pdf.cell(text="Total due")

    parsed = await parse(bytes(pdf.output()), offload=Inline())

    assert parsed.media_type == "application/pdf"
    assert [word.text for word in parsed.pages[0].words] == ["Total", "due"]


async def test_an_xml_invoice_is_handed_over_as_text() -> None:
    """Whoever reads it need not know its encoding."""
    declared = f"<?xml version='1.0' encoding='windows-1252'?>{UBL}"

    parsed = await parse(declared.encode("windows-1252"), offload=Inline())

    assert parsed == Parsed("application/xml", xml=declared)


async def test_xml_that_is_no_invoice_is_named() -> None:
    """By its root element."""
    with pytest.raises(DocumentError, match="“Order”") as caught:
        await parse(b"<p:Order xmlns:p='urn:x'/>", offload=Inline())

    assert caught.value.reason == "unsupported"


async def test_a_file_beyond_the_bound_is_not_even_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size alone says that it is no invoice."""
    monkeypatch.setattr(_parse, "MOST_BYTES", 10)

    with pytest.raises(DocumentError, match="at most 10") as caught:
        await parse(b"%PDF-1.7 ...", offload=Inline())

    assert caught.value.reason == "too_large"
