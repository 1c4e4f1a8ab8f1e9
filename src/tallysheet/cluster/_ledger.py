"""What a run has settled, told of every document, that of workers that were killed, too.

Who is killed takes what it had to tell with it. What it had settled stands in the manifest.
"""

from collections.abc import AsyncIterator
from typing import Self

from tallysheet.manifest import Manifest
from tallysheet.model import Record
from tallysheet.pipeline import OPEN, Event, Settled


class Ledger:
    """Knows what was settled before a run, and what has been told of it."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        self._told: set[str] = set()

    @classmethod
    async def of(cls, sheet: Manifest) -> Self:
        """A ledger that begins with what is settled now."""
        ledger = cls()
        async for key, record in sheet.records():
            if record.status not in OPEN:
                ledger._before[key] = record.epoch
        return ledger

    def note(self, event: Event) -> None:
        """An event is told."""
        if isinstance(event, Settled):
            self._told.add(event.document)

    async def untold(self, sheet: Manifest, *, after: int) -> AsyncIterator[Settled]:
        """What was settled since, and was not told: as much of it as the manifest says.

        Args:
            sheet: The manifest.
            after: How many workers were killed, or ended by an error. Where none was, all is told;
                where some were, what a run beside this one has settled meanwhile is told as well.
        """
        if not after:
            return
        async for key, record in sheet.records():
            is_news = self._before.get(key) != record.epoch and key not in self._told
            if is_news and record.status not in OPEN:
                yield _settled(key, record)


def _settled(key: str, record: Record) -> Settled:
    return Settled(
        document=key,
        status=record.status,
        source=None,
        reason=record.reason,
        message=record.message,
        cost_usd=record.cost_usd,
        tokens_in=0,
        tokens_out=0,
        stages_s={},
    )
