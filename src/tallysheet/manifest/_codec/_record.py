"""A record as bytes: JSON without what is at its default, and with what we do not know.

The manifest may hold a million records, so it keeps them as these bytes and
makes a `Record` only of the one that somebody asks for. `peek` reads as much as
the indexes need.
"""

from dataclasses import replace
from typing import Any, cast

import msgspec

from tallysheet.model import Marks, Record, Status

_NOTHING_USD = 0.0
"""The one zero that is left out: of numbers msgspec compares the object, not the value."""


class _Stored(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A record as it is written: the fields of `Record` in its order, but for ``unknown``.

    Named again, because `Record` stands in a row that knows no msgspec; a test holds the two
    together.
    """

    status: Status
    rev: int = 0
    epoch: int = 0
    sha256: str = ""
    size: int = 0
    version: str = ""
    worker: str | None = None
    result: str | None = None
    of: str | None = None
    file: str | None = None
    reason: str | None = None
    message: str | None = None
    attempts: int = 0
    cost_usd: float = _NOTHING_USD
    marks: Marks | None = None
    meets: dict[str, str] = {}
    because: str | None = None
    data: dict[str, Any] = {}


class _StoredByAny(_Stored, forbid_unknown_fields=False, gc=False):
    """The same, perhaps with fields of a newer format."""


class Peek(msgspec.Struct, frozen=True, gc=False):
    """What the indexes need to know of a record."""

    status: str
    rev: int = 0
    sha256: str = ""
    worker: str | None = None
    of: str | None = None


class _Marked(msgspec.Struct, frozen=True, gc=False):
    """What the index of marks needs to know of a record."""

    status: str
    marks: Marks | None = None


_KNOWN = frozenset(_Stored.__struct_fields__)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Stored).decode
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode
peek = msgspec.json.Decoder(Peek).decode
_decode_marked = msgspec.json.Decoder(_Marked).decode
verify = msgspec.json.Decoder(_StoredByAny).decode
"""Raises `msgspec.DecodeError` where `decode_record` would, and takes as little time as `peek`."""


def encode_record(record: Record, *, rev: int) -> bytes:
    """A record as JSON, as of the revision that changes it.

    Raises:
        ValueError: JSON cannot hold it, or would give back something that is no record.
    """
    stored = _Stored(
        record.status,
        rev,
        record.epoch,
        record.sha256,
        record.size,
        record.version,
        record.worker,
        record.result,
        record.of,
        record.file,
        record.reason,
        record.message,
        record.attempts,
        record.cost_usd or _NOTHING_USD,
        _trimmed(record.marks),
        dict(record.meets),
        record.because,
        cast(dict[str, Any], record.data),
    )
    try:
        if record.unknown:
            return _encode({**_decode_any(_encode(stored)), **record.unknown})
        data = _encode(stored)
        _decode(data)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"A record that JSON cannot hold was refused: {error}.") from None
    return data


def _trimmed(marks: Marks | None) -> Marks | None:
    """Without the mark of a picture, where there is none: most documents are not pictures."""
    return cast(Marks, marks[:-1]) if marks and not marks.picture else marks


def decode_record(data: bytes) -> Record:
    """The record that `encode_record` made these bytes of.

    Raises:
        msgspec.DecodeError: They are not of one.
    """
    try:
        return Record(*msgspec.structs.astuple(_decode(data)))
    except msgspec.ValidationError:
        known = _decode_any(data)
    unknown = {name: known.pop(name) for name in known.keys() - _KNOWN}
    return replace(
        Record(*msgspec.structs.astuple(msgspec.convert(known, _Stored))), unknown=unknown
    )


def marks_in(data: bytes) -> tuple[str, Marks] | None:
    """The status of a record and its marks, or none where it has no marks."""
    if b'"marks":' not in data:  # a tenth of the time that decoding takes
        return None
    marked = _decode_marked(data)
    return (marked.status, marked.marks) if marked.marks else None


def readable(data: bytes) -> Record | None:
    """The record that these bytes are of, or none if they are of no record that we know."""
    try:
        return decode_record(data)
    except (msgspec.DecodeError, ValueError, TypeError):
        return None
