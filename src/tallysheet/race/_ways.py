"""The ways to note in one shared object what became of each invoice.

All but ours keep one JSON object, a status a name, which is what people begin with.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import wait
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tallysheet.errors import Conflict, NotFound
from tallysheet.manifest import Manifest, Outcome
from tallysheet.model import Status
from tallysheet.ports import ABSENT, Blob, Clock, Store

T = TypeVar("T")

SHEET = "statuses.json"
DONE = "done"
MOST_SLOTS = 64
SLOT_S = 0.04
"""About as long as a write takes."""
HEED_S = 0.1
"""So often who stands still looks whether to stop."""

One = Callable[[str, float], Awaitable[None]]
"""All of one invoice: wait for a call to the model, of so many seconds, and note that it is done"""


@dataclass(frozen=True, slots=True)
class Work:
    """What each way is given."""

    store: Store
    names: Sequence[str]
    """The invoices."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Way:
    """One way."""

    open: Callable[[Work], AbstractAsyncContextManager[tuple[Sequence[str], One]]]
    """Make ready; gives the invoices to be done here and how to do one."""
    kept: Callable[[Store, Clock], Awaitable[int]]
    """How many invoices the shared object says are done."""
    why: str
    """What happens there; may name ``ready_s``, the seconds that it took to make ready."""
    shared: str = ""
    """The same, where several processes do it; none: it is not worth a look there."""
    loses: bool = False
    """Whether it may lose updates in one process."""
    shared_loses: bool = False
    """Whether it may lose updates in several."""
    most: int | None = None
    """It goes from one invoice to the next, and tries only so many; none: all at once."""


async def statuses(store: Store) -> tuple[dict[str, str], Blob | None]:
    """Read the shared object, and what was read of it; nothing before there is one."""
    try:
        blob = await store.get(SHEET)
    except NotFound:
        return {}, None
    return dict(json.loads(blob.data)), blob


async def _note(store: Store, name: str) -> None:
    """Read, modify, write: with a plain PUT, see `Overwriting`."""
    found, _ = await statuses(store)
    found[name] = DONE
    await store.put(SHEET, json.dumps(found).encode(), expect=ABSENT)


async def _counted(store: Store, clock: Clock) -> int:
    del clock
    found, _ = await statuses(store)
    return len(found)


@asynccontextmanager
async def _unlocked(work: Work) -> AsyncIterator[tuple[Sequence[str], One]]:
    async def one(name: str, call_s: float) -> None:
        await work.clock.sleep(call_s)
        await _note(work.store, name)

    yield work.names, one


@asynccontextmanager
async def _synchronous(work: Work) -> AsyncIterator[tuple[Sequence[str], One]]:
    with _Blocking() as blocking:

        async def one(name: str, call_s: float) -> None:
            blocking.wait(work.clock.sleep(call_s))
            blocking.wait(_note(work.store, name))

        yield work.names, one


@asynccontextmanager
async def _blocking(work: Work) -> AsyncIterator[tuple[Sequence[str], One]]:
    with _Blocking() as blocking:

        async def one(name: str, call_s: float) -> None:
            await work.clock.sleep(call_s)
            blocking.wait(_note(work.store, name))

        yield work.names, one


@asynccontextmanager
async def _locked(work: Work) -> AsyncIterator[tuple[Sequence[str], One]]:
    lock = asyncio.Lock()

    async def one(name: str, call_s: float) -> None:
        await work.clock.sleep(call_s)
        async with lock:
            await _note(work.store, name)

    yield work.names, one


@asynccontextmanager
async def _compared(work: Work) -> AsyncIterator[tuple[Sequence[str], One]]:
    async def one(name: str, call_s: float) -> None:
        await work.clock.sleep(call_s)
        slots = 1
        while True:
            found, blob = await statuses(work.store)
            found[name] = DONE
            expect = blob.version if blob else ABSENT
            try:
                await work.store.put(SHEET, json.dumps(found).encode(), expect=expect)
            except Conflict:
                slots = min(2 * slots, MOST_SLOTS)
                await work.clock.sleep(work.clock.random() * slots * SLOT_S)
            else:
                return

    yield work.names, one


@asynccontextmanager
async def _ours(work: Work) -> AsyncIterator[tuple[Sequence[str], One]]:
    async with Manifest.on(work.store, clock=work.clock) as manifest:
        await manifest.add(work.names)
        # Beside other processes these may be invoices that another one added.
        claims = {claim.key: claim for claim in await manifest.claim(limit=len(work.names))}

        async def one(name: str, call_s: float) -> None:
            await work.clock.sleep(call_s)
            await manifest.finish(claims[name], Outcome(Status.DONE))

        yield tuple(claims), one


async def _ours_counted(store: Store, clock: Clock) -> int:
    async with Manifest.on(store, clock=clock) as manifest:
        return manifest.counts.get(Status.DONE, 0)


class _Blocking:
    """What a client without `await` does: the whole event loop waits for it."""

    def __enter__(self) -> "_Blocking":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def wait(self, call: Coroutine[Any, Any, T]) -> T:
        """Do it elsewhere, and stand still until it is done.

        Only Ctrl-C is heeded, which asyncio has made a cancellation of a task of the loop.
        """
        found = asyncio.run_coroutine_threadsafe(call, self._loop)
        task = asyncio.current_task()
        while not found.done():
            wait([found], timeout=HEED_S)
            if task and task.cancelling():
                raise asyncio.CancelledError
        return found.result()

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(_ended(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _ended() -> None:
    """End what was given up on this loop, and the threads that were at it."""
    given_up = asyncio.all_tasks() - {asyncio.current_task()}
    for task in given_up:
        task.cancel()
    if given_up:
        await asyncio.wait(given_up)
    await asyncio.get_running_loop().shutdown_default_executor()


WAYS: Mapping[str, Way] = {
    "one after another (for)": Way(
        _synchronous,
        _counted,
        "A call, a read and a write, then the next invoice: right, and as slow as all calls"
        " in a row",
        most=3,
    ),
    "one after another (await)": Way(
        _unlocked,
        _counted,
        "The same with await is as slow: it lets others run, but nobody else was started",
        most=3,
    ),
    "unlocked": Way(
        _unlocked,
        _counted,
        "All at once, and wrong: two tasks read the same sheet and both write it, and the"
        " later write undoes the other",
        shared="Tasks and processes read the same sheet and write over each other's updates",
        loses=True,
        shared_loses=True,
    ),
    "blocking": Way(
        _blocking,
        _counted,
        "A store client without await: right, since the whole program stands still during"
        " every request",
    ),
    "asyncio.Lock": Way(
        _locked,
        _counted,
        "Right in this one process, but each invoice waits its turn to read and write",
        shared="Every process has a lock of its own, which keeps none of the others from"
        " writing over its updates",
        shared_loses=True,
    ),
    "compare-and-swap": Way(
        _compared,
        _counted,
        "Right in many processes, too, but of all who write one wins, and the others read"
        " and write again",
        shared="Right in many processes, but of all who write one wins, and the others read"
        " and write again",
    ),
    "tallysheet": Way(
        _ours,
        _ours_counted,
        "Right in many processes, too: all updates that wait go into one conditional write"
        " (to open the manifest and claim took {ready_s:.2f} s of the time)",
        shared="Right in many processes: each puts all its updates that wait into one conditional"
        " write (to open the manifest and claim took {ready_s:.2f} s of the time)",
    ),
}
"""From the plainest to ours."""

SHARED = tuple(way for way in WAYS if WAYS[way].shared)
"""The ways that are worth a look in several processes."""
