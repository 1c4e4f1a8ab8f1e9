"""The way of one invoice: one straight line from its bytes to its outcome."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from tallysheet.errors import DocumentError, TallysheetError, WorkerLost
from tallysheet.extract import Cache, extract
from tallysheet.intake import sha256_of
from tallysheet.manifest import Claim, Outcome
from tallysheet.model import Document, Finding, Parsed, Provenance, Reading, Result, Status
from tallysheet.parse import parse
from tallysheet.pipeline._ahead import Begun
from tallysheet.pipeline._meter import BilledModel
from tallysheet.pipeline._parts import Split, parts_in, wanted_of
from tallysheet.pipeline._provenance import provenance_of
from tallysheet.pipeline._results import keep, outcome_of
from tallysheet.pipeline._second import NOBODY, asked_again
from tallysheet.pipeline._supply import Supply, fetched
from tallysheet.ports import Bill, Clock, Model, Tools
from tallysheet.results import Written, write
from tallysheet.settings import Settings
from tallysheet.validate import check_known

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Journey:
    """One document on its way, and what is known of it so far.

    It holds little, since many wait at its end to be recorded.
    """

    claim: Claim
    begun: Begun | None = None
    """Where its reading has begun before it was claimed."""
    outcome: Outcome | None = None
    """What became of it; none where it changed on the way."""
    fresh: Document | None = None
    """The document as it is now, where it changed on the way."""
    split: Split | None = None
    """What it holds, where that is several documents."""
    source: str | None = None
    """Who read it."""
    second: str | None = None
    """Who read once more what failed checks, or `NOBODY`; none where nobody was to."""
    cost_usd: float = 0.0
    """What its reading cost, in US dollars."""
    tokens_in: int = 0
    """Tokens that a model read for it."""
    tokens_out: int = 0
    """Tokens that a model wrote for it."""
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

    @contextmanager
    def stage(self, name: str, clock: Clock) -> Iterator[None]:
        """Measure a stage, or one more part of it."""
        started = clock.monotonic()
        try:
            yield
        finally:
            self.stages_s[name] = self.stages_s.get(name, 0.0) + clock.monotonic() - started


async def travel(journey: Journey, tools: Tools, supply: Supply, settings: Settings) -> None:
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
        async with _at_hand(journey, tools, supply, settings) as parsed:
            if parsed is None:
                return
            # What was paid for is kept while the result is made and stored.
            async with Cache(tools.batch) as cache:
                written = await _read(
                    journey, parsed, tools, settings, cache if settings.cache else None
                )
                if written is None:
                    return
                with journey.stage("store", tools.clock):
                    name = await keep(written.data, tools.batch, tools.clock)
    except WorkerLost as error:
        _fail(journey, DocumentError("worker_lost", error.message, error.fix))
    except DocumentError as error:
        _fail(journey, error)
    else:
        marks = written.marks if settings.duplicates else None
        journey.outcome = outcome_of(written.shown, name, journey.cost_usd, marks)


def _fail(journey: Journey, error: DocumentError) -> None:
    journey.is_doubtful = error.is_doubtful
    journey.outcome = Outcome(
        Status.FAILED,
        reason=error.reason,
        message=str(error),
        cost_usd=error.cost_usd + journey.cost_usd,
    )


@asynccontextmanager
async def _at_hand(
    journey: Journey, tools: Tools, supply: Supply, settings: Settings
) -> AsyncIterator[Parsed | None]:
    """A document as it was read, for as long as a model may look at it; see `_opened`.

    One with pictures, for which there is no room yet, is read once more when there is.
    """
    parsed = await _opened(journey, tools, supply)
    pictures = [page.picture.data for page in parsed.pages if page.picture] if parsed else ()
    size = sum(map(len, pictures))
    # A job is to hold all that waits for it, and not only what there is room for.
    if not size or settings.batch:
        yield parsed
        return
    fits = supply.pictures.has(size)
    del pictures
    if not fits:
        parsed = None
    async with supply.pictures.of(size):
        yield parsed if fits else await _opened(journey, tools, supply)


async def _opened(journey: Journey, tools: Tools, supply: Supply) -> Parsed | None:
    """Fetch and parse a document; nothing comes of one that is no longer what was added.

    A model's answer can be hours away: its bytes are gone when this is over.
    """
    record = journey.claim.record
    # It keeps what it has read.
    begun, journey.begun = journey.begun, None
    if begun is not None:
        with _alone(journey), journey.stage("parse", tools.clock):
            return await begun.end()
    wanted = wanted_of(journey.key, record.file, record.sha256, shown=tools.model.sees)
    async with supply.room(record):
        data = supply.at_hand(journey.key, record)
        if data is None:
            with journey.stage("fetch", tools.clock):
                if record.file is not None:
                    data, wanted = await supply.part(record, wanted)
                else:
                    data = await fetched(tools.source, journey.key, record.size)
                    sha256 = await sha256_of(data)
                    if sha256 != record.sha256:
                        journey.fresh = Document(journey.key, sha256, len(data), "")
                        return None
        with _alone(journey), journey.stage("parse", tools.clock):
            return await parse(
                data, offload=tools.offload, wanted=wanted, passwords=tools.passwords
            )


async def _read(
    journey: Journey, parsed: Parsed, tools: Tools, settings: Settings, cache: Cache | None
) -> Written | None:
    """Extract and validate; nothing comes of a file that holds several documents."""
    record = journey.claim.record
    with _alone(journey):
        with journey.stage("parse", tools.clock):
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
                sha256=record.sha256,
                offload=tools.offload,
                model=BilledModel(tools.model, journey.bill),
                cache=cache,
                e_invoice=settings.e_invoice,
            )
        journey.source, journey.cost_usd = reading.source, reading.cost_usd
        journey.tokens_in, journey.tokens_out = reading.tokens_in, reading.tokens_out
        with journey.stage("validate", tools.clock):
            known = check_known(reading.draft.invoice, tools.known)
            how = provenance_of(reading, parsed, journey.stages_s, tools.clock)
            result = _result(journey, reading, (*doubts, *known), how)
            again = tools.second is not None
            written = await _written(result, parsed, tools, settings, again=again)
        if tools.second is None or not written.failed:
            return written
        with journey.stage("second", tools.clock):
            result = await _asked_again(journey, result, written, parsed, tools.second, cache)
        took_s = how.seconds | {"second": round(journey.stages_s["second"], 3)}
        result = result.model_copy(
            update={"provenance": how.model_copy(update={"seconds": took_s})}
        )
        with journey.stage("validate", tools.clock):
            return await _written(result, parsed, tools, settings)


async def _written(
    result: Result, parsed: Parsed, tools: Tools, settings: Settings, *, again: bool = False
) -> Written:
    return await write(
        result,
        parsed,
        required=settings.required,
        review_below=settings.review_below,
        today=tools.clock.now().date(),
        known=tools.known,
        offload=tools.offload,
        again=again,
    )


async def _asked_again(
    journey: Journey,
    result: Result,
    written: Written,
    parsed: Parsed,
    model: Model,
    cache: Cache | None,
) -> Result:
    """*result* with a second reading of what failed checks, which the document pays for."""
    paid_usd = journey.bill.usd
    asked = BilledModel(model, journey.bill)
    result = await asked_again(result, written, parsed, asked, cache)
    # Also where no answer came of it.
    journey.cost_usd += journey.bill.usd - paid_usd
    journey.second = NOBODY
    if result.second is not None:
        journey.second = result.second.source
        journey.tokens_in += result.second.tokens_in
        journey.tokens_out += result.second.tokens_out
    return result


@contextmanager
def _alone(journey: Journey) -> Iterator[None]:
    """A mistake of our own in here fails this document alone."""
    try:
        yield
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
