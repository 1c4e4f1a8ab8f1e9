"""What is asked a second time: only what failed a check, on the pages where that stands."""

import json
from typing import Any

import pytest

from tallysheet.errors import DocumentError
from tallysheet.extract._again import (
    AMOUNTS,
    INSTRUCTIONS,
    ask_again,
    failed,
    pages_of,
    question_again,
    schema_of,
)
from tallysheet.extract._ask import first_questions
from tallysheet.extract._cache import Cache
from tallysheet.extract._parts import MOST_CHARACTERS
from tallysheet.model import Citation, Finding, Page, Parsed, Picture, Severity, Word
from tallysheet.ports import Answer
from tallysheet.store import MemoryStore
from tallysheet.testing._scripted_model import ScriptedModel

SAID = Answer(
    json.dumps(
        {
            "citations": [{"field": "totals.net", "page": 1, "text": "Net 100.00"}],
            "invoice": {"totals": {"net": "100.00"}},
        }
    ),
    100,
    20,
    0.25,
    model="scripted:test",
)


def finding(*fields: str, severity: Severity = Severity.ERROR) -> Finding:
    """A finding that names these fields."""
    return Finding(code="sum.gross", severity=severity, fields=fields, message="So.")


def page(number: int, text: str = "Page", *, picture: bool = False) -> Page:
    """A page with the words of *text*, or with its picture in their place."""
    shown = Picture(number, "image/png", b"png") if picture else None
    words = () if picture else tuple(Word(w, 50, 50, 90, 60) for w in f"{text} {number}".split())
    return Page(number, 595, 842, words, picture=shown)


