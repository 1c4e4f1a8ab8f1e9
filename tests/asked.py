"""Asking a model behind a server of our own: what its tests share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tallysheet.model import Parsed
from tallysheet.models import open_model
from tallysheet.ports import Model, Question
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import LLMServer, Script, llm_server

CANARY = "sk-canary-4f9d1c"
QUESTION = Question(Parsed("application/pdf"), "Read it.", "Invoice 1", '{"type":"object"}')


class CountedClock(FakeClock):
    """A fake clock that writes down its sleeps, and whose chance is always the same."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Write it down, and sleep."""
        self.slept.append(seconds)
        await super().sleep(seconds)

    def random(self) -> float:
        """The middle of all chances."""
        return 0.5


@asynccontextmanager
async def served(
    script: Script, **settings: Any
) -> AsyncIterator[tuple[Model, LLMServer, CountedClock]]:
    """A model behind a server that follows *script*."""
    clock = CountedClock()
    async with llm_server(script) as server:
        told = {"model": "openai:small-1", "base_url": server.url, "concurrency": 8} | settings
        async with open_model(Settings(**told), clock=clock, api_key=CANARY) as model:
            yield model, server, clock
