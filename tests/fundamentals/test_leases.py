"""Who is taken for dead and who is not: told by heartbeats, never by a wall clock."""

import asyncio
import json
import os
import select
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import pytest

from tallysheet.errors import LeaseLost
from tallysheet.manifest import Manifest, Outcome
from tallysheet.manifest._codec import Worker
from tallysheet.manifest._leases import identity, is_gone
from tallysheet.model import Status
from tallysheet.ports import Store
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, FakeClock, SlowStore

DONE = Outcome(Status.DONE)
LEASE_S = 30.0


class NoWallClock(FakeClock):
    """A clock that does not tell the date."""

    def now(self) -> datetime:
        """Nobody may ask."""
        raise AssertionError("A rule of the manifest read a wall clock.")


@pytest.fixture
def gone() -> Worker:
    """A process of this machine that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return replace(identity(), beat=3, pid=process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody can tell")
def test_a_process_that_has_ended_is_gone_though_its_parent_has_yet_to_look() -> None:
    """In a container nobody may ever look: it stays on the list of processes for good."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        worker = replace(identity(), beat=3, pid=process.pid)
        handle = os.pidfd_open(process.pid)
        while_it_runs = is_gone(worker)
        process.kill()
        select.select([handle], [], [])

        assert (while_it_runs, is_gone(worker)) == (False, True)
        os.close(handle)


async def rewritten(store: Store, **parts: Any) -> None:
    """Change parts of the root by force."""
    blob = await store.get("manifest.json")
    root = {**json.loads(blob.data), **parts}
    await store.put("manifest.json", json.dumps(root).encode(), expect=blob.version)


async def test_whoever_works_for_long_keeps_what_it_claimed() -> None:
    """Ten leases long it only shows that it lives, and others watch it all the while."""
    store, clock = MemoryStore(), NoWallClock()
    async with (
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as working,
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as watching,
    ):
        await working.add(["a"])
        (claim,) = await working.claim(limit=1)
        for _ in range(50):
            await clock.advance(LEASE_S / 5)
            assert await watching.claim(limit=1) == ()

        finished = await working.finish(claim, DONE)

    assert (finished.status, finished.epoch) == (Status.DONE, 1)


async def test_before_anybody_knows_of_a_process_it_need_not_show_that_it_lives() -> None:
    """Nobody waits for its heartbeat yet, so looking on for hours costs no request."""
    store, clock = CountingStore(MemoryStore()), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        before = store.requests
        await clock.advance(100.5 * LEASE_S)
        await manifest.ensure_lease()

        assert store.requests == before


async def test_a_store_that_takes_longer_than_a_lease_holds_nobody_up_for_ever() -> None:
    """Every heartbeat is too old when it stands, and one that was waited for is enough."""
    clock = NoWallClock()
    store = SlowStore(MemoryStore(), clock, get_s=1.0, put_s=2 * LEASE_S)
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        await manifest.add(["a"])
        began_s = clock.monotonic()
        await manifest.ensure_lease()

        assert 2 * LEASE_S <= clock.monotonic() - began_s < 5 * LEASE_S


async def test_whoever_has_just_come_takes_nobody_for_dead() -> None:
    """He has not seen anybody stand still yet, however late it is by his clock."""
    store, clock = MemoryStore(), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as working:
        await working.add(["a"])
        (claim,) = await working.claim(limit=1)
        await clock.advance(100 * LEASE_S)

        async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as newcomer:
            assert await newcomer.claim(limit=1) == ()
        finished = await working.finish(claim, DONE)

    assert finished.epoch == 1


@pytest.mark.parametrize(("home", "taken"), [("here", ["a"]), ("elsewhere", [])])
async def test_a_process_that_is_gone_is_seen_at_once_on_its_own_machine_only(
    gone: Worker, home: str, taken: list[str]
) -> None:
    """The same number may be another process, or none, on another machine."""
    dead = asdict(gone if home == "here" else replace(gone, home=home))
    store, clock = MemoryStore(), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        await manifest.add(["a"])
    held = {"status": "working", "rev": 3, "epoch": 1, "worker": "w-dead"}
    await rewritten(
        store, writers={"w-dead": 1}, workers={"w-dead": dead}, records={"a": held},
        counts={"working": 1},
    )  # fmt: skip

    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        claims = await manifest.claim(limit=1)

    assert [claim.key for claim in claims] == taken


