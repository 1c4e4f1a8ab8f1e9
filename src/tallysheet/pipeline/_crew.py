"""Several processes of this machine as one run: they share the work by the manifest, as always.

1. Each is the very same `run`. No document passes through here: they tell what they do, and
   ask for the money that a call may cost; see `tallysheet.models._purse`.
2. What becomes of those that end before their time is told by `Relay`.
3. If this process dies, the others are stopped as by Ctrl-C: each sees the end of its input.
"""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from tallysheet.errors import ConfigError, Outage
from tallysheet.manifest import Manifest
from tallysheet.models import Account
from tallysheet.pipeline._events import Event
from tallysheet.pipeline._lines import MOST_LINE_BYTES, error_from, event_from, line_of
from tallysheet.pipeline._parted import parted
from tallysheet.pipeline._relay import Member, Relay
from tallysheet.pipeline._watch import OPEN
from tallysheet.settings import Settings
from tallysheet.store import batch_url, open_store

PROGRAM = "tallysheet.pipeline._member"
SIGNALS = {number.value: number.name for number in signal.Signals}


@dataclass(eq=False)
class _Member(Member):
    """A running process of the crew."""

    process: Process

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
        self._parts = parted(settings, processes)
        self._relay = Relay(settings, stop=stop, tell=tell, at_last="It is given up.")
        self._members: set[_Member] = set()

    async def run(self) -> AsyncGenerator[Event, None]:
        """Do what `run` does, with all processes; its events are those of one run.

        Raises:
            TallysheetError: As `run` does, whichever of the processes it happened to.
            Outage: Processes were killed again and again, and documents are left.
        """
        relay = self._relay
        async with aclosing(relay.events(self._work)) as events:
            async for event in events:
                yield event
        store = open_store(self._batch)
        async with Manifest.on(store, clock=relay.clock, patient=False) as sheet:
            summary = await relay.summary(store.url, sheet)
        is_nobody_left = relay.given_up == len(self._parts)
        is_open = is_nobody_left or any(map(summary.counts.get, OPEN))
        if relay.given_up and is_open and not (summary.stopped or summary.budget_reached):
            raise Outage(
                f"{relay.given_up} of {len(self._parts)} processes died again and again, and"
                " documents are left.",
                "See above, and whether the memory of this machine is enough; then run the same"
                " command again, perhaps with fewer --processes. Nothing is lost.",
            )
        yield summary

    def kill(self) -> None:
        """End all processes at once. Their documents are the next run's."""
        for member in self._members:
            member.kill()

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, settings in enumerate(self._parts):
                    follow = partial(self._follow, number, settings)
                    tasks.create_task(self._relay.keep(number, f"Process {number + 1}", follow))
        finally:
            self.kill()
            for member in tuple(self._members):
                await member.process.wait()

    async def _follow(self, number: int, settings: Settings) -> _Member:
        """Start a process, and hear what it says, until it is no more."""
        member = await self._start(settings)
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(self._stop_in_time(member))
            overdue = tasks.create_task(self._kill_if_overdue(member))
            await self._listen(number, member)
            code = await member.process.wait()
            stopping.cancel()
            overdue.cancel()
        self._members.discard(member)
        if code < 0:
            member.death = f"was killed ({SIGNALS.get(-code, -code)})"
        else:
            member.death = f"ended by itself (exit code {code})"
        return member

    async def _start(self, settings: Settings) -> _Member:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", PROGRAM),
            stdin=PIPE,
            stdout=PIPE,
            limit=MOST_LINE_BYTES,
            # Ctrl-C in the terminal is for this process alone, which tells the others.
            start_new_session=True,
        )
        member = _Member(Account(self._relay.budget), process)
        self._members.add(member)
        said = settings.model_dump(mode="json")
        member.say({"source": self._source, "out": self._batch, "settings": said})
        return member

    async def _listen(self, number: int, member: _Member) -> None:
        """Hear what a process says, until it says no more."""
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

    async def _answer(self, member: _Member, message: Mapping[str, Any]) -> None:
        member.say(await member.account.asked(message))

    def _hear(self, number: int, member: _Member, message: Mapping[str, Any]) -> None:
        if "free" in message:
            member.account.freed(message)
        elif "error" in message:
            member.ended = error_from(message)
        else:
            self._relay.hear(number, member, event_from(message))

    async def _stop_in_time(self, member: _Member) -> None:
        await self._relay.halt.wait()
        member.say({"stop": True})

    async def _kill_if_overdue(self, member: _Member) -> None:
        await self._relay.overdue()
        member.kill()
