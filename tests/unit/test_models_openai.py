"""The OpenAI dialect: what is sent, what comes of each reply, and that keys stay secret."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tallysheet.errors import ConfigError, DocumentError, ModelOutage
from tallysheet.model import Parsed, Picture
from tallysheet.models._session import ATTEMPTS, MOST_BYTES
from tallysheet.models.openai import MOST_TOKENS, OpenAI, _authorization
from tallysheet.ports import Question
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import LLMServer, Said, Script, llm_server

CANARY = "sk-canary-4f9d1c"
QUESTION = Question(Parsed("application/pdf"), "Read it.", "Invoice 1", '{"type":"object"}')


class CountedClock(FakeClock):
    """A fake clock that writes down its sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Write it down, and sleep."""
        self.slept.append(seconds)
        await super().sleep(seconds)

    def random(self) -> float:
        """The middle of all chances."""
        return 0.5


@asynccontextmanager
async def served(
    script: Script, *, concurrency: int = 8
) -> AsyncIterator[tuple[OpenAI, LLMServer, CountedClock]]:
    """A model behind a server that follows *script*."""
    clock = CountedClock()
    async with (
        llm_server(script) as server,
        OpenAI(
            "small-1",
            api_key=CANARY,
            base_url=server.url,
            clock=clock,
            concurrency=concurrency,
            timeout_s=20.0,
        ) as model,
    ):
        yield model, server, clock


async def test_a_request_holds_the_question_the_schema_and_a_bound() -> None:
    """Instructions first, the document last, so that a provider can cache the beginning."""
    async with served(['{"invoice": {}}']) as (model, server, _):
        answer = await model.answer(QUESTION)

    sent = server.requests[0]
    assert [m["role"] for m in sent["messages"]] == ["system", "user"]
    assert [m["content"] for m in sent["messages"]] == ["Read it.", "Invoice 1"]
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert sent["max_tokens"] == MOST_TOKENS
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    assert answer.text == '{"invoice": {}}'
    assert answer.tokens_in > 0
    assert answer.tokens_out > 0


async def test_mistakes_are_shown_as_a_conversation() -> None:
    """Each earlier answer is the assistant's, and what was wrong with it the user's."""
    question = Question(QUESTION.parsed, "Read it.", "Invoice 1", mistakes=(("{", "Not JSON."),))

    async with served(["{}"]) as (model, server, _):
        await model.answer(question)

    roles = [(m["role"], m["content"]) for m in server.requests[0]["messages"]][2:]
    assert roles == [("assistant", "{"), ("user", "Not JSON.")]
    assert "response_format" not in server.requests[0]


@pytest.mark.parametrize(
    "fault",
    [
        Said(status=429),
        Said(status=500),
        Said(status=503),
        Said(status=529),
        Said(status=408),
        Said(hang_up=True),
        Said(raw=b"<html>busy</html>"),
        Said(raw=b"[" * 100_000),
        Said(raw=b'{"choices": [{"message": {"content": "{}"'),
        Said(raw=b" " * 2 * MOST_BYTES + b'{"choices": []}'),
    ],
    ids=["429", "500", "503", "529", "408", "hang up", "html", "deep", "torn", "huge"],
)
async def test_what_may_pass_is_tried_again(fault: Said) -> None:
    """One bad reply costs a pause, not the document."""
    async with served([fault, "{}"]) as (model, server, clock):
        answer = await model.answer(QUESTION)

    assert answer.text == "{}"
    assert len(server.requests) == 2
    assert clock.slept == [0.75]


async def test_the_wait_that_a_provider_asks_for_is_obeyed() -> None:
    """Never earlier than told, and at most a tenth later."""
    async with served([Said(status=429, headers={"Retry-After": "130"}), "{}"]) as (
        model,
        _,
        clock,
    ):
        await model.answer(QUESTION)

    assert clock.slept == [pytest.approx(130 * 1.05)]


async def test_a_wait_beyond_reason_is_an_outage() -> None:
    """An hour is not waited for with a document in hand."""
    refusal = Said(status=429, headers={"Retry-After": "3600"})

    async with served([refusal]) as (model, server, clock):
        with pytest.raises(ModelOutage):
            await model.answer(QUESTION)

    assert len(server.requests) == 1
    assert clock.slept == []


async def test_after_a_few_attempts_it_is_an_outage() -> None:
    """The pauses grow, and they end."""
    async with served([Said(status=503)]) as (model, server, clock):
        with pytest.raises(ModelOutage, match="503"):
            await model.answer(QUESTION)

    assert len(server.requests) == ATTEMPTS
    assert clock.slept == sorted(clock.slept)
    assert len(clock.slept) == ATTEMPTS - 1


async def test_a_spent_quota_is_an_outage_at_once() -> None:
    """No waiting fills an account."""
    async with served([Said(status=429, code="insufficient_quota")]) as (model, server, _):
        with pytest.raises(ModelOutage, match="insufficient_quota"):
            await model.answer(QUESTION)

    assert len(server.requests) == 1


async def test_nobody_there_is_an_outage() -> None:
    """A refused connection is tried again like any other trouble."""
    async with served(["{}"]) as (_, server, _):
        url = server.url
    clock = CountedClock()

    async with OpenAI("m", api_key="k", base_url=url, clock=clock) as model:
        with pytest.raises(ModelOutage, match="Connect"):
            await model.answer(QUESTION)

    assert len(clock.slept) == ATTEMPTS - 1


@pytest.mark.parametrize(
    ("said", "error", "reason"),
    [
        (Said(status=401), ConfigError, ""),
        (Said(status=403), ConfigError, ""),
        (Said(status=404), ConfigError, ""),
        (Said(status=302, headers={"Location": "http://127.0.0.1:9/"}), ConfigError, ""),
        (Said(status=400), DocumentError, "model_refused"),
        (Said(status=413), DocumentError, "model_refused"),
        (Said(status=422), DocumentError, "model_refused"),
        (Said(status=400, code="context_length_exceeded"), DocumentError, "too_long"),
        (Said(ending="length"), DocumentError, "model_cut"),
        (Said(ending="content_filter"), DocumentError, "model_refused"),
        (Said(refusal="I cannot help with that."), DocumentError, "model_refused"),
    ],
)
async def test_what_will_not_pass_is_said_at_once(
    said: Said, error: type[Exception], reason: str
) -> None:
    """Each refusal becomes the error whose reaction fits, after one request."""
    async with served([said]) as (model, server, _):
        with pytest.raises(error) as caught:
            await model.answer(QUESTION)

    assert getattr(caught.value, "reason", "") == reason
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"choices": []},
        {"choices": None, "usage": 3},
        {"choices": ["no"]},
        {"choices": [{"message": "no"}]},
        {"choices": [{"message": {"content": 7}}], "usage": {"prompt_tokens": "many"}},
        {"choices": [{"message": {"content": None}}], "usage": {"prompt_tokens": -5}},
    ],
)
async def test_a_reply_of_another_shape_says_nothing(body: object) -> None:
    """Saying nothing is an answer that can be repaired; a crash is not."""
    async with served([Said(raw=json.dumps(body).encode())]) as (model, _, _):
        answer = await model.answer(QUESTION)

    assert (answer.text, answer.tokens_in, answer.tokens_out) == ("", 0, 0)


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    """The server sees the number that was set, and never one more."""
    async with served(["{}"], concurrency=3) as (model, server, _), asyncio.TaskGroup() as group:
        server.hold()
        for _ in range(9):
            group.create_task(model.answer(QUESTION))
        await server.arrived(3)
        server.release()

    assert server.most_in_flight == 3
    assert len(server.requests) == 9


async def test_more_than_a_hundred_may_be_under_way() -> None:
    """The client library's own limit of 100 connections is not at work."""
    async with served(["{}"], concurrency=120) as (model, server, _), asyncio.TaskGroup() as group:
        server.hold()
        for _ in range(130):
            group.create_task(model.answer(QUESTION))
        await server.arrived(120)
        server.release()

    assert server.most_in_flight == 120


