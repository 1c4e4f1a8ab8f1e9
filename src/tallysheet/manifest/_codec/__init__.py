"""Roots, segments and records as bytes."""

from tallysheet.manifest._codec._pack import Packer, record_in, records_in
from tallysheet.manifest._codec._record import (
    Peek,
    decode_record,
    encode_record,
    marks_in,
    peek,
    readable,
)
from tallysheet.manifest._codec._root import (
    Root,
    Worker,
    decode_root,
    encode_root,
    refuse_illegible,
    refuse_newer,
)
from tallysheet.manifest._codec._salvage import salvaged
from tallysheet.manifest._codec._segment import (
    PREFIX,
    Records,
    Segment,
    decode_segment,
    encode_segment,
    merge_segments,
    name_of,
    read_segment,
)

__all__ = [
    "PREFIX",
    "Packer",
    "Peek",
    "Records",
    "Root",
    "Segment",
    "Worker",
    "decode_record",
    "decode_root",
    "decode_segment",
    "encode_record",
    "encode_root",
    "encode_segment",
    "marks_in",
    "merge_segments",
    "name_of",
    "peek",
    "read_segment",
    "readable",
    "record_in",
    "records_in",
    "refuse_illegible",
    "refuse_newer",
    "salvaged",
]
