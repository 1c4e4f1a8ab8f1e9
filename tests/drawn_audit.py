"""What must hold of every history of a manifest, whatever was drawn.

Roots are read through the public face, one after the other as they were written;
of their inside only `rev`, `nonce` and `parent` are looked at.
"""

import json
import random  # noqa: TID251  seeded
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from drawn_crew import KEYS, RELEASE_USD, Op
from drawn_loop import DrawnClock, DrawnLoop
from drawn_network import ROOT, Shelf, version_of
from linearizable import Call, is_linearizable
from tallysheet.errors import Conflict, NotFound
from tallysheet.manifest import TABLE, Manifest
from tallysheet.model import Record, Status
from tallysheet.ports import Blob, Entry, Version

Snapshot = Mapping[str, Record]
CLAIMED = (Status.PENDING, Status.WORKING)
SETTLED = frozenset({Status.DONE, Status.APPROVED, Status.REJECTED})
STANDING = frozenset({Status.DONE, Status.REVIEW, Status.APPROVED})
KNOWING = frozenset({Status.DONE, Status.APPROVED})


@dataclass
class _Replay:
    """A store that shows one root after the other, with all that was ever beside them."""

    shelf: Shelf
    at: int
    url: str = "replay://batch"

    async def get(self, key: str) -> Blob:
        """The root that is shown, or what once stood under another key."""
        if key == ROOT:
            data: bytes | None = self.shelf.roots[self.at - 1]
        else:
            data = self.shelf.archive.get(key)
        if data is None:
            raise NotFound(key)
        return Blob(data, version_of(data))

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Refuse: history is not written."""
        raise Conflict(key)

    async def delete(self, key: str) -> None:
        """Remove nothing."""

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Show nothing."""
        for entry in ():
            yield entry


def replayed(shelf: Shelf, numbers: Sequence[int]) -> list[Snapshot]:
    """The records as of these roots, read one after the other by one reader."""
    draw = random.Random(0)  # noqa: S311  seeded
    loop = DrawnLoop(draw)

    async def read() -> list[Snapshot]:
        store = _Replay(shelf, numbers[0])
        snapshots: list[Snapshot] = []
        async with Manifest.on(store, clock=DrawnClock(loop, draw), lease_s=1e9) as manifest:
            for store.at in numbers:
                await manifest.refresh()
                snapshots.append({key: record async for key, record in manifest.records()})
        return snapshots

    try:
        return loop.run_until_complete(read())
    finally:
        loop.close()


