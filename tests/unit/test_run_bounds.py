"""A run holds a bounded part of its batch, however many documents that has and whatever is slow."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from fpdf import FPDF

from tallysheet import intake
from tallysheet.manifest import ROOT, Manifest
from tallysheet.model import Page, Parsed, Picture, Status
from tallysheet.models import Budget
from tallysheet.pipeline import SystemClock, _news, _supply
from tallysheet.pipeline._ahead import A_CHILD
from tallysheet.pipeline._journey import Journey
from tallysheet.pipeline._meter import Meter
from tallysheet.pipeline._run import _Shift
from tallysheet.ports import Answer, Blob, Entry, Question, Tools, Version, Worked
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import Inline, ScriptedModel

SIZE = 10_000
GOOD = json.dumps({"invoice": {"number": "A-17"}})

LOOK = Picture(1, "image/jpeg", bytes(1_000))
SHOWN = Parsed("image/png", (Page(1, 60, 40, picture=LOOK),)).to_bytes()


def pdf(text: str) -> bytes:
    """A document of one line."""
    drawing = FPDF()
    drawing.set_font("helvetica")
    drawing.add_page()
    drawing.cell(text=text)
    return bytes(drawing.output())


class Held(bytes):
    """The bytes of a document; counts how many such are in memory."""

    now: ClassVar[int] = 0

    def __init__(self, _: bytes) -> None:
        Held.now += 1

    def __del__(self) -> None:
        Held.now -= 1


class Source(MemoryStore):
    """So many documents, of which none is in memory before it is read."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self._data = pdf("Invoice A-17").ljust(SIZE - 8)
        self.most_held = 0
        Held.now = 0

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """See `Store.list`."""
        for number in range(self._count):
            self.most_held = max(self.most_held, Held.now)
            yield Entry(f"{number:06}.pdf", SIZE, Version(f"v{number}"))

    async def get(self, key: str) -> Blob:
        """See `Store.get`."""
        await asyncio.sleep(0)
        self.most_held = max(self.most_held, Held.now)
        return Blob(Held(self._data + f"\n{key[:6]}\n".encode()), Version("v"))


class Batch(MemoryStore):
    """Keeps the manifest, and of results only how many there were; may hold commits up."""

    def __init__(self) -> None:
        super().__init__()
        self.results = 0
        self.commits = asyncio.Event()
        self.commits.set()

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """See `Store.put`."""
        if key.startswith(("results/", "cache/")):
            self.results += key.startswith("results/")
            return Version("v")
        if key == ROOT:
            await self.commits.wait()
        return await super().put(key, data, expect=expect)


class Replayed(Inline):
    """Does each kind of work once: all documents are alike, but for pictures, which show `LOOK`."""

    def __init__(self) -> None:
        self._worked: dict[str, Worked] = {}
        self._first = asyncio.Lock()  # pdfium bears no second thread

    async def run(self, work, data: bytes) -> Worked:
        """Do it, or say what came of it the first time."""
        await asyncio.sleep(0)
        if b"\x89PNG" in data:
            return Worked(SHOWN, 0.0)
        name = work.__name__
        if name not in self._worked:
            async with self._first:
                if name not in self._worked:
                    self._worked[name] = Worked(await asyncio.to_thread(work, data), 0.0)
        return self._worked[name]


class Model(ScriptedModel):
    """Answers, and counts how many it is asked at a time."""

    def __init__(self) -> None:
        super().__init__([Answer(GOOD)])
        self.now = self.most = 0

    async def answer(self, question: Question) -> Answer:
        """The same to everybody."""
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(3):
            await asyncio.sleep(0)
        self.now -= 1
        return Answer(GOOD)


class Mixed(Source):
    """Documents of which every second one is a picture."""

    async def get(self, key: str) -> Blob:
        """See `Store.get`."""
        blob = await super().get(key)
        is_text = int(key[:6]) % 2
        return blob if is_text else Blob(Held(b"\x89PNG" + blob.data[8:]), blob.version)


class Seeing(Model):
    """Answers about pictures only once it has answered about so many documents with text."""

    def __init__(self, texts: int) -> None:
        super().__init__()
        self.sees = True
        self.texts, self.enough = texts, asyncio.Event()
        self.shown = self.most_shown = self.most_alive = 0

    async def answer(self, question: Question) -> Answer:
        """The same to everybody, later to some."""
        if not question.pictures:
            self.texts -= 1
            if self.texts == 0:
                self.enough.set()
            return Answer(GOOD)
        self.shown += 1
        await self.enough.wait()
        self.most_shown = max(self.most_shown, self.shown)
        self.most_alive = max(self.most_alive, alive(Picture))
        self.shown -= 1
        return Answer(GOOD)


