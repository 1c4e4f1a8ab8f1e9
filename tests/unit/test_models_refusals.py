"""A provider that refuses everything is told from one that refuses a document."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asked import CANARY, QUESTION, served
from tallysheet.errors import ConfigError, DocumentError
from tallysheet.models import Call, Reply
from tallysheet.models._refusals import MANY
from tallysheet.models._words import MOST_SHOWN, words_of
from tallysheet.ports import Bill, Model, Question
from tallysheet.testing.llm_server import Said

ODD = "Unknown parameter: 'temperature'."
CALL = Call("https://host.test/v1/chat?api-version=1&sig=s3cr3t-query", b"{}", {})


def refusal(message: str = ODD, *, status: int = 400, **error: Any) -> Said:
    """A refusal that says nothing of the document."""
    said = {"error": {"message": message, "type": "invalid_request_error", **error}}
    return Said(status=status, raw=json.dumps(said).encode())


def document(text: str = "Invoice 1") -> Question:
    """A question about a document of its own."""
    return replace(QUESTION, text=text, bill=Bill())


async def told(model: Model, *questions: Question) -> list[Exception | None]:
    """What each question ends with, one after the other."""
    ends: list[Exception | None] = []
    for question in questions:
        try:
            await model.answer(question)
            ends.append(None)
        except (ConfigError, DocumentError) as error:
            ends.append(error)
    return ends


async def test_who_refuses_every_document_in_the_same_way_is_set_up_wrongly() -> None:
    """The last straw is an error for the user, in the provider's own words."""
    async with served([refusal()]) as (model, _, _):
        *first, last = await told(model, *[document() for _ in range(MANY)])

    assert all(isinstance(error, DocumentError) and error.is_doubtful for error in first)
    assert isinstance(last, ConfigError)
    assert ODD in last.message
    assert "openai:small-1 at 127.0.0.1 (status 400, invalid_request_error)" in last.message
    assert "none is marked as failed" in last.fix


async def test_a_way_of_asking_that_is_always_refused_counts_too() -> None:
    """Whatever is left out of the request, it is refused again."""
    async with served([refusal("response_format is unknown here")]) as (model, _, _):
        *_, last = await told(model, *[document() for _ in range(MANY)])

    assert isinstance(last, ConfigError)


async def test_the_page_of_a_proxy_is_told_without_its_marks() -> None:
    """It is no JSON, and says who stands in the way."""
    page = b"<html><style>p{}</style><h1>Squid</h1>\n<p>Access\x1b[31m not allowed</html>"

    async with served([Said(status=405, raw=page)]) as (model, _, _):
        *_, last = await told(model, *[document() for _ in range(MANY)])

    assert isinstance(last, ConfigError)
    assert "says: Squid Access [31m not allowed" in last.message


async def test_once_a_model_has_answered_a_refusal_is_the_documents_own() -> None:
    """However many follow."""
    async with served(["{}", refusal()]) as (model, _, _):
        answered, *refused = await told(model, *[document() for _ in range(2 * MANY)])

    assert answered is None
    assert all(isinstance(error, DocumentError) for error in refused)
    assert not any(error.is_doubtful for error in refused if isinstance(error, DocumentError))


@pytest.mark.parametrize(
    "said",
    [
        Said(status=413),
        refusal("x", code="context_length_exceeded"),
        refusal("x", code="content_filter"),
    ],
    ids=["413", "too long", "filtered"],
)
async def test_what_is_said_of_a_document_never_counts(said: Said) -> None:
    """A batch may be full of documents that are too long, or unsafe to read."""
    async with served([said]) as (model, _, _):
        ends = await told(model, *[document() for _ in range(2 * MANY)])

    assert all(isinstance(error, DocumentError) and not error.is_doubtful for error in ends)


