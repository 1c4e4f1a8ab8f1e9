"""A look into documents that a run would read: who would read each, and what that would take."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tallysheet.errors import DocumentError, WorkerLost, one_error
from tallysheet.extract import E_INVOICE, Cache, first_questions, require_text
from tallysheet.model import Document, Parsed
from tallysheet.models import Quote, key_of
from tallysheet.parse import parse
from tallysheet.pipeline._parts import parts_in, wanted_of
from tallysheet.pipeline._supply import fetched
from tallysheet.ports import Offload, Store
from tallysheet.settings import RULES, Settings

AT_ONCE = 16

KEPT = "kept answer"
"""Read before: the answer is in the cache."""
IN_A_JOB = "job"
"""A job of the provider's batch mode works on it: its answer is waited for or fetched."""
NOBODY = "nobody"
"""It would fail."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One document that would be read. What a model takes is estimated."""

    document: str
    """Its key."""
    reader: str
    """`e-invoice`, `rules`, a model's name, `kept answer`, `job` where an earlier run handed it in,
    or `nobody` where it would fail."""
    reason: str | None = None
    """A short code: why it would fail."""
    tokens_in: int = 0
    """Tokens the model would read."""
    tokens_out: int = 0
    """Tokens the model would write."""
    cost_usd: float | None = 0.0
    """In US dollars; none where nobody knows the price."""
    wait_s: float = 0.0
    """Seconds until the model's answer."""


@dataclass(frozen=True, slots=True)
class Look:
    """Looks into documents, and writes nothing down."""

    source: Store
    offload: Offload
    cache: Cache | None
    settings: Settings
    quote: Quote | None
    handed_in: frozenset[str]
    """The keys of questions that jobs of earlier runs hold."""
    passwords: tuple[str, ...] = field(repr=False)

    async def into(self, documents: Sequence[Document]) -> list[Planned]:
        """Who would read each, and what that would take; a few at a time."""
        free = asyncio.Semaphore(AT_ONCE)

        async def look(document: Document) -> list[Planned]:
            async with free:
                return await self._tried(document)

        with one_error():
            async with asyncio.TaskGroup() as tasks:
                looking = [tasks.create_task(look(document)) for document in documents]
        return [planned for task in looking for planned in task.result()]

    async def _tried(self, document: Document) -> list[Planned]:
        try:
            return await self._into(document)
        except DocumentError as error:
            return [Planned(document.key, NOBODY, error.reason)]
        except WorkerLost:
            return [Planned(document.key, NOBODY, "worker_lost")]

    async def _into(self, document: Document) -> list[Planned]:
        data = await fetched(self.source, document.file or document.key, document.size)
        wanted = wanted_of(
            document.key, document.file, document.sha256, shown=self.quote is not None
        )
        parsed = await parse(data, offload=self.offload, wanted=wanted, passwords=self.passwords)
        del data
        split, _ = await parts_in(
            parsed,
            document.sha256,
            document.size,
            e_invoice=self.settings.e_invoice,
            offload=self.offload,
        )
        if split is not None:
            parts = split.documents(document.key, document.file)
            return [planned for part in parts for planned in await self._tried(part)]
        return [await self._read(document, parsed)]

    async def _read(self, document: Document, parsed: Parsed) -> Planned:
        if parsed.xml is not None and self.settings.e_invoice:
            return Planned(document.key, E_INVOICE)
        require_text(parsed)
        if self.quote is None:
            return Planned(document.key, RULES)
        questions = [
            question
            for question in first_questions(parsed)
            if self.cache is None
            or not await self.cache.holds(document.sha256, self.quote.name, question)
        ]
        if not questions:
            return Planned(document.key, KEPT)
        name = self.quote.name
        quoted = [self.quote.of(q) for q in questions if key_of(name, q) not in self.handed_in]
        if not quoted:
            return Planned(document.key, IN_A_JOB)
        costs = [one.cost_usd for one in quoted if one.cost_usd is not None]
        return Planned(
            document.key,
            name,
            tokens_in=sum(one.tokens_in for one in quoted),
            tokens_out=sum(one.tokens_out for one in quoted),
            cost_usd=sum(costs) if len(costs) == len(quoted) else None,
            wait_s=max(one.wait_s for one in quoted),
        )
