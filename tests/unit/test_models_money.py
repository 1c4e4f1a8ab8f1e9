"""Money through the real caller: a budget holds whatever the provider's server does."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tallysheet.errors import BudgetReached, ConfigError, DocumentError, ModelOutage
from tallysheet.model import Parsed
from tallysheet.models import Budget, open_model
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import Answer, Bill, Model, Question
from tallysheet.settings import Settings
from tallysheet.testing.llm_server import LLMServer, Said, llm_server

IN_FLIGHT = 1_000
USD_IN, USD_OUT = 1.0, 10.0
PRICE = f"openai:own={USD_IN}/{USD_OUT}"
QUESTION = Question(Parsed("application/pdf"), "Read it.", "x" * 1_000, '{"type":"object"}')
REPLY = json.dumps({"invoice": {"number": "M" * 4_000}})


def settings_for(server: LLMServer, **more: Any) -> Settings:
    """Settings that ask *server*, patiently enough for a test and no more."""
    known = {"prices": (PRICE,), "concurrency": IN_FLIGHT, "model_limit_s": 20.0}
    return Settings(model="openai:own", base_url=server.url, **known | more)


def billed_usd(server: LLMServer) -> float:
    """What this server would put on the bill: every reply that it gave."""
    given = [visit for visit in server.visits if visit.status == 200]
    tokens_in = sum(visit.tokens_in for visit in given)
    return (tokens_in * USD_IN + sum(visit.tokens_out for visit in given) * USD_OUT) / 1e6


async def all_asked(model: Model, times: int) -> list[Answer | Exception]:
    """What comes of so many questions at once."""

    async def ask() -> Answer | Exception:
        try:
            return await model.answer(QUESTION)
        except (BudgetReached, DocumentError, ModelOutage) as error:
            return error

    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(ask()) for _ in range(times)]
    return [task.result() for task in asking]


async def test_a_thousand_calls_in_flight_never_pass_the_budget() -> None:
    """The provider's own bill is at or below it, most of it is used, and nobody hangs."""
    budget = Budget(2.0)
    async with (
        llm_server([REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
    ):
        came = await all_asked(model, IN_FLIGHT)

    ends = Counter(type(one) for one in came)
    bill = billed_usd(server)
    assert set(ends) == {Answer, BudgetReached}
    assert len(server.requests) == ends[Answer]
    assert 1.8 < bill <= budget.spent_usd <= 2.0
    assert budget.spent_usd == pytest.approx(bill, abs=1e-5)
    assert budget.held_usd == 0.0
    assert sum(a.cost_usd for a in came if isinstance(a, Answer)) == pytest.approx(bill)


async def test_a_budget_that_is_enough_holds_nobody_up() -> None:
    """All that is set aside at once fits, so all are in flight at once."""
    async with (
        llm_server([REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=Budget(1_000.0)) as model,
    ):
        server.hold()
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(all_asked(model, IN_FLIGHT))
            await server.arrived(IN_FLIGHT)
            server.release()

    assert server.most_in_flight == IN_FLIGHT
    assert all(isinstance(one, Answer) for one in asking.result())


async def test_a_reply_that_never_came_counts_in_full() -> None:
    """It may be on the bill: the document costs it, and so does the run."""
    budget = Budget(10.0)
    async with (
        llm_server([Said(hang_up=True), REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
    ):
        answer = await model.answer(QUESTION)

    assert answer.attempts == 2
    assert answer.cost_usd > 2 * billed_usd(server)
    assert budget.spent_usd == pytest.approx(answer.cost_usd, abs=1e-6)


async def test_what_a_provider_puts_off_costs_nothing() -> None:
    """A refused request is on no bill."""
    put_off = Said(status=429, headers={"Retry-After": "0"})
    budget = Budget(10.0)
    async with (
        llm_server([put_off, REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
    ):
        answer = await model.answer(QUESTION)

    assert len(server.requests) == 2
    assert answer.cost_usd == pytest.approx(billed_usd(server))


async def test_a_question_that_is_broken_off_has_cost_all_that_was_set_aside() -> None:
    """Its request is out, and nobody knows what it will be charged for."""
    budget = Budget(10.0)
    question = replace(QUESTION, bill=Bill())
    async with (
        llm_server([REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
        asyncio.TaskGroup() as tasks,
    ):
        server.hold()
        asking = tasks.create_task(model.answer(question))
        await server.arrived(1)
        set_aside = budget.held_usd
        asking.cancel()

    assert question.bill.usd == pytest.approx(set_aside)
    assert budget.spent_usd == pytest.approx(set_aside)


async def test_a_question_for_which_the_money_ends_has_cost_its_failed_attempts() -> None:
    """The first request may be on the bill, and a second one does not fit."""
    question = replace(QUESTION, bill=Bill())
    budget = Budget(0.1)
    async with (
        llm_server([Said(hang_up=True)]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
    ):
        with pytest.raises(BudgetReached):
            await model.answer(question)

    assert len(server.requests) == 1
    assert question.bill.usd == pytest.approx(budget.spent_usd)
    assert question.bill.usd > 0


async def test_an_answer_that_was_cut_is_paid_for_too() -> None:
    """Cut short, asked again with more room, and both are on the bill."""
    budget = Budget(10.0)
    async with (
        llm_server([Said(REPLY, ending="length"), REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
    ):
        answer = await model.answer(QUESTION)

    first, second = (body["max_tokens"] for body in server.requests)
    assert second > 2 * first
    assert len([visit for visit in server.visits if visit.status == 200]) == 2
    assert answer.cost_usd == pytest.approx(billed_usd(server))


async def test_a_document_that_is_refused_has_cost_what_its_answer_took() -> None:
    """The model read it before it said no."""
    budget = Budget(10.0)
    async with (
        llm_server([Said(refusal="I will not.")]) as server,
        open_model(settings_for(server), clock=SystemClock(), budget=budget) as model,
    ):
        (error,) = await all_asked(model, 1)

    assert isinstance(error, DocumentError)
    assert error.cost_usd == pytest.approx(budget.spent_usd, abs=1e-6)
    assert error.cost_usd > 0


async def test_each_request_asks_for_no_more_room_than_it_needs() -> None:
    """Some providers take it off the quota, and a budget sets it aside."""
    async with (
        llm_server([REPLY]) as server,
        open_model(settings_for(server), clock=SystemClock()) as model,
    ):
        await all_asked(model, 1)
        await model.answer(Question(QUESTION.parsed, text="x" * 10_000))

    short, long = (body["max_tokens"] for body in server.requests)
    assert 1_500 < short < 8_000
    assert short < long < 32_768


async def test_without_a_price_no_budget_is_begun() -> None:
    """A server on this machine may be a gateway to one that costs."""
    async with llm_server([REPLY]) as server:
        settings = settings_for(server, prices=())

        with pytest.raises(ConfigError, match="openai:own"):
            async with open_model(settings, clock=SystemClock(), budget=Budget(1.0)):
                pass

    assert server.requests == []
