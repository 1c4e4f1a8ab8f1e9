"""A run, one idea at a time: from a source to a batch, through the library's own face."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count

import pytest

import tallysheet
from samples import Sample, demo_set, many
from tallysheet import Status
from tallysheet.errors import ConfigError, NotFound, Outage
from tallysheet.pipeline import Event, Listed, Settled, Started, Summary
from tallysheet.ports import ABSENT, Blob
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore

ONE_CHILD = Settings(parse_workers=1)
_numbers = count()


async def source_of(*samples: Sample) -> MemoryStore:
    """A store in memory that holds *samples* under their names."""
    store = MemoryStore(f"inbox-{next(_numbers)}")
    for sample in samples:
        await store.put(sample.name, sample.data, expect=ABSENT)
    return store


async def events_of(run: AsyncGenerator[Event, None]) -> tuple[list[Event], Summary]:
    """All events of a run, and the last one, which is its summary."""
    events = [event async for event in run]
    assert isinstance(events[-1], Summary)
    return events, events[-1]


async def rerun(source: MemoryStore, **more: object) -> tuple[list[Event], Summary]:
    """Run over *source* with one child process."""
    settings = ONE_CHILD.model_copy(update=more)
    return await events_of(tallysheet.run(source.url, settings=settings))


async def test_every_document_has_an_outcome_and_is_told_once() -> None:
    """Listed, then started and settled for each, then the summary."""
    source = await source_of(*demo_set())

    events, summary = await rerun(source)

    settled = [event for event in events if isinstance(event, Settled)]
    assert {e.document for e in settled} == {sample.name for sample in demo_set()}
    assert [e for e in events if isinstance(e, Listed)] == [Listed(12, 12, 0, 0)]
    assert sum(isinstance(e, Started) for e in events) == len(settled) == 12
    assert sum(summary.counts.values()) == 12
    assert set(summary.counts) == {Status.DONE, Status.REVIEW, Status.FAILED}
    assert not summary.stopped


async def test_stores_of_your_own_are_used_as_they_are() -> None:
    """Whatever is a `Store` can hold the documents and the batch, whether or not it has a URL."""
    source, batch = CountingStore(await source_of(*many(2))), CountingStore(MemoryStore())

    _, summary = await events_of(tallysheet.run(source, out=batch, settings=ONE_CHILD))

    assert summary.counts == {Status.DONE: 2}
    assert source.gets >= 2
    assert source.puts == 0
    assert batch.puts >= 3


async def test_everything_that_is_made_goes_to_one_place() -> None:
    """Beside the source, under its name plus .tallysheet; results are named by their content."""
    source = await source_of(*many(2))

    _, summary = await rerun(source)

    made = [entry.key async for entry in MemoryStore(summary.batch.split("//")[1]).list()]
    kept = [entry.key async for entry in source.list()]
    assert summary.batch == f"{source.url}.tallysheet"
    assert made[0] == "manifest.json"
    assert [key.split("/")[0] for key in made[1:]] == ["results", "results"]
    assert len(kept) == 2


async def test_running_again_does_only_what_is_new_or_changed() -> None:
    """Finished documents are not touched; this is how a batch is resumed."""
    first, second, third = many(3)
    source = await source_of(first, second)
    await rerun(source)
    await source.put(third.name, third.data, expect=ABSENT)
    changed = await source.get(second.name)
    await source.put(second.name, changed.data + b"\n", expect=changed.version)

    events, _ = await rerun(source)
    _, idle = await rerun(source)

    assert Listed(3, 1, 1, 1) in events
    assert {e.document for e in events if isinstance(e, Settled)} == {second.name, third.name}
    assert idle.settled == {}


async def test_one_bad_document_stops_nobody() -> None:
    """It fails with a reason and a fix; the others are read."""
    good = next(many(1))
    bad = {"empty.pdf": b"", "text.pdf": b"Dear all,", "cut.pdf": good.data[: len(good.data) // 2]}
    source = await source_of(good)
    for name, data in bad.items():
        await source.put(name, data, expect=ABSENT)

    _, summary = await rerun(source)

    reasons = {attention.document: attention.reason for attention in summary.failed}
    assert reasons == {"empty.pdf": "empty", "text.pdf": "unsupported", "cut.pdf": "corrupt"}
    assert summary.settled[Status.FAILED] == 3
    assert all(len(attention.message) > 20 for attention in summary.failed)


async def test_a_stop_drains_and_gives_the_rest_back() -> None:
    """What is in flight ends; nothing stays claimed; the next run finishes."""
    source = await source_of(*many(12))
    stop = asyncio.Event()
    settings = ONE_CHILD.model_copy(update={"concurrency": 2})

    async with aclosing(tallysheet.run(source.url, settings=settings, stop=stop)) as events:
        async for event in events:
            last = event
            if isinstance(event, Settled):
                stop.set()
    _, finished = await rerun(source)

    assert isinstance(last, Summary)
    assert last.stopped
    assert last.counts.get(Status.PENDING, 0) > 0
    assert Status.WORKING not in last.counts
    assert set(finished.counts) <= {Status.DONE, Status.REVIEW}


async def test_a_stop_without_time_to_drain_gives_everything_back() -> None:
    """Then even what was in flight is pending again."""
    source = await source_of(*many(6))
    stop = asyncio.Event()

    run = tallysheet.run(
        source.url, settings=ONE_CHILD.model_copy(update={"drain_s": 0.0}), stop=stop
    )
    async with aclosing(run) as events:
        async for event in events:
            last = event
            if isinstance(event, Started):
                stop.set()

    assert isinstance(last, Summary)
    assert Status.WORKING not in last.counts
    assert last.counts[Status.PENDING] > 0


async def test_whoever_stops_listening_leaves_nothing_claimed() -> None:
    """Breaking out of the loop ends the run in good order."""
    source = await source_of(*many(4))

    async with aclosing(tallysheet.run(source.url, settings=ONE_CHILD)) as events:
        async for event in events:
            if isinstance(event, Started):
                break

    async with tallysheet.open_batch(source.url) as batch:
        assert Status.WORKING not in batch.counts
        assert dict(batch.workers) == {}


async def test_two_runs_at_once_share_the_work() -> None:
    """Each document is settled by one of them, once."""
    source = await source_of(*many(10))
    settings = {"concurrency": 2}

    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(rerun(source, **settings)) for _ in range(2)]

    settled = [
        event.document
        for run in runs
        for event in run.result()[0]
        if isinstance(event, Settled)
    ]  # fmt: skip
    assert len(settled) == len(set(settled)) == 10
    async with tallysheet.open_batch(source.url) as batch:
        assert {record.epoch async for _, record in batch.manifest.records()} == {1}


async def test_an_empty_source_is_a_mistake_worth_telling() -> None:
    """Most likely the path is wrong."""
    with pytest.raises(ConfigError, match="no documents"):
        await rerun(await source_of())


async def test_a_result_can_be_read_back_with_its_citations() -> None:
    """The batch is opened like a book: rows with records and results."""
    source = await source_of(next(many(1)))
    await rerun(source)

    async with tallysheet.open_batch(source.url) as batch:
        rows = [row async for row in batch.rows()]

    (row,) = rows
    assert row.result is not None
    assert row.result.document == row.document
    assert row.result.invoice.totals.gross is not None
    assert row.result.citations["totals.gross"].page == 1


async def test_a_batch_that_is_not_there_is_said_to_be_missing() -> None:
    """With the places that were looked at, and the command that makes one."""
    with pytest.raises(ConfigError, match=r"tallysheet run memory://nothing"):
        async with tallysheet.open_batch("memory://nothing"):
            pass


class Flaky(MemoryStore):
    """A source of which some documents cannot be had."""

    async def get(self, key: str) -> Blob:
        if key == "gone.pdf":
            raise NotFound("It is gone.")
        return await super().get(key)


async def test_a_document_that_left_meanwhile_is_not_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the listing and the reading anything can happen to a file."""
    source = await source_of(next(many(1)))
    await source.put("gone.pdf", b"x", expect=ABSENT)
    monkeypatch.setattr("tallysheet.store.MemoryStore", Flaky)

    _, summary = await rerun(source)

    assert sum(summary.counts.values()) == 1


class Down(MemoryStore):
    """A source that cannot be reached any more."""

    async def get(self, key: str) -> Blob:
        if not self.url.endswith(".tallysheet"):
            raise Outage("It cannot be reached.")
        return await super().get(key)


async def test_an_outage_stops_the_run_with_its_own_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not with a group of errors, and not by failing documents for it."""
    source = await source_of(*many(2))
    monkeypatch.setattr("tallysheet.store.MemoryStore", Down)

    with pytest.raises(Outage, match="cannot be reached"):
        await rerun(source)


def test_the_sync_twin_returns_the_summary() -> None:
    """For scripts and notebooks without a loop."""
    source = asyncio.run(source_of(next(many(1))))

    summary = tallysheet.run_sync(source.url, settings=ONE_CHILD)

    assert sum(summary.counts.values()) == 1


async def test_the_sync_twin_refuses_inside_a_loop() -> None:
    """It would block it; the message says what to write instead."""
    with pytest.raises(RuntimeError, match=r"async for event in tallysheet\.run"):
        tallysheet.run_sync("memory://x")
