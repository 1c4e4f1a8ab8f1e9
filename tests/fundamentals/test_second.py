"""A second model, one idea at a time: when it is asked, what it costs, what it cannot do."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

import tallysheet
from samples import demo_set, many
from tallysheet import Status
from tallysheet.errors import BudgetReached, ConfigError, DocumentError, ModelOutage
from tallysheet.model import Result
from tallysheet.pipeline import Settled, Summary
from tallysheet.ports import ABSENT, Answer
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing._scripted_model import ScriptedModel

SAMPLE = next(iter(many(1)))
ORDER: dict[str, Any] = {"required": ("number", "project"), "parse_workers": 1}
"""A field is required that no sample has: so each of them fails a check."""
FIRST = Settings(model="openai:a", second_model="openai:b", **ORDER)
ON_RULES = Settings(second_model="openai:b", **ORDER)
READ = Answer('{"invoice": {"number": "M-1"}}', 5_000, 800, cost_usd=0.25)
AGAIN = Answer('{"invoice": {"project": "P-1"}}', 500, 40, cost_usd=0.01)
_numbers = count()

Opened = Callable[[ScriptedModel, ScriptedModel], None]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Makes runs ask the given models: the first one, and the second."""

    def use(first: ScriptedModel, second: ScriptedModel) -> None:
        for place, model in (("_assemble.open_model", first), ("_second.open_model", second)):

            @asynccontextmanager
            async def open_model(
                *_: object, _model: ScriptedModel = model, **__: object
            ) -> AsyncIterator[ScriptedModel]:
                yield _model

            monkeypatch.setattr(f"tallysheet.pipeline.{place}", open_model)

    return use


async def ran(settings: Settings, source: MemoryStore) -> tuple[list[Settled], Summary]:
    """What a run settled, and its summary."""
    events = [event async for event in tallysheet.run(source.url, settings=settings)]
    assert isinstance(events[-1], Summary)
    return [event for event in events if isinstance(event, Settled)], events[-1]


async def source_of(*samples: Any) -> MemoryStore:
    """A store in memory that holds *samples* under their names."""
    store = MemoryStore(f"second-{next(_numbers)}")
    for sample in samples:
        await store.put(sample.name, sample.data, expect=ABSENT)
    return store


async def read_in(source: MemoryStore) -> tuple[tallysheet.Record, Result]:
    """The record and the result of the only document of *source*."""
    async with tallysheet.open_batch(source.url) as batch:
        (row,) = [row async for row in batch.rows()]
        read = await batch.row(row.document)
    assert read.result is not None
    return read.record, read.result


async def test_who_failed_no_check_is_not_asked_about_again(opened: Opened) -> None:
    """Nor is anybody, where there is no second model."""
    first, second = ScriptedModel([READ]), ScriptedModel([AGAIN])
    opened(first, second)
    fine = ON_RULES.model_copy(update={"required": ("number",)})

    (done,), _ = await ran(fine, await source_of(SAMPLE))
    (failed,), _ = await ran(
        FIRST.model_copy(update={"second_model": None}), await source_of(SAMPLE)
    )

    assert (done.status, failed.status) == (Status.DONE, Status.REVIEW)
    assert second.questions == []


async def test_only_what_failed_is_asked_and_the_first_answer_is_not_told(opened: Opened) -> None:
    """One question about a few fields."""
    first, second = ScriptedModel([READ]), ScriptedModel([AGAIN])
    opened(first, second)

    settled, summary = await ran(FIRST, await source_of(SAMPLE))

    (asked,) = second.questions
    assert '"project"' in asked.schema
    assert '"lines"' not in asked.schema
    assert "M-1" not in asked.instructions + asked.text + asked.schema
    assert settled[0].status is Status.REVIEW
    assert settled[0].second == "scripted:test"
    assert summary.read_twice == {"scripted:test": 1}


async def test_what_the_rules_read_is_asked_about_and_an_e_invoice_never_is(
    opened: Opened,
) -> None:
    """What is exact gains nothing by a second reading."""
    xml = next(sample for sample in demo_set() if sample.name.endswith(".xml"))
    second = ScriptedModel([AGAIN])
    opened(ScriptedModel([READ]), second)

    await ran(ON_RULES, await source_of(SAMPLE))
    by_rules = len(second.questions)
    settled, _ = await ran(ON_RULES, await source_of(xml))

    assert by_rules == 1
    assert [(one.status, one.source) for one in settled] == [(Status.REVIEW, "e-invoice")]
    assert len(second.questions) == 1


