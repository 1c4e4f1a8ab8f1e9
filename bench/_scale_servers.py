"""What a run of the bench of scale talks to: an S3 server and a model, processes of their own."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tallysheet.ports import ABSENT
from tallysheet.store import open_store

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from _models_stores import Invoices
from s3_servers import seaweedfs

FILLED_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are, and their process ids."""

    store: str
    """An address below which nothing stands."""
    store_pid: int
    model: str
    model_pid: int

    def cpu_s(self) -> tuple[float, float]:
        """What the store and the model have computed so far, in seconds of CPU."""
        return _cpu_s(self.store_pid), _cpu_s(self.model_pid)


@asynccontextmanager
async def served(latency_s: float, spread: float) -> AsyncIterator[Servers]:
    """Start both, and name them in the environment."""
    with seaweedfs() as store:
        await asyncio.to_thread(store.start)
        os.environ.update(store.server.environment)
        model = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tallysheet.testing.llm_server", "--seed", "1"),
            *("--latency", str(latency_s), "--spread", str(spread)),
            stdout=PIPE,
        )
        assert model.stdout is not None
        try:
            url = json.loads(await model.stdout.readline())["openai"]
            os.environ["TALLYSHEET_BASE_URL"] = url
            yield Servers(store.server.fresh_url(), store.pid, url, model.pid)
        finally:
            model.send_signal(signal.SIGTERM)
            await model.wait()


async def fill(url: str, count: int) -> None:
    """Put so many PDFs of one page there, a few KB each."""
    store, invoices = open_store(url), Invoices(count)
    waiting = iter(range(count))

    async def hand() -> None:
        for number in waiting:
            key = f"{number // 1000:03}/{number:06}.pdf"
            await store.put(key, invoices.pdf(number), expect=ABSENT)

    async with asyncio.TaskGroup() as hands:
        for _ in range(FILLED_AT_ONCE):
            hands.create_task(hand())


def _cpu_s(pid: int) -> float:
    """Of one process, user and system. Linux says so."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
