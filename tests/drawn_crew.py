"""Processes that do everything one can do with a manifest, in an order drawn from a seed.

Everything asked of the manifest is written down with when it was asked, when it
was answered and what came of it: what has no answer may have happened or not.
"""

import random  # noqa: TID251  seeded, so that a run can be replayed
from asyncio import TaskGroup, sleep
from collections.abc import Awaitable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from drawn_loop import OWNER, DrawnClock, DrawnLoop
from drawn_network import DrawnStore, Weather
from tallysheet.errors import Fenced, LeaseLost, NotFound, Outage, TransitionError
from tallysheet.manifest import Claim, Manifest, Outcome, judge, orphaned_segments, remove
from tallysheet.model import Document, Marks, Record, Status

T = TypeVar("T")

LEASE_S = 4.0
KEYS = ("a", "b", "c")
FINISHES = (Status.DONE, Status.REVIEW, Status.FAILED)
BILLS = (
    Marks("n-1", "a-1", "2026-01-05", "DE1", "", ("iban-1",)),
    Marks("n-2", "a-2", "2026-02-05", "DE1", "", ("iban-1",)),
    Marks("n-3", "a-3", "2026-03-05", "DE1", "", ("iban-3",)),
    None,
)
"""What documents are read as: any of them may be any of these, each time anew."""
RELEASE_USD = 1 / 1024
"""What a document has cost when it is given back; one that is finished costs a dollar."""
REFUSALS = (LeaseLost, TransitionError, NotFound)
DEEDS = {
    "update": 6,
    "claim": 4,
    "finish": 5,
    "finish-stale": 2,
    "release": 1,
    "add": 1,
    "judge": 1,
    "retry": 1,
    "read": 2,
    "nap": 2,
}


@dataclass(eq=False)
class Op:
    """One thing that was asked of the manifest.

    Attributes:
        asked: The step of the loop at which it was asked; `ended` is None while nobody knows
            what came of it.
        first_rev: The number of the root that stood when it was asked; `last_rev` when it ended.
        refused: The name of the error that says that it did not happen.
    """

    by: str
    kind: str
    key: str
    name: str
    asked: int
    first_rev: int
    claim: Claim | None = None
    stale: bool = False
    limit: int = 0
    ended: int | None = None
    last_rev: int = 0
    refused: str = ""
    value: Any = None

    @property
    def acknowledged(self) -> bool:
        """Whether the manifest said that it happened."""
        return self.ended is not None and not self.refused


@dataclass
class World:
    """What all simulated processes share."""

    loop: DrawnLoop
    draw: random.Random
    weather: Weather
    ops: list[Op] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    contents: int = 0
    alive: int = 0

    @property
    def rev(self) -> int:
        """The number of the root that stands."""
        return len(self.weather.shelf.roots)


