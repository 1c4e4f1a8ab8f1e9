"""Several workers as one run, for whoever watches over them: each that falls out has a successor.

1. Whoever is killed, or was taken for dead, is followed by another, after a pause that doubles;
   the others have taken its documents over by then. Where one dies after the other without
   settling anything, the place is given up.
2. An error that ends one ends all: it would be the others' next. They are stopped as by Ctrl-C.
3. Whoever does not end in time, because it is stopped or hangs, is to be killed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass

from tallysheet.errors import Fenced, TallysheetError, one_error
from tallysheet.manifest import Manifest
from tallysheet.models import Account, Budget
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._events import Event, Settled, Summary
from tallysheet.pipeline._joint import Joint, worst
from tallysheet.pipeline._watch import OPEN
from tallysheet.settings import Settings

MOST_DEATHS = 5
"""So often in a row a worker may die in one place without having settled anything."""
FIRST_PAUSE_S = 1.0
"""The pause after the first of these; it doubles with each."""
GRACE_LEASES = 2
"""So many leases, beyond the time for draining, a worker may take to end."""


@dataclass(eq=False)
class Member:
    """A worker as it is watched."""

    account: Account
    _: KW_ONLY
    settled: int = 0
    ended: Summary | TallysheetError | None = None
    """What it said in the end; nothing where it did not come to that."""
    death: str = "died"
    """How it ended where it said nothing, as the rest of a sentence."""
    lost: str = ""
    """What became of its place, where nobody can follow it there, as a sentence without its dot."""

    @property
    def how(self) -> str:
        """How it ended, as the rest of a sentence, where that was before its time."""
        match self.ended:
            case Fenced():
                return "was silent for too long and was taken for dead"
            case Summary():
                return "was stopped"
        return self.death


class Relay:
    """Keeps places filled with workers until there is nothing more to do in them.

    Args:
        settings: Of the whole run.
        stop: As of `run`.
        tell: Told what became of workers, in sentences.
        at_last: What is told of a place that is given up.

    Attributes:
        joint: Adds up what the workers say.
        budget: What they may spend together.
        halt: Set once they are to stop.
        ending: Set once no other is to be started, for whatever reason.
        given_up: Places where one died after the other.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        stop: asyncio.Event,
        tell: Callable[[str], None],
        at_last: str,
    ) -> None:
        self._settings = settings
        self._stop = stop
        self._tell = tell
        self._at_last = at_last
        self.clock = SystemClock()
        self.budget = Budget(settings.max_cost_usd)
        self.joint = Joint(0)
        self.halt, self.ending = asyncio.Event(), asyncio.Event()
        self.given_up = 0
        self._errors: list[TallysheetError] = []
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._took_s = 0.0

    async def events(self, work: Callable[[], Awaitable[None]]) -> AsyncGenerator[Event, None]:
        """What there is to tell of the whole run while *work* keeps its places, until that ends.

        Raises:
            TallysheetError: What ended a worker; of several the worst.
        """
        started_s = self.clock.monotonic()
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                heeding = tasks.create_task(self._heed())
                working = tasks.create_task(self._do(work))
                try:
                    while (event := await self._events.get()) is not None:
                        yield event
                finally:
                    heeding.cancel()
                    working.cancel()
        if self._errors:
            raise worst(self._errors)
        self._took_s = self.clock.monotonic() - started_s

    async def keep(self, number: int, who: str, follow: Callable[[], Awaitable[Member]]) -> None:
        """Keep one place filled until there is nothing more to do in it, or it is lost.

        Args:
            number: Of the place, from 0.
            who: Its worker, as the beginning of a sentence.
            follow: Starts a worker there, and hears what it says until it is no more.
        """
        deaths = 0
        self.joint.members += 1
        while not self.ending.is_set():
            member = await follow()
            left = self.joint.left(number)
            match member.ended:
                case Summary(stopped=False):
                    if not any(map(member.ended.counts.get, OPEN)):
                        self.ending.set()
                    return
                case TallysheetError() if not isinstance(member.ended, Fenced):
                    self._errors.append(member.ended)
                    self._end_all()
            if self.ending.is_set():
                return
            if member.lost:
                self.joint.members -= 1
                self._report(member.lost, left, "")
                return
            deaths = 1 if member.settled else deaths + 1
            is_last = deaths == MOST_DEATHS
            then = self._at_last if is_last else "Another takes its place."
            self._report(f"{who} {member.how}", left, then)
            if is_last:
                self.given_up += 1
                return
            await self._pause(FIRST_PAUSE_S * 2 ** (deaths - 1))

    def hear(self, number: int, member: Member, event: Event) -> None:
        """Take note of what a worker says, and tell what that means for the whole."""
        member.settled += isinstance(event, Settled)
        if isinstance(event, Summary):
            member.ended = event
            if event.stopped and not self.halt.is_set():
                return  # another takes its place, and the run goes on
        if (told := self.joint.heard(number, event)) is not None:
            self._events.put_nowait(told)

    async def overdue(self, *, is_there: Callable[[], bool] = lambda: True) -> None:
        """Return when a worker has had the time that there is to end; none if it is not there."""
        await self.ending.wait()
        if is_there():
            lease_s, drain_s = self._settings.lease_s, self._settings.drain_s
            await self.clock.sleep(drain_s + GRACE_LEASES * lease_s)

    async def summary(self, batch: str, sheet: Manifest) -> Summary:
        """What came of the run; see `Joint.summary`."""
        return await self.joint.summary(
            batch, sheet, self.budget, wall_s=self._took_s, stopped=self._stop.is_set()
        )

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self._events.put_nowait(None)

    async def _heed(self) -> None:
        """Once told to stop, or when the time of the run is up, have all of them stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.run_limit_s):
                await self._stop.wait()
        self._stop.set()
        self._end_all()

    def _end_all(self) -> None:
        self.halt.set()
        self.ending.set()

    async def _pause(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self.ending.wait()

    def _report(self, what: str, left: int, then: str) -> None:
        documents = "1 document that it had is" if left == 1 else f"{left} documents it had are"
        self._tell(f"{what}: {documents} taken over by others. {then}".rstrip())
