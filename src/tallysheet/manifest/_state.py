"""The manifest as of one root, and the one way to change it.

A `State` is what a root says. Updates never touch it: they are applied to a
`Tally`, a thin layer of changes over it, each update whole or not at all. When
the tally has been committed it is merged into the state; when another writer
was faster it is thrown away and the same updates are applied to the newer state.
No input or output happens here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

from tallysheet.errors import NotFound
from tallysheet.manifest._transitions import check
from tallysheet.model import Record, Status

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Worker:
    """A running process, as the manifest knows it."""

    beat: int = 0
    """Raised every few seconds; whoever sees it stand still may take over."""
    home: str = ""
    """The machine it runs on: who shares it can see whether the process lives."""
    pid: int = 0
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""


@dataclass(slots=True)
class State:
    """What one root says, indexed for the questions that updates ask."""

    rev: int = 0
    nonce: str = ""
    writers: dict[str, int] = field(default_factory=dict)
    """The number of the last commit of each live writer."""
    workers: dict[str, Worker] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""
    counts: Counter[Status] = field(default_factory=Counter)
    pending: dict[str, None] = field(default_factory=dict)
    """Keys of pending records, in the order in which they became so."""
    firsts: dict[str, str] = field(default_factory=dict)
    """By sha-256: the document that was added first with these bytes."""
    copies: dict[str, set[str]] = field(default_factory=dict)
    """By document: those that duplicate it."""
    held: dict[str, set[str]] = field(default_factory=dict)
    """By worker: the documents it works on."""

    def put(self, key: str, record: Record) -> None:
        """Set one record and bring counts and indexes up to it."""
        before = self.records.get(key)
        if before is not None:
            self._forget(key, before)
        self.records[key] = record
        self.counts[record.status] += 1
        if record.status is Status.PENDING:
            self.pending[key] = None
        if record.worker is not None:
            self.held.setdefault(record.worker, set()).add(key)
        if record.of is not None:
            self.copies.setdefault(record.of, set()).add(key)
        elif record.sha256:
            self.firsts.setdefault(record.sha256, key)

    def _forget(self, key: str, before: Record) -> None:
        self.counts[before.status] -= 1
        self.pending.pop(key, None)
        if before.worker is not None:
            self.held[before.worker].discard(key)
        if before.of is not None:
            self.copies[before.of].discard(key)
        elif self.firsts.get(before.sha256) == key:
            del self.firsts[before.sha256]

    def merge(self, tally: "Tally") -> None:
        """Take over what a committed tally changed."""
        for key, record in tally.changed.items():
            self.put(key, record)
        self.workers = tally.workers
        self.writers = tally.writers


class Tally:
    """A state, and over it the changes that a group of updates makes.

    Attributes:
        changed: The records that differ from the state, by key.
        workers: The worker table, changed in place.
        writers: The session table, changed in place.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._trial: dict[str, Record] = {}
        self._firsts: dict[str, str] = {}
        self._trial_firsts: dict[str, str] = {}
        self.changed: dict[str, Record] = {}
        self.workers = dict(state.workers)
        self.writers = dict(state.writers)

    @property
    def changes_nothing(self) -> bool:
        """Whether committing it would leave the state as it is."""
        tables = (self.workers, self.writers) == (self._state.workers, self._state.writers)
        return tables and not self.changed

    def apply(self, update: Callable[["Tally"], T]) -> T:
        """Let one update make its changes: all of them, or none where it raises."""
        self._trial, self._trial_firsts = {}, {}
        value = update(self)
        self.changed |= self._trial
        self._firsts = self._trial_firsts | self._firsts
        self._trial, self._trial_firsts = {}, {}
        return value

    def find(self, key: str) -> Record | None:
        """The record of *key* with all changes so far, or none."""
        return self._trial.get(key) or self.changed.get(key) or self._state.records.get(key)

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
            check(key, Status.PENDING, record.status)
        else:
            check(key, before.status, record.status)
        self._trial[key] = record
        if record.of is None:
            self._trial_firsts.setdefault(record.sha256, key)

    def pending(self) -> Iterator[str]:
        """Keys of pending records, those that waited longest first."""
        for key in chain(self._state.pending, self.changed):
            record = self.find(key)
            if record is not None and record.status is Status.PENDING:
                yield key

    def failed(self) -> tuple[str, ...]:
        """Keys of failed records, sorted."""
        known = {**self._state.records, **self.changed}
        return tuple(sorted(k for k, r in known.items() if r.status is Status.FAILED))

    def first_with(self, sha256: str) -> str | None:
        """The document that already has these bytes, or none."""
        for firsts in (self._state.firsts, self._firsts, self._trial_firsts):
            key = firsts.get(sha256)
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
