"""Reading a batch without changing it: what status, show and export look at."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches

from tallysheet.errors import ConfigError, NotFound
from tallysheet.manifest import Manifest
from tallysheet.model import Record, Result, Status, findings_of
from tallysheet.models import Handle, Handles
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._results import result_of
from tallysheet.pipeline._trust import refuse_lost
from tallysheet.ports import Store
from tallysheet.store import SUFFIX, batch_url, open_store

READ_AT_ONCE = 16
MOST_COMPARED = 10_000
"""Documents of which the names are compared with one that is not found: half a second."""
MOST_NEAR = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One document of a batch, with its result where there is one."""

    document: str
    record: Record
    result: Result | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, opened to look at it or to send documents round again."""

    store: Store
    manifest: Manifest

    @property
    def url(self) -> str:
        """Where it is."""
        return self.store.url

    @property
    def workers(self) -> Mapping[str, int]:
        """The workers that hold documents, and how many each."""
        return self.manifest.workers

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many documents there are of each status."""
        return self.manifest.counts

    async def jobs(self) -> list[Handle]:
        """What was handed in to a provider's batch mode and may still be wanted."""
        return await Handles(self.store, SystemClock()).handed_in()

    async def row(self, document: str) -> Row:
        """One document.

        Raises:
            NotFound: The batch has no such document.
        """
        return await self._row(document, await self.record(document))

    async def record(self, document: str) -> Record:
        """The record of one document.

        Raises:
            NotFound: The batch has no such document.
        """
        record = self.manifest.find(document)
        if record is None:
            raise NotFound(
                f"There is no document {document!r} in {self.url}.", await self._instead(document)
            )
        return record

    async def _instead(self, name: str) -> str:
        """What to do about a name that no document has: perhaps it is nearly that of another."""
        keys = [key async for key, _ in self.manifest.records()]
        near = [key for key in keys if key.endswith(f"/{name}")][:MOST_NEAR]
        if not near and len(keys) <= MOST_COMPARED:
            near = get_close_matches(name, keys, n=MOST_NEAR)
        guess = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        return f"{guess}All are listed by: tallysheet export {shlex.quote(self.url)} --format csv"

    async def rows(self, *statuses: Status) -> AsyncIterator[Row]:
        """Walk over all documents, or those of the given statuses, sorted by name."""
        group: list[tuple[str, Record]] = []
        async for pair in self.manifest.records(*statuses):
            group.append(pair)
            if len(group) == READ_AT_ONCE:
                for row in await self._read(group):
                    yield row
                group = []
        for row in await self._read(group):
            yield row

    async def _read(self, group: Sequence[tuple[str, Record]]) -> list[Row]:
        async with asyncio.TaskGroup() as tasks:
            reading = [tasks.create_task(self._row(*pair)) for pair in group]
        return [task.result() for task in reading]

    async def _row(self, document: str, record: Record) -> Row:
        """A duplicate shows the result of its original: the bytes are the same."""
        shown = record if record.of is None else await self.manifest.get(record.of)
        if shown.result is None:
            return Row(document, record, None)
        try:
            result = await result_of(self.store, shown.result)
        except (NotFound, ValueError):
            raise NotFound(
                f"The result of {document} ({self.url}/{shown.result}) is missing or damaged.",
                "Restore the object, or send the document round again with:"
                f" tallysheet check {shlex.quote(self.url)} --repair",
            ) from None
        # What other documents say stands in the record: the result was written before.
        findings = (*findings_of(shown.meets), *result.findings)
        return Row(document, record, result.model_copy(update={"findings": findings}))


@asynccontextmanager
async def open_batch(address: str) -> AsyncIterator[Batch]:
    """Open the batch of a source, or the one that stands at *address* itself.

    Raises:
        ConfigError: There is none.
        ManifestDamaged: Its root is gone, or unreadable.
    """
    clock = SystemClock()
    places = places_of(address)
    for place in places:
        store = open_store(place)
        async with Manifest.on(store, clock=clock, patient=False) as manifest:
            if manifest.exists:
                yield Batch(store, manifest)
                return
            await refuse_lost(store, manifest)
    raise ConfigError(
        f"There is no batch for {address}: looked for manifest.json in {' and '.join(places)}.",
        f"Make one with: tallysheet run {address}",
    )


def places_of(address: str) -> list[str]:
    """Where the batch of *address* may stand."""
    stripped = address.rstrip("/")
    return [stripped] if stripped.endswith(SUFFIX) else [batch_url(address), address]
