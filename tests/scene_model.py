"""A language model for commands in other processes: served from a thread of the test's own."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tallysheet.testing.llm_server import (
    BedrockJobs,
    Jobs,
    LLMServer,
    Reader,
    Script,
    llm_server,
)

LIMIT_S = 60.0
READ = json.dumps({"invoice": {"number": "M-1", "currency": "EUR"}})
"""An answer that can be used."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model that is being served, held and released from outside its event loop."""

    server: LLMServer
    _loop: asyncio.AbstractEventLoop

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to ask it."""
        return {"TALLYSHEET_BASE_URL": self.server.url, "TALLYSHEET_MODEL": "openai:test"}

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of all that it was asked."""
        return self.server.requests

    def hold(self) -> None:
        """Answer nobody until `release`."""
        self._loop.call_soon_threadsafe(self.server.hold)

    def release(self) -> None:
        """Answer everybody."""
        self._loop.call_soon_threadsafe(self.server.release)

    def arrived(self, number: int) -> None:
        """Wait until *number* requests are in flight at once."""
        waiting = asyncio.run_coroutine_threadsafe(self.server.arrived(number), self._loop)
        waiting.result(LIMIT_S)


@contextmanager
def served_model(
    answer: Script | Reader = (READ,), *, jobs: Jobs | BedrockJobs | None = None
) -> Iterator[Served]:
    """Serve a model that follows *answer*, in *jobs* too, until the end of the block."""
    is_up, over = threading.Event(), asyncio.Event()
    up: list[Served] = []

    async def serve() -> None:
        async with llm_server(answer, jobs=jobs) as server:
            up.append(Served(server, asyncio.get_running_loop()))
            is_up.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert is_up.wait(LIMIT_S)
        yield up[0]
    finally:
        up[0].release()
        up[0]._loop.call_soon_threadsafe(over.set)
        thread.join()
