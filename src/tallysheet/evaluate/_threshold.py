"""What would go to people if it were asked that required fields are right with some probability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tallysheet.evaluate._score import Score
from tallysheet.model import Status

STEPS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
"""The probabilities that are tried."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What becomes of all documents with one value of the setting ``review_below``."""

    below: float
    review: int
    done: int
    false_successes: int


def thresholds(found: Score, required: Sequence[str]) -> Iterator[Threshold]:
    """Try some values on documents that were read already; nothing where none has a probability.

    Args:
        found: What came of them, read with a smaller ``review_below`` or none.
        required: The fields that must be probable enough.
    """
    done = [one for one in found.documents if one.record.status is Status.DONE]
    review = found.status(Status.REVIEW)
    if not any(one.confidence for one in found.documents):
        return
    for below in STEPS:
        left = [
            one
            for one in done
            if min((one.confidence.get(path, 1.0) for path in required), default=1.0) >= below
        ]
        false = sum(one.is_false_success for one in left)
        yield Threshold(below, review + len(done) - len(left), len(left), false)
