"""A document as it is read: pages of words with boxes, and how it crosses a pipe."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, Self

from tallysheet.model._document import Part
from tallysheet.model._text import text_of
from tallysheet.model._words import SealedWords, Word, encoded


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
    words: Sequence[Word] = ()
    """Sealed where the page came out of a child process; see `SealedWords`."""
    picture: Picture | None = None
    """How it looks, where it has no text of its own and somebody wants to see it."""
    hidden: tuple[Word, ...] = ()
    """What the file says here and nobody can see on the page: evidence of nothing."""
    scores: tuple[float, ...] = ()
    """How sure OCR is of each word, from 0 to 1; empty where the file itself has the words."""
    likeness: str = ""
    """How it looks, where it is a picture: 64 bits as `Marks.picture` has them."""

    @property
    def text(self) -> str:
        """What can be seen of its words, line by line; a wide gap shows as three spaces."""
        return text_of(self.words)

    @classmethod
    def from_lines(cls, page: bytes, words: bytes) -> Self:
        """Decode the two lines of a page that `Parsed.to_bytes` made; its words stay sealed."""
        raw = json.loads(page.decode("utf-8", "surrogatepass"))
        number, width, height, text, shown, hidden, scores, likeness = raw
        picture = Picture(number, shown[0], b64decode(shown[1])) if shown else None
        unseen = tuple(map(Word._make, hidden))
        read = (SealedWords(text, words), picture, unseen, tuple(scores))
        return cls(number, width, height, *read, likeness)


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
    parts: tuple[Part, ...] = ()
    """The documents that it holds, where it is a mail or an archive; then it has nothing else."""
    unread: tuple[int, ...] = ()
    """Numbers of pages whose pictures there was no time to read; to be asked for once more."""
    missing: tuple[int, ...] = ()
    """Numbers of pages that nobody has read, or not to their end; the warnings say why."""

    def to_bytes(self, *, words_only: bool = False) -> bytes:
        """Encode as lines of JSON: one of the document, and two of each page, its words last.

        Args:
            words_only: Without texts, pictures and what is hidden: those are for readers.
        """
        parts = list(map(astuple, self.parts))
        lines = [
            _json([self.media_type, self.xml, self.warnings, parts, self.unread, self.missing])
        ]
        for page in self.pages:
            size = (page.number, page.width, page.height)
            shown: tuple[Any, ...] = (None, None, ())
            if not words_only:
                shown = (page.text, _packed(page.picture), page.hidden)
            told = _json([*size, *shown, page.scores, page.likeness])
            lines += told, encoded(page.words)
        return b"\n".join(lines)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode what `to_bytes` made; words stay sealed."""
        head, *lines = data.split(b"\n")
        return cls.from_lines(head, map(Page.from_lines, lines[::2], lines[1::2]))

    @classmethod
    def from_lines(cls, head: bytes, pages: Iterable[Page]) -> Self:
        """Decode the first line that `to_bytes` made; the others are *pages*."""
        raw = json.loads(head.decode("utf-8", "surrogatepass"))
        media_type, xml, warnings, parts, unread, missing = raw
        held = tuple(Part(*part) for part in parts)
        kept = (tuple(warnings), held, tuple(unread), tuple(missing))
        return cls(media_type, tuple(pages), xml, *kept)


def _packed(picture: Picture | None) -> tuple[str, str] | None:
    if picture is None:
        return None
    return picture.media_type, b64encode(picture.data).decode("ascii")


def _json(raw: Any) -> bytes:
    line = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "surrogatepass")
