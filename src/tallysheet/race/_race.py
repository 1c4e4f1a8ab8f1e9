"""One way, run: what it kept, how long it took, and what it asked of the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from tallysheet.errors import Conflict, NotFound
from tallysheet.ports import ABSENT, Blob, Clock, Entry, Store, Version
from tallysheet.race._ways import SHEET, WAYS, Work
from tallysheet.testing import CountingStore, SlowStore

PUT_USD = 0.005 / 1000
GET_USD = 0.0004 / 1000
"""S3 Standard in us-east-1, list price in 2026: aws.amazon.com/s3/pricing, "Requests"."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one way."""

    way: str
    processes: int
    invoices: int
    """How many were tried."""
    kept: int
    """How many of them the shared object says are done."""
    wall_s: float
    slowest_s: float
    """The longest call to the model: nobody can be faster."""
    gets: int
    puts: int
    bytes_read: int
    bytes_written: int
    why: str

    @property
    def ratio(self) -> float:
        """Wall time over the slowest call; 1 is as fast as can be."""
        return self.wall_s / self.slowest_s if self.slowest_s else 0.0

    @property
    def requests(self) -> int:
        """Reads and writes together."""
        return self.gets + self.puts

    @property
    def usd_per_million(self) -> float:
        """What the requests of a million invoices would cost on S3, in US dollars."""
        return (self.gets * GET_USD + self.puts * PUT_USD) / self.invoices * 1e6


class _Overwriting:
    """Another store, whose shared sheet is replaced by a write that expects nothing to stand."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Lock()  # so that the writes of one process need no second attempt

    @property
    def url(self) -> str:
        return self._store.url

    async def get(self, key: str) -> Blob:
        return await self._store.get(key)

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        if key != SHEET:
            return await self._store.put(key, data, expect=expect)
        async with self._turn:
            while True:
                version = ABSENT
                with suppress(NotFound):
                    version = (await self._store.get(key)).version
                with suppress(Conflict):
                    return await self._store.put(key, data, expect=version)

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        return self._store.list(prefix)


async def _at_once() -> None:
    """Wait for nobody."""


async def race(
    way: str,
    store: Store,
    *,
    invoices: int,
    call_s: tuple[float, float],
    seed: int,
    clock: Clock,
    latency_s: tuple[float, float] | None = None,
    first: int = 0,
    ready: Callable[[], Awaitable[None]] = _at_once,
) -> Ran:
    """Run one of `WAYS` over so many invoices.

    Requests and bytes are those of making ready and of leaving, too; the time is not.

    Args:
        way: Its name.
        store: Where the shared object stands; nothing else may stand there.
        invoices: How many; a way that is too slow tries fewer.
        call_s: Seconds that a call to the model takes, at least and at most.
        seed: Another one, other calls.
        clock: Waits, and measures.
        latency_s: Seconds that every read and every write take in addition.
        first: The number of the first invoice.
        ready: Called before the first call to a model, to let others come as far.
    """
    chosen = WAYS[way]
    count = min(invoices, chosen.most or invoices)
    names = [f"inv-{first + at:06}" for at in range(count)]
    bare = store if way == "compare-and-swap" else _Overwriting(store)
    counting = CountingStore(bare)
    slow: Store = counting
    if latency_s is not None:
        slow = SlowStore(counting, clock, get_s=latency_s[0], put_s=latency_s[1])
    waits: dict[str, float] = {}

    async def one(name: str) -> None:
        waits[name] = _call_s(seed, int(name.removeprefix("inv-")), call_s)
        await clock.sleep(waits[name])
        await note(name)

    async with chosen.open(Work(slow, names, clock)) as (mine, note):
        await ready()
        started = clock.monotonic()
        if chosen.most is None:
            async with asyncio.TaskGroup() as tasks:
                for name in mine:
                    tasks.create_task(one(name))
        else:
            for name in mine:
                await one(name)
        wall_s = clock.monotonic() - started
    asked = (counting.gets, counting.puts, counting.bytes_read, counting.bytes_written)
    kept = await chosen.kept(store, clock)
    return Ran(way, 1, count, kept, wall_s, max(waits.values(), default=0.0), *asked, chosen.why)


def _call_s(seed: int, number: int, call_s: tuple[float, float]) -> float:
    """How long the call for one invoice takes: the same in every way and every process.

    Spread evenly by the fractional parts of multiples of the golden ratio (Weyl's sequence).
    """
    least, most = call_s
    return least + (most - least) * ((number + 1 + 101 * seed) * 0.6180339887498949 % 1)
