"""Every record as its bytes: those that changed of late as they are, all others compressed.

A record changes a few times within minutes, and then is seldom looked at. One in review
takes some 500 bytes by itself and 150 among its like: so a process takes about as much memory
for a batch that has been read as for one that was only listed.

1. Records are packed in the order in which they changed, a few dozen together. Who walks
   over a batch meets neighbours one after the other, so packs that were opened stay open.
2. A pack is never changed. A record that changes leaves what it was in there, which does
   not count any more; a pack of which half does not count is dissolved.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tallysheet.manifest._codec import Packer, record_in, records_in

TOGETHER = 32
"""Records of a pack. Of 8 each takes 181 bytes, of 32 it takes 145, of 128 it takes 113; and one
of 32 is opened in 10 microseconds."""

MOST_LOOSE = 4096
"""Records that are not packed: more than are in flight, else many would be packed between their
claim and their outcome."""

AT_A_TIME = 1024
"""Records that are packed without a break: that takes a millisecond or two."""

MOST_OPEN = 64
"""Packs that stay open, of some 16 KB each."""


class _Pack:
    """Records that were packed together.

    Attributes:
        number: Higher than those of all packs before it.
        data: The records.
        size: How many.
        live: How many of them count.
    """

    __slots__ = ("data", "live", "number", "size")

    def __init__(self, number: int, data: bytes, size: int) -> None:
        self.number = number
        self.data = data
        self.size = self.live = size


class Ledger:
    """Records as their bytes, by key, in the order in which the keys came."""

    def __init__(self) -> None:
        self._held: dict[str, bytes | _Pack] = {}
        self._loose: dict[str, bytes] = {}
        """Those that are not packed, once more; what changed last stands last."""
        self._open: dict[_Pack, bytes] = {}
        """What is in packs that were looked into; the last one stands last."""
        self._packer = Packer()
        self._packs = 0

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def __getitem__(self, key: str) -> bytes:
        return self._read(key, self._held[key])

    def get(self, key: str) -> bytes | None:
        """The record of *key*, or none."""
        held = self._held.get(key)
        return None if held is None else self._read(key, held)

    def items(self) -> Iterator[tuple[str, bytes]]:
        """All records with their keys, while none is put in."""
        for key, held in self._held.items():
            yield key, self._read(key, held)

    def values(self) -> Iterator[bytes]:
        """All records, while none is put in."""
        return (data for _, data in self.items())

    def put(self, key: str, data: bytes) -> None:
        """Set the record of *key*."""
        before = self._held.get(key)
        self._held[key] = data
        if before is not None:
            self._loose.pop(key, None)
        self._loose[key] = data
        if isinstance(before, _Pack):
            before.live -= 1
            if before.live * 2 <= before.size:
                self._dissolve(before)
        if len(self._loose) >= MOST_LOOSE + AT_A_TIME:
            self._pack(list(islice(self._loose.items(), AT_A_TIME)))

    def by_pack(self, records: Iterable[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
        """Other *records*, in an order in which each pack with one of their keys is opened once."""
        many = list(records)
        if self._packs:
            many.sort(key=lambda record: self._number(record[0]))
        return many

    def sorted(self) -> Iterator[tuple[str, bytes]]:
        """All records as they are when this begins, sorted by key."""
        held = self._held.copy()
        for key in sorted(held):
            yield key, self._read(key, held[key])

    def _number(self, key: str) -> int:
        held = self._held.get(key)
        return held.number if isinstance(held, _Pack) else 0

    def _read(self, key: str, held: bytes | _Pack) -> bytes:
        return held if isinstance(held, bytes) else record_in(self._opened(held), key)

    def _opened(self, pack: _Pack) -> bytes:
        opened = self._open.pop(pack, None)
        if opened is None:
            opened = self._packer.opened(pack.data)
            if len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
        self._open[pack] = opened
        return opened

    def _pack(self, records: Sequence[tuple[str, bytes]]) -> None:
        """Pack loose records."""
        for at in range(0, len(records), TOGETHER):
            some = records[at : at + TOGETHER]
            self._packs += 1
            pack = _Pack(self._packs, self._packer.packed(some), len(some))
            for key, _ in some:
                self._held[key] = pack
                del self._loose[key]

    def _dissolve(self, pack: _Pack) -> None:
        """Take out what counts of a pack."""
        for key, data in records_in(self._opened(pack)):
            if self._held[key] is pack:
                self._held[key] = self._loose[key] = data
        del self._open[pack]
