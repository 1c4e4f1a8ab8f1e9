"""One budget, several processes: together they never pass it, and none is left waiting."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallysheet.errors import BudgetReached
from tallysheet.models._budget import Budget, Reservation
from tallysheet.models._dialect import Usage
from tallysheet.models._purse import Account, SharedBudget

TURNS = 6
"""Of the event loop, within which every message has arrived."""
TAKEN = Usage(tokens_in=100, tokens_out=10)


async def turn() -> None:
    """Let all messages arrive."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


@dataclass
class Process:
    """One process: its part of the budget, and the keeper's account of it."""

    keeper: Budget
    tasks: asyncio.TaskGroup
    asking: list[asyncio.Task[Reservation | None]] = field(default_factory=list)
    answering: list[asyncio.Task[None]] = field(default_factory=list)
    lost: int = 0

    def __post_init__(self) -> None:
        self.account = Account(self.keeper)
        self.budget = SharedBudget(self.keeper.limit_usd, self._hear)

    def _hear(self, message: Mapping[str, Any]) -> None:
        if "ask" in message:
            self.answering.append(self.tasks.create_task(self._answer(message)))
        else:
            self.account.freed(message)

    async def _answer(self, message: Mapping[str, Any]) -> None:
        self.budget.answered(await self.account.asked(message))

    def ask(self, usd: float | Callable[[], float]) -> None:
        """Ask for money for one call."""
        self.asking.append(self.tasks.create_task(self._ask(usd)))

    async def _ask(self, usd: float | Callable[[], float]) -> Reservation | None:
        try:
            return await self.budget.reserve(usd)
        except BudgetReached:
            return None

    @property
    def held(self) -> list[Reservation]:
        """What is set aside for its calls in flight."""
        over = [t.result() for t in self.asking if t.done() and not t.cancelled()]
        return [held for held in over if held is not None and not held._is_settled]

    @property
    def waiting(self) -> list[asyncio.Task[Reservation | None]]:
        """Calls that have not been let go or refused."""
        return [task for task in self.asking if not task.done()]

    def die(self) -> None:
        """End as with kill -9: nothing more is said, and nobody answers."""
        for task in (*self.answering, *self.asking):
            task.cancel()
        self.account.close()
        self.asking = []


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["ask", "ask", "ask", "try", "settle", "settle", "lose", "cancel", "die"]),
        st.integers(0, 10**6),
        st.floats(0, 1, allow_nan=False),
    ),
    max_size=60,
)


@given(limit=st.floats(0, 3), steps=STEPS)
@settings(deadline=None)
async def test_processes_never_pass_a_budget_together(
    limit: float, steps: list[tuple[int, str, int, float]]
) -> None:
    """Whatever order they ask, pay, lose replies, give up and are killed in."""
    keeper = Budget(limit)
    spent = 0.0
    async with asyncio.TaskGroup() as tasks:
        crew = [Process(keeper, tasks) for _ in range(3)]
        for who, what, which, share in steps:
            one = crew[who]
            flying, waiting = one.held, one.waiting
            if what == "ask":
                one.ask(share)
            elif what == "try":
                trying = tasks.create_task(one.budget.try_reserve(share))
                await turn()
                if (extra := trying.result()) is not None:
                    extra.settle(share)
                    spent += share
            elif what in ("settle", "lose") and flying:
                held = flying[which % len(flying)]
                cost = held.usd * share if what == "settle" else held.usd
                spent += cost
                with held:
                    held.sent()
                    if what == "settle":
                        held.settle(cost, TAKEN)
            elif what == "cancel" and waiting:
                waiting[which % len(waiting)].cancel()
            elif what == "die":
                spent += sum(held.usd for held in flying)
                one.die()
                crew[who] = Process(keeper, tasks)
            await turn()

            flying_usd = sum(held.usd for one in crew for held in one.held)
            assert spent <= limit + 1e-6
            assert keeper.spent_usd + keeper.held_usd <= limit
            assert keeper.spent_usd == pytest.approx(spent, abs=1e-6)
            assert keeper.held_usd == pytest.approx(flying_usd, abs=1e-6)
            if not flying_usd and not any(one.held for one in crew):
                assert not any(one.waiting for one in crew)
        for one in crew:
            one.die()


async def test_what_one_process_leaves_another_may_spend() -> None:
    """The whole budget is there for whoever needs it, and is not cut into parts."""
    keeper = Budget(1.0)
    async with asyncio.TaskGroup() as tasks:
        idle, busy = Process(keeper, tasks), Process(keeper, tasks)
        for _ in range(4):
            busy.ask(0.25)
        await turn()
        for held in busy.held:
            held.settle(0.25, TAKEN)

    assert keeper.spent_usd == 1.0
    assert keeper.usage == Usage(tokens_in=400, tokens_out=40)
    assert (idle.budget.spent_usd, busy.budget.spent_usd) == (0.0, 1.0)


async def test_a_call_refused_is_asked_for_again_where_it_is_known_to_cost_less_by_then() -> None:
    """What other replies showed while it waited counts, as with a budget of one's own."""
    most = [0.75]
    keeper = Budget(1.0)
    async with asyncio.TaskGroup() as tasks:
        process = Process(keeper, tasks)
        process.ask(0.5)
        await turn()
        (first,) = process.held
        process.ask(lambda: most[0])
        await turn()
        most[0] = 0.25
        first.settle(0.5)
        await turn()

        assert [held.usd for held in process.held] == [0.25]
        process.die()


async def test_what_a_later_run_pays_stays_set_aside() -> None:
    """A job that is left to the next run is nobody's to spend, and its process may end."""
    keeper = Budget(1.0)
    async with asyncio.TaskGroup() as tasks:
        process, other = Process(keeper, tasks), Process(keeper, tasks)
        process.ask(0.75)
        await turn()
        process.held[0].promise()
        process.die()
        other.ask(0.5)
        await turn()

    assert other.asking[0].result() is None
    assert keeper.spent_usd == 0.0


async def test_without_a_limit_nobody_asks_and_all_is_counted() -> None:
    """The keeper hears what was spent, and nothing else."""
    keeper = Budget()
    async with asyncio.TaskGroup() as tasks:
        process = Process(keeper, tasks)
        with await process.budget.reserve(5.0) as held:
            held.sent()
            held.settle(2.0, TAKEN)
        with await process.budget.reserve(5.0):
            pass
        process.die()

    assert not process.answering
    assert (keeper.spent_usd, keeper.held_usd, keeper.usage) == (2.0, 0.0, TAKEN)


async def test_money_that_is_granted_to_a_call_given_up_by_then_goes_back() -> None:
    """Nobody waits for the answer any more; others need not wait for the money."""
    keeper = Budget(1.0)
    async with asyncio.TaskGroup() as tasks:
        process, other = Process(keeper, tasks), Process(keeper, tasks)
        other.ask(0.75)
        await turn()
        process.ask(0.5)
        await turn()
        process.waiting[0].cancel()
        await turn()
        other.held[0].settle(0.25)
        await turn()

        assert keeper.held_usd == 0.0
        other.ask(0.75)
        await turn()
        assert [held.usd for held in other.held] == [0.75]
        other.die()