class Process:
    """One simulated process: opens the manifest, lets a few tasks loose on it, leaves it."""

    def __init__(self, world: World, owner: str) -> None:
        self._world = world
        self._draw = world.draw
        self.owner = owner
        self._clock = DrawnClock(world.loop, world.draw)
        self._held: list[Claim] = []
        self._stale: list[Claim] = []

    def start(self) -> None:
        """Be born, with a fate: killed at some step, stopped for longer than the lease, or none."""
        self._world.alive += 1
        context = copy_context()
        context.run(OWNER.set, self.owner)
        fate = self._draw.choice(["killed", "stopped", "stopped", "", "", ""])
        step = self._draw.randrange(1, self._draw.choice([20, 60, 200]))
        if fate == "killed":
            self._world.loop.plans[self.owner, step] = self._die
        elif fate == "stopped":
            away_s = self._draw.uniform(0.1, 4) * LEASE_S
            self._world.loop.plans[self.owner, step] = lambda: self._stop(away_s)
        self._task = self._world.loop.create_task(self._live(), context=context)

    def _stop(self, away_s: float) -> None:
        self._world.weather.met["stopped"] += 1
        self._world.loop.stop_for(self.owner, away_s)

    def _die(self) -> None:
        if self._task.done():
            return
        self._world.loop.kill(self.owner)
        self._world.weather.met["killed"] += 1
        self._end_life()
        if self._draw.random() < 0.5:
            Process(self._world, f"{self.owner}'").start()

    async def _live(self) -> None:
        try:
            for _ in range(3):  # whoever was fenced starts afresh
                try:
                    await self._work()
                except Fenced:
                    self._world.weather.met["fenced"] += 1
                    self._stale += self._held
                    self._held = []
                else:
                    break
        except Exception as error:  # noqa: BLE001  a finding
            if not self._world.weather.over:
                self._world.wrongs.append(f"{self.owner} ended by {error!r}")
        finally:
            self._end_life()

    def _end_life(self) -> None:
        self._world.alive -= 1

    async def _work(self) -> None:
        store = DrawnStore(self._world.weather)
        hands = self._draw.randrange(1, 4)
        deeds = self._draw.randrange(2, 9)
        async with (
            Manifest.on(store, clock=self._clock, lease_s=LEASE_S) as manifest,
            TaskGroup() as tasks,
        ):
            for _ in range(hands):
                tasks.create_task(self._hand(manifest, deeds))

    async def _hand(self, manifest: Manifest, deeds: int) -> None:
        for _ in range(deeds):
            (deed,) = self._draw.choices([*DEEDS], [*DEEDS.values()])
            await getattr(self, f"_{deed.replace('-', '_')}")(manifest)
            counted: dict[Status, int] = {}
            async for _key, record in manifest.records():
                counted[record.status] = counted.get(record.status, 0) + 1
            if counted != manifest.counts:
                self._world.wrongs.append(f"{self.owner} counts {manifest.counts}, has {counted}")

    async def work_through(self, manifest: Manifest) -> None:
        """Claim and finish all that can be claimed now."""
        op = self._asked("claim", "", limit=len(KEYS))
        for claim in await self._told(op, manifest.claim(limit=op.limit)) or ():
            await self._end(manifest, claim, stale=False)

    async def _update(self, manifest: Manifest) -> None:
        op = self._asked("update", self._draw.choice(KEYS))
        record = await self._told(op, manifest.update(op.key, lambda r: counted(r, op.name)))
        if record is not None and op.name not in (await manifest.get(op.key)).data["ops"]:
            self._world.wrongs.append(f"{self.owner} was told of {op.name} and cannot see it")

    async def _claim(self, manifest: Manifest) -> None:
        op = self._asked("claim", "", limit=self._draw.randrange(1, 3))
        self._held += await self._told(op, manifest.claim(limit=op.limit)) or ()

    async def _finish(self, manifest: Manifest) -> None:
        if self._held:
            claim = self._held.pop(self._draw.randrange(len(self._held)))
            await self._end(manifest, claim, stale=False)

    async def _finish_stale(self, manifest: Manifest) -> None:
        if self._stale:
            await self._end(manifest, self._draw.choice(self._stale), stale=True)

    async def _end(self, manifest: Manifest, claim: Claim, *, stale: bool) -> None:
        op = self._asked("finish", claim.key, claim=claim, stale=stale)
        status, marks = self._draw.choice(FINISHES), self._draw.choice(BILLS)
        outcome = Outcome(status, result=op.name, cost_usd=1.0, marks=marks)
        await self._told(op, manifest.finish(claim, outcome))
        self._stale.append(claim)

    async def _release(self, manifest: Manifest) -> None:
        if self._held:
            claim = self._held.pop()
            op = self._asked("release", claim.key, claim=claim)
            manifest.charge(claim, lambda: RELEASE_USD)
            await self._told(op, manifest.release([claim]))
            self._stale.append(claim)

    async def _add(self, manifest: Manifest) -> None:
        self._world.contents += self._draw.randrange(2)  # the same bytes may come in two places
        op = self._asked("add", self._draw.choice(KEYS))
        document = Document(op.key, f"sha-{self._world.contents}", 1, op.name)
        await self._told(op, manifest.add([document]))

    async def _judge(self, manifest: Manifest) -> None:
        op = self._asked("judge", self._draw.choice(KEYS))
        verdict = self._draw.choice([Status.APPROVED, Status.REJECTED])
        seen = manifest.find(op.key) or Record()
        await self._told(op, judge(manifest, {op.key: seen}, verdict))

    async def _retry(self, manifest: Manifest) -> None:
        op = self._asked("retry", self._draw.choice(KEYS))
        await self._told(op, manifest.retry(self._draw.choice([None, [op.key]])))

    async def _read(self, manifest: Manifest) -> None:
        op = self._asked("read", self._draw.choice(KEYS))
        await self._told(op, fresh(manifest, op.key))

    async def _nap(self, manifest: Manifest) -> None:
        await sleep(self._draw.choice([0, 0.02, 0.5, LEASE_S * 1.3]))
        await self._claim(manifest)

    def _asked(self, kind: str, key: str, **more: Any) -> Op:
        number = len(self._world.ops)
        op = Op(self.owner, kind, key, f"{kind}-{number}", self._world.loop.steps,
                self._world.rev, **more)  # fmt: skip
        self._world.ops.append(op)
        return op

    async def _told(self, op: Op, call: Awaitable[T]) -> T | None:
        try:
            op.value = await call
        except REFUSALS as error:
            op.refused = type(error).__name__
            self._world.weather.met[op.refused] += 1
        op.ended, op.last_rev = self._world.loop.steps, self._world.rev
        return op.value


class Cleaner(Process):
    """One that removes segments that no root names, whenever it likes."""

    async def _work(self) -> None:
        store = DrawnStore(self._world.weather)
        for _ in range(self._draw.randrange(1, 5)):
            await self._clock.sleep(self._draw.choice([0, 0.02, 0.5, LEASE_S]))
            with suppress(Outage):
                found = await orphaned_segments(store)
                self._world.weather.met["orphan kept"] += sum(bool(o.kept) for o in found)
                self._world.weather.met["orphan"] += sum(not o.kept for o in found)
                await remove(store, found)


def counted(record: Record, name: str) -> Record:
    """A change that must be applied exactly once to be right, and leaves its name."""
    data = record.data
    return replace(record, data={"n": data.get("n", 0) + 1, "ops": [*data.get("ops", ()), name]})


async def fresh(manifest: Manifest, key: str) -> Record:
    """What a record is at some moment between now and then."""
    await manifest.refresh()
    return await manifest.get(key)
