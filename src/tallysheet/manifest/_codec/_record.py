"""A record as bytes: JSON without what is at its default, and with what we do not know.

The manifest may hold a million records, so it keeps them as these bytes and
makes a `Record` only of the one that somebody asks for. `peek` reads as much as
the indexes need.
"""

from operator import attrgetter
from typing import Any

import msgspec

from tallysheet.model import Record, Status

_DEFAULTS: dict[str, Any] = {
    "epoch": 0, "sha256": "", "size": 0, "version": "", "worker": None, "result": None,
    "of": None, "reason": None, "message": None, "attempts": 0, "cost_usd": 0.0, "data": {},
}  # fmt: skip
_KNOWN = frozenset({"rev", *_DEFAULTS})
_NAMES, _VALUES = tuple(_DEFAULTS), tuple(_DEFAULTS.values())
_values_of = attrgetter(*_NAMES)


class Peek(msgspec.Struct, frozen=True, gc=False):
    """What the indexes need to know of a record."""

    status: str
    rev: int = 0
    sha256: str = ""
    worker: str | None = None
    of: str | None = None


_STATUSES = {status.value: status for status in Status}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
peek = msgspec.json.Decoder(Peek).decode


def encode_record(record: Record, *, rev: int) -> bytes:
    """A record as JSON, as of the revision that changes it."""
    fields: dict[str, Any] = {
        name: value
        for name, value, default in zip(_NAMES, _values_of(record), _VALUES, strict=True)
        if value != default
    }
    fields |= {"status": record.status.value, "rev": rev, **record.unknown}
    return _encode(fields)


def decode_record(data: bytes) -> Record:
    """The record that `encode_record` made these bytes of.

    Raises:
        msgspec.DecodeError, KeyError, TypeError: They are not of one.
    """
    fields = _decode(data)
    status = _STATUSES[fields.pop("status")]
    strange = fields.keys() - _KNOWN
    unknown = {name: fields.pop(name) for name in strange}
    return Record(status, **fields, unknown=unknown)
