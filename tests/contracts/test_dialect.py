"""What every `Dialect` keeps: a server that speaks it understands, no reply makes it stumble."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from one_page import LINES, QUESTION
from tallysheet.extract._ask import draft_of
from tallysheet.models._dialect import Dialect, Fault, FaultKind, Limits, Reply
from tallysheet.models._dialect import Said as Answer
from tallysheet.models._session import Session
from tallysheet.models.anthropic import Anthropic
from tallysheet.models.bedrock import Bedrock
from tallysheet.models.bedrock._signature import Bearer
from tallysheet.models.openai import OpenAI
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import Behaviour, LLMServer, Said, llm_server

CANARY = "sk-canary-0b7e"
ORIGIN = "http://127.0.0.1:9"

KEYS = st.sampled_from(
    [
        *("content", "stop_reason", "stop_details", "usage", "error", "type", "message", "details"),
        *("error_code", "text", "input", "input_tokens", "output_tokens", "category", "code"),
        *("cache_read_input_tokens", "output", "stopReason", "toolUse", "inputTokens", "__type"),
        *("choices", "finish_reason", "refusal", "prompt_tokens", "completion_tokens", "param"),
    ]
)
WORDS = st.sampled_from(
    [
        *("tool_use", "text", "max_tokens", "end_turn", "refusal", "guardrail_intervened"),
        *("rate_limit_error", "ThrottlingException", "ExpiredTokenException", "length", "stop"),
        *("max_tokens: 9000 > 8000", "thinking", "per day", CANARY, "", "٣", "\ud800"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("retry-after", "retry-after-ms", "date", "x-amzn-errortype"),
            *("anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-reset"),
            *("anthropic-ratelimit-tokens-remaining", "x-ratelimit-limit-requests"),
            *("x-ratelimit-reset-requests", "x-ratelimit-remaining-tokens"),
        ]
    ),
    st.sampled_from(
        [
            *("-1", "0", "7", "1e400", "nan", "6m0s", "12ms", "٣", "", "2026-01-01T00:00:09Z"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01"),
            *("Wed, 21 Oct 2026 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 +1400", CANARY),
        ]
    )
    | st.text(max_size=20),
)


MODEL = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"


def anthropic(origin: str) -> Dialect:
    """Claude, at *origin*."""
    return Anthropic(MODEL, api_key=CANARY, base_url=origin)


def bedrock(origin: str) -> Dialect:
    """A model of Bedrock's, at *origin*."""
    return Bedrock(MODEL, signature=Bearer(CANARY), base_url=origin)


def openai(origin: str) -> Dialect:
    """A model in OpenAI's dialect, at *origin*."""
    return OpenAI(MODEL, api_key=CANARY, base_url=f"{origin}/v1")


each_dialect = pytest.mark.parametrize("opened", [anthropic, bedrock, openai])


@asynccontextmanager
async def served(
    opened: Callable[[str], Dialect], *script: Said | str, **how: Any
) -> AsyncIterator[tuple[Dialect, LLMServer, Session]]:
    """A dialect, the server it speaks to, and the session between them."""
    async with (
        llm_server(script or None, **how) as server,
        Session(connections=8, timeout_s=20.0) as session,
    ):
        yield opened(server.origin), server, session


@each_dialect
async def test_a_document_is_read(opened: Callable[[str], Dialect]) -> None:
    """The server reads the text it is given and calls the tool; its answer is a draft."""
    async with served(opened) as (dialect, server, session):
        told = dialect.read(await session.send(await dialect.call(QUESTION, most_tokens=4000)))

    assert isinstance(told, Answer)
    assert draft_of(told.text, boxes=False).invoice.number == "NO-7"
    assert told.usage.tokens_in > 1000
    assert told.usage.tokens_out > 0
    assert server.visits[0].model == MODEL


@each_dialect
async def test_an_answer_longer_than_allowed_comes_cut(opened: Callable[[str], Dialect]) -> None:
    """The bound in the request is the one that the server keeps."""
    async with served(opened, json.dumps({"invoice": {"number": "9" * 900}})) as (
        dialect,
        _,
        session,
    ):
        cut = dialect.read(await session.send(await dialect.call(QUESTION, most_tokens=100)))
        whole = dialect.read(await session.send(await dialect.call(QUESTION, most_tokens=4000)))

    assert isinstance(cut, Answer)
    assert cut.cut
    assert isinstance(whole, Answer)
    assert not whole.cut