async def test_a_slot_is_free_while_one_waits_to_try_again() -> None:
    """A question that was put off holds up nobody else."""
    async with served([Said(status=429), "{}"], concurrency=1) as (model, server, clock):
        entered, told = asyncio.Event(), asyncio.Event()

        async def sleep(seconds: float) -> None:
            entered.set()
            await told.wait()

        clock.sleep = sleep
        async with asyncio.TaskGroup() as group:
            first = group.create_task(model.answer(QUESTION))
            await entered.wait()
            second = await model.answer(QUESTION)
            still_waiting = not first.done()
            told.set()

    assert second.text == "{}"
    assert still_waiting
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "said",
    [
        Said(status=status, raw=json.dumps({"error": error}).encode())
        for status in (400, 401, 404, 429, 500)
        for error in (
            {"message": f"Incorrect API key provided: {CANARY}", "type": CANARY, "code": CANARY},
            f"bad {CANARY}",
        )
    ]
    + [Said(hang_up=True), Said(raw=CANARY.encode()), Said(ending="length")],
)
async def test_the_key_is_in_no_error_log_or_repr(
    said: Said, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the provider itself repeats it."""
    caplog.set_level(logging.DEBUG)

    async with served([said]) as (model, _, _):
        with pytest.raises((ConfigError, DocumentError, ModelOutage)) as caught:
            await model.answer(QUESTION)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        shown += repr(model) + str(model) + caplog.text

    assert CANARY not in shown
    assert "small-1" in shown


@pytest.mark.parametrize("key", [f"{CANARY}\nX-Evil: 1", f"{CANARY} {CANARY}", f"{CANARY}é"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    """A line break in a key would end the header it stands in."""
    with pytest.raises(ConfigError) as caught:
        OpenAI("m", api_key=key, clock=CountedClock())

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://host/v1",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
        "http://host:99999/v1",
        "http://host:http/v1",
        "http://host:0/v1",
        f"https://me:{CANARY}@host/v1",
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused(url: str) -> None:
    """Only http and https, with a host and without a password."""
    with pytest.raises(ConfigError) as caught:
        OpenAI("m", api_key="k", clock=CountedClock(), base_url=url)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://mine.openai.azure.com/openai/v1", "max_completion_tokens"),
        ("http://localhost:11434/v1", "max_tokens"),
    ],
)
def test_the_bound_has_the_name_that_the_host_understands(url: str, name: str) -> None:
    """OpenAI's newer models refuse the old name, many others know no other."""
    body = OpenAI("m", api_key="k", clock=CountedClock(), base_url=url)._body(QUESTION)
    sent = json.loads(body)

    assert sent[name] == MOST_TOKENS
    assert len({"max_tokens", "max_completion_tokens"} & set(sent)) == 1


async def test_an_endpoint_may_stand_anywhere() -> None:
    """A trailing slash and a query, such as Azure's version, are kept apart from the path."""
    model = OpenAI("m", api_key="k", clock=CountedClock(), base_url="https://h/a/?api-version=1")

    assert model._url == "https://h/a/chat/completions?api-version=1"


async def test_no_key_sends_no_authorization() -> None:
    """A local server that asks for none gets none."""
    async with (
        llm_server(["{}"]) as server,
        OpenAI("m", api_key="", base_url=server.url, clock=CountedClock()) as model,
    ):
        await model.answer(QUESTION)

    assert "authorization" not in server.headers[0]


async def test_pictures_come_in_page_order_before_the_text() -> None:
    """Each follows its page number."""
    pictures = (Picture(1, "image/png", b"one"), Picture(2, "image/jpeg", b"two"))
    question = Question(QUESTION.parsed, "Read it.", "Invoice 1", pictures=pictures)

    async with served(["{}"]) as (model, server, _):
        await model.answer(question)

    content = server.requests[0]["messages"][1]["content"]
    assert content == [
        {"type": "text", "text": "Page 1:"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,b25l"}},
        {"type": "text", "text": "Page 2:"},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,dHdv"}},
        {"type": "text", "text": "Invoice 1"},
    ]


@pytest.mark.parametrize(
    ("host", "key", "header"),
    [
        ("api.openai.com", "sk-1", {"Authorization": "Bearer sk-1"}),
        ("books.openai.azure.com", "abc1", {"api-key": "abc1"}),
        ("books.services.ai.azure.com", "abc1", {"api-key": "abc1"}),
        ("books.openai.azure.com", "eyJ0.eyJ1.x", {"Authorization": "Bearer eyJ0.eyJ1.x"}),
        ("openai.azure.com.evil.example", "abc1", {"Authorization": "Bearer abc1"}),
        ("127.0.0.1", " ", {}),
    ],
)
def test_a_key_goes_where_the_host_looks_for_it(
    host: str, key: str, header: dict[str, str]
) -> None:
    """Azure knows its own keys under another name, and Entra's tokens under the usual one."""
    assert _authorization(key, host) == header


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"code": 400, "type": "exceed_context_size_error", "n_ctx": 4096}),
        (400, {"code": 400, "message": "This model's maximum context length is 8192 tokens."}),
    ],
    ids=["llama.cpp", "vLLM"],
)
async def test_a_document_too_long_is_told_in_each_servers_words(
    status: int, error: dict[str, object]
) -> None:
    """Another model may read it."""
    said = Said(status=status, raw=json.dumps({"error": error}).encode())

    async with served([said]) as (model, _, _):
        with pytest.raises(DocumentError) as caught:
            await model.answer(QUESTION)

    assert caught.value.reason == "too_long"


async def test_geminis_bad_key_is_a_bad_key() -> None:
    """Its endpoint answers 400, with the error in a list."""
    error = {"code": 400, "details": [{"reason": "API_KEY_INVALID"}], "message": CANARY}
    said = Said(status=400, raw=json.dumps([{"error": error}]).encode())

    async with served([said]) as (model, _, _):
        with pytest.raises(ConfigError, match="key") as caught:
            await model.answer(QUESTION)

    assert CANARY not in str(caught.value)
