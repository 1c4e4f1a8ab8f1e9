"""Words with boxes: as numbers for machines, as lines for readers, and sealed on their way."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

from msgspec import json


class Box(NamedTuple):
    """A rectangle on a page in points (1/72 inch), from the top left corner of the page."""

    x0: float
    y0: float
    x1: float
    y1: float


class Word(NamedTuple):
    """A run of characters without a space, and where it stands.

    Same units and origin as `Box`; the page is seen upright, its rotation applied.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def box(self) -> Box:
        """Where the word stands."""
        return Box(self.x0, self.y0, self.x1, self.y1)


# A page is mostly numbers; the standard library takes six times as long for them.
_ENCODER = json.Encoder()
_DECODER = json.Decoder(tuple[Word, ...])


class SealedWords(Sequence[Word]):
    """The words of a page as a child process encoded them, decoded when somebody looks at one.

    The event loop hands them on unread: to decode a page and to encode it again takes it
    longer than all else that it does for a document.

    Args:
        text: The words as lines, if those came along.
        data: What `encoded` made of them.
    """

    __slots__ = ("_opened", "data", "text")

    def __init__(self, text: str | None, data: bytes) -> None:
        self.text = text
        self.data = data
        self._opened: tuple[Word, ...] | None = None

    def opened(self) -> tuple[Word, ...]:
        """The words."""
        if self._opened is None:
            self._opened = _DECODER.decode(self.data)
        return self._opened

    def __bool__(self) -> bool:
        return self.data != NONE

    def __len__(self) -> int:
        return len(self.opened())

    def __iter__(self) -> Iterator[Word]:
        return iter(self.opened())

    @overload
    def __getitem__(self, at: int) -> Word: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Word, ...]: ...

    def __getitem__(self, at: int | slice) -> Word | tuple[Word, ...]:
        return self.opened()[at]

    def __eq__(self, other: object) -> bool:
        words = other.opened() if isinstance(other, SealedWords) else other
        return self.opened() == words

    def __hash__(self) -> int:
        return hash(self.opened())


def encoded(words: Sequence[Word]) -> bytes:
    """*words* as JSON, which holds no line break; what is sealed goes on as it came."""
    if isinstance(words, SealedWords):
        return words.data
    return _ENCODER.encode(words)


NONE = encoded(())
