"""By what a file may hide its text so that no object of a page tells: looked for in its bytes."""

import re
from typing import NamedTuple


def _named(name: str) -> str:
    """What matches a name of PDF, whichever of its letters are written as ``#`` and their code."""
    codes = (f"{ord(letter):02x}" for letter in name)
    either = (re.sub("[a-f]", lambda digit: f"[{digit[0]}{digit[0].upper()}]", c) for c in codes)
    return "/" + "".join(f"(?:{a}|#{b})" for a, b in zip(name, either, strict=True))


LAYERS = re.compile((_named("OC") + "|/ObjStm").encode())
"""Names a layer, or may do so out of sight, in a compressed part of the file."""
PATTERNS = re.compile((_named("PatternType") + r"(?!\s+2\s*(?:/|>>))").encode())
"""A pattern that is no shading: one that paints tiles stands outside of all compressed parts."""


class Tricks(NamedTuple):
    """What a file may hide its text with."""

    layers: bool
    """Parts that can be switched off."""
    patterns: bool
    """Ink made of tiles, which may be empty: pdfium says what colour they have, not that."""


def tricks_of(data: bytes) -> Tricks:
    """What of that a file may have."""
    return Tricks(LAYERS.search(data) is not None, PATTERNS.search(data) is not None)
