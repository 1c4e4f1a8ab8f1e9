"""Several models in order: when the next is asked, when not, and what it all cost."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from asked import QUESTION
from tallysheet.errors import BudgetReached, ConfigError, DocumentError, ModelOutage
from tallysheet.models import Budget, Call, Reply, open_model
from tallysheet.models._breaker import ENOUGH
from tallysheet.ports import Model
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock

Said = Callable[[], Reply]


def good() -> Reply:
    """An answer of 100 tokens after 1,000 read."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    choice = {"message": {"content": "{}"}, "finish_reason": "stop"}
    return Reply(200, {}, {"choices": [choice], "usage": usage})


def refused() -> Reply:
    """A refusal that was paid for."""
    return Reply(200, {}, {**good().data, "choices": [{"finish_reason": "content_filter"}]})


def cut() -> Reply:
    """Half an answer."""
    choice = {"message": {"content": "{"}, "finish_reason": "length"}
    return Reply(200, {}, {**good().data, "choices": [choice]})


def status(number: int, **error: Any) -> Said:
    """A bad reply with that status."""
    return lambda: Reply(number, {}, {"error": error})


@dataclass(slots=True)
class Spoken:
    """A `Wire` on which the first model says one thing and the second another."""

    first: Said
    second: Said
    asked: list[str] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        """Say what the model in *call* says."""
        name = "first" if b'"openai-1"' in call.body else "second"
        self.asked.append(name)
        return self.first() if name == "first" else self.second()


@asynccontextmanager
async def both(wire: Spoken, **how: Any) -> AsyncIterator[tuple[Model, FakeClock]]:
    """The two models in order, at a dollar and at two a million tokens."""
    settings = Settings(
        model="openai:openai-1, openai:openai-2",
        base_url="http://localhost/v1",
        prices=("openai:openai-1=1/1", "openai:openai-2=2/2"),
    )
    clock = FakeClock()
    async with open_model(settings, clock=clock, wire=wire, **how) as model:
        yield model, clock


@pytest.mark.parametrize(
    ("said", "cost_usd"),
    [
        (refused, 0.0011),
        (cut, 0.0022),
        (status(400), 0.0),
        (status(400, code="context_length_exceeded"), 0.0),
        (status(500), 0.0),
    ],
    ids=["refused", "cut", "unusable", "too long", "outage"],
)
async def test_what_the_first_cannot_do_the_second_does(said: Said, cost_usd: float) -> None:
    """The answer says who gave it, and what both cost."""
    wire = Spoken(said, good)

    async with both(wire) as (model, _):
        answer = await model.answer(QUESTION)

    assert (answer.text, answer.model) == ("{}", "openai:openai-2")
    assert answer.cost_usd == pytest.approx(cost_usd + 0.0022)
    assert answer.attempts == len(wire.asked)


@pytest.mark.parametrize(
    "said",
    [status(401), status(404), status(429, code="insufficient_quota")],
    ids=["key", "name", "account"],
)
async def test_what_only_the_user_can_mend_is_not_hidden_by_the_second(said: Said) -> None:
    """Nobody is to pay for the wrong model all night because of a typing mistake."""
    wire = Spoken(said, good)

    async with both(wire) as (model, _):
        with pytest.raises(ConfigError):
            await model.answer(QUESTION)

    assert wire.asked == ["first"]


async def test_where_both_fail_the_error_says_what_all_of_it_cost() -> None:
    """A failed document's cost is not lost."""
    async with both(Spoken(refused, refused)) as (model, _):
        with pytest.raises(DocumentError) as caught:
            await model.answer(QUESTION)

    assert "openai-2" in str(caught.value)
    assert caught.value.cost_usd == pytest.approx(0.0011 + 0.0022)


async def test_where_the_second_is_down_the_run_stops_and_the_document_stays_pending() -> None:
    """That the first refuses it is not its end while the second might read it."""
    async with both(Spoken(refused, status(500))) as (model, _):
        with pytest.raises(ModelOutage, match="openai-2"):
            await model.answer(QUESTION)


async def test_a_model_that_is_down_is_asked_no_more_and_found_when_it_is_up() -> None:
    """Once its breaker is open the second is asked at once; later the first is tried again."""
    up = False
    wire = Spoken(lambda: good() if up else status(500)(), good)

    async with both(wire) as (model, clock):
        while wire.asked.count("first") < ENOUGH:
            await model.answer(QUESTION)
        wire.asked.clear()
        before_s = clock.monotonic()
        answer = await model.answer(QUESTION)
        took_s, asked = clock.monotonic() - before_s, list(wire.asked)
        up = True
        await clock.sleep(60.0)
        later = await model.answer(QUESTION)

    assert (answer.model, took_s, asked) == ("openai:openai-2", 0.0, ["second"])
    assert later.model == "openai:openai-1"


async def test_a_reached_budget_is_not_a_reason_to_ask_a_dearer_model() -> None:
    """It holds for all of them."""
    wire = Spoken(good, good)

    async with both(wire, budget=Budget(0.000_001)) as (model, _):
        with pytest.raises(BudgetReached):
            await model.answer(QUESTION)

    assert wire.asked == []


async def test_a_chain_is_called_by_its_first_and_shows_all() -> None:
    """So that a second one makes no kept answer worthless."""
    async with both(Spoken(good, good)) as (model, _):
        shown = (model.name, repr(model), model.sees, model.free)

    assert shown == ("openai:openai-1", "<Model openai:openai-1, openai:openai-2>", True, False)
