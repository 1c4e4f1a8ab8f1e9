"""Money, one idea at a time: what a document cost, where a run stops, and looking ahead."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count, cycle

import pytest

import tallysheet
from samples import Sample, demo_set, many
from tallysheet import Status
from tallysheet.errors import BudgetReached, ConfigError, DocumentError, ModelOutage, Outage
from tallysheet.intake import Found
from tallysheet.pipeline import Event, Settled, Summary, plan
from tallysheet.ports import ABSENT, Answer, Blob, Question, Version
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing._scripted_model import ScriptedModel
from tallysheet.testing.llm_server import Said, llm_server

PRICE = "openai:own=1.0/10.0"
ON_RULES = Settings(parse_workers=1)
ON_MODEL = Settings(parse_workers=1, model="openai:own", prices=(PRICE,))
READ = Answer('{"invoice": {"number": "M-1"}}', 5_000, 800, cost_usd=0.25)
_numbers = count()


async def source_of(*samples: Sample) -> MemoryStore:
    """A store in memory that holds *samples* under their names."""
    store = MemoryStore(f"money-{next(_numbers)}")
    for sample in samples:
        await store.put(sample.name, sample.data, expect=ABSENT)
    return store


async def events_of(run: AsyncGenerator[Event, None]) -> tuple[list[Settled], Summary]:
    """What a run settled, and its summary."""
    events = [event async for event in run]
    assert isinstance(events[-1], Summary)
    return [event for event in events if isinstance(event, Settled)], events[-1]


Opened = Callable[[ScriptedModel], None]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Makes runs ask the given model, whatever it is called."""

    def use(model: ScriptedModel) -> None:
        @asynccontextmanager
        async def open_model(*_: object, **__: object) -> AsyncIterator[ScriptedModel]:
            yield model

        monkeypatch.setattr("tallysheet.pipeline._assemble.open_model", open_model)

    return use


async def test_what_a_document_cost_stands_in_its_record_and_its_result(opened: Opened) -> None:
    """With the tokens, in the event too."""
    source = await source_of(*many(1))
    opened(ScriptedModel([READ]))

    (settled,), _ = await events_of(tallysheet.run(source.url, settings=ON_MODEL))

    async with tallysheet.open_batch(source.url) as batch:
        row = await batch.row(settled.document)
    assert (settled.cost_usd, settled.tokens_in, settled.tokens_out) == (0.25, 5_000, 800)
    assert row.record.cost_usd == 0.25
    assert row.result is not None
    assert (row.result.cost_usd, row.result.tokens_in) == (0.25, 5_000)


async def test_a_document_that_failed_has_cost_what_was_paid_for_it(opened: Opened) -> None:
    """Nothing was read, and yet it is on the bill."""
    source = await source_of(*many(1))
    opened(ScriptedModel([DocumentError("model_refused", "No.", cost_usd=0.25)]))

    (settled,), _ = await events_of(tallysheet.run(source.url, settings=ON_MODEL))

    assert (settled.status, settled.cost_usd) == (Status.FAILED, 0.25)


async def test_at_its_budget_a_run_ends_what_is_in_flight_and_gives_back_the_rest(
    opened: Opened,
) -> None:
    """The second document is refused while the first is being read; then no third is begun."""
    source = await source_of(*many(5))
    refused = asyncio.Event()

    class Purse(ScriptedModel):
        async def answer(self, question: Question) -> Answer:
            self.questions.append(question)
            if len(self.questions) == 1:
                await refused.wait()
                return READ
            refused.set()
            raise BudgetReached("The budget is reached.")

    model = Purse([READ])
    opened(model)
    settings = ON_MODEL.model_copy(update={"concurrency": 2})

    settled, summary = await events_of(tallysheet.run(source.url, settings=settings))

    assert len(settled) == 1
    assert len(model.questions) == 2
    assert summary.budget_reached
    assert not summary.stopped
    assert summary.counts == {Status.PENDING: 4, settled[0].status: 1}


