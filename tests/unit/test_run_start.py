"""How a run begins: the first document is read as early as can be."""

import asyncio
import hashlib
import json
from contextlib import aclosing
from typing import Any

import pytest

import tallysheet
from samples import many
from tallysheet.errors import DocumentError
from tallysheet.extract import Rules
from tallysheet.intake import Shelf
from tallysheet.manifest import Manifest
from tallysheet.model import Document, Parsed, Record, Status
from tallysheet.pipeline import Settled, Summary, SystemClock, _ahead, _journey, _listing
from tallysheet.pipeline._ahead import HeadStart
from tallysheet.ports import ABSENT, Tools, Version
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import Inline

ROOT = "manifest.json"
COUNT = 7


class Watched(MemoryStore):
    """A batch that notes the status of every document in each root that is written."""

    def __init__(self) -> None:
        super().__init__("watched.tallysheet")
        self.roots: list[list[str]] = []

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Note it, and write it."""
        if key == ROOT:
            self.roots.append([record["status"] for record in json.loads(data)["records"].values()])
        return await super().put(key, data, expect=expect)


async def test_documents_are_claimed_in_the_commit_that_adds_them(monkeypatch) -> None:
    """Nobody waits for a second one; and the first few do not wait for the others."""
    monkeypatch.setattr(_listing, "ADD_AT_FIRST", 1)
    source, batch = MemoryStore("starting"), Watched()
    for number, sample in zip(range(COUNT), many(COUNT), strict=True):
        await source.put(f"{number}.pdf", sample.data, expect=ABSENT)

    async for _event in tallysheet.run(source, out=batch, settings=Settings(parse_workers=1)):
        pass

    sizes = [len(statuses) for statuses in batch.roots]
    assert [size for size in (1, 3, 7) if size in sizes] == [1, 3, 7]
    assert "pending" not in {status for statuses in batch.roots for status in statuses}


async def test_a_run_takes_what_another_process_lists_and_stays_until_that_is_all() -> None:
    """It settles what is added, though it lists nothing; and waits for more until it is told."""
    source, batch = MemoryStore("listed"), MemoryStore("listed.tallysheet")
    samples = {
        f"{number}.pdf": sample.data for number, sample in zip(range(4), many(4), strict=True)
    }
    for key, data in samples.items():
        await source.put(key, data, expect=ABSENT)
    over = asyncio.Event()
    working = tallysheet.run(source, out=batch, settings=Settings(parse_workers=1), listed=over)

    async with Manifest.on(batch, clock=SystemClock()) as lister, aclosing(working) as events:
        seen = []
        for key, data in samples.items():
            await lister.add([Document(key, hashlib.sha256(data).hexdigest(), len(data), "")])
            while not seen or not isinstance(seen[-1], Settled):
                seen.append(await anext(events))
            seen.append(None)
        over.set()
        rest = [event async for event in events]

    settled = [event.document for event in seen if isinstance(event, Settled)]
    assert settled == list(samples)
    assert [type(event) for event in rest] == [Summary]
    assert rest[0].counts == {Status.DONE: 4}


class Held(MemoryStore):
    """A batch whose root is not written before somebody lets it be."""

    def __init__(self) -> None:
        super().__init__("held.tallysheet")
        self.may_write = asyncio.Event()

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Wait for that, and write it."""
        if key == ROOT:
            await self.may_write.wait()
        return await super().put(key, data, expect=expect)


async def test_the_first_documents_are_read_while_their_claim_is_written(monkeypatch) -> None:
    """Nothing has to be written for that, and what was read counts once they are claimed."""
    source, batch = MemoryStore("ahead"), Held()
    for number, sample in zip(range(2), many(2), strict=True):
        await source.put(f"{number}.pdf", sample.data, expect=ABSENT)
    read, reading = [], _ahead.parse

    async def parse(data: bytes, **how: Any) -> Parsed:
        parsed = await reading(data, **how)
        read.append(data)
        if len(read) == 2:
            batch.may_write.set()
        return parsed

    monkeypatch.setattr(_ahead, "parse", parse)
    monkeypatch.setattr(_journey, "parse", None)

    working = tallysheet.run(source, out=batch, settings=Settings(parse_workers=1))
    events = [event async for event in working]

    assert events[-1].counts == {Status.DONE: 2}
    assert len(read) == 2


def started(source: MemoryStore, shelf: Shelf, most: int) -> HeadStart:
    """One that reads in this process."""
    tools = Tools(source, MemoryStore("any"), Inline(), Rules(Inline()), SystemClock())
    return HeadStart(tools, shelf, most)


async def test_no_more_is_begun_than_can_be_claimed_and_only_once() -> None:
    """What comes later finds the children busy; what was not begun is read when it is claimed."""
    shelf, documents = Shelf(), []
    for number, sample in zip(range(4), many(4), strict=True):
        sha256 = hashlib.sha256(sample.data).hexdigest()
        shelf.put(f"{number}.pdf", sha256, sample.data)
        documents.append(Document(f"{number}.pdf", sha256, len(sample.data), ""))
    ahead = started(MemoryStore("any"), shelf, 2)

    async with asyncio.TaskGroup() as tasks:
        ahead.begin(tasks, documents[:3])
        ahead.begin(tasks, documents[3:])

    begun = [ahead.take(d.key, Record(sha256=d.sha256)) for d in documents]
    assert [one is not None for one in begun] == [True, True, False, False]
    assert begun[0] is not None
    assert (await begun[0].end()).pages
    assert ahead.take(documents[0].key, Record(sha256=documents[0].sha256)) is None


async def test_what_cannot_be_read_is_told_to_whoever_claims_it() -> None:
    """Until then it is nobody's trouble."""
    shelf = Shelf()
    shelf.put("odd.pdf", "0" * 64, b"%PDF-1.4 nothing")
    document = Document("odd.pdf", "0" * 64, 16, "")
    ahead = started(MemoryStore("any"), shelf, 2)

    async with asyncio.TaskGroup() as tasks:
        ahead.begin(tasks, [document])

    begun = ahead.take("odd.pdf", Record(sha256=document.sha256))
    assert begun is not None
    with pytest.raises(DocumentError, match="PDF"):
        await begun.end()


async def test_what_was_begun_goes_on_one_after_the_other() -> None:
    """A claim to many stands at one moment: the event loop has its turn between them."""
    sample = next(many(1))
    shelf, documents = Shelf(), [Document(f"{n}.pdf", f"{n:064}", 1, "") for n in range(5)]
    for document in documents:
        shelf.put(document.key, document.sha256, sample.data)
    ahead = started(MemoryStore("any"), shelf, 5)
    async with asyncio.TaskGroup() as tasks:
        ahead.begin(tasks, documents)
    went_on: list[int] = []

    async def go_on(document: Document) -> None:
        begun = ahead.take(document.key, Record(sha256=document.sha256))
        assert begun is not None
        await begun.end()
        went_on[-1] += 1

    async def look() -> None:
        while sum(went_on) < len(documents):
            went_on.append(0)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look())
        for document in documents:
            tasks.create_task(go_on(document))

    assert max(went_on) == 1
