"""How a run begins: the first document is read as early as can be."""

import json

import tallysheet
from samples import many
from tallysheet.pipeline import _run
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
    monkeypatch.setattr(_run, "ADD_AT_FIRST", 1)
    source, batch = MemoryStore("starting"), Watched()
    for number, sample in zip(range(COUNT), many(COUNT), strict=True):
        await source.put(f"{number}.pdf", sample.data, expect=ABSENT)

    async for _event in tallysheet.run(source, out=batch, settings=Settings(parse_workers=1)):
        pass

    sizes = [len(statuses) for statuses in batch.roots]
    assert [size for size in (1, 3, 7) if size in sizes] == [1, 3, 7]
    assert "pending" not in {status for statuses in batch.roots for status in statuses}
