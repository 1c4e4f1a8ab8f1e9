"""A run that only looks ahead: what would be done, what it would take, and nothing written.

Every document is listed and hashed as a run would do it. Up to `EXAMINED` of those to
be read, spread evenly over the batch, are parsed to see who would read them and how long
they are; the rest is taken to be like them.
"""

import asyncio
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tallysheet.extract import Cache
from tallysheet.intake import find
from tallysheet.manifest import Manifest
from tallysheet.model import Document, Status
from tallysheet.models import Budget, Handles, Quote, least_in_a_job, names_in
from tallysheet.parse import Pool
from tallysheet.pipeline._assemble import refuse_nested
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._look import Look, Planned
from tallysheet.pipeline._meter import Meter, MeteredOffload
from tallysheet.pipeline._second import second_settings
from tallysheet.pipeline._secrets import pdf_passwords
from tallysheet.ports import Store
from tallysheet.settings import RULES, Settings, load
from tallysheet.store import batch_url, open_source, open_store

EXAMINED = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. All after `examined` is estimated, for answers at the first attempt."""

    batch: str
    """Where the manifest and the results would be."""
    new: int
    """Documents that the manifest does not know."""
    changed: int
    """Documents whose content is another than it was."""
    pending: int
    """Documents that an earlier run left, or that another one holds."""
    unchanged: int
    """Documents that would be left alone."""
    duplicates: int
    """Of the new and changed ones, those with the bytes of another document: nobody reads them."""
    to_read: int
    """All that would be read."""
    looked_into: int
    """How many of them were looked into."""
    examined: tuple[Planned, ...]
    """These; of a file that holds several documents, each of those."""
    readers: Mapping[str, int]
    """Who would read how many."""
    in_jobs: int
    """Documents that would wait for a job of the provider's batch mode."""
    tokens_in: int
    """Tokens that models would read."""
    tokens_out: int
    """Tokens that models would write."""
    cost_usd: float | None
    """In US dollars; none where nobody knows the price."""
    time_s: float
    """Seconds: for parsing on this machine or for the model's answers, whichever takes longer."""


async def plan(source: str, *, out: str | None = None, settings: Settings | None = None) -> Plan:
    """Look ahead at what `run` would do. Writes nothing, asks no model, needs no key.

    Args:
        source: As for `run`.
        out: As for `run`.
        settings: As for `run`.

    Raises:
        ConfigError: A setting, an address or the credentials of a store are wrong.
        Outage: A store cannot be reached.
    """
    settings = settings or load().settings
    second_settings(settings)  # only to say at once what is wrong with it
    clock = SystemClock()
    workers = settings.parse_workers or os.cpu_count() or 1
    meter = Meter(workers, Budget())
    documents, batch = await open_source(source), open_store(out or batch_url(source))
    await asyncio.to_thread(refuse_nested, documents.url, batch.url)
    async with Manifest.on(batch, clock=clock, patient=False) as sheet:
        listed = await _list(documents, sheet)
    quote = await _quote(settings, clock, len(listed.to_read))
    pool = Pool(
        workers, limit_s=settings.parse_limit_s, memory_mb=settings.parse_memory_mb, clock=clock
    )
    async with pool:
        passwords = await asyncio.to_thread(pdf_passwords, settings)
        offload = MeteredOffload(pool, meter)
        cache = Cache(batch) if settings.cache else None
        left = await _handed_in(batch, quote, settings, clock)
        look = Look(documents, offload, cache, settings, quote, left, passwords)
        chosen = _spread(listed.to_read)
        examined = await look.into(chosen)
        scale = len(listed.to_read) / max(len(chosen), 1)
        in_jobs = _in_jobs(examined, scale, settings)
        if quote is not None and settings.batch and not in_jobs:
            # Too few are left of those for a model: they would be asked at full price.
            look = replace(look, quote=await _quote(settings, clock, 0))
            examined = await look.into(_spread(listed.to_read))
    costs = [planned.cost_usd for planned in examined]
    return Plan(
        batch=batch.url,
        new=listed.new,
        changed=listed.changed,
        pending=listed.pending,
        unchanged=listed.unchanged,
        duplicates=listed.duplicates,
        to_read=len(listed.to_read),
        looked_into=len(chosen),
        examined=tuple(examined),
        readers=_scaled(Counter(planned.reader for planned in examined), scale),
        in_jobs=in_jobs,
        tokens_in=round(scale * sum(planned.tokens_in for planned in examined)),
        tokens_out=round(scale * sum(planned.tokens_out for planned in examined)),
        cost_usd=None if None in costs else scale * sum(cost or 0.0 for cost in costs),
        time_s=max(scale * meter.busy_s / workers, _asking_s(examined, scale, settings)),
    )


