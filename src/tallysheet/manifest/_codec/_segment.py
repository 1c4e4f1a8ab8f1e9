"""A segment as bytes: zstd JSON Lines, one ``["key",{record}]`` a line, named by its hash.

``zstd -dc seg/… | jq`` shows one. The order of lines and of segments does not
matter: of two records of one document the one with the higher revision counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import zstandard

from tallysheet.errors import ManifestDamaged
from tallysheet.manifest._codec._record import peek

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
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines

PORTION_BYTES = 256 * 1024
"""Of text that is looked at in one go."""

_BETWEEN_LINES = b"]\n["
"""Nowhere else: in a record that a person laid out, a comma stands between two such brackets."""

_LENGTH_BITS = 32
_LENGTH = (1 << _LENGTH_BITS) - 1


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


def merge_segments(parts: Sequence[tuple[str, bytes]]) -> tuple[bytes, int]:
    """One segment of several: the newest version of every record, and how many these are.

    They are read twice, a little at a time: all their records at once would take ten times
    the memory.

    Args:
        parts: Names, each with its bytes.

    Raises:
        ManifestDamaged: One is not the segment that its name says, or is unreadable.
    """
    newest: dict[str, int] = {}
    for records in _portions(parts):
        for key, data in records:
            version = _version(key, data)
            if version > newest.get(key, -1):
                newest[key] = version
    count, size = len(newest), sum(version & _LENGTH for version in newest.values())
    compressing = zstandard.ZstdCompressor(level=LEVEL).compressobj(size=size)
    written = []
    for records in _portions(parts):
        chosen = []
        for key, data in records:
            if newest.get(key) == _version(key, data):
                del newest[key]
                chosen.append((key, data))
        written.append(compressing.compress(_encode_lines(chosen)))
    return b"".join((*written, compressing.flush())), count


def _portions(parts: Sequence[tuple[str, bytes]]) -> Iterator[list[_Line]]:
    for key, data in parts:
        yield from _lines(data, key)


def _version(key: str, data: msgspec.Raw) -> int:
    """The revision of a record, and below it the length of its line."""
    return peek(data).rev << _LENGTH_BITS | len(_encode(key)) + len(data) + len("[,]\n")


def decode_segment(data: bytes, *, key: str) -> Records:
    """The records of a segment, each as its bytes.

    Raises:
        ManifestDamaged: It is not the segment that its name says, or is unreadable.
    """
    return [record for portion in read_segment(data, key=key) for record in portion]


def read_segment(data: bytes, *, key: str) -> Iterator[Records]:
    """The same, a portion at a time.

    Raises:
        ManifestDamaged: It is not the segment that its name says, or is unreadable.
    """
    for lines in _lines(data, key):
        yield [(name, bytes(raw)) for name, raw in lines]


def _lines(data: bytes, key: str) -> Iterator[list[_Line]]:
    """What stands in a segment, some lines at a time."""
    if not key.endswith(sha256(data).hexdigest()):
        raise _damaged(key, "its content is another than its name says")
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= MOST_BYTES:
            raise _damaged(key, "it does not say how large it is, or is too large")
        reader = zstandard.ZstdDecompressor().stream_reader(data)
        text = b""
        while more := reader.read(PORTION_BYTES):
            size -= len(more)
            text += more
            end = text.rfind(_BETWEEN_LINES) + 1
            if end:
                yield _decode_lines(text[:end])
                text = text[end:]
        if size:
            raise _damaged(key, "its end is missing")
        yield _decode_lines(text)
    except (zstandard.ZstdError, msgspec.DecodeError) as error:
        raise _damaged(key, type(error).__name__) from None


def _damaged(key: str, why: str) -> ManifestDamaged:
    return ManifestDamaged(
        f"The segment {key} is damaged: {why}.",
        "Nothing was changed. Restore the object, or see what is left with: tallysheet check",
    )
