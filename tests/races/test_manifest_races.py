"""No update is lost and none is applied twice, whatever the network does and whoever is faster.

Every test draws the schedule as well as the faults: tasks that all yield once a
call would move in lockstep and hide the very bug.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation import bounds
from tallysheet.errors import NotFound, StoreError, TallysheetError
from tallysheet.manifest import Manifest, Outcome
from tallysheet.manifest._commit import Committer
from tallysheet.model import Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import ABSENT, Clock, Store, Version
from tallysheet.store import MemoryStore, open_store
from tallysheet.testing import FAULTS, FakeClock, FaultyStore, SlowStore

SCHEDULES = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
FAULT_SCRIPTS = st.lists(st.sampled_from(FAULTS), max_size=12)
YIELDS = st.lists(st.integers(0, 4), max_size=40)


@dataclass(frozen=True)
class Rival:
    """One process: what its requests meet, when it lets others run, and how much it writes."""

    faults: list[str]
    gets: list[str]
    yields: list[int]
    updates: int


RIVALS = st.lists(
    st.builds(
        Rival, FAULT_SCRIPTS, st.lists(st.sampled_from(["ok", "outage"]), max_size=6), YIELDS,
        st.integers(1, 8),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


async def race(store: Store, rivals: list[Rival], clock: Clock | None = None) -> tuple[int, int]:
    """Let all rivals count up one record; return what was acknowledged and what stands."""
    clock = clock or FakeClock()
    acknowledged = Counter[str]()
    faulty = [
        FaultyStore(store, rival.faults, gets=rival.gets, yields=rival.yields) for rival in rivals
    ]

    async def count(manifest: Manifest) -> None:
        await manifest.update("a", count_up)
        acknowledged["n"] += 1

    async with Manifest.on(store, clock=clock) as manifest:
        await manifest.add(["a"])
    async with AsyncExitStack() as stack:
        manifests = [
            await stack.enter_async_context(Manifest.on(place, clock=clock, lease_s=1e6))
            for place in faulty
        ]
        async with asyncio.TaskGroup() as tasks:
            for rival, manifest in zip(rivals, manifests, strict=True):
                for _ in range(rival.updates):
                    tasks.create_task(count(manifest))
    for place in faulty:
        await place.land()
    async with Manifest.on(store, clock=clock) as manifest:
        return acknowledged["n"], (await manifest.get("a")).data["n"]


@SCHEDULES
@given(RIVALS)
def test_no_update_is_lost_and_none_is_applied_twice(rivals: list[Rival]) -> None:
    """Every acknowledged increment is there exactly once, under any order of faults."""
    acknowledged, applied = asyncio.run(race(MemoryStore(), rivals))

    assert acknowledged == applied == sum(rival.updates for rival in rivals)


async def work_through(manifest: Manifest, clock: FakeClock, recorded: list[str]) -> None:
    """Claim and finish documents until nothing is open."""
    while True:
        claims = await manifest.claim(limit=3)
        for claim in claims:
            await manifest.finish(claim, Outcome(Status.DONE, result=manifest.worker))
            recorded.append(claim.key)
        if not claims and set(manifest.counts) == {Status.DONE}:
            return
        await clock.sleep(1)


@SCHEDULES
@given(RIVALS)
def test_every_document_is_finished_by_exactly_one_worker(rivals: list[Rival]) -> None:
    """Claims never overlap, and nothing is done twice while its worker lives."""
    keys = [f"{n:02}" for n in range(12)]

    async def scene() -> tuple[list[str], dict[str, int]]:
        store, clock, recorded = MemoryStore(), FakeClock(), []
        async with Manifest.on(store, clock=clock) as manifest:
            await manifest.add(keys)
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            for rival in rivals:
                place = FaultyStore(store, rival.faults, gets=rival.gets, yields=rival.yields)
                opened = Manifest.on(place, clock=clock, lease_s=1e6)
                manifest = await stack.enter_async_context(opened)
                tasks.create_task(work_through(manifest, clock, recorded))
        async with Manifest.on(store, clock=clock) as manifest:
            return recorded, {key: record.epoch async for key, record in manifest.records()}

    recorded, epochs = asyncio.run(scene())

    assert sorted(recorded) == keys
    assert set(epochs.values()) == {1}


@pytest.mark.parametrize("place", ["memory", "folder", "s3", "second_s3"])
async def test_many_manifests_on_a_real_store_lose_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    """A folder's lock and rename carry the same promise as the If-Match of two S3 servers."""
    if place in ("memory", "folder"):
        url = f"memory://{tmp_path}" if place == "memory" else str(tmp_path)
    else:
        url = request.getfixturevalue(place).fresh_url()
    rivals = [Rival(["ok", "lost-reply", "ok", "late"] * 3, [], [n], 25) for n in range(4)]

    acknowledged, applied = await race(open_store(url), rivals, SystemClock())

    assert acknowledged == applied == 100


class _Unconditional(FaultyStore):
    """A store that ignores the condition, as several servers do."""

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        try:
            expect = (await self._store.get(key)).version
        except NotFound:
            expect = ABSENT
        await asyncio.sleep(0)
        return await super().put(key, data, expect=expect)