async def _handed_in(
    batch: Store, quote: Quote | None, settings: Settings, clock: SystemClock
) -> frozenset[str]:
    """The questions that a run would not ask anew, since jobs of earlier runs hold them."""
    if quote is None or settings.batch is False:
        return frozenset()
    return quote.handed_in(await Handles(batch, clock).handed_in())


def _in_jobs(examined: Sequence[Planned], scale: float, settings: Settings) -> int:
    """How many documents would wait for a job; the first question never goes into one."""
    if not settings.batch:
        return 0
    asked = round(scale * sum(planned.tokens_in > 0 for planned in examined))
    is_enough = asked > least_in_a_job(names_in(settings.model)[0])
    return asked - 1 if is_enough else 0


def _asking_s(examined: Sequence[Planned], scale: float, settings: Settings) -> float:
    """How long the models would take for all: by how many are asked at a time, or a limit."""
    if settings.batch and _in_jobs(examined, scale, settings):
        # A provider's batch mode takes minutes or hours, which nobody can foresee.
        return 0.0
    waits_s = [planned.wait_s for planned in examined]
    tokens = scale * sum(planned.tokens_in + planned.tokens_out for planned in examined)
    return max(
        max(waits_s, default=0.0),
        scale * sum(waits_s) / settings.concurrency,
        scale * sum(map(bool, waits_s)) * 60 / (settings.requests_per_minute or math.inf),
        tokens * 60 / (settings.tokens_per_minute or math.inf),
    )


@dataclass(slots=True)
class _Listed:
    """What stands in the source, told apart as a run would."""

    new: int = 0
    changed: int = 0
    pending: int = 0
    unchanged: int = 0
    duplicates: int = 0
    to_read: list[Document] = field(default_factory=list)


async def _list(source: Store, sheet: Manifest) -> _Listed:
    listed = _Listed()
    left = {key: record async for key, record in sheet.records(Status.PENDING, Status.WORKING)}
    originals = {record.sha256: key async for key, record in sheet.records() if record.of is None}
    async for found in find(source, sheet.find):
        document, record = found.document, sheet.find(found.document.key)
        if record is not None and record.sha256 == document.sha256:
            listed.unchanged += document.key not in left
            continue
        left.pop(document.key, None)
        listed.new += record is None
        listed.changed += record is not None
        if document.sha256 and originals.setdefault(document.sha256, document.key) != document.key:
            listed.duplicates += 1
        else:
            listed.to_read.append(document)
    listed.pending = len(left)
    listed.to_read += [
        Document(key, record.sha256, record.size, record.version, record.file)
        for key, record in left.items()
    ]
    return listed


def _spread(documents: Sequence[Document]) -> list[Document]:
    """At most `EXAMINED` of them, evenly spread."""
    step = max(len(documents) / EXAMINED, 1.0)
    return [documents[int(at * step)] for at in range(min(len(documents), EXAMINED))]


def _scaled(counts: Mapping[str, int], scale: float) -> dict[str, int]:
    return {name: round(count * scale) for name, count in sorted(counts.items())}


async def _quote(settings: Settings, clock: SystemClock, number: int) -> Quote | None:
    """Estimates for the model that is asked first; none for the rules, which cost nothing."""
    if settings.model == RULES:
        return None
    name = names_in(settings.model)[0]
    # The first question never goes into a job.
    has_jobs = bool(settings.batch) and number > least_in_a_job(name)
    return await asyncio.to_thread(
        Quote,
        name,
        base_url=settings.base_url,
        prices=settings.prices,
        now=clock.now(),
        tier=settings.tier,
        batch=has_jobs,
    )
