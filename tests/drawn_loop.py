"""An event loop in which time is virtual and every step is drawn from a seed.

Where a real loop runs what is ready in the order in which it became so, this one
draws whose turn it is: every order that latencies and the scheduler of a machine
could bring about, and the same one for the same seed. A process is whatever runs
under one value of `OWNER`; it can be killed or stopped between any two of its steps.
"""

import asyncio
import random  # noqa: TID251  seeded, so that a run can be replayed
from asyncio import events
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from datetime import UTC, datetime, timedelta
from heapq import heappop
from itertools import count
from typing import Any

from threadless import ThreadlessLoop

OWNER: ContextVar[str] = ContextVar("OWNER", default="")
"""The simulated process that a callback belongs to; empty for the world around them."""

MOST_STEPS = 400_000


class NeverEnds(AssertionError):
    """Nobody will ever wake, or everybody is busy for ever."""


class _Numbered(asyncio.Task[Any]):
    """A task whose hash is its number: a set of tasks is walked in the same order each time."""

    def __init__(self, number: int, coro: Coroutine[Any, Any, Any], **more: Any) -> None:
        self._number = number
        super().__init__(coro, **more)

    def __hash__(self) -> int:
        return self._number


class DrawnLoop(ThreadlessLoop):
    """See the module.

    Attributes:
        steps: How many callbacks have run.
        killed: The processes that are no more.
        plans: By process and number of its step: what happens to the process there.
    """

    def __init__(self, draw: random.Random) -> None:
        super().__init__()
        self._draw = draw
        self._now_s = 0.0
        self._tasks_made = count(1)
        self._steps_of: dict[str, int] = {}
        self._stopped: dict[str, float] = {}
        self._limbo: list[events.Handle] = []
        self.steps = 0
        self.killed: set[str] = set()
        self.plans: dict[tuple[str, int], Callable[[], None]] = {}
        self.set_task_factory(self._numbered)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    def kill(self, owner: str) -> None:
        """Never run a step of *owner* again: SIGKILL."""
        self.killed.add(owner)

    def stop_for(self, owner: str, seconds: float) -> None:
        """Run no step of *owner* for so long, though its clocks go on: SIGSTOP and SIGCONT."""
        self._stopped[owner] = self._now_s + seconds
        self.call_later(seconds, self._stopped.pop, owner, None, context=Context())

    def bury(self) -> None:
        """Let the killed go on to their end, when no store hears them any more."""
        self.killed.clear()
        self.plans.clear()
        self._ready.extend(self._limbo)
        self._limbo.clear()

    def _numbered(
        self, loop: Any, coro: Coroutine[Any, Any, Any], context: Context | None = None
    ) -> "asyncio.Task[Any]":
        return _Numbered(next(self._tasks_made), coro, loop=loop, context=context)

    def _run_once(self) -> None:
        self._wake_due()
        while not (at := self._runnable()):
            if not self._scheduled:
                raise NeverEnds("Nobody will ever wake.")
            self._now_s = max(self._now_s, self._scheduled[0]._when)
            self._wake_due()
        index = at[self._draw.randrange(len(at))]
        handle = self._ready[index]
        del self._ready[index]
        if handle._cancelled:
            return
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise NeverEnds("Time passes and nothing ends.")
        owner = handle._context.get(OWNER, "")
        step = self._steps_of[owner] = self._steps_of.get(owner, 0) + 1
        if (plan := self.plans.pop((owner, step), None)) is not None:
            self._ready.append(handle)
            plan()
            return
        handle._run()

    def _runnable(self) -> range | list[int]:
        """Which of the ready ones may run: the killed and the stopped may not."""
        if not (self.killed or self._stopped):
            return range(len(self._ready))
        if self.killed:
            dead = [h for h in self._ready if h._context.get(OWNER, "") in self.killed]
            for handle in dead:
                self._ready.remove(handle)
            self._limbo.extend(dead)
        return [
            index
            for index, handle in enumerate(self._ready)
            if handle._context.get(OWNER, "") not in self._stopped
        ]

    def _wake_due(self) -> None:
        while self._scheduled and (
            self._scheduled[0]._cancelled or self._scheduled[0]._when <= self._now_s
        ):
            handle = heappop(self._scheduled)
            handle._scheduled = False
            if not handle._cancelled:
                self._ready.append(handle)

    def _write_to_self(self) -> None:
        """Nothing sleeps that would have to be woken."""


class DrawnClock:
    """A `Clock` of one simulated process: it shares no zero and no pace with the others'."""

    def __init__(self, loop: DrawnLoop, draw: random.Random) -> None:
        self._loop = loop
        self._draw = draw
        self._zero_s = draw.uniform(0, 1e6)
        self._pace = draw.choice([0.7, 1.0, 1.0, 1.0, 1.4])

    def monotonic(self) -> float:
        """Seconds as this process counts them."""
        return self._zero_s + self._pace * self._loop.time()

    def now(self) -> datetime:
        """A wall clock that is wrong, and nobody must mind."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        """Wait so many of its own seconds."""
        await asyncio.sleep(max(seconds, 0.0) / self._pace)

    def random(self) -> float:
        """The next number of the seed."""
        return self._draw.random()

    def token(self) -> str:
        """The next token of the seed."""
        return f"{self._draw.getrandbits(64):016x}"
