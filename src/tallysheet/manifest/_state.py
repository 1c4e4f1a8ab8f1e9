"""The manifest as of one root, indexed for the questions that updates ask.

A `State` is what a root and its segments say. Updates never touch it: see ``_tally``. No
input or output happens here.

Every record carries the revision of the root that last changed it. Of two
versions of a record the higher revision counts, so it does not matter in which
order segments are read, or whether one is read twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallysheet.manifest._codec import (
    Peek,
    Root,
    Segment,
    Worker,
    decode_record,
    peek,
)
from tallysheet.manifest._index import Index, Span
from tallysheet.manifest._ledger import Ledger
from tallysheet.manifest._line import Line
from tallysheet.model import PART, Record, Status

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
    is_marked: bool = False
    """Whether a record has ever had marks; then all who write must heed them."""
    has_pictures: bool = False
    """Whether one has ever had the mark of a picture."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""
    encoded: Ledger = field(default_factory=Ledger)
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

    _marks: Index = field(default_factory=Index)
    """Made when it is first asked, or ahead of that: of a million records that takes seconds."""
    _left: list[str] | None = None
    """The documents still to be brought into it, the last one first; none where nobody asked."""

    def find(self, key: str) -> Record | None:
        """The record of *key*, or none."""
        data = self.encoded.get(key)
        return None if data is None else decode_record(data)

    def first_with(self, sha256: str) -> str | None:
        """The document that was added first with these bytes, as far as 64 bits can tell."""
        return self._firsts.get(hash(sha256))

    def marked(self, span: Span) -> Iterator[str]:
        """The documents that have marks in *span*, or had some; more than once, perhaps."""
        self.gather()
        return self._marks.find(span)

    def gather(self, most: int | None = None) -> bool:
        """Bring so many records more into the index of marks, or all; return whether it is whole.

        What changes meanwhile is followed, so one may be in it twice.
        """
        if self._left is None:
            self._left = list(self.encoded)[::-1]
        for _ in range(len(self._left) if most is None else min(most, len(self._left))):
            key = self._left.pop()
            self._marks.bring(key, self.encoded[key])
        return not self._left

    def parts_of(self, key: str) -> list[str]:
        """The keys of all documents that were found inside *key*, in no promised order."""
        inside = f"{key}{PART}"
        found = self._inside.get(key.partition(PART)[0], ())
        return [name for name in found if name.startswith(inside)]

    def take(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Take in records as they are found; what is older than what is known is passed over."""
        for key, data in self.encoded.by_pack(records):
            seen = peek(data)
            known = self.encoded.get(key)
            before = None if known is None else peek(known)
            if before is None or before.rev < seen.rev:
                self._put(key, data, before, seen)

    def adopt(self, changes: Iterable[tuple[str, bytes, Record | None, Record]]) -> None:
        """Take in records that were committed: each by its key, as bytes, as it was and is."""
        for change in changes:
            self._put(*change)

    def follow(self, root: Root) -> None:
        """Be what *root* says; its records have been taken in before, its segments' too."""
        self.rev, self.nonce = root.rev, root.nonce
        self.writers, self.workers = dict(root.writers), dict(root.workers)
        self.segments, self.carried = root.segments, root.carried
        self.inline = dict(root.records)
        self.is_marked, self.has_pictures = root.is_marked, root.has_pictures
        self.unknown = root.unknown

    def _put(self, key: str, data: bytes, before: Seen | None, seen: Seen) -> None:
        """Set one record and bring counts and indexes up to it."""
        if self._left is not None:
            self._marks.follow(key, self.encoded.get(key), data)
        if before is not None and _is_indexed_like(before, seen):
            self.encoded.put(key, data)
            return
        if before is not None:
            self._forget(key, before)
        elif PART in key:
            self._inside.setdefault(key.partition(PART)[0], []).append(key)
        self.encoded.put(key, data)
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
