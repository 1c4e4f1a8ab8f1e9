"""What the pool and its children say to each other: one frame there, one frame back.

A request is the name of a function and its argument; an answer is how it went,
how long it took, and its bytes. Lengths go first, so neither side ever searches.
"""

from enum import IntEnum
from struct import Struct

REQUEST = Struct("!HQ")
"""Length of the function's name, length of the argument; both follow."""
ANSWER = Struct("!BdQ")
"""`Outcome`, seconds the work took, length of the bytes that follow."""
MOST_ANSWER_BYTES = 256 * 1024 * 1024
"""A longer answer is nonsense: no document of 100 MB says so much."""
AT_ONCE_BYTES = 64 * 1024
"""Up to so many, a copy costs less than a second write, which wakes the other for nothing."""


class Outcome(IntEnum):
    """How a task ended in a child that is still alive to say so."""

    READY = 0
    """No task yet: the child has started."""
    OK = 1
    """The bytes are what the function returned."""
    REFUSED = 2
    """The function raised a DocumentError; the bytes are its three parts, as JSON."""
    NO_MEMORY = 3
    """The function ran out of memory. The child ends itself."""
    MISTAKE = 4
    """The function raised something else; the bytes say what and where, as text."""
