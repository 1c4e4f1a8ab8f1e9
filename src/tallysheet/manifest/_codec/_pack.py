r"""A pack: records of this process's own copy, compressed together. It is never stored.

It holds ``\0"key"\1{record}`` one after the other, and ``\0`` at the end. No JSON has these bytes
in it, so one record is found without reading the others.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec
import zstandard

from tallysheet.manifest._codec._segment import LEVEL, fitted

_BETWEEN, _AFTER_KEY = b"\0", b"\1"

_encode_key = msgspec.json.Encoder().encode
_decode_key = msgspec.json.Decoder(str).decode


class Packer:
    """Packs records and opens packs, in one thread at a time."""

    @cached_property
    def _compressor(self) -> zstandard.ZstdCompressor:
        return zstandard.ZstdCompressor(level=LEVEL)

    @cached_property
    def _decompressor(self) -> zstandard.ZstdDecompressor:
        return zstandard.ZstdDecompressor()

    def packed(self, records: Iterable[tuple[str, bytes]]) -> bytes:
        """Keys, each with its record as bytes, as a pack."""
        parts = [_encode_key(key) + _AFTER_KEY + data for key, data in records]
        return fitted(self._compressor.compress(_BETWEEN.join((b"", *parts, b""))))

    def opened(self, pack: bytes) -> bytes:
        """What is in a pack, to look into."""
        return self._decompressor.decompress(pack)


def record_in(opened: bytes, key: str) -> bytes:
    """The record of *key*, which is in an open pack."""
    begin = _BETWEEN + _encode_key(key) + _AFTER_KEY
    at = opened.index(begin) + len(begin)
    return opened[at : opened.index(_BETWEEN, at)]


def records_in(opened: bytes) -> Iterator[tuple[str, bytes]]:
    """All that is in an open pack: keys, each with its record as bytes."""
    for part in opened.split(_BETWEEN)[1:-1]:
        key, _, data = part.partition(_AFTER_KEY)
        yield _decode_key(key), data
