"""Long documents are read in parts, and nothing is cut off in silence."""

import json
from decimal import Decimal

import pytest

from tallysheet.errors import AnswerDue, BudgetReached, DocumentError
from tallysheet.extract._ask import ask
from tallysheet.extract._cache import Cache
from tallysheet.extract._cite import cited
from tallysheet.extract._parts import MOST_CHARACTERS, MOST_PICTURES, joined, parts_of
from tallysheet.model import Citation, Draft, Page, Parsed, Picture, Word
from tallysheet.ports import Answer, Question
from tallysheet.store import MemoryStore
from tallysheet.testing import ScriptedModel

LINES_A_PAGE = 30


def page(number: int, *, lines: int = LINES_A_PAGE, picture: bool = False) -> Page:
    """A page on which every line names one item of its own."""
    words = tuple(
        Word(f"item-{number:02}-{at:03}" + "x" * 90, 10, 12 * at, 500, 12 * at + 10)
        for at in range(lines)
    )
    shown = Picture(number, "image/jpeg", b"picture of %d" % number) if picture else None
    return Page(number, 595, 842, words, shown)


def long(pages: int) -> Parsed:
    """A document of so many pages of lines."""
    return Parsed("application/pdf", tuple(page(number) for number in range(1, pages + 1)))


def honest(question: Question) -> str:
    """A reply with one line for every item that the question shows, and what stands beside."""
    shown = question.parsed.pages
    items = [word.text for one in shown for word in one.words]
    return json.dumps(
        {
            "invoice": {
                "number": "R-1" if shown[0].number == 1 else None,
                "totals": {"gross": f"{shown[-1].number}.00"},
                "lines": [{"name": item} for item in items],
            },
            "citations": [
                {"field": f"lines[{at}].name", "page": 1, "text": item}
                for at, item in enumerate(items)
            ],
            "warnings": ["Nothing else."],
        }
    )


async def test_a_short_document_is_asked_about_once() -> None:
    """Its text says nothing about parts."""
    model = ScriptedModel(honest)

    await ask(model, long(2))

    (question,) = model.questions
    assert "Only some pages" not in question.text


async def test_every_line_of_a_long_document_is_there_in_its_order() -> None:
    """And cited where it stands, though the parts counted their own lines."""
    parsed = long(40)
    model = ScriptedModel(honest, cost_usd=0.25)

    reading = await ask(model, parsed)

    names = [word.text for one in parsed.pages for word in one.words]
    invoice = reading.draft.invoice
    assert [line.name for line in invoice.lines] == names
    last = cited(reading.draft, parsed).citations[f"lines[{len(names) - 1}].name"]
    assert (last.page, last.text) == (40, names[-1])
    assert invoice.number == "R-1"
    assert invoice.totals.gross == Decimal("40.00")
    assert reading.draft.warnings == ("Nothing else.",)
    assert len(model.questions) > 5
    assert reading.attempts == len(model.questions)
    assert reading.cost_usd == 0.25 * len(model.questions)
    assert all(len(question.text) < 1.5 * MOST_CHARACTERS for question in model.questions)


async def test_a_part_knows_which_pages_it_is() -> None:
    """A model is told that there are others."""
    model = ScriptedModel(honest)

    await ask(model, long(12))

    assert all("Only some pages" in question.text for question in model.questions)
    assert any("<page 12 of 12 " in question.text for question in model.questions)


async def test_what_is_cut_is_read_in_halves() -> None:
    """A reply that did not fit is no reply; one page that does not fit fails."""

    def answer(question: Question) -> str | Exception:
        if len(question.parsed.pages) > 1:
            return DocumentError("model_cut", "It was cut.", cost_usd=1.0)
        return honest(question)

    model = ScriptedModel(answer, cost_usd=0.5)
    reading = await ask(model, long(3))

    assert len(reading.draft.invoice.lines) == 3 * LINES_A_PAGE
    assert reading.cost_usd == 2 * 1.0 + 3 * 0.5

    with pytest.raises(DocumentError) as failed:
        await ask(ScriptedModel(lambda question: DocumentError("model_cut", "Cut.")), long(1))
    assert failed.value.reason == "model_cut"


