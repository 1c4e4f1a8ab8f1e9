"""The way of one invoice: one straight line from its bytes to its outcome."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tallysheet.errors import (
    DocumentError,
    NotFound,
    Outage,
    StoreError,
    TallysheetError,
    WorkerLost,
)
from tallysheet.extract import Cache, extract
from tallysheet.intake import MOST_BYTES, sha256_of
from tallysheet.manifest import Claim, Outcome
from tallysheet.model import Document, Finding, Provenance, Reading, Result, Status
from tallysheet.parse import parse
from tallysheet.pipeline._meter import BilledModel
from tallysheet.pipeline._parts import Split, parts_in, wanted_of
from tallysheet.pipeline._provenance import provenance_of
from tallysheet.pipeline._results import keep, outcome_of
from tallysheet.ports import Bill, Clock, Store, Tools
from tallysheet.results import Written, write
from tallysheet.settings import Settings
from tallysheet.validate import check_known

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Journey:
    """One document on its way, and what is known of it so far."""

    claim: Claim
    data: bytes | None = None
    """Its bytes, where they are still at hand from when they were hashed."""
    outcome: Outcome | None = None
    """What became of it; none where it changed on the way."""
    fresh: Document | None = None
    """The document as it is now, where it changed on the way."""
    split: Split | None = None
    """What it holds, where that is several documents."""
    reading: Reading | None = None
    """What was read, and what that took."""
    bill: Bill = field(default_factory=Bill)
    """What the model was paid for it so far."""
    is_doubtful: bool = False
    """Whether it failed for something that may be no fault of it."""
    stages_s: dict[str, float] = field(default_factory=dict)
    """Seconds spent in each stage, waiting included."""

    @property
    def key(self) -> str:
        """The document's name."""
        return self.claim.key

    @property
    def source(self) -> str | None:
        """Who read it."""
        return self.reading.source if self.reading else None

    @property
    def cost_usd(self) -> float:
        """What its reading cost, in US dollars."""
        return self.reading.cost_usd if self.reading else 0.0

    @contextmanager
    def stage(self, name: str, clock: Clock) -> Iterator[None]:
        """Measure a stage."""
        started = clock.monotonic()
        try:
            yield
        finally:
            self.stages_s[name] = clock.monotonic() - started


async def travel(journey: Journey, tools: Tools, settings: Settings) -> None:
    """Take a document from its bytes to its outcome; its result is stored by then.

    A document that cannot be read ends as ``failed``; what comes out of here
    concerns the whole batch.

    Raises:
        Outage: A store cannot be reached.
        ModelOutage: The model cannot be reached.
        BudgetReached: The model cannot be asked without passing the budget.
        AnswerDue: A job at the provider still works on it, and is not waited for.
        ConfigError: Credentials or settings are wrong.
    """
    try:
        data = await _fetch(journey, tools)
        if journey.fresh is not None:
            return
        # What was paid for is kept while the result is made and stored.
        async with Cache(tools.batch) as cache:
            reading = _read(journey, data, tools, settings, cache if settings.cache else None)
            # A model's answer can be hours away: the bytes are not held for so long.
            del data
            written = await reading
            if written is None:
                return
            with journey.stage("store", tools.clock):
                name = await keep(written.data, tools.batch, tools.clock)
    except DocumentError as error:
        journey.is_doubtful = error.is_doubtful
        journey.outcome = Outcome(
            Status.FAILED,
            reason=error.reason,
            message=str(error),
            cost_usd=error.cost_usd + journey.cost_usd,
        )
        return
    journey.outcome = outcome_of(written.shown, name, journey.cost_usd)


async def _fetch(journey: Journey, tools: Tools) -> bytes:
    """Read the document, and see whether it is still the one that was added."""
    record = journey.claim.record
    data, journey.data = journey.data, None
    if data is not None:
        return data
    with journey.stage("fetch", tools.clock):
        data = await fetched(tools.source, record.file or journey.key, record.size)
        if record.file is not None:
            # Whether the part is still the same is seen once the file has been opened.
            return data
        sha256 = await sha256_of(data)
    if sha256 != record.sha256:
        journey.fresh = Document(journey.key, sha256, len(data), "")
    return data


async def fetched(source: Store, key: str, size: int) -> bytes:
    """Read a document that was listed with so many bytes.

    Raises:
        DocumentError: It cannot be had: ``too_large``, ``gone``, ``unreadable``.
        Outage: The source cannot be reached.
    """
    if size > MOST_BYTES:
        raise DocumentError(
            "too_large",
            f"It has {size:,} bytes, and at most {MOST_BYTES:,} are read.",
            "Split it, or take it out of the source.",
        )
    try:
        return (await source.get(key)).data
    except NotFound:
        raise DocumentError("gone", "It left the source after it was listed.") from None
    except Outage:
        raise
    except StoreError as error:
        raise DocumentError("unreadable", error.message, error.fix) from None


async def _read(
    journey: Journey, data: bytes, tools: Tools, settings: Settings, cache: Cache | None
) -> Written | None:
    """Parse, extract, validate; nothing comes of a file that holds several documents.

    A mistake of our own in here fails this document alone.
    """
    try:
        with journey.stage("parse", tools.clock):
            record = journey.claim.record
            wanted = wanted_of(journey.key, record.file, record.sha256, shown=tools.model.sees)
            parsed = await parse(
                data, offload=tools.offload, wanted=wanted, passwords=tools.passwords
            )
            del data
            journey.split, doubts = await parts_in(
                parsed,
                record.sha256,
                record.size,
                e_invoice=settings.e_invoice,
                offload=tools.offload,
            )
        if journey.split is not None:
            return None
        with journey.stage("extract", tools.clock):
            reading = await extract(
                parsed,
                sha256=journey.claim.record.sha256,
                offload=tools.offload,
                model=BilledModel(tools.model, journey.bill),
                cache=cache,
                e_invoice=settings.e_invoice,
            )
        journey.reading = reading
        with journey.stage("validate", tools.clock):
            known = check_known(reading.draft.invoice, tools.known)
            how = provenance_of(reading, parsed, journey.stages_s, tools.clock)
            return await write(
                _result(journey, reading, (*doubts, *known), how),
                parsed,
                required=settings.required,
                today=tools.clock.now().date(),
                offload=tools.offload,
            )
    except WorkerLost as error:
        raise DocumentError("worker_lost", error.message, error.fix) from None
    except TallysheetError:
        raise
    except Exception as error:
        log.exception("while reading %s", journey.key)
        raise DocumentError(
            "internal",
            f"Tallysheet itself failed on it ({type(error).__name__}).",
            "Please report it, with the document if you may.",
        ) from None


def _result(
    journey: Journey, reading: Reading, doubts: tuple[Finding, ...], how: Provenance
) -> Result:
    """What is known of it before it is cited and validated."""
    return Result(
        document=journey.key,
        sha256=journey.claim.record.sha256,
        source=reading.source,
        standard=reading.draft.standard,
        invoice=reading.draft.invoice,
        citations=reading.draft.citations,
        findings=(*doubts, *reading.draft.findings),
        warnings=reading.draft.warnings,
        attempts=reading.attempts,
        cost_usd=reading.cost_usd,
        tokens_in=reading.tokens_in,
        tokens_out=reading.tokens_out,
        tokens_cached=reading.tokens_cached,
        provenance=how,
    )
