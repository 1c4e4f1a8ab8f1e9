"""The manifest for programs without an event loop, such as scripts and threaded servers."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any, TypeVar

from tallysheet.manifest import Added, Claim, Manifest, Outcome, Worker
from tallysheet.model import Document, Record, Status

T = TypeVar("T")

AT_ONCE = 1000
"""Records that are handed over from the loop's thread in one go."""


class SyncManifest:
    """A `Manifest` whose calls block. Any number of threads may use it at once.

    It has the same names, and they mean the same: what threads ask for at the same
    time shares a commit, what returns is durable.
    """

    def __init__(self, manifest: Manifest, loop: asyncio.AbstractEventLoop) -> None:
        self._manifest = manifest
        self._loop = loop

    def _wait(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def _look(self, at: Callable[[Manifest], T]) -> T:
        """Look in the loop's own thread, where nothing changes meanwhile."""

        async def look() -> T:
            return at(self._manifest)

        return self._wait(look())

    @property
    def worker(self) -> str:
        """The name of this process in the manifest."""
        return self._manifest.worker

    @property
    def exists(self) -> bool:
        """Whether there was a manifest when it was last looked for."""
        return self._look(lambda manifest: manifest.exists)

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many documents there are of each status."""
        return self._look(lambda manifest: manifest.counts)

    @property
    def workers(self) -> Mapping[str, int]:
        """The processes that write here, and how many documents each of them holds."""
        return self._look(lambda manifest: manifest.workers)

    @property
    def processes(self) -> Mapping[str, Worker]:
        """The same processes, as each of them describes itself."""
        return self._look(lambda manifest: manifest.processes)

    def held_by(self, worker: str) -> list[str]:
        """See `Manifest.held_by`."""
        return self._look(lambda manifest: manifest.held_by(worker))

    @property
    def listers(self) -> list[str]:
        """The workers that are about to add more documents, sorted."""
        return self._look(lambda manifest: manifest.listers)

    def expect(self) -> None:
        """See `Manifest.expect`."""
        self._look(lambda manifest: manifest.expect())

    def refresh(self) -> None:
        """See `Manifest.refresh`."""
        self._wait(self._manifest.refresh())

    def find(self, key: str) -> Record | None:
        """See `Manifest.find`."""
        return self._look(lambda manifest: manifest.find(key))

    def ensure_lease(self) -> None:
        """See `Manifest.ensure_lease`."""
        self._wait(self._manifest.ensure_lease())

    def get(self, key: str) -> Record:
        """See `Manifest.get`."""
        return self._wait(self._manifest.get(key))

    def records(self, *statuses: Status) -> Iterator[tuple[str, Record]]:
        """See `Manifest.records`."""
        walk = self._manifest.records(*statuses)
        while found := self._wait(_next_of(walk)):
            yield from found

    def parts_of(self, key: str) -> list[str]:
        """See `Manifest.parts_of`."""
        return self._look(lambda manifest: manifest.parts_of(key))

    def add(self, documents: Iterable[Document | str], *, lists: bool | None = None) -> Added:
        """See `Manifest.add`."""
        return self._wait(self._manifest.add(list(documents), lists=lists))

    def claim(self, *, limit: int | Callable[[], int], can_wait: bool = False) -> tuple[Claim, ...]:
        """See `Manifest.claim`. A *limit* that is asked is so in another thread."""
        return self._wait(self._manifest.claim(limit=limit, can_wait=can_wait))

    def finish(self, claim: Claim, outcome: Outcome, *, can_wait: bool = False) -> Record:
        """See `Manifest.finish`."""
        return self._wait(self._manifest.finish(claim, outcome, can_wait=can_wait))

    def charge(self, claim: Claim, cost_usd: Callable[[], float]) -> None:
        """See `Manifest.charge`. *cost_usd* is asked in another thread, and must not wait."""
        self._look(lambda manifest: manifest.charge(claim, cost_usd))

    def release(self, claims: Iterable[Claim]) -> None:
        """See `Manifest.release`."""
        self._wait(self._manifest.release(list(claims)))

    def sign_off(self) -> None:
        """See `Manifest.sign_off`."""
        self._wait(self._manifest.sign_off())

    def update(self, key: str, change: Callable[[Record], Record]) -> Record:
        """See `Manifest.update`. *change* runs in another thread, and must not wait."""
        return self._wait(self._manifest.update(key, change))

    def retry(self, keys: Sequence[str] | None = None) -> tuple[str, ...]:
        """See `Manifest.retry`."""
        return self._wait(self._manifest.retry(keys))


async def _next_of(walk: Any) -> list[tuple[str, Record]]:
    found = []
    async for item in walk:
        found.append(item)
        if len(found) == AT_ONCE:
            break
    return found


@contextmanager
def hosted(opening: Callable[[], AbstractAsyncContextManager[Manifest]]) -> Iterator[SyncManifest]:
    """Keep a manifest open on an event loop in a thread of its own.

    Raises:
        Whatever opening raises, or ended the manifest while it was open.
    """
    ready: Future[SyncManifest] = Future()
    leave = asyncio.Event()

    async def host() -> None:
        async with opening() as manifest:
            ready.set_result(SyncManifest(manifest, asyncio.get_running_loop()))
            await leave.wait()

    ended: Future[None] = Future()

    def serve() -> None:
        try:
            asyncio.run(host())
        except BaseException as error:  # noqa: BLE001  handed to whoever opened it
            ended.set_exception(error)
            if not ready.done():
                ready.set_exception(error)
        else:
            ended.set_result(None)

    threading.Thread(target=serve, name="tallysheet-manifest", daemon=True).start()
    manifest = ready.result()
    try:
        yield manifest
    finally:
        with suppress(RuntimeError):  # the loop has ended by itself
            manifest._loop.call_soon_threadsafe(leave.set)
        ended.result()
