"""Everything a manifest consists of, read and compared with what it says of itself.

Nothing is written. Live writers do no harm: a segment that a root names may vanish
because a newer root has merged it. So what is found counts if the same root still
stands afterwards, or if the next one shows the same.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tallysheet.errors import ManifestDamaged, NotFound, Outage, one_error
from tallysheet.manifest._codec import (
    PREFIX,
    Records,
    Root,
    Segment,
    decode_root,
    decode_segment,
    peek,
    readable,
    refuse_newer,
    salvaged,
)
from tallysheet.manifest._manifest import ROOT
from tallysheet.manifest._replica import MOST_READS
from tallysheet.manifest._segments import READ_AT_ONCE
from tallysheet.manifest._state import State
from tallysheet.model import Record, Status
from tallysheet.ports import ABSENT, Store, Version


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it must be.

    Of the root: `root_missing`, `root_damaged`, `counts_wrong`, `chain_broken`.
    Of a segment: `segment_missing`, `segment_damaged`, `segment_misdescribed`,
    `segment_named_twice`. Of a record: `record_damaged`, `record_too_new`,
    `worker_unknown`, `original_unknown`. Of a result: `result_missing`,
    `result_damaged`, `result_foreign`.
    """

    kind: str
    """A short stable code: one of the above."""
    where: str
    """The object, or the document."""
    message: str
    """The same as a sentence."""


@dataclass(slots=True)
class Audit:
    """What stands of a manifest, and what is wrong with it.

    Attributes:
        version: What the store calls the root; `ABSENT` where there is none.
        data: The root's bytes.
        root: What it says, or as much of that as can be read; none where nothing can.
        state: Every record that can be read, the newest of each document.
        segments: Those that a root may name, as they really are.
        loose: Records of segments that it may not name, because others in there are none.
        damage: What is wrong.
    """

    version: Version = ABSENT
    data: bytes = b""
    root: Root | None = None
    state: State = field(default_factory=State)
    segments: list[Segment] = field(default_factory=list)
    loose: dict[str, bytes] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)

    def records(self) -> Iterator[tuple[str, Record]]:
        """Every record, in no promised order."""
        for key, data in self.state.encoded.items():
            record = readable(data)
            if record is not None:
                yield key, record


async def audit(store: Store) -> Audit:
    """Read the root and every segment, and compare.

    Raises:
        ManifestDamaged: A newer version wrote it.
        Outage: The store cannot be reached, or the root changes too fast.
    """
    before: set[Damage] = set()
    for _ in range(MOST_READS):
        found = await _looked(store)
        if before == set(found.damage) or await _version(store) == found.version:
            return found
        before = set(found.damage)
    raise Outage(
        f"{store.url}/{ROOT} changes faster than it can be read.", "Run the same command again."
    )


async def _version(store: Store) -> Version:
    try:
        return (await store.get(ROOT)).version
    except NotFound:
        return ABSENT


async def _looked(store: Store) -> Audit:
    found = Audit()
    where = f"{store.url}/{ROOT}"
    named: Sequence[Segment] = ()
    try:
        blob = await store.get(ROOT)
    except NotFound:
        found.damage.append(Damage("root_missing", ROOT, f"{where} is gone."))
    else:
        found.version, found.data = blob.version, blob.data
        refuse_newer(blob.data, where=where)
        try:
            found.root = decode_root(blob.data, where=where)
        except ManifestDamaged as error:
            found.damage.append(Damage("root_damaged", ROOT, error.message))
            found.root = salvaged(blob.data)
    if found.root is not None:
        named = found.root.segments
    named = named or await _whatever_stands(store, found)
    await _take_segments(store, named, found)
    if found.root is not None:
        _take(tuple(found.root.records.items()), ROOT, found)
    if found.root is not None and not found.damage:
        found.damage.extend(_contradictions(found.root, found.state))
    return found


async def _whatever_stands(store: Store, found: Audit) -> list[Segment]:
    """Without a root that names segments: all of them, the largest first.

    Those that were merged into a larger one then have nothing new to tell.
    """
    if not found.damage:
        return []
    listed = [entry async for entry in store.list(PREFIX)]
    listed.sort(key=lambda entry: (-entry.size, entry.key))
    return [Segment(entry.key, 0, entry.size, 0) for entry in listed]


