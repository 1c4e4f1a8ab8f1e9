"""What a run looks like while it goes: a live panel on a terminal, else a line now and then."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tallysheet.cli._speak import plain
from tallysheet.model import Status
from tallysheet.pipeline import Deferred, Event, Listed, Settled, Started, Waiting

LINE_EVERY_S = 5.0
FRAMES_A_SECOND = 8

STYLES = {
    Status.DONE: "green",
    Status.REVIEW: "yellow",
    Status.FAILED: "red",
    Status.DUPLICATE: "cyan",
}


@dataclass(slots=True)
class Progress:
    """What has happened so far, and what that says about the rest."""

    title: str
    started: float = field(default_factory=monotonic)
    total: int | None = None
    """How many documents this run has to settle; none until the source has been listed."""
    under_way: set[str] = field(default_factory=set)
    """By name: one that is taken over from a process that was killed is under way only once."""
    waiting: int = 0
    deferred: Deferred | None = None
    alone: int = 0
    settled: Counter[Status] = field(default_factory=Counter)
    stages_s: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0

    def saw(self, event: Event) -> None:
        """Take note of one event."""
        if isinstance(event, Listed):
            self.total = event.new + event.changed
        elif isinstance(event, Started):
            self.under_way.add(event.document)
        elif isinstance(event, Waiting):
            self.waiting = event.documents
        elif isinstance(event, Deferred):
            self.deferred = event if event.questions else None
            self.alone = event.alone
        elif isinstance(event, Settled):
            self.under_way.discard(event.document)
            self.waiting = 0
            self.settled[event.status] += 1
            self.stages_s.update(event.stages_s)
            self.cost_usd += event.cost_usd

    @property
    def count(self) -> int:
        """Documents settled by this run."""
        return self.settled.total()

    @property
    def working(self) -> int:
        """Documents under way."""
        return len(self.under_way)

    @property
    def rate(self) -> float:
        """Documents a second."""
        return self.count / max(monotonic() - self.started, 1e-3)

    @property
    def todo(self) -> int:
        """Documents that are open, as far as is known."""
        known = self.count + self.working
        return max((self.total or 0) - known, 0)

    @property
    def slowest(self) -> str:
        """The stage in which documents spent most of their time."""
        return max(self.stages_s, key=self.stages_s.__getitem__, default="")

    def facts(self) -> Iterator[str]:
        """The short facts of a progress line, those that are known."""
        yield f"{self.rate:.1f}/s"
        is_steady = self.rate > 0 and not self.deferred
        if self.total is not None and is_steady and self.todo + self.working:
            left = timedelta(seconds=round((self.todo + self.working) / self.rate))
            yield f"ETA {left}"
        if self.slowest:
            yield f"slowest: {self.slowest}"
        if self.cost_usd:
            yield f"${self.cost_usd:.2f}"
        if self.deferred:
            yield deferred_text(self.deferred.questions, self.deferred.jobs, self.deferred.since)
        if self.alone:
            yield f"{self.alone:,} asked alone, too few for a job"
        if self.waiting:
            yield f"waiting for {self.waiting} that other workers hold"

    def states(self) -> list[tuple[str, int, str]]:
        """Documents by state, with the style to show each in."""
        done = [(s.value, self.settled[s], STYLES.get(s, "")) for s in Status if self.settled[s]]
        return [*done, ("working", self.working, "blue"), ("to do", self.todo, "")]

    def line(self) -> str:
        """Everything on one line."""
        states = " · ".join(f"{name} {count}" for name, count, _ in self.states())
        return f"{self.title}: {states} · {' · '.join(self.facts())}"

    def __rich__(self) -> RenderableType:
        """Everything as a panel of three lines."""
        total = self.count + self.working + self.todo
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column(ratio=1)
        head.add_column(justify="right")
        bar = ProgressBar(total=max(total, 1), completed=self.count, pulse=self.total is None)
        head.add_row(bar, f"{self.count}/{total}" if self.total is not None else "listing")
        states = Text(" ")
        for name, count, style in self.states():
            states.append(f"{name} {count}  ", style=style)
        return Group(
            plain(self.title, "bold"), head, states, plain(" " + " · ".join(self.facts()), "dim")
        )


def deferred_text(questions: int, jobs: int, since: str) -> str:
    """``1,000 answers due of 1 job, handed in 14:02``, by this machine's time of day."""
    at = datetime.fromisoformat(since).astimezone()
    plural = "" if jobs == 1 else "s"
    return f"{questions:,} answers due of {jobs} job{plural}, handed in {at:%H:%M}"


@contextmanager
def shown(
    progress: Progress, console: Console, *, quiet: bool
) -> Iterator[Callable[[Event], None]]:
    """Show *progress* on *console* while the block runs; the block hands in the events."""
    if quiet:
        yield progress.saw
        return
    if console.is_interactive:
        with Live(progress, console=console, refresh_per_second=FRAMES_A_SECOND, transient=True):
            yield progress.saw
        return
    last = monotonic()

    def saw(event: Event) -> None:
        nonlocal last
        progress.saw(event)
        if monotonic() - last >= LINE_EVERY_S:
            last = monotonic()
            console.print(plain(progress.line()))

    yield saw
