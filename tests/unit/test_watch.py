"""How a batch stands: who works on it, what each holds, how fast they are together."""

import os
import socket
from contextlib import aclosing

import pytest

from tallysheet.manifest import Manifest, Outcome
from tallysheet.manifest._pace import Pace
from tallysheet.model import Status
from tallysheet.pipeline import SystemClock, watch
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock

LEASE_S = 0.5
"""A beat comes three times as often."""
DONE = Outcome(Status.DONE)


async def test_a_watcher_sees_who_holds_what_and_how_fast_they_are_together() -> None:
    """Each worker tells its own rate with its beat; a watcher adds them up."""
    store, clock = MemoryStore(), SystemClock()
    async with (
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as first,
        Manifest.on(store, clock=clock, lease_s=LEASE_S) as second,
        Manifest.on(store, clock=clock) as watcher,
    ):
        await first.add([f"{number:02}" for number in range(12)])
        for claim in await first.claim(limit=6):
            await first.finish(claim, DONE)
        for claim in await second.claim(limit=3):
            await second.finish(claim, DONE)
        await second.claim(limit=2)
        async with aclosing(watch(watcher, clock=clock, every_s=0.01)) as looks:
            async for seen in looks:
                if len(seen.workers) == 2 and all(w.per_minute for w in seen.workers):
                    break
            await second.sign_off()
            later = await anext(looks)

    by_name = {worker.name: worker for worker in seen.workers}
    assert by_name.keys() == {first.worker, second.worker}
    assert by_name[second.worker].holds == ("09", "10")
    assert by_name[first.worker].holds == ()
    assert {(worker.machine, worker.pid) for worker in seen.workers} == {
        (socket.gethostname(), os.getpid())
    }
    assert not any(worker.is_gone for worker in seen.workers)
    assert seen.per_minute == pytest.approx(sum(w.per_minute for w in seen.workers), abs=0.06)
    assert (seen.counts, seen.open) == (
        {Status.PENDING: 1, Status.WORKING: 2, Status.DONE: 9},
        3,
    )
    assert (later.counts[Status.PENDING], later.open) == (3, 3)


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        pytest.param([10, 10, 10, 10], 60.0, id="steady: one a second"),
        pytest.param([100, 0, 0, 0, 0, 0, 0, 0], 0.0, id="what was long ago does not count"),
        pytest.param([5], 30.0, id="a young worker: since it began"),
    ],
)
async def test_a_rate_is_that_of_the_last_minute(settled: list[int], expected: float) -> None:
    """Asked every ten seconds; a number a beat is what was settled in the ten before."""
    clock = FakeClock()
    pace = Pace(clock)
    rates = [pace.per_minute()]

    for number in settled:
        await clock.sleep(10.0)
        for _ in range(number):
            pace.settled()
        rates.append(pace.per_minute())

    assert rates[0] == 0.0
    assert rates[-1] == expected
