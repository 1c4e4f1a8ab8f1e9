"""The program of one process of several that make one run: the same `run` as by hand.

1. It hears from whoever started it on standard input: what to do, what it may spend, and
   when to stop. The end of that input is the end of whoever could want more: it stops as
   after Ctrl-C, and lets what is in flight end, which is paid for. If it is suspended, the
   kernel wakes it for that, on Linux.
2. It speaks on what was its standard output, without ever waiting for the listener; what
   libraries print there goes to standard error.
3. Ctrl-C in the terminal does not reach it: it has a session of its own.
"""

import asyncio
import ctypes
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from tallysheet.errors import TallysheetError
from tallysheet.models import SharedBudget
from tallysheet.pipeline._events import Event, Summary
from tallysheet.pipeline._garbage import look_rarely
from tallysheet.pipeline._lines import MOST_LINE_BYTES, error_to, event_to, line_of
from tallysheet.pipeline._run import run
from tallysheet.settings import Settings

PR_SET_PDEATHSIG = 1


class Voice(asyncio.Protocol):
    """What a member says, which is written as the listener reads."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._is_heard = True
        self._ended = asyncio.Event()

    @classmethod
    async def on(cls, descriptor: int) -> "Voice":
        """Speak on a pipe."""
        loop = asyncio.get_running_loop()
        _, voice = await loop.connect_write_pipe(cls, os.fdopen(descriptor, "wb", buffering=0))
        return voice

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pipe is open."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101  a pipe to write to
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """All was written, or nobody listens any more."""
        self._is_heard = False
        self._ended.set()

    def say(self, message: Mapping[str, Any]) -> None:
        """Say something, if anybody listens."""
        if self._transport is not None and self._is_heard:
            self._transport.write(line_of(message))

    async def end(self) -> None:
        """Wait until all was written."""
        if self._transport is not None:
            self._transport.close()
        await self._ended.wait()


async def work() -> None:
    """Do what is asked for on standard input, to the end."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    voice = await Voice.on(_private_output())
    heard = asyncio.StreamReader(limit=MOST_LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(heard), sys.stdin)
    order = json.loads(await heard.readline() or "null")
    if order is None:
        return
    settings = Settings.model_validate(order["settings"])
    budget = SharedBudget(settings.max_cost_usd, voice.say)

    async def hear() -> None:
        while line := await heard.readline():
            message = json.loads(line)
            if "ask" in message:
                budget.answered(message)
            else:
                stop.set()
        stop.set()

    async with asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(hear())
        running = run(
            order["source"], out=order["out"], settings=settings, stop=stop, budget=budget
        )
        try:
            async with aclosing(running) as events:
                async for event in events:
                    voice.say(event_to(_shortened(event)))
        except TallysheetError as error:
            voice.say(error_to(error))
        hearing.cancel()
    await voice.end()


def _wake_when_alone() -> None:
    """Have a suspended process go on when its parent dies, so that it sees that and ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT)


def _private_output() -> int:
    private = os.dup(1)
    os.dup2(2, 1)
    return private


def _shortened(event: Event) -> Event:
    """Without what the manifest says as well, and of all processes at once."""
    return dataclasses.replace(event, failed=(), review=()) if isinstance(event, Summary) else event


if __name__ == "__main__":
    _wake_when_alone()
    look_rarely()
    asyncio.run(work())
    # Not by the usual way: the threads of the object store library may abort a process that
    # takes its interpreter down under them.
    os._exit(0)
