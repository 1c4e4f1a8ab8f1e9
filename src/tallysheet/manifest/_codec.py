"""The root as bytes: JSON that a person can read, and that keeps what it does not know.

A record is encoded when it changes and its bytes are kept, so a commit of one
update costs one encoding however many records the root holds. Fields at their
default are left out; fields that this version does not know survive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tallysheet.errors import ManifestDamaged
from tallysheet.manifest._state import State, Tally, Worker
from tallysheet.model import Record, Status

VERSION = 1
FEATURES: frozenset[str] = frozenset()
"""What a root may ask of its reader beyond version 1. A writer that does not know one refuses."""

_DEFAULTS: dict[str, Any] = {
    "epoch": 0, "sha256": "", "size": 0, "version": "", "worker": None, "result": None,
    "of": None, "reason": None, "message": None, "attempts": 0, "cost_usd": 0.0, "data": {},
}  # fmt: skip


class _Format(msgspec.Struct):
    version: int
    features: list[str] = []


class _Root(msgspec.Struct):
    """The root's own fields; whatever else stands beside them is kept as it is."""

    format: _Format
    rev: int
    nonce: str
    parent: str
    writers: dict[str, int]
    workers: dict[str, dict[str, Any]]
    segments: list[dict[str, Any]]
    records: dict[str, msgspec.Raw]


_KNOWN = frozenset({*_Root.__struct_fields__, "counts"})
_decode_root = msgspec.json.Decoder(_Root)
_decode_any = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder()


@dataclass(slots=True)
class Codec:
    """Turns roots into bytes and back, remembering the bytes of each record."""

    _bytes: dict[str, msgspec.Raw] = field(default_factory=dict)
    _staged: dict[str, msgspec.Raw] = field(default_factory=dict)

    def decode(self, data: bytes, *, where: str) -> State:
        """Read a root.

        Raises:
            ManifestDamaged: It is not one, or a newer version wrote it.
        """
        try:
            fields = _decode_any.decode(data)
            _refuse_newer(fields, where)
            root = _decode_root.decode(data)
            state = State(root.rev, root.nonce, root.writers)
            state.workers = {name: _worker(raw) for name, raw in root.workers.items()}
            state.unknown = {
                k: msgspec.json.decode(v) for k, v in fields.items() if k not in _KNOWN
            }
            for key, raw in root.records.items():
                state.put(key, _record(raw))
        except (msgspec.DecodeError, KeyError, ValueError, TypeError) as error:
            raise ManifestDamaged(
                f"{where} is not a manifest, or is damaged ({type(error).__name__}).",
                "Nothing was changed. Restore an earlier version of this object, or move it away"
                " to start the batch afresh.",
            ) from None
        self._bytes = dict(root.records)
        return state

    def encode(self, state: State, tally: Tally, *, nonce: str) -> bytes:
        """Write the root that follows *state* when *tally* is committed."""
        self._staged = {key: _encode_record(record) for key, record in tally.changed.items()}
        counts = state.counts.copy()
        for key, record in tally.changed.items():
            before = state.records.get(key)
            if before is not None:
                counts[before.status] -= 1
            counts[record.status] += 1
        return _encode.encode(
            {
                "format": {"version": VERSION, "features": []},
                "rev": state.rev + 1,
                "nonce": nonce,
                "parent": state.nonce,
                "writers": tally.writers,
                "workers": {name: _raw_worker(worker) for name, worker in tally.workers.items()},
                "counts": {s.value: counts[s] for s in Status if counts[s]},
                "segments": [],
                **state.unknown,
                "records": {**self._bytes, **self._staged},
            }
        )

    def committed(self) -> None:
        """What was encoded last is now the root: keep the bytes of its records."""
        self._bytes |= self._staged
        self._staged = {}


def _encode_record(record: Record) -> msgspec.Raw:
    """A record as JSON, without the fields that are at their default."""
    fields = {n: v for n, d in _DEFAULTS.items() if (v := getattr(record, n)) != d}
    return msgspec.Raw(_encode.encode({"status": record.status.value, **fields, **record.unknown}))


def _record(raw: msgspec.Raw) -> Record:
    fields: dict[str, Any] = msgspec.json.decode(raw)
    status = Status(fields.pop("status"))
    known = {name: fields.pop(name) for name in _DEFAULTS if name in fields}
    return Record(status, **known, unknown=fields)


def _worker(raw: dict[str, Any]) -> Worker:
    known = {name: raw.pop(name) for name in ("beat", "home", "pid") if name in raw}
    return Worker(**known, unknown=raw)


def _raw_worker(worker: Worker) -> dict[str, Any]:
    return {"beat": worker.beat, "home": worker.home, "pid": worker.pid, **worker.unknown}


def _refuse_newer(fields: Mapping[str, msgspec.Raw], where: str) -> None:
    form = msgspec.json.decode(fields.get("format", msgspec.Raw(b"{}")), type=_Format)
    strange = sorted(set(form.features) - FEATURES)
    if form.version > VERSION or strange:
        what = f"version {form.version}" + (f" with {', '.join(strange)}" if strange else "")
        raise ManifestDamaged(
            f"{where} was written by a newer tallysheet (format {what}).",
            "Nothing was changed. Update tallysheet on this machine.",
        )
