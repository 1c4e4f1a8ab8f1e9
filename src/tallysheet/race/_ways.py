"""The ways to note in one shared object what became of each invoice.

All but ours keep one JSON object, a status a name, which is what people begin with.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
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

Note = Callable[[str], Awaitable[None]]
"""Note in the shared object that one invoice, named, is done."""


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

    open: Callable[[Work], AbstractAsyncContextManager[tuple[Sequence[str], Note]]]
    """Make ready; gives the invoices to be done here and how to note one."""
    kept: Callable[[Store, Clock], Awaitable[int]]
    """How many invoices the shared object says are done."""
    why: str
    """What happens there, as one sentence."""
    most: int | None = None
    """It goes from one invoice to the next, and tries only so many; none: all at once."""


async def statuses(store: Store) -> tuple[dict[str, str], Blob | None]:
    """Read the shared object, and what was read of it; nothing before there is one."""
    try:
        blob = await store.get(SHEET)
    except NotFound:
        return {}, None
    return dict(json.loads(blob.data)), blob


async def overwrite(store: Store, data: bytes) -> None:
    """Replace the shared object whatever stands there: what a PUT without a condition does.

    Our stores have no such write. Here the version that stands is looked up beneath all
    latencies and counters, so that this counts and takes as long as the one PUT that it
    stands for; on a real store under contention it takes longer.
    """
    await store.put(SHEET, data, expect=ABSENT)


async def _note(store: Store, name: str) -> None:
    """Read, modify, write."""
    found, _ = await statuses(store)
    found[name] = DONE
    await overwrite(store, json.dumps(found).encode())


async def _counted(store: Store, clock: Clock) -> int:
    del clock
    found, _ = await statuses(store)
    return len(found)


@asynccontextmanager
async def _unlocked(work: Work) -> AsyncIterator[tuple[Sequence[str], Note]]:
    async def note(name: str) -> None:
        await _note(work.store, name)

    yield work.names, note


@asynccontextmanager
async def _blocking(work: Work) -> AsyncIterator[tuple[Sequence[str], Note]]:
    with _Blocking() as blocking:

        async def note(name: str) -> None:
            blocking.wait(_note(work.store, name))

        yield work.names, note


@asynccontextmanager
async def _locked(work: Work) -> AsyncIterator[tuple[Sequence[str], Note]]:
    lock = asyncio.Lock()

    async def note(name: str) -> None:
        async with lock:
            await _note(work.store, name)

    yield work.names, note


@asynccontextmanager
async def _compared(work: Work) -> AsyncIterator[tuple[Sequence[str], Note]]:
    async def note(name: str) -> None:
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

    yield work.names, note


@asynccontextmanager
async def _ours(work: Work) -> AsyncIterator[tuple[Sequence[str], Note]]:
    async with Manifest.on(work.store, clock=work.clock) as manifest:
        await manifest.add(work.names)
        # Beside other processes these may be invoices that another one added.
        claims = {claim.key: claim for claim in await manifest.claim(limit=len(work.names))}

        async def note(name: str) -> None:
            await manifest.finish(claims[name], Outcome(Status.DONE))

        yield tuple(claims), note


async def _ours_counted(store: Store, clock: Clock) -> int:
    async with Manifest.on(store, clock=clock) as manifest:
        return manifest.counts.get(Status.DONE, 0)


class _Blocking:
    """What a client of the store without `await` does: the whole event loop waits for it."""

    def __enter__(self) -> "_Blocking":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def wait(self, call: Coroutine[Any, Any, T]) -> T:
        """Do it elsewhere, and stand still until it is done."""
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


WAYS = {
    "one after another": Way(
        _unlocked,
        _counted,
        "Nothing is lost, since nothing happens at the same time: every call waits for the last.",
        most=4,
    ),
    "unlocked": Way(
        _unlocked,
        _counted,
        "Fast and wrong: two read the same sheet, both write it, one update is gone.",
    ),
    "blocking": Way(
        _blocking,
        _counted,
        "A store client without await: right, because all tasks stand still at every request.",
    ),
    "asyncio.Lock": Way(
        _locked,
        _counted,
        "Right, in one process: a read and a write for every invoice, one after the other.",
    ),
    "compare-and-swap": Way(
        _compared,
        _counted,
        "Right in many processes: but who loses reads and writes again, and most lose.",
    ),
    "tallysheet": Way(
        _ours,
        _ours_counted,
        "Right in many processes: all updates that wait go into one conditional write.",
    ),
}
"""From the plainest to ours."""
