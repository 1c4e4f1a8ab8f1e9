"""How a batch stands, and who works on it: for whoever watches it and does none of the work."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from tallysheet.manifest import Manifest, is_gone
from tallysheet.model import Status
from tallysheet.ports import Clock

OPEN = (Status.PENDING, Status.WORKING)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker, as the manifest knows it."""

    name: str
    machine: str
    """The name of the machine it runs on."""
    pid: int
    """Its process there."""
    holds: tuple[str, ...]
    """The documents it works on, sorted."""
    per_minute: float
    """Documents a minute that it settled over the last minute or so, by its own clock."""
    is_gone: bool
    """Whether its process is known to be no more: only this machine's own can be asked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch at one moment."""

    counts: Mapping[Status, int]
    """Documents by status."""
    workers: tuple[Worker, ...]
    """The workers, sorted by machine and process; a dead one until its lease is over."""

    @classmethod
    def of(cls, sheet: Manifest) -> "Standing":
        """As the root says that *sheet* read last."""
        workers = (
            Worker(
                name,
                seen.home.partition("/")[0],
                seen.pid,
                tuple(sheet.held_by(name)),
                seen.pace,
                is_gone(seen),
            )
            for name, seen in sheet.processes.items()
        )
        ranked = sorted(workers, key=lambda w: (w.machine, w.pid, w.name))
        return cls(sheet.counts, tuple(ranked))

    @property
    def open(self) -> int:
        """How many documents have no outcome yet."""
        return sum(self.counts.get(status, 0) for status in OPEN)

    @property
    def per_minute(self) -> float:
        """Documents a minute that all workers settled together, but for those that are gone."""
        return round(sum((w.per_minute for w in self.workers if not w.is_gone), 0.0), 1)


async def watch(sheet: Manifest, *, clock: Clock, every_s: float) -> AsyncGenerator[Standing, None]:
    """Say how the batch stands: at once, and then every so often. Only reads, and never ends.

    Raises:
        ManifestDamaged: The manifest is gone, unreadable or too new.
    """
    while True:
        yield Standing.of(sheet)
        await clock.sleep(every_s)
        await sheet.refresh()
