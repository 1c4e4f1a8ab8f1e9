"""Where to look for the documents that have something in common with one: an index of marks.

It only says where to look: whether two documents meet is read off their records. So what
is out of date in it does no harm, and nothing is ever taken out. Whoever only reads a
manifest has none; who writes makes it when it is first asked.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations
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
_IN_BUCKET = (1 << _SHIFT) - 1
_PLACE = (1 << _PLACE_BITS) - 1
_NUMBER, _AMOUNT, _SLIP, _KNOWN, _NAMED, _PRINT = range(6)
"""What codes are of."""


class Span(NamedTuple):
    """Codes of one hash, both ends included."""

    first: int
    last: int


class Index:
    """Records by code: 8 bytes an entry, sorted, in a thousand pieces.

    A dict takes five times the memory for a million records, and half as long again.
    """

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._buckets: defaultdict[int, array[int]] = defaultdict(lambda: array("Q"))
        self._unsorted: set[int] = set()

    def bring(self, key: str, data: bytes) -> None:
        """Take in one of many, by its key and as its bytes: they are sorted when it is asked."""
        if has := marks_in(data):
            for code, entry in self._entries(key, *has):
                self._buckets[code >> _SHIFT].append(entry)
                self._unsorted.add(code >> _SHIFT)

    def add(self, key: str, status: str, marks: Marks | None) -> None:
        """Take in one record more, if it has marks."""
        if marks is not None:
            for code, entry in self._entries(key, status, marks):
                bucket = self._buckets[code >> _SHIFT]
                bucket.insert(bisect_left(bucket, entry), entry)

    def follow(self, key: str, before: bytes | None, after: bytes) -> None:
        """Take in a record that changed, as its bytes, unless it is in here just so."""
        if has := marks_in(after):
            had = marks_in(before) if before is not None else None
            if had is None or had[1] != has[1] or _standing(had[0]) != _standing(has[0]):
                self.add(key, *has)

    def find(self, span: Span) -> Iterator[str]:
        """The keys of records that have a code in *span*, or had one; some may come twice."""
        number = span.first >> _SHIFT
        bucket = self._buckets.get(number)
        if bucket is None:
            return
        if number in self._unsorted:
            self._unsorted.remove(number)
            bucket = self._buckets[number] = array("Q", sorted(bucket))
        at = bisect_left(bucket, (span.first & _IN_BUCKET) << _PLACE_BITS)
        last = (span.last & _IN_BUCKET) << _PLACE_BITS | _PLACE
        while at < len(bucket) and bucket[at] <= last:
            yield self._keys[bucket[at] & _PLACE]
            at += 1

    def _entries(self, key: str, status: str, marks: Marks) -> Iterator[tuple[int, int]]:
        if status in STANDING:
            place = len(self._keys)
            self._keys.append(key)
            for code in _codes(status, marks):
                yield code, (code & _IN_BUCKET) << _PLACE_BITS | place


def _standing(status: str) -> tuple[bool, bool]:
    """All that codes have of a status."""
    return status in STANDING, status in KNOWING


def _codes(status: str, marks: Marks) -> list[int]:
    """The codes under which a record is found; see the functions below."""
    number, amount, day = marks.number, marks.amount, _day(marks.date)
    known = _KNOWN if status in KNOWING else _NAMED
    codes = []
    for who in sellers_in(marks):
        if number:
            codes.append(_code(_NUMBER, who + number))
        if amount and day:
            codes.append(_code(_AMOUNT, who + amount) + day)
        codes += [_code(known, who) + _short(account) for account in marks.accounts]
    if number and amount and day:
        codes.append(_code(_SLIP, number + amount + marks.date))
    codes += [span.first for span in with_print(marks)]
    return codes


def sellers_in(marks: Marks) -> list[str]:
    """By what a seller goes: its VAT id, its name."""
    return [who for who in (marks.seller_id, marks.seller_name) if who]


def with_number(who: str, marks: Marks) -> Span:
    """Where documents of this seller with this number are."""
    code = _code(_NUMBER, who + marks.number)
    return Span(code, code)


def with_slip(marks: Marks) -> Span:
    """Where documents with this number, date and amount are, whoever sells."""
    code = _code(_SLIP, marks.number + marks.amount + marks.date)
    return Span(code, code)


def with_amount(who: str, marks: Marks) -> Span:
    """Where documents of this seller over this amount are, of days that are near."""
    code = _code(_AMOUNT, who + marks.amount)
    day = _day(marks.date)
    return Span(code + max(day - NEAR_DAYS, 0), code + min(day + NEAR_DAYS, _MOST_LOW))


def with_print(marks: Marks) -> list[Span]:
    """Where documents are that are pictures, and of number, amount and date have two as this one.

    Nowhere for one that is no picture. How alike two pictures are is seen when both are at
    hand: no hash of them would be the same for all that are alike.
    """
    read = (marks.number, marks.amount, marks.date) if marks.picture else ()
    codes = [_code(_PRINT, "\n".join(pair)) for pair in combinations(read, 2) if all(pair)]
    return [Span(code, code) for code in codes]


def knowing(who: str, account: str) -> Span:
    """Where documents are of which this seller's account is known."""
    code = _code(_KNOWN, who) + _short(account)
    return Span(code, code)


def with_others(who: str, account: str) -> Iterator[Span]:
    """Where documents are in which this seller has other accounts; the known ones first."""
    low = _short(account)
    for kind in (_KNOWN, _NAMED):
        code = _code(kind, who)
        yield Span(code, code + low - 1)
        yield Span(code + low + 1, code + _MOST_LOW)


def _code(kind: int, text: str) -> int:
    """A code whose low bits are free."""
    return (crc32(text.encode(), kind) >> 2) << _LOW_BITS


def _short(account: str) -> int:
    """An account in low bits, and neither the first nor the last of them."""
    return 1 + crc32(account.encode()) % (_MOST_LOW - 1)


def _day(text: str) -> int:
    """A date in low bits: no two within a hundred years share one; 0 where there is none."""
    return date.fromisoformat(text).toordinal() & _MOST_LOW if text else 0
