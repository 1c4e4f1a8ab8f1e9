"""One child process, seen from the parent: start, ask, kill.

It gets nothing of our environment but what Python needs to start: no key, no
token, no setting. It has a session of its own, so that a Ctrl-C in the terminal
does not reach it, and one signal reaches whatever it may have started.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from tallysheet.parse._frames import ANSWER, MOST_ANSWER_BYTES, REQUEST, Outcome
from tallysheet.ports import Clock

PROGRAM = "tallysheet.parse._child"
NEEDED = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("LANG", "LC_ALL", "TMPDIR", "TESSDATA_PREFIX"),
)
"""Variables that a child inherits: they only say where things are, and in which language."""
START_LIMIT_S = 60.0
"""A child that needs longer to start never will."""
BUFFER_BYTES = 1024 * 1024
AT_ONCE_BYTES = 64 * 1024
"""Up to so many, a copy costs less than a second write, which wakes the child for nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said of one task."""

    outcome: Outcome
    busy_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Death:
    """A child ended, or had to be ended, before it answered."""

    status: int
    """Its exit status, or minus the signal that killed it."""
    started: bool = True
    """Whether it ever was ready to work."""
    overdue: bool = False
    """Whether we killed it because its time was up."""
    garbled: bool = False
    """Whether we killed it because it answered nonsense: something overwrote its memory."""


class Child:
    """A running child. One task at a time."""

    def __init__(self, process: asyncio.subprocess.Process, clock: Clock) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("A child is spoken to through pipes.")
        self._process = process
        self._requests = process.stdin
        self._answers = process.stdout
        self._clock = clock
        self._started = self._killed = self._overdue = self._garbled = False
        self.tasks = 0
        """How many it was given."""

    @classmethod
    async def start(cls, *, memory_mb: int, clock: Clock, modules: Sequence[str] = ()) -> Self:
        """Start a child, which loads *modules* as soon as it can.

        Raises:
            OSError: The system cannot start another process.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-X", "utf8", "-m", PROGRAM),
            *(str(memory_mb), str(os.getpid()), *modules),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=BUFFER_BYTES,
            env={name: os.environ[name] for name in NEEDED if name in os.environ},
            start_new_session=True,
        )
        return cls(process, clock)

    async def ask(self, name: str, data: bytes, *, limit_s: float) -> Answer | Death:
        """Have it do one task, for no longer than *limit_s*; its own start does not count."""
        self.tasks += 1
        if not self._started:
            hello = await self._in_time(self._answer(), START_LIMIT_S)
            self._started = hello is not None and hello.outcome is Outcome.READY
        answer = await self._in_time(self._do(name, data), limit_s) if self._started else None
        if answer is not None:
            if answer.outcome is Outcome.NO_MEMORY:
                self.kill()
            return answer
        self.kill()
        return Death(await self.ended(), self._started, self._overdue, self._garbled)

    async def _in_time(
        self, reply: Coroutine[Any, Any, Answer | None], limit_s: float
    ) -> Answer | None:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._kill_after(limit_s))
            try:
                return await reply
            finally:
                watch.cancel()

    async def _kill_after(self, limit_s: float) -> None:
        await self._clock.sleep(limit_s)
        self._overdue = True
        self.kill()

    async def _do(self, name: str, data: bytes) -> Answer | None:
        try:
            sent = name.encode()
            head = REQUEST.pack(len(sent), len(data)) + sent
            if len(data) <= AT_ONCE_BYTES:
                self._requests.write(head + data)
            else:
                self._requests.write(head)
                self._requests.write(data)
            await self._requests.drain()
        except ConnectionError:
            return None
        return await self._answer()

    async def _answer(self) -> Answer | None:
        try:
            kind, busy_s, length = ANSWER.unpack(await self._answers.readexactly(ANSWER.size))
            outcome = Outcome(kind)
            if length <= MOST_ANSWER_BYTES:
                return Answer(outcome, busy_s, await self._answers.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        except ValueError:
            pass
        self._garbled = True
        return None

    @property
    def usable(self) -> bool:
        """Whether it is alive, as far as we know."""
        return not self._killed and self._process.returncode is None

    def kill(self) -> None:
        """End it and whatever it started, now and without asking."""
        self._killed = True
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait until nothing of it is left; its exit status, or minus its signal."""
        self._requests.close()
        with suppress(ConnectionError):
            await self._requests.wait_closed()
        await self._answers.read()
        return await self._process.wait()