async def costs_of(source: MemoryStore) -> list[tuple[Status, float]]:
    """What became of each document so far, and what it cost."""
    async with tallysheet.open_batch(source.url) as batch:
        return [(row.record.status, row.record.cost_usd) async for row in batch.rows()]


@pytest.mark.parametrize(
    ("error", "ends"),
    [(BudgetReached("The budget is reached."), ""), (ModelOutage("Nobody there."), "ModelOutage")],
    ids=["budget", "outage"],
)
async def test_a_document_that_is_given_back_keeps_what_was_paid_for_it(
    opened: Opened, error: Exception, ends: str
) -> None:
    """Its failed attempts are on the bill of the provider, and so they are in its record."""
    source = await source_of(*many(1))

    class Paid(ScriptedModel):
        async def answer(self, question: Question) -> Answer:
            question.bill.usd += 0.25
            raise error

    opened(Paid([READ]))
    try:
        await events_of(tallysheet.run(source.url, settings=ON_MODEL))
        ended = ""
    except ModelOutage as raised:
        ended = type(raised).__name__
    before = await costs_of(source)
    opened(ScriptedModel([READ]))

    await events_of(tallysheet.run(source.url, settings=ON_MODEL))

    assert ended == ends
    assert before == [(Status.PENDING, 0.25)]
    assert [usd for _, usd in await costs_of(source)] == [0.5]


async def test_what_is_broken_off_when_a_run_is_stopped_keeps_what_was_paid_for_it(
    opened: Opened,
) -> None:
    """The drain is over with requests out; whoever reads the document later adds to that."""
    source = await source_of(*many(2))
    stop, never = asyncio.Event(), asyncio.Event()

    class Slow(ScriptedModel):
        async def answer(self, question: Question) -> Answer:
            self.questions.append(question)
            question.bill.usd += 0.25
            if len(self.questions) == 2:
                stop.set()
            await never.wait()
            return READ

    opened(Slow([READ]))
    settings = ON_MODEL.model_copy(update={"drain_s": 0.0, "concurrency": 2})

    settled, summary = await events_of(tallysheet.run(source.url, settings=settings, stop=stop))

    assert (settled, summary.stopped) == ([], True)
    assert await costs_of(source) == [(Status.PENDING, 0.25)] * 2


async def test_the_run_after_a_budget_was_reached_goes_on(opened: Opened) -> None:
    """The same command with more money; what is done stays done."""
    source = await source_of(*many(3))
    opened(ScriptedModel([READ, BudgetReached("The budget is reached.")]))
    settings = ON_MODEL.model_copy(update={"concurrency": 1})
    await events_of(tallysheet.run(source.url, settings=settings))
    opened(ScriptedModel([READ]))

    settled, summary = await events_of(tallysheet.run(source.url, settings=settings))

    assert len(settled) == 2
    assert not summary.budget_reached
    assert Status.PENDING not in summary.counts


async def test_the_records_cost_what_the_runs_spent() -> None:
    """One run ends at its budget, one is stopped at once, one reads the rest; much goes wrong."""
    source = await source_of(*many(24))
    stop, settled, spent_usd = asyncio.Event(), 0, 0.0
    good, mishaps = Said(READ.text), [Said(hang_up=True), Said("{", ending="length"), Said("no")]
    replies = cycle([reply for mishap in mishaps for reply in (good, good, mishap)])

    async with llm_server(lambda _: next(replies)) as server:
        asked = {"base_url": server.url, "prices": ("openai:own=10/100",), "concurrency": 8}
        settings = ON_MODEL.model_copy(update={**asked, "drain_s": 0.0})
        poor = settings.model_copy(update={"max_cost_usd": 3.0})
        _, first = await events_of(tallysheet.run(source.url, settings=poor))
        async for event in tallysheet.run(source.url, settings=settings, stop=stop):
            settled += isinstance(event, Settled)
            if settled == 2:
                stop.set()
            spent_usd = event.cost_usd if isinstance(event, Summary) else 0.0
        halfway = await costs_of(source)
        _, last = await events_of(tallysheet.run(source.url, settings=settings))

    assert first.budget_reached
    assert spent_usd > 0
    assert sum(usd for _, usd in halfway) == pytest.approx(first.cost_usd + spent_usd)
    total = sum(usd for _, usd in await costs_of(source))
    assert total == pytest.approx(first.cost_usd + spent_usd + last.cost_usd)


