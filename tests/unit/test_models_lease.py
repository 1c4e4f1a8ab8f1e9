"""A process that was stopped for longer than its lease asks nothing before it knows where it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from asked import QUESTION
from samples import many
from tallysheet.errors import Fenced
from tallysheet.manifest import Claim, Manifest
from tallysheet.models import Call, Quota, Reply, open_model
from tallysheet.pipeline import run
from tallysheet.ports import ABSENT, Model, Version
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import llm_server

LEASE_S = 30.0
LONG_S = 2.5 * LEASE_S
MOMENT_S = 2.0
GOOD: dict[str, Any] = {"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]}


class Stopped(FakeClock):
    """The clock of a process that can be stopped."""

    def __init__(self) -> None:
        super().__init__(auto=False)

    def stop(self, seconds: float) -> None:
        """SIGSTOP and SIGCONT: time goes on, and nobody runs meanwhile."""
        self._now_s += seconds


class Gated(MemoryStore):
    """A store that is written, and does not say so while its gate is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write it, and wait at the gate."""
        version = await super().put(key, data, expect=expect)
        await self.gate.wait()
        return version

    def let_go(self) -> None:
        """Whoever waits at the gate may go; it stays shut."""
        self.gate.set()
        self.gate.clear()


@dataclass
class Counted:
    """A `Wire` that counts what is sent, and may hold its replies back."""

    clock: FakeClock
    statuses: list[int]
    """Of the first replies; the others are good."""
    latency_s: float = 0.0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    async def send(self, call: Call) -> Reply:
        """Count it, and answer it."""
        self.sent += 1
        await self.gate.wait()
        await self.clock.sleep(self.latency_s)
        status = self.statuses.pop(0) if self.statuses else 200
        return Reply(status, {}, GOOD if status == 200 else {})


@dataclass
class Worker:
    """A process with a document in hand."""

    clock: Stopped
    store: Gated
    sheet: Manifest
    claim: Claim
    quota: Quota
    model: Model
    wire: Counted


@asynccontextmanager
async def worker(*statuses: int, **settings: Any) -> AsyncIterator[Worker]:
    """One that asks a model with these *settings*."""
    clock, store, quota = Stopped(), Gated(), Quota()
    wire = Counted(clock, [*statuses])
    wire.gate.set()
    told = Settings(model="openai:m", base_url="http://localhost/v1", **settings)
    async with (
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as sheet,
        open_model(told, clock=clock, quota=quota, wire=wire) as model,
    ):
        quota.ensure_lease = sheet.ensure_lease
        await sheet.add(["a"])
        (claim,) = await sheet.claim(limit=1)
        yield Worker(clock, store, sheet, claim, quota, model, wire)


async def test_after_a_lease_of_silence_nothing_is_asked_before_a_heartbeat_stands() -> None:
    """With the heartbeat it would hear that its documents are others' by now."""
    async with worker() as it, asyncio.TaskGroup() as tasks:
        it.clock.stop(LONG_S)
        it.store.gate.clear()
        answering = tasks.create_task(it.model.answer(QUESTION))
        await it.clock.advance(MOMENT_S)
        before = it.wire.sent
        it.store.gate.set()
        await it.clock.advance(MOMENT_S)

        assert (before, it.wire.sent) == (0, 1)
        assert answering.result().text == "{}"


async def test_a_heartbeat_that_was_under_way_when_a_process_was_stopped_is_an_old_one() -> None:
    """Its reply has waited all the while, and says nothing of what came after."""
    async with worker() as it, asyncio.TaskGroup() as tasks:
        it.store.gate.clear()
        await it.clock.advance(LEASE_S / 2)
        it.clock.stop(LONG_S)
        it.store.let_go()
        await it.clock.advance(0)
        tasks.create_task(it.model.answer(QUESTION))
        await it.clock.advance(MOMENT_S)
        before = it.wire.sent
        it.store.gate.set()
        await it.clock.advance(MOMENT_S)

        assert (before, it.wire.sent) == (0, 1)


