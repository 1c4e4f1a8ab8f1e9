"""Checking a batch: everything is read, and compared with what it says of itself.

Repairing goes in an order in which each step relies on those before it: a root that
can be trusted, then documents whose result is lost go round again, then what nothing
names is removed. In the end everything that was touched is checked anew.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from tallysheet.errors import ConfigError, NotFound
from tallysheet.manifest import (
    ASIDE,
    ROOT,
    Audit,
    Damage,
    Manifest,
    Mended,
    Orphan,
    audit,
    mend,
    orphaned_segments,
    remove,
)
from tallysheet.model import Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._each import each
from tallysheet.pipeline._leftovers import leftovers, read, recovered, remove_results
from tallysheet.pipeline._results import PREFIX
from tallysheet.pipeline._snapshot import places_of
from tallysheet.pipeline._trust import is_left
from tallysheet.ports import Clock, Store
from tallysheet.store import FolderStore, open_store

READ = frozenset({Status.DONE, Status.REVIEW, Status.APPROVED, Status.REJECTED})
"""What a document is that has a result."""

_PROBE = re.compile(r"probe-[0-9a-f]{16}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Repaired:
    """What `check` changed."""

    mended: Mended | None
    """The root that was made anew, where that was necessary."""
    again: tuple[str, ...]
    """Documents whose result was lost: pending again, for the next run."""
    removed: tuple[Orphan, ...]
    """What nothing named."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How a batch was found; after a repair: how it was left."""

    batch: str
    """Where it is."""
    rev: int
    """The revision of the root; 0 where there is none that can be read."""
    counts: Mapping[str, int]
    """Documents by status, counted anew."""
    segments: int
    """How many were read."""
    results: int
    """How many were read and are what the records say."""
    damage: tuple[Damage, ...]
    """What is wrong with the manifest."""
    lost: tuple[Damage, ...]
    """Documents whose result is missing or damaged."""
    recoverable: int
    """Where the manifest is damaged: how many documents' records could be made of results."""
    orphans: tuple[Orphan, ...]
    """What nothing names, and which is still there."""
    repaired: Repaired | None = None
    """What was changed; none where nothing was to be."""


async def check(address: str, *, repair: bool = False) -> Checked:
    """Check the batch of a source, or the one that stands at *address* itself.

    Args:
        address: Which batch.
        repair: Whether to mend what is wrong and to remove what nothing names.

    Raises:
        ConfigError: There is no batch, or the store refuses us.
        ManifestDamaged: A newer version wrote the manifest; it is left alone.
        Outage: The store cannot be reached, or somebody else wrote while we repaired.
    """
    store, clock = await _place(address), SystemClock()
    found = await audit(store)
    losses = await _losses(store, found)
    repaired = None
    if repair:
        repaired = await _repaired(store, found, losses, clock)
        if repaired.mended or losses:
            found = await audit(store)
            losses = await _losses(store, found)
    return Checked(
        batch=store.url,
        rev=found.root.rev if found.root else 0,
        counts={s.value: found.state.counts[s] for s in Status if found.state.counts[s]},
        segments=len(found.segments),
        results=sum(1 for _ in _to_verify(found)) - len(losses),
        damage=tuple(found.damage),
        lost=tuple(loss.damage for loss in losses),
        recoverable=len(await recovered(store, found)) if found.damage else 0,
        orphans=tuple(await _orphans(store, found, clock)),
        repaired=repaired,
    )


async def _place(address: str) -> Store:
    """The store of the batch, which may have lost its root."""
    places = places_of(address)
    for place in places:
        store = open_store(place)
        with suppress(NotFound):
            await store.get(ROOT)
            return store
        if await is_left(store):
            return store
    raise ConfigError(
        f"There is no batch for {address}: looked in {' and '.join(places)}.",
        f"Make one with: tallysheet run {address}",
    )


@dataclass(frozen=True, slots=True)
class _Loss:
    """A document whose result is missing or damaged."""

    document: str
    result: str
    damage: Damage


