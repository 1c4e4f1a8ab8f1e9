"""A root made anew of what is left, where the one that stands is lost or untrue.

1. The bytes of the root that stood are put aside before anything else is written.
2. The new root is written over exactly the one that was looked at, or where none stood:
   whoever changed it meanwhile wins.
3. It knows no writer and no worker, so whoever worked on the old one is fenced, or finds
   that the revision went back, and stops. What they held is pending again.
4. What cannot be read is left out, and said. A document that is in no record any more
   comes back with what the caller knows of it, or with the next listing of the source.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain

from tallysheet.errors import Conflict, NotFound, Outage, OutcomeUnknown
from tallysheet.manifest._audit import Audit
from tallysheet.manifest._codec import Root, encode_record, encode_root, marks_in
from tallysheet.manifest._manifest import ROOT
from tallysheet.manifest._tally import Tally
from tallysheet.manifest._updates import recover
from tallysheet.model import Record, Status
from tallysheet.ports import ABSENT, Clock, Store, Version

ASIDE = f"{ROOT}.damaged-"
"""How the name begins under which a damaged root is kept; the hash of its bytes follows."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What the new root has, beside what the old one said."""

    rev: int
    """Its revision."""
    counts: Mapping[str, int]
    """How many documents it has, by status."""
    counted: Mapping[str, int]
    """How many the old root said it had; empty where that cannot be told."""
    recovered: int
    """How many records came from elsewhere than the manifest."""
    freed: int
    """How many are pending now because their worker, or their original, is not there any more."""
    aside: str | None
    """Where the bytes of the old root are kept; none where there was none."""


async def mend(
    store: Store, found: Audit, recovered: Mapping[str, Record], *, clock: Clock
) -> Mended:
    """Write a root that says what is left.

    Args:
        store: Where the manifest is.
        found: What was found there.
        recovered: Records of documents that *found* has none of.
        clock: For a nonce.

    Raises:
        Outage: The store cannot be reached, or somebody else wrote meanwhile; look again.
    """
    root, freed = _root(found, recovered, nonce=clock.token())
    aside = None
    if found.version != ABSENT:
        aside = f"{ASIDE}{sha256(found.data).hexdigest()}"
        await _write(store, aside, found.data, expect=ABSENT)
    await _write(store, ROOT, encode_root(root), expect=found.version)
    counted = found.root.counts if found.root else {}
    return Mended(root.rev, root.counts, counted, len(recovered), freed, aside)


async def _write(store: Store, key: str, data: bytes, *, expect: Version) -> None:
    try:
        await store.put(key, data, expect=expect)
    except (Conflict, OutcomeUnknown, Outage):
        with suppress(NotFound):
            if (await store.get(key)).data == data:
                return
        raise Outage(
            f"{store.url}/{key} was not written: somebody else wrote it, or the store was away.",
            "Nothing is lost. Run the same command again.",
        ) from None


def _root(found: Audit, recovered: Mapping[str, Record], *, nonce: str) -> tuple[Root, int]:
    """The new root, and how many records it frees."""
    old = found.root
    freed: dict[str, Record] = {}
    back = _confronted(found, recovered)
    counts = Counter(record.status for record in back.values())
    newest = old.rev if old else 0
    for key, record in found.records():
        newest = max(newest, record.rev)
        is_held = record.status is Status.WORKING
        if is_held or (record.of is not None and record.of not in found.state.encoded):
            freed[key] = replace(record, status=Status.PENDING, worker=None, of=None)
        if key not in back:
            counts[freed.get(key, record).status] += 1
    inline = (*(old.records if old else ()), *found.loose)
    encoded = found.state.encoded
    records = {key: encoded[key] for key in inline if key in encoded}
    for key, record in (*back.items(), *freed.items()):
        records[key] = encode_record(record, rev=newest + 1)
    named = {segment.key for segment in found.segments}
    root = Root(
        rev=newest + 1,
        nonce=nonce,
        parent=old.nonce if old else "",
        writers={},
        workers={},
        counts={status.value: counts[status] for status in Status if counts[status]},
        segments=tuple(found.segments),
        records=records,
        carried={key: data for key, data in (old.carried if old else {}).items() if key in named},
        is_marked=any(b'"marks":' in data for data in chain(encoded.values(), records.values())),
        has_pictures=any(map(_has_picture, chain(encoded.values(), records.values()))),
        unknown=old.unknown if old else {},
    )
    return root, len(freed)


def _has_picture(data: bytes) -> bool:
    has = marks_in(data)
    return has is not None and bool(has[1].picture)


def _confronted(found: Audit, recovered: Mapping[str, Record]) -> Mapping[str, Record]:
    """What is recovered, and what others say against it: that stood in the records alone."""
    tally = Tally(found.state)
    for key, record in sorted(recovered.items()):
        tally.apply(recover(key, record))
    return tally.changed
