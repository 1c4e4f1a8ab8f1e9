"""From a question to its answer: what is asked again, what is given up, what stays secret."""

import asyncio
import json
import logging
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asked import CANARY, QUESTION, CountedClock, served
from tallysheet.errors import ConfigError, DocumentError, ModelOutage
from tallysheet.models import open_model
from tallysheet.models._caller import (
    ATTEMPTS,
    FIRST_WAIT_S,
    MOST_TOKENS,
    MOST_WAIT_S,
    wait_s,
)
from tallysheet.settings import Settings
from tallysheet.testing.llm_server import Said, llm_server


@given(attempt=st.integers(1, 1000), jitter=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_half_its_step_nor_longer_than_the_cap(
    attempt: int, jitter: float
) -> None:
    """Jitter spreads the herd over half of a step that doubles up to the cap."""
    step = min(MOST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt - 1, 60))

    pause = wait_s(attempt, jitter=jitter)

    assert step / 2 <= pause <= step


@pytest.mark.parametrize(
    "fault",
    [
        Said(status=500),
        Said(status=503),
        Said(status=529),
        Said(status=408),
        Said(hang_up=True),
        Said(cut=True),
        Said(raw=b"<html>busy</html>"),
    ],
    ids=["500", "503", "529", "408", "hang up", "cut", "html"],
)
async def test_what_may_pass_is_tried_again_after_a_pause(fault: Said) -> None:
    """One bad reply costs a pause, not the document."""
    async with served([fault, "{}"]) as (model, server, clock):
        answer = await model.answer(QUESTION)

    assert (answer.text, answer.attempts) == ("{}", 2)
    assert len(server.requests) == 2
    assert clock.slept == [0.75]


async def test_a_way_of_asking_that_was_refused_is_changed_without_a_pause() -> None:
    """Waiting would not mend it, and the next request is another one."""
    refusal = {"error": {"message": "response_format json_schema is not supported"}}
    script = [Said(status=400, raw=json.dumps(refusal).encode()), "{}"]

    async with served(script) as (model, server, clock):
        await model.answer(QUESTION)

    ways = [body["response_format"]["type"] for body in server.requests]
    assert ways == ["json_schema", "json_object"]
    assert clock.slept == []


async def test_a_way_of_asking_that_is_refused_for_ever_fails_the_document() -> None:
    """The provider does answer: the run goes on without it."""
    refusal = {"error": {"message": "response_format is unknown here"}}

    async with served([Said(status=400, raw=json.dumps(refusal).encode())]) as (model, server, _):
        with pytest.raises(DocumentError) as caught:
            await model.answer(QUESTION)

    assert caught.value.reason == "model_failed"
    assert len(server.requests) == ATTEMPTS


async def test_the_wait_that_a_provider_asks_for_is_obeyed() -> None:
    """Never earlier than told, and at most a tenth later."""
    async with served([Said(status=429, headers={"Retry-After": "130"}), "{}"]) as (
        model,
        _,
        clock,
    ):
        await model.answer(QUESTION)

    assert clock.monotonic() == pytest.approx(130 * 1.05)


async def test_a_wait_beyond_reason_is_an_outage() -> None:
    """An hour is not waited for with a document in hand."""
    refusal = Said(status=429, headers={"Retry-After": "3600"})

    async with served([refusal]) as (model, server, clock):
        with pytest.raises(ModelOutage):
            await model.answer(QUESTION)

    assert len(server.requests) == 1
    assert clock.slept == []


async def test_rate_limits_cost_no_attempts() -> None:
    """Twice as many refusals as attempts, and the answer comes nevertheless."""
    refusals = [Said(status=429)] * 2 * ATTEMPTS

    async with served([*refusals, "{}"]) as (model, server, _):
        answer = await model.answer(QUESTION)

    assert answer.text == "{}"
    assert len(server.requests) == 2 * ATTEMPTS + 1


async def test_a_rate_limit_without_end_is_an_outage_in_the_end() -> None:
    """The patience with one document is bounded, and pauses grow meanwhile."""
    async with served([Said(status=429)], model_patience_s=600) as (model, server, clock):
        with pytest.raises(ModelOutage, match="429"):
            await model.answer(QUESTION)

    assert 600 < clock.monotonic() < 700
    assert len(server.requests) < 30


