"""Where a race happens: a place of its own, of which nothing is left afterwards."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tallysheet.errors import ConfigError
from tallysheet.ports import Clock, Store
from tallysheet.store import FolderStore, MemoryStore, open_store, probe

NAME = "tallysheet-race-"


@asynccontextmanager
async def race_place(url: str | None, *, shared: bool, clock: Clock) -> AsyncIterator[Store]:
    """An empty store below *url*; without one in memory, or in a folder where processes share it.

    Raises:
        ConfigError: The address is wrong, or the store ignores conditions.
        Outage: The store cannot be reached.
    """
    if url is None and not shared:
        yield MemoryStore()
        return
    if url is None:
        with tempfile.TemporaryDirectory(prefix=NAME, ignore_cleanup_errors=True) as folder:
            yield FolderStore(Path(folder))
        return
    store = open_store(f"{url.rstrip('/')}/{NAME}{clock.token()}")
    if shared and isinstance(store, MemoryStore):
        raise ConfigError(
            "Processes share no memory:// store.", "Give a folder or a bucket, or no address."
        )
    try:
        if not isinstance(store, FolderStore | MemoryStore):
            found = await probe(store, clock=clock)
            if not found.trusted:
                raise ConfigError(
                    f"{store.url} cannot be raced on: {found.reason}.",
                    f"See all that it answered with: tallysheet doctor {url}",
                )
        yield store
    finally:
        await _cleaned(store)


async def _cleaned(store: Store) -> None:
    for entry in [entry async for entry in store.list()]:
        await store.delete(entry.key)
    if isinstance(store, FolderStore):
        await asyncio.to_thread(shutil.rmtree, store.url, ignore_errors=True)
