"""Small worlds, and every one of their histories: no order of requests is left out.

Two processes, two groups of updates each, and one fault at any write: whoever is
next at the store is chosen in every possible way, and so is what becomes of it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from drawn_audit import chain_wrongs
from drawn_network import Shelf
from gated import PUT_FAULTS, Gate, GatedStore, StillClock, Turns, every_path, run_alone
from tallysheet.errors import Fenced, LeaseLost
from tallysheet.manifest import Manifest, Outcome
from tallysheet.model import Record, Status

FOREVER_S = 1e9


@dataclass
class Audit:
    """What was said of each thing that was asked."""

    said: Counter[str] = field(default_factory=Counter)
    epochs: list[int] = field(default_factory=list)

    async def ask(self, what: str, call: Coroutine[Any, Any, Any]) -> Any:
        """Note whether it was acknowledged, refused, or left open."""
        try:
            value = await call
        except Fenced:
            self.said[f"{what} unknown"] += 1
            raise
        except LeaseLost:
            self.said[f"{what} refused"] += 1
            return None
        self.said[what] += 1
        return value

    def wrongs(self, shelf: Shelf, record: Record) -> list[str]:
        """What does not fit what stands."""
        found = list(chain_wrongs(shelf.roots)) + shelf.wrongs
        for what, times in (("update", record.data.get("n", 0)), ("finish", record.cost_usd)):
            least, most = self.said[what], self.said[what] + self.said[f"{what} unknown"]
            if not least <= times <= most:
                found.append(f"{times} times {what}, not {least} to {most}: {self.said}")
        if len(set(self.epochs)) < len(self.epochs) or max(self.epochs, default=0) > record.epoch:
            found.append(f"epochs {self.epochs} were given, {record.epoch} stands")
        return found


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


Scene = Callable[[Gate, Audit], Coroutine[Any, Any, None]]


async def two_updates_each(gate: Gate, audit: Audit) -> None:
    """Both are known to the manifest, and each has two groups to commit."""
    await _updates(gate, audit, ahead=1, gated=2)


async def first_update_each(gate: Gate, audit: Audit) -> None:
    """Neither is known to the manifest: each registers, then commits one group."""
    await _updates(gate, audit, ahead=0, gated=1)


async def _updates(gate: Gate, audit: Audit, *, ahead: int, gated: int) -> None:
    async with Manifest.on(GatedStore(gate), clock=StillClock("s"), lease_s=FOREVER_S) as setting:
        await setting.add(["a"])
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(
                Manifest.on(GatedStore(gate), clock=StillClock(name), lease_s=FOREVER_S)
            )
            for name in ("x", "y")
        ]
        for manifest in both:
            for _ in range(ahead):
                await audit.ask("update", manifest.update("a", count_up))

        async def write(manifest: Manifest) -> None:
            for _ in range(gated):
                await audit.ask("update", manifest.update("a", count_up))

        async def write_both() -> None:
            async with asyncio.TaskGroup() as tasks:
                for manifest in both:
                    tasks.create_task(write(manifest))

        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(write_both())
            tasks.create_task(gate.pass_all(work))


async def a_takeover(gate: Gate, audit: Audit) -> None:
    """One takes the other for dead, which is not, and finishes the same document."""
    clock, leave = StillClock("y"), asyncio.Event()
    claimed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    start = asyncio.Event()
    outcome = Outcome(Status.DONE, cost_usd=1.0)

    async def be_taken_for_dead(done: asyncio.Event) -> None:
        try:
            async with Manifest.on(
                GatedStore(gate), clock=StillClock("x"), lease_s=FOREVER_S
            ) as manifest:
                (claim,) = await manifest.claim(limit=1)
                audit.epochs.append(claim.epoch)
                claimed.set_result(None)
                await start.wait()
                await audit.ask("update", manifest.update("a", count_up))
                await audit.ask("finish", manifest.finish(claim, outcome))
                done.set()
                await leave.wait()
        except Fenced:
            done.set()

    async with Manifest.on(GatedStore(gate), clock=clock, lease_s=FOREVER_S) as heir:
        await heir.add(["a"])

        async def take_over(done: asyncio.Event) -> None:
            for claim in await audit.ask("claim", heir.claim(limit=1)):
                audit.epochs.append(claim.epoch)
                await audit.ask("finish", heir.finish(claim, outcome))
            await done.wait()

        async with asyncio.TaskGroup() as tasks:
            done = asyncio.Event()
            tasks.create_task(be_taken_for_dead(done))
            await claimed
            await heir.refresh()
            clock.now_s = 2 * FOREVER_S
            start.set()
            await gate.pass_all(tasks.create_task(take_over(done)))
            leave.set()


# It is a minute of computing for one core, and others may want the same core.
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("scene", "faults", "least"),
    [
        (two_updates_each, ("lost-reply", "late"), 4000),
        (first_update_each, PUT_FAULTS, 2000),
        (a_takeover, PUT_FAULTS, 2000),
    ],
    ids=["two updates each", "first update each", "a takeover"],
)
def test_in_every_order_nothing_is_lost_and_nothing_is_done_twice(
    scene: Scene, faults: tuple[str, ...], least: int
) -> None:
    """All orders of all requests, with one fault at any of the writes or none."""

    def run(turns: Turns) -> None:
        gate, audit = Gate(Shelf(), turns, faults_left=1, put_faults=faults), Audit()

        async def world() -> None:
            await scene(gate, audit)
            async with Manifest.on(
                GatedStore(gate), clock=StillClock("z"), lease_s=FOREVER_S
            ) as manifest:
                assert not audit.wrongs(gate.shelf, await manifest.get("a"))

        run_alone(world)

    paths = every_path(run)

    assert paths >= least
