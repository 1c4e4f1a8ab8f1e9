"""How the manifest stays small: old records move to segments, and segments are merged."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from tallysheet.errors import ManifestDamaged
from tallysheet.manifest import Manifest
from tallysheet.manifest._codec import (
    Segment,
    decode_segment,
    encode_record,
    encode_segment,
    merge_segments,
    name_of,
)
from tallysheet.manifest._compact import CROWD, FAN_IN, due
from tallysheet.manifest._state import State
from tallysheet.model import Document, Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import Store, Version
from tallysheet.store import FolderStore, MemoryStore
from tallysheet.testing import CountingStore, FakeClock, SlowStore

MOST_TURNS = 50_000
"""Turns of the loop that something which works in a thread is waited for."""


async def root_of(store: Store) -> dict[str, Any]:
    """What the root says."""
    return dict(json.loads((await store.get("manifest.json")).data))


async def segments_in(store: Store) -> list[str]:
    """The names of all segments that stand in the store."""
    return [entry.key async for entry in store.list("seg/")]


async def named_in(store: Store) -> list[str]:
    """The names of the segments that the root names."""
    return [segment["key"] for segment in (await root_of(store))["segments"]]


def noted(record: Record) -> Record:
    """A record that has changed."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


async def test_a_small_batch_is_one_readable_object() -> None:
    """Nothing beside manifest.json while the records fit."""
    store = MemoryStore()

    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add([f"{n:03}.pdf" for n in range(100)])

    root = await root_of(store)
    assert len(root["records"]) == 100
    assert root["segments"] == await segments_in(store) == []
    assert root["format"] == {"version": 1, "features": []}


async def test_a_large_batch_has_a_small_root() -> None:
    """What is too much for the root stands in a segment, and is found there again."""
    store = MemoryStore()
    keys = [f"2026/11/{n:05}.pdf" for n in range(5000)]

    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add(keys)
        await manifest.update(keys[7], noted)
    async with Manifest.on(store, clock=FakeClock(seed=1)) as manifest:
        found = {key: record.data async for key, record in manifest.records()}

    assert list(found) == keys
    assert [key for key, data in found.items() if data] == [keys[7]]
    assert manifest.counts == {Status.PENDING: 5000}
    assert len((await store.get("manifest.json")).data) < 5000
    assert (await root_of(store))["format"] == {"version": 1, "features": ["segments"]}


