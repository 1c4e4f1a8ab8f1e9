"""What an audit of a manifest notices, which segments may go, and what a root is mended to."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tallysheet.errors import Fenced, ManifestDamaged, Outage
from tallysheet.manifest import (
    ASIDE,
    Manifest,
    Outcome,
    audit,
    mend,
    orphaned_segments,
    remove,
)
from tallysheet.manifest._codec import encode_segment, name_of
from tallysheet.model import Document, Record, Status
from tallysheet.ports import ABSENT, Store, Version
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock

ROOT = "manifest.json"
INLINE = "tallysheet.manifest._commit.MOST_INLINE_BYTES"
SOMEBODY = f"w-{'a' * 16}"
HASH = "0" * 64


async def root_of(store: Store) -> dict[str, Any]:
    """What the root says."""
    return dict(json.loads((await store.get(ROOT)).data))


async def edit(store: Store, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the root by hand, as nobody should."""
    blob = await store.get(ROOT)
    root = json.loads(blob.data)
    change(root)
    await store.put(ROOT, json.dumps(root).encode(), expect=blob.version)


async def kinds(store: Store) -> list[str]:
    """What an audit finds wrong, by kind."""
    return sorted(damage.kind for damage in (await audit(store)).damage)


async def statuses(store: Store) -> dict[str, str]:
    """What the next one to open the manifest sees."""
    async with Manifest.on(store, clock=FakeClock(seed=99)) as manifest:
        return {key: record.status.value async for key, record in manifest.records()}


