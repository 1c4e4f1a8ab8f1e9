"""A document as it is found, and as it is read: pages of words with boxes."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import NamedTuple, Self

PART = "#"
"""Between the name of a file and that of a part of it: ``mail.eml#rechnung.pdf``."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a batch, by name and by content."""

    key: str
    """Its path below the source, with ``/`` between parts."""
    sha256: str
    """The hash of its bytes, in hexadecimal."""
    size: int
    """In bytes."""
    version: str
    """What the source store calls this content: changes when the file does."""
    file: str | None = None
    """The key of the file that it is a part of; none where it is a file itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the several documents that a file holds."""

    name: str
    """Its name within the file: that of an attachment, or ``pages=3-4``."""
    sha256: str
    """The hash of its bytes, in hexadecimal."""
    size: int
    """In bytes."""


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


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as it looks, for a model that sees."""

    page: int
    """Counted from 1."""
    media_type: str
    """``image/png`` or ``image/jpeg``."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its size in points, and its words in reading order."""

    number: int
    """Counted from 1."""
    width: float
    height: float
    words: tuple[Word, ...] = ()
    picture: Picture | None = None
    """How it looks, where it has no text of its own and somebody wants to see it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What can be read off a document, before anything is made of it."""

    media_type: str
    """What the content is, told by its bytes: ``application/pdf``, ``image/png`` …"""
    pages: tuple[Page, ...] = ()
    xml: str | None = None
    """The e-invoice inside the document, or the document itself where it is one."""
    warnings: tuple[str, ...] = ()
    """What a reader of the result should know, each a sentence."""

    def to_bytes(self) -> bytes:
        """Encode as JSON, compactly enough to cross a pipe without holding up the loop."""
        pages = [
            [p.number, p.width, p.height, p.words, p.picture and _packed(p.picture)]
            for p in self.pages
        ]
        raw = {"media_type": self.media_type, "pages": pages, "xml": self.xml}
        return json.dumps(
            raw | {"warnings": self.warnings}, ensure_ascii=False, separators=(",", ":")
        ).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode what `to_bytes` made."""
        raw = json.loads(data.decode("utf-8", "surrogatepass"))
        pages = tuple(
            Page(
                number,
                width,
                height,
                tuple(Word(*word) for word in words),
                Picture(number, shown[0], b64decode(shown[1])) if shown else None,
            )
            for number, width, height, words, shown in raw["pages"]
        )
        return cls(raw["media_type"], pages, raw["xml"], tuple(raw["warnings"]))


def _packed(picture: Picture) -> tuple[str, str]:
    return picture.media_type, b64encode(picture.data).decode("ascii")
