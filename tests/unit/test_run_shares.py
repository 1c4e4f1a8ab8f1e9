"""Workers share an account's limits: each takes its part, and all of it when it is alone."""

import asyncio

from tallysheet.manifest import Manifest, Outcome
from tallysheet.model import Status
from tallysheet.models import Budget
from tallysheet.models._governor import Governor
from tallysheet.pipeline._meter import Meter
from tallysheet.pipeline._run import _Shift
from tallysheet.ports import Tools
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock, Inline, ScriptedModel

LEASE_S = 30.0


async def test_a_worker_that_joins_or_dies_is_counted_within_a_lease() -> None:
    """Two that have documents take half each; one that only looks on takes nothing."""
    store, clock = MemoryStore(), FakeClock()
    settings = Settings(lease_s=LEASE_S)
    meter = Meter(1, Budget())
    tools = Tools(MemoryStore(), store, Inline(), ScriptedModel(["{}"]), clock)
    async with (
        Governor("x:y", clock=clock, concurrency=8, requests_per_minute=60) as governor,
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as ours,
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as other,
    ):
        meter.quota.governs(governor)
        shift = _Shift(tools, meter, ours, settings, asyncio.Event())
        seen = []
        async with asyncio.TaskGroup() as tasks:
            sharing = tasks.create_task(shift.share_limits())
            await ours.add(["a", "b"])
            await ours.claim(limit=1)
            await clock.sleep(LEASE_S)
            seen.append(governor._requests.per_minute)
            (claim,) = await other.claim(limit=1)
            await clock.sleep(LEASE_S)
            seen.append(governor._requests.per_minute)
            await other.finish(claim, Outcome(Status.DONE))
            await clock.sleep(LEASE_S)
            seen.append(governor._requests.per_minute)
            sharing.cancel()

    assert seen == [60.0, 30.0, 60.0]