async def test_one_document_in_many_parts_is_one() -> None:
    """Its questions share a bill."""
    bill = Bill()
    parts = [replace(document(f"part {n}"), bill=bill) for n in range(2 * MANY)]

    async with served([refusal()]) as (model, _, _):
        ends = await told(model, *parts)

    assert all(isinstance(error, DocumentError) for error in ends)


async def test_documents_that_are_refused_for_different_reasons_may_all_be_odd() -> None:
    """Only what is always the same is not theirs."""
    reasons = [refusal(code=f"reason_{letter}") for letter in "abcdefgh"]

    async with served(reasons) as (model, _, _):
        ends = await told(model, *[document() for _ in reasons])

    assert all(isinstance(error, DocumentError) for error in ends)


async def test_all_that_are_in_flight_hear_of_it() -> None:
    """A run has hundreds under way when the fifth refusal comes."""
    async with served([refusal()], concurrency=100) as (model, _, _), asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(told(model, document())) for _ in range(100)]

    ends = [type(error) is ConfigError for task in asking for error in task.result()]
    assert ends.count(True) == 100 - (MANY - 1)


async def test_the_next_model_is_asked_first() -> None:
    """As long as the second one answers, nothing is wrong with the run."""

    def script(body: dict[str, Any]) -> Said:
        return refusal() if body["model"] == "first" else Said("{}")

    async with served(script, model="openai:first, openai:second") as (model, server, _):
        ends = await told(model, *[document() for _ in range(2 * MANY)])

    assert ends == [None] * 2 * MANY
    assert len(server.requests) == 4 * MANY


@pytest.mark.parametrize(
    "message",
    [
        f"Incorrect key {CANARY} given",
        f"Bearer {CANARY.upper()}!",
        f"Incorrect key '{CANARY[:9]}****{CANARY[-4:]}'",
        f"see https://host/?key={CANARY}&x=1",
        f"begins with {CANARY[:9]}",
    ],
)
async def test_no_part_of_a_key_is_repeated(message: str) -> None:
    """Not whole, not masked by the provider, not its beginning."""
    async with served([refusal(message, code=CANARY)]) as (model, _, _):
        *_, last = await told(model, *[document() for _ in range(MANY)])

    shown = f"{last!r} {last}"
    assert isinstance(last, ConfigError)
    assert "[…]" in shown
    assert CANARY[3:9] not in shown.lower()
    assert CANARY[-6:] not in shown.lower()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"error": {"message": "plain"}}, "plain"),
        ({"error": "plain"}, "plain"),
        ({"message": "plain"}, "plain"),
        ({"Message": "plain"}, "plain"),
        ({"detail": "plain"}, "plain"),
        ({"detail": [{"loc": ["body"], "msg": "plain", "input": "secret text"}]}, "plain"),
        ({"errors": [{"message": "plain"}]}, "plain"),
        ({"error": {"code": 7}}, ""),
        ({}, ""),
    ],
)
def test_the_words_are_found_where_servers_put_them(data: dict[str, Any], said: str) -> None:
    """OpenAI's, Ollama's, AWS's, FastAPI's, Cloudflare's."""
    assert words_of(Reply(400, {}, data), CALL, "m") == said


def test_the_models_name_is_no_key() -> None:
    """However long it is: it is what the refusal is about."""
    name = "gpt-4o-realtime-preview-2024-10-01"
    said = {
        "error": {"message": f"{name} is no chat model, abcdefghijklmnopqrst1 and s3cr3t-query"}
    }

    shown = words_of(Reply(400, {}, said), CALL, name)

    assert shown == f"{name} is no chat model, […] and […]"


KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8)


@given(st.text(), KEYS, st.text())
def test_whatever_is_said_is_short_printable_and_without_the_key(
    before: str, key: str, after: str
) -> None:
    """Any text around any key."""
    call = Call(CALL.url, b"", {"Authorization": f"Bearer {key}"})

    shown = words_of(Reply(400, {}, {}, text=f"{before}{key}{after}"), call, "m")

    assert len(shown) <= MOST_SHOWN
    assert shown.isprintable()
    assert key not in shown
