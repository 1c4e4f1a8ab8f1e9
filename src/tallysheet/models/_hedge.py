"""A second request for one that is late: when, and how many."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tallysheet.errors import one_error
from tallysheet.ports import Clock

T = TypeVar("T")

LATE = 1.5
"""A request is late after so many times what 95 % of the last ones took."""
SHARE = 0.05
"""The most there are of them, as a share of all requests."""
KNOWN = 20
"""Replies after which it is known what is usual."""
REMEMBERED = 200


class Hedge:
    """What is usual of late, and how many second requests there were."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)
        self._is_known = asyncio.Event()
        self._requests = 0
        self._spares = 0

    def sent(self) -> None:
        """One request went out."""
        self._requests += 1

    def took(self, seconds: float) -> None:
        """One was answered after so many seconds."""
        self._took_s.append(seconds)
        if len(self._took_s) >= KNOWN:
            self._is_known.set()

    async def late(self) -> bool:
        """Wait until what goes out now is late; whether a second request may be sent for it.

        What is usual is read again while waiting, since it becomes known meanwhile.
        """
        sent_s = self._clock.monotonic()
        await self._is_known.wait()
        while (left_s := sent_s + self._late_s() - self._clock.monotonic()) > 0:
            await self._clock.sleep(left_s)
        if self._spares + 1 > SHARE * self._requests:
            return False
        self._spares += 1
        return True

    def _late_s(self) -> float:
        took_s = sorted(self._took_s)
        return LATE * took_s[int(0.95 * len(took_s))]


async def raced(
    first: Coroutine[Any, Any, T],
    spare: Coroutine[Any, Any, T | None],
    spare_gone: asyncio.Event,
    *,
    is_good: Callable[[T], bool],
) -> T:
    """The first good outcome of two requests; where there is none, that of the first to end.

    Args:
        first: The request.
        spare: The second one, which may come to nothing.
        spare_gone: Whether the second one went out, so that it is worth waiting for.
        is_good: Whether an outcome decides the race.
    """
    best: T | None = None
    with one_error():
        async with asyncio.TaskGroup() as tasks:
            race: set[asyncio.Task[T] | asyncio.Task[T | None]]
            race = {tasks.create_task(first), tasks.create_task(spare)}
            while race and (best is None or (spare_gone.is_set() and not is_good(best))):
                done, race = await asyncio.wait(race, return_when=asyncio.FIRST_COMPLETED)
                for outcome in (task.result() for task in done):
                    if outcome is not None and (best is None or is_good(outcome)):
                        best = outcome
            for task in race:
                task.cancel()
    if best is None:
        raise AssertionError("the first request ends with an outcome or an error")
    return best