async def test_what_it_cost_stands_apart_and_the_document_cost_both(opened: Opened) -> None:
    """In the record, in the event and in the result, with who was asked."""
    opened(ScriptedModel([READ]), ScriptedModel([AGAIN], name="openai:b"))
    source = await source_of(SAMPLE)

    (settled,), _ = await ran(FIRST, source)

    record, result = await read_in(source)
    assert (record.cost_usd, settled.cost_usd) == (0.26, 0.26)
    assert (settled.tokens_in, settled.tokens_out) == (5_500, 840)
    assert (result.cost_usd, result.tokens_in) == (0.25, 5_000)
    assert result.second is not None
    assert (result.second.source, result.second.cost_usd) == ("openai:b", 0.01)
    assert (result.second.tokens_in, result.second.tokens_out) == (500, 40)
    assert result.provenance.seconds.keys() >= {"extract", "second"}


@pytest.mark.parametrize(
    "trouble",
    [
        ModelOutage("Nobody there."),
        DocumentError("model_refused", "It will not read this.", cost_usd=0.01),
        "No.",
    ],
    ids=["outage", "refusal", "no answer of use"],
)
async def test_where_it_cannot_be_asked_the_first_reading_stands_with_a_warning(
    opened: Opened, trouble: Exception | str
) -> None:
    """The document ends as it would have ended without, and no money is lost from the books."""
    said = trouble if isinstance(trouble, Exception) else Answer(trouble, cost_usd=0.01)
    opened(ScriptedModel([READ]), ScriptedModel([READ]))
    source, alone = await source_of(SAMPLE), await source_of(SAMPLE)
    await ran(FIRST.model_copy(update={"second_model": None}), alone)
    second = ScriptedModel([said], name="openai:b")
    opened(ScriptedModel([READ]), second)

    (settled,), summary = await ran(FIRST, source)

    (_, without), (record, result) = await read_in(alone), await read_in(source)
    told = {finding.code: finding for finding in result.findings}
    assert settled.status is Status.REVIEW
    assert settled.second == "nobody"
    assert summary.read_twice == {"nobody": 1}
    assert result.second is None
    assert (result.invoice, result.confidence) == (without.invoice, without.confidence)
    assert told.keys() - {finding.code for finding in without.findings} == {"second.unasked"}
    assert "openai:b" in told["second.unasked"].message
    paid = {ModelOutage: 0.0, DocumentError: 0.01}.get(type(trouble), 0.03)
    assert record.cost_usd == pytest.approx(0.25 + paid)


@pytest.mark.parametrize("error", [BudgetReached("The budget is reached."), ConfigError("No key.")])
async def test_what_ends_a_run_ends_it_here_too_and_the_first_answer_is_kept(
    opened: Opened, error: Exception
) -> None:
    """The document is given back with what it cost; the next run asks the first one nothing."""
    source = await source_of(SAMPLE)
    first = ScriptedModel([READ])
    opened(first, ScriptedModel([error]))
    try:
        settled, summary = await ran(FIRST, source)
        assert (settled, summary.budget_reached) == ([], True)
    except ConfigError:
        assert isinstance(error, ConfigError)
    second = ScriptedModel([AGAIN])
    opened(first, second)

    (settled,), _ = await ran(FIRST, source)

    record, result = await read_in(source)
    assert (len(first.questions), len(second.questions)) == (1, 1)
    assert (result.provenance.recalled, result.second is not None) == (1, True)
    assert record.cost_usd == pytest.approx(0.26)


async def test_its_answer_is_kept_too(opened: Opened) -> None:
    """A document that is read again costs nothing, and says so."""
    source = await source_of(SAMPLE)
    first, second = ScriptedModel([READ]), ScriptedModel([AGAIN])
    opened(first, second)
    await ran(FIRST, source)
    async with tallysheet.Manifest.open(source.url + ".tallysheet") as sheet:
        await sheet.retry([SAMPLE.name])

    await ran(FIRST, source)

    _, result = await read_in(source)
    assert (len(first.questions), len(second.questions)) == (1, 1)
    assert result.second is not None
    assert (result.second.recalled, result.second.recalled_usd) == (1, 0.01)
    assert (result.second.attempts, result.second.cost_usd) == (0, 0.0)


@pytest.mark.parametrize("name", ["rules", "openai", "opnai:b"])
async def test_a_name_that_means_nobody_is_told_before_anything_is_done(name: str) -> None:
    """Looking ahead tells it as well."""
    source = await source_of(SAMPLE)
    settings = ON_RULES.model_copy(update={"second_model": name})

    with pytest.raises(ConfigError, match=r"openai:"):
        await ran(settings, source)
    with pytest.raises(ConfigError, match=r"openai:"):
        await tallysheet.pipeline.plan(source.url, settings=settings)