@each_dialect
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said(status=429, headers={"Retry-After": "3"}), FaultKind.RATE_LIMIT),
        (Said(status=500), FaultKind.OVERLOAD),
        (Said(status=529), FaultKind.OVERLOAD),
        (Said(status=400), FaultKind.UNUSABLE),
        (Said(status=401), FaultKind.CREDENTIALS),
        (Said(status=403), FaultKind.CREDENTIALS),
        (Said(status=404), FaultKind.UNKNOWN_MODEL),
        (Said(refusal="No."), FaultKind.REFUSED),
    ],
)
async def test_each_refusal_is_understood(
    opened: Callable[[str], Dialect], said: Said, kind: FaultKind
) -> None:
    """In the words of the dialect."""
    async with served(opened, said) as (dialect, _, session):
        told = dialect.read(await session.send(await dialect.call(QUESTION, most_tokens=4000)))

    assert isinstance(told, Fault)
    assert told.kind is kind


@each_dialect
async def test_a_full_quota_says_when_to_come_back(opened: Callable[[str], Dialect]) -> None:
    """Bedrock alone says nothing but that it is full."""
    behaviour = Behaviour(requests_per_minute=1)
    async with served(opened, "{}", behaviour=behaviour) as (dialect, _, session):
        await session.send(await dialect.call(QUESTION, most_tokens=100))
        reply = await session.send(await dialect.call(QUESTION, most_tokens=100))

    told, limits = dialect.read(reply), dialect.limits(reply, FakeClock())
    assert isinstance(told, Fault)
    assert told.kind is FaultKind.RATE_LIMIT
    if opened is bedrock:
        assert limits == Limits()
    else:
        assert limits.wait_s is not None
        assert 0 < limits.wait_s <= 60
        assert (limits.requests.limit, limits.requests.remaining) == (1, 0)
        assert limits.requests.reset_s is not None
        assert 0 < limits.requests.reset_s <= 61


@each_dialect
@given(
    status=st.sampled_from([0, 200, 201, 204, 302, 400, 401, 403, 404, 408, 413, 429, 500, 529]),
    headers=HEADERS,
    data=st.dictionaries(KEYS, JSON, max_size=6),
)
def test_any_reply_is_an_answer_or_a_fault(
    opened: Callable[[str], Dialect],
    status: int,
    headers: dict[str, str],
    data: dict[str, Any],
) -> None:
    """Its counts are counts, its limits are numbers, and a fault tells no text of it."""
    dialect, reply = opened(ORIGIN), Reply(status, headers, data)

    told = dialect.read(reply)
    limits = dialect.limits(reply, FakeClock())

    assert isinstance(told, Answer | Fault)
    assert isinstance(limits, Limits)
    assert min(told.usage.tokens_in, told.usage.tokens_out, told.usage.tokens_cached) >= 0
    assert told.usage.tokens_cached <= told.usage.tokens_in
    for limit in (limits.requests, limits.tokens):
        given_numbers = [n for n in (limit.limit, limit.remaining, limit.reset_s) if n is not None]
        assert all(0 <= number < float("inf") for number in given_numbers)
    if isinstance(told, Fault):
        assert CANARY not in repr(told)


@each_dialect
async def test_equal_questions_make_equal_bodies(opened: Callable[[str], Dialect]) -> None:
    """What a provider cached for one document serves the next."""
    dialect = opened(ORIGIN)

    one, two = [await dialect.call(QUESTION, most_tokens=900) for _ in range(2)]

    assert one.body == two.body
    assert one.url == two.url


@each_dialect
async def test_the_bound_and_the_document_stand_in_the_request(
    opened: Callable[[str], Dialect],
) -> None:
    """Each under the provider's own names."""
    call = await opened(ORIGIN).call(QUESTION, most_tokens=1234)

    sent = call.body.decode()
    assert "1234" in sent
    assert all(json.dumps(line)[1:-1] in sent for line in LINES)
    assert json.loads(QUESTION.schema)["required"][0] in sent


@each_dialect
async def test_who_asks_is_told_by_no_name(opened: Callable[[str], Dialect]) -> None:
    """Key and account stay out of everything that is shown."""
    dialect = opened(ORIGIN)

    call = await dialect.call(QUESTION, most_tokens=9)

    shown = f"{dialect!r} {dialect.name} {dialect.quota} {call!r}"
    assert CANARY not in shown
    assert any(CANARY in value for value in call.headers.values())
    assert dialect.quota == opened(ORIGIN).quota
