"""A clock that a test owns: hours pass in no time, and the same seed runs the same way."""

import asyncio
import math
import random  # noqa: TID251  seeded, so that a run can be replayed
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """A `Clock` whose time stands still while anybody in the event loop can run.

    When all tasks wait and some of them sleep, it jumps to the earliest sleeper.
    Waiting for a thread or a socket counts as waiting: where a test uses those, pass
    ``auto=False`` and call `advance`. One loop has one clock, shared by all that the
    test runs in it.

    Args:
        seed: What chance and tokens are drawn from.
        auto: Whether time passes by itself.
        most_wakes: After how many naps whoever sleeps is told that the test will never
            end: a heartbeat beats on while the others wait for what nobody will do.
        start: The time of day at its beginning.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        auto: bool = True,
        most_wakes: int = 1_000_000,
        start: datetime = START,
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311  seeded
        self._auto = auto
        self._wakes_left = most_wakes
        self._start = start
        self._now_s = 0.0
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._looking = False

    def monotonic(self) -> float:
        """Virtual seconds since this clock was made."""
        return self._now_s

    def now(self) -> datetime:
        """The time of day at the beginning, plus the virtual seconds since."""
        return self._start + timedelta(seconds=self._now_s)

    def random(self) -> float:
        """The next number of the seed, in [0, 1)."""
        return self._random.random()

    def token(self) -> str:
        """The next token of the seed: 16 hexadecimal digits."""
        return f"{self._random.getrandbits(64):016x}"

    async def sleep(self, seconds: float) -> None:
        """Wait until virtual time has come so far.

        Raises:
            RuntimeError: There were too many naps already.
        """
        reply = asyncio.get_running_loop().create_future()
        due_s = self._now_s + max(seconds, 0.0)
        heappush(self._sleepers, (due_s, next(self._numbers), reply))
        if self._auto and not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._look)
        await reply

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass: whoever is due wakes in order, and runs until all wait."""
        if self._auto:
            await self.sleep(seconds)
            return
        until_s = self._now_s + seconds
        await _all_wait()
        while self._due_s() <= until_s:
            self._wake_next()
            await _all_wait()
        self._now_s = until_s

    def _look(self) -> None:
        """Wake the next sleeper if nobody can run; else look again when they have run."""
        loop = asyncio.get_running_loop()
        if _runnable(loop):
            loop.call_soon(self._look)
            return
        self._wake_next()
        self._looking = bool(self._sleepers)
        if self._looking:
            loop.call_soon(self._look)

    def _due_s(self) -> float:
        """When the next one is due that still sleeps; infinite where nobody does."""
        while self._sleepers and self._sleepers[0][2].done():  # its task was cancelled
            heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else math.inf

    def _wake_next(self) -> None:
        if self._due_s() == math.inf:
            return
        due_s, _, reply = heappop(self._sleepers)
        self._now_s = max(self._now_s, due_s)
        self._wakes_left -= 1
        if self._wakes_left < 0:
            reply.set_exception(RuntimeError("Time passes and nothing ends."))
        else:
            reply.set_result(None)


async def _all_wait() -> None:
    while True:
        await asyncio.sleep(0)
        if not _runnable(asyncio.get_running_loop()):
            return


def _runnable(loop: Any) -> bool:
    """Whether anybody but clocks can run now; asyncio does not tell it otherwise.

    Clocks are passed over, or two of them in one loop would wait for each other for ever.
    """
    # A copy, since a thread that is done adds to it meanwhile, and this would end with an error.
    ready = tuple(loop._ready)
    return any(
        getattr(handle._callback, "__func__", None) is not FakeClock._look for handle in ready
    )
