"""Words as lines of text, for readers that know no boxes."""

from collections.abc import Iterator, Sequence

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
    return "\n".join(_lines(words))


def visible(text: str) -> str:
    """*text* without the characters that leave no ink: they hide words from people."""
    if text.isascii() and text.isprintable():
        return text
    spaced = "".join(" " if c in _SPACES else c for c in text)
    return "".join(c for c in spaced if c.isprintable() and c not in _INVISIBLE)


def _lines(words: Sequence[Word]) -> Iterator[str]:
    line: list[str] = []
    last: Word | None = None
    for word in words:
        text = visible(word.text)
        if not text.strip():
            continue
        if last is not None and _parts(last, word):
            yield "".join(line)
            line = []
        elif last is not None:
            wide = word.x0 - last.x1 > _WIDE_GAP * (word.y1 - word.y0)
            line.append("   " if wide else " ")
        line.append(text)
        last = word
    if line:
        yield "".join(line)


def _parts(left: Word, right: Word) -> bool:
    """Whether a line ends between the two."""
    height = max(left.y1 - left.y0, right.y1 - right.y0)
    return abs(left.y0 + left.y1 - right.y0 - right.y1) / 2 > _BAND * height