async def test_whoever_was_taken_for_dead_never_asks() -> None:
    """The other one asks about the document, so this would be once too often."""
    with pytest.raises(Fenced):
        async with worker() as it, asyncio.TaskGroup() as tasks:
            it.clock.stop(LONG_S)
            awake = FakeClock(seed=1)
            async with Manifest.on(it.store, clock=awake, lease_s=LEASE_S) as other:
                await awake.advance(LEASE_S + 1)
                assert [claim.key for claim in await other.claim(limit=1)] == [it.claim.key]

            tasks.create_task(it.model.answer(QUESTION))
            await it.clock.advance(MOMENT_S)

    assert it.wire.sent == 0


async def test_whoever_beats_on_never_waits_for_the_store_to_ask() -> None:
    """In normal running the heartbeat is young enough, over ten leases too."""
    async with worker() as it, asyncio.TaskGroup() as tasks:
        for _ in range(40):
            await it.clock.advance(LEASE_S / 4)
            it.store.gate.clear()
            answering = tasks.create_task(it.model.answer(QUESTION))
            await it.clock.advance(0)
            it.store.gate.set()

            assert answering.done()


@pytest.mark.parametrize(("status", "sent"), [(500, 1), (200, 1)], ids=["refused", "its turn"])
async def test_what_waits_when_a_process_is_stopped_waits_for_the_heartbeat_too(
    status: int, sent: int
) -> None:
    """A second attempt does after its pause, and so does the next in line."""
    async with worker(status, concurrency=1) as it, asyncio.TaskGroup() as tasks:
        it.wire.gate.clear()
        for _ in range(2):
            tasks.create_task(it.model.answer(QUESTION))
        await it.clock.advance(0)
        it.clock.stop(LONG_S)
        it.store.gate.clear()
        it.wire.gate.set()
        await it.clock.advance(MOMENT_S)
        before = it.wire.sent
        it.store.gate.set()
        await it.clock.advance(MOMENT_S)

        assert (before, it.wire.sent) == (sent, 2 + (status != 200))


async def test_a_second_request_for_a_late_one_waits_for_the_heartbeat_too() -> None:
    """What is late because the process was stopped has perhaps been answered to others."""
    async with worker(hedge=True) as it, asyncio.TaskGroup() as tasks:
        it.wire.latency_s = 1.0
        for _ in range(40):
            tasks.create_task(it.model.answer(QUESTION))
        await it.clock.advance(LEASE_S)
        it.wire.gate.clear()
        tasks.create_task(it.model.answer(QUESTION))
        await it.clock.advance(0)
        it.clock.stop(LONG_S)
        it.store.gate.clear()
        await it.clock.advance(MOMENT_S)
        before = it.wire.sent
        it.store.gate.set()
        await it.clock.advance(MOMENT_S)
        after = it.wire.sent
        it.wire.gate.set()
        await it.clock.advance(MOMENT_S)

    assert (before, after) == (41, 42)


async def test_whoever_is_told_to_stop_while_it_waits_asks_nothing() -> None:
    """It is not under way yet, so there is nothing to bring to its end."""
    async with worker() as it, asyncio.TaskGroup() as tasks:
        it.clock.stop(LONG_S)
        it.store.gate.clear()
        answering = tasks.create_task(it.model.answer(QUESTION))
        await it.clock.advance(MOMENT_S)
        it.quota.close()
        it.store.gate.set()
        await it.clock.advance(MOMENT_S)

        assert (answering.cancelled(), it.wire.sent) == (True, 0)


async def test_a_run_asks_its_manifest_before_it_asks_a_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends as one that is fenced does, and the model has heard nothing."""

    async def fenced(sheet: Manifest) -> None:
        raise Fenced("Taken for dead.")

    monkeypatch.setattr(Manifest, "ensure_lease", fenced)
    source = MemoryStore("stopped")
    for sample in many(2):
        await source.put(sample.name, sample.data, expect=ABSENT)
    async with llm_server() as server:
        told = Settings(model="openai:m", base_url=server.url, parse_workers=1)
        with pytest.raises(Fenced):
            async for _ in run(source, out=MemoryStore("stopped.tallysheet"), settings=told):
                pass

        assert server.requests == []
