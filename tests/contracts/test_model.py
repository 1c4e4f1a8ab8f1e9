"""What every `Model` keeps, whoever is behind it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from jobbed import Post
from jobbed import opened as opened_batched
from tallysheet.extract import Rules
from tallysheet.model import Invoice, Page, Parsed, Word
from tallysheet.models import open_model
from tallysheet.ports import Model, Question, Worked
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock
from tallysheet.testing._scripted_model import ScriptedModel
from tallysheet.testing.llm_server import Jobs, Said, llm_server


def read_aloud(text: str) -> str:
    """The draft of a model that takes the last word of the document for its number."""
    words = [word for word in text.split() if word.startswith("NO-")]
    return json.dumps({"invoice": {"number": words[-1]}, "citations": [], "warnings": []})


@asynccontextmanager
async def scripted() -> AsyncIterator[Model]:
    """A model without a network."""
    yield ScriptedModel(lambda question: read_aloud(question.text))


@asynccontextmanager
async def openai() -> AsyncIterator[Model]:
    """A model behind a server on this machine."""
    async with llm_server(lambda body: read_aloud(body["messages"][-1]["content"])) as server:
        settings = Settings(model="openai:any", base_url=server.url, concurrency=4)
        async with open_model(settings, clock=FakeClock(), api_key="none") as model:
            yield model


@asynccontextmanager
async def chained() -> AsyncIterator[Model]:
    """Two models behind a server on this machine; the first one always fails."""

    def script(body: dict[str, Any]) -> Said:
        if body["model"] == "first":
            return Said(status=400)
        return Said(read_aloud(body["messages"][-1]["content"]))

    async with llm_server(script) as server:
        settings = Settings(
            model="openai:first, openai:second", base_url=server.url, concurrency=4, hedge=True
        )
        async with open_model(settings, clock=FakeClock(), api_key="none") as model:
            yield model


@asynccontextmanager
async def batched() -> AsyncIterator[Model]:
    """A model that is asked in a provider's batch mode, and its first question by itself."""
    clock = FakeClock()
    post = Post(clock, Jobs(looks=3), say=lambda document: Said(read_aloud(document)))
    async with opened_batched(post, MemoryStore(), clock) as model:
        yield model


class Threads:
    """An offload without child processes, where a file may still be read."""

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Return ``work(data)``."""
        return Worked(await asyncio.to_thread(work, data), busy_s=0.0)


@asynccontextmanager
async def rules() -> AsyncIterator[Model]:
    """The rules, which need no words of ours."""
    yield Rules(Threads())


MODELS: dict[str, Callable[[], AbstractAsyncContextManager[Model]]] = {
    "scripted": scripted,
    "openai": openai,
    "chained": chained,
    "batched": batched,
    "rules": rules,
}
each_model = pytest.mark.parametrize("opened", MODELS.values(), ids=MODELS)


def question(number: str) -> Question:
    """A document that says little more than its number."""
    words = (
        Word("Invoice", 50, 50, 95, 62),
        Word("number:", 100, 50, 140, 62),
        Word(number, 145, 50, 190, 62),
    )
    parsed = Parsed("application/pdf", (Page(1, 595, 842, words),))
    return Question(parsed, "Read it.", f"Invoice number: {number}", '{"type":"object"}')


@each_model
async def test_an_answer_is_a_draft_as_json(opened) -> None:
    """Its ``invoice`` validates, and what was read is what the document says."""
    async with opened() as model:
        answer = await model.answer(question("NO-17"))

    invoice = Invoice.model_validate(json.loads(answer.text)["invoice"])
    assert invoice.number == "NO-17"
    assert min(answer.tokens_in, answer.tokens_out, answer.cost_usd) >= 0


@each_model
async def test_many_questions_at_once_get_each_their_own_answer(opened) -> None:
    """Answers are not mixed up, however many are under way."""
    numbers = [f"NO-{number}" for number in range(20)]

    async with opened() as model, asyncio.TaskGroup() as group:
        tasks = [group.create_task(model.answer(question(number))) for number in numbers]

    said = [json.loads(task.result().text)["invoice"]["number"] for task in tasks]
    assert said == numbers


@each_model
async def test_a_model_answers_after_a_question_was_called_off(opened) -> None:
    """A cancelled question leaves nothing behind that the next one would meet."""
    async with opened() as model:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(model.answer(question("NO-1"))) for _ in range(8)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
        answer = await model.answer(question("NO-2"))

    assert json.loads(answer.text)["invoice"]["number"] == "NO-2"


@each_model
async def test_a_model_has_a_name_and_knows_whether_it_is_free(opened) -> None:
    """Both stand in results and decide about the cache, so neither changes."""
    async with opened() as model:
        before = (model.name, model.free)
        await model.answer(question("NO-3"))
        after = (model.name, model.free)

    assert before == after
    assert before[0]
    assert isinstance(before[1], bool)
