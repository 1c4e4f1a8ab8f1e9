"""Words as lines of text, for readers that know no boxes."""

from collections.abc import Sequence
from math import nan

from tallysheet.model._words import SealedWords, Word

_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0"
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_INVISIBLE = frozenset((*_BLANKS, *map(chr, _SELECTORS)))
"""Letters and marks that leave no ink; controls, tags and zero widths are known by their kind."""
_SPACES = frozenset("\u00a0\u1680\u202f\u205f\u3000") | set(map(chr, range(0x2000, 0x200B)))

_WIDE_GAP = 1.2
"""A gap wider than this many letter heights parts two columns."""
_BAND = 0.6
"""Words whose middles are nearer than this many letter heights stand on one line."""


def text_of(words: Sequence[Word]) -> str:
    """What can be seen of *words*, line by line; a wide gap shows as three spaces."""
    if isinstance(words, SealedWords) and words.text is not None:
        return words.text
    pieces: list[str] = []
    top = bottom = high = wide = nan
    end = 0.0
    is_plain = "".join([word[0] for word in words]).isprintable()
    for word, x0, y0, x1, y1 in words:
        text = word if is_plain and word.isascii() else visible(word)
        if not text or text.isspace():
            continue
        if y0 == top and y1 == bottom:
            pieces.append("   " if x0 - end > wide else " ")
        else:
            height = y1 - y0
            wide = _WIDE_GAP * height
            if pieces:
                apart = abs((top + bottom) / 2 - (y0 + y1) / 2)
                is_level = apart <= _BAND * max(high, height)
                pieces.append(("   " if x0 - end > wide else " ") if is_level else "\n")
            top, bottom, high = y0, y1, height
        pieces.append(text)
        end = x1
    return "".join(pieces)


def visible(text: str) -> str:
    """*text* without the characters that leave no ink: they hide words from people."""
    if text.isascii() and text.isprintable():
        return text
    spaced = "".join(" " if c in _SPACES else c for c in text)
    return "".join(c for c in spaced if c.isprintable() and c not in _INVISIBLE)
