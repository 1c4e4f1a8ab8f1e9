"""Where a race happens: a place of its own, of which nothing is left afterwards."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tallysheet.errors import ConfigError, Outage
from tallysheet.ports import Clock, Store
from tallysheet.store import FolderStore, MemoryStore, open_store, probe

NAME = "tallysheet-race-"


class Place:
    """Empty stores side by side, a fresh one for every way."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._given = 0

    def fresh(self) -> Store:
        """An empty store; in memory where the place has no address."""
        self._given += 1
        return MemoryStore() if self._url is None else open_store(f"{self._url}/{self._given}")

    async def prove(self, *, clock: Clock) -> None:
        """Refuse a store on which even we would lose updates.

        Raises:
            ConfigError: It ignores conditions, or refuses us.
            Outage: It cannot be reached.
        """
        store = self.fresh()
        if isinstance(store, FolderStore | MemoryStore):
            return
        found = await probe(store, clock=clock)
        if not found.trusted:
            raise ConfigError(
                f"There can be no race on {self._url}: {found.reason}.",
                "Choose another store; `tallysheet doctor` shows all that this one answered with.",
            )


@contextmanager
def race_place(url: str | None, *, shared: bool, clock: Clock) -> Iterator[Place]:
    """A place below *url*; without one in memory, or in a folder where processes share it.

    It is removed when the event loop of the race has ended: then no thread of it writes
    any more.

    Raises:
        ConfigError: The address is wrong, or nothing may be written there.
        Outage: The store cannot be reached to remove what was made there.
    """
    store = None if url is None else open_store(url)
    if isinstance(store, MemoryStore) and shared:
        raise ConfigError(
            "Processes share no memory:// store.", "Give a folder or a bucket, or no address."
        )
    if isinstance(store, FolderStore) or (store is None and shared):
        with _folder(None if store is None else Path(store.url)) as folder:
            yield Place(folder)
    elif store is None or isinstance(store, MemoryStore):
        yield Place(None)
    else:
        name = f"{store.url.rstrip('/')}/{NAME}{clock.token()}"
        try:
            yield Place(name)
        finally:
            asyncio.run(_emptied(open_store(name)))


@contextmanager
def _folder(above: Path | None) -> Iterator[str]:
    if above is not None and not above.is_dir():
        raise ConfigError(f"There is no folder {str(above)!r}.", "Check the path, or make it.")
    try:
        made = tempfile.TemporaryDirectory(prefix=NAME, dir=above, ignore_cleanup_errors=True)
    except OSError as error:
        raise ConfigError(
            f"Nothing can be made in {error.filename!r}: {error.strerror}.",
            "Give another folder.",
        ) from None
    with made as folder:
        yield folder


async def _emptied(store: Store) -> None:
    try:
        for entry in [entry async for entry in store.list()]:
            await store.delete(entry.key)
    except Outage as error:
        raise Outage(
            f"{store.url} could not be removed again. {error.message}",
            "Remove all below it once the store can be reached.",
        ) from None