class _SuccessOnConflict(FaultyStore):
    """A client that takes a refusal for success."""

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        try:
            return await super().put(key, data, expect=expect)
        except StoreError:
            return (await self._store.get(key)).version


MUTANT_RIVALS = [
    Rival(["lost-reply", "ok", "late", "conflict"] * 3, [], [n, 3, 1, 0, 2] * 8, 8)
    for n in range(4)
]


@pytest.mark.parametrize("broken", [_Unconditional, _SuccessOnConflict])
def test_the_race_notices_a_store_that_lies(
    monkeypatch: pytest.MonkeyPatch, broken: type[FaultyStore]
) -> None:
    """If this passed with a lying store, the tests above would prove nothing."""
    monkeypatch.setattr(f"{__name__}.FaultyStore", broken)

    assert not _is_exact()


def _never_mine(self: Committer) -> bool:
    """Read again, apply again, whatever happened."""
    return False


def test_the_race_notices_a_wrong_rule_after_a_lost_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blind re-application counts some updates twice; the race must see it."""
    monkeypatch.setattr(Committer, "_has_landed", _never_mine)

    assert not _is_exact()


def test_the_same_rivals_are_exact_with_nothing_broken() -> None:
    """What the broken ones are compared with."""
    assert _is_exact()


def _is_exact() -> bool:
    """Whether the mutants' race ends with every update applied once, in bounded time."""

    async def bounded() -> tuple[int, int]:
        async with asyncio.timeout(20):
            return await race(MemoryStore(), MUTANT_RIVALS)

    try:
        acknowledged, applied = asyncio.run(bounded())
    except (TallysheetError, TimeoutError):
        return False
    return acknowledged == applied == sum(rival.updates for rival in MUTANT_RIVALS)


async def test_an_update_cancelled_before_it_was_sent_is_not_applied() -> None:
    """Whoever stops waiting in time has changed nothing."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add(["a"])
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(manifest.update("a", count_up))
            tasks.create_task(manifest.update("a", count_up))
            waiting.cancel()

        assert (await manifest.get("a")).data in ({"n": 1},)


async def test_an_update_cancelled_while_it_was_under_way_stops_nobody_else() -> None:
    """Its commit is decided all the same, and those after it are answered."""
    clock = FakeClock()
    store = SlowStore(MemoryStore(), clock, get_s=0.5, put_s=1.0)
    async with Manifest.on(store, clock=clock) as manifest, asyncio.TaskGroup() as tasks:
        await manifest.add(["a"])
        waiting = tasks.create_task(manifest.update("a", count_up))
        await clock.sleep(0.6)
        waiting.cancel()

        after = await manifest.update("a", count_up)

    assert after.data == {"n": 2}


@pytest.fixture
def small_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roots that hold next to nothing, so that a handful of updates makes segments to merge."""
    monkeypatch.setattr("tallysheet.manifest._commit.MOST_INLINE_BYTES", 200)
    monkeypatch.setattr("tallysheet.manifest._compact.FAN_IN", 2)


@SCHEDULES
@given(RIVALS)
def test_segments_and_their_merging_lose_nothing(small_roots: None, rivals: list[Rival]) -> None:
    """The same race with segments written, merged and deleted all the while."""
    acknowledged, applied = asyncio.run(race(MemoryStore(), rivals))

    assert acknowledged == applied == sum(rival.updates for rival in rivals)


@SCHEDULES
@given(RIVALS)
def test_documents_in_segments_are_finished_once(small_roots: None, rivals: list[Rival]) -> None:
    """Claims and outcomes survive every move from the root to a segment and on."""
    test_every_document_is_finished_by_exactly_one_worker.hypothesis.inner_test(rivals)


class _Ahead(FakeClock):
    """A clock whose monotonic time can be set ahead, while it sleeps like the others."""

    ahead_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s


async def test_who_has_moved_since_is_not_buried() -> None:
    """A worker looked dead to one who has not looked for long; its heart has beaten since."""
    store, clock = MemoryStore(), _Ahead()
    async with (
        Manifest.on(store, clock=clock, lease_s=30) as living,
        AsyncExitStack() as stack,
    ):
        await living.add(["a"])
        (claim,) = await living.claim(limit=1)
        observer = await stack.enter_async_context(Manifest.on(store, clock=clock, lease_s=1e6))

        await clock.advance(11)
        clock.ahead_s = 2e6
        taken = await observer.claim(limit=1)
        finished = await living.finish(claim, Outcome(Status.DONE))

    assert taken == ()
    assert finished.status is Status.DONE


async def test_a_merged_segment_never_has_the_name_of_one_of_its_parts() -> None:
    """The newest part may hold all that is in the others: the whole has the same content then."""
    store, clock = MemoryStore(), FakeClock()
    with bounds(inline_bytes=0, fan_in=2, carried_bytes=0):
        async with Manifest.on(store, clock=clock) as manifest:
            await manifest.add(["a"])
            for _ in range(16):
                await manifest.update("a", count_up)
                await clock.advance(1)

        async with Manifest.on(store, clock=clock) as manifest:
            assert (await manifest.get("a")).data == {"n": 16}
