"""How fast, how sparing and how sure: whole models against simulated providers, in virtual time."""

import asyncio
import math
import random  # noqa: TID251  seeded, so that a run can be repeated
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from asked import QUESTION
from tallysheet.errors import DocumentError, ModelOutage, TallysheetError
from tallysheet.models import Budget, Call, Reply, open_model
from tallysheet.ports import Answer
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock
from tallysheet.testing._provider import Behaviour, Mishap, Provider

SPREAD = 0.25
MEAN = math.exp(SPREAD**2 / 2)
"""Of a lognormal with that sigma and the median 1."""
TIMEOUT_S = 120.0
GOOD: dict[str, Any] = {
    "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 500, "completion_tokens": 200},
}


@dataclass(slots=True)
class Simulated:
    """A `Wire` to a provider that is simulated, and what it saw."""

    clock: FakeClock
    behaviour: Behaviour
    says_limits: bool = False
    """Whether replies carry the limits."""
    storm: Callable[[float], bool] = field(default=lambda _: False)
    """Whether everything is refused at a moment."""
    seen: list[tuple[float, int]] = field(default_factory=list)
    """When each request came, and the status of its reply."""
    _provider: Provider = field(init=False)

    def __post_init__(self) -> None:
        self._provider = Provider(self.behaviour)

    @property
    def wasted(self) -> int:
        """How many requests were refused as one too many."""
        return sum(status == 429 for _, status in self.seen)

    async def send(self, call: Call) -> Reply:
        """Treat *call* as the provider would."""
        now_s = self.clock.monotonic()
        if self.storm(now_s):
            self.seen.append((now_s, 429))
            await self.clock.sleep(0.02)
            return Reply(429, {}, {})
        what = f"{len(self.seen)}"
        verdict = self._provider.arrive(now_s, what, tokens_in=500, most_tokens=500)
        self.seen.append((now_s, verdict.status))
        hangs = verdict.mishap is Mishap.HANG
        try:
            await self.clock.sleep(TIMEOUT_S if hangs else verdict.latency_s)
        finally:
            if verdict.admitted:
                self._provider.leave(self.clock.monotonic(), verdict, tokens=700)
        if hangs:
            return Reply(0, {}, {}, "TimeoutError")
        headers = {}
        if verdict.retry_after_s is not None:
            headers["retry-after-ms"] = f"{math.ceil(verdict.retry_after_s * 1000)}"
        level = self._provider.levels(self.clock.monotonic()).requests
        if self.says_limits and level is not None:
            headers["x-ratelimit-limit-requests"] = f"{level.limit}"
            headers["x-ratelimit-remaining-requests"] = f"{math.floor(level.remaining)}"
        return Reply(verdict.status, headers, GOOD if verdict.admitted else {})


@dataclass(frozen=True, slots=True)
class Run:
    """What came of many questions at once."""

    wall_s: float
    answers: list[Answer]
    errors: list[TallysheetError]
    wire: Simulated


async def asked(number: int, wire: Simulated, **settings: Any) -> Run:
    """Ask *number* questions of a model that is reached by *wire*, all at once."""
    told = {"model": "openai:m", "base_url": "http://localhost/v1", "concurrency": 1000}
    answers: list[Answer] = []
    errors: list[TallysheetError] = []
    opened = open_model(Settings(**told | settings), clock=wire.clock, wire=wire)
    async with opened as model, asyncio.TaskGroup() as tasks:

        async def ask() -> None:
            try:
                answers.append(await model.answer(QUESTION))
            except (DocumentError, ModelOutage) as error:
                errors.append(error)

        for _ in range(number):
            tasks.create_task(ask())
    return Run(wire.clock.monotonic(), answers, errors, wire)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("says", ["nothing", "how long to wait", "its limits, too"])
async def test_an_unknown_rate_is_found_with_next_to_no_waste(seed: int, says: str) -> None:
    """2,000 at 100 a second: none fails, under 2 % are refused, and hardly any time is lost."""
    behaviour = Behaviour(
        latency_s=1.0,
        spread=SPREAD,
        requests_per_minute=6000,
        burst_s=1.0,
        says_limits=says != "nothing",
        seed=seed,
    )

    run = await asked(
        2000, Simulated(FakeClock(seed), behaviour, says_limits=says == "its limits, too")
    )

    assert len(run.answers) == 2000
    assert run.wire.wasted < 0.02 * len(run.wire.seen)
    assert run.wall_s <= 1.15 * (1900 / 100 + MEAN)


