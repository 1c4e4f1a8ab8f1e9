"""What a run tells whoever watches it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Self

from tallysheet.model import Record, Status
from tallysheet.models import Due


@dataclass(frozen=True, slots=True)
class Listed:
    """The source has been walked over."""

    documents: int
    """How many there are in the source now."""
    new: int
    """Those that the manifest did not know."""
    changed: int
    """Those whose content is another than it was."""
    unchanged: int
    """Those that were left alone."""


@dataclass(frozen=True, slots=True)
class Started:
    """A document was claimed."""

    document: str
    """Its key."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A document reached its status, durably."""

    document: str
    """Its key."""
    status: Status
    """What has become of it."""
    source: str | None
    """Who read it: `e-invoice`, `rules`, or the model's name; none where nobody could."""
    reason: str | None
    """A short code: why it failed or is in review."""
    message: str | None
    """The same as a sentence."""
    cost_usd: float
    """What this run paid for it, in US dollars; its record holds the sum of all runs."""
    tokens_in: int
    """Tokens that a model read for it in this run, cached ones included."""
    tokens_out: int
    """Tokens that a model wrote for it in this run."""
    stages_s: Mapping[str, float]
    """Seconds spent in each stage, waiting included."""
    second: str | None = None
    """Who read once more what failed checks, or `nobody` if that failed; none if none was to."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is left for us; other workers still hold some documents."""

    documents: int
    """How many."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Questions wait for answers of a provider's batch mode; said whenever that changes."""

    questions: int
    """How many; 0 when all are answered. A long document asks several."""
    jobs: int
    """In how many jobs at the provider."""
    since: str
    """When the oldest of those was handed in, in ISO 8601, UTC; empty where there is none."""
    alone: int = 0
    """Questions so far that are asked one by one, at full price: too few for a job."""

    @classmethod
    def of(cls, due: Due) -> Self:
        """What the model's own board says."""
        since = due.since.isoformat(timespec="seconds") if due.since else ""
        return cls(due.questions, due.jobs, since, due.alone)


@dataclass(frozen=True, slots=True)
class Attention:
    """A document that somebody should look at."""

    document: str
    reason: str
    message: str

    @classmethod
    def of(cls, document: str, record: Record) -> Self:
        """What a record says about why."""
        # Of a large batch thousands have the same reason.
        return cls(document, intern(record.reason or ""), record.message or "")


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended. Always the last event."""

    batch: str
    """Where the manifest and the results are."""
    counts: Mapping[Status, int]
    """The whole batch, by status."""
    settled: Mapping[Status, int]
    """What this run settled, by status."""
    sources: Mapping[str, int]
    """What this run settled, by who read it."""
    failed: tuple[Attention, ...]
    """All that failed in the batch: `document`, `reason`, `message`."""
    review: tuple[Attention, ...]
    """All in the batch that a person should look at, likewise."""
    wall_s: float
    """Seconds this run took."""
    ideal_s: float
    """The wall time with no waiting: the slowest model call, or the children's work, spread."""
    stages_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds spent in each stage, summed over documents, waiting included."""
    cost_usd: float = 0.0
    """What this run cost, in US dollars, all calls included: failed, repeated and given up ones."""
    tokens_in: int = 0
    """Tokens that models read in all calls of this run, cached ones included."""
    tokens_out: int = 0
    """Tokens that models wrote in them."""
    tokens_cached: int = 0
    """Of those read, the ones out of a provider's prompt cache."""
    unpriced: tuple[str, ...] = ()
    """The models whose prices nobody knows: what they cost is not counted."""
    stopped: bool = False
    """Whether it was asked to stop before everything was done."""
    budget_reached: bool = False
    """Whether it stopped because the next call could have cost more than was left."""
    deferred: int = 0
    """Questions that a provider's batch mode still works on: the next run fetches the answers."""
    deferred_usd: float = 0.0
    """About what asking those at once would cost on top, in US dollars; 0 where nobody knows."""
    alone: int = 0
    """Questions that were too few for a job there, and were asked one by one, at full price."""
    twice: int = 0
    """Questions that a job there holds, asked again as `--no-batch` says: both are paid for."""
    twice_usd: float = 0.0
    """What asking those again cost, in US dollars."""
    read_twice: Mapping[str, int] = field(default_factory=dict)
    """What this run settled, by who read once more what failed checks; `nobody` if that failed."""


Event = Listed | Started | Settled | Waiting | Deferred | Summary
