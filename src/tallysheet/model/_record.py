"""A record: the manifest's entry for one document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tallysheet.model._marks import Marks, Meets


class Status(StrEnum):
    """What has become of a document. Which may follow which: ``manifest/_transitions.py``."""

    PENDING = "pending"
    """Waits to be claimed."""
    WORKING = "working"
    """A worker holds it."""
    DONE = "done"
    """Read, and nothing was found wrong with it."""
    REVIEW = "review"
    """Read; a person should look at it."""
    FAILED = "failed"
    """Could not be read; the record says why."""
    SPLIT = "split"
    """Holds several documents; each of them has a record of its own."""
    DUPLICATE = "duplicate"
    """The same bytes as another document of the batch."""
    APPROVED = "approved"
    """A person looked at it and accepts it."""
    REJECTED = "rejected"
    """A person looked at it and refuses it."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the manifest knows of one document."""

    status: Status = Status.PENDING
    """What has become of it."""
    rev: int = 0
    """The revision of the manifest that last changed it."""
    epoch: int = 0
    """Raised by every claim; an update that carries an older one is refused."""
    sha256: str = ""
    """The hash of its bytes; empty where they could not be read."""
    size: int = 0
    """In bytes."""
    version: str = ""
    """What the source called this content when it was hashed."""
    worker: str | None = None
    """Who holds it, while it is ``working``."""
    result: str | None = None
    """The key of its result object, once there is one."""
    of: str | None = None
    """The document it duplicates."""
    file: str | None = None
    """The file of the source that it is a part of; none where it is a file itself."""
    reason: str | None = None
    """A short code: why it is ``failed`` or in ``review``."""
    message: str | None = None
    """The same as a sentence, with what to do about it."""
    attempts: int = 0
    """How often it was claimed since it was last ``pending`` afresh."""
    cost_usd: float = 0.0
    """What all attempts cost together, in US dollars."""
    marks: Marks | None = None
    """What tells its copies, where it was read; of what is kept while it goes round again, the
    last reading's."""
    meets: Meets = field(default_factory=dict)
    """What other documents of the batch say against it; see `findings_of`."""
    because: str | None = None
    """Why a person approved or rejected it, in that person's words."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The caller's own JSON; never looked into."""
    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a newer format, kept as they were found."""
