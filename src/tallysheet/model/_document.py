"""A document as it is found."""

from dataclasses import dataclass

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
