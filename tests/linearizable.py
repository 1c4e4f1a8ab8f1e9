"""Is there an order in which a history could have happened one after the other?

The search of Wing and Gong, for a counter that is raised and read. A raise whose
outcome nobody knows may have happened at any time after it was asked, or never.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        raises: Whether it adds one; else it reads.
        asked: When it began.
        ended: When its answer came; None where there was none.
        saw: The number it was answered: after its own addition, if it adds.
    """

    raises: bool
    asked: int
    ended: int | None = None
    saw: int | None = None


def is_linearizable(calls: Sequence[Call]) -> bool:
    """Whether one order of the calls, each at a moment within it, explains all that was seen."""
    ordered = sorted(
        (c for c in calls if c.raises or c.ended is not None), key=lambda call: call.asked
    )
    must = sum(1 << n for n, call in enumerate(ordered) if call.ended is not None)
    seen: set[tuple[int, int]] = set()
    open_ends = [(0, 0)]
    while open_ends:
        placed, number = open_ends.pop()
        if placed & must == must:
            return True
        if (placed, number) in seen:
            continue
        seen.add((placed, number))
        open_ends.extend(_next(ordered, placed, number))
    return False


def _next(ordered: Sequence[Call], placed: int, number: int) -> list[tuple[int, int]]:
    """The calls that can be the next one, each with the number after it."""
    left = [(n, call) for n, call in enumerate(ordered) if not placed >> n & 1]
    first_end = min((call.ended for _, call in left if call.ended is not None), default=None)
    found = []
    for n, call in left:
        if first_end is not None and call.asked > first_end:
            break  # another one had ended before this one, and all after it, began
        after = number + call.raises
        if call.saw is None or call.saw == after:
            found.append((placed | 1 << n, after))
    return found
