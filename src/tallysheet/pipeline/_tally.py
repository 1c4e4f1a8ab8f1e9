"""What a run has settled so far, added up."""

from collections import Counter
from dataclasses import dataclass, field

from tallysheet.manifest import Outcome
from tallysheet.model import Record, Status
from tallysheet.pipeline._events import Settled
from tallysheet.pipeline._journey import Journey


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of documents and of seconds."""

    settled: Counter[Status] = field(default_factory=Counter)
    """Documents by what has become of them."""
    sources: Counter[str] = field(default_factory=Counter)
    """Documents by who read them."""
    stages_s: Counter[str] = field(default_factory=Counter)
    """Seconds by stage, waiting included."""

    def settle(self, journey: Journey, outcome: Outcome, record: Record) -> Settled:
        """Count one document, and return what there is to tell of it."""
        read = journey.reading
        self.settled[record.status] += 1
        self.stages_s.update(journey.stages_s)
        if journey.source is not None:
            self.sources[journey.source] += 1
        return Settled(
            journey.key,
            record.status,
            journey.source,
            record.reason,
            record.message,
            outcome.cost_usd,
            read.tokens_in if read else 0,
            read.tokens_out if read else 0,
            journey.stages_s,
        )
