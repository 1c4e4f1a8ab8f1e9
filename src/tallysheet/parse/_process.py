"""One child process, seen from the parent: start, give a task, kill.

It gets nothing of our environment but what Python needs to start: no key, no
token, no setting. It has a session of its own, so that a Ctrl-C in the terminal
does not reach it, and one signal reaches whatever it may have started.

It is a protocol of asyncio and no stream: what follows from an answer is done when
its last byte comes, and not some turns of the event loop later. And it may be given a
second task while it does the first, so that it has something to do until its answer is
heard: on a busy machine that takes as long as a page.
"""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self, cast

from tallysheet.parse._frames import (
    ANSWER,
    AT_ONCE_BYTES,
    MOST_ANSWER_BYTES,
    REQUEST,
    Outcome,
)
from tallysheet.parse._queue import Answer, Death, Job
from tallysheet.ports import Clock

PROGRAM = "tallysheet.parse._child"
NEEDED = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("LANG", "LC_ALL", "TMPDIR", "TESSDATA_PREFIX"),
)
"""Variables that a child inherits: they only say where things are, and in which language."""
START_LIMIT_S = 60.0
"""A child that needs longer to start never will."""
LAST_LIMIT_S = 2.0
"""Nor does it need longer to end, once it has closed its pipes."""
LATE_S = 1.0
"""Whoever wakes so much too late was stopped (Ctrl-Z), or held up by others on the event loop."""
STDIN, STDOUT = 0, 1


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a child needs of whoever has it.

    Attributes:
        born: Told when it is there, though not ready yet.
        free: Told when it can be given a task.
        back: Given a task that it will not come to.
        gone: Told when nothing of it is left.
        limit_s: Seconds that one task may take.
        clock: Whose seconds those are.
        tasks: Where it is watched.
    """

    born: Callable[["Child"], None]
    free: Callable[["Child"], None]
    back: Callable[[Job], None]
    gone: Callable[["Child"], None]
    limit_s: float
    clock: Clock
    tasks: asyncio.TaskGroup


class _Answers(asyncio.Protocol):
    """What a child says, as it comes: by way of the process's transport it is a turn later.

    Args:
        received: Told each part.
        usual: What the pipe had before, and what waits for its end.
    """

    def __init__(self, received: Callable[[bytes], None], usual: asyncio.BaseProtocol) -> None:
        self._received = received
        self._usual = usual

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._usual.connection_lost(exc)


class Child(asyncio.SubprocessProtocol):
    """A running child. It does its tasks one after the other; make one with `start`."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._received = bytearray()
        self._jobs = deque[Job]()
        self._since_s = self._until_s = 0.0
        self._watch: asyncio.Task[None] | None = None
        self._killed = self._overdue = self._garbled = False
        self.started = False
        """Whether it ever was ready to work."""
        self.tasks = 0
        """How many it was given."""
        self.ended = asyncio.Event()

    @classmethod
    async def start(
        cls, hooks: Hooks, *, memory_mb: int, modules: Sequence[str], later: Sequence[str]
    ) -> Self:
        """Start a child, which loads *modules* at once, and *later* ones when it has time.

        Raises:
            OSError: The system cannot start another process.
        """
        _, child = await asyncio.get_running_loop().subprocess_exec(
            lambda: cls(hooks),
            *(sys.executable, "-P", "-X", "utf8", "-m", PROGRAM),
            *(str(memory_mb), str(os.getpid()), ",".join(modules), ",".join(later)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in NEEDED if name in os.environ},
            start_new_session=True,
        )
        return child

    def give(self, job: Job) -> None:
        """Have it do one task more; its end is told to the job."""
        self.tasks += 1
        self._jobs.append(job)
        if len(self._jobs) == 1:
            self._begin()
        name = job.name.encode()
        head = REQUEST.pack(len(name), len(job.data)) + name
        requests = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(STDIN))
        if len(job.data) <= AT_ONCE_BYTES:
            requests.write(head + job.data)
        else:
            requests.write(head)
            requests.write(job.data)

    def does(self, job: Job) -> bool:
        """Whether it works on *job* now."""
        return bool(self._jobs) and self._jobs[0] is job

    @property
    def load(self) -> int:
        """How many tasks it has."""
        return len(self._jobs)

    def held_up(self, longer_than_s: float) -> Job | None:
        """The task that waits here for another one that has already taken so many seconds."""
        if len(self._jobs) < 2 or self._jobs[1].is_over:
            return None
        is_long = self._hooks.clock.monotonic() - self._since_s >= longer_than_s
        return self._jobs[1] if is_long else None

    @property
    def usable(self) -> bool:
        """Whether it is alive, as far as we know."""
        return not self._killed and self._transport.get_returncode() is None

    def kill(self) -> None:
        """End it and whatever it started, now and without asking."""
        self._killed = True
        self._unwatch()
        if self._transport.get_returncode() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._transport.get_pid(), signal.SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.SubprocessProtocol`: the process is there, and about to load Python."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        pipe = cast(asyncio.ReadTransport, self._transport.get_pipe_transport(STDOUT))
        pipe.set_protocol(_Answers(self._hear, pipe.get_protocol()))
        self._watch_for(START_LIMIT_S)
        self._hooks.born(self)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """See `asyncio.SubprocessProtocol`: what came before the process was known to be there."""
        self._hear(data)

    def _hear(self, data: bytes) -> None:
        self._received += data
        try:
            while not self._killed and (answer := self._answer()) is not None:
                self._heard(answer)
        except ValueError:
            self._garbled = True
            self.kill()

    def _heard(self, answer: Answer) -> None:
        if self.started:
            self._jobs.popleft().ends(answer)
        if not (self.started and self._jobs):
            self._unwatch()
        self.started = True
        if answer.outcome is Outcome.NO_MEMORY:
            self.kill()
            return
        if self._jobs:
            self._begin()
        self._hooks.free(self)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """See `asyncio.SubprocessProtocol`: one that hears or says no more is of no use.

        One that never was ready is let end by itself: its status says why.
        """
        if self.started or self._killed:
            self.kill()
        else:
            self._unwatch()
            self._watch_for(LAST_LIMIT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.SubprocessProtocol`: nothing of it is left."""
        self._killed = True
        self._unwatch()
        self._transport.close()
        if self._jobs:
            self._jobs.popleft().ends(self.death)
        for job in self._jobs:
            self._hooks.back(job)
        self.ended.set()
        self._hooks.gone(self)

    @property
    def death(self) -> Death:
        """How it ended, once it has."""
        status = self._transport.get_returncode() or 0
        return Death(status, self.started, self._overdue, self._garbled)

    def _answer(self) -> Answer | None:
        """What has been received, if that is a whole answer.

        Raises:
            ValueError: It is none, or nobody asked.
        """
        if len(self._received) < ANSWER.size:
            return None
        kind, busy_s, length = ANSWER.unpack_from(self._received)
        outcome = Outcome(kind)
        is_asked = bool(self._jobs) if self.started else outcome is Outcome.READY
        if length > MOST_ANSWER_BYTES or not is_asked:
            raise ValueError
        size = ANSWER.size + length
        if len(self._received) < size:
            return None
        with memoryview(self._received) as received:
            data = bytes(received[ANSWER.size : size])
        del self._received[:size]
        return Answer(outcome, busy_s, data)

    def _begin(self) -> None:
        self._since_s = self._hooks.clock.monotonic()
        self._watch_for(self._hooks.limit_s)

    def _watch_for(self, limit_s: float) -> None:
        """Have an eye on it; who watches already, goes on: a task for each is a sixth of all."""
        self._until_s = self._hooks.clock.monotonic() + limit_s
        if self._watch is None:
            self._watch = self._hooks.tasks.create_task(self._kill_in_time())

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _kill_in_time(self) -> None:
        clock, was_late = self._hooks.clock, False
        while (left_s := self._until_s - clock.monotonic()) > 0 or left_s < -LATE_S:
            if left_s > 0:
                await clock.sleep(left_s)
            elif was_late:
                break
            else:
                # We stood still ourselves: what it has said meanwhile is still to be heard.
                was_late, self._until_s = True, clock.monotonic() + LAST_LIMIT_S
        self._overdue = True
        self._watch = None
        self.kill()
