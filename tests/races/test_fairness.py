"""Nobody starves: whoever comes later gets in beside one that never rests, and gets its share."""

import asyncio
from dataclasses import replace

import pytest

from tallysheet.manifest import Manifest
from tallysheet.model import Record
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, FakeClock, SlowStore

TASKS = 8
SECONDS = 60.0


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


@pytest.mark.parametrize(("get_s", "put_s"), [(0.02, 0.04), (0.03, 0.06), (0.002, 0.0015)])
@pytest.mark.parametrize("writers", [2, 4, 8])
async def test_nobody_starves(writers: int, get_s: float, put_s: float) -> None:
    """In a minute that all work through, nobody does less than a quarter of the mean."""
    store, clock = MemoryStore(), FakeClock(seed=3)
    done = [0] * writers

    async def work(number: int) -> None:
        place = SlowStore(store, clock, get_s=get_s, put_s=put_s)
        await clock.sleep(0.5 * number)  # one after the other: the first works alone by then
        async with Manifest.on(place, clock=clock, lease_s=1e6) as manifest:

            async def hand() -> None:
                while clock.monotonic() < SECONDS:
                    await manifest.update("a", count_up)
                    done[number] += clock.monotonic() < SECONDS

            async with asyncio.TaskGroup() as hands:
                for _ in range(TASKS):
                    hands.create_task(hand())

    async with Manifest.on(store, clock=clock) as manifest:
        await manifest.add(["a"])
    async with asyncio.TaskGroup() as tasks:
        for number in range(writers):
            tasks.create_task(work(number))

    assert min(done) >= sum(done) / writers / 4


async def test_those_that_come_together_take_turns_before_they_know_of_each_other() -> None:
    """None of them stands in the root yet, so each tells from its losses how many there are."""
    store, clock = CountingStore(MemoryStore()), FakeClock(seed=3)
    all_in = asyncio.Barrier(16)

    async def enter(number: int) -> None:
        place = SlowStore(store, clock, get_s=0.03, put_s=0.06)
        async with Manifest.on(place, clock=clock, lease_s=1e6) as manifest:
            await manifest.add([f"{number}.pdf"])
            puts.append(store.puts)
            await all_in.wait()

    puts: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        for number in range(16):
            tasks.create_task(enter(number))

    assert max(puts) < 150