class Stuck(MemoryStore):
    """A store in which no segment arrives before its time."""

    def __init__(self) -> None:
        super().__init__()
        self.time = asyncio.Event()

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write it, a segment only when it is time."""
        if key.startswith("seg/"):
            await self.time.wait()
        return await super().put(key, data, expect=expect)


async def test_a_large_group_waits_for_one_write_only() -> None:
    """Its segment and the root that names it are written at the same time."""
    clock = FakeClock()
    store = SlowStore(MemoryStore(), clock, get_s=0.5, put_s=1.0)
    async with Manifest.on(store, clock=clock) as manifest:
        await manifest.add(["first"])
        before = clock.monotonic()
        await manifest.add([f"{n:05}" for n in range(3000)])

        assert clock.monotonic() - before == pytest.approx(1.0)


async def test_what_a_root_carries_is_read_from_it() -> None:
    """Nobody waits for the segment itself; once it stands, the next root is small again."""
    store, clock = Stuck(), FakeClock()
    async with Manifest.on(store, clock=clock) as writer:
        await writer.add([f"{n:05}" for n in range(3000)])
        carrying = len((await store.get("manifest.json")).data)
        async with Manifest.on(store, clock=clock) as reader:
            assert reader.counts == {Status.PENDING: 3000}
        assert await segments_in(store) == []

        store.time.set()
        await clock.sleep(1)
        await writer.update("00001", noted)

    assert "carried" not in await root_of(store)
    assert len((await store.get("manifest.json")).data) < carrying / 4
    assert len(await segments_in(store)) == 1


async def test_what_a_dead_writer_left_is_brought_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its bytes stay in the root until then, whoever writes it."""
    monkeypatch.setattr("tallysheet.manifest._manifest.FAREWELL_S", 0.1)
    store, clock = Stuck(), FakeClock()

    async def die() -> None:
        async with Manifest.on(store, clock=clock) as manifest:
            await manifest.add([f"{n:05}" for n in range(3000)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await die()
    assert len((await root_of(store))["carried"]) == 1

    store.time.set()
    async with Manifest.on(store, clock=clock) as manifest:
        await manifest.update("00001", noted)
        await clock.sleep(1)
        await manifest.update("00001", noted)

    assert "carried" not in await root_of(store)
    assert len(await segments_in(store)) == 1
    async with Manifest.on(store, clock=clock) as manifest:
        assert manifest.counts == {Status.PENDING: 3000}


async def test_segments_are_merged_and_their_parts_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight of one level become one of the next; nothing is left that no root names."""
    monkeypatch.setattr("tallysheet.manifest._commit.MOST_INLINE_BYTES", 0)
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        for n in range(70):
            await manifest.add([f"{n:02}"])
        # The compactor merges in a thread, which gets on when the machine lets it.
        for _ in range(MOST_TURNS):
            named = await named_in(store)
            if len(named) < 16 and sorted(named) == sorted(await segments_in(store)):
                break
            await asyncio.sleep(0)

    named = await named_in(store)
    assert len(named) < 16
    assert sorted(named) == sorted(await segments_in(store))
    async with Manifest.on(store, clock=FakeClock(seed=1)) as manifest:
        assert manifest.counts == {Status.PENDING: 70}


async def test_another_process_follows_without_reading_what_it_knows() -> None:
    """Who knows a revision need not read segments that hold nothing later."""
    store = MemoryStore()
    clock = FakeClock()
    counting = CountingStore(store)
    async with (
        Manifest.on(store, clock=clock) as writer,
        Manifest.on(counting, clock=clock) as reader,
    ):
        await writer.add([f"{n:05}" for n in range(3000)])
        await reader.refresh()
        first = counting.gets
        await writer.update("00001", noted)
        await reader.refresh()

        assert (await reader.get("00001")).data == {"n": 1}
        assert counting.gets == first + 1


async def test_a_lost_segment_is_said_and_nothing_is_written() -> None:
    """A manifest that cannot be read whole is not guessed at."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add([f"{n:05}" for n in range(3000)])
    (name,) = await segments_in(store)
    await store.delete(name)
    before = await store.get("manifest.json")

    with pytest.raises(ManifestDamaged, match="segment"):
        async with Manifest.on(store, clock=FakeClock(seed=1)):
            pass

    assert await store.get("manifest.json") == before


async def test_a_segment_with_other_bytes_than_its_name_says_is_refused() -> None:
    """Its name holds the hash of its content."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add([f"{n:05}" for n in range(3000)])
    (name,) = await segments_in(store)
    blob = await store.get(name)
    await store.put(name, blob.data[:-1] + b"?", expect=blob.version)

    with pytest.raises(ManifestDamaged, match="another than its name says"):
        async with Manifest.on(store, clock=FakeClock(seed=1)):
            pass


async def test_a_root_restored_from_a_backup_under_our_feet_is_refused() -> None:
    """Going on from there would undo what has been acknowledged."""
    store = MemoryStore()
    with pytest.raises(ManifestDamaged, match="went back"):
        async with Manifest.on(store, clock=FakeClock()) as manifest:
            await manifest.add(["a"])
            old = await store.get("manifest.json")
            await manifest.add(["b"])
            new = await store.get("manifest.json")
            await store.put("manifest.json", old.data, expect=new.version)
            await manifest.add(["c"])


async def test_a_folder_holds_segments_like_any_store(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The same format everywhere."""
    store = FolderStore(tmp_path_factory.mktemp("batch"))
    clock = SystemClock()

    async with Manifest.on(store, clock=clock) as manifest:
        await manifest.add([f"{n:05}" for n in range(3000)])

    async with Manifest.on(store, clock=clock) as manifest:
        assert manifest.counts == {Status.PENDING: 3000}
    (name,) = await segments_in(store)
    assert len(decode_segment((await store.get(name)).data, key=name)) == 3000


def segment(name: str, level: int = 0, size: int = 100) -> Segment:
    """A segment as a root names it."""
    return Segment(name, records=1, bytes=size, rev=1, level=level)


def test_the_oldest_of_the_lowest_full_level_are_due() -> None:
    """One too few are not yet a level; large ones are left alone."""
    full = [segment(f"s{n}") for n in range(FAN_IN)]

    assert due(full[1:], live=100) == ()
    assert due([segment("old", level=1), *full, segment("new")], live=100) == tuple(full)
    assert due([segment(f"s{n}", size=13_000_000) for n in range(FAN_IN)], live=100) == ()


def test_of_segments_that_are_large_together_some_are_due() -> None:
    """As many as one process may hold, where most records are stale or the root gets long."""
    large = [segment(f"s{n}", size=5_000_000) for n in range(FAN_IN)]
    assert due(large, live=100) == ()
    assert due(large, live=2) == tuple(large[:3])

    many = [segment(f"s{n}", size=5_000_000) for n in range(CROWD + 1)]
    assert due(many, live=100) == tuple(many[:3])


def test_large_segments_are_not_written_again_for_every_few_small_ones() -> None:
    """A group of many updates begins on a higher level."""
    large = [segment(f"large{n}", size=3_000_000) for n in range(FAN_IN)]
    small = [segment(f"small{n}", size=80_000) for n in range(FAN_IN)]

    assert due([*large, *small[1:]], live=100) == ()
    assert due([*large, *small], live=100) == tuple(small)


def test_merging_keeps_the_newest_of_every_record() -> None:
    """Whatever the order in which the parts come."""
    old, new = (encode_record(Record(data={"n": n}), rev=n) for n in (1, 2))

    assert merged({"a": old, "b": old}, {"a": new}) == ({"a": new, "b": old}, 2)
    assert merged({"a": new}, {"a": old, "b": old}) == ({"a": new, "b": old}, 2)
    assert merged({"a": old}, {"a": new}, {"a": new}, {"a": old}) == ({"a": new}, 1)


@pytest.mark.parametrize("portion", [1, 7, 50])
def test_a_segment_is_read_a_little_at_a_time(
    monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    """Wherever a portion ends, also in a record that a person laid out by hand."""
    monkeypatch.setattr("tallysheet.manifest._codec._segment.PORTION_BYTES", portion)
    laid_out = b'{\n"status": "done",\n"rev": 3, "data": {"a": [["x"]\n,\n["]\\n["]\n]}\n}'
    records = {"a": laid_out, 'b]\n["': encode_record(Record(), rev=4), "c": laid_out}

    assert merged(records, {"c": encode_record(Record(), rev=2)}) == (records, 3)


def documents(kind: str) -> list[Document]:
    """Two thousand, which differ as real ones do."""
    hashes = {f"{kind}-{n}": sha256(f"{kind} {n}".encode()).hexdigest() for n in range(2000)}
    return [Document(key, sha, 1, "") for key, sha in hashes.items()]


async def test_only_on_opening_is_a_segment_taken_in_bit_by_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who has a manifest open sees each commit whole."""
    monkeypatch.setattr("tallysheet.manifest._carry.MOST_CARRIED_BYTES", 0)
    monkeypatch.setattr("tallysheet.manifest._codec._segment.PORTION_BYTES", 8192)
    store, taken, take = MemoryStore(), [], State.take

    def watched(state: State, records: Iterable[tuple[str, bytes]]) -> None:
        taken.append(len(many := list(records)))
        take(state, many)

    async with Manifest.on(store, clock=SystemClock()) as writer:
        await writer.add(documents("old"))
        monkeypatch.setattr(State, "take", watched)
        async with Manifest.on(store, clock=SystemClock()) as reader:
            opened, taken = taken, []
            await writer.add(documents("new"))
            await reader.refresh()
            assert sum(reader.counts.values()) == 4000

    assert sum(opened) == 2000
    assert max(opened) < 500
    assert max(taken) == 2000


def test_a_segment_that_ends_early_is_damaged() -> None:
    """Though its name is that of what is left of it."""
    data = encode_segment({str(n): encode_record(Record(), rev=n) for n in range(1, 9)})[:-4]

    with pytest.raises(ManifestDamaged, match="damaged"):
        decode_segment(data, key=name_of(data, by="w-1"))


def merged(*parts: dict[str, bytes]) -> tuple[dict[str, bytes], int]:
    """What is in the segment that these are merged into, and how many that says it has."""
    segments = [(name_of(data, by="w-1"), data) for data in map(encode_segment, parts)]
    data, count = merge_segments(segments)
    return dict(decode_segment(data, key=name_of(data, by="w-2"))), count
