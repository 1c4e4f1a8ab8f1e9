"""A segment as bytes: zstd JSON Lines, one ``["key",{record}]`` a line, named by its hash.

``zstd -dc seg/… | jq`` shows one. The order of lines and of segments does not
matter: of two records of one document the one with the higher revision counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import zstandard

from tallysheet.errors import ManifestDamaged

PREFIX = "seg/"
LEVEL = 1
"""Of compression: half of a record is hashes in hexadecimal, in which higher levels look for
repetitions in vain: 65 bytes a record with 1, 77 with 3, 76 with 9, for 6 times the CPU."""

MOST_BYTES = 1 << 30
"""A segment that claims to unpack to more is not one of ours."""

Records = Sequence[tuple[str, bytes]]
"""Keys, each with its record as bytes."""

_Line = tuple[str, msgspec.Raw]
_decode_lines = msgspec.json.Decoder(_Line).decode_lines
_encode_lines = msgspec.json.Encoder().encode_lines


@dataclass(frozen=True, slots=True)
class Segment:
    """What a root says of one segment."""

    key: str
    """Its name in the store."""
    records: int
    bytes: int
    """Its size, compressed."""
    rev: int
    """No record in it is of a later revision: who knows this one need not read it."""
    level: int = 0
    """How often what is in it has been merged."""


def encode_segment(records: Mapping[str, bytes]) -> bytes:
    """Records, each as its bytes, as a segment."""
    lines = _encode_lines([(key, msgspec.Raw(data)) for key, data in records.items()])
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True)
    return fitted(compressor.compress(lines))


def fitted(compressed: bytes) -> bytes:
    """The same in as much memory as it needs.

    zstandard leaves it in what it would need at worst: as much as before it was compressed.
    """
    return bytes(memoryview(compressed))


def name_of(data: bytes, *, by: str) -> str:
    """The name of a segment with this content, written by *by*: writer and number."""
    return f"{PREFIX}{by}-{sha256(data).hexdigest()}"


def decode_segment(data: bytes, *, key: str) -> Records:
    """The records of a segment, each as its bytes.

    Raises:
        ManifestDamaged: It is not the segment that its name says, or is unreadable.
    """
    if not key.endswith(sha256(data).hexdigest()):
        raise _damaged(key, "its content is another than its name says")
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= MOST_BYTES:
            raise _damaged(key, "it does not say how large it is, or is too large")
        lines = zstandard.ZstdDecompressor().decompress(data, max_output_size=MOST_BYTES)
        return [(record_key, bytes(raw)) for record_key, raw in _decode_lines(lines)]
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise _damaged(key, type(error).__name__) from None


def _damaged(key: str, why: str) -> ManifestDamaged:
    return ManifestDamaged(
        f"The segment {key} is damaged: {why}.",
        "Nothing was changed. Restore the object, or see what is left with: tallysheet check",
    )
