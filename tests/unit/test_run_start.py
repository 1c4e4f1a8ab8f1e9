"""How a run begins: the first document is read as early as can be."""

import asyncio
import hashlib
import json
from contextlib import aclosing

import tallysheet
from samples import many
from tallysheet.manifest import Manifest
from tallysheet.model import Document, Status
from tallysheet.pipeline import Settled, Summary, SystemClock, _listing
from tallysheet.ports import ABSENT, Version
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore

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
