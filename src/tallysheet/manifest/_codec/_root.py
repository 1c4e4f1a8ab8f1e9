"""The root as bytes: JSON that a person can read, and that keeps what it does not know."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import msgspec

from tallysheet.errors import ManifestDamaged
from tallysheet.manifest._codec._record import peek, verify
from tallysheet.manifest._codec._segment import Segment

VERSION = 1
SEGMENTS, MARKS, PICTURES = "segments", "marks", "pictures"
FEATURES = frozenset({SEGMENTS, MARKS, PICTURES})
"""What a root may ask of its reader beyond version 1. A writer that does not know one refuses."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A running process, as the manifest knows it."""

    beat: int = 0
    """Raised every few seconds; whoever sees it stand still may take over."""
    home: str = ""
    """The machine it runs on: who shares it can see whether the process lives."""
    pid: Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)] = 0
    pace: float = 0.0
    """Documents a minute that it settled of late, by its own clock, as of this beat."""
    lists: bool = False
    """Whether it is about to add more documents."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""


@dataclass(frozen=True, slots=True)
class Root:
    """What the one mutable object says."""

    rev: int
    """Raised by every commit."""
    nonce: str
    """Fresh at every commit, so that no content ever returns."""
    parent: str
    """The nonce of the root before."""
    writers: Mapping[str, int]
    """The session table: the number of the last commit of each live writer."""
    workers: Mapping[str, Worker]
    counts: Mapping[str, int]
    segments: tuple[Segment, ...]
    """Oldest first."""
    records: Mapping[str, bytes]
    """The records that changed since the last segment was written, each as its bytes."""
    carried: Mapping[str, bytes] = field(default_factory=dict)
    """By key: segments that may not stand in the store yet, each as its bytes."""
    is_marked: bool = False
    """Whether a record has ever had marks: who does not heed them would let copies pass."""
    has_pictures: bool = False
    """Whether one has ever had the mark of a picture: it cannot be read by who knows none."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""


class _Format(msgspec.Struct):
    version: int
    features: list[str] = []


class _Root(msgspec.Struct):
    format: _Format
    rev: int
    nonce: str
    parent: str
    writers: dict[str, int]
    workers: dict[str, dict[str, Any]]
    counts: dict[str, int]
    segments: list[Segment]
    records: dict[str, msgspec.Raw]
    carried: dict[str, bytes] = {}


_KNOWN = frozenset(_Root.__struct_fields__)
_decode_root = msgspec.json.Decoder(_Root).decode
_decode_any = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def encode_root(root: Root) -> bytes:
    """A root as JSON."""
    asked = {
        SEGMENTS: bool(root.segments),
        MARKS: root.is_marked,
        PICTURES: root.has_pictures,
    }
    features = [name for name, is_asked in asked.items() if is_asked]
    return _encode(
        {
            "format": {"version": VERSION, "features": features},
            "rev": root.rev,
            "nonce": root.nonce,
            "parent": root.parent,
            "writers": root.writers,
            "workers": {name: _raw_worker(worker) for name, worker in root.workers.items()},
            "counts": root.counts,
            "segments": root.segments,
            **({"carried": root.carried} if root.carried else {}),
            **root.unknown,
            "records": {key: msgspec.Raw(data) for key, data in root.records.items()},
        }
    )


def decode_root(data: bytes, *, where: str) -> Root:
    """Read a root.

    Raises:
        ManifestDamaged: It is not one, or a newer version wrote it.
    """
    try:
        fields = _decode_any(data)
        _refuse_strange(fields, where)
        raw = _decode_root(data)
        for record in raw.records.values():
            peek(record)
        workers = {name: _worker(worker) for name, worker in raw.workers.items()}
    except (msgspec.DecodeError, KeyError, ValueError, TypeError) as error:
        raise ManifestDamaged(
            f"{where} is not a manifest, or is damaged ({type(error).__name__}).",
            "Nothing was changed. Restore an earlier version of this object, or see what can be"
            " saved with: tallysheet check --repair",
        ) from None
    return Root(
        raw.rev,
        raw.nonce,
        raw.parent,
        raw.writers,
        workers,
        raw.counts,
        tuple(raw.segments),
        {key: bytes(record) for key, record in raw.records.items()},
        raw.carried,
        MARKS in raw.format.features,
        PICTURES in raw.format.features,
        {name: msgspec.json.decode(v) for name, v in fields.items() if name not in _KNOWN},
    )


def refuse_illegible(root: Root, *, where: str) -> None:
    """Refuse a root that holds a record which nobody could use.

    Raises:
        ManifestDamaged: It does.
    """
    for key, record in root.records.items():
        try:
            verify(record)
        except msgspec.DecodeError:
            raise ManifestDamaged(
                f"{where} is damaged: its record of {key!r} cannot be read.",
                "Nothing was changed. Restore an earlier version of this object, or see what can be"
                " saved with: tallysheet check --repair",
            ) from None


def _worker(raw: dict[str, Any]) -> Worker:
    known = {
        name: raw.pop(name) for name in ("beat", "home", "pid", "pace", "lists") if name in raw
    }
    return replace(msgspec.convert(known, Worker), unknown=raw)


def _raw_worker(worker: Worker) -> dict[str, Any]:
    pace = {"pace": worker.pace} if worker.pace else {}
    lists = {"lists": True} if worker.lists else {}
    known = {"beat": worker.beat, "home": worker.home, "pid": worker.pid, **pace, **lists}
    return {**known, **worker.unknown}


def refuse_newer(data: bytes, *, where: str) -> None:
    """Refuse what a newer version wrote; whether it is a root at all is not asked.

    Raises:
        ManifestDamaged: A newer version wrote it.
    """
    with suppress(msgspec.DecodeError, KeyError, TypeError):
        _refuse_strange(_decode_any(data), where)


def _refuse_strange(fields: Mapping[str, msgspec.Raw], where: str) -> None:
    form = msgspec.json.decode(fields["format"], type=_Format)
    strange = sorted(set(form.features) - FEATURES)
    if form.version > VERSION or strange:
        what = f"version {form.version}" + (f" with {', '.join(strange)}" if strange else "")
        raise ManifestDamaged(
            f"{where} was written by a newer tallysheet (format {what}).",
            "Nothing was changed. Update tallysheet on this machine.",
        )
