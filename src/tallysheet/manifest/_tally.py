"""Changes over a state: what a group of updates makes of it, before anybody has committed that.

Each update makes its changes whole or not at all. When the tally has been committed it is
merged into the state; when another writer was faster it is thrown away, and the same
updates are applied to the newer state. No input or output happens here.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TypeVar

from tallysheet.errors import NotFound
from tallysheet.manifest._codec import Root, encode_record, peek
from tallysheet.manifest._index import Index, Span
from tallysheet.manifest._state import State
from tallysheet.manifest._transitions import check
from tallysheet.model import Record, Status

T = TypeVar("T")


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
        self._marks = Index()
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
        for key, record in self._trial.items():
            self._marks.add(key, record.status, record.marks)
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
            is_marked=state.is_marked or any(r.marks for r in self.changed.values()),
            has_pictures=state.has_pictures
            or any(r.marks and r.marks.picture for r in self.changed.values()),
            unknown=state.unknown,
        )

    def changes(self) -> Iterator[tuple[str, bytes, Record | None, Record]]:
        """What a state adopts: keys, each with its record as bytes, as it was and as it is."""
        for key, record in self.changed.items():
            yield key, self.encoded[key], self.before(key), record

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
        for key in chain(self._state.pending, self.changed, tuple(self._trial)):
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

    def marked(self, span: Span) -> Iterator[str]:
        """The documents that have marks in *span*, or had some; more than once, perhaps."""
        return chain(self._state.marked(span), self._marks.find(span))

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
