"""Words that are set with wide letter spacing, ``I N V O I C E``, are one word each again."""

from collections.abc import Iterator
from itertools import pairwise
from math import inf

from tallysheet.model import Word

SPACED_LETTERS = 4
"""Fewer single letters in a row may well be words."""
SPACED_OTHERS = 6
"""The same where there are digits or signs among them: ``5 x 2 m``."""
SPACED_GAP = 0.8
"""Letters further apart than this many glyph heights stand in columns, not in a word."""
SPACED_EVEN = 1.5
"""Past a gap this many times the usual one of a letter-spaced run, the next word begins."""


def joined(line: list[Word]) -> Iterator[Word]:
    """The words of a line, the letter-spaced ones put together."""
    at = 0
    while at < len(line):
        end = at + 1
        while end < len(line) and _spaced(line[end - 1], line[end]):
            end += 1
        run = line[at:end]
        if len(run) < SPACED_LETTERS or (
            len(run) < SPACED_OTHERS and not all(word.text.isalpha() for word in run)
        ):
            yield from run
        else:
            yield from _parted(run)
        at = end


def _spaced(left: Word, right: Word) -> bool:
    if not len(left[0]) == len(right[0]) == 1:
        return False
    return right.x0 - left.x1 <= SPACED_GAP * min(left.y1 - left.y0, right.y1 - right.y0)


def _parted(run: list[Word]) -> Iterator[Word]:
    """Single letters as words again, parted where the gap is wider than the usual one."""
    gaps = [right.x0 - left.x1 for left, right in pairwise(run)]
    most = SPACED_EVEN * max(0.0, sorted(gaps)[len(gaps) // 4])
    first = 0
    for at, gap in enumerate([*gaps, inf], start=1):
        if gap > most:
            yield _together(run[first:at])
            first = at


def _together(parts: list[Word]) -> Word:
    return Word(
        "".join(part.text for part in parts),
        parts[0].x0,
        min(part.y0 for part in parts),
        max(part.x1 for part in parts),
        max(part.y1 for part in parts),
    )
