"""A worker, on the side of who watches it."""

from dataclasses import dataclass, field
from typing import Any

from tallysheet.cluster._worker import Message
from tallysheet.errors import Fenced, TallysheetError
from tallysheet.models import Account
from tallysheet.pipeline import Summary


@dataclass(eq=False)
class Member:
    """A worker as it is watched."""

    worker: Any
    account: Account
    answers: list[Message] = field(default_factory=list)
    """What it is to hear with the next question."""
    is_there: bool = False
    """Whether it has ever answered; before that, others may have the cores of its node."""
    settled: int = 0
    ended: Summary | TallysheetError | None = None
    """What it said in the end; nothing where it did not come to that."""

    @property
    def how(self) -> str:
        """How it ended, as the rest of a sentence, where that was before its time."""
        match self.ended:
            case Fenced():
                return "was silent for too long and was taken for dead"
            case Summary():
                return "was stopped"
        return "died" if self.is_there else "could not be started"
