"""One way, run: what it kept, how long it took, and what it asked of the store."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tallysheet.errors import one_error
from tallysheet.ports import Clock, Store
from tallysheet.race._overwriting import Overwriting
from tallysheet.race._ways import WAYS, Work
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
    """How many were asked for."""
    tried: int
    """How many were done: fewer where one goes from one to the next."""
    kept: int
    """How many of those the shared object says are done."""
    ready_s: float
    """Of the wall time, what passed before the first call to the model."""
    wall_s: float
    """From the start to the last answer of the store, for those that were tried."""
    slowest_s: float
    """The longest call to the model for any invoice: nobody can be faster."""
    gets: int
    puts: int
    bytes_read: int
    bytes_written: int
    why: str
    """What happened, as one sentence."""

    @property
    def lost(self) -> int:
        """Updates that are gone."""
        return self.tried - self.kept

    @property
    def estimated(self) -> bool:
        """Whether `ratio` is scaled up from the few that were tried."""
        return self.tried < self.invoices

    @property
    def ratio(self) -> float | None:
        """Wall time for all invoices over the slowest call; 1 is as fast as can be.

        None where no call takes any time.
        """
        if not self.slowest_s:
            return None
        return self.wall_s / self.tried * self.invoices / self.slowest_s

    @property
    def requests(self) -> int:
        """Reads and writes together."""
        return self.gets + self.puts

    @property
    def usd_per_million(self) -> float:
        """What the requests of a million invoices would cost on S3, in US dollars."""
        return (self.gets * GET_USD + self.puts * PUT_USD) / self.tried * 1e6


async def _at_once() -> None:
    """Wait for nobody."""


def _untold() -> None:
    """Tell nobody."""


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
    done: Callable[[], None] = _untold,
) -> Ran:
    """Run one of `WAYS` over so many invoices.

    Time is measured from the moment at which nothing has been opened yet. Requests and
    bytes are those of making ready and of leaving, too.

    Args:
        way: Its name.
        store: Where the shared object stands; nothing else may stand there.
        invoices: How many, at least 1; a way that is too slow tries fewer.
        call_s: Seconds that a call to the model takes, at least and at most.
        seed: Another one, other calls.
        clock: Waits, and measures.
        latency_s: Seconds that every read and every write take in addition.
        first: The number of the first invoice.
        ready: Called before the start, to let others come as far.
        done: Called after each invoice.
    """
    chosen = WAYS[way]
    tried = min(invoices, chosen.most or invoices)
    calls = {_name(at): _call_s(seed, at, call_s) for at in range(first, first + invoices)}
    counting = CountingStore(store if way == "compare-and-swap" else Overwriting(store))
    slow: Store = counting
    if latency_s is not None:
        slow = SlowStore(counting, clock, get_s=latency_s[0], put_s=latency_s[1])
    await ready()
    started = clock.monotonic()
    async with chosen.open(Work(slow, list(calls)[:tried], clock)) as (names, one):
        ready_s = clock.monotonic() - started

        async def whole(name: str) -> None:
            await one(name, _call_s(seed, int(name.removeprefix(NAME)), call_s))
            done()

        if chosen.most is None:
            with one_error():
                async with asyncio.TaskGroup() as tasks:
                    for name in names:
                        tasks.create_task(whole(name))
        else:
            for name in names:
                await whole(name)
        wall_s = clock.monotonic() - started
    asked = (counting.gets, counting.puts, counting.bytes_read, counting.bytes_written)
    kept = await chosen.kept(store, clock)
    why = sentence(chosen.why, chosen.loses, tried=tried, kept=kept, ready_s=ready_s)
    slowest_s = max(calls.values())
    return Ran(way, 1, invoices, tried, kept, ready_s, wall_s, slowest_s, *asked, why)


def sentence(why: str, loses: bool, *, tried: int, kept: int, ready_s: float) -> str:
    """What happens in a way, and how many updates that cost."""
    lost = tried - kept
    if lost:
        end = f"; {lost:,} of {tried:,} updates {'is' if lost == 1 else 'are'} gone"
    else:
        end = "; by luck none is gone this time" if loses else ""
    return f"{why.format(ready_s=ready_s)}{end}."


NAME = "inv-"


def _name(number: int) -> str:
    return f"{NAME}{number:06}"


def _call_s(seed: int, number: int, call_s: tuple[float, float]) -> float:
    """How long the call for one invoice takes: the same in every way and every process.

    Spread evenly by the fractional parts of multiples of the golden ratio (Weyl's sequence).
    """
    least, most = call_s
    return least + (most - least) * ((number + 1 + 101 * seed) * 0.6180339887498949 % 1)
