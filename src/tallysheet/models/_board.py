"""What a run is told of its jobs, and what it tells them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


async def _nothing() -> None:
    """There are no jobs."""


@dataclass(frozen=True, slots=True)
class Due:
    """Questions that wait for a provider's batch mode."""

    questions: int
    jobs: int
    """In so many jobs."""
    since: datetime | None
    """When the oldest of them was handed in, in UTC; none where there is none."""
    alone: int = 0
    """Questions so far that were too few for a job, and are asked by themselves."""


class Board:
    """Where the jobs of a run are written up."""

    def __init__(self) -> None:
        self.watch: Callable[[Due], None] = lambda due: None
        """Told whenever that changes."""
        self.clear: Callable[[], Awaitable[None]] = _nothing
        """Removes the jobs that are over, here and at the provider. For when nobody is left
        who could want their answers."""
        self.look: Callable[[], Awaitable[None]] = _nothing
        """Looks whether others have handed jobs in. For when a document is taken over."""
        self.later_usd = 0.0
        """About what asking by themselves the questions that were left to the next run would
        cost, in US dollars."""
        self.twice = 0
        """Questions that were asked by themselves although a job holds them."""
        self.twice_usd = 0.0
        """What that cost, in US dollars; the job's own answers are paid for as well."""
        self.due = Due(0, 0, None)
        """What is waited for now."""

    def write(self, jobs: Iterable[tuple[int, datetime]], *, alone: int = 0) -> None:
        """Write up the jobs that are waited for: the questions of each, and since when."""
        rows = list(jobs)
        since = min((at for _, at in rows), default=None)
        due = Due(sum(number for number, _ in rows), len(rows), since, alone)
        if due != self.due:
            self.due = due
            self.watch(due)
