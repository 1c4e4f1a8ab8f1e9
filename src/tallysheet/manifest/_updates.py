"""The updates that the manifest knows: each a pure function of a tally.

The committer may apply an update more than once, each time to a newer state,
until one of them is committed. So an update decides everything from the tally
it is given and remembers nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from tallysheet.errors import LeaseLost, TransitionError
from tallysheet.manifest._codec import Segment, Worker
from tallysheet.manifest._marks import confronted
from tallysheet.manifest._tally import Tally, Update
from tallysheet.manifest._transitions import FINAL, RETRIED
from tallysheet.model import Marks, Record, Status

T = TypeVar("T")
Costs = Mapping[tuple[str, int], float]
"""What the work on claimed documents has cost, in US dollars, by key and epoch of the claim."""
NO_COSTS: Costs = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one document, until the lease is lost."""

    key: str
    epoch: int
    record: Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed document."""

    status: Status
    result: str | None = None
    reason: str | None = None
    message: str | None = None
    cost_usd: float = 0.0
    marks: Marks | None = None
    """What tells its copies. One that meets another document is not done but in review."""


def claim(worker: str, limit: int | Callable[[], int]) -> Update[tuple[Claim, ...]]:
    """Take up to *limit* pending documents, those that waited longest first."""

    def update(tally: Tally) -> tuple[Claim, ...]:
        most = limit if isinstance(limit, int) else limit()
        claims: list[Claim] = []
        for key in tally.pending():
            if len(claims) == most:
                break
            record = tally.get(key)
            taken = replace(
                record,
                status=Status.WORKING,
                epoch=record.epoch + 1,
                worker=worker,
                attempts=record.attempts + 1,
            )
            tally.put(key, taken)
            claims.append(Claim(key, taken.epoch, taken))
        return tuple(claims)

    return update


def _held(tally: Tally, worker: str, claim: Claim) -> Record:
    record = tally.get(claim.key)
    if (record.status, record.epoch, record.worker) != (Status.WORKING, claim.epoch, worker):
        raise LeaseLost(
            f"{claim.key} is no longer ours: it was claimed at epoch {claim.epoch}"
            f" and is {record.status.value} at epoch {record.epoch}."
        )
    return record


def finish(worker: str, claim: Claim, outcome: Outcome) -> Update[Record]:
    """Record what became of a claimed document, and what others of the batch say against that.

    The update raises `LeaseLost` when the claim is stale.
    """

    def update(tally: Tally) -> Record:
        record = _held(tally, worker, claim)
        if outcome.status not in FINAL:
            raise TransitionError(f"A claim cannot be finished as {outcome.status.value}.")
        finished = replace(
            record,
            status=outcome.status,
            worker=None,
            result=outcome.result,
            reason=outcome.reason,
            message=outcome.message,
            cost_usd=record.cost_usd + outcome.cost_usd,
            marks=outcome.marks,
            meets={},
        )
        finished = confronted(tally, claim.key, finished)
        tally.put(claim.key, finished)
        return finished

    return update


def recover(key: str, record: Record) -> Update[None]:
    """Put back a document that was read and of which there is no record any more."""

    def update(tally: Tally) -> None:
        tally.put(key, replace(record, status=Status.WORKING))
        tally.put(key, confronted(tally, key, record))

    return update


def _given_back(record: Record, cost_usd: float) -> Record:
    """As it was before it was claimed; the epoch stays, so the old claim is worth nothing.

    What the work has cost stays, too: it is paid.
    """
    return replace(
        record,
        status=Status.PENDING,
        worker=None,
        attempts=max(record.attempts - 1, 0),
        cost_usd=record.cost_usd + cost_usd,
    )


def release(worker: str, claims: Iterable[Claim], costs: Costs = NO_COSTS) -> Update[None]:
    """Give claimed documents back; those that are no longer ours are left alone."""

    def update(tally: Tally) -> None:
        for claim in claims:
            try:
                record = _held(tally, worker, claim)
            except LeaseLost:
                continue
            tally.put(claim.key, _given_back(record, costs.get((claim.key, claim.epoch), 0.0)))

    return update


def change(key: str, how: Callable[[Record], Record]) -> Update[Record]:
    """Change one record by a pure function; the state table still decides."""

    def update(tally: Tally) -> Record:
        changed = how(tally.get(key))
        tally.put(key, changed)
        return changed

    return update


def retry(keys: Sequence[str] | None) -> Update[tuple[str, ...]]:
    """Send documents round again: those named, or all that failed.

    The update raises `NotFound` for an unknown key and `TransitionError` for one
    that neither failed nor is with a person or was; then none of them is changed.
    """

    def update(tally: Tally) -> tuple[str, ...]:
        chosen = tally.failed() if keys is None else tuple(keys)
        for key in chosen:
            record = tally.get(key)
            if record.status not in RETRIED:
                raise TransitionError(
                    f"{key} is {record.status.value}.",
                    "Only documents that failed, are in review, or were decided on can be retried.",
                )
            tally.put(
                key,
                replace(
                    record,
                    status=Status.PENDING,
                    reason=None,
                    message=None,
                    meets={},
                    because=None,
                    attempts=0,
                ),
            )
        return chosen

    return update


def nothing(tally: Tally) -> None:
    """Change nothing: the committer confirms that with a read, so the state is fresh after it."""


def enter(worker: str, identity: Worker) -> Update[None]:
    """Become a writer, and a worker whose heartbeat others can watch: the first update of all."""

    def update(tally: Tally) -> None:
        tally.writers[worker] = 0
        tally.workers[worker] = identity

    return update


def beat(worker: str, pace: float) -> Update[None]:
    """Show that *worker* lives, and that it settles *pace* documents a minute."""

    def update(tally: Tally) -> None:
        seen = tally.workers[worker]
        tally.workers[worker] = replace(seen, beat=seen.beat + 1, pace=pace)

    return update


def bury(worker: str, last_beat: int) -> Update[tuple[str, ...]]:
    """Free what a dead worker held, and fence it: it can never commit again.

    Nothing happens if it has raised its beat since it was thought dead.
    """

    def update(tally: Tally) -> tuple[str, ...]:
        seen = tally.workers.get(worker)
        if seen is None or seen.beat != last_beat:
            return ()
        freed = tally.held_by(worker)
        for key in freed:
            tally.put(key, replace(tally.get(key), status=Status.PENDING, worker=None))
        del tally.workers[worker]
        tally.writers.pop(worker, None)
        return tuple(freed)

    return update


def after_burials(dead: Iterable[tuple[str, int]], then: Update[T]) -> Update[T]:
    """Bury workers, each with its last beat, and then do something else, in one commit.

    A turn to commit may be some seconds away where many workers write.
    """

    def update(tally: Tally) -> T:
        for worker, last_beat in dead:
            bury(worker, last_beat)(tally)
        return then(tally)

    return update


def replace_segments(parts: Sequence[Segment], whole: Segment) -> Update[bool]:
    """Put *whole* in the place of *parts*; nothing happens unless all of them are still there."""

    def update(tally: Tally) -> bool:
        if not set(parts) <= set(tally.segments):
            return False
        at = tally.segments.index(parts[0])
        rest = [segment for segment in tally.segments if segment not in parts]
        tally.segments = (*rest[:at], whole, *rest[at:])
        return True

    return update


def sign_off(worker: str, costs: Costs = NO_COSTS) -> Update[None]:
    """Give back everything *worker* holds."""

    def update(tally: Tally) -> None:
        for key in tally.held_by(worker):
            record = tally.get(key)
            tally.put(key, _given_back(record, costs.get((key, record.epoch), 0.0)))

    return update


def leave(worker: str, costs: Costs = NO_COSTS) -> Update[None]:
    """Sign off, and be no writer and no worker any more: the last update of a process."""

    def update(tally: Tally) -> None:
        sign_off(worker, costs)(tally)
        tally.writers.pop(worker, None)
        tally.workers.pop(worker, None)

    return update