async def test_a_claim_that_was_given_back_is_worth_nothing() -> None:
    """Neither giving it back again nor finishing it touches who has claimed the document since."""
    store, clock = MemoryStore(), NoWallClock()
    async with (
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as first,
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as second,
    ):
        await first.add(["a"])
        (stale,) = await first.claim(limit=1)
        await first.release([stale])
        (claim,) = await second.claim(limit=1)

        await first.release([stale])
        with pytest.raises(LeaseLost, match="epoch 2"):
            await first.finish(stale, DONE)
        finished = await second.finish(claim, DONE)

    assert (finished.status, finished.epoch) == (Status.DONE, 2)


@pytest.mark.parametrize("way", ["release", "sign off", "leave"])
async def test_what_is_given_back_keeps_what_it_cost(way: str) -> None:
    """Once, whichever way it goes back; and it is pending as if nobody had tried."""
    store, clock = MemoryStore(), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as staying:
        await staying.add(["a"])
        async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as going:
            (claim,) = await going.claim(limit=1)
            paid_usd = 0.0
            going.charge(claim, lambda: paid_usd)
            paid_usd = 0.25
            if way == "release":
                await going.release([claim])
            elif way == "sign off":
                await going.sign_off()
        await staying.refresh()
        record = await staying.get("a")

    assert (record.status, record.attempts, record.cost_usd) == (Status.PENDING, 0, 0.25)


async def test_only_the_claim_that_was_charged_costs_something() -> None:
    """A document that is finished costs what its outcome says, and a later claim its own."""
    store, clock = MemoryStore(), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        await manifest.add(["a"])
        (first,) = await manifest.claim(limit=1)
        manifest.charge(first, lambda: 0.25)
        await manifest.release([first])
        (second,) = await manifest.claim(limit=1)
        await manifest.release([second])
        (third,) = await manifest.claim(limit=1)
        manifest.charge(third, lambda: 4.0)

        record = await manifest.finish(third, replace(DONE, cost_usd=1.0))

    assert record.cost_usd == 1.25


async def test_what_is_claimed_is_not_given_out_again() -> None:
    """Not even to whoever has it: the first of its two claims would be worth nothing."""
    store, clock = MemoryStore(), NoWallClock()
    async with (
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as first,
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as second,
    ):
        await first.add(["a"])
        (claim,) = await first.claim(limit=2)

        assert await first.claim(limit=2) == await second.claim(limit=2) == ()
        assert (await first.finish(claim, DONE)).epoch == 1


@pytest.mark.parametrize("leaves", [False, True])
async def test_whoever_goes_gives_back_only_what_is_its_own(leaves: bool) -> None:
    """Whether it signs off and stays a while, or leaves at once."""
    store, clock = MemoryStore(), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as staying:
        await staying.add(["a", "b"])
        (claim,) = await staying.claim(limit=1)
        async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as going:
            await going.claim(limit=1)
            if not leaves:
                await going.sign_off()
                assert dict(going.workers) == {staying.worker: 1, going.worker: 0}

        assert (await staying.finish(claim, DONE)).epoch == 1
        assert staying.counts == {Status.DONE: 1, Status.PENDING: 1}


async def test_what_waits_when_the_manifest_is_left_is_committed() -> None:
    """One update is on its way and one behind it; leaving waits for both."""
    clock = NoWallClock()
    store = SlowStore(MemoryStore(), clock, get_s=0.5, put_s=1.0)
    async with asyncio.TaskGroup() as tasks:
        async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
            await manifest.add(["a"])
            on_its_way = tasks.create_task(manifest.add(["b"]))
            await clock.sleep(0.1)
            behind = tasks.create_task(manifest.add(["c"]))
            await clock.sleep(0.1)
        await asyncio.sleep(0)

        answered = [task.done() for task in (on_its_way, behind)]
        behind.cancel()

    assert answered == [True, True]
    async with Manifest.on(store, clock=clock) as manifest:
        assert manifest.counts == {Status.PENDING: 3}


async def test_what_a_dead_worker_held_is_freed_and_claimed_in_one_commit(gone: Worker) -> None:
    """Where many write, a second turn would be seconds away."""
    store, clock = MemoryStore(), NoWallClock()
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        await manifest.add(["a"])
    held = {"status": "working", "rev": 3, "epoch": 1, "worker": "w-dead"}
    await rewritten(
        store, writers={"w-dead": 1}, workers={"w-dead": asdict(gone)}, records={"a": held},
        counts={"working": 1},
    )  # fmt: skip

    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        await manifest.add(["b"])
        before = json.loads((await store.get("manifest.json")).data)["rev"]
        claims = await manifest.claim(limit=2)
        after = json.loads((await store.get("manifest.json")).data)

    assert {claim.key for claim in claims} == {"a", "b"}
    assert after["rev"] == before + 1
    assert "w-dead" not in after["workers"]
