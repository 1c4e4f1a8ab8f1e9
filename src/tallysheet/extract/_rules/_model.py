"""The rules as a model: free, without words, and always there."""

from tallysheet.extract._rules._read import answer_bytes
from tallysheet.ports import Answer, Offload, Question


class Rules:
    """Reads invoices by rules, in a child process.

    Args:
        offload: Where the work is done.
    """

    name = "rules"
    free = True
    sees = False

    def __init__(self, offload: Offload) -> None:
        self._offload = offload

    async def answer(self, question: Question) -> Answer:
        """Read the words of *question*; instructions and schema are not needed.

        Raises:
            DocumentError: The document took too long or too much memory.
            WorkerLost: The child died twice under it.
        """
        worked = await self._offload.run(answer_bytes, question.parsed.to_bytes(words_only=True))
        return Answer(worked.data.decode())
