"""One entry of a container before anybody has named or read it, and how much may be read."""

from collections.abc import Callable
from dataclasses import dataclass

from tallysheet.errors import DocumentError

MOST_MEMBERS = 1000
"""Each may become a record of its own. Whoever sends more means them as a source of their own."""
MOST_ENTRIES = 50_000
"""Folders, notes of the file system and the like are counted, too. Listing so many takes half a
second and 40 MB."""
MOST_OF_ONE = 100 * 1024 * 1024
"""As many bytes as are read of a document that is a file of its own."""
MOST_TOGETHER = 512 * 1024 * 1024
"""Unpacking and hashing so many takes some 3 of the 30 seconds that a document has."""
MOST_RATIO = 200
"""XML shrinks to a fifteenth, an empty page scanned without compression to a two-hundredth, and
a bomb to a thousandth."""
RATIO_FROM = 16 * 1024 * 1024
"""Up to so many bytes a member may have been packed to anything: it can hurt nobody."""

UNPACK = "Unpack it, and add the files inside that are invoices."


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that stands in a container."""

    name: str
    """As the container has it: it may be anything, and empty."""
    size: int
    """In bytes, as the container claims."""
    read: Callable[[], bytes]
    """Its bytes; raises a `DocumentError` where they cannot be had."""
    aside: str = ""
    """Why nobody needs to look at it; empty where somebody does."""


def most_of(packed: int) -> int:
    """How many bytes may come out of *packed* ones."""
    return min(MOST_OF_ONE, max(RATIO_FROM, MOST_RATIO * packed))


def too_large(size: int, packed: int) -> DocumentError:
    """The error of a member that claims or has more bytes than `most_of` allows."""
    if size <= MOST_OF_ONE:
        return DocumentError(
            "too_large",
            f"It unfolds from {packed:,} bytes to {size:,} or more, as only a file does that was "
            "made to do harm.",
            "Ask its sender what it is. If it is an invoice, unpack it and add it by itself.",
        )
    return DocumentError(
        "too_large",
        f"It has {size:,} bytes or more, and at most {MOST_OF_ONE:,} are read.",
        "Split it, or leave it out.",
    )


def too_many(count: int, most: int) -> DocumentError:
    """The error of a container with more in it than we take."""
    return DocumentError(
        "too_many_members", f"It holds {count:,} files, and at most {most:,} are taken.", UNPACK
    )
