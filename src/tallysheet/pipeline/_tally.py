"""What a run has settled so far, added up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tallysheet.manifest import Manifest
from tallysheet.model import Record, Status
from tallysheet.pipeline._events import Attention, Settled, Summary
from tallysheet.pipeline._journey import Journey
from tallysheet.pipeline._meter import Meter


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of documents and of seconds."""

    settled: Counter[Status] = field(default_factory=Counter)
    """Documents by what has become of them."""
    sources: Counter[str] = field(default_factory=Counter)
    """Documents by who read them."""
    read_twice: Counter[str] = field(default_factory=Counter)
    """Documents by who read once more what failed checks."""
    stages_s: Counter[str] = field(default_factory=Counter)
    """Seconds by stage, waiting included."""

    def settle(self, journey: Journey, record: Record) -> Settled:
        """Count one document, and return what there is to tell of it."""
        self.settled[record.status] += 1
        self.stages_s.update(journey.stages_s)
        if journey.source is not None:
            self.sources[journey.source] += 1
        if journey.second is not None:
            self.read_twice[journey.second] += 1
        return Settled(
            journey.key,
            record.status,
            journey.source,
            record.reason,
            record.message,
            journey.outcome.cost_usd if journey.outcome else 0.0,
            journey.tokens_in,
            journey.tokens_out,
            journey.stages_s,
            journey.second,
        )

    async def summary(
        self,
        batch: str,
        sheet: Manifest,
        meter: Meter,
        *,
        wall_s: float,
        stopped: bool,
        budget_reached: bool,
    ) -> Summary:
        """What came of the run, and how it left the batch."""
        budget, board = meter.budget, meter.board
        failed, review = await attention(sheet)
        return Summary(
            batch=batch,
            counts=sheet.counts,
            settled=dict(self.settled),
            sources=dict(self.sources),
            failed=failed,
            review=review,
            wall_s=wall_s,
            ideal_s=meter.ideal_s,
            stages_s=dict(self.stages_s),
            cost_usd=budget.spent_usd,
            tokens_in=budget.usage.tokens_in,
            tokens_out=budget.usage.tokens_out,
            tokens_cached=budget.usage.tokens_cached,
            unpriced=tuple(budget.unpriced),
            stopped=stopped,
            budget_reached=budget_reached,
            deferred=board.due.questions,
            deferred_usd=board.later_usd,
            alone=board.due.alone,
            twice=board.twice,
            twice_usd=board.twice_usd,
            read_twice=dict(self.read_twice),
        )


async def attention(sheet: Manifest) -> tuple[tuple[Attention, ...], tuple[Attention, ...]]:
    """The documents of a batch that failed, and those in review."""
    found: Mapping[Status, list[Attention]] = {Status.FAILED: [], Status.REVIEW: []}
    async for key, record in sheet.records(*found):
        found[record.status].append(Attention.of(key, record))
    return tuple(found[Status.FAILED]), tuple(found[Status.REVIEW])
