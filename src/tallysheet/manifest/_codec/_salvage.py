"""What can still be read of a root that is damaged: each part by itself.

Most such roots were edited by hand, and one part of them is wrong. What is no
JSON any more, for instance because its end is missing, tells nothing.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tallysheet.manifest._codec._record import readable
from tallysheet.manifest._codec._root import Root
from tallysheet.manifest._codec._segment import Segment

T = TypeVar("T")

_decode_any = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def salvaged(data: bytes) -> Root | None:
    """The parts of a damaged root that can be read, without its writers and workers.

    None where it is no JSON object, and where none of its parts can be read.
    """
    try:
        parts = _decode_any(data)
    except msgspec.DecodeError:
        return None
    root = Root(
        rev=_part(parts, "rev", int, 0),
        nonce=_part(parts, "nonce", str, ""),
        parent=_part(parts, "parent", str, ""),
        writers={},
        workers={},
        counts=_part(parts, "counts", dict[str, int], {}),
        segments=tuple(_part(parts, "segments", list[Segment], [])),
        records=_records(_part(parts, "records", dict[str, msgspec.Raw], {})),
        carried=_part(parts, "carried", dict[str, bytes], {}),
    )
    return root if root.rev or root.segments or root.records else None


def _part(parts: Mapping[str, msgspec.Raw], name: str, kind: type[T], otherwise: T) -> T:
    try:
        return msgspec.json.decode(parts[name], type=kind)
    except (KeyError, msgspec.DecodeError):
        return otherwise


def _records(found: Mapping[str, Any]) -> dict[str, bytes]:
    encoded = {key: bytes(record) for key, record in found.items()}
    return {key: data for key, data in encoded.items() if readable(data) is not None}