class ReadOnly(MemoryStore):
    """A store that nobody may write to."""

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        raise AssertionError(f"{key} was written")

    async def delete(self, key: str) -> None:
        raise AssertionError(f"{key} was deleted")


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes every store that is opened from now on refuse to be written to."""
    return lambda: monkeypatch.setattr("tallysheet.store.MemoryStore", ReadOnly)


async def test_looking_ahead_writes_nothing(read_only: Callable[[], None]) -> None:
    """Neither beside a source that was never read nor into a batch that stands."""
    fresh, read = await source_of(*many(2)), await source_of(*many(2))
    await events_of(tallysheet.run(read.url, settings=ON_RULES))
    read_only()

    ahead = await plan(fresh.url, settings=ON_MODEL)
    again = await plan(read.url, settings=ON_MODEL)

    assert (ahead.new, ahead.to_read) == (2, 2)
    assert (again.unchanged, again.to_read) == (2, 0)


async def test_looking_ahead_tells_who_would_read_what() -> None:
    """E-invoices are free, a broken file would fail, the rest is the model's."""
    source = await source_of(*demo_set())

    by_rules = await plan(source.url, settings=ON_RULES)
    by_model = await plan(source.url, settings=ON_MODEL)
    _, summary = await events_of(tallysheet.run(source.url, settings=ON_RULES))

    assert by_rules.readers == {**summary.sources, "nobody": summary.settled[Status.FAILED]}
    assert by_model.readers["openai:own"] == by_rules.readers["rules"]
    assert (by_rules.tokens_in, by_rules.cost_usd) == (0, 0.0)


async def test_looking_ahead_tells_documents_apart_as_a_run_does() -> None:
    """New, changed, left over, the same as another, and those that would be left alone."""
    same, changed, left, new = many(4)
    source = await source_of(same, changed)
    await events_of(tallysheet.run(source.url, settings=ON_RULES))
    async with tallysheet.Manifest.open(f"{source.url}.tallysheet") as manifest:
        await manifest.add([left.name])
    old = await source.get(changed.name)
    await source.put(changed.name, old.data + b"\n", expect=old.version)
    for name, data in ((new.name, new.data), ("copy.pdf", new.data), ("twin.pdf", same.data)):
        await source.put(name, data, expect=ABSENT)

    ahead = await plan(source.url, settings=ON_RULES)

    assert (ahead.new, ahead.changed, ahead.pending, ahead.unchanged) == (3, 1, 1, 1)
    assert (ahead.duplicates, ahead.to_read) == (2, 3)
    assert {p.document: p.reason for p in ahead.examined}[left.name] == "gone"


async def test_looking_ahead_sums_up_what_each_document_would_take() -> None:
    """At the price that was given, at the first attempt."""
    source = await source_of(*many(3))

    ahead = await plan(source.url, settings=ON_MODEL)

    for planned in ahead.examined:
        assert 3_000 < planned.tokens_in < 10_000
        assert 500 < planned.tokens_out < 5_000
        assert planned.cost_usd == pytest.approx(
            (planned.tokens_in * 1.0 + planned.tokens_out * 10.0) / 1e6
        )
    assert ahead.cost_usd == pytest.approx(sum(p.cost_usd or 0 for p in ahead.examined))
    assert ahead.tokens_in == sum(p.tokens_in for p in ahead.examined)
    assert ahead.time_s >= max(p.wait_s for p in ahead.examined)


