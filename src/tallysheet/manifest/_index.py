"""Where to look for the documents that have something in common with one: an index of marks.

It only says where to look: whether two documents meet is read off their records. So what
is out of date in it does no harm, and nothing is ever taken out. Whoever only reads a
manifest has none; who writes makes it when it is first asked.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple
from zlib import crc32

from tallysheet.manifest._codec import marks_in
from tallysheet.model import NEAR_DAYS, Marks, Status

STANDING = frozenset({Status.DONE, Status.REVIEW, Status.APPROVED})
"""Documents that count: each may be paid, at once or once a person agrees."""

KNOWING = frozenset({Status.DONE, Status.APPROVED})
"""Documents whose accounts are taken for the seller's own."""

_LOW_BITS = 16
"""Of a code: what a search may run over, such as days; above them stand 30 bits of a hash."""
_PLACE_BITS = 28
"""Of an entry: whose it is, by the place in the list of keys."""
_BUCKET_BITS = 10
_SHIFT = 30 + _LOW_BITS - _BUCKET_BITS
_MOST_LOW = (1 << _LOW_BITS) - 1


class Span(NamedTuple):
    """Codes of one hash, both ends included."""

    first: int
    last: int


class Index:
    """Records by code: 8 bytes an entry, sorted, in a thousand pieces.

    A dict takes five times the memory for a million records, and half as long again.
    """

    def __init__(self, records: Iterable[tuple[str, bytes]] = ()) -> None:
        """Take in records at once, each by its key and as its bytes."""
        self._keys: list[str] = []
        self._buckets: defaultdict[int, array[int]] = defaultdict(lambda: array("Q"))
        for key, data in records:
            if has := marks_in(data):
                for bucket, entry in self._entries(key, *has):
                    bucket.append(entry)
        for number, bucket in self._buckets.items():
            self._buckets[number] = array("Q", sorted(bucket))

    def add(self, key: str, status: str, marks: Marks | None) -> None:
        """Take in one record more, if it has marks."""
        if marks is not None:
            for bucket, entry in self._entries(key, status, marks):
                bucket.insert(bisect_left(bucket, entry), entry)

    def follow(self, key: str, before: bytes | None, after: bytes) -> None:
        """Take in a record that changed, as its bytes, unless it is in here just so."""
        if has := marks_in(after):
            had = marks_in(before) if before is not None else None
            if had is None or had[1] != has[1] or _standing(had[0]) != _standing(has[0]):
                self.add(key, *has)

    def find(self, span: Span) -> Iterator[str]:
        """The keys of records that have a code in *span*, or had one; some may come twice."""
        bucket = self._buckets.get(span.first >> _SHIFT)
        if bucket is None:
            return
        at = bisect_left(bucket, _entry(span.first, 0))
        end = _entry(span.last, 0) + (1 << _PLACE_BITS)
        while at < len(bucket) and bucket[at] < end:
            yield self._keys[bucket[at] & ((1 << _PLACE_BITS) - 1)]
            at += 1

    def _entries(self, key: str, status: str, marks: Marks) -> Iterator[tuple["array[int]", int]]:
        if status not in STANDING:
            return
        place = len(self._keys)
        self._keys.append(key)
        for code in _codes(status, marks):
            yield self._buckets[code >> _SHIFT], _entry(code, place)


def _standing(status: str) -> tuple[bool, bool]:
    """All that codes have of a status."""
    return status in STANDING, status in KNOWING


def _entry(code: int, place: int) -> int:
    return (code & ((1 << _SHIFT) - 1)) << _PLACE_BITS | place


def _codes(status: str, marks: Marks) -> Iterator[int]:
    for who in sellers_in(marks):
        if marks.number:
            yield _code("number", who + marks.number)
        if marks.amount and marks.date:
            yield _code("amount", who + marks.amount, _day(marks.date))
        for account in marks.accounts:
            yield _code("known" if status in KNOWING else "named", who, _short(account))
    if marks.number and marks.amount and marks.date:
        yield _code("slip", marks.number + marks.amount + marks.date)


def sellers_in(marks: Marks) -> list[str]:
    """By what a seller goes: its VAT id, its name."""
    return [who for who in (marks.seller_id, marks.seller_name) if who]


def with_number(who: str, marks: Marks) -> Span:
    """Where documents of this seller with this number are."""
    code = _code("number", who + marks.number)
    return Span(code, code)


def with_slip(marks: Marks) -> Span:
    """Where documents with this number, date and amount are, whoever sells."""
    code = _code("slip", marks.number + marks.amount + marks.date)
    return Span(code, code)


def with_amount(who: str, marks: Marks) -> Span:
    """Where documents of this seller over this amount are, of days that are near."""
    code = _code("amount", who + marks.amount)
    day = _day(marks.date)
    return Span(code + max(day - NEAR_DAYS, 0), code + min(day + NEAR_DAYS, _MOST_LOW))


def knowing(who: str, account: str) -> Span:
    """Where documents are of which this seller's account is known."""
    code = _code("known", who, _short(account))
    return Span(code, code)


def with_others(who: str, account: str) -> Iterator[Span]:
    """Where documents are in which this seller has other accounts; the known ones first."""
    for kind in ("known", "named"):
        code, low = _code(kind, who), _short(account)
        yield Span(code, code + low - 1)
        yield Span(code + low + 1, code + _MOST_LOW)


def _code(kind: str, text: str, low: int = 0) -> int:
    return (crc32(f"{kind}{text}".encode()) >> 2) << _LOW_BITS | low


def _short(account: str) -> int:
    return 1 + crc32(account.encode()) % (_MOST_LOW - 1)


def _day(text: str) -> int:
    """A date as a number that fits: no two within a hundred years share one."""
    return date.fromisoformat(text).toordinal() & _MOST_LOW
