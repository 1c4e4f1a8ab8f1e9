"""Workers that begin together share the reading of what is new, and leave nothing out."""

import asyncio
from collections import Counter

import pytest

from tallysheet.intake import Shelf
from tallysheet.manifest import Manifest
from tallysheet.pipeline import SystemClock
from tallysheet.pipeline import _listing as listings
from tallysheet.pipeline._listing import Listing
from tallysheet.ports import ABSENT, Blob
from tallysheet.store import MemoryStore

DOCUMENTS = 40
CLOCK = SystemClock()


class Read(MemoryStore):
    """Notes what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()

    async def get(self, key: str) -> Blob:
        self.reads[key] += 1
        return await super().get(key)


async def inbox() -> Read:
    """Documents that are all different."""
    source = Read()
    for number in range(DOCUMENTS):
        await source.put(f"{number}.pdf", b"%d" % number, expect=ABSENT)
    return source


async def enter(sheet: Manifest, key: str) -> None:
    """Become a worker that others see."""
    await sheet.add([key])
    await sheet.claim(limit=1)


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that shares are taken soon."""
    monkeypatch.setattr(listings, "ADD_AT_FIRST", 1)
    monkeypatch.setattr("tallysheet.intake.AT_ONCE", 1)


@pytest.mark.usefixtures("small_groups")
async def test_two_that_list_together_read_each_document_about_once() -> None:
    """Each its share; only those read before they knew of each other are read twice."""
    source, batch = await inbox(), MemoryStore()
    async with (
        Manifest.on(batch, clock=CLOCK) as one,
        Manifest.on(batch, clock=CLOCK) as other,
    ):
        await enter(one, "a")
        await enter(other, "b")
        await one.refresh()
        walks = [Listing(source, sheet, Shelf(), CLOCK, lambda: None) for sheet in (one, other)]
        async with asyncio.TaskGroup() as tasks:
            told = [tasks.create_task(walk.walk()) for walk in walks]
        await one.refresh()

        assert {key async for key, _ in one.records()} == {*source.reads, "a", "b"}
    assert len(source.reads) == DOCUMENTS
    assert sum(source.reads.values()) < 1.5 * DOCUMENTS
    assert sum(task.result().new for task in told) == DOCUMENTS


@pytest.mark.usefixtures("small_groups")
async def test_the_share_of_one_that_lists_nothing_is_read_by_who_does() -> None:
    """Not every worker lists, and some die of it."""
    source, batch = await inbox(), MemoryStore()
    async with (
        Manifest.on(batch, clock=CLOCK) as idle,
        Manifest.on(batch, clock=CLOCK) as sheet,
    ):
        await enter(idle, "a")
        await enter(sheet, "b")

        told = await Listing(source, sheet, Shelf(), CLOCK, lambda: None).walk()

    assert told.new == DOCUMENTS
    assert set(source.reads.values()) == {1}
