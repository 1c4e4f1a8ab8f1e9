"""Our client judged by a server that we did not write: llmock, as a process of its own.

It plays a provider, breaks on demand, and has an opinion of whoever asked: whether
``Retry-After`` was waited for, whether what cannot succeed was asked again, whether many
attempts became a storm. The clock is the real one, since the server's is.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from s3_servers import free_ports
from tallysheet.errors import ConfigError, DocumentError
from tallysheet.extract._prompt import INSTRUCTIONS, answer_schema
from tallysheet.model import Parsed, Totals
from tallysheet.models import open_model
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import Answer, Question
from tallysheet.settings import Settings

READY_WITHIN_S = 60
ADDRESSES = {"openai:small": "/v1", "anthropic:small": "/anthropic"}
each_model = pytest.mark.parametrize("name", ADDRESSES)


@dataclass(frozen=True, slots=True)
class Llmock:
    """A running llmock."""

    origin: str

    def told(self, path: str, body: Any = None) -> Any:
        """Ask its control interface; with a *body*, tell it."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(  # noqa: S310  on the loopback
            f"{self.origin}/_llmock/{path}", data, timeout=30
        ) as reply:
            return json.load(reply)

    def will(self, *behaviors: dict[str, Any]) -> None:
        """Forget all, and plan what the next requests meet."""
        self.told("reset", {})
        self.told("scenario", {"behaviors": list(behaviors)})


def serve(*options: str) -> tuple[subprocess.Popen[bytes], Llmock]:
    """Start it, and return once it answers."""
    (port,) = free_ports(1)
    llmock = Path(sys.executable).with_name("llmock")
    command = [llmock, "serve", "--port", str(port), "--log-level", "error", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = Llmock(f"http://127.0.0.1:{port}")
    for _ in range(READY_WITHIN_S * 10):
        try:
            server.told("scenario")
        except OSError:
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        return process, server
    process.kill()
    raise RuntimeError("llmock did not start.")


@pytest.fixture(scope="module")
def llmock() -> Iterator[Llmock]:
    """A provider without limits."""
    process, server = serve()
    yield server
    process.kill()
    process.wait()


async def asked(server: Llmock, name: str, *texts: str) -> list[Answer]:
    """The answers to questions that are all asked at once."""
    schema = answer_schema()
    settings = Settings(model=name, base_url=server.origin + ADDRESSES[name], concurrency=200)
    async with (
        open_model(settings, clock=SystemClock(), api_key="any") as model,
        asyncio.TaskGroup() as group,
    ):
        tasks = [
            group.create_task(
                model.answer(Question(Parsed("application/pdf"), INSTRUCTIONS, text, schema))
            )
            for text in texts
        ]
    return [task.result() for task in tasks]


def verdict(server: Llmock) -> tuple[list[str], int]:
    """What it found fault with, warnings too; and how many requests there were."""
    told = server.told("verdict")
    return [found["title"] for found in told["findings"]], told["attempts"]


@each_model
def test_a_stranger_understands_how_the_answer_is_to_look(llmock, name) -> None:
    """What it makes up has the parts that our schema names, down to the sums."""
    llmock.told("reset", {})

    (answer,) = asyncio.run(asked(llmock, name, "Invoice 1"))

    said = json.loads(answer.text)
    assert set(said) == {"invoice", "citations", "warnings"}
    assert set(Totals.model_fields) == set(said["invoice"]["totals"])
    assert min(answer.tokens_in, answer.tokens_out) > 0


@each_model
def test_a_wait_that_is_asked_for_is_waited(llmock, name) -> None:
    """Twice in a row, by the server's own watch."""
    llmock.will({"type": "fail", "status": 429, "retry_after": 1, "times": 2})

    asyncio.run(asked(llmock, name, "Invoice 1"))

    assert verdict(llmock) == ([], 3)


@each_model
@pytest.mark.parametrize("status", [500, 503, 529])
def test_what_may_pass_is_asked_again_later_and_later(llmock, name, status) -> None:
    """Neither at once nor at a constant interval."""
    llmock.will({"type": "fail", "status": status, "times": 3})

    asyncio.run(asked(llmock, name, "Invoice 1"))

    assert verdict(llmock) == ([], 4)


@each_model
@pytest.mark.parametrize(("status", "error"), [(400, DocumentError), (401, ConfigError)])
def test_what_cannot_succeed_is_asked_once(llmock, name, status, error) -> None:
    """A bad request and a bad key do not get better."""
    llmock.will({"type": "fail", "status": status, "times": None})

    with pytest.RaisesGroup(error):
        asyncio.run(asked(llmock, name, "Invoice 1"))

    assert verdict(llmock) == ([], 1)


@each_model
def test_more_at_once_than_the_quota_get_through_it_without_a_storm(name) -> None:
    """Two a second after the first 120: nobody is lost, nobody comes too early."""
    texts = [f"Invoice {number}" for number in range(126)]
    process, server = serve("--rpm", "120")
    try:
        answers = asyncio.run(asked(server, name, *texts))
        found, attempts = verdict(server)
    finally:
        process.kill()
        process.wait()

    assert len(answers) == len(texts)
    # A retry may ask for a shorter answer, once their length has been learned: llmock takes
    # that for another call, and the first one for given up. None is: all are answered.
    assert [title for title in found if not title.startswith("Gave up after a 429")] == []
    assert attempts <= 1.5 * len(texts)
