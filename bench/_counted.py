"""Whole runs in virtual time, and everything that they ask of the store.

The code is that of `tallysheet run`, from the listing to the summary, over stores in memory
that are as far away as S3. Only reading is not done: instead of parsing a document and asking
a model, its journey asks the cache, sleeps, and makes a result of the usual size.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from _cost_model import KEYS_A_PAGE, Load
from _virtual import VirtualClock, VirtualLoop
from tallysheet.errors import Conflict
from tallysheet.extract import Cache
from tallysheet.manifest import ROOT, Manifest
from tallysheet.model import Draft, Invoice, Parsed, Reading, Record
from tallysheet.models import Budget
from tallysheet.pipeline import _ahead, _journey, _run
from tallysheet.pipeline._journey import Journey
from tallysheet.pipeline._meter import Meter
from tallysheet.pipeline._record import record
from tallysheet.ports import ABSENT, Answer, Blob, Entry, Question, Store, Tools, Version
from tallysheet.results import Shown, Written
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import Inline, SlowStore


@dataclass
class Counted:
    """What a batch took.

    Attributes:
        requests: How many, by what and of what: ``put root``, ``get document``.
        sizes: Bytes sent or received, likewise. Documents, answers and results are as good as
            empty here.
        refused: Of the requests, those whose condition was not met.
        wall_s: Virtual seconds from the first worker's start to the last one's end.
        waits_s: Seconds from a stored result to its acknowledgement, a document each.
        settled_s: When that came.
        most_aside: The most results of one worker that were stored and not yet acknowledged.
        cpu_s: Real seconds of CPU that all of it took.
    """

    requests: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wall_s: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    settled_s: list[float] = field(default_factory=list)
    most_aside: int = 0
    cpu_s: float = 0.0

    @property
    def documents_a_second(self) -> float:
        """Between the first and the last tenth of them: the start and the end are left out."""
        tenth = len(self.settled_s) // 10
        middle = sorted(self.settled_s)[tenth : len(self.settled_s) - tenth]
        return (len(middle) - 1) / (middle[-1] - middle[0])

    def note(self, verb: str, kind: str, size: int = 0) -> None:
        """One request."""
        self.requests[f"{verb} {kind}"] += 1
        self.sizes[f"{verb} {kind}"] += size


def kind_of(key: str) -> str:
    """What stands under a key of a batch."""
    if key == ROOT:
        return "root"
    if key.startswith("seg/"):
        return "merged" if "-compact-" in key else "segment"
    return {"results": "result", "cache": "cache"}.get(key.partition("/")[0], "probe")


class NotedStore:
    """A store that writes down what is asked of it.

    Args:
        store: The store behind.
        counted: Where to.
        kind: What all of it is, unless the keys tell.
    """

    def __init__(self, store: Store, counted: Counted, kind: str = "") -> None:
        self._store = store
        self._counted = counted
        self._kind = kind

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self._store.url

    def _of(self, key: str) -> str:
        return self._kind or kind_of(key)

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        self._counted.note("get", self._of(key))
        blob = await self._store.get(key)
        self._counted.sizes[f"get {self._of(key)}"] += len(blob.data)
        return blob

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*."""
        self._counted.note("put", self._of(key), len(data))
        try:
            return await self._store.put(key, data, expect=expect)
        except Conflict:
            self._counted.refused[f"put {self._of(key)}"] += 1
            raise

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        self._counted.note("delete", self._of(key))
        await self._store.delete(key)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*, page by page."""
        rows = 0
        async for entry in self._store.list(prefix):
            if rows % KEYS_A_PAGE == 0:
                self._counted.note("list", self._kind or "batch")
            rows += 1
            yield entry
        if not rows:
            self._counted.note("list", self._kind or "batch")


class _Model:
    """Takes its time over so many questions at once, and says nothing."""

    name, sees, free = "scripted:model", False, False

    def __init__(self, load: Load, clock: VirtualClock) -> None:
        self._latency_s = load.latency_s
        self._places = asyncio.Semaphore(load.concurrency)
        self._clock = clock

    async def answer(self, question: Question) -> Answer:
        """Sleep."""
        async with self._places:
            await self._clock.sleep(self._latency_s * (0.5 + self._clock.random()))
        return Answer(question.text)


async def _parse(*_: object, **__: object) -> Parsed:
    """In the place of parsing a document."""
    return Parsed("application/pdf", ())


async def _read(
    journey: Journey, parsed: Parsed, tools: Tools, settings: Settings, cache: Cache
) -> Written:
    """In the place of extracting and validating one."""
    question = Question(parsed, text=journey.key)

    async def read(asked: Question) -> Reading:
        await tools.model.answer(asked)
        return Reading(source=tools.model.name, draft=Draft(invoice=Invoice()))

    await cache.recall(journey.claim.record.sha256, tools.model.name, question, read)
    return Written(journey.key.encode(), Shown(needs_review=False), marks={})


def counted(load: Load) -> Counted:
    """Run it, and count."""
    before_s = time.process_time()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        found = runner.run(_counted(load))
    found.cpu_s = time.process_time() - before_s
    return found


async def _counted(load: Load) -> Counted:
    found, inbox, shelf = Counted(), MemoryStore(), MemoryStore()
    for number in range(load.documents):
        await inbox.put(f"2026/invoice-{number:08}.pdf", b"%d" % number, expect=ABSENT)
    numbers = iter(range(load.workers))

    @asynccontextmanager
    async def assemble(*_: object) -> AsyncIterator[tuple[Tools, Meter]]:
        clock = VirtualClock(next(numbers))

        def far(store: Store, kind: str = "") -> Store:
            noted = NotedStore(store, found, kind)
            return SlowStore(noted, clock, get_s=load.get_s, put_s=load.put_s)

        tools = Tools(far(inbox, "document"), far(shelf), Inline(), _Model(load, clock), clock)
        yield tools, Meter(1, Budget(None))

    aside: Counter[str] = Counter()

    async def timed(journey: Journey, sheet: Manifest, **more: Any) -> Record | None:
        asked_s = asyncio.get_running_loop().time()
        aside[sheet.worker] += 1
        found.most_aside = max(found.most_aside, aside[sheet.worker])
        recorded = await record(journey, sheet, **more)
        aside[sheet.worker] -= 1
        found.settled_s.append(asyncio.get_running_loop().time())
        found.waits_s.append(found.settled_s[-1] - asked_s)
        return recorded

    async def work() -> None:
        settings = Settings(model=_Model.name, concurrency=load.concurrency)
        async for _ in _run.run("memory://inbox", settings=settings):
            pass

    with (
        patch.object(_run, "assemble", assemble),
        patch.object(_run, "record", timed),
        patch.object(_ahead, "parse", _parse),
        patch.object(_journey, "parse", _parse),
        patch.object(_journey, "_read", _read),
    ):
        async with asyncio.TaskGroup() as tasks:
            for _ in range(load.workers):
                tasks.create_task(work())
        found.wall_s = asyncio.get_running_loop().time()
    return found