async def test_what_all_parts_cost_is_known_though_one_failed() -> None:
    """Money spent on a document that fails is spent all the same."""

    def answer(question: Question) -> Answer | Exception:
        if question.parsed.pages[0].number > 1:
            return DocumentError("model_refused", "No.", cost_usd=0.25)
        return Answer(honest(question), cost_usd=1.0)

    with pytest.raises(DocumentError) as failed:
        await ask(ScriptedModel(answer), long(7))

    parts = len(parts_of(long(7)))
    assert parts > 1
    assert failed.value.cost_usd == 1.0 + 0.25 * (parts - 1)


async def test_parts_are_kept_one_by_one() -> None:
    """After a crash only what was not answered is asked again."""
    cache = Cache(MemoryStore())
    await ask(ScriptedModel(honest), long(12), sha256="ab", cache=cache)

    again = ScriptedModel(honest)
    reading = await ask(again, long(12), sha256="ab", cache=cache)

    assert again.questions == []
    assert reading.cost_usd == 0.0


@pytest.mark.parametrize("ending", [BudgetReached("It is reached."), AnswerDue("It is due.")])
async def test_where_one_part_cannot_be_had_now_the_others_are_read_and_kept(
    ending: BudgetReached | AnswerDue,
) -> None:
    """They are paid for, or handed in; the next run needs only what was missing."""
    parsed, cache, first = long(40), Cache(MemoryStore()), long(1).pages[0]

    def broke(question: Question) -> str | Exception:
        return ending if question.parsed.pages[0] == first else honest(question)

    with pytest.raises(type(ending)):
        await ask(ScriptedModel(broke), parsed, sha256="ab", cache=cache)
    again = ScriptedModel(honest)
    await ask(again, parsed, sha256="ab", cache=cache)

    (question,) = again.questions
    assert question.parsed.pages[0] == first


def test_two_invoices_are_never_joined_to_one() -> None:
    """Two numbers on its pages are two invoices, or a mistake that a person must see."""
    one, other = (Draft.model_validate({"invoice": {"number": number}}) for number in ("A", "B"))

    with pytest.raises(DocumentError, match="more than one number: A and B") as refused:
        joined([one, other])

    assert refused.value.reason == "several_invoices"


def test_what_was_carried_over_is_not_the_total() -> None:
    """Totals and their citations are those of the last part that has them."""

    def draft(gross: str, seller: str) -> Draft:
        invoice = {"totals": {"gross": gross}, "seller": {"name": seller}}
        cited = Citation(page=1, text=gross, method="quote", score=0)
        return Draft.model_validate({"invoice": invoice, "citations": {"totals.gross": cited}})

    whole = joined([draft("10.00", "Muster GmbH"), draft("25.00", "Muster")])

    assert whole.invoice.totals.gross == Decimal("25.00")
    assert whole.citations["totals.gross"].text == "25.00"
    assert whole.invoice.seller.name == "Muster GmbH"


def test_pictures_are_counted_too() -> None:
    """A part holds few of them; a page that is longer than a part is one of its own."""
    shown = tuple(page(number, lines=0, picture=True) for number in range(1, 13))
    parts = parts_of(Parsed("application/pdf", shown))
    assert [len(part.pages) for part in parts] == [MOST_PICTURES, MOST_PICTURES, 2]

    full = Parsed("application/pdf", (page(1), page(2, lines=500), page(3)))
    assert [[one.number for one in part.pages] for part in parts_of(full)] == [[1], [2], [3]]


async def test_a_model_that_sees_is_sent_the_pictures() -> None:
    """In their pages' order, and the text says where each belongs."""
    parsed = Parsed("application/pdf", (page(1, lines=2), page(2, lines=0, picture=True)))
    model = ScriptedModel(honest, sees=True)

    await ask(model, parsed)

    (question,) = model.questions
    assert [picture.data for picture in question.pictures] == [b"picture of 2"]
    assert "<picture of page 2 is attached" in question.text
