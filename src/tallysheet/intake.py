"""What is there to do: list the source, hash what is new or changed, leave the rest alone."""

import asyncio
import hashlib
from collections import OrderedDict
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
AT_ONCE_BYTES = 32 * 1024 * 1024
"""About how much they may have together."""


KEPT_BYTES = 32 * 1024 * 1024
"""Of documents that were read to be hashed and are soon to be parsed."""


class Shelf:
    """Bytes of documents between the listing, which hashes them, and the one who reads them.

    So most documents of a new batch are fetched once. What comes first stays, since it is
    claimed first; what has no room is fetched again. What came before one that is taken is not
    going to be: it is a copy of another document, or another worker has claimed it.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._room = KEPT_BYTES

    def put(self, key: str, sha256: str, data: bytes) -> None:
        """Keep the content of a document, if there is room."""
        if len(data) <= self._room and (key, sha256) not in self._kept:
            self._kept[key, sha256] = data
            self._room -= len(data)

    def take(self, key: str, sha256: str) -> bytes | None:
        """The content of that hash, if it is kept; from now on it is not."""
        if (key, sha256) not in self._kept:
            return None
        while True:
            first, data = self._kept.popitem(last=False)
            self._room += len(data)
            if first == (key, sha256):
                return data


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the source's listing, as a document."""

    document: Document
    is_known: bool
    """Whether the manifest already has it with this content."""
    is_left: bool = False
    """Whether it was left to another worker, unread: its hash is not known."""


async def find(
    source: Store,
    known: Callable[[str], Record | None],
    shelf: Shelf | None = None,
    *,
    is_ours: Callable[[str], bool] = lambda _: True,
) -> AsyncIterator[Found]:
    """Walk over the source. Known documents are told by their version and not read again.

    Args:
        source: Where the documents are.
        known: The manifest's record of a key, or none.
        shelf: Where to put what was read.
        is_ours: Whether to read what is new or changed under a key, or leave it to others.

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
        if not is_ours(entry.key):
            left = Document(entry.key, "", entry.size, entry.version)
            yield Found(left, is_known=False, is_left=True)
            continue
        waiting.append(entry)
        waiting_bytes += entry.size
        if len(waiting) == AT_ONCE or waiting_bytes >= AT_ONCE_BYTES:
            for found in await _hash_all(source, waiting, shelf):
                yield found
            waiting, waiting_bytes = [], 0
    for found in await _hash_all(source, waiting, shelf):
        yield found


async def _hash_all(source: Store, entries: list[Entry], shelf: Shelf | None) -> list[Found]:
    async with asyncio.TaskGroup() as tasks:
        hashing = [tasks.create_task(_hash(source, entry)) for entry in entries]
    found = []
    for entry, task in zip(entries, hashing, strict=True):
        hashed = task.result()
        if hashed is None:
            continue
        sha256, data = hashed
        if shelf is not None and data:
            shelf.put(entry.key, sha256, data)
        document = Document(entry.key, sha256, entry.size, entry.version)
        found.append(Found(document, is_known=False))
    return found


async def _hash(source: Store, entry: Entry) -> tuple[str, bytes] | None:
    """A document's sha-256 and bytes; both empty where it cannot be read; none where it is gone."""
    if entry.size > MOST_BYTES:
        return "", b""
    try:
        data = (await source.get(entry.key)).data
    except NotFound:
        return None
    except Outage:
        raise
    except StoreError:
        return "", b""
    return await sha256_of(data), data


async def sha256_of(data: bytes) -> str:
    """The hash that names a content, in hexadecimal, without holding up the event loop."""
    if len(data) <= ON_THE_LOOP_BYTES:
        return hashlib.sha256(data).hexdigest()
    return await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