@pytest.mark.parametrize("latency_s", [0.3, 2.0, 5.0, 20.0])
@pytest.mark.parametrize(
    ("limits", "per_minute"),
    [
        ({"requests_per_minute": 50}, 50),
        ({"requests_per_minute": 200}, 200),
        ({"tokens_per_minute": 200_000}, 200_000 / 700),
    ],
    ids=["50 requests", "200 requests", "200,000 tokens"],
)
async def test_a_small_rate_of_which_nothing_is_said_is_found(
    latency_s: float, limits: dict[str, float], per_minute: float
) -> None:
    """As at Bedrock, with room for one second: few are refused, and little time is lost."""
    number = round(10 * per_minute)
    behaviour = Behaviour(
        latency_s=latency_s, spread=SPREAD, burst_s=1.0, says_limits=False, seed=1, **limits
    )

    run = await asked(number, Simulated(FakeClock(1), behaviour))

    assert len(run.answers) == number
    assert run.wire.wasted < (0.02 if per_minute > 100 else 0.03) * len(run.wire.seen)
    assert run.wall_s <= 1.25 * (600 + latency_s)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_hard_limit_in_flight_is_found_without_a_word_of_it(seed: int) -> None:
    """2,000 with at most 200 at a time: none fails, and the window stays near the limit."""
    behaviour = Behaviour(latency_s=1.0, spread=SPREAD, most_in_flight=200, seed=seed)

    run = await asked(2000, Simulated(FakeClock(seed), behaviour))

    assert len(run.answers) == 2000
    assert run.wall_s <= 1.45 * 2000 / 200 * MEAN


async def test_no_document_is_lost_in_a_storm_of_ten_minutes() -> None:
    """Everything is refused for ten minutes; few ask meanwhile, and all are answered after it."""
    wire = Simulated(
        FakeClock(), Behaviour(latency_s=1.0, spread=SPREAD), storm=lambda s: 5.0 < s < 605.0
    )

    run = await asked(20_000, wire)

    assert len(run.answers) == 20_000
    assert {answer.text for answer in run.answers} == {"{}"}
    in_storm = sum(60.0 < at_s < 605.0 for at_s, _ in wire.seen)
    assert 5 <= in_storm <= 60
    assert run.wall_s < 605 + 120


async def test_one_reply_that_never_comes_does_not_set_the_wall_time_where_calls_are_hedged() -> (
    None
):
    """At most one request in twenty is sent twice, and the slow ones no longer decide."""
    behaviour = Behaviour(
        latency_s=1.0, spread=SPREAD, slow=0.01, slow_s=20.0, mishaps={Mishap.HANG: 0.003}, seed=4
    )

    plain = await asked(3000, Simulated(FakeClock(), behaviour))
    hedged = await asked(3000, Simulated(FakeClock(), behaviour), hedge=True)

    assert len(plain.answers) == len(hedged.answers) == 3000
    assert plain.wall_s > TIMEOUT_S
    assert hedged.wall_s < 30
    assert len(hedged.wire.seen) <= 1.05 * 3000
    assert max(answer.attempts for answer in hedged.answers) == 2


async def test_a_hedged_call_costs_both() -> None:
    """What was called off may be on the bill: it counts in full."""
    told = Settings(
        model="openai:m",
        base_url="http://localhost/v1",
        hedge=True,
        prices=("openai:m=1/1",),
    )
    budget, clock = Budget(), FakeClock()
    wire = Simulated(clock, Behaviour(latency_s=1.0, mishaps={Mishap.HANG: 0.01}, seed=1))

    async with open_model(told, clock=clock, budget=budget, wire=wire) as model:
        answers = [await model.answer(QUESTION) for _ in range(300)]

    twice = [answer for answer in answers if answer.attempts == 2]
    assert twice
    assert all(answer.cost_usd > 2 * 0.0007 for answer in twice)
    assert budget.spent_usd == pytest.approx(sum(answer.cost_usd for answer in answers))
    assert budget.held_usd == 0


async def test_a_first_call_that_fails_before_it_is_late_is_not_waited_for_twice() -> None:
    """Its fault counts at once, and the question is asked again as without hedging."""
    behaviour = Behaviour(latency_s=1.0, mishaps={Mishap.ERROR: 0.2}, seed=2)

    run = await asked(200, Simulated(FakeClock(), behaviour), hedge=True)

    assert len(run.answers) == 200
    assert run.wall_s < 60


@pytest.mark.parametrize("seed", range(8))
async def test_questions_that_are_called_off_leave_nothing_held(seed: int) -> None:
    """However far each has come, hedged or not: no slot, no money and no second call is left."""
    chance = random.Random(seed)  # noqa: S311  seeded
    behaviour = Behaviour(
        latency_s=1.0, spread=1.0, most_in_flight=5, mishaps={Mishap.ERROR: 0.2}, seed=seed
    )
    clock, budget = FakeClock(seed), Budget()
    wire = Simulated(clock, behaviour)
    told = Settings(
        model="openai:m",
        base_url="http://localhost/v1",
        concurrency=8,
        hedge=bool(seed % 2),
        prices=("openai:m=1/1",),
    )

    async with open_model(told, clock=clock, budget=budget, wire=wire) as model:
        async with asyncio.TaskGroup() as tasks:
            asked_ = [tasks.create_task(model.answer(QUESTION)) for _ in range(40)]
            for task in chance.sample(asked_, 30):
                await clock.sleep(chance.random())
                task.cancel()
        done = [task for task in asked_ if not task.cancelled()]
        again = await model.answer(QUESTION)

    assert len(done) >= 10
    assert again.text == "{}"
    assert budget.held_usd == 0
    assert wire._provider.in_flight == 0
    assert replace(again, attempts=1).model == "openai:m"