async def _take_segments(store: Store, named: Sequence[Segment], found: Audit) -> None:
    """Take in the records of all segments that can be read, some at a time."""
    keys = [segment.key for segment in named]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        found.damage.append(Damage("segment_named_twice", key, f"The root names {key} twice."))
    once = list({segment.key: segment for segment in named}.values())
    for at in range(0, len(once), READ_AT_ONCE):
        some = once[at : at + READ_AT_ONCE]
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                reading = [tasks.create_task(_read(store, one.key, found)) for one in some]
        for said, task in zip(some, reading, strict=True):
            if (read := task.result()) is not None:
                await asyncio.to_thread(_take_segment, said, *read, found)


async def _read(store: Store, key: str, found: Audit) -> tuple[Records, int] | None:
    """A segment's records and its size, or none where it cannot be read."""
    data = found.root.carried.get(key) if found.root else None
    try:
        if data is None:
            data = (await store.get(key)).data
        return await asyncio.to_thread(decode_segment, data, key=key), len(data)
    except NotFound:
        found.damage.append(Damage("segment_missing", key, f"The segment {key} is gone."))
    except ManifestDamaged as error:
        found.damage.append(Damage("segment_damaged", key, error.message))
    return None


def _take_segment(said: Segment, records: Records, size: int, found: Audit) -> None:
    """Take in one segment, and see whether it is what the root says, if that says anything."""
    is_guessed = not said.records
    tells_news = not is_guessed or any(_is_news(found.state, *record) for record in records)
    good = _take(records, said.key, found)
    newest = max((peek(data).rev for _, data in good), default=0)
    if len(good) < len(records):
        found.loose.update(good)
    elif tells_news:
        found.segments.append(replace(said, records=len(records), bytes=size, rev=newest))
    if not is_guessed and ((len(records), size) != (said.records, said.bytes) or newest > said.rev):
        message = (
            f"The root says that {said.key} has {said.records} records up to revision {said.rev} in"
            f" {said.bytes} bytes; it has {len(records)} up to {newest} in {size}."
        )
        found.damage.append(Damage("segment_misdescribed", said.key, message))


def _is_news(state: State, key: str, data: bytes) -> bool:
    known = state.encoded.get(key)
    return known is None or peek(known).rev < _rev(data)


def _rev(data: bytes) -> int:
    record = readable(data)
    return record.rev if record else 0


def _take(records: Records, where: str, found: Audit) -> Records:
    """Take in the records that are records; return them."""
    good = [(key, data) for key, data in records if readable(data) is not None]
    if len(good) < len(records):
        for key in sorted({key for key, _ in records} - {key for key, _ in good}):
            message = f"The record of {key} in {where} cannot be read."
            found.damage.append(Damage("record_damaged", key, message))
    found.state.take(good)
    return good


def _contradictions(root: Root, state: State) -> Iterator[Damage]:
    """What the root says of itself and is not so, though everything can be read."""
    counts = {status.value: state.counts[status] for status in Status if state.counts[status]}
    if counts != {status: count for status, count in root.counts.items() if count}:
        yield Damage("counts_wrong", ROOT, f"The root counts {root.counts}, and has {counts}.")
    if not root.nonce or root.nonce == root.parent or root.rev < 1:
        message = f"The root follows itself: revision {root.rev}, {root.nonce!r}, {root.parent!r}."
        yield Damage("chain_broken", ROOT, message)
    for key, data in state.encoded.items():
        record = peek(data)
        if record.rev > root.rev:
            message = f"{key} changed in revision {record.rev}, and the root is {root.rev}."
            yield Damage("record_too_new", key, message)
        if record.status == Status.WORKING and record.worker not in root.workers:
            message = f"{key} is held by {record.worker}, which is no worker: nobody can free it."
            yield Damage("worker_unknown", key, message)
        if record.of is not None and record.of not in state.encoded:
            message = f"{key} duplicates {record.of}, which is not in the manifest."
            yield Damage("original_unknown", key, message)
