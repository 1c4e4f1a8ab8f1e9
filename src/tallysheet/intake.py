"""What is there to do: list the source, hash what is new or changed, leave the rest alone."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from tallysheet.errors import NotFound, Outage, StoreError
from tallysheet.model import Document, Record
from tallysheet.ports import Entry, Store

MOST_BYTES = 100 * 1024 * 1024
"""A larger file is no invoice: it is added unread, and fails for that when its turn comes."""

ON_THE_LOOP_BYTES = 256 * 1024
"""Hashing so much takes less than a millisecond; more goes to a thread."""

AT_ONCE = 64
"""How many documents are read at the same time to be hashed, at most."""
AT_ONCE_BYTES = 64 * 1024 * 1024
"""About how much they may have together."""


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the source's listing, as a document."""

    document: Document
    is_known: bool
    """Whether the manifest already has it with this content."""


async def find(source: Store, known: Callable[[str], Record | None]) -> AsyncIterator[Found]:
    """Walk over the source. Known documents are told by their version and not read again.

    Args:
        source: Where the documents are.
        known: The manifest's record of a key, or none.

    Raises:
        ConfigError: The source does not exist or refuses us.
        Outage: It cannot be reached.
    """
    waiting: list[Entry] = []
    waiting_bytes = 0
    async for entry in source.list():
        record = known(entry.key)
        if record is not None and record.version == entry.version:
            yield Found(Document(entry.key, record.sha256, entry.size, entry.version), True)
            continue
        waiting.append(entry)
        waiting_bytes += entry.size
        if len(waiting) == AT_ONCE or waiting_bytes >= AT_ONCE_BYTES:
            for found in await _hash_all(source, waiting):
                yield found
            waiting, waiting_bytes = [], 0
    for found in await _hash_all(source, waiting):
        yield found


async def _hash_all(source: Store, entries: list[Entry]) -> list[Found]:
    async with asyncio.TaskGroup() as tasks:
        hashing = [tasks.create_task(_hash(source, entry)) for entry in entries]
    hashes = [task.result() for task in hashing]
    return [
        Found(Document(e.key, sha256, e.size, e.version), False)
        for e, sha256 in zip(entries, hashes, strict=True)
        if sha256 is not None
    ]


async def _hash(source: Store, entry: Entry) -> str | None:
    """The document's sha-256; empty where it cannot be read; none where it has gone meanwhile."""
    if entry.size > MOST_BYTES:
        return ""
    try:
        data = (await source.get(entry.key)).data
    except NotFound:
        return None
    except Outage:
        raise
    except StoreError:
        return ""
    return await sha256_of(data)


async def sha256_of(data: bytes) -> str:
    """The hash that names a content, in hexadecimal, without holding up the event loop."""
    if len(data) <= ON_THE_LOOP_BYTES:
        return hashlib.sha256(data).hexdigest()
    return await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
