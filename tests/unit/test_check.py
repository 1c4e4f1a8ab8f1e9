"""Checking a whole batch: what counts as wrong beside live workers, and what is no batch."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from tallysheet.errors import ConfigError, ManifestDamaged
from tallysheet.manifest import Manifest, Outcome
from tallysheet.model import Document, Invoice, Record, Result, Status
from tallysheet.pipeline import check
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._results import keep
from tallysheet.pipeline._trust import refuse_lost
from tallysheet.ports import ABSENT, Blob
from tallysheet.results import encoded
from tallysheet.store import MemoryStore

CLOCK = SystemClock()
PART = f"results/{'0' * 64}.json"


@pytest.fixture
def store() -> MemoryStore:
    """A store that `check` finds by its address."""
    return MemoryStore(f"{uuid4().hex}.tallysheet")


async def read(sheet: Manifest, store: MemoryStore, document: str, sha256: str) -> str:
    """Have *document* read; return the name of its result."""
    await sheet.add([Document(document, sha256, 1, sha256)])
    (claim,) = await sheet.claim(limit=1)
    result = Result(document=document, sha256=sha256, source="rules", invoice=Invoice())
    name = await keep(encoded(result), store, CLOCK)
    await sheet.finish(claim, Outcome(Status.DONE, result=name))
    return name


async def test_a_sheet_without_invoices_is_sound(store: MemoryStore) -> None:
    """Who uses the manifest alone names as a result what he likes, or nothing."""
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await sheet.add(["a", "b", "c"])
        for claim in await sheet.claim(limit=2):
            result = None if claim.key == "a" else "anywhere/else"
            await sheet.finish(claim, Outcome(Status.DONE, result=result))

    checked = await check(store.url)

    assert (checked.damage, checked.lost, checked.results) == ((), (), 0)
    assert checked.counts == {"pending": 1, "done": 2}


async def test_every_lost_result_is_told_with_what_is_wrong(store: MemoryStore) -> None:
    """Missing, damaged, and of another document."""
    async with Manifest.on(store, clock=CLOCK) as sheet:
        names = {key: await read(sheet, store, key, key) for key in "abcd"}
    await store.delete(names["a"])
    blob = await store.get(names["b"])
    await store.put(names["b"], blob.data + b" ", expect=blob.version)
    root = await store.get("manifest.json")
    swapped = root.data.replace(names["c"].encode(), names["d"].encode())
    await store.put("manifest.json", swapped, expect=root.version)

    checked = await check(store.url)

    assert [(lost.where, lost.kind) for lost in checked.lost] == [
        ("a", "result_missing"),
        ("b", "result_damaged"),
        ("c", "result_foreign"),
    ]
    assert checked.results == 1


class Eventful(MemoryStore):
    """A store in which something happens before one key is read, once."""

    def __init__(self, of: MemoryStore, key: str, act: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._content = of._content
        self._key, self._act = key, act

    async def get(self, key: str) -> Blob:
        """Let it happen, then read."""
        if key == self._key:
            self._key = ""
            await self._act()
        return await super().get(key)


async def test_what_a_live_worker_has_replaced_meanwhile_is_not_called_lost(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest is read again before anything is said of a result."""
    async with Manifest.on(store, clock=CLOCK) as sheet:
        old = await read(sheet, store, "a", "one")

        async def replaced() -> None:
            await read(sheet, store, "a", "two")
            await store.delete(old)

        eventful = Eventful(store, old, replaced)
        monkeypatch.setattr("tallysheet.pipeline._check.open_store", lambda _: eventful)
        checked = await check(store.url, repair=True)

        assert checked.lost == ()
        assert checked.repaired is not None
        assert checked.repaired.again == ()
        assert (await sheet.get("a")).status is Status.DONE


async def test_a_document_that_is_read_again_meanwhile_is_not_sent_round(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update itself looks whether the record still names what is lost."""
    update = Manifest.update
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await store.delete(await read(sheet, store, "a", "one"))
        reads: list[str] = []

        async def late(self: Manifest, key: str, change: Callable[[Record], Record]) -> Record:
            reads.append(await read(sheet, store, "a", "two"))
            return await update(self, key, change)

        monkeypatch.setattr(Manifest, "update", late)
        checked = await check(store.url, repair=True)

        assert checked.repaired is not None
        assert (checked.lost, checked.repaired.again) == ((), ())
        assert [(await sheet.get("a")).result] == reads


async def test_a_batch_that_is_just_beginning_is_not_called_lost(store: MemoryStore) -> None:
    """Another process has made the root, and a result, since we looked for the root."""
    async with Manifest.on(store, clock=CLOCK) as late:
        assert not late.exists
        async with Manifest.on(store, clock=CLOCK) as first:
            await read(first, store, "a", "one")

        await refuse_lost(store, late)

        assert late.exists


@pytest.mark.parametrize(
    ("key", "is_ours"),
    [
        (PART, True),
        (f"seg/w-{'0' * 16}-1-{'0' * 64}", True),
        ("results/march.pdf", False),
        (f"results/deeper/{'0' * 64}.json", False),
        (f"cache/{'0' * 64}.json", False),
        ("seg/notes.txt", False),
    ],
)
async def test_parts_of_a_batch_are_told_from_documents(
    store: MemoryStore, key: str, is_ours: bool
) -> None:
    """A source may hold folders of any name."""
    await store.put(key, b"one", expect=ABSENT)

    async with Manifest.on(store, clock=CLOCK) as sheet:
        if is_ours:
            with pytest.raises(ManifestDamaged, match="is gone"):
                await refuse_lost(store, sheet)
        else:
            await refuse_lost(store, sheet)


async def test_where_nothing_is_there_is_no_batch() -> None:
    """It says where it has looked."""
    with pytest.raises(ConfigError, match=r"memory://nothing\.tallysheet and memory://nothing"):
        await check("memory://nothing")
