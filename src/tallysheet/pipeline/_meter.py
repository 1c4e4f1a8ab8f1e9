"""How long the work itself took, apart from all waiting: what a perfect run would have cost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tallysheet.errors import DocumentError
from tallysheet.models import Board, Budget, Quota, Refusals
from tallysheet.ports import Answer, Bill, Clock, Model, Offload, Question, Worked


@dataclass(slots=True)
class Meter:
    """Adds up what child processes and models did."""

    parse_workers: int
    budget: Budget
    quota: Quota = field(default_factory=Quota)
    """Told how many workers share the providers' limits."""
    refusals: Refusals = field(default_factory=Refusals)
    """Knows what the models refuse, and whether they have answered anything."""
    board: Board = field(default_factory=Board)
    """Tells what waits for a provider's batch mode."""
    busy_s: float = 0.0
    """What all child processes worked together."""
    slowest_call_s: float = 0.0
    """The longest single call to a model."""

    @property
    def ideal_s(self) -> float:
        """The least wall time: the children's work spread evenly, or the slowest call."""
        return max(self.busy_s / self.parse_workers, self.slowest_call_s)


@dataclass(frozen=True, slots=True)
class MeteredOffload:
    """An `Offload` whose work is metered."""

    offload: Offload
    meter: Meter

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Run it there, and note how long it was busy, whatever came of it."""
        try:
            worked = await self.offload.run(work, data)
        except DocumentError as error:
            self.meter.busy_s += error.busy_s
            raise
        self.meter.busy_s += worked.busy_s
        return worked


@dataclass(frozen=True, slots=True)
class _Behind:
    """What a model looks like from in front of it."""

    model: Model

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.model.name

    @property
    def sees(self) -> bool:
        """Whether it takes pictures of pages."""
        return self.model.sees

    @property
    def free(self) -> bool:
        """Whether asking it costs nothing."""
        return self.model.free


@dataclass(frozen=True, slots=True)
class MeteredModel(_Behind):
    """A `Model` whose calls are metered."""

    meter: Meter
    clock: Clock

    async def answer(self, question: Question) -> Answer:
        """Ask it, and note how long that took, whatever came of it."""
        started = self.clock.monotonic()
        try:
            return await self.model.answer(question)
        finally:
            took = self.clock.monotonic() - started
            self.meter.slowest_call_s = max(self.meter.slowest_call_s, took)


@dataclass(frozen=True, slots=True)
class BilledModel(_Behind):
    """A `Model` that is asked about one document, on one bill."""

    bill: Bill

    async def answer(self, question: Question) -> Answer:
        """Ask it, on the document's bill."""
        return await self.model.answer(replace(question, bill=self.bill))
