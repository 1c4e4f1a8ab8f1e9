"""What stands in a signed file (P7M): the way in which Italian e-invoices often come.

The content is whole inside the signature (RFC 5652, section 5), in the encoding BER: tag,
length, value, where a value may come in pieces and a length may be left open. Only the
way to the content is followed. The signature itself is not checked.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import NamedTuple

from tallysheet.errors import DocumentError

MARK = re.compile(
    rb"\x30(?:\x80|\x81.|\x82..|\x83.{3}|\x84.{4})\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07([\2\3])",
    re.DOTALL,
)
"""A sequence that begins with the name of what it is: 1.2.840.113549.1.7.2 is signed data, and
the same with a 3 is enveloped data, which is encrypted."""
ENCRYPTED = b"\3"
FENCE = re.compile(rb"\s{0,99}-----BEGIN [A-Z0-9 ]{1,40}-----\s{1,9}")
IN_LETTERS = re.compile(rb"\s{0,99}(MI[A-Za-z0-9+/]{38})")
"""How the same begins in BASE64."""

SEQUENCE, CONTENT, STRING, STRING_IN_PIECES = 0x30, 0xA0, 0x04, 0x24
LENGTH_IS_OPEN = 0x80
MOST_DEEP = 16
"""Values with open lengths within each other, and signed files within each other."""


class Value(NamedTuple):
    """One value: its tag, where its content begins and ends, and where the next one begins."""

    tag: int
    start: int
    end: int
    after: int


def is_signed(data: bytes) -> bool:
    """Whether *data* is a signed file, as it is or in BASE64."""
    match = MARK.match(_beginning(data))
    return match is not None and match[1] != ENCRYPTED


def is_encrypted(data: bytes) -> bool:
    """Whether *data* is an encrypted file of the same family."""
    match = MARK.match(_beginning(data))
    return match is not None and match[1] == ENCRYPTED


def signed_content(data: bytes) -> bytes | None:
    """What was signed, however often; none where only the signature is there.

    Raises:
        DocumentError: ``corrupt``.
    """
    content: bytes | None = data
    for _ in range(MOST_DEEP):
        if content is None or not is_signed(content):
            return content
        try:
            content = _content(content if MARK.match(content) else _from_letters(content))
        except (IndexError, ValueError):
            break
    raise DocumentError(
        "corrupt", "The signed file is damaged.", "Ask its sender for an intact file."
    )


def _beginning(data: bytes) -> bytes:
    if data.startswith(b"\x30"):
        return data[:32]
    fence = FENCE.match(data)
    letters = IN_LETTERS.match(data, fence.end() if fence else 0)
    return b64decode(letters[1]) if letters else b""


def _from_letters(data: bytes) -> bytes:
    fence = FENCE.match(data)
    return b64decode(data[fence.end() if fence else 0 :].partition(b"-----END")[0])


def _content(data: bytes) -> bytes | None:
    way = _value(data, 0)
    for tag in (CONTENT, SEQUENCE, SEQUENCE):
        inner = _child(data, way, tag)
        if inner is None:
            raise ValueError(tag)
        way = inner
    content = _child(data, way, CONTENT)
    return None if content is None else b"".join(_pieces(data, content))


def _pieces(data: bytes, parent: Value, deep: int = 0) -> Iterator[bytes]:
    for child in _children(data, parent):
        if child.tag == STRING:
            yield data[child.start : child.end]
        elif child.tag == STRING_IN_PIECES and deep < MOST_DEEP:
            yield from _pieces(data, child, deep + 1)
        else:
            raise ValueError(child.tag)


def _child(data: bytes, parent: Value, tag: int) -> Value | None:
    return next((child for child in _children(data, parent) if child.tag == tag), None)


def _children(data: bytes, parent: Value) -> Iterator[Value]:
    at = parent.start
    while at < parent.end:
        value = _value(data, at)
        yield value
        at = value.after


def _value(data: bytes, at: int, deep: int = 0) -> Value:
    """The value at *at*; raises ValueError or IndexError where there is none."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length == LENGTH_IS_OPEN:
        if deep == MOST_DEEP:
            raise ValueError(deep)
        end = start
        while data[end : end + 2] != b"\0\0":
            end = _value(data, end, deep + 1).after
        return Value(tag, start, end, end + 2)
    if length > LENGTH_IS_OPEN:
        digits = length - LENGTH_IS_OPEN
        length = int.from_bytes(data[start : start + digits], "big")
        start += digits
    if start + length > len(data):
        raise ValueError(length)
    return Value(tag, start, start + length, start + length)
