"""Asking in jobs at a provider that is played here, in virtual time: what its tests share."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from tallysheet.model import Parsed
from tallysheet.models import Board, Budget, Call, Reply, open_model
from tallysheet.models._jobs import JobDialect, Row, Undone
from tallysheet.ports import Answer, Model, Question, Store
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import Asked, BedrockJobs, Jobs, Said
from tallysheet.testing.llm_server._dialects import dialect_of

MODELS = {
    "openai": "openai:gpt-5-mini",
    "anthropic": "anthropic:claude-haiku-4-5",
    "bedrock": "bedrock:eu.anthropic.claude-haiku-4-5-20251001-v1:0",
}
BEDROCK = {
    "base_url": "https://bedrock-runtime.eu-central-1.amazonaws.com",
    "bedrock_batch_role": "arn:aws:iam::123456789012:role/batch",
}
PRICES = tuple(f"{name}=1/10" for name in MODELS.values())
HALF = 0.5


class Post:
    """Carries requests to *jobs* and to a model that answers single questions.

    Args:
        clock: Every request takes some of its time.
        jobs: The provider's batch mode.
        say: What the model says to a document, in jobs and out of them.
        fault: What becomes of a request in place of a reply, by method and path; None for
            nothing, and for what never comes back a status of -1.
    """

    def __init__(
        self,
        clock: FakeClock,
        jobs: Jobs | BedrockJobs,
        *,
        say: Callable[[str], Said] = lambda document: Said("{}"),
        fault: Callable[[str, str], int | None] = lambda method, path: None,
    ) -> None:
        self.clock = clock
        self._jobs = jobs
        self._say = say
        self.fault = fault
        self.alone: list[str] = []
        """The documents that were asked about by themselves."""
        self.waiting = asyncio.Event()
        """Set once a request is on its way whose reply never comes."""

    async def send(
        self, call: Call, take: Callable[[Mapping[str, Any]], None] | None = None
    ) -> Reply:
        """Answer a request of either kind."""
        await self.clock.sleep(0.1)
        parts = urlsplit(call.url)
        status = self.fault(call.method, parts.path)
        if status == -1:
            self.waiting.set()
            await asyncio.Event().wait()
        if status is not None:
            return Reply(status, {}, {}, "" if status else "ServerDisconnectedError")
        path = f"{parts.path}?{parts.query}"
        headers = {}
        if isinstance(self._jobs, BedrockJobs):
            of_jobs = await self._jobs.answer(call.method, path, call.body, say=self._answer)
            told = None if of_jobs is None else (of_jobs[0], of_jobs[2])
            headers = {"x-amzn-errortype": of_jobs[1]} if of_jobs and of_jobs[1] else {}
        else:
            now = self.clock.now()
            told = self._jobs.answer(call.method, path, call.body, now=now, say=self._answer)
        if told is None:
            return self._single(path, call.body)
        status, body = told
        if not status:
            return Reply(0, {}, {}, "ServerDisconnectedError")
        if take is None or status != 200:
            return Reply(status, headers, json.loads(body))
        for line in body.splitlines():
            take(json.loads(line))
        return Reply(status, {}, {})

    def _single(self, path: str, raw: bytes) -> Reply:
        dialect, body = dialect_of(path), json.loads(raw)
        assert dialect is not None
        asked = dialect.read(path, body, len(raw))
        self.alone.append(asked.document)
        said = self._say(asked.document)
        return Reply(said.status, {}, dialect.write(said, asked))

    def _answer(self, body: dict[str, Any], asked: Asked) -> Said:
        return self._say(asked.document)


@asynccontextmanager
async def opened(
    post: Post,
    store: Store,
    clock: FakeClock,
    *,
    provider: str = "openai",
    budget: Budget | None = None,
    board: Board | None = None,
    exchange: Store | None = None,
    **settings: Any,
) -> AsyncIterator[Model]:
    """A model that is asked in jobs; another process opens another one on the same store."""
    told = {"model": MODELS[provider], "batch": True, "prices": PRICES, "hedge": False}
    told |= (BEDROCK if provider == "bedrock" else {}) | settings
    async with open_model(
        Settings(**told),
        clock=clock,
        api_key="sk-any",
        budget=budget,
        wire=post,
        courier=post,
        store=store,
        board=board,
        exchange=exchange,
    ) as model:
        yield model


def question(number: int, text: str = "") -> Question:
    """One of many different ones."""
    return Question(Parsed("application/pdf"), "Read it.", f"Invoice {number}{text}", "")


async def asked(model: Model, numbers: range) -> list[Answer]:
    """The answers to so many questions, asked all at once."""
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(model.answer(question(number))) for number in numbers]
    return [task.result() for task in asking]


async def handles_in(store: Store) -> list[dict[str, Any]]:
    """The handles of jobs that stand in *store*."""
    keys = [entry.key async for entry in store.list("jobs/")]
    return [json.loads((await store.get(key)).data) for key in sorted(keys)]


def every_step_ends(dialect: JobDialect, rows: Sequence[Row], reply: Reply) -> None:
    """Whatever one does with a job, *reply* to everything leads to an end, or to `Undone`."""
    for steps in (
        dialect.submit(rows, "t"),
        dialect.find("t", 2, "2026-11-25T12:00:00+00:00"),
        dialect.look("j"),
        dialect.remove("j"),
        dialect.discard("t"),
        dialect.cancel("j"),
    ):
        if next(steps, None) is None:
            continue
        # As often as a file may be looked at before it is given up.
        for _ in range(400):
            try:
                steps.send(reply)
            except (StopIteration, Undone):
                break
        else:
            raise AssertionError("it never ends")
