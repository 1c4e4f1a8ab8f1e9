"""How the writers of one root leave each other their turns, without a word between them.

One root carries some 17 commits a second, however many write to it. So every writer
pauses after each commit, the longer the more writers there are, and its groups grow.
Whoever loses all the same pauses for some random slots. Nobody has to keep to this:
it decides how fast all of them are, never what is right.
"""

import asyncio

from tallysheet.ports import Clock

PACE = 2.0
"""After a commit, times that it took, for every other writer: so half of the root's time is idle.
In simulation (``bench/writers.py``: 32 writers of 50 updates a second, GET 30 ms, PUT 60 ms) 47 %
of the PUTs are lost and p99 is 6 s; with 0, 77 % and 22 s; with 3, no fewer and 7 s."""

LONE_COMMITS = 80
"""In a row, after which even a lone writer makes a pause of `LONE_PAUSE` times a commit. A
newcomer must read and write while it only writes: where reading takes as long as writing,
it would never come in. The pauses take 5 % of the time."""
LONE_PAUSE = 4.0

RIPENS_S = 0.2
"""For how long what can wait is joined by more before it is written."""

LEAST_SLOT_S = 0.005
LONGEST_PAUSE_S = 10.0


class Turns:
    """When one writer may try."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._commit_s = 0.0
        self._losses = 0
        self._in_a_row = 0
        self._nap: asyncio.Task[None] | None = None
        self._ripening: asyncio.Task[None] | None = None
        self._hurries = False

    def won(self, took_s: float) -> None:
        """A commit stands, after so many seconds of writing."""
        self._commit_s = took_s
        self._losses = 0

    def idle(self, for_s: float) -> None:
        """Nothing was there to be written for so many seconds: whoever wanted a turn had it."""
        if for_s > LONE_PAUSE * self._commit_s:
            self._in_a_row = 0

    async def after_loss(self, writers: int, took_s: float) -> None:
        """Pause for a random time within slots, twice as many after each loss, one a writer.

        Those that come together do not stand in the root yet: their number is told by the losses.
        """
        self._losses += 1
        self._commit_s = self._commit_s or took_s
        slots = min(1 << min(self._losses, 16), max(writers, self._losses))
        await self._pause(slots)

    async def after_trouble(self) -> None:
        """Pause before the same is sent again."""
        await self._pause(1)

    async def after_commit(self, writers: int) -> None:
        """Leave the others their turns; `hurry` ends that."""
        self._in_a_row += 1
        pause = PACE * (writers - 1)
        if writers < 2 and self._in_a_row >= LONE_COMMITS:
            self._in_a_row, pause = 0, LONE_PAUSE
        if pause <= 0 or self._hurries:
            return
        pause_s = min(pause * self._commit_s, LONGEST_PAUSE_S)
        async with asyncio.TaskGroup() as tasks:
            # From three to five quarters: no more writes are lost than with a wider spread, and
            # the longest wait is a tenth shorter.
            drawn_s = pause_s * (0.75 + self._clock.random() / 2)
            self._nap = tasks.create_task(self._clock.sleep(drawn_s))

    async def ripen(self) -> None:
        """Wait for more to be written together with what can wait; `stir` ends that."""
        async with asyncio.TaskGroup() as tasks:
            self._ripening = tasks.create_task(self._clock.sleep(RIPENS_S))
        self._ripening = None

    def stir(self) -> None:
        """Something has come that cannot wait."""
        if self._ripening is not None:
            self._ripening.cancel()

    def hurry(self) -> None:
        """Leave nobody a turn any more: we are about to close."""
        self._hurries = True
        self.stir()
        if self._nap is not None:
            self._nap.cancel()

    async def _pause(self, slots: int) -> None:
        slot_s = max(self._commit_s, LEAST_SLOT_S)
        await self._clock.sleep(min(self._clock.random() * slots * slot_s, LONGEST_PAUSE_S))
