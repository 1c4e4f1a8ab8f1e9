"""Several processes of this machine as one run: they share the work by the manifest, as always.

1. Each is the very same `run`. No document passes through here: they tell what they do, and
   ask for the money that a call may cost; see `tallysheet.models._purse`.
2. Whoever is killed, or was taken for dead, is followed by another, after a pause that doubles;
   the others have taken its documents over by then. One that dies again and again without
   settling anything is given up.
3. An error that ends one ends all: it would be the others' next. They are stopped as by
   Ctrl-C, and so are they if this process dies: each sees the end of its input.
4. Whoever does not end in time, because it is stopped or hangs, is killed.
"""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tallysheet.errors import (
    ConfigError,
    Fenced,
    Outage,
    TallysheetError,
    one_error,
)
from tallysheet.manifest import Manifest
from tallysheet.models import Account, Budget
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._events import Event, Settled, Summary
from tallysheet.pipeline._joint import Joint, worst
from tallysheet.pipeline._lines import MOST_LINE_BYTES, error_from, event_from, line_of
from tallysheet.pipeline._parted import parted
from tallysheet.pipeline._watch import OPEN
from tallysheet.settings import Settings
from tallysheet.store import batch_url, open_store

PROGRAM = "tallysheet.pipeline._member"
SIGNALS = {number.value: number.name for number in signal.Signals}
MOST_DEATHS = 5
"""So often in a row a process may die without having settled anything before it is given up."""
FIRST_PAUSE_S = 1.0
"""The pause after the first of these; it doubles with each."""
GRACE_LEASES = 2
"""So many leases, beyond the time for draining, a process may take to end."""


@dataclass(eq=False)
class _Member:
    """A running process of the crew."""

    process: Process
    account: Account
    settled: int = 0
    ended: Summary | TallysheetError | None = None
    """What it said in the end; nothing where it did not come to that."""

    def say(self, message: Mapping[str, Any]) -> None:
        """Tell it something; nothing happens if it is no more."""
        if self.process.stdin is not None and not self.process.stdin.is_closing():
            self.process.stdin.write(line_of(message))

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self.process.kill()


