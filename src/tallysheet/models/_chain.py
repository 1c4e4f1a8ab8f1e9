"""Several models in order: where one cannot answer, the next is asked."""

from collections.abc import Sequence

from tallysheet.errors import DocumentError, ModelOutage
from tallysheet.models._caller import Caller, Spent
from tallysheet.models._faults import Complaint
from tallysheet.models._refusals import Refusals
from tallysheet.ports import Answer, Question


class Chain:
    """A `Model` made of one or more, the preferred one first.

    The next one is asked where a model is down, and where it refuses a document, fails
    at it, or cannot take it. A wrong key, an empty account or a name that means nothing
    is told at once: the user would otherwise pay for the wrong model all night. So is
    that the last one refuses whatever it is asked.

    Its name is that of the first, so that adding a second buys no answer anew.

    Args:
        callers: At least one.
        refusals: Weighs what the last of them refuses.
    """

    free = False

    def __init__(self, callers: Sequence[Caller], refusals: Refusals) -> None:
        self._callers = callers
        self._refusals = refusals
        self.name = callers[0].dialect.name

    def __repr__(self) -> str:
        return f"<Model {', '.join(caller.dialect.name for caller in self._callers)}>"

    @property
    def sees(self) -> bool:
        """Whether one of them takes pictures of pages."""
        return any(caller.dialect.sees for caller in self._callers)

    async def answer(self, question: Question) -> Answer:
        """Ask, patiently; see `tallysheet.ports.Model`."""
        if question.place is not None:
            # Who asks again has no use for the answer before.
            question.place.free()
        spent = Spent()
        able = [c for c in self._callers if c.dialect.sees or not question.pictures]
        *first, last = able or self._callers
        try:
            for caller in first:
                try:
                    return await caller.ask(question, spent)
                except (DocumentError, ModelOutage):
                    continue
            return await last.ask(question, spent)
        except DocumentError as error:
            error.cost_usd = spent.usd
            if isinstance(error, Complaint):
                self._refusals.weigh(error, question.bill)
            raise
        finally:
            question.bill.usd += spent.usd
