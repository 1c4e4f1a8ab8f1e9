"""Many writers on one root: commits and updates a second, lost PUTs, who waits how long.

Every writer has so many updates a second, each awaited by somebody. GET takes 30 ms, PUT
60 ms, as S3 does. Time is virtual, so the figures are the same on every machine. ``apart`` is
how many updates a second there are of those that as many writers make with a root each.
``least/mean`` is the share of the writer that got least done.

With ``--seaweedfs`` it is a real S3 server on this machine, and real time; all writers are in
one process, so a rate that it can bear is a few updates a second each.

    python bench/writers.py [--writers 1,2,4,8,16,32,64] [--rate 50] [--seconds 20]
                            [--unpaced] [--seaweedfs] [--json]
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from tallysheet.errors import Conflict
from tallysheet.manifest import ROOT, Manifest, _turns
from tallysheet.model import Record
from tallysheet.pipeline import SystemClock
from tallysheet.ports import Clock, Store, Version
from tallysheet.store import MemoryStore, open_store
from tallysheet.testing import CountingStore, FakeClock, SlowStore

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from s3_servers import seaweedfs

T = TypeVar("T")

GET_S, PUT_S = 0.030, 0.060
SPARED = 10
"""One part in so many of the answers, at the beginning and at the end, tells no rate."""


@dataclass
class Tally:
    """What happened."""

    writers: int
    paced: bool
    puts: int = 0
    lost: int = 0
    began_s: float = 0.0
    """Since when writes are counted: all begin in the same second, and must come apart first."""
    ended_s: float = 0.0
    apart: float = 0.0
    answered_s: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    done: dict[int, int] = field(default_factory=dict)

    @property
    def updates_a_second(self) -> float:
        """Between the first answers and the last."""
        spared = len(self.answered_s) // SPARED
        middle = sorted(self.answered_s)[spared : len(self.answered_s) - spared]
        return (len(middle) - 1) / (middle[-1] - middle[0])

    def row(self) -> dict[str, float]:
        """As figures."""
        waits = sorted(self.waits_s)
        mean = len(waits) / self.writers
        return {
            "writers": self.writers,
            "paced": self.paced,
            "commits_a_second": (self.puts - self.lost) / (self.ended_s - self.began_s),
            "updates_a_second": self.updates_a_second,
            "apart": self.updates_a_second / (self.apart or self.updates_a_second),
            "puts_lost": self.lost / self.puts,
            "p50_s": waits[len(waits) // 2],
            "p99_s": waits[len(waits) * 99 // 100],
            "least_over_mean": min(self.done.values()) / mean,
        }


class _Watched(CountingStore):
    """A store that notes what becomes of writes of the root."""

    def __init__(self, store: Store, tally: Tally, clock: Clock) -> None:
        super().__init__(store)
        self._tally = tally
        self._clock = clock

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        counts = key == ROOT and 0 < self._tally.began_s <= self._clock.monotonic()
        self._tally.puts += counts
        try:
            return await super().put(key, data, expect=expect)
        except Conflict:
            self._tally.lost += counts
            raise


async def many(writers: int, *, rate: float, seconds: float, paced: bool, url: str = "") -> Tally:
    """Let so many writers work for a while: in virtual time, or at *url* in real time."""
    clock: Clock = SystemClock() if url else FakeClock(most_wakes=1 << 60)
    shelf = open_store(url) if url else MemoryStore()
    tally, all_ready = Tally(writers, paced), asyncio.Barrier(writers)

    async def write(number: int) -> None:
        chance = FakeClock(seed=number).random
        place: Store = _Watched(shelf, tally, clock)
        if not url:
            place = SlowStore(place, clock, get_s=GET_S, put_s=PUT_S)
        async with Manifest.on(place, clock=clock, lease_s=60) as manifest:
            keys = [f"{number}-{at:05}" for at in range(max(int(rate * seconds), 1))]
            await manifest.add(keys)
            await all_ready.wait()
            await clock.sleep(chance())
            tally.began_s = tally.began_s or clock.monotonic() + seconds / 3

            async def one(key: str) -> None:
                asked_s = clock.monotonic()
                await manifest.update(key, noted)
                tally.answered_s.append(clock.monotonic())
                tally.waits_s.append(tally.answered_s[-1] - asked_s)
                tally.done[number] = tally.done.get(number, 0) + 1

            async with asyncio.TaskGroup() as tasks:
                for key in keys:
                    tasks.create_task(one(key))
                    await clock.sleep(-log(1 - chance()) / rate)
            tally.ended_s = clock.monotonic()
            await all_ready.wait()

    with pace(_turns.PACE if paced else 0.0, virtual=not url):
        async with asyncio.TaskGroup() as tasks:
            for number in range(writers):
                tasks.create_task(write(number))
    return tally


@contextmanager
def pace(times: float, *, virtual: bool = True) -> Iterator[None]:
    """With pauses of so many commits a rival; in virtual time with none in threads."""
    with (
        patch.object(_turns, "PACE", times),
        # Virtual time passes while a thread works, as if that took seconds.
        patch.object(asyncio, "to_thread", _here) if virtual else nullcontext(),
    ):
        yield


async def _here(work: Callable[..., T], *args: object) -> T:
    return work(*args)


def noted(record: Record) -> Record:
    """A record that has changed."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


def main() -> None:
    """Print a row for each number of writers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", default="1,2,4,8,16,32,64")
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--unpaced", action="store_true", help="and without pauses, beside")
    parser.add_argument(
        "--seaweedfs", action="store_true", help="on a real S3 server, in real time"
    )
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    with seaweedfs() if told.seaweedfs else nullcontext() as server:
        if server is not None:
            server.start()
            os.environ.update(server.server.environment)
        rows = list(_measured(told, server.server.fresh_url if server else str))
    if told.json:
        json.dump(rows, sys.stdout, indent=1)


def _measured(told: argparse.Namespace, url: Callable[[], str]) -> Iterator[dict[str, float]]:
    def run(writers: int, *, paced: bool) -> Tally:
        return asyncio.run(
            many(writers, rate=told.rate, seconds=told.seconds, paced=paced, url=url())
        )

    alone = run(1, paced=True).updates_a_second
    if not told.json:
        print("writers paced commits/s updates/s apart lost  p50 s  p99 s least/mean", flush=True)
    for writers in map(int, told.writers.split(",")):
        for paced in (False, True) if told.unpaced else (True,):
            tally = run(writers, paced=paced)
            tally.apart = alone * writers
            if not told.json:
                _print(tally.row())
            yield tally.row()


def _print(row: dict[str, float]) -> None:
    print(
        f"{row['writers']:7} {'yes' if row['paced'] else 'no':>5} {row['commits_a_second']:9.1f}"
        f" {row['updates_a_second']:9,.0f} {row['apart']:5.0%} {row['puts_lost']:4.0%}"
        f" {row['p50_s']:6.2f} {row['p99_s']:6.2f} {row['least_over_mean']:10.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
