"""Child processes that do the heavy and the dangerous work, so that the event loop does not.

1. A child that takes too long, or whose task is given up, is killed, never asked.
2. Whatever happens to one child happens to its task alone.
3. A child does one task at a time, and no task waits while a child is free;
   those that wait are served in their order, what can wait after everything else.

The first children start with the pool, since each needs half a second before it can
work; the others when tasks come for them. All start from the loop's thread: the kernel
ends them when the *thread* that made them ends.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Self

from tallysheet.errors import ConfigError
from tallysheet.parse._process import Answer, Child, Death
from tallysheet.parse._turn import Turns
from tallysheet.parse._verdict import error_of, may_try_again, worked
from tallysheet.ports import Clock, Worked

AHEAD = 2
"""So many children are there before there is work."""


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
        last: tuple[Callable[[bytes], bytes], ...] = (),
        allow: tuple[str, ...] = ("tallysheet.",),
    ) -> None:
        self.workers = workers
        self._limit_s = limit_s
        self._memory_mb = memory_mb
        self._recycle_after = recycle_after
        self._clock = clock
        self._modules = modules
        self._allow = allow
        self._last = last
        self._turns = Turns(workers)
        self._idle: list[Child] = []
        self._children: set[Child] = set()
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        # One that cannot start is a matter for whoever needs it.
        with suppress(ConfigError):
            for _ in range(min(AHEAD, self.workers)):
                self._idle.append(await self._start())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        for child in self._children:
            child.kill()
        async with AsyncExitStack() as all_places:
            for _place in range(self.workers):  # whoever still holds one sees its child dead
                await all_places.enter_async_context(self._turns.one())
        self._idle.clear()
        while self._children:
            await self._children.pop().ended()

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
        name = self._name_of(work)
        async with self._turns.one(can_wait=work in self._last):
            end = await self._attempt(name, data)
            if not isinstance(end, Answer) and may_try_again(end):
                end = await self._attempt(name, data)
        if isinstance(end, Answer):
            return worked(end, memory_mb=self._memory_mb)
        raise error_of(end, limit_s=self._limit_s, memory_mb=self._memory_mb)

    def _name_of(self, work: Callable[[bytes], bytes]) -> str:
        module, function = getattr(work, "__module__", ""), getattr(work, "__qualname__", "")
        name = f"{module}:{function}"
        if not name.startswith(self._allow) or not function.isidentifier():
            raise ValueError(f"{name} may not be sent to a child process.")
        return name

    async def _attempt(self, name: str, data: bytes) -> Answer | Death:
        async with self._child() as child:
            return await child.ask(name, data, limit_s=self._limit_s)

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[Child]:
        """A child for one task. Kept for the next one if nothing speaks against it."""
        child = await self._take()
        try:
            yield child
        except BaseException:
            child.kill()
            raise
        finally:
            if child.usable and child.tasks < self._recycle_after:
                self._idle.append(child)
            else:
                await self._end(child)

    async def _take(self) -> Child:
        while self._idle:
            child = self._idle.pop()
            if child.usable:
                return child
            await self._end(child)
        if not self._open:
            raise RuntimeError("The pool is closed.")
        child = await self._start()
        if not self._open:
            child.kill()
        return child

    async def _start(self) -> Child:
        try:
            child = await Child.start(
                memory_mb=self._memory_mb, clock=self._clock, modules=self._modules
            )
        except OSError as error:
            raise ConfigError(
                f"The process that reads documents does not start ({error.strerror}).",
                "Lower parse_workers, or see what the system is short of.",
            ) from None
        self._children.add(child)
        return child

    async def _end(self, child: Child) -> None:
        child.kill()
        await child.ended()
        self._children.discard(child)
