"""Child processes that do the heavy and the dangerous work, so that the event loop does not.

1. A child that takes too long, or whose task is given up, is killed, never asked.
2. Whatever happens to one child happens to its task alone.
3. A child does one task at a time, and no task waits while a child is free;
   those that wait are served in their order, what can wait after everything else.
4. Where many wait, a child gets a second task before its answer to the first is heard.
   Where the first takes long, the second is given to another child as well: what a
   child has been sent cannot be taken back, and whichever answers first is heard.

The first children start with the pool, since each needs half a second before it can
work; the others when tasks come for them. All start from the loop's thread: the kernel
ends them when the *thread* that made them ends.
"""

import asyncio
from collections.abc import Callable
from typing import Self, cast

from tallysheet.errors import ConfigError
from tallysheet.parse._process import Child, Hooks
from tallysheet.parse._queue import Answer, Death, Job, Queue
from tallysheet.parse._verdict import error_of, is_from_outside, may_try_again, worked
from tallysheet.ports import Clock, Worked

AHEAD = 2
"""So many children are there before there is work."""
DEEP = 2
"""Many wait where there are so many for each child, or more."""
STILLBORN = 8
"""So many that somebody kills before they are ready are a system on which none can start."""
CLOSED = "The pool is closed."
LONG_S = 0.05
"""What takes so long is no usual page, and holds up the task behind it."""


class Pool:
    """The `Offload` of real runs. Use it as an async context manager.

    Args:
        workers: How many children there are at most.
        limit_s: Seconds that one task may take in a child.
        memory_mb: Megabytes of memory that one child may hold.
        recycle_after: Tasks after which a child is replaced by a fresh one: it costs as much
            as reading some hundred pages, and guards against leaks that nobody has seen yet.
        clock: Whose seconds those are.
        modules: What a child loads before its first task, so that no document waits for it.
        later: What it loads once it has done its first task and has nothing to do.
        last: Work that can wait, since nothing waits for it but its own document.
        allow: What the name ``module:function`` of any work must begin with.
    """

    def __init__(
        self,
        workers: int,
        *,
        limit_s: float = 30.0,
        memory_mb: int = 768,
        recycle_after: int = 5_000,
        clock: Clock,
        modules: tuple[str, ...] = (),
        later: tuple[str, ...] = (),
        last: tuple[Callable[[bytes], bytes], ...] = (),
        allow: tuple[str, ...] = ("tallysheet.",),
    ) -> None:
        self.workers = workers
        self._limit_s = limit_s
        self._memory_mb = memory_mb
        self._recycle_after = recycle_after
        self._clock = clock
        self._modules = modules
        self._later = later
        self._allow = allow
        self._last = last
        self._waiting = Queue()
        self._idle: list[Child] = []
        self._children: set[Child] = set()
        self._spawning = 0
        """How many the system has been asked for and not given yet."""
        self._open = False
        self._stillborn = 0
        """How many in a row were killed from outside before they were ready."""

    async def __aenter__(self) -> Self:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._hooks = Hooks(
            born=self._children.add,
            free=self._is_free,
            back=self._waiting.add_first,
            gone=self._is_gone,
            limit_s=self._limit_s,
            clock=self._clock,
            tasks=self._tasks,
        )
        self._open = True
        # One that cannot start is a matter for whoever needs it.
        for _ in range(min(AHEAD, self.workers)):
            await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        for child in self._children:
            child.kill()
        # What ended the block is not theirs, and must not become a group of errors.
        await self._tasks.__aexit__(None, None, None)
        while self._children:
            await next(iter(self._children)).ended.wait()
        # Those that were sent ahead are back by now.
        while job := self._waiting.next():
            job.ends(RuntimeError(CLOSED))

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Return ``work(data)``, done in a child.

        Raises:
            DocumentError: *work* raised it, took too long (``time_limit``) or too
                much memory (``memory_limit``), raised something else
                (``internal``), or killed two children (``crashed``).
            WorkerLost: Two children were killed from outside under this task.
            ConfigError: No child can be started.
            ValueError: *work* is no function that may be sent.
        """
        name, can_wait = self._name_of(work), work in self._last
        end = await self._attempt(Job(name, data, can_wait), self._waiting.add)
        if isinstance(end, Death) and may_try_again(end):
            end = await self._attempt(Job(name, data, can_wait), self._waiting.add_first)
        if isinstance(end, Answer):
            return worked(end, memory_mb=self._memory_mb)
        raise error_of(end, limit_s=self._limit_s, memory_mb=self._memory_mb)

    def _name_of(self, work: Callable[[bytes], bytes]) -> str:
        module, function = getattr(work, "__module__", ""), getattr(work, "__qualname__", "")
        name = f"{module}:{function}"
        if not name.startswith(self._allow) or not function.isidentifier():
            raise ValueError(f"{name} may not be sent to a child process.")
        return name

    async def _attempt(self, job: Job, enqueue: Callable[[Job], None]) -> Answer | Death:
        if not self._open:
            raise RuntimeError(CLOSED)
        enqueue(job)
        self._hand_out()
        try:
            return await job.end
        except asyncio.CancelledError:
            for child in self._children:
                if child.does(job):
                    child.kill()
            raise

    def _hand_out(self) -> None:
        """Give what waits to children that are free, and start some for the rest."""
        while self._idle:
            child = self._idle.pop()
            if not child.usable:
                continue
            job = self._held_up(LONG_S) or self._waiting.next() or self._held_up(0.0)
            if job is None:
                self._idle.append(child)
                return
            child.give(job)
        if len(self._children) + self._spawning < self.workers:
            self._hire()
        deep = DEEP * self.workers
        for child in self._children:
            if child.load == 1 and child.usable and child.tasks < self._recycle_after:
                if self._waiting.count(deep) < deep:
                    return
                child.give(cast(Job, self._waiting.next()))

    def _hire(self) -> None:
        """Start as many children as there are tasks that none is coming for."""
        coming = self._spawning + sum(not child.started for child in self._children)
        room = self.workers - len(self._children) - self._spawning
        for _ in range(min(room, self._waiting.count(room + coming) - coming)):
            self._tasks.create_task(self._start())

    def _held_up(self, longer_than_s: float) -> Job | None:
        """A task behind one that takes long, the first time that it is asked for."""
        for child in self._children:
            job = child.held_up(longer_than_s)
            if job is not None and not job.is_twice:
                job.is_twice = True
                return job
        return None

    async def _start(self) -> None:
        self._spawning += 1
        try:
            child = await Child.start(
                self._hooks,
                memory_mb=self._memory_mb,
                modules=self._modules,
                later=self._later,
            )
        except OSError as error:
            if job := self._waiting.next():
                job.ends(_does_not_start(error))
            return
        finally:
            self._spawning -= 1
        if self._open:
            self._hand_out()
        else:
            child.kill()

    def _is_free(self, child: Child) -> None:
        self._stillborn = 0
        if not child.load and child.tasks >= self._recycle_after:
            child.kill()
            return
        if not child.load:
            self._idle.append(child)
        self._hand_out()

    def _is_gone(self, child: Child) -> None:
        self._children.discard(child)
        if not child.started:
            self._stillborn += 1
            again = self._stillborn < STILLBORN and is_from_outside(child.death)
            if not again and (job := self._waiting.next()):
                job.ends(child.death)
        if self._open:
            self._hand_out()


def _does_not_start(error: OSError) -> ConfigError:
    return ConfigError(
        f"The process that reads documents does not start ({error.strerror}).",
        "Lower parse_workers, or see what the system is short of.",
    )
