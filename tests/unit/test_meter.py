"""What a perfect run would have taken counts the work on documents that failed, too."""

import pytest

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed
from tallysheet.models import Budget
from tallysheet.parse._process import Answer, Outcome
from tallysheet.parse._verdict import worked
from tallysheet.pipeline._meter import Meter, MeteredModel, MeteredOffload
from tallysheet.ports import Question, Worked
from tallysheet.testing import FakeClock

REFUSED = Answer(Outcome.REFUSED, 2.5, b'["corrupt", "It is cut short.", ""]')


class Refusing:
    """An offload of which the child worked a while, and refused the document."""

    async def run(self, work: object, data: bytes) -> Worked:
        return worked(REFUSED, memory_mb=768)


class Late:
    """A model that takes its time to refuse."""

    name, sees, free = "late", False, False

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    async def answer(self, question: Question) -> None:
        await self._clock.sleep(30)
        raise DocumentError("refused", "The model does not read this.")


async def test_the_work_of_a_child_on_a_document_that_failed_counts() -> None:
    """Spread over all children, like any other."""
    meter = Meter(2, Budget(None))

    with pytest.raises(DocumentError, match="cut short"):
        await MeteredOffload(Refusing(), meter).run(bytes, b"")

    assert meter.ideal_s == 1.25


async def test_a_call_that_brought_nothing_counts() -> None:
    """Nobody could have been faster than that."""
    meter, clock = Meter(2, Budget(None)), FakeClock()

    with pytest.raises(DocumentError):
        await MeteredModel(Late(clock), meter, clock).answer(Question(Parsed("text/plain", ())))

    assert meter.ideal_s == 30