@pytest.mark.parametrize(
    "limit", [{"requests_per_minute": 6}, {"tokens_per_minute": 30_000}, {"concurrency": 1}]
)
async def test_looking_ahead_takes_the_limits_into_account(limit: dict[str, int]) -> None:
    """Whichever binds decides how long it takes."""
    source = await source_of(*many(3))

    free = await plan(source.url, settings=ON_MODEL)
    bound = await plan(source.url, settings=ON_MODEL.model_copy(update=limit))

    expected_s = {
        "requests_per_minute": 3 * 60 / 6,
        "tokens_per_minute": (free.tokens_in + free.tokens_out) * 60 / 30_000,
        "concurrency": sum(planned.wait_s for planned in free.examined),
    }
    ((binding, _),) = limit.items()
    assert bound.time_s == pytest.approx(expected_s[binding])
    assert bound.time_s > free.time_s


async def test_looking_ahead_at_a_source_that_is_down_is_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One error, not a group of them."""
    source = await source_of(*many(2))

    class Failing(MemoryStore):
        async def get(self, key: str) -> Blob:
            if key.endswith(".pdf"):
                raise Outage("It cannot be reached.")
            return await super().get(key)

    async with tallysheet.Manifest.open(f"{source.url}.tallysheet") as manifest:
        await manifest.add([sample.name for sample in many(2)])
    monkeypatch.setattr("tallysheet.pipeline._plan.find", nothing_new)
    monkeypatch.setattr("tallysheet.store.MemoryStore", Failing)

    with pytest.raises(Outage, match="cannot be reached"):
        await plan(source.url, settings=ON_RULES)


async def nothing_new(*_: object) -> AsyncIterator[Found]:
    """A listing without documents."""
    for found in ():
        yield found


async def test_what_was_answered_before_would_cost_nothing(opened: Opened) -> None:
    """A document that is sent round again is answered out of the cache."""
    old, new = many(2)
    source = await source_of(old)
    opened(ScriptedModel([READ], name="openai:own"))
    await events_of(tallysheet.run(source.url, settings=ON_MODEL))
    async with tallysheet.Manifest.open(f"{source.url}.tallysheet") as manifest:
        await manifest.retry([old.name])
    await source.put(new.name, new.data, expect=ABSENT)

    ahead = await plan(source.url, settings=ON_MODEL)

    assert {p.document: p.reader for p in ahead.examined} == {
        old.name: "kept answer",
        new.name: "openai:own",
    }
    assert ahead.pending == 1


async def test_a_price_that_nobody_knows_is_said_to_be_unknown() -> None:
    """Not taken to be nothing."""
    source = await source_of(*many(1))
    settings = ON_MODEL.model_copy(update={"prices": ()})

    ahead = await plan(source.url, settings=settings)

    assert ahead.cost_usd is None
    assert ahead.tokens_in > 0


async def test_of_a_large_batch_only_some_documents_are_looked_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spread evenly; the rest is taken to be like them."""
    monkeypatch.setattr("tallysheet.pipeline._plan.EXAMINED", 2)
    source = await source_of(*many(6))

    ahead = await plan(source.url, settings=ON_MODEL)

    names = sorted(sample.name for sample in many(6))
    assert [planned.document for planned in ahead.examined] == [names[0], names[3]]
    assert (ahead.to_read, ahead.readers) == (6, {"openai:own": 6})
    assert ahead.tokens_in == 3 * sum(planned.tokens_in for planned in ahead.examined)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"prices": ("free!",)}, "is no price"), ({"model": "opnai:own"}, "names no model we know")],
)
async def test_a_mistake_is_told_when_looking_ahead_already(
    wrong: dict[str, object], said: str
) -> None:
    """As in a run."""
    source = await source_of(*many(1))
    settings = ON_MODEL.model_copy(update=wrong)

    with pytest.raises(ConfigError, match=said):
        await plan(source.url, settings=settings)