async def test_after_a_few_attempts_it_is_an_outage() -> None:
    """The pauses grow, and they end."""
    async with served([Said(status=500)]) as (model, server, clock):
        with pytest.raises(ModelOutage, match="500"):
            await model.answer(QUESTION)

    assert len(server.requests) == ATTEMPTS
    assert clock.slept == sorted(clock.slept)
    assert len(clock.slept) == ATTEMPTS - 1


async def test_a_document_that_a_provider_always_fails_at_does_not_stop_the_others() -> None:
    """While others are answered it is the document that fails, not the run."""

    def script(body: dict[str, object]) -> Said:
        return Said(status=500) if "poison" in str(body["messages"]) else Said("{}")

    poison = type(QUESTION)(QUESTION.parsed, "Read it.", "poison", "")
    async with served(script) as (model, _, clock):

        async def others() -> None:
            for _ in range(40):
                await model.answer(QUESTION)
                await clock.sleep(2.0)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(others())
            with pytest.raises(DocumentError) as caught:
                await model.answer(poison)

    assert caught.value.reason == "model_failed"


async def test_nobody_there_is_an_outage() -> None:
    """A refused connection is tried again like any other trouble."""
    async with served(["{}"]) as (_, server, _):
        url = server.url
    clock = CountedClock()

    settings = Settings(model="openai:m", base_url=url)
    async with open_model(settings, clock=clock, api_key="k") as model:
        with pytest.raises(ModelOutage, match="Connect"):
            await model.answer(QUESTION)

    assert len(clock.slept) == ATTEMPTS - 1


@pytest.mark.parametrize(
    ("said", "error", "reason"),
    [
        (Said(status=401), ConfigError, ""),
        (Said(status=403), ConfigError, ""),
        (Said(status=404), ConfigError, ""),
        (Said(status=429, code="insufficient_quota"), ConfigError, ""),
        (Said(status=302, headers={"Location": "http://127.0.0.1:9/"}), ConfigError, ""),
        (Said(status=400), DocumentError, "model_refused"),
        (Said(status=422), DocumentError, "model_refused"),
        (Said(status=413), DocumentError, "too_long"),
        (Said(status=400, code="context_length_exceeded"), DocumentError, "too_long"),
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


async def test_an_answer_that_was_cut_is_asked_for_once_more_with_more_room() -> None:
    """It is never taken as whole."""
    async with served([Said('{"a', ending="length"), '{"a": 1}']) as (model, server, _):
        answer = await model.answer(QUESTION)

    first, second = [body["max_tokens"] for body in server.requests]
    assert answer.text == '{"a": 1}'
    assert first < second <= MOST_TOKENS


async def test_an_answer_that_is_cut_again_fails_the_document() -> None:
    """The reason lets the document be read in parts."""
    async with served([Said(ending="length")]) as (model, server, _):
        with pytest.raises(DocumentError) as caught:
            await model.answer(QUESTION)

    assert caught.value.reason == "model_cut"
    assert len(server.requests) == 2


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    """The server sees the number that was set, and never one more."""
    async with (
        served(["{}"], concurrency=3) as (model, server, _),
        asyncio.TaskGroup() as group,
    ):
        server.hold()
        for _ in range(9):
            group.create_task(model.answer(QUESTION))
        await server.arrived(3)
        server.release()

    assert server.most_in_flight == 3
    assert len(server.requests) == 9


async def test_more_than_a_hundred_may_be_under_way() -> None:
    """The client library's own limit of 100 connections is not at work."""
    async with (
        served(["{}"], concurrency=120) as (model, server, _),
        asyncio.TaskGroup() as group,
    ):
        server.hold()
        for _ in range(130):
            group.create_task(model.answer(QUESTION))
        await server.arrived(120)
        server.release()

    assert server.most_in_flight == 120


async def test_a_slot_is_free_while_one_waits_to_try_again() -> None:
    """A question that was put off holds up nobody else."""
    async with served([Said(status=500), "{}"], concurrency=1) as (model, server, clock):
        entered, told = asyncio.Event(), asyncio.Event()

        async def sleep(seconds: float) -> None:
            entered.set()
            await told.wait()

        clock.sleep = sleep  # type: ignore[method-assign]
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
        for status in (400, 401, 404, 500)
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


async def test_no_key_sends_no_authorization() -> None:
    """A local server that asks for none gets none."""
    async with llm_server(["{}"]) as server:
        settings = Settings(model="openai:m", base_url=server.url)
        async with open_model(settings, clock=CountedClock(), api_key="") as model:
            await model.answer(QUESTION)

    assert "authorization" not in server.headers[0]
