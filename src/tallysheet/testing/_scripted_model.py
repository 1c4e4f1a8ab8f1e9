"""A model that says what a test wants it to say."""

from collections.abc import Callable, Sequence

from tallysheet.ports import Answer, Question

Reply = str | Answer | Exception
"""What it says, or raises."""


class ScriptedModel:
    """A `Model` without a network.

    Args:
        answers: A function of the question, or one reply after the other; the
            last one repeats.
        name: What results call it.
        free: Whether it claims to cost nothing.
        cost_usd: What an answer costs that does not say.
        sees: Whether it claims to take pictures of pages.
    """

    def __init__(
        self,
        answers: Callable[[Question], Reply] | Sequence[Reply],
        *,
        name: str = "scripted:test",
        free: bool = False,
        cost_usd: float = 0.0,
        sees: bool = False,
    ) -> None:
        self.name = name
        self.free = free
        self.sees = sees
        self.questions: list[Question] = []
        """What it was asked, in that order."""
        self._answers = answers
        self._cost_usd = cost_usd

    async def answer(self, question: Question) -> Answer:
        """Give the next reply of the script, or raise it."""
        self.questions.append(question)
        script = self._answers
        reply = (
            script(question)
            if callable(script)
            else script[min(len(self.questions), len(script)) - 1]
        )
        if isinstance(reply, Exception):
            question.bill.usd += getattr(reply, "cost_usd", 0.0)
            raise reply
        answer = reply if isinstance(reply, Answer) else Answer(reply, cost_usd=self._cost_usd)
        question.bill.usd += answer.cost_usd
        return answer
