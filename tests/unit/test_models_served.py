"""Each dialect against a server that speaks it: what one says, the other understands."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tallysheet.extract._ask import draft_of
from tallysheet.extract._prompt import question_about
from tallysheet.model import Page, Parsed, Word
from tallysheet.models._dialect import Call, Dialect, Fault, FaultKind, Reply
from tallysheet.models._dialect import Said as Answer
from tallysheet.models.anthropic import Anthropic
from tallysheet.models.bedrock import Bedrock
from tallysheet.models.bedrock._signature import Bearer
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import Behaviour, LLMServer, Said, llm_server

MODEL = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"
LINES = ("Invoice number: NO-7", "Date: 2026-03-01", "Total: 119.00 EUR")
PAGE = Page(
    number=1,
    width=595,
    height=842,
    words=tuple(
        Word(text, 50 + 60 * column, 50 + 20 * row, 100 + 60 * column, 60 + 20 * row)
        for row, line in enumerate(LINES)
        for column, text in enumerate(line.split())
    ),
)
QUESTION = question_about(Parsed("application/pdf", pages=(PAGE,)))


def anthropic(origin: str) -> Dialect:
    """Claude, at *origin*."""
    return Anthropic(MODEL, api_key="", base_url=origin)


def bedrock(origin: str) -> Dialect:
    """A model of Bedrock's, at *origin*."""
    return Bedrock(MODEL, signature=Bearer("k"), base_url=origin)


each_dialect = pytest.mark.parametrize("opened", [anthropic, bedrock])


@asynccontextmanager
async def served(
    opened: Callable[[str], Dialect], *script: Said | str, **how: Any
) -> AsyncIterator[tuple[Dialect, LLMServer, Callable[[Call], Any]]]:
    """A dialect, the server it speaks to, and a way to send one request."""
    async with llm_server(script or None, **how) as server, aiohttp.ClientSession() as http:

        async def sent(call: Call) -> Reply:
            # The path as it is: it is what was signed.
            where = URL(call.url, encoded=True)
            async with http.post(where, data=call.body, headers=call.headers) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, headers, await response.json())

        yield opened(server.origin), server, sent


@each_dialect
async def test_a_document_is_read(opened: Callable[[str], Dialect]) -> None:
    """The server reads the text it is given and calls the tool; its answer is a draft."""
    async with served(opened) as (dialect, server, sent):
        told = dialect.read(await sent(await dialect.call(QUESTION, most_tokens=4000)))

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
        sent,
    ):
        cut = dialect.read(await sent(await dialect.call(QUESTION, most_tokens=100)))
        whole = dialect.read(await sent(await dialect.call(QUESTION, most_tokens=4000)))

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
    async with served(opened, said) as (dialect, _, sent):
        told = dialect.read(await sent(await dialect.call(QUESTION, most_tokens=4000)))

    assert isinstance(told, Fault)
    assert told.kind is kind


@each_dialect
async def test_a_full_quota_says_when_to_come_back(opened: Callable[[str], Dialect]) -> None:
    """To Bedrock's users it says no more than that."""
    behaviour = Behaviour(requests_per_minute=1)
    async with served(opened, "{}", behaviour=behaviour) as (dialect, _, sent):
        await sent(await dialect.call(QUESTION, most_tokens=100))
        reply = await sent(await dialect.call(QUESTION, most_tokens=100))

    told, limits = dialect.read(reply), dialect.limits(reply, FakeClock())
    assert isinstance(told, Fault)
    assert told.kind is FaultKind.RATE_LIMIT
    assert limits.wait_s is not None
    assert 0 < limits.wait_s <= 60
    if opened is anthropic:
        assert (limits.requests.limit, limits.requests.remaining) == (1, 0)
        assert limits.requests.reset_s is not None
        assert 0 < limits.requests.reset_s <= 61
