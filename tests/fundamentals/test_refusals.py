"""What becomes of documents that a model refuses before it has answered anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

import tallysheet
from samples import many
from tallysheet import Status
from tallysheet.errors import ConfigError
from tallysheet.pipeline import Event, Settled, Summary
from tallysheet.ports import ABSENT
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing.llm_server import LLMServer, Said, Script, llm_server

ODD = Said(status=400, raw=b'{"error": {"message": "Unknown parameter: seed."}}')
READ = '{"invoice": {"number": "M-1"}}'
_numbers = count()


async def batch_of(documents: int) -> MemoryStore:
    """A store in memory that holds so many documents."""
    store = MemoryStore(f"refused-{next(_numbers)}")
    for sample in many(documents):
        await store.put(sample.name, sample.data, expect=ABSENT)
    return store


@asynccontextmanager
async def served(script: Script, **more: Any) -> AsyncIterator[tuple[Settings, LLMServer]]:
    """Settings for a model that follows *script*."""
    async with llm_server(script) as server:
        asked = {"model": "openai:own", "base_url": server.url, "parse_workers": 1}
        yield Settings(**asked | more), server


async def events_of(source: MemoryStore, settings: Settings) -> tuple[list[Settled], Summary]:
    """What a run settled, and its summary."""
    events: list[Event] = [event async for event in tallysheet.run(source.url, settings=settings)]
    assert isinstance(events[-1], Summary)
    return [event for event in events if isinstance(event, Settled)], events[-1]


@pytest.mark.parametrize("concurrency", [1, 8])
async def test_a_model_that_refuses_everything_ends_the_run_and_fails_nobody(
    concurrency: int,
) -> None:
    """Whether the fifth refusal is heard in turn or with all the others; the next run reads all."""
    source = await batch_of(8)
    async with served([ODD], concurrency=concurrency) as (settings, server):
        with pytest.raises(ConfigError, match="Unknown parameter: seed"):
            await events_of(source, settings)
        asked = len(server.requests)
    async with tallysheet.open_batch(source.url) as batch:
        left = dict(batch.counts)

    async with served([READ]) as (settings, _):
        settled, _ = await events_of(source, settings)

    assert 5 <= asked <= 8
    assert left == {Status.PENDING: 8}
    assert len(settled) == 8


async def test_what_was_refused_fails_as_soon_as_another_document_is_answered() -> None:
    """The refusals were their own."""
    source = await batch_of(6)
    async with served([ODD, ODD, ODD, READ], concurrency=1) as (settings, _):
        settled, summary = await events_of(source, settings)

    assert [event.reason for event in settled if event.status is Status.FAILED] == [
        "model_refused"
    ] * 3
    assert len(settled) == sum(summary.counts.values()) == 6


async def test_documents_too_few_to_tell_by_fail() -> None:
    """Four of four were refused: the run ends, and says so of each."""
    source = await batch_of(4)
    async with served([ODD], concurrency=2) as (settings, _):
        settled, summary = await events_of(source, settings)

    assert [event.reason for event in settled] == ["model_refused"] * 4
    assert summary.counts == {Status.FAILED: 4}


async def test_a_budget_that_ends_in_doubt_leaves_the_doubtful_pending() -> None:
    """Nobody knows yet whose fault it was."""
    source = await batch_of(4)
    dear = {"prices": ("openai:own=1/1000",), "max_cost_usd": 20.0}
    script = [ODD, ODD, Said(hang_up=True)]
    async with served(script, concurrency=1, **dear) as (settings, _):
        settled, summary = await events_of(source, settings)

    assert summary.budget_reached
    assert settled == []
    assert summary.counts == {Status.PENDING: 4}
