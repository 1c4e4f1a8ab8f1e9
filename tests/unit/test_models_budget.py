"""The budget: never passed, nothing lost, nobody left waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallysheet.errors import BudgetReached, ConfigError
from tallysheet.models._budget import Budget, Reservation
from tallysheet.models._dialect import Usage


@dataclass
class Asked:
    """Somebody who asked for money, and what came of it."""

    usd: float
    task: asyncio.Task[Reservation | BudgetReached]
    is_over: bool = False

    @property
    def answer(self) -> Reservation | BudgetReached | None:
        """What the budget said, once it did."""
        return self.task.result() if self.task.done() and not self.task.cancelled() else None

    @property
    def held(self) -> Reservation:
        """What was set aside."""
        assert isinstance(self.answer, Reservation)
        return self.answer

    @property
    def is_refused(self) -> bool:
        """Whether the budget said no."""
        return isinstance(self.answer, BudgetReached)


@dataclass
class Till:
    """A budget, and everybody who ever asked it for money."""

    budget: Budget
    tasks: asyncio.TaskGroup
    asked: list[Asked] = field(default_factory=list)

    async def ask(self, usd: float) -> Asked:
        """Ask, and let that be decided as far as it can be."""
        self.asked.append(Asked(usd, self.tasks.create_task(self._answer(usd))))
        await self.turn()
        return self.asked[-1]

    async def _answer(self, usd: float) -> Reservation | BudgetReached:
        try:
            return await self.budget.reserve(usd)
        except BudgetReached as error:
            return error

    async def turn(self) -> None:
        """Let everybody who can go on do so: each needs a few rounds of the loop."""
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def in_flight(self) -> list[Asked]:
        """Who has money set aside."""
        return [a for a in self.asked if isinstance(a.answer, Reservation) and not a.is_over]

    @property
    def waiting(self) -> list[Asked]:
        """Who waits for money."""
        return [one for one in self.asked if not one.task.done()]


@asynccontextmanager
async def till(limit_usd: float | None) -> AsyncIterator[Till]:
    """A till at which nobody waits any more after the block."""
    async with asyncio.TaskGroup() as tasks:
        opened = Till(Budget(limit_usd), tasks)
        yield opened
        for one in opened.waiting:
            one.task.cancel()


async def test_what_was_not_needed_is_free_again() -> None:
    """The most is set aside before a call, and what it cost is spent after it."""
    budget = Budget(1.0)

    with await budget.reserve(0.75) as held:
        assert (budget.spent_usd, budget.held_usd) == (0.0, 0.75)
        held.sent()
        held.settle(0.25, Usage(100, 20, 5))

    assert (budget.spent_usd, budget.held_usd) == (0.25, 0.0)
    assert budget.usage == Usage(100, 20, 5)


async def test_who_asks_for_more_than_is_free_waits_for_what_comes_back() -> None:
    """As long as a call in flight may leave enough, nobody is refused."""
    async with till(1.0) as open_till:
        first = await open_till.ask(0.75)
        second = await open_till.ask(0.5)
        assert open_till.waiting == [second]

        first.held.settle(0.5)
        await open_till.turn()

        assert second.held.usd == open_till.budget.held_usd == 0.5


async def test_who_could_never_be_served_is_refused_at_once() -> None:
    """Even if everything in flight cost nothing."""
    async with till(1.0) as open_till:
        first = await open_till.ask(0.5)
        first.held.settle(0.5)

        refused = await open_till.ask(0.75)

        assert isinstance(refused.answer, BudgetReached)
        assert "$0.5000 of $1.00" in refused.answer.message
        assert "up to $0.7500" in refused.answer.message
        assert "--max-cost" in refused.answer.fix


async def test_who_waits_is_refused_once_nothing_in_flight_can_free_enough() -> None:
    """The last settlement decides, and whoever stands behind may still be served."""
    async with till(1.0) as open_till:
        first = await open_till.ask(0.75)
        large = await open_till.ask(0.5)
        small = await open_till.ask(0.25)
        assert open_till.waiting == [large, small]

        first.held.settle(0.75)
        await open_till.turn()

        assert large.is_refused
        assert small.held.usd == 0.25


async def test_money_is_given_out_in_the_order_of_asking() -> None:
    """A small request does not slip past a large one for ever."""
    async with till(1.0) as open_till:
        first = await open_till.ask(0.75)
        large = await open_till.ask(0.5)
        small = await open_till.ask(0.25)

        first.held.settle(0.25)
        await open_till.turn()

        assert open_till.budget.held_usd == large.held.usd + small.held.usd == 0.75


async def test_what_is_known_when_the_turn_comes_counts() -> None:
    """Whoever waits takes what its call can cost by then, and no more than that."""
    async with till(1.0) as open_till:
        first = await open_till.ask(0.75)
        prices = iter([0.5, 0.125])
        waiting = open_till.tasks.create_task(open_till.budget.reserve(lambda: next(prices)))
        await open_till.turn()

        first.held.settle(0.75)
        held = await waiting

        assert held.usd == open_till.budget.held_usd == 0.125


async def test_whoever_gives_up_waiting_lets_the_next_one_in() -> None:
    """Nothing was settled, yet what stood in the way is gone."""
    async with till(1.0) as open_till:
        await open_till.ask(0.5)
        large = await open_till.ask(0.75)
        small = await open_till.ask(0.25)

        large.task.cancel()
        await open_till.turn()

        assert small.held.usd == 0.25


async def test_whoever_gives_up_in_the_moment_of_being_served_gives_it_back() -> None:
    """The money is set aside before the waiter wakes, and it wakes to its own end."""
    async with till(1.0) as open_till:
        first = await open_till.ask(0.75)
        second = await open_till.ask(0.5)

        first.held.settle(0.0)
        second.task.cancel()
        await open_till.turn()

        assert open_till.budget.held_usd == 0.0


async def test_a_call_that_may_be_on_the_bill_counts_in_full() -> None:
    """Its reply never came, so nobody knows what it cost."""
    budget = Budget(1.0)

    with pytest.raises(TimeoutError), await budget.reserve(0.25) as held:
        held.sent()
        raise TimeoutError

    assert (budget.spent_usd, budget.held_usd) == (0.25, 0.0)


async def test_a_call_that_was_never_sent_costs_nothing() -> None:
    """Whoever is stopped while waiting for a rate limit gives all back."""
    budget = Budget(1.0)

    with pytest.raises(TimeoutError), await budget.reserve(0.25):
        raise TimeoutError

    assert (budget.spent_usd, budget.held_usd) == (0.0, 0.0)


async def test_only_the_first_settlement_counts() -> None:
    """Leaving the block afterwards does not bill it again."""
    budget = Budget(1.0)

    with await budget.reserve(0.5) as held:
        held.sent()
        held.settle(0.25)
        held.settle(0.5)

    assert budget.spent_usd == 0.25


async def test_a_call_that_need_not_be_made_takes_only_what_nobody_waits_for() -> None:
    """A second request for the same answer must not hold up a first one."""
    async with till(1.0) as open_till:
        budget = open_till.budget
        held = await budget.try_reserve(0.5)
        assert held is not None
        waiting = await open_till.ask(0.75)

        assert await budget.try_reserve(0.25) is None
        held.settle(0.0)
        await open_till.turn()

        assert waiting.held.usd == 0.75
        assert await budget.try_reserve(0.5) is None


async def test_without_a_limit_money_is_only_counted() -> None:
    """Nobody waits, nobody is refused."""
    budget = Budget()

    with await budget.reserve(1e6) as held:
        held.settle(2e6)

    assert budget.spent_usd == 2e6


def test_a_model_without_a_price_cannot_be_asked_on_a_budget() -> None:
    """What cannot be counted cannot be kept below a limit; the fix names the flag."""
    with pytest.raises(ConfigError, match="openai:own") as caught:
        Budget(1.0).without_price("openai:own")

    assert "--price 'openai:own=IN/OUT'" in caught.value.fix


def test_a_model_without_a_price_is_noted_once() -> None:
    """So that the user is told that the sum is not all."""
    budget = Budget()

    budget.without_price("openai:own")
    budget.without_price("openai:own")

    assert budget.unpriced == ["openai:own"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "try", "settle", "settle", "lose", "cancel"]),
        st.integers(0, 10**6),
        st.floats(0, 1, allow_nan=False),
    ),
    max_size=60,
)


@given(limit=st.floats(0, 3), steps=STEPS)
@settings(deadline=None)
async def test_a_budget_is_never_passed_and_nobody_is_left_waiting(
    limit: float, steps: list[tuple[str, int, float]]
) -> None:
    """Whatever order calls are made, settled, lost and given up in."""
    async with till(limit) as open_till:
        budget = open_till.budget
        spent = 0.0
        for what, which, amount in steps:
            flying, waiting = open_till.in_flight, open_till.waiting
            if what == "ask":
                await open_till.ask(amount)
            elif what == "try" and (extra := await budget.try_reserve(amount)) is not None:
                extra.settle(amount)
                spent += amount
            elif what in ("settle", "lose") and flying:
                one = flying[which % len(flying)]
                cost = one.usd * amount if what == "settle" else one.usd
                spent += cost
                with one.held as held:
                    held.sent()
                    if what == "settle":
                        held.settle(cost)
                one.is_over = True
            elif what == "cancel" and waiting:
                waiting[which % len(waiting)].task.cancel()
            await open_till.turn()

            assert spent <= limit
            assert budget.spent_usd + budget.held_usd <= limit
            assert budget.spent_usd == pytest.approx(spent, abs=1e-6)
            assert budget.held_usd == pytest.approx(
                sum(one.usd for one in open_till.in_flight), abs=1e-6
            )
            if not open_till.in_flight:
                assert not open_till.waiting


async def test_a_thousand_calls_in_flight_stay_within_the_budget() -> None:
    """Each may cost ten times what it does, and all the money is used in the end."""
    budget = Budget(1.0)
    most_at_once = calls = 0

    async def call() -> None:
        nonlocal most_at_once, calls
        try:
            held = await budget.reserve(0.01)
        except BudgetReached:
            return
        with held:
            held.sent()
            most_at_once = max(most_at_once, round(budget.held_usd / 0.01))
            await asyncio.sleep(0)
            held.settle(0.001)
            calls += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(1000):
            tasks.create_task(call())

    assert budget.spent_usd <= 1.0
    assert budget.spent_usd > 0.98
    assert most_at_once == 100
    assert calls < 1000