class Crew:
    """One run in several processes.

    Args:
        source: As of `run`, an address.
        out: As of `run`, an address.
        settings: As of `run`; what they allow at the same time is for all processes together.
        processes: How many, at least 1; see `parted`.
        stop: As of `run`.
        tell: Told what became of processes, in sentences.

    Raises:
        ConfigError: The processes could not share the batch, or there are too many of them.
    """

    def __init__(
        self,
        source: str,
        *,
        out: str | None,
        settings: Settings,
        processes: int,
        stop: asyncio.Event,
        tell: Callable[[str], None],
    ) -> None:
        self._source = source
        self._batch = out or batch_url(source)
        if any(address.startswith("memory://") for address in (source, self._batch)):
            raise ConfigError(
                "What stands at memory:// is in one process, and no other sees it.",
                "Leave out --processes, or give a folder or a bucket.",
            )
        self._settings = settings
        self._parts = parted(settings, processes)
        self._stop = stop
        self._tell = tell
        self._clock = SystemClock()
        self._budget = Budget(settings.max_cost_usd)
        self._joint = Joint(processes)
        self._members: set[_Member] = set()
        self._halt = asyncio.Event()
        self._ending = asyncio.Event()
        self._errors: list[TallysheetError] = []
        self._given_up = 0
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    async def run(self) -> AsyncGenerator[Event, None]:
        """Do what `run` does, with all processes; its events are those of one run.

        Raises:
            TallysheetError: As `run` does, whichever of the processes it happened to.
            Outage: Processes were killed again and again, and documents are left.
        """
        started_s = self._clock.monotonic()
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                heeding = tasks.create_task(self._heed())
                working = tasks.create_task(self._work())
                try:
                    while (event := await self._events.get()) is not None:
                        yield event
                finally:
                    heeding.cancel()
                    working.cancel()
                    self.kill()
                    for member in tuple(self._members):
                        await member.process.wait()
        if self._errors:
            raise worst(self._errors)
        took_s = self._clock.monotonic() - started_s
        store = open_store(self._batch)
        async with Manifest.on(store, clock=self._clock, patient=False) as sheet:
            summary = await self._joint.summary(
                store.url, sheet, self._budget, wall_s=took_s, stopped=self._stop.is_set()
            )
        is_nobody_left = self._given_up == len(self._parts)
        is_open = is_nobody_left or any(map(summary.counts.get, OPEN))
        if self._given_up and is_open and not (summary.stopped or summary.budget_reached):
            raise Outage(
                f"{self._given_up} of {len(self._parts)} processes died again and again, and"
                " documents are left.",
                "See above, and whether the memory of this machine is enough; then run the same"
                " command again, perhaps with fewer --processes. Nothing is lost.",
            )
        yield summary

    def kill(self) -> None:
        """End all processes at once. Their documents are the next run's."""
        for member in self._members:
            member.kill()

    async def _heed(self) -> None:
        """Once told to stop, or when the time of the run is up, have all of them stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.run_limit_s):
                await self._stop.wait()
        self._stop.set()
        self._end_all()

    def _end_all(self) -> None:
        self._halt.set()
        self._ending.set()
        for member in self._members:
            member.say({"stop": True})

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, settings in enumerate(self._parts):
                    tasks.create_task(self._keep(number, settings))
        finally:
            self._events.put_nowait(None)

    async def _keep(self, number: int, settings: Settings) -> None:
        """Keep one place filled until there is nothing more to do in it."""
        deaths = 0
        while not self._halt.is_set():
            member = await self._start(settings)
            async with asyncio.TaskGroup() as tasks:
                overdue = tasks.create_task(self._kill_if_overdue(member))
                await self._follow(number, member)
                overdue.cancel()
            left = self._joint.left(number)
            match member.ended:
                case Summary(stopped=False):
                    if not any(map(member.ended.counts.get, OPEN)):
                        self._ending.set()
                    return
                case TallysheetError() if not isinstance(member.ended, Fenced):
                    self._errors.append(member.ended)
                    self._end_all()
            if self._ending.is_set():
                return
            deaths = 1 if member.settled else deaths + 1
            self._report(number, member, left, is_last=deaths == MOST_DEATHS)
            if deaths == MOST_DEATHS:
                self._given_up += 1
                return
            await self._pause(FIRST_PAUSE_S * 2 ** (deaths - 1))

    async def _start(self, settings: Settings) -> _Member:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", PROGRAM),
            stdin=PIPE,
            stdout=PIPE,
            limit=MOST_LINE_BYTES,
            # Ctrl-C in the terminal is for this process alone, which tells the others.
            start_new_session=True,
        )
        member = _Member(process, Account(self._budget))
        self._members.add(member)
        said = settings.model_dump(mode="json")
        member.say({"source": self._source, "out": self._batch, "settings": said})
        if self._halt.is_set():
            member.say({"stop": True})
        return member

    async def _follow(self, number: int, member: _Member) -> None:
        """Hear what a process says, until it is no more."""
        assert member.process.stdout is not None  # noqa: S101  it was asked for
        answering: list[asyncio.Task[None]] = []
        async with asyncio.TaskGroup() as tasks:
            async for line in member.process.stdout:
                if not line.endswith(b"\n"):
                    break  # it was killed in the middle of it
                message = json.loads(line)
                if "ask" in message:
                    answering = [task for task in answering if not task.done()]
                    answering.append(tasks.create_task(self._answer(member, message)))
                else:
                    self._hear(number, member, message)
            for task in answering:
                task.cancel()
        member.account.close()
        await member.process.wait()
        self._members.discard(member)

    async def _answer(self, member: _Member, message: Mapping[str, Any]) -> None:
        member.say(await member.account.asked(message))

    def _hear(self, number: int, member: _Member, message: Mapping[str, Any]) -> None:
        if "free" in message:
            member.account.freed(message)
        elif "error" in message:
            member.ended = error_from(message)
        else:
            event = event_from(message)
            member.settled += isinstance(event, Settled)
            if isinstance(event, Summary):
                member.ended = event
            if (told := self._joint.heard(number, event)) is not None:
                self._events.put_nowait(told)

    async def _kill_if_overdue(self, member: _Member) -> None:
        await self._ending.wait()
        lease_s, drain_s = self._settings.lease_s, self._settings.drain_s
        await self._clock.sleep(drain_s + GRACE_LEASES * lease_s)
        member.kill()

    async def _pause(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._ending.wait()

    def _report(self, number: int, member: _Member, left: int, *, is_last: bool) -> None:
        code = member.process.returncode or 0
        if isinstance(member.ended, Fenced):
            how = "was silent for too long and was taken for dead"
        elif isinstance(member.ended, Summary):
            how = "was stopped"
        elif code < 0:
            how = f"was killed ({SIGNALS.get(-code, -code)})"
        else:
            how = f"ended by itself (exit code {code})"
        documents = "1 document that it had is" if left == 1 else f"{left} documents it had are"
        then = "It is given up." if is_last else "Another takes its place."
        self._tell(f"Process {number + 1} {how}: {documents} taken over by others. {then}")
