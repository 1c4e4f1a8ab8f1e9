"""The ways to keep a shared file of statuses that are compared: ours, and the two usual ones.

Each counts updates, which makes a lost one and a doubled one visible. The usual ways
keep one JSON object with a number a document, far less than our records hold: that
is to their advantage.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from tallysheet.errors import Conflict, NotFound
from tallysheet.manifest import ROOT, Manifest
from tallysheet.model import Document, Record
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import ABSENT, Clock, Store
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, SlowStore

GET_S, PUT_S = 0.020, 0.040
MOST_SLOTS = 64
ADDED_AT_ONCE = 10_000
CLOCK = SystemClock()


class Way(Protocol):
    """Counts the updates of each document in a shared object."""

    async def count(self, key: str) -> None:
        """Update one record; durable when this returns."""
        ...

    async def total(self) -> int:
        """How many updates the shared object has."""
        ...


Opening = Callable[[Store, Sequence[str]], AbstractAsyncContextManager[Way]]


class Locked:
    """Read, modify, write under an `asyncio.Lock`, which lives in one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()

    async def count(self, key: str) -> None:
        """Update one record."""
        async with self._lock:
            blob = await self._store.get(ROOT)
            version, data = blob.version, _counted(blob.data, key)
            while True:
                try:
                    await self._store.put(ROOT, data, expect=version)
                except Conflict:
                    # Another process wrote meanwhile. This way's PUT has no condition, so it
                    # replaces that; a `Store` can do so only with the version that stands.
                    version = (await self._store.get(ROOT)).version
                else:
                    return

    async def total(self) -> int:
        """How many updates the shared object has."""
        return await _total(self._store)


class Swapped:
    """Read, modify, write if unchanged, else again after a random pause; one update a PUT."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count(self, key: str) -> None:
        """Update one record."""
        slots = 1
        while True:
            blob = await self._store.get(ROOT)
            try:
                await self._store.put(ROOT, _counted(blob.data, key), expect=blob.version)
            except Conflict:
                slots = min(2 * slots, MOST_SLOTS)
                await CLOCK.sleep(CLOCK.random() * slots * PUT_S)
            else:
                return

    async def total(self) -> int:
        """How many updates the shared object has."""
        return await _total(self._store)


class Ours:
    """A `Manifest`; the number stands in the record's own data."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest

    async def count(self, key: str) -> None:
        """Update one record."""
        await self.manifest.update(key, count_up)

    async def total(self) -> int:
        """How many updates the shared object has."""
        await self.manifest.refresh()
        return sum([record.data.get("n", 0) async for _, record in self.manifest.records()])


def count_up(record: Record) -> Record:
    """The record with one update more."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


def _counted(data: bytes, key: str) -> bytes:
    counts = json.loads(data)
    counts[key] += 1
    return json.dumps(counts).encode()


async def _total(store: Store) -> int:
    return sum(json.loads((await store.get(ROOT)).data).values())


@asynccontextmanager
async def locked(store: Store, keys: Sequence[str]) -> AsyncIterator[Way]:
    """The way with a lock, its object in place."""
    await _begin(store, keys)
    yield Locked(store)


@asynccontextmanager
async def swapped(store: Store, keys: Sequence[str]) -> AsyncIterator[Way]:
    """The way with compare-and-swap, its object in place."""
    await _begin(store, keys)
    yield Swapped(store)


@asynccontextmanager
async def ours(store: Store, keys: Sequence[str]) -> AsyncIterator[Ours]:
    """A manifest, its documents in place."""
    async with Manifest.on(store, clock=CLOCK) as manifest:
        if not manifest.exists:
            for at in range(0, len(keys), ADDED_AT_ONCE):
                await manifest.add(documents(keys[at : at + ADDED_AT_ONCE]))
        yield Ours(manifest)


USUAL: dict[str, Opening] = {"asyncio.Lock": locked, "compare-and-swap": swapped}
OURS = "tallysheet"
WAYS: dict[str, Opening] = {OURS: ours, **USUAL}


async def _begin(store: Store, keys: Iterable[str]) -> None:
    try:
        await store.get(ROOT)
    except NotFound:
        await store.put(ROOT, json.dumps(dict.fromkeys(keys, 0)).encode(), expect=ABSENT)


def keys_of(count: int) -> list[str]:
    """So many names of documents."""
    return [f"2026/inv-{number:07}.pdf" for number in range(count)]


def documents(keys: Iterable[str]) -> list[Document]:
    """What intake would find under these names; their records take some 200 bytes each."""
    return [Document(key, _hex(key), 1_234_567_890, _hex(f"version of {key}")) for key in keys]


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def far(store: Store | None = None) -> CountingStore:
    """A store at the distance that the bench is about, in memory unless given; it counts."""
    near = MemoryStore() if store is None else store
    return CountingStore(SlowStore(near, CLOCK, get_s=GET_S, put_s=PUT_S))


class Clocked:
    """Many hands that update without a break, and how long each update took.

    Attributes:
        took_s: Of each update that was acknowledged, in seconds.
        waiting_s: Of each that was not when time was up, how long it had waited.
        wall_s: From the first request to the last answer.
    """

    def __init__(self, way: Way, keys: Sequence[str], clock: Clock = CLOCK) -> None:
        self._way = way
        self._keys = keys
        self._clock = clock
        self.took_s: list[float] = []
        self.waiting_s: list[float] = []
        self.wall_s = 0.0

    async def run(
        self, *, hands: int, rounds: int, for_s: float = math.inf, patience_s: float = 0
    ) -> None:
        """Let *hands* update *rounds* times each, or for as long as there is time.

        Args:
            hands: How many update at the same time.
            rounds: How often each does, at most.
            for_s: After so many seconds nothing more is asked.
            patience_s: How much longer what was asked is waited for.
        """
        started = self._clock.monotonic()
        asked: dict[int, float] = {}

        async def work(hand: int) -> None:
            for number in range(hand * rounds, (hand + 1) * rounds):
                now = self._clock.monotonic()
                if now - started >= for_s:
                    return
                asked[hand] = now
                await self._way.count(self._keys[number % len(self._keys)])
                self.took_s.append(self._clock.monotonic() - asked.pop(hand))

        try:
            async with asyncio.timeout(for_s + patience_s), asyncio.TaskGroup() as tasks:
                for hand in range(hands):
                    tasks.create_task(work(hand))
        except TimeoutError:
            now = self._clock.monotonic()
            self.waiting_s.extend(now - since for since in asked.values())
        self.wall_s += self._clock.monotonic() - started
