"""The ways to have many invoices read by a model that are compared: ours, and the usual ones.

Each is given to one fresh process. What a usual way needs of invoices is made before the
clock runs: only ours and docket-idp read PDFs. Only ours and the lock write down what became
of each invoice; the others keep it in memory. All that is to the advantage of the others.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

from _models_stores import KINDS, Elsewhere, Invoices
from _ways import CLOCK, GET_S, PUT_S, far, keys_of, locked
from tallysheet import Settings, Status, Summary, run
from tallysheet.extract._prompt import question_about
from tallysheet.models import open_model
from tallysheet.parse import parse
from tallysheet.ports import Model, Question
from tallysheet.testing import Inline, SlowStore

Told = dict[str, float]
Work = Callable[[], Awaitable[Told]]
"""What is measured. What it tells overrules what is seen from outside."""
Way = Callable[[int, int, str], Awaitable[Work]]
"""Prepares so many invoices, so many at a time, for the model at this address."""

MODEL = "bench"
NO_KEY = "none"
LOCK_DOCUMENTS = 100
"""In the object under the lock, as in the bench of the manifest."""
MOST_TOKENS = 2_000


async def tallysheet(count: int, concurrency: int, url: str) -> Work:
    """Ours: from the source to the manifest, PDFs parsed in child processes."""
    elsewhere = Elsewhere()
    source, batch = (
        SlowStore(store, CLOCK, get_s=GET_S, put_s=PUT_S) for store in (Invoices(count), elsewhere)
    )

    settings = settings_for(concurrency, url)
    async with opened(concurrency, url):
        pass

    async def work() -> Told:
        summary: Summary | None = None
        async for event in run(source, out=batch, settings=settings):
            summary = event if isinstance(event, Summary) else None
        assert summary is not None
        read = sum(summary.counts.get(status, 0) for status in (Status.DONE, Status.REVIEW))
        assert read == elsewhere.results == count, summary.counts
        return {"wall_s": summary.wall_s}

    return work


async def client(count: int, concurrency: int, url: str) -> Work:
    """Our client alone: questions to answers."""
    asked = await questions(count)
    async with opened(concurrency, url):
        pass

    async def work() -> Told:
        async with opened(concurrency, url) as model:
            await all_of(asked, concurrency, model.answer)
        return {}

    return work


async def lock(count: int, concurrency: int, url: str) -> Work:
    """Our client; then read, modify, write the one object under an `asyncio.Lock`."""
    asked, keys = await questions(count), keys_of(LOCK_DOCUMENTS)

    async def work() -> Told:
        async with opened(concurrency, url) as model, locked(far(), keys) as sheet:

            async def read(at: int, question: Question) -> None:
                await model.answer(question)
                await sheet.count(keys[at % len(keys)])

            async with asyncio.TaskGroup() as tasks:
                for at, question in enumerate(asked):
                    tasks.create_task(read(at, question))
        return {}

    return work


async def openai_sdk(count: int, concurrency: int, url: str) -> Work:
    """`AsyncOpenAI` under an `asyncio.Semaphore`."""
    from openai import AsyncOpenAI

    asked = await questions(count)

    async def work() -> Told:
        async with AsyncOpenAI(base_url=url, api_key=NO_KEY, max_retries=0) as sdk:

            async def answer(question: Question) -> object:
                return await sdk.chat.completions.create(
                    model=MODEL,
                    messages=[
                        {"role": "system", "content": question.instructions},
                        {"role": "user", "content": question.text},
                    ],
                    response_format=schema_of(question),
                    max_completion_tokens=MOST_TOKENS,
                )

            await all_of(asked, concurrency, answer)
        return {}

    return work


async def async_batch_llm(count: int, concurrency: int, url: str) -> Work:
    """`process_prompts` with the model class that it has for such servers."""
    from async_batch_llm import llm, process_prompts

    asked = await questions(count)
    os.environ["OPENAI_API_KEY"] = NO_KEY

    async def work() -> Told:
        done = await process_prompts(
            llm(f"openai-compatible:{MODEL}", base_url=url, api_key=NO_KEY,
                max_connections=concurrency),
            [f"{question.instructions}\n{question.text}" for question in asked],
            concurrency=concurrency,
        )  # fmt: skip
        assert done.succeeded == count, done.summary()
        return {}

    return work


async def docket_idp(count: int, concurrency: int, url: str) -> Work:
    """`process_batch` over a folder, with as many threads as it can have."""
    most = str(min(concurrency, 64))
    os.environ |= {
        "DOCKET_LLM_PROVIDER": "openai",
        "DOCKET_LLM_BASE_URL": url,
        "DOCKET_LLM_API_KEY": NO_KEY,
        "DOCKET_TEXT_MODEL": MODEL,
        "DOCKET_LLM_CONCURRENCY": most,
    }
    from docket import BatchOptions, OcrOptions, ProcessOptions, process_batch
    from docket.ocr.base import BackendStatus, Capabilities, OcrBackend, OcrError

    class NoOcr(OcrBackend):
        """It insists on an OCR engine, though every page here has its text."""

        name = "none"
        capabilities = Capabilities(
            confidence=False, word_coordinates=False, lines=False, tables=False, rotation=False
        )

        def availability(self) -> BackendStatus:
            return BackendStatus(name=self.name, available=True)

        def recognize_page(self, page: object) -> Any:
            raise OcrError("There is none.")

    folder = Path(tempfile.mkdtemp())
    source = Invoices(count)
    for number in range(count):
        (folder / f"{number:06}.pdf").write_bytes(source.pdf(number))

    async def work() -> Told:
        reading = ProcessOptions(
            document_type="invoice", ocr=OcrOptions(backend=NoOcr(), fallbacks=[])
        )
        options = reading, BatchOptions(workers=int(most), keep_results=False)
        done = await asyncio.to_thread(process_batch, str(folder), *options)
        return {"failed": done.failed}

    return work


WAYS: dict[str, Way] = {
    "tallysheet": tallysheet,
    "client": client,
    "asyncio.Lock": lock,
    "openai SDK": openai_sdk,
    "async-batch-llm": async_batch_llm,
    "docket-idp": docket_idp,
}
NEEDED = {
    "openai SDK": "openai",
    "async-batch-llm": "async-batch-llm",
    "docket-idp": "docket-idp",
}
"""What has to be installed for a way."""


def version_of(way: str) -> str | None:
    """Of what a way needs; none where that is not installed."""
    try:
        return metadata.version(NEEDED[way])
    except metadata.PackageNotFoundError:
        return None


async def questions(count: int) -> Sequence[Question]:
    """What is asked about so many invoices; none is asked about a PDF any more."""
    source = Invoices(count)
    kinds = [
        question_about(await parse(source.pdf(number), offload=Inline()))
        for number in range(min(count, KINDS))
    ]
    return [kinds[number % len(kinds)] for number in range(count)]


def settings_for(concurrency: int, url: str) -> Settings:
    """What ours is told."""
    return Settings(model=f"openai:{MODEL}", base_url=url, concurrency=concurrency)


def opened(concurrency: int, url: str) -> AbstractAsyncContextManager[Model]:
    """Our client. Opening it once loads all that it needs: no call waits for that."""
    return open_model(settings_for(concurrency, url), clock=CLOCK)


def schema_of(question: Question) -> Any:
    """The schema of the answer, as OpenAI's dialect has it."""
    schema = {"name": "reading", "strict": True, "schema": json.loads(question.schema)}
    return {"type": "json_schema", "json_schema": schema}


async def all_of(
    asked: Sequence[Question], concurrency: int, answer: Callable[[Question], Awaitable[object]]
) -> None:
    """Ask everything, so much at a time."""
    room = asyncio.Semaphore(concurrency)

    async def ask(question: Question) -> None:
        async with room:
            await answer(question)

    async with asyncio.TaskGroup() as tasks:
        for question in asked:
            tasks.create_task(ask(question))
