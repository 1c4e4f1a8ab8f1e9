"""Whatever stands on a page, a draft comes back, and says only what stands there."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import drawn
from tallysheet.extract import Rules
from tallysheet.extract._rules import answer_bytes, read_words
from tallysheet.model import Draft, Page, Parsed, Word
from tallysheet.ports import Question
from tallysheet.testing import Inline

INVOICE = """
Harrow & Finch Ltd                     INVOICE
12 Mill Lane, Leeds LS1 4AB            Invoice No      INV-0042
VAT No GB123456782                     Invoice date    3 April 2024
                                       Due date        3 May 2024
Bill to
Blue Kettle Catering
3 Station Road
York YO1 7HH

Description                Qty    Unit price        Amount
Web design                   2        450.00        900.00
Hosting                     10         10.00        100.00

Subtotal                                     GBP  1,000.00
VAT 20%                                      GBP    200.00
Total                                        GBP  1,200.00

IBAN GB33 BUKB 2020 1555 5555 55   BIC BUKBGB22
"""

TELLING = st.sampled_from(
    [
        *(
            "Invoice",
            "No.",
            "Rechnung",
            "Nr.",
            "Total",
            "Net",
            "VAT",
            "20%",
            "1,234.56",
            "1.234,56",
        ),
        *(
            "03/04/2024",
            "IBAN",
            "DE89370400440532013000",
            "GmbH",
            "Qty",
            "Price",
            "Amount",
            "€",
            ":",
        ),
        *(
            "Description",
            "-",
            "(",
            "3",
            "Mai",
            "2024",
            "Bill",
            "to",
            "10115",
            "Berlin",
            "a@b.example",
        ),
    ]
)
COORDINATES = st.floats(-50, 900, allow_nan=False, width=32)
SIZES = st.floats(0, 80, allow_nan=False, width=32)


@st.composite
def words(draw: st.DrawFn) -> Word:
    """A word of any text, anywhere."""
    text = draw(st.one_of(TELLING, st.text(max_size=12)))
    left, top = draw(COORDINATES), draw(COORDINATES)
    return Word(text, left, top, left + draw(SIZES), top + draw(SIZES))


@settings(max_examples=200, deadline=None)
@given(pages=st.lists(st.lists(words(), max_size=60), max_size=3))
def test_any_words_in_any_place_give_a_draft(pages: list[list[Word]]) -> None:
    """Nothing on a page can make the rules fail, and every value has its citation."""
    parsed = Parsed(
        "application/pdf",
        tuple(Page(at, 595, 842, tuple(page)) for at, page in enumerate(pages, start=1)),
    )

    draft = read_words(parsed)

    assert Draft.model_validate_json(draft.model_dump_json()) == draft


def test_every_citation_shows_words_of_its_page() -> None:
    """What is cited stands there, inside the box."""
    parsed = drawn(INVOICE)

    draft = read_words(parsed)

    assert len(draft.citations) > 20
    for path, citation in draft.citations.items():
        assert citation.page == 1
        assert citation.box is not None
        box = citation.box
        inside = [
            word.text
            for word in parsed.pages[0].words
            if box.x0 <= word.x0 and word.x1 <= box.x1 and box.y0 <= word.y0 and word.y1 <= box.y1
        ]
        assert citation.text == " ".join(inside), path


def test_a_whole_invoice_is_read() -> None:
    """The parts work together."""
    invoice = read_words(drawn(INVOICE)).invoice

    read = json.loads(invoice.model_dump_json(exclude_defaults=True))
    assert (read["number"], read["kind"], read["currency"]) == ("INV-0042", "380", "GBP")
    assert (read["issue_date"], read["due_date"]) == ("2024-04-03", "2024-05-03")
    assert read["seller"]["name"] == "Harrow & Finch Ltd"
    assert read["seller"]["vat_id"] == "GB123456782"
    assert read["buyer"]["name"] == "Blue Kettle Catering"
    assert read["totals"]["gross"] == "1200.00"
    assert read["taxes"] == [{"rate": "20", "base": "1000.00", "amount": "200.00"}]
    assert [line["amount"] for line in read["lines"]] == ["900.00", "100.00"]
    assert read["payment"]["accounts"] == [{"iban": "GB33BUKB20201555555555", "bic": "BUKBGB22"}]


def test_a_page_without_words_says_nothing() -> None:
    """An empty draft is an answer."""
    assert read_words(Parsed("application/pdf", (Page(1, 595, 842),))) == Draft()


def test_half_a_character_does_no_harm() -> None:
    """Broken fonts give lone surrogates; they are shown as unreadable."""
    draft = read_words(drawn("Invoice No   A-1\n\nHarrow \ud83d Ltd"))

    assert draft.invoice.number == "A-1"
    draft.model_dump_json()


async def test_as_a_model_the_rules_answer_what_the_work_function_does() -> None:
    """The child process returns JSON; it costs nothing."""
    parsed = drawn(INVOICE)
    await asyncio.to_thread(read_words, parsed)  # loads the words that it knows, as in a child

    answer = await Rules(Inline()).answer(Question(parsed))

    assert answer.text.encode() == answer_bytes(parsed.to_bytes())
    assert Draft.model_validate_json(answer.text) == read_words(parsed)
    assert answer.cost_usd == 0
