"""Which members nobody needs to look at, told by what they are.

A logo in a signature is no invoice, and it would alarm people to be told that it
cannot be read. What may be an invoice is never left aside, even where we cannot
read it: its owner must hear of it.
"""

import re
import struct
from collections.abc import Callable

from tallysheet.errors import DocumentError
from tallysheet.parse._kind import (
    EML,
    GIF,
    GZIP,
    JPEG,
    MSG,
    PDF,
    PNG,
    SIGNED,
    TEXT,
    TIFF,
    UNKNOWN,
    WEBP,
    XML,
    ZIP,
    Unreadable,
    told,
)
from tallysheet.parse._signed import signed_content

CLAIMS = re.compile(
    r"\.(?:pdf|xml|p7m|png|jpe?g|tiff?|webp|heic|docx?|xlsx?|zip|eml|msg|7z|rar)$", re.IGNORECASE
)
"""What is named so is missed by somebody where it cannot be read."""
LEAST_SHORT, LEAST_LONG = 300, 600
"""Pixels. A receipt on a photo has more; logos, banners and icons seldom do."""
MOST_SEGMENTS = 1000
"""Of a JPEG image, in front of the one that says how large it is."""
JPEG_SIZE = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Segments that say it."""

Size = tuple[int, int]


def aside(name: str, data: bytes) -> str:
    """Why the member *name* is no document, as a sentence; empty where it may be one."""
    if not data:
        return "" if CLAIMS.search(name) else "It is empty."
    try:
        kind = told(data)
    except DocumentError:  # blanks
        kind = TEXT
    if kind is TEXT or kind is UNKNOWN:
        return "" if CLAIMS.search(name) else f"It is {kind.name}."
    if kind == SIGNED and _is_signature(data):
        return "It is a signature."
    size = SIZES[kind](data) if kind in SIZES else None
    if size is None or (min(size) >= LEAST_SHORT and max(size) >= LEAST_LONG):
        return ""
    return f"It is too small a picture for an invoice ({size[0]} × {size[1]} pixels)."


def _is_signature(data: bytes) -> bool:
    try:
        return signed_content(data) is None
    except DocumentError:
        return False


def _png(data: bytes) -> Size | None:
    return struct.unpack(">II", data[16:24]) if len(data) >= 24 else None


def _gif(data: bytes) -> Size | None:
    return struct.unpack("<HH", data[6:10]) if len(data) >= 10 else None


def _webp(data: bytes) -> Size | None:
    form, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if form == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if form == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    across, down = struct.unpack("<HH", body[6:10])
    return across & 0x3FFF, down & 0x3FFF


def _jpeg(data: bytes) -> Size | None:
    at = 2
    for _ in range(MOST_SEGMENTS):
        mark, length = data[at + 1 : at + 2], data[at + 2 : at + 4]
        if data[at : at + 1] != b"\xff" or len(length) < 2:
            return None
        if mark[0] in JPEG_SIZE:
            down, across = struct.unpack(">HH", data[at + 5 : at + 9].ljust(4, b"\0"))
            return across, down
        at += 2 + int.from_bytes(length, "big")
    return None


SIZES: dict[str | Unreadable, Callable[[bytes], Size | None]] = {
    PNG: _png,
    GIF: _gif,
    WEBP: _webp,
    JPEG: _jpeg,
}
"""How large pictures are, by their first bytes; none where these are damaged. TIFF is what
scanners and faxes write, never a logo."""

ENDINGS: dict[str | Unreadable, str] = {
    PDF: ".pdf",
    XML: ".xml",
    PNG: ".png",
    JPEG: ".jpg",
    TIFF: ".tiff",
    WEBP: ".webp",
    EML: ".eml",
    MSG: ".msg",
    ZIP: ".zip",
    GZIP: ".gz",
    SIGNED: ".p7m",
    GIF: ".gif",
    TEXT: ".txt",
}


def ending(data: bytes) -> str:
    """What the name of such a file ends in, with its dot; empty where it is nothing we know."""
    try:
        return ENDINGS.get(told(data), "")
    except DocumentError:
        return ""
