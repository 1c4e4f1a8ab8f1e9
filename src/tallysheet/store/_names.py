"""File names as parts of keys: one for one, and fit to be printed and stored as JSON."""

import re

_ESCAPED = re.compile(r"[\x01-\x1f\x7f\\\udc80-\udcff]")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


def part_of(name: bytes) -> str:
    r"""The part of a key that stands for a file name.

    Control characters, backslashes, and bytes that are not UTF-8 become ``\x1b``:
    a key can be printed and stored anywhere, and still names exactly one file.
    """
    text = name.decode("utf-8", "surrogateescape")
    return _ESCAPED.sub(lambda odd: f"\\x{ord(odd[0]) & 0xFF:02x}", text)


def name_of(part: str) -> bytes | None:
    """The file name that a part of a key stands for, or none if it stands for none."""
    if part.startswith("."):
        return None
    text = _ESCAPE.sub(_unescape, part)
    name = text.encode("utf-8", "surrogateescape")
    return name if part_of(name) == part else None


def _unescape(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code if code < 0x80 else 0xDC00 + code)