class Scene:
    """A shift over so many documents, and what it may be asked about."""

    def __init__(self, count: int, concurrency: int = 8, **more: object) -> None:
        self.source, self.batch, self.model = Source(count), Batch(), Model()
        self._settings = Settings(concurrency=concurrency, **more)
        self.claimed: list[int] = []
        self.most_open = 0

    @asynccontextmanager
    async def shift(self) -> AsyncIterator[_Shift]:
        """The shift, at work while this lasts."""
        clock, meter = SystemClock(), Meter(1, Budget())
        tools = Tools(self.source, self.batch, Replayed(), self.model, clock)
        async with Manifest.on(self.batch, clock=clock) as sheet:
            shift = _Shift(tools, meter, sheet, self._settings, asyncio.Event())
            claim = sheet.claim

            async def watched(**limit: object):
                claims = await claim(**limit)
                self.claimed.append(len(claims))
                self.most_open = max(self.most_open, sum(self.claimed) - self.batch.results)
                return claims

            sheet.claim = watched
            async with asyncio.TaskGroup() as tasks:
                working = tasks.create_task(shift.work())
                yield shift
                await working


def alive(kind: type) -> int:
    """How many objects of one kind there are."""
    return sum(type(each) is kind for each in gc.get_objects())


async def idle(shift: _Shift, at_least: int) -> int:
    """How many events wait, at least so many, once nothing more comes of it."""
    seen = -1
    while seen != shift.news._untold.qsize() or seen < at_least:
        seen = shift.news._untold.qsize()
        for _ in range(1_000):
            await asyncio.sleep(0)
    return seen


async def test_what_is_in_memory_does_not_grow_with_the_batch(monkeypatch) -> None:
    """Neither documents nor their bytes; and of the bytes there is a bound while all is listed."""
    count = 3_000
    monkeypatch.setattr(intake, "KEPT_BYTES", 20 * SIZE)
    monkeypatch.setattr(intake, "AT_ONCE_BYTES", 10 * SIZE)
    monkeypatch.setattr(_supply, "IN_MEMORY_BYTES", 5 * SIZE)
    monkeypatch.setattr(_supply, "A_WORKER_BYTES", 0)
    scene, journeys, settled = Scene(count, concurrency=64), [], 0
    async with scene.shift() as shift:
        while event := await shift.news.next():
            settled += type(event).__name__ == "Settled"
            if settled % 500 == 250:
                journeys.append(alive(Journey))

    assert settled == scene.batch.results == count
    # Kept at hand, listed, in flight, begun before they were claimed; and one or two on their way.
    assert scene.source.most_held <= 20 + 10 + 5 + A_CHILD + 2
    assert max(journeys) <= 2 * shift._settings.in_flight
    assert Held.now == 0


async def test_no_more_is_claimed_than_can_be_begun() -> None:
    """A document that is claimed and waits would grow old, and no other worker could have it."""
    scene = Scene(200)
    async with scene.shift() as shift:
        while await shift.news.next():
            pass

    assert scene.most_open == shift._settings.in_flight
    assert sum(scene.claimed) == 200
    assert scene.model.most <= shift._settings.in_flight


async def test_who_does_not_listen_is_not_told_more_and_more(monkeypatch) -> None:
    """What is in flight ends; nothing more begins until there is room for what it will tell."""
    monkeypatch.setattr(_news, "MOST_UNTOLD", 20)
    scene, told = Scene(300), []
    async with scene.shift() as shift:
        waiting = await idle(shift, 20)
        assert waiting <= 20 + 3 * shift._settings.in_flight
        assert shift._sheet.counts[Status.PENDING] > 200
        while event := await shift.news.next():
            told.append(type(event).__name__)

    assert told.count("Settled") == told.count("Started") == 300


async def test_few_wait_for_a_store_that_takes_no_commit() -> None:
    """Each place is free once a result stands, and can be taken only by a commit."""
    scene, told = Scene(300), []
    async with scene.shift() as shift:
        while told.count("Settled") < 50:
            told.append(type(await shift.news.next()).__name__)
        scene.batch.commits.clear()
        await idle(shift, 0)
        waiting = alive(Journey)
        scene.batch.commits.set()
        while event := await shift.news.next():
            told.append(type(event).__name__)

    assert waiting <= 2 * shift._settings.in_flight
    assert told.count("Settled") == 300


@pytest.mark.parametrize("batch", [False, True])
async def test_pictures_with_a_model_are_bounded_and_hold_up_no_text(
    monkeypatch, batch: bool
) -> None:
    """Whoever finds no room drops what it has read; a job is to hold all there is."""
    scene = Scene(40, concurrency=64, batch=batch)
    scene.source, scene.model, told = Mixed(40), Seeing(texts=20), []
    monkeypatch.setattr(_supply, "PICTURES_BYTES", 3 * len(LOOK.data))
    gc.collect()
    others = alive(Picture)  # of other tests
    async with scene.shift() as shift:
        while event := await shift.news.next():
            told.append(type(event).__name__)

    assert told.count("Settled") == scene.batch.results == 40
    assert scene.model.most_shown == (20 if batch else 3)
    # And of one the reading that is repeated here from memory.
    assert scene.model.most_alive - others <= scene.model.most_shown + 1