def pages(count: int) -> Parsed:
    """A document of so many pages."""
    return Parsed("application/pdf", tuple(map(page, range(1, count + 1))))


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ((), ()),
        (("number",), ("number",)),
        (("seller.vat_id", "number"), ("seller.vat_id", "number")),
        (("totals.gross",), AMOUNTS),  # what it adds up with
        (("totals.paid", "totals.due"), (*AMOUNTS, "totals.paid")),
        (("lines[3].amount",), AMOUNTS),  # a list is no cheap question, its sums are
        (("taxes", "lines"), AMOUNTS),
        (("payment.accounts[0].iban",), ("payment.accounts[0].iban",)),
        (("payment.accounts[1].iban", "notes[0]"), ()),
        (("seller", "buyer.address"), ()),  # a group is not one value
        (("seller.address.city", "no.such"), ("seller.address.city",)),
    ],
)
def test_what_an_error_names_is_asked_for_and_what_it_adds_up_with(
    named: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    """Single values only; of amounts the four that make up the total, together."""
    assert failed([finding(*named)]) == asked


def test_what_is_no_error_is_not_asked_for() -> None:
    """A warning is no reason to pay anything."""
    mild = [finding("number", severity=one) for one in (Severity.WARNING, Severity.INFO)]

    assert failed(mild) == ()


def test_pages_are_known_only_where_every_field_is_cited_from_one() -> None:
    """Else the value may stand anywhere."""
    cited = {
        path: Citation(page=number, text="So", method="words", score=0.9)
        for path, number in (("number", 3), ("currency", 1), ("due_date", None))
    }

    assert pages_of(("number", "currency"), cited) == (1, 3)
    assert pages_of(("number", "due_date"), cited) == ()
    assert pages_of(("number", "totals.net"), cited) == ()


def test_the_answer_has_room_for_what_is_asked_and_for_nothing_else() -> None:
    """A strict schema without references: words first, then the values."""
    schema = json.loads(schema_of(("number", "totals.net", "payment.accounts[0].iban")))

    read = schema["properties"]["invoice"]
    accounts = read["properties"]["payment"]["properties"]["accounts"]
    assert list(schema["properties"]) == ["citations", "invoice"]
    assert list(read["properties"]) == ["number", "totals", "payment"]
    assert list(read["properties"]["totals"]["properties"]) == ["net"]
    assert list(accounts["items"]["properties"]) == ["iban"]
    assert "$ref" not in json.dumps(schema)
    assert all(group["required"] == list(group["properties"]) for group in groups_of(schema))
    assert not any(group["additionalProperties"] for group in groups_of(schema))


def groups_of(node: Any) -> list[dict[str, Any]]:
    """Every object of a schema."""
    if isinstance(node, list):
        return [group for item in node for group in groups_of(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if "properties" in node else []
    return own + [group for item in node.values() for group in groups_of(item)]


def test_it_is_much_shorter_than_a_first_question() -> None:
    """A fifth of it at most, for the four amounts of an invoice of one page."""
    parsed = pages(1)

    (first,) = first_questions(parsed)
    again = question_again(parsed, AMOUNTS, (1,), sees=False)

    whole = len(first.instructions + first.schema + first.text)
    assert again.instructions == INSTRUCTIONS
    assert len(again.instructions + again.schema + again.text) < whole / 5


def test_only_the_pages_concerned_are_shown_and_the_first_and_the_last_one() -> None:
    """All of them, where nobody knows on which the values stand."""
    known = question_again(pages(9), AMOUNTS, (4, 5), sees=False)
    unknown = question_again(pages(9), AMOUNTS, (), sees=False)

    assert [p.number for p in known.parsed.pages] == [1, 4, 5, 9]
    assert "<page 4 of 9 " in known.text
    assert "Page 6" not in known.text
    assert [p.number for p in unknown.parsed.pages] == [*range(1, 10)]


def test_a_long_document_is_one_question_that_holds_what_matters_most() -> None:
    """The last page, the first, and the one that is cited; others as far as there is room."""
    text = "word " * (MOST_CHARACTERS // 5 // 4)
    long = Parsed("application/pdf", tuple(page(number, text) for number in range(1, 12)))

    cited = question_again(long, AMOUNTS, (7,), sees=False)
    unknown = question_again(long, AMOUNTS, (), sees=False)

    assert [p.number for p in cited.parsed.pages] == [1, 7, 11]
    assert [p.number for p in unknown.parsed.pages] == [1, 2, 11]


def test_who_does_not_see_is_shown_no_pictures_and_is_not_asked_about_them_alone() -> None:
    """Where all of it is pictures, there is nothing to show."""
    mixed = Parsed("application/pdf", (page(1), page(2, picture=True)))
    scan = Parsed("application/pdf", (page(1, picture=True),))

    assert len(question_again(mixed, AMOUNTS, (), sees=True).pictures) == 1
    assert question_again(mixed, AMOUNTS, (), sees=False).pictures == ()
    with pytest.raises(DocumentError) as caught:
        question_again(scan, AMOUNTS, (), sees=False)
    assert caught.value.reason == "no_text"


async def test_its_answer_is_kept_and_not_bought_again() -> None:
    """Nor does it stand in the way of the first one's, which asks something else."""
    shelf, model = MemoryStore(), ScriptedModel([SAID])
    told: dict[str, Any] = {"fields": ("totals.net",), "pages": (1,), "sha256": "ab"}

    first = await ask_again(model, pages(1), **told, cache=Cache(shelf))
    second = await ask_again(model, pages(1), **told, cache=Cache(shelf))

    assert len(model.questions) == 1
    assert (first.invoice, first.citations) == (second.invoice, second.citations)
    assert (first.cost_usd, first.tokens_in, first.recalled) == (0.25, 100, 0)
    assert (second.cost_usd, second.tokens_in, second.recalled) == (0.0, 0, 1)
    assert second.recalled_usd == 0.25


async def test_an_answer_that_cannot_be_used_is_repaired_as_any() -> None:
    """Its author is shown what was wrong; what all of it took is told."""
    model = ScriptedModel([Answer("No.", 10, 1, 0.5), SAID])

    told = await ask_again(
        model, pages(1), fields=("totals.net",), pages=(), sha256="ab", cache=None
    )

    assert [len(question.mistakes) for question in model.questions] == [0, 1]
    assert (told.attempts, told.cost_usd, told.tokens_in) == (2, 0.75, 110)
    assert told.source == "scripted:test"
