"""The update that adds documents: what is new, what changed, what is a copy of another.

Adding again changes nothing, so whoever is not sure that it was done does it once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallysheet.manifest._codec import Worker
from tallysheet.manifest._tally import Tally, Update
from tallysheet.model import PART, Document, Record, Status


@dataclass(frozen=True, slots=True)
class Added:
    """What adding documents came to, in keys."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    """Parts that were not added, since a file of the source has that very name."""


def add(documents: Sequence[Document], worker: str, *, lists: bool | None = None) -> Update[Added]:
    """Add what is new, send round again what changed, leave the rest alone.

    Args:
        documents: What is there.
        worker: Who says so.
        lists: Whether it is about to add more; nothing is noted unless given.
    """

    def update(tally: Tally) -> Added:
        if lists is not None:
            # Where it is no worker yet, it becomes one first, and this is done again.
            seen = tally.workers.get(worker, Worker())
            tally.workers[worker] = replace(seen, lists=lists)
        new: list[str] = []
        changed: list[str] = []
        duplicates: list[str] = []
        taken: list[str] = []
        for document in documents:
            before = tally.find(document.key)
            if before is not None and _is_the_same(before, document):
                if before.version != document.version:
                    tally.put(document.key, replace(before, version=document.version))
                continue
            if before is not None and before.file != document.file:
                if document.file is not None:
                    taken.append(document.key)
                    continue
                _send_round(tally, document.key.rpartition(PART)[0])
            (new if before is None else changed).append(document.key)
            if _enter(tally, document, before):
                duplicates.append(document.key)
        return Added(tuple(new), tuple(changed), tuple(duplicates), tuple(taken))

    return update


def _is_the_same(record: Record, document: Document) -> bool:
    return (record.sha256, record.file) == (document.sha256, document.file)


def _send_round(tally: Tally, key: str) -> None:
    """A file took the name of a part of *key*: whoever reads that again finds it taken."""
    holder = tally.find(key)
    if holder is not None and holder.status is Status.SPLIT:
        tally.put(key, replace(holder, status=Status.PENDING, message=None, attempts=0))


def _enter(tally: Tally, document: Document, before: Record | None) -> bool:
    """Put *document* in as it is now; return whether it duplicates another one."""
    fresh = Record(
        epoch=before.epoch if before else 0,
        sha256=document.sha256,
        size=document.size,
        version=document.version,
        file=document.file,
        cost_usd=before.cost_usd if before else 0.0,
        data=before.data if before else {},
        unknown=before.unknown if before else {},
    )
    tally.put(document.key, fresh)
    if before is not None:
        _promote_copies(tally, document.key)
    first = tally.first_with(document.sha256) if document.sha256 else None
    if first in (None, document.key):
        return False
    tally.put(document.key, replace(fresh, status=Status.DUPLICATE, of=first))
    return True


def _promote_copies(tally: Tally, key: str) -> None:
    """*key* has other bytes now: the first of its copies takes its place."""
    heir, *others = tally.copies_of(key) or [""]
    if heir:
        tally.put(heir, replace(tally.get(heir), status=Status.PENDING, of=None))
    for other in others:
        tally.put(other, replace(tally.get(other), of=heir))
