"""The ways to keep a shared sheet: what each keeps, and what it asks of the store."""

import asyncio
import dataclasses
from pathlib import Path
from xml.etree import ElementTree

import pytest
from blockbuster import BlockBuster

from tallysheet.errors import ConfigError, Outage
from tallysheet.pipeline._clock import SystemClock
from tallysheet.race import WAYS, Ran, plot, race, race_place
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock, FaultyStore, SlowStore

SAFE = ("asyncio.Lock", "compare-and-swap", "tallysheet")
GET_S, PUT_S = 0.02, 0.04


async def ran(way: str, *, invoices: int = 100, far: bool = False) -> Ran:
    """What comes of *way* on virtual time; *far*: the latency is the store's own, as a bucket's."""
    clock = FakeClock(7)
    store = SlowStore(MemoryStore(), clock, get_s=GET_S, put_s=PUT_S) if far else MemoryStore()
    latency_s = None if far else (GET_S, PUT_S)
    return await race(
        way, store, invoices=invoices, call_s=(2, 3), seed=0, clock=clock, latency_s=latency_s
    )


@pytest.mark.parametrize("way", SAFE)
async def test_who_takes_care_loses_nothing(way: str) -> None:
    """Every invoice that was done is noted."""
    told = await ran(way)

    assert (told.invoices, told.kept) == (100, 100)


async def test_a_read_and_a_write_without_care_lose_updates() -> None:
    """Two read the same sheet, both write it."""
    told = await ran("unlocked")

    assert 0 < told.kept < 100
    assert (told.gets, told.puts) == (100, 100)
    assert f"{told.lost} of 100 updates are gone" in told.why


async def test_a_lock_takes_its_turns() -> None:
    """The reads and writes of a hundred invoices follow one another, and are billed each."""
    told = await ran("asyncio.Lock")

    assert told.wall_s >= 2 + 100 * (GET_S + PUT_S)
    assert told.requests == 200


async def test_ours_takes_no_longer_than_the_slowest_call_and_a_few_requests() -> None:
    """To open and to claim takes a few, and the end one or two: what waits goes into one write."""
    ours, locked = await ran("tallysheet"), await ran("asyncio.Lock")

    assert 0 < ours.ready_s <= 5 * (GET_S + PUT_S)
    assert ours.wall_s - ours.ready_s <= ours.slowest_s + 3 * (GET_S + PUT_S)
    assert ours.requests * 4 < locked.requests


async def test_one_after_another_is_tried_on_a_few_and_scaled_up() -> None:
    """Nobody waits for a hundred calls in a row; what that would take is said to be an estimate."""
    told = await ran("one after another (await)")

    assert (told.kept, told.tried, told.invoices, told.estimated) == (3, 3, 100, True)
    assert told.ratio is not None
    assert told.ratio * told.slowest_s == pytest.approx(told.wall_s * 100 / 3)
    assert told.usd_per_million == pytest.approx(5.4)


async def test_a_call_that_takes_no_time_cannot_be_compared_with() -> None:
    """There is no ratio, and no division by nothing."""
    told = await race(
        "tallysheet", MemoryStore(), invoices=3, call_s=(0, 0), seed=0, clock=FakeClock(7)
    )

    assert (told.kept, told.ratio) == (3, None)


@pytest.mark.parametrize("way", ["unlocked", "asyncio.Lock"])
async def test_a_plain_put_takes_as_long_on_a_store_that_is_far_by_itself(way: str) -> None:
    """That our stores have no such write is not held against those who would use one."""
    near, far = await ran(way), await ran(way, far=True)

    assert far.ratio == pytest.approx(near.ratio, rel=0.05)


@pytest.mark.parametrize(("way", "tried"), [("blocking", 20), ("one after another (for)", 3)])
async def test_a_client_that_blocks_loses_nothing(
    way: str, tried: int, blockbuster: BlockBuster
) -> None:
    """While one reads and writes, nobody else does."""
    blockbuster.deactivate()  # to block the event loop is what is shown here

    told = await race(
        way, MemoryStore(), invoices=20, call_s=(0, 0.01), seed=0, clock=SystemClock()
    )

    assert (told.kept, told.tried, told.requests) == (tried, tried, 2 * tried)


async def test_an_outage_is_handed_out_as_itself() -> None:
    """Whoever called did not ask for a group of tasks."""
    store = FaultyStore(MemoryStore(), ["outage-before"] * 5)

    with pytest.raises(Outage):
        await race("unlocked", store, invoices=5, call_s=(0, 1), seed=0, clock=FakeClock(7))


async def test_a_lock_guards_nothing_in_another_process() -> None:
    """Each process has a lock of its own."""
    clock = FakeClock(7)
    store = SlowStore(MemoryStore(), clock, get_s=GET_S, put_s=PUT_S)

    async with asyncio.TaskGroup() as tasks:
        for first in (0, 50):
            tasks.create_task(
                race(
                    "asyncio.Lock", store, invoices=50, call_s=(2, 3), seed=0, clock=clock,
                    first=first,
                )
            )  # fmt: skip

    assert await WAYS["asyncio.Lock"].kept(store, clock) < 100


async def test_the_picture_marks_what_is_lost_and_what_is_an_estimate() -> None:
    """Its texts are those of the rows, and it is well-formed whatever a way is called."""
    rows = [
        dataclasses.replace(await ran("unlocked"), way="<&>"),
        await ran("one after another (await)"),
    ]

    marks = list(ElementTree.fromstring(plot(rows)).iter())  # noqa: S314

    texts = [mark.text for mark in marks]
    assert "<&>" in texts
    assert f"{rows[0].kept} of 100 kept" in texts
    assert f"≈ {rows[1].ratio:.2f}" in texts
    assert [mark.get("class") for mark in marks if mark.get("rx")] == ["lost", "kept few"]


def test_a_place_in_a_folder_is_gone_afterwards(tmp_path: Path) -> None:
    """Each way has an empty store there; nothing that stood beside them is touched."""
    (tmp_path / "mine").write_bytes(b"mine")

    with race_place(str(tmp_path), shared=True, clock=SystemClock()) as place:
        first, second = place.fresh(), place.fresh()
        for store in (first, second):
            told = asyncio.run(
                race("tallysheet", store, invoices=2, call_s=(0, 0), seed=0, clock=SystemClock())
            )
            assert told.kept == 2

    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong letter in a path must not litter."""
    with (
        pytest.raises(ConfigError, match="no folder"),
        race_place(str(tmp_path / "a" / "typo"), shared=False, clock=SystemClock()),
    ):
        pass

    assert list(tmp_path.iterdir()) == []
