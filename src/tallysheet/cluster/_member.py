"""A worker, on the side of who watches it."""

from dataclasses import dataclass, field
from typing import Any

from tallysheet.cluster._worker import Message
from tallysheet.pipeline import Member


@dataclass(eq=False)
class Actor(Member):
    """A worker of a cluster as it is watched."""

    worker: Any = None
    """What Ray calls it; nothing where it could not be started."""
    answers: list[Message] = field(default_factory=list)
    """What it is to hear with the next question."""
    is_there: bool = False
    """Whether it has ever answered; before that, others may have the cores of its node."""