def wrongs_of(shelf: Shelf, ops: Sequence[Op]) -> Iterator[str]:
    """Everything in a history that must not be, as sentences; nothing if all is well."""
    yield from chain_wrongs(shelf.roots)
    last_rev = len(shelf.roots)
    snapshots = [{}, *replayed(shelf, range(1, last_rev + 1))]
    yield from _count_wrongs(shelf.roots, snapshots[1:])
    for number in (last_rev, (last_rev + 1) // 2):
        if replayed(shelf, [number]) != snapshots[number : number + 1]:
            yield f"root {number} says another thing to those who open it than to those who follow"
    for number, (before, after) in enumerate(pairwise(snapshots), start=1):
        for key in before.keys() | after.keys():
            for wrong in _step(key, before.get(key), after.get(key), ops):
                yield f"root {number}: {wrong}"
        for wrong in (*_copies(after), *_strange_accounts(before, after)):
            yield f"root {number}: {wrong}"
    last = snapshots[-1]
    for key in KEYS:
        about = [op for op in ops if op.key == key]
        yield from _applied(key, last.get(key), about)
        yield from _linear(key, about)
    yield from _claims(last, ops)
    yield from _refusals(snapshots, ops)


def chain_wrongs(roots: Sequence[bytes]) -> Iterator[str]:
    """Each root follows the one before it, and no nonce returns."""
    nonces, parent = set(), ""
    for number, root in enumerate(map(json.loads, roots), start=1):
        if root["rev"] != number:
            yield f"root {number} says that it is number {root['rev']}"
        if root["parent"] != parent:
            yield f"root {number} does not follow the one before it"
        parent = root["nonce"]
        if parent in nonces:
            yield f"root {number} repeats a nonce"
        nonces.add(parent)


def _count_wrongs(roots: Sequence[bytes], snapshots: Sequence[Snapshot]) -> Iterator[str]:
    """Each root counts the records that it and its segments hold."""
    for number, (root, snapshot) in enumerate(zip(roots, snapshots, strict=True), start=1):
        counts, said = Counter(r.status for r in snapshot.values()), json.loads(root)["counts"]
        if counts != said:
            yield f"root {number} counts {said}, and has {dict(counts)}"


def _step(
    key: str, before: Record | None, after: Record | None, ops: Sequence[Op]
) -> Iterator[str]:
    """What may happen to a record between one root and the next."""
    if after is None:
        yield f"{key} is gone"
        return
    before = before or Record()
    claims = after.epoch - before.epoch
    if claims < 0:
        yield f"{key} falls from epoch {before.epoch} to {after.epoch}"
    elif not _can_become(before.status, after.status, claims):
        yield f"{key} goes from {before.status} to {after.status} with {claims} claims"
    if (after.worker is not None) != (after.status is Status.WORKING):
        yield f"{key} is {after.status} and held by {after.worker}"
    left = before.status in SETTLED and after.status not in SETTLED
    was_retried = any(op.kind == "retry" for op in ops)
    was_sent = was_retried or (before.status is Status.DONE and after.meets)
    if left and not was_sent and not any(op.kind == "add" and op.key == key for op in ops):
        yield f"{key} was {before.status} and goes round again, though nobody brought new bytes"
    if after.data.get("ops", [])[: len(before.data.get("ops", []))] != before.data.get("ops", []):
        yield f"{key} forgets: {before.data} became {after.data}"
    if after.cost_usd < before.cost_usd:
        yield f"{key} becomes cheaper"


def _copies(snapshot: Snapshot) -> Iterator[str]:
    """Of one invoice no two documents are done."""
    done = [r.marks.number for r in snapshot.values() if r.status is Status.DONE and r.marks]
    for number, times in Counter(done).items():
        if times > 1:
            yield f"{number} is done {times} times"


def _strange_accounts(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """No document is done by itself whose account contradicts all that is known of the seller."""
    stayed = [r for key, r in after.items() if before.get(key) == r and r.status in STANDING]
    for key, record in after.items():
        was = before.get(key, Record())
        is_new = (was.status, was.epoch) != (record.status, record.epoch)
        if record.status is not Status.DONE or not is_new or not record.marks:
            continue
        others = [r for snapshot in (before, after) for k, r in snapshot.items() if k != key]
        own = record.marks.accounts
        is_known = any(r.status in KNOWING and r.marks and r.marks.accounts == own for r in others)
        if not is_known and any(r.marks and r.marks.accounts != own for r in stayed):
            yield f"{key} is done with {own}, which nobody knows"


@cache
def _can_become(before: Status, after: Status, claims: int) -> bool:
    """Whether the table leads from one status to another over exactly so many claims."""
    reached, edge = set(), {(before, 0)}
    while edge:
        reached |= edge
        edge = {
            (to, used + ((start, to) == CLAIMED))
            for status, used in edge
            for start, to in TABLE
            if start == status and used + ((start, to) == CLAIMED) <= claims
        } - reached
    return (after, claims) in reached


def _applied(key: str, record: Record | None, about: Sequence[Op]) -> Iterator[str]:
    """What was acknowledged is there once, what is unknown at most once, what was refused never."""
    data = record.data if record else {}
    times = Counter(data.get("ops", []))
    if data.get("n", 0) != times.total():
        yield f"{key} counts {data}"
    updates = {op.name: op for op in about if op.kind == "update"}
    for name, op in updates.items():
        least, most = _bounds(op)
        if not least <= times[name] <= most:
            yield f"{name} of {key} was applied {times[name]} times, not {least} to {most}"
    finishes = [_bounds(op) for op in about if op.kind == "finish"]
    finished, given_back = divmod(record.cost_usd if record else 0.0, 1.0)
    least, most = sum(low for low, _ in finishes), sum(high for _, high in finishes)
    if not least <= finished <= most:
        yield f"{key} was finished {finished:.0f} times, not {least} to {most}"
    # One that came too late changes nothing, and is acknowledged too.
    releases = [op for op in about if op.kind == "release"]
    if not given_back <= len(releases) * RELEASE_USD:
        yield f"{key} cost ${given_back}, given back {len(releases)} times"
    for op in about:
        if op.stale and op.acknowledged:
            yield f"{op.name} of {key} used a stale claim and was accepted"


def _bounds(op: Op) -> tuple[int, int]:
    """How often a deed may have been done, at least and at most."""
    return (1 if op.acknowledged else 0, 0 if op.refused else 1)


def _claims(last: Snapshot, ops: Sequence[Op]) -> Iterator[str]:
    """No epoch of a document was given to two, and none was given to nobody."""
    asked = [op for op in ops if op.kind == "claim"]
    given = Counter((c.key, c.epoch) for op in asked if op.acknowledged for c in op.value)
    for claim, times in given.items():
        if times > 1:
            yield f"{claim} was given to {times}"
    epochs = sum(record.epoch for record in last.values())
    unknown = sum(op.limit for op in asked if op.ended is None)
    if not given.total() <= epochs <= given.total() + unknown:
        yield f"{epochs} claims stand, {given.total()} were given and {unknown} are unknown"


def _refusals(snapshots: Sequence[Snapshot], ops: Sequence[Op]) -> Iterator[str]:
    """A claim that was called lost is lost in the root that stood when the answer came."""
    for op in ops:
        if op.refused != "LeaseLost" or op.claim is None:
            continue
        record = snapshots[op.last_rev].get(op.key, Record())
        held = (Status.WORKING, op.claim.epoch, op.claim.record.worker)
        if (record.status, record.epoch, record.worker) == held:
            yield f"{op.name} of {op.key} was refused, though its claim holds"


def _linear(key: str, about: Sequence[Op]) -> Iterator[str]:
    """Raises and reads of one record happen in one order, each within its call."""
    calls = [
        Call(
            op.kind == "update",
            op.asked,
            op.ended,
            op.value.data.get("n", 0) if op.acknowledged else None,
        )
        for op in about
        if op.kind in ("update", "read") and not op.refused
    ]
    if not is_linearizable(calls):
        yield f"the history of {key} has no order: {calls}"
