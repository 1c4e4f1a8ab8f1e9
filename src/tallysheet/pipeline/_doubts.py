"""Documents that a model refused before it had answered anything: whose fault is it?"""

from collections.abc import Sequence

from tallysheet.models import Refusals
from tallysheet.pipeline._journey import Journey


class Doubts:
    """Keeps such documents, claimed, until the model answers another one.

    Then the refusals were their own, and they have failed. If the run ends before, for the
    model refuses everything, say, they are given back like all that is not finished.

    Args:
        refusals: Knows whether the model has answered.
    """

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._kept: list[Journey] = []

    def decided(self, journey: Journey) -> Sequence[Journey]:
        """Those of which the outcome is certain, now that *journey* is at its end."""
        if self._refusals.has_answer:
            return [*self.given_up(), journey]
        if not journey.is_doubtful:
            return [journey]
        self._kept.append(journey)
        return []

    def given_up(self) -> Sequence[Journey]:
        """Those that are kept: there will be no other document to tell by."""
        kept, self._kept = self._kept, []
        return kept
