"""Line items: how many of those that are there were read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tallysheet.evaluate._alike import Verdict, verdict
from tallysheet.evaluate._fields import Kind
from tallysheet.model import Line

PARTS = (("name", Kind.TEXT), ("quantity", Kind.AMOUNT), ("unit_price", Kind.AMOUNT))
"""What must be right besides its amount for a line to be right as a whole."""
RIGHT = (Verdict.EXACT, Verdict.ALIKE)


@dataclass(frozen=True, slots=True)
class LineCount:
    """Items of one document, or of all."""

    true: int = 0
    read: int = 0
    amounts: int = 0
    """Those read whose amount is that of an item that is there, each counted once."""
    whole: int = 0
    """Of those, the ones whose name, quantity and price are right, too."""
    documents: int = 0
    """Documents whose items are told, or their number."""
    complete: int = 0
    """Of those, the ones with as many items read as there are."""

    def __add__(self, other: "LineCount") -> "LineCount":
        return LineCount(
            self.true + other.true,
            self.read + other.read,
            self.amounts + other.amounts,
            self.whole + other.whole,
            self.documents + other.documents,
            self.complete + other.complete,
        )


def count_lines(
    true: Sequence[Line] | None, count: int | None, read: Sequence[Line], *, either_sign: bool
) -> LineCount:
    """Hold the items of one document against those that it has.

    Args:
        true: Those, where they are told.
        count: How many those are, where only that is told.
        read: What was read.
        either_sign: As `verdict` has it.
    """
    if count is None:
        return LineCount()
    complete = int(len(read) == count)
    if true is None:
        return LineCount(documents=1, complete=complete)
    left: defaultdict[Decimal | None, list[Line]] = defaultdict(list)
    for line in read:
        left[_amount(line, either_sign)].append(line)
    whole, others = 0, []
    for line in true:
        same = left[_amount(line, either_sign)]
        at = next((at for at, one in enumerate(same) if _is_whole(line, one)), None)
        if at is None:
            others.append(line)
        else:
            same.pop(at)
            whole += 1
    amounts = whole
    for line in others:
        if same := left[_amount(line, either_sign)]:
            same.pop()
            amounts += 1
    return LineCount(len(true), len(read), amounts, whole, 1, complete)


def _amount(line: Line, either_sign: bool) -> Decimal | None:
    return abs(line.amount) if either_sign and line.amount is not None else line.amount


def _is_whole(true: Line, read: Line) -> bool:
    """Whether all that is told of an item was read."""
    return all(
        verdict(kind, getattr(true, name), getattr(read, name), either_sign=True)
        in (*RIGHT, Verdict.ABSENT)
        for name, kind in PARTS
    )