@pytest.fixture
async def store() -> MemoryStore:
    """A batch of which everything is in the root: one done, one waiting, one a copy."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add([Document(key, sha, 1, "v") for key, sha in ("aA", "bB", "cA")])
        (claim,) = await manifest.claim(limit=1)
        await manifest.finish(claim, Outcome(Status.DONE))
    return store


@pytest.fixture
async def parted(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """A batch in four segments, with nothing in the root itself."""
    monkeypatch.setattr(INLINE, 0)
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add(["a", "b"])
        await manifest.add(["c"])
        (claim,) = await manifest.claim(limit=1)
        await manifest.finish(claim, Outcome(Status.DONE))
    assert await statuses(store) == {"a": "done", "b": "pending", "c": "pending"}
    return store


async def segments_in(store: Store) -> list[str]:
    """The segments in the store, oldest first."""
    found = [entry.key async for entry in store.list("seg/")]
    return sorted(found, key=lambda key: (len(key), key))


async def test_what_is_sound_is_called_sound(store: MemoryStore, parted: MemoryStore) -> None:
    """And all of it is read."""
    for sound in (store, parted):
        found = await audit(sound)

        assert found.damage == []
        assert len(dict(found.records())) == 3


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("counts_wrong", lambda root: root["counts"].update(done=7)),
        ("counts_wrong", lambda root: root["counts"].pop("done")),
        ("chain_broken", lambda root: root.update(nonce=root["parent"])),
        ("chain_broken", lambda root: root.update(nonce="")),
        ("record_too_new", lambda root: root["records"]["a"].update(rev=root["rev"] + 1)),
        (
            "worker_unknown",
            lambda root: (
                root["records"]["b"].update(status="working", worker=SOMEBODY),
                root["counts"].update(pending=0, working=1),
            ),
        ),
        ("original_unknown", lambda root: root["records"]["c"].update(of="nobody")),
        ("record_damaged", lambda root: root["records"]["b"].update(epoch="first")),
        ("root_damaged", lambda root: root["records"].update(b=7)),
        ("root_damaged", lambda root: root.pop("writers")),
    ],
)
async def test_what_the_root_says_wrongly_is_found_and_mended(
    store: MemoryStore, kind: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    """One finding for one wrong; afterwards there is none, and what was done is done still."""
    await edit(store, change)
    assert await kinds(store) == [kind]

    await mend(store, await audit(store), {}, clock=FakeClock(seed=1))

    assert await kinds(store) == []
    assert (await statuses(store))["a"] == "done"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("segment_misdescribed", lambda s: s[0].update(records=9)),
        ("segment_misdescribed", lambda s: s[0].update(bytes=9)),
        ("segment_misdescribed", lambda s: s[-1].update(rev=1)),
        ("segment_named_twice", lambda s: s.append(s[0])),
    ],
)
async def test_what_the_root_says_wrongly_of_a_segment_is_found_and_mended(
    parted: MemoryStore, kind: str, change: Callable[[list[dict[str, Any]]], Any]
) -> None:
    """Nothing of what is in the segments is lost by that."""
    before = await statuses(parted)
    await edit(parted, lambda root: change(root["segments"]))
    assert await kinds(parted) == [kind]

    await mend(parted, await audit(parted), {}, clock=FakeClock(seed=1))

    assert await kinds(parted) == []
    assert await statuses(parted) == before


@pytest.mark.parametrize("kind", ["segment_missing", "segment_damaged"])
async def test_a_lost_segment_costs_what_was_in_it_alone_and_no_more(
    parted: MemoryStore, kind: str
) -> None:
    """The document that was only there is gone; one that stood elsewhere, too, falls back."""
    first, second, *_ = await segments_in(parted)
    blob = await parted.get(second)
    await parted.delete(second)
    if kind == "segment_damaged":
        await parted.put(second, blob.data[:-1], expect=ABSENT)
    assert await kinds(parted) == [kind]

    mended = await mend(parted, await audit(parted), {}, clock=FakeClock(seed=1))

    assert (mended.counted, mended.counts) == ({"pending": 2, "done": 1}, {"pending": 1, "done": 1})
    assert await statuses(parted) == {"a": "done", "b": "pending"}
    assert first in await segments_in(parted)


async def test_a_damaged_root_is_kept_aside(store: MemoryStore) -> None:
    """Whoever knows better what it said can still look."""
    blob = await store.get(ROOT)
    await store.put(ROOT, blob.data[:-20], expect=blob.version)

    mended = await mend(store, await audit(store), {}, clock=FakeClock(seed=1))

    assert mended.aside is not None
    assert mended.aside.startswith(ASIDE)
    assert (await store.get(mended.aside)).data == blob.data[:-20]
    assert mended.counted == {}


async def test_a_lost_root_is_made_of_the_newest_records_in_all_segments(
    parted: MemoryStore,
) -> None:
    """However many versions of a record there are, and in whatever order they are found."""
    await parted.delete(ROOT)
    assert await kinds(parted) == ["root_missing"]

    mended = await mend(parted, await audit(parted), {}, clock=FakeClock(seed=1))

    assert (mended.aside, mended.counted) == (None, {})
    assert await statuses(parted) == {"a": "done", "b": "pending", "c": "pending"}
    assert await kinds(parted) == []


async def test_a_segment_that_tells_nothing_new_is_not_named_by_the_new_root(
    parted: MemoryStore,
) -> None:
    """What was merged and not removed yet would otherwise be back for good."""
    data = encode_segment({key: json.dumps({"status": "pending"}).encode() for key in "ab"})
    extra = name_of(data, by=f"{SOMEBODY}-1")
    await parted.put(extra, data, expect=ABSENT)
    await parted.delete(ROOT)

    await mend(parted, await audit(parted), {}, clock=FakeClock(seed=1))

    assert await statuses(parted) == {"a": "done", "b": "pending", "c": "pending"}
    assert extra not in [segment["key"] for segment in (await root_of(parted))["segments"]]


async def test_good_records_beside_a_bad_one_in_a_segment_are_saved(store: MemoryStore) -> None:
    """The segment itself cannot be named any more; its good records move to the root."""
    data = encode_segment({"x": b'{"status":"done","rev":1}', "y": b'{"status":"dun","rev":1}'})
    key = name_of(data, by=f"{SOMEBODY}-1")
    await store.put(key, data, expect=ABSENT)
    segment = {"key": key, "records": 2, "bytes": len(data), "rev": 1}
    await edit(store, lambda root: root.update(segments=[segment]))
    assert await kinds(store) == ["record_damaged"]

    await mend(store, await audit(store), {}, clock=FakeClock(seed=1))

    assert (await statuses(store))["x"] == "done"
    assert (await root_of(store))["segments"] == []
    assert await kinds(store) == []


async def test_what_a_newer_version_wrote_is_not_touched(store: MemoryStore) -> None:
    """Not even if it looks damaged to us."""
    await edit(store, lambda root: root.update(format={"version": 2}, records=7))

    with pytest.raises(ManifestDamaged, match="newer"):
        await audit(store)


async def test_whoever_worked_on_the_old_root_is_fenced_by_the_new_one(store: MemoryStore) -> None:
    """Otherwise both would go on, each on his own."""
    with pytest.raises(Fenced):
        async with Manifest.on(store, clock=FakeClock(seed=1)) as manifest:
            await manifest.claim(limit=1)
            await mend(store, await audit(store), {}, clock=FakeClock(seed=2))

            await manifest.add(["d"])

    assert await statuses(store) == {"a": "done", "b": "pending", "c": "duplicate"}
    assert await kinds(store) == []


async def test_who_writes_meanwhile_wins_over_the_repair(store: MemoryStore) -> None:
    """A repair is written over the very root that was looked at, or not at all."""
    await edit(store, lambda root: root["counts"].update(done=7))
    found = await audit(store)
    async with Manifest.on(store, clock=FakeClock(seed=1)) as manifest:
        await manifest.add(["d"])

    with pytest.raises(Outage, match="somebody else"):
        await mend(store, found, {}, clock=FakeClock(seed=2))

    assert "d" in await statuses(store)


async def test_a_lost_reply_to_the_repair_is_looked_up(store: MemoryStore) -> None:
    """What stands is what was sent: it was stored."""
    await edit(store, lambda root: root["counts"].update(done=7))

    class Deaf(MemoryStore):
        async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
            await store.put(key, data, expect=expect)
            raise Outage("Slow down.")

        get = store.get  # type: ignore[assignment]

    mended = await mend(Deaf(), await audit(store), {}, clock=FakeClock(seed=2))

    assert (await root_of(store))["rev"] == mended.rev
    assert await kinds(store) == []


class Busy(MemoryStore):
    """A store in which something happens right after some key was read, once."""

    def __init__(self, of: MemoryStore, key: str, act: Callable[[], Awaitable[Any]]) -> None:
        super().__init__()
        self._content = of._content
        self._key, self._act = key, act

    async def get(self, key: str) -> Any:
        """Read, then let it happen."""
        blob = await super().get(key)
        if key == self._key:
            self._key = ""
            await self._act()
        return blob


async def test_segments_merged_while_we_read_are_not_called_missing(parted: MemoryStore) -> None:
    """The root is read again, and names what they were merged into."""
    before = len(await segments_in(parted))

    async def merge() -> None:
        async with Manifest.on(parted, clock=FakeClock(seed=5)) as manifest:
            await manifest.add(["d"])
            while len(await segments_in(parted)) >= before:  # noqa: ASYNC110  nobody would tell
                await asyncio.sleep(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tallysheet.manifest._compact.FAN_IN", before)
        found = await audit(Busy(parted, ROOT, merge))

    assert found.damage == []
    assert len(found.segments) < before
    assert "d" in dict(found.records())


def named(writer: str, number: str) -> str:
    """What a segment is called."""
    return f"seg/{writer}-{number}-{HASH}"


async def kept(store: Store) -> dict[str, bool]:
    """The orphans, and whether each must stay."""
    return {orphan.key: bool(orphan.kept) for orphan in await orphaned_segments(store)}


@pytest.mark.parametrize(
    ("key", "stays"),
    [
        (named(SOMEBODY, "6"), False),
        (named(SOMEBODY, "7"), False),
        (named(SOMEBODY, "8"), True),
        (named(SOMEBODY, "10"), True),
        (named(SOMEBODY, f"compact-{'1' * 16}"), True),
        (named(f"w-{'b' * 16}", "1"), False),
        (named(f"w-{'b' * 16}", f"compact-{'1' * 16}"), False),
        ("seg/notes.txt", True),
        (f"seg/{HASH}", True),
    ],
)
async def test_a_segment_goes_once_its_writer_cannot_name_it_any_more(
    store: MemoryStore, key: str, stays: bool
) -> None:
    """The root knows one writer, whose seventh commit stands."""
    await edit(store, lambda root: root.update(writers={SOMEBODY: 7}, workers={SOMEBODY: {}}))
    await store.put(key, b"?", expect=ABSENT)

    assert await kept(store) == {key: stays}
    await remove(store, await orphaned_segments(store))

    assert [entry.key async for entry in store.list("seg/")] == ([key] if stays else [])


async def test_what_the_root_names_or_carries_is_no_orphan(parted: MemoryStore) -> None:
    """Nor is anything an orphan where there is no root that can be read."""
    assert await kept(parted) == {}

    await parted.delete(ROOT)

    assert await kept(parted) == {}


async def test_a_writer_writes_no_segment_before_its_name_stands(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large the root is that it finds: what an unknown name wrote is named by nobody."""
    monkeypatch.setattr(INLINE, 0)
    roots: list[dict[str, Any]] = []

    class Watched(MemoryStore):
        async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
            version = await super().put(key, data, expect=expect)
            if key == ROOT:
                roots.append(json.loads(data))
            return version

    watched = Watched()
    watched._content = store._content
    async with Manifest.on(watched, clock=FakeClock(seed=1)) as manifest:
        await manifest.add(["d"])

    assert [len(root["segments"]) for root in roots[:2]] == [0, 1]
    assert len(roots[0]["writers"]) == 1


async def test_recovered_records_are_in_the_new_root(store: MemoryStore) -> None:
    """What the caller knows of documents that no record is about."""
    await store.delete(ROOT)
    known = {"z": Record(Status.REVIEW, sha256="Z")}

    mended = await mend(store, await audit(store), known, clock=FakeClock(seed=1))

    assert (mended.recovered, mended.counts) == (1, {"review": 1})
    assert await statuses(store) == {"z": "review"}
