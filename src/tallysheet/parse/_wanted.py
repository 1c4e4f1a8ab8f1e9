"""What of a file is to be read, and how: it goes to a child in front of the file's bytes."""

import json
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import Self

from tallysheet.model import PART

PAGES = "pages="
"""How the name of a part begins that is a run of pages."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, or a part of one."""

    part: str = ""
    """Names of members, one inside the other, parted by ``#``, and perhaps ``pages=3-4`` at the
    end; empty for the whole file."""
    sha256: str = ""
    """The hash that the part must still have, in hexadecimal; empty where it is not known."""
    shown: bool = False
    """Whether pages without text are wanted as pictures, too."""
    only: tuple[int, ...] = ()
    """Numbers of the pages to read, where the others are read already; empty for all."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Those that may open an encrypted PDF, tried in their order."""
    depth: int = 0
    """In how many files, one inside the other, the file already was that goes with this."""

    @property
    def members(self) -> tuple[str, ...]:
        """The members to open, the outermost first."""
        return tuple(name for name in self.part.split(PART) if name and not pages_in(name))

    @property
    def unpacked(self) -> Self:
        """What is wanted of the innermost member, once that has been taken out."""
        name = self.part.rpartition(PART)[2]
        part = name if pages_in(name) else ""
        return replace(self, part=part, depth=self.depth + len(self.members))

    @property
    def pages(self) -> range | None:
        """The numbers of the pages to read; none for all."""
        return pages_in(self.part.rpartition(PART)[2])

    def in_front_of(self, data: bytes) -> bytes:
        """A request: this, and the file."""
        asked = {name: value for name, usual in _USUAL if (value := getattr(self, name)) != usual}
        return json.dumps(asked).encode() + b"\n" + data

    @classmethod
    def taken_off(cls, request: bytes) -> tuple[Self, bytes]:
        """What `in_front_of` put together."""
        end = request.index(b"\n")
        asked = json.loads(request[:end])
        asked |= {name: tuple(asked[name]) for name in ("passwords", "only") if name in asked}
        return cls(**asked), request[end + 1 :]


_USUAL = [(one.name, one.default) for one in fields(Wanted)]
"""What is asked for where nothing else is said, which is most often: it need not be sent."""


def named_pages(pages: range) -> str:
    """The name of a part that is a run of pages: ``pages=3-4``, ``pages=5-5``."""
    return f"{PAGES}{pages[0]}-{pages[-1]}"


def pages_in(name: str) -> range | None:
    """The pages of a part that `named_pages` named; none where it is another part."""
    first, dash, last = name.removeprefix(PAGES).partition("-")
    if name.startswith(PAGES) and dash:
        with suppress(ValueError):
            return range(int(first), int(last) + 1)
    return None


def hash_of_pages(whole: str, pages: range) -> str:
    """What stands for the hash of a run of pages: they have no bytes of their own."""
    return sha256(f"{whole}{PART}{named_pages(pages)}".encode()).hexdigest()