def _to_verify(found: Audit) -> Iterator[tuple[str, Record]]:
    """The records that name a result of ours; who uses the manifest alone names what he likes."""
    for key, record in found.records():
        if record.status in READ and (record.result or "").startswith(PREFIX):
            yield key, record


async def _losses(store: Store, found: Audit) -> list[_Loss]:
    """The documents whose result is not what their record says, sorted."""

    async def look(pair: tuple[str, Record]) -> _Loss | None:
        key, record = pair
        name = record.result or ""
        wrong = await _wrong_with(store, key, record, name)
        return _Loss(key, name, Damage(*wrong)) if wrong else None

    losses = [loss for loss in await each(_to_verify(found), look) if loss is not None]
    if losses:
        # A live worker may have recorded another result since, and the old one be removed.
        now = dict(_to_verify(await audit(store)))
        losses = [s for s in losses if s.document in now and now[s.document].result == s.result]
    return sorted(losses, key=lambda loss: loss.document)


async def _wrong_with(
    store: Store, key: str, record: Record, name: str
) -> tuple[str, str, str] | None:
    try:
        data = (await store.get(name)).data
    except NotFound:
        return "result_missing", key, f"The result of {key}, {name}, is gone."
    result = read(data, name)
    if result is None:
        return "result_damaged", key, f"The result of {key}, {name}, is not what its name says."
    if (result.document, result.sha256) != (key, record.sha256):
        return "result_foreign", key, f"The result of {key}, {name}, is of another document."
    return None


async def _repaired(store: Store, found: Audit, losses: Iterable[_Loss], clock: Clock) -> Repaired:
    mended = None
    if found.damage:
        mended = await mend(store, found, await recovered(store, found), clock=clock)
    async with Manifest.on(store, clock=clock, patient=False) as sheet:
        again = await each(losses, lambda loss: _sent_again(sheet, loss))
        removed = await remove_results(store, sheet, await leftovers(store, sheet))
    others = await remove(store, (*await orphaned_segments(store), *await _probes(store)))
    files = await _abandoned(store, remove=True)
    return Repaired(mended, tuple(sorted(key for key in again if key)), (*others, *removed, *files))


async def _sent_again(sheet: Manifest, loss: _Loss) -> str:
    """Make a document pending whose record still names the lost result; return its key."""

    def change(record: Record) -> Record:
        if record.result != loss.result or record.status not in READ:
            return record
        return replace(
            record,
            status=Status.PENDING,
            result=None,
            reason=None,
            message=None,
            meets={},
            because=None,
            attempts=0,
        )

    record = await sheet.update(loss.document, change)
    return loss.document if record.status is Status.PENDING else ""


async def _orphans(store: Store, found: Audit, clock: Clock) -> list[Orphan]:
    """What nothing names; only what a damaged root has left aside where there is no root."""
    aside = [
        Orphan(entry.key, entry.size, "it was a root: remove it yourself when all is well")
        async for entry in store.list(ASIDE)
    ]
    files = await _abandoned(store, remove=False)
    if found.damage:
        return [*aside, *files]
    async with Manifest.on(store, clock=clock, patient=False) as sheet:
        results = [left.orphan for left in await leftovers(store, sheet)]
    return [*await orphaned_segments(store), *results, *await _probes(store), *files, *aside]


async def _probes(store: Store) -> list[Orphan]:
    """What a probe left that was killed. One that is at work now would have to be repeated."""
    return [
        Orphan(entry.key, entry.size)
        async for entry in store.list("probe-")
        if _PROBE.fullmatch(entry.key)
    ]


async def _abandoned(store: Store, *, remove: bool) -> list[Orphan]:
    """What writers that were killed have left half written; only a folder shows that."""
    if not isinstance(store, FolderStore):
        return []
    return [Orphan(*file) for file in await store.abandoned(remove=remove)]
