"""The bytes of documents: at hand since they were hashed, fetched, or out of another file.

However many documents are in flight, only so many bytes of theirs are in memory: each waits
for room before it is fetched, and makes room once it has been read.
"""

import asyncio
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from weakref import WeakValueDictionary

from tallysheet.errors import DocumentError, NotFound, Outage, StoreError
from tallysheet.intake import MOST_BYTES, Shelf
from tallysheet.manifest import Manifest
from tallysheet.model import Record
from tallysheet.parse import Content, Wanted, unpacked
from tallysheet.pipeline._room import Room
from tallysheet.ports import Offload, Store

IN_MEMORY_BYTES = 32 * 1024 * 1024
"""Of documents that are not yet read; and so many more of files that hold several. Each is in
memory twice while it waits for a child."""
A_WORKER_BYTES = 4 * 1024 * 1024
"""And so many for each child, so that of many none has to wait for documents."""
PICTURES_BYTES = 256 * 1024 * 1024
"""Of pages that are with a model as pictures; its requests hold some 2.5 times that besides."""
KEPT_BYTES = 32 * 1024 * 1024
"""Of members that were taken out together and whose turn is still to come."""


class Supply:
    """Where documents come from, once they are claimed.

    Args:
        source: Where the files are.
        offload: Where containers are opened.
        sheet: Knows what else is in a file.
        shelf: What is at hand.
        workers: How many children there are to read documents.
    """

    def __init__(
        self, source: Store, offload: Offload, sheet: Manifest, shelf: Shelf, workers: int
    ) -> None:
        self._source = source
        self._offload = offload
        self._sheet = sheet
        self._shelf = shelf
        most_bytes = IN_MEMORY_BYTES + workers * A_WORKER_BYTES
        self._room, self._room_for_files = Room(most_bytes), Room(most_bytes)
        self.pictures = Room(PICTURES_BYTES)
        """For the pages that a model is shown."""
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._kept: OrderedDict[tuple[str, ...], Content] = OrderedDict()
        self._kept_bytes = 0

    def room(self, record: Record) -> AbstractAsyncContextManager[None]:
        """Room for a document, to be had before it is fetched, and left once it has been read."""
        return self._room.of(record.size)

    def at_hand(self, key: str, record: Record) -> bytes | None:
        """The bytes of a document that were read not long ago; from now on they are not kept."""
        return self._shelf.take(key, record.sha256)

    async def part(self, record: Record, wanted: Wanted) -> tuple[bytes, Wanted]:
        """The bytes in which a part of a file stands, and what of these it is.

        Whether it is still what it was is seen when it is read.

        Raises:
            DocumentError: It cannot be had: as `fetched`, or what opening the file comes to.
            Outage: The source cannot be reached.
            WorkerLost: As the offload says.
        """
        file = record.file or ""
        if len(self._sheet.parts_of(file)) == 1:
            # Whoever reads it opens the file: that saves a trip.
            return await fetched(self._source, file, record.size), wanted
        holder = await self._sheet.get(file)
        place = (holder.sha256, *wanted.members)
        # One opens the file; the others find what that brought.
        opening = self._opening.setdefault(file, asyncio.Lock())
        async with opening:
            content = self._kept.get(place)
            if content is None:
                content = await self._open(file, holder, wanted)
        if isinstance(content, bytes):
            return content, wanted.unpacked
        raise DocumentError(*content)

    async def _open(self, file: str, holder: Record, wanted: Wanted) -> Content:
        """Take a member out of its file, and those after it for later."""
        async with self._room_for_files.of(holder.size):
            data = await fetched(self._source, file, holder.size)
            if not wanted.members:
                self._keep((holder.sha256,), data)
                return data
            found = await unpacked(data, wanted, offload=self._offload)
        *above, name = wanted.members
        for member, content in found.items():
            self._keep((holder.sha256, *above, member), content)
        return found[name]

    def _keep(self, place: tuple[str, ...], content: Content) -> None:
        """Keep one more, and no more of the oldest than there is room for."""
        self._kept_bytes += len(content) - len(self._kept.pop(place, b""))
        self._kept[place] = content
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)


async def fetched(source: Store, key: str, size: int) -> bytes:
    """Read a document that was listed with so many bytes.

    Raises:
        DocumentError: It cannot be had: ``too_large``, ``gone``, ``unreadable``.
        Outage: The source cannot be reached.
    """
    if size > MOST_BYTES:
        raise DocumentError(
            "too_large",
            f"It has {size:,} bytes, and at most {MOST_BYTES:,} are read.",
            "Split it, or take it out of the source.",
        )
    try:
        return (await source.get(key)).data
    except NotFound:
        raise DocumentError("gone", "It left the source after it was listed.") from None
    except Outage:
        raise
    except StoreError as error:
        raise DocumentError("unreadable", error.message, error.fix) from None
