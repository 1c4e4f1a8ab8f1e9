"""Many writers on one root, in virtual time: commits a second, lost PUTs, who waits how long.

Every writer has so many updates a second, each awaited by somebody. GET takes 30 ms, PUT
60 ms, as S3 does. Time is virtual, so the figures are the same on every machine.

    python bench/writers.py [--writers 1,2,4,8,16,32,64] [--rate 50] [--seconds 20]
                            [--unpaced] [--json]
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import log
from typing import TypeVar
from unittest.mock import patch

from tallysheet.errors import Conflict
from tallysheet.manifest import ROOT, Manifest, _turns
from tallysheet.model import Record
from tallysheet.ports import Store, Version
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, FakeClock, SlowStore

T = TypeVar("T")

GET_S, PUT_S = 0.030, 0.060
SETTLED_S = 8.0
"""All have opened by then, and added their documents."""


@dataclass
class Tally:
    """What happened."""

    writers: int
    paced: bool
    puts: int = 0
    lost: int = 0
    began_s: float = 0.0
    ended_s: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    done: dict[int, int] = field(default_factory=dict)

    def row(self) -> dict[str, float]:
        """As figures."""
        waits = sorted(self.waits_s)
        mean = len(waits) / self.writers
        return {
            "writers": self.writers,
            "paced": self.paced,
            "commits_a_second": (self.puts - self.lost) / (self.ended_s - self.began_s),
            "updates_a_second": len(waits) / (self.ended_s - self.began_s),
            "puts_lost": self.lost / self.puts,
            "p50_s": waits[len(waits) // 2],
            "p99_s": waits[len(waits) * 99 // 100],
            "least_over_mean": min(self.done.values()) / mean,
        }


class _Watched(CountingStore):
    """A store that notes what becomes of writes of the root."""

    def __init__(self, store: Store, tally: Tally) -> None:
        super().__init__(store)
        self._tally = tally

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        counts = key == ROOT and self._tally.began_s > 0
        self._tally.puts += counts
        try:
            return await super().put(key, data, expect=expect)
        except Conflict:
            self._tally.lost += counts
            raise


async def many(writers: int, *, rate: float, seconds: float, paced: bool) -> Tally:
    """Let so many writers work for a while."""
    clock, shelf, tally = FakeClock(most_wakes=1 << 60), MemoryStore(), Tally(writers, paced)

    async def write(number: int) -> None:
        chance = FakeClock(seed=number).random
        place = SlowStore(_Watched(shelf, tally), clock, get_s=GET_S, put_s=PUT_S)
        async with Manifest.on(place, clock=clock, lease_s=60) as manifest:
            keys = [f"{number}-{at:05}" for at in range(int(rate * seconds))]
            await manifest.add(keys)
            await clock.sleep(SETTLED_S + chance())
            tally.began_s = tally.began_s or clock.monotonic()

            async def one(key: str) -> None:
                asked_s = clock.monotonic()
                await manifest.update(key, noted)
                tally.waits_s.append(clock.monotonic() - asked_s)
                tally.done[number] = tally.done.get(number, 0) + 1

            async with asyncio.TaskGroup() as tasks:
                for key in keys:
                    tasks.create_task(one(key))
                    await clock.sleep(-log(1 - chance()) / rate)
            tally.ended_s = clock.monotonic()

    with pace(_turns.PACE if paced else 0.0):
        async with asyncio.TaskGroup() as tasks:
            for number in range(writers):
                tasks.create_task(write(number))
    return tally


@contextmanager
def pace(times: float) -> Iterator[None]:
    """With pauses of so many commits a rival, and none in threads: time is virtual."""
    with (
        patch.object(_turns, "PACE", times),
        # Virtual time passes while a thread works, as if that took seconds.
        patch.object(asyncio, "to_thread", _here),
    ):
        yield


async def _here(work: Callable[..., T], *args: object) -> T:
    return work(*args)


def noted(record: Record) -> Record:
    """A record that has changed."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


def main() -> None:
    """Print a row for each number of writers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", default="1,2,4,8,16,32,64")
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--unpaced", action="store_true", help="and without pauses, beside")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    rows = []
    for writers in map(int, told.writers.split(",")):
        for paced in (False, True) if told.unpaced else (True,):
            tally = asyncio.run(many(writers, rate=told.rate, seconds=told.seconds, paced=paced))
            rows.append(tally.row())
            if not told.json:
                _print(rows[-1], first=len(rows) == 1)
    if told.json:
        json.dump(rows, sys.stdout, indent=1)


def _print(row: dict[str, float], *, first: bool) -> None:
    if first:
        print("writers  paced  commits/s  updates/s  PUTs lost   p50 s   p99 s  least/mean")
    print(
        f"{row['writers']:7}  {'yes' if row['paced'] else 'no':>5}  {row['commits_a_second']:9.1f}"
        f"  {row['updates_a_second']:9,.0f}  {row['puts_lost']:9.0%}  {row['p50_s']:6.2f}"
        f"  {row['p99_s']:6.2f}  {row['least_over_mean']:10.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
