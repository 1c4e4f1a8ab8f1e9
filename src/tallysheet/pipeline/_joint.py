"""What several processes tell, told as one run: the same events, and one summary."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from tallysheet.errors import ConfigError, ManifestDamaged, TallysheetError
from tallysheet.manifest import Manifest
from tallysheet.model import Status
from tallysheet.models import Budget
from tallysheet.pipeline._events import (
    Deferred,
    Event,
    Listed,
    Settled,
    Started,
    Summary,
    Waiting,
)
from tallysheet.pipeline._tally import attention


class Joint:
    """Adds up what the members of one run say, each known by a number from 0.

    Args:
        members: How many there are; may be changed as some come and go.
    """

    def __init__(self, members: int) -> None:
        self.members = members
        self._under_way: defaultdict[int, set[str]] = defaultdict(set)
        self._listed: dict[int, Listed] = {}
        self._deferred: dict[int, Deferred] = {}
        self._parts: list[Summary] = []
        self._settled: Counter[Status] = Counter()
        self._sources: Counter[str] = Counter()
        self._read_twice: Counter[str] = Counter()
        self._stages_s: Counter[str] = Counter()

    def heard(self, member: int, event: Event) -> Event | None:
        """Take note of what *member* says; return what there is to tell of the whole, if any."""
        match event:
            case Started():
                self._under_way[member].add(event.document)
            case Settled():
                self._under_way[member].discard(event.document)
                self._settled[event.status] += 1
                self._stages_s.update(event.stages_s)
                if event.source is not None:
                    self._sources[event.source] += 1
                if event.second is not None:
                    self._read_twice[event.second] += 1
            case Waiting():
                # For members of the same run nobody has to be told to wait.
                return None if any(self._under_way.values()) else event
            case Listed():
                is_news = member not in self._listed
                self._listed[member] = event
                is_whole = len(self._listed) >= self.members
                return _listed(self._listed.values()) if is_whole and is_news else None
            case Deferred():
                self._deferred[member] = event
                return _deferred(self._deferred.values())
            case Summary():
                self._parts.append(event)
                return None
        return event

    def left(self, member: int) -> int:
        """*member* is no more, or not now; return how many documents it has left unsettled."""
        self._deferred.pop(member, None)
        return len(self._under_way.pop(member, ()))

    @property
    def parts(self) -> list[Summary]:
        """How the members that came to an end say they did."""
        return self._parts

    async def summary(
        self, batch: str, sheet: Manifest, budget: Budget, *, wall_s: float, stopped: bool
    ) -> Summary:
        """What came of the run, and how it left the batch.

        What was settled and paid is known of members that were killed, too; what the
        others say of themselves is not.
        """
        parts = self._parts
        failed, review = await attention(sheet)
        return Summary(
            batch=batch,
            counts=sheet.counts,
            settled=dict(self._settled),
            sources=dict(self._sources),
            failed=failed,
            review=review,
            wall_s=wall_s,
            ideal_s=max((part.ideal_s for part in parts), default=0.0),
            stages_s=dict(self._stages_s),
            cost_usd=budget.spent_usd,
            tokens_in=budget.usage.tokens_in,
            tokens_out=budget.usage.tokens_out,
            tokens_cached=budget.usage.tokens_cached,
            unpriced=tuple(sorted({model for part in parts for model in part.unpriced})),
            stopped=stopped or any(part.stopped for part in parts),
            budget_reached=any(part.budget_reached for part in parts),
            deferred=sum(part.deferred for part in parts),
            deferred_usd=sum(part.deferred_usd for part in parts),
            alone=sum(part.alone for part in parts),
            twice=sum(part.twice for part in parts),
            twice_usd=sum(part.twice_usd for part in parts),
            read_twice=dict(self._read_twice),
        )


def worst(errors: Iterable[TallysheetError]) -> TallysheetError:
    """Of what ended members, what a person has to see to."""
    return max(errors, key=lambda e: (isinstance(e, ManifestDamaged), isinstance(e, ConfigError)))


def _listed(parts: Iterable[Listed]) -> Listed:
    """All walk over the same source, and each adds a share of what is new."""
    rows = list(parts)
    seen = max(row.documents for row in rows)
    new, changed = sum(row.new for row in rows), sum(row.changed for row in rows)
    return Listed(seen, new, changed, max(seen - new - changed, 0))


def _deferred(parts: Iterable[Deferred]) -> Deferred:
    """Each waits for questions of its own; a job that several wait for counts for each."""
    rows = list(parts)
    return replace(
        rows[0],
        questions=sum(row.questions for row in rows),
        jobs=sum(row.jobs for row in rows),
        since=min((row.since for row in rows if row.since), default=""),
        alone=sum(row.alone for row in rows),
    )
