"""How a run deals with a provider's jobs: its own, and those that an earlier one left."""

from dataclasses import dataclass
from typing import Self

from tallysheet.settings import Settings


@dataclass(frozen=True, slots=True)
class Manner:
    """What is done about jobs. The answers of one that is over are always fetched."""

    hands_in: bool = True
    """Whether questions are handed in, rather than asked by themselves."""
    waits: bool = True
    """Whether a job is waited for until it is over."""
    asks_twice: bool = False
    """Whether a question is asked by itself although a job that is not over holds it: both
    are paid for."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What *settings* say: nothing of batch mode is another thing than not to want it."""
        hands_in = bool(settings.batch)
        return cls(hands_in, hands_in and settings.batch_wait, settings.batch is False)
