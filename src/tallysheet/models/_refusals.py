"""Does a model refuse this document, or would it refuse all of them?

A refusal that does not say what is wrong with the document (an unknown parameter, a
model of the wrong kind, the page of a proxy) is the document's as soon as the model has
answered anything. Before that nobody knows, and after a few documents it is clear:
something is set up wrongly, and no document is to blame.
"""

from tallysheet.errors import ConfigError
from tallysheet.models._faults import Complaint
from tallysheet.ports import Bill

MANY = 5
"""So many documents refused in the same way, and none answered: it is not the documents."""


class Refusals:
    """What one run has heard from its models: refusals, and whether there was any answer."""

    def __init__(self) -> None:
        self.has_answer = False
        """Whether one of them has answered anything."""
        self._refused: dict[str, set[Bill]] = {}

    def weigh(self, complaint: Complaint, document: Bill) -> None:
        """Take note of a refusal, and mark it as doubtful as long as nobody knows whose it is.

        Args:
            complaint: The refusal, of the last model that could be asked.
            document: Tells documents apart: several questions about one count once.

        Raises:
            ConfigError: The model refuses whatever it is asked about.
        """
        if self.has_answer:
            return
        complaint.is_doubtful = True
        refused = self._refused.setdefault(complaint.how, set())
        refused.add(document)
        if len(refused) < MANY:
            return
        says = f", and says: {complaint.words}" if complaint.words else "."
        raise ConfigError(
            f"{complaint.how} refuses every document{says}",
            f"None was answered, and {len(refused)} were refused so; none is marked as failed."
            " Check the base URL, and that the model takes chat with structured output;"
            " then run the same command again.",
        ) from None
