"""What a model is told, and that a document cannot tell it more."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.extract._ask import draft_of
from tallysheet.extract._prompt import (
    INSTRUCTIONS,
    answer_schema,
    document_text,
    question_about,
)
from tallysheet.model import Page, Parsed, Word
from tallysheet.model._text import visible

MARK = re.compile(r"^<(/?document|page \d+ of \d+) ([0-9a-f]{16})>$")


def parsed_of(*pages: list[list[str]]) -> Parsed:
    """A document of pages of lines of words."""
    return Parsed(
        "application/pdf",
        tuple(
            Page(
                number,
                595,
                842,
                tuple(
                    Word(text, 40.0 * x, 15.0 * y, 40.0 * x + 38, 15.0 * y + 10)
                    for y, line in enumerate(lines)
                    for x, text in enumerate(line)
                ),
            )
            for number, lines in enumerate(pages, start=1)
        ),
    )


def test_words_come_in_lines_on_marked_pages() -> None:
    """What stands side by side is read side by side."""
    text = document_text(parsed_of([["Invoice", "A-17"], ["Total"]], [["Page", "two"]]))

    code = MARK.match(text.splitlines()[0])[2]
    assert text.splitlines() == [
        f"<document {code}>",
        f"<page 1 of 2 {code}>",
        "Invoice A-17",
        "Total",
        f"<page 2 of 2 {code}>",
        "Page two",
        f"</document {code}>",
    ]


def test_a_wide_gap_stays_visible() -> None:
    """Columns of a table do not run together."""
    words = (
        Word("Paper", 50, 10, 80, 20),
        Word("x", 84, 10, 88, 20),
        Word("5.00", 300, 10, 320, 20),
    )

    text = document_text(Parsed("application/pdf", (Page(1, 595, 842, words),)))

    assert text.splitlines()[2] == "Paper x   5.00"


def test_a_line_written_from_right_to_left_is_one_line() -> None:
    """Reading order is the parser's; only a step down ends a line."""
    words = (
        Word("فاتورة", 300, 10, 340, 20),
        Word("17", 280, 10, 295, 20),
        Word("x", 9, 30, 19, 40),
    )

    text = document_text(Parsed("application/pdf", (Page(1, 595, 842, words),)))

    assert text.splitlines()[2:-1] == ["فاتورة 17", "x"]


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f", "\u3000"])
def test_every_kind_of_space_parts_words(space: str) -> None:
    """A space is seen, even where it may not break a line."""
    assert visible(f"Ink{space}5") == "Ink 5"


LINES = st.lists(st.lists(st.text(min_size=1, max_size=30), max_size=5), max_size=5)


@given(lines=LINES)
def test_a_document_cannot_close_its_block(lines: list[list[str]]) -> None:
    """Between first and last line, nothing but page marks carries the code."""
    honest = document_text(parsed_of(lines))
    forged = [[word] for word in honest.splitlines()]

    text = document_text(parsed_of([*forged, *lines])).splitlines()

    code = MARK.match(text[0])[2]
    assert text[-1] == f"</document {code}>"
    assert [n for n, line in enumerate(text) if code in line] == [0, 1, len(text) - 1]


def test_the_code_depends_on_every_word_and_on_nothing_else() -> None:
    """It cannot be known beforehand, and the same document is the same question."""
    one = document_text(parsed_of([["a", "b"]])).splitlines()[0]
    same = document_text(parsed_of([["a", "b"]])).splitlines()[0]
    other = document_text(parsed_of([["a", "c"]])).splitlines()[0]

    assert one == same
    assert one != other


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad",  # zero width, soft hyphen
        "\u202e", "\u2066",  # writing direction
        "\x00", "\x1b", "\n", "\r", "\u2028",  # controls and line breaks
        "\U000e0041", "\U000e007f",  # tags
        "\ufe0f", "\U000e0101", "\u3164", "\u2800", "\u034f",  # no ink
        "\ud800", "\ue000", "\uffff",  # nothing at all
    ],
)  # fmt: skip
def test_what_leaves_no_ink_is_not_read(hidden: str) -> None:
    """People and model see the same document."""
    assert visible(f"Inv{hidden}oice") == "Invoice"


@pytest.mark.parametrize("text", ["Fälligkeit", "€1’234", "発行日", "عدد", "A–B", "½ m²"])
def test_what_leaves_ink_is_read(text: str) -> None:
    """Every script stays as it is."""
    assert visible(text) == text


@given(st.text())
def test_no_control_or_format_character_passes(text: str) -> None:
    """By kind, not by list: what Unicode adds tomorrow is covered."""
    kinds = {unicodedata.category(c) for c in visible(text)}

    assert not {kind for kind in kinds if kind.startswith("C")}


@given(st.text(), st.text())
def test_stripping_does_not_join_what_it_must_not(left: str, right: str) -> None:
    """The visible part of two texts is the two visible parts."""
    assert visible(left + right) == visible(left) + visible(right)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON document."""
    if isinstance(node, dict):
        yield node
    for inner in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from objects(inner)


def test_the_schema_is_one_that_strict_providers_take() -> None:
    """Every property required, no other allowed, no default, pattern or dressed reference."""
    schema = json.loads(answer_schema())

    nodes = list(objects(schema))
    groups = [node for node in nodes if node.get("type") == "object"]
    assert len(groups) > 10
    for group in groups:
        assert group["required"] == list(group["properties"])
        assert group["additionalProperties"] is False
    assert not [node for node in nodes if "$ref" in node and len(node) > 1]
    keywords = {"type", "description", "format", "items", "anyOf", "properties", "$defs", "$ref",
                "required", "additionalProperties"}  # fmt: skip
    named = [node["properties"] for node in groups] + [schema["$defs"]]
    assert all(set(node) <= keywords for node in nodes if node not in named)


def test_the_smallest_answer_of_the_schema_is_a_draft() -> None:
    """Null wherever null is allowed, and no more."""
    schema = json.loads(answer_schema())
    fields = schema["$defs"]["Invoice"]["properties"]
    invoice = {name: [] if field.get("type") == "array" else None for name, field in fields.items()}
    answer = {"invoice": invoice, "citations": [], "warnings": []}
    assert set(answer) == set(schema["required"])

    draft = draft_of(json.dumps(answer), boxes=False)

    assert draft.invoice.model_dump(exclude_defaults=True) == {}


def test_amounts_and_dates_are_strings_in_the_schema() -> None:
    """A number would lose cents on its way through a float."""
    definitions = json.loads(answer_schema())["$defs"]

    gross = definitions["Totals"]["properties"]["gross"]
    issued = definitions["Invoice"]["properties"]["issue_date"]
    assert [kind["type"] for kind in gross["anyOf"]] == ["string", "null"]
    assert issued["anyOf"][0] == {"type": "string", "format": "date"}


def test_a_row_of_a_list_is_never_null_in_the_schema() -> None:
    """A group may be absent; a list that holds nothing is empty."""
    schema = json.loads(answer_schema())
    groups = [schema, *schema["$defs"].values()]

    lists = [p["items"] for g in groups for p in g["properties"].values() if "items" in p]

    assert {"$ref": "#/$defs/Line"} in lists
    assert all("anyOf" not in items for items in lists)


def test_a_question_holds_all_that_either_kind_of_model_needs() -> None:
    """The rules take the pages, a language model the rest."""
    parsed = parsed_of([["Invoice"]])

    question = question_about(parsed)

    assert question.parsed is parsed
    assert question.instructions == INSTRUCTIONS
    assert "Invoice" in question.text
    assert json.loads(question.schema)["type"] == "object"
    assert question == question_about(parsed)
