"""Our client as a provider sees it: judged by the log of a server that it asks over HTTP."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tallysheet.model import Parsed
from tallysheet.models import open_model
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import Model, Question
from tallysheet.settings import Settings
from tallysheet.testing import Behaviour
from tallysheet.testing.llm_server import LLMServer, impatient, llm_server, most_in_a_window


@asynccontextmanager
async def opened(name: str, server: LLMServer, concurrency: int):
    """A model that is asked at *server*."""
    base_url = server.url if name.startswith("openai") else server.origin
    settings = Settings(model=name, base_url=base_url, concurrency=concurrency)
    async with open_model(settings, clock=SystemClock(), api_key="any") as model:
        yield model


async def ask(model: Model, count: int) -> list[str]:
    """The answers to so many different questions, all asked at once."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                model.answer(Question(Parsed("application/pdf"), "Read.", f"Invoice {number}", ""))
            )
            for number in range(count)
        ]
    return [task.result().text for task in tasks]


@pytest.mark.parametrize("name", ["openai:small", "anthropic:small", "bedrock:small"])
async def test_as_many_are_in_flight_as_were_asked_for(name) -> None:
    """No hidden pool stands in the way, in any dialect."""
    async with llm_server(["{}"]) as server, opened(name, server, 150) as model:
        server.hold()
        async with asyncio.TaskGroup() as group:
            group.create_task(ask(model, 300))
            await server.arrived(150)
            server.release()

    assert server.most_in_flight == 150
    assert len(server.visits) == 300


@pytest.mark.parametrize("name", ["openai:small", "anthropic:small"])
async def test_a_quota_is_kept_and_every_wait_is_waited(name) -> None:
    """Nobody asks while all were told to wait, and what is asked in vain is little."""
    behaviour = Behaviour(requests_per_minute=600, burst_s=3.0, latency_s=0.05)

    async with (
        llm_server(["{}"], behaviour=behaviour) as server,
        opened(name, server, 20) as model,
    ):
        answers = await ask(model, 60)

    good = [visit for visit in server.visits if visit.status == 200]
    assert len(answers) == len(good) == 60
    assert most_in_a_window(good, 1.0) <= 30 + 10
    assert impatient(server.visits) == []
    assert len(server.visits) <= 1.5 * 60
