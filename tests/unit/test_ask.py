"""Asking a model: repair, what counts as an answer, and what it cost."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import ConfigError, DocumentError, ModelOutage
from tallysheet.extract._ask import MOST_REPAIRS, ask, draft_of
from tallysheet.extract._cite import cited
from tallysheet.model import Box, Page, Parsed, Word
from tallysheet.ports import Answer
from tallysheet.testing._scripted_model import ScriptedModel

GOOD = json.dumps({"invoice": {"number": "A-17", "totals": {"gross": "119.00"}}})


def page_of(text: str, number: int = 1) -> Page:
    """A page whose lines are the lines of *text*."""
    words = [
        Word(word, 50.0 + 60 * column, 50.0 + 20 * row, 100.0 + 60 * column, 62.0 + 20 * row)
        for row, line in enumerate(text.splitlines())
        for column, word in enumerate(line.split())
    ]
    return Page(number, 595, 842, tuple(words))


PARSED = Parsed("application/pdf", (page_of("Invoice A-17\nTotal 119,00 EUR"),))


async def test_a_good_answer_becomes_a_reading_with_citations() -> None:
    """Values come from the model, places from the words."""
    model = ScriptedModel([Answer(GOOD, cost_usd=0.25)], name="openai:small")

    reading = await ask(model, PARSED)
    draft = cited(reading.draft, PARSED)

    assert reading.source == "openai:small"
    assert (reading.attempts, reading.cost_usd) == (1, 0.25)
    assert draft.invoice.number == "A-17"
    assert draft.citations["totals.gross"].text == "119,00"
    assert draft.citations["totals.gross"].box == Box(110, 70, 160, 82)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "I am sorry.",
        "{",
        "{}}",
        "[]",
        '{"invoice": {"number": "A-17"',
        '{"invoice": {"totals": {"gross": "119,00"}}}',
        '{"invoice": {"totals": {"gross": NaN}}}',
        '{"invoice": {"totals": {"gross": 1e999999999}}}',
        '{"invoice": {"issue_date": "yesterday"}}',
        '{"invoice": {"inventted": 1}}',
        '{"invoice": []}',
        '{"invoice": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
        '{"invoice": {"totals": {"gross": ' + "9" * 10_000 + "}}}",
    ],
)
async def test_an_answer_that_cannot_be_used_is_shown_to_its_author(bad: str) -> None:
    """The second attempt sees the first and what was wrong with it, and both are paid."""
    model = ScriptedModel([Answer(bad, cost_usd=0.25), Answer(GOOD, cost_usd=0.5)])

    reading = await ask(model, PARSED)

    assert (reading.attempts, reading.cost_usd) == (2, 0.75)
    assert model.questions[0].mistakes == ()
    ((said, mistake),) = model.questions[1].mistakes
    assert bad.startswith(said)
    assert mistake.startswith("That answer cannot be used.")
    assert len(mistake) < 4_000


async def test_a_mistake_says_where_it_is() -> None:
    """A model can mend what it is shown."""
    model = ScriptedModel(['{"invoice": {"totals": {"gross": "119,00"}}}', GOOD])

    await ask(model, PARSED)

    assert "invoice.totals.gross" in model.questions[1].mistakes[0][1]


async def test_a_model_that_does_not_learn_is_given_up() -> None:
    """After two repairs the document has failed, with a reason."""
    model = ScriptedModel(["no", "still no", "never"])

    with pytest.raises(DocumentError) as caught:
        await ask(model, PARSED)

    assert caught.value.reason == "bad_answer"
    assert len(model.questions) == MOST_REPAIRS + 1
    assert [said for said, _ in model.questions[-1].mistakes] == ["no", "still no"]


async def test_what_every_attempt_took_is_added_up() -> None:
    """A repair is paid for like a first answer; who gave the last one is who read it."""
    first = Answer("no", 100, 10, cost_usd=0.25, tokens_cached=50, attempts=3)
    last = Answer(GOOD, 200, 20, cost_usd=0.5, model="openai:large")

    reading = await ask(ScriptedModel([first, last], name="openai:small"), PARSED)

    assert (reading.tokens_in, reading.tokens_out, reading.tokens_cached) == (300, 30, 50)
    assert (reading.attempts, reading.cost_usd) == (4, 0.75)
    assert reading.source == "openai:large"


@pytest.mark.parametrize(
    ("script", "usd"),
    [
        (["no"], 0.75),
        ([DocumentError("r", "m", cost_usd=0.5)], 0.5),
        (["no", DocumentError("r", "m", cost_usd=0.5)], 0.75),
    ],
)
async def test_a_document_that_is_given_up_was_paid_for_nevertheless(
    script: list[str | Exception], usd: float
) -> None:
    """What all its attempts cost is told with the error."""
    with pytest.raises(DocumentError) as caught:
        await ask(ScriptedModel(script, cost_usd=0.25), PARSED)

    assert caught.value.cost_usd == usd


@pytest.mark.parametrize("error", [DocumentError("r", "m"), ConfigError("m"), ModelOutage("m")])
async def test_what_a_model_raises_is_passed_on(error: Exception) -> None:
    """Each kind already says what to do."""
    with pytest.raises(type(error)) as caught:
        await ask(ScriptedModel([error]), PARSED)

    assert caught.value is error


@pytest.mark.parametrize("pages", [(), (Page(1, 595, 842),)])
async def test_a_document_without_words_is_not_asked_about(pages: tuple[Page, ...]) -> None:
    """A model would be paid for making something up."""
    model = ScriptedModel([GOOD])

    with pytest.raises(DocumentError) as caught:
        await ask(model, Parsed("application/pdf", pages))

    assert caught.value.reason == "no_text"
    assert model.questions == []


@pytest.mark.parametrize(
    "dressed", [f"```json\n{GOOD}\n```", f"Here it is:\n{GOOD}\nAnything else?", f"  {GOOD}  "]
)
def test_prose_around_an_answer_is_left_aside(dressed: str) -> None:
    """Small models are chatty."""
    assert draft_of(dressed, boxes=False).invoice.number == "A-17"


def test_null_and_nothing_are_absent() -> None:
    """Strict schemas make a model name every field; what it says nothing of is not there."""
    text = '{"invoice": {"number": null, "seller": null, "kind": "", "buyer": {"name": null}}}'

    draft = draft_of(text, boxes=False)

    assert draft.invoice.model_dump(exclude_defaults=True) == {}


def test_a_row_that_is_none_is_left_out() -> None:
    """Some models write a list that holds nothing as a list of null."""
    text = '{"invoice": {"number": "A-17", "allowances": [null]}, "warnings": [null, "", "Torn."]}'

    draft = draft_of(text, boxes=False)

    assert draft.invoice.allowances == ()
    assert draft.warnings == ("Torn.",)


def test_an_amount_given_as_a_number_is_exact() -> None:
    """It never passes through a binary fraction."""
    draft = draft_of(
        '{"invoice": {"totals": {"gross": 0.1, "net": 12345678901234.07}}}', boxes=False
    )

    assert draft.invoice.totals.gross == Decimal("0.1")
    assert draft.invoice.totals.net == Decimal("12345678901234.07")


LISTED = {
    "invoice": {"currency": "EUR"},
    "citations": [
        {"field": "currency", "page": 1, "text": "EUR"},
        {"field": "number", "page": None, "text": " "},
        {"field": 7, "text": "x"},
        "nonsense",
        None,
    ],
}


@pytest.mark.parametrize(
    "citations",
    [
        LISTED["citations"],
        {"currency": {"page": 1, "text": "EUR", "box": [0, 0, 1, 1], "score": 1.0}, "x": 1},
        {"currency": {"page": 1, "text": "EUR", "method": "label"}},
    ],
)
def test_what_a_language_model_says_of_places_is_a_mere_quote(citations: object) -> None:
    """In whatever notation: it cannot claim a box, a method or a score."""
    text = json.dumps({"invoice": {"currency": "EUR"}, "citations": citations})

    ((path, quote),) = draft_of(text, boxes=False).citations.items()

    assert path == "currency"
    assert (quote.text, quote.page, quote.box, quote.method) == ("EUR", 1, None, "quote")


async def test_a_model_that_costs_cannot_claim_a_place() -> None:
    """Whatever form its answer has, a value that is not in the words is not cited."""
    box = {"page": 1, "box": [1, 2, 3, 4], "text": "X-9", "method": "label", "score": 1.0}
    answer = json.dumps({"invoice": {"number": "X-9"}, "citations": {"number": box}})

    reading = await ask(ScriptedModel([answer]), PARSED)

    assert reading.draft.invoice.number == "X-9"
    assert cited(reading.draft, PARSED).citations == {}


async def test_a_reader_of_boxes_is_taken_at_its_word() -> None:
    """The rules answer in the same form, with places they have seen."""
    citation = {
        "page": 1,
        "box": [1.0, 2.0, 3.0, 4.0],
        "text": "A-17",
        "method": "label",
        "score": 0.8,
    }
    answer = json.dumps({"invoice": {"number": "A-17"}, "citations": {"number": citation}})

    reading = await ask(ScriptedModel([answer], name="rules", free=True), PARSED)

    assert reading.draft.citations["number"].model_dump(mode="json") == citation


@given(st.text())
def test_any_text_is_a_draft_or_a_mistake(text: str) -> None:
    """Nothing else comes out, whatever a model says."""
    try:
        draft_of(text, boxes=False)
    except ValueError:
        return


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["field", "text", "page"]), inner)
        ),
        max_leaves=20,
    )
)
def test_citations_of_any_shape_never_spoil_an_answer(citations: object) -> None:
    """They are a courtesy: a paid answer is not thrown away for them."""
    text = json.dumps({"invoice": {"number": "A-17"}, "citations": citations})
    if "NaN" in text or "Infinity" in text:
        return

    assert draft_of(text, boxes=False).invoice.number == "A-17"
