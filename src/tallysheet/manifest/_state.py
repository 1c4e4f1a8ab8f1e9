"""The manifest as of one root, and the one way to change it.

A `State` is what a root and its segments say. Updates never touch it: they are
applied to a `Tally`, a thin layer of changes over it, each update whole or not
at all. When the tally has been committed it is merged into the state; when
another writer was faster it is thrown away and the same updates are applied to
the newer state. No input or output happens here.

Every record carries the revision of the root that last changed it. Of two
versions of a record the higher revision counts, so it does not matter in which
order segments are read, or whether one is read twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

from tallysheet.errors import NotFound
from tallysheet.manifest._codec import (
    Peek,
    Root,
    Segment,
    Worker,
    decode_record,
    encode_record,
    peek,
)
from tallysheet.manifest._line import Line
from tallysheet.manifest._transitions import check
from tallysheet.model import PART, Record, Status

T = TypeVar("T")
Seen = Peek | Record
"""What the indexes are kept by: as much as is needed of a record, or all of it."""


@dataclass(slots=True)
class State:
    """What one root says, indexed for the questions that updates ask."""

    rev: int = 0
    nonce: str = ""
    writers: dict[str, int] = field(default_factory=dict)
    """The number of the last commit of each live writer."""
    workers: dict[str, Worker] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    carried: Mapping[str, bytes] = field(default_factory=dict)
    """By key: segments that stand in the root and perhaps not yet in the store."""
    inline: dict[str, bytes] = field(default_factory=dict)
    """The records that stand in the root itself."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""
    encoded: dict[str, bytes] = field(default_factory=dict)
    """Every record, as its bytes."""
    counts: Counter[str] = field(default_factory=Counter)
    pending: Line = field(default_factory=Line)
    """Keys of pending records, in the order in which they became so."""
    copies: dict[str, set[str]] = field(default_factory=dict)
    """By document: those that duplicate it."""
    held: dict[str, set[str]] = field(default_factory=dict)
    """By worker: the documents it works on."""
    _firsts: dict[int, str] = field(default_factory=dict)
    """By the hash of the sha-256, which is smaller: the document added first with it."""
    _inside: dict[str, list[str]] = field(default_factory=dict)
    """By what stands before the first ``#``: the keys that have one, as those of parts do."""

    def find(self, key: str) -> Record | None:
        """The record of *key*, or none."""
        data = self.encoded.get(key)
        return None if data is None else decode_record(data)

    def first_with(self, sha256: str) -> str | None:
        """The document that was added first with these bytes, as far as 64 bits can tell."""
        return self._firsts.get(hash(sha256))

    def parts_of(self, key: str) -> list[str]:
        """The keys of all documents that were found inside *key*, in no promised order."""
        inside = f"{key}{PART}"
        found = self._inside.get(key.partition(PART)[0], ())
        return [name for name in found if name.startswith(inside)]

    def take(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Take in records as they are found; what is older than what is known is passed over."""
        for key, data in records:
            seen = peek(data)
            known = self.encoded.get(key)
            before = None if known is None else peek(known)
            if before is None or before.rev < seen.rev:
                self._put(key, data, before, seen)

    def adopt(self, tally: "Tally") -> None:
        """Take in the records that *tally* has changed, now that it is committed."""
        for key, data in tally.encoded.items():
            self._put(key, data, tally.before(key), tally.changed[key])

    def follow(self, root: Root) -> None:
        """Be what *root* says; its records have been taken in before, its segments' too."""
        self.rev, self.nonce = root.rev, root.nonce
        self.writers, self.workers = dict(root.writers), dict(root.workers)
        self.segments, self.carried = root.segments, root.carried
        self.inline = dict(root.records)
        self.unknown = root.unknown

    def _put(self, key: str, data: bytes, before: Seen | None, seen: Seen) -> None:
        """Set one record and bring counts and indexes up to it."""
        if before is not None and _is_indexed_like(before, seen):
            self.encoded[key] = data
            return
        if before is not None:
            self._forget(key, before)
        elif PART in key:
            self._inside.setdefault(key.partition(PART)[0], []).append(key)
        self.encoded[key] = data
        self.counts[seen.status] += 1
        if seen.status == Status.PENDING:
            self.pending.add(key)
        if seen.worker is not None:
            self.held.setdefault(seen.worker, set()).add(key)
        if seen.of is not None:
            self.copies.setdefault(seen.of, set()).add(key)
        elif seen.sha256:
            self._firsts.setdefault(hash(seen.sha256), key)

    def _forget(self, key: str, seen: Seen) -> None:
        self.counts[seen.status] -= 1
        if seen.status == Status.PENDING:
            self.pending.remove(key)
        if seen.worker is not None:
            self.held[seen.worker].discard(key)
        if seen.of is not None:
            self.copies[seen.of].discard(key)
        elif seen.sha256 and self._firsts.get(hash(seen.sha256)) == key:
            del self._firsts[hash(seen.sha256)]


def _is_indexed_like(a: Seen, b: Seen) -> bool:
    """Whether the indexes cannot tell the two apart."""
    return a.status == b.status and a.worker == b.worker and a.of == b.of and a.sha256 == b.sha256


class Tally:
    """A state, and over it the changes that a group of updates makes.

    Attributes:
        changed: The records that differ from the state, by key.
        encoded: The same as bytes, of the revision that follows the state.
        workers: The worker table, changed in place.
        writers: The session table, changed in place.
        segments: The segments; compaction puts others in their place.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._read: dict[str, Record] = {}
        self._trial: dict[str, Record] = {}
        self._firsts: dict[str, str] = {}
        self._trial_firsts: dict[str, str] = {}
        self.changed: dict[str, Record] = {}
        self.encoded: dict[str, bytes] = {}
        self.workers = dict(state.workers)
        self.writers = dict(state.writers)
        self.segments = state.segments

    @property
    def changes_nothing(self) -> bool:
        """Whether committing it would leave the state as it is."""
        state = self._state
        before = (state.workers, state.writers, state.segments)
        return not self.changed and (self.workers, self.writers, self.segments) == before

    def apply(self, update: Callable[["Tally"], T]) -> T:
        """Let one update make its changes: all of them, or none where it raises.

        What cannot be written, or not be read back, is refused here, so that it fails alone.
        """
        self._trial, self._trial_firsts = {}, {}
        value = update(self)
        rev = self._state.rev + 1
        encoded = {key: encode_record(record, rev=rev) for key, record in self._trial.items()}
        self.changed |= self._trial
        self.encoded |= encoded
        for sha256, key in self._trial_firsts.items():
            self._firsts.setdefault(sha256, key)
        self._trial, self._trial_firsts = {}, {}
        return value

    def root(self, *, nonce: str, carried: Mapping[str, bytes]) -> Root:
        """The root that follows the state when this is committed."""
        state = self._state
        counts = state.counts.copy()
        for key, record in self.changed.items():
            before = self.before(key)
            if before is not None:
                counts[before.status] -= 1
            counts[record.status] += 1
        return Root(
            rev=state.rev + 1,
            nonce=nonce,
            parent=state.nonce,
            writers=self.writers,
            workers=self.workers,
            counts={status.value: counts[status] for status in Status if counts[status]},
            segments=self.segments,
            records=state.inline | self.encoded,
            carried=carried,
            unknown=state.unknown,
        )

    def before(self, key: str) -> Record | None:
        """The record of a changed *key* as it stands in the state, or none where it is new."""
        return self._read.get(key)

    def find(self, key: str) -> Record | None:
        """The record of *key* with all changes so far, or none."""
        found = self._trial.get(key) or self.changed.get(key) or self._read.get(key)
        if found is None:
            found = self._state.find(key)
            if found is not None:
                self._read[key] = found
        return found

    def get(self, key: str) -> Record:
        """The record of *key* with all changes so far.

        Raises:
            NotFound: The manifest has no such document.
        """
        record = self.find(key)
        if record is None:
            raise NotFound(f"The manifest has no document {key!r}.")
        return record

    def put(self, key: str, record: Record) -> None:
        """Set one record; the state table must allow its new status.

        Raises:
            TransitionError: It does not.
        """
        before = self.find(key)
        if before is None:
            key.encode()  # no surrogates: they could not be written
        check(key, before.status if before else Status.PENDING, record.status)
        self._trial[key] = record
        if record.of is None and (before is None or before.of or before.sha256 != record.sha256):
            self._trial_firsts.setdefault(record.sha256, key)

    def pending(self) -> Iterator[str]:
        """Keys of pending records, those that waited longest first."""
        for key in chain(self._state.pending, self.changed):
            record = self.find(key)
            if record is not None and record.status is Status.PENDING:
                yield key

    def failed(self) -> tuple[str, ...]:
        """Keys of failed records, sorted."""
        known = (
            key
            for key, data in self._state.encoded.items()
            if key not in self.changed and peek(data).status == Status.FAILED
        )
        changed = (key for key, r in self.changed.items() if r.status is Status.FAILED)
        return tuple(sorted(chain(known, changed)))

    def first_with(self, sha256: str) -> str | None:
        """The document that already has these bytes, or none."""
        for key in (
            self._state.first_with(sha256),
            self._firsts.get(sha256),
            self._trial_firsts.get(sha256),
        ):
            record = self.find(key) if key is not None else None
            if record is not None and record.of is None and record.sha256 == sha256:
                return key
        return None

    def copies_of(self, key: str) -> list[str]:
        """The documents that duplicate *key*, sorted."""
        known = chain(self._state.copies.get(key, ()), self.changed, self._trial)
        return sorted({k for k in known if self.get(k).of == key})

    def held_by(self, worker: str) -> list[str]:
        """The documents that *worker* works on, sorted."""
        known = chain(self._state.held.get(worker, ()), self.changed, self._trial)
        return sorted({k for k in known if self.get(k).worker == worker})


Update = Callable[[Tally], T]
"""One change of the manifest. It may be applied more than once, each time to a newer state."""
