"""What can wait is written together with what comes, and holds nobody up for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tallysheet.manifest import Manifest, Outcome
from tallysheet.manifest._turns import RIPENS_S
from tallysheet.model import Status
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, FakeClock

DONE = Outcome(Status.DONE, result="results/1.json")


@asynccontextmanager
async def opened(*keys: str) -> AsyncIterator[tuple[Manifest, CountingStore, FakeClock]]:
    """A manifest that has these documents, its store and its clock."""
    store, clock = CountingStore(MemoryStore()), FakeClock()
    async with Manifest.on(store, clock=clock, lease_s=1000) as sheet:
        await sheet.add(keys)
        yield sheet, store, clock


async def test_what_can_wait_shares_a_commit_with_what_comes_meanwhile() -> None:
    """Outcomes that come one after the other, and a claim: one write, and all are durable."""
    async with opened(*"abcdef") as (sheet, store, clock):
        claims = await sheet.claim(limit=5)
        before, began_s = store.puts, clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for claim in claims:
                tasks.create_task(sheet.finish(claim, DONE, can_wait=True))
                await clock.sleep(RIPENS_S / 10)
            claiming = tasks.create_task(sheet.claim(limit=1, can_wait=True))

        assert store.puts - before == 1
        assert clock.monotonic() - began_s <= 1.1 * RIPENS_S
        assert sheet.counts == {Status.DONE: 5, Status.WORKING: 1}
        assert [claim.key for claim in claiming.result()] == ["f"]


async def test_what_cannot_wait_takes_the_others_with_it_at_once() -> None:
    """Nobody waits for something that could."""
    async with opened("a", "b") as (sheet, store, clock):
        (claim,) = await sheet.claim(limit=1)
        before, began_s = store.puts, clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sheet.finish(claim, DONE, can_wait=True))
            await clock.sleep(RIPENS_S / 10)
            tasks.create_task(sheet.claim(limit=1))

        assert store.puts - before == 1
        assert clock.monotonic() - began_s < RIPENS_S / 2


async def test_whoever_leaves_does_not_wait() -> None:
    """What was handed in is committed with the farewell."""
    async with asyncio.TaskGroup() as tasks, opened("a") as (sheet, store, clock):
        (claim,) = await sheet.claim(limit=1)
        began_s = clock.monotonic()
        finishing = tasks.create_task(sheet.finish(claim, DONE, can_wait=True))
        await asyncio.sleep(0)

    assert finishing.result().status is Status.DONE
    assert clock.monotonic() == began_s
    async with Manifest.on(store, clock=clock) as again:
        assert again.counts == {Status.DONE: 1}
