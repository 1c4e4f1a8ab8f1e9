"""The first documents of a run are read while the claim to them is being written.

A process that is new to a batch writes twice before it may ask a model anything: its name,
then its claims. Meanwhile its children would have nothing to do, and the last of a hundred
documents would come to its model so much later. Reading changes nothing, so it needs no claim;
what somebody else gets in the end was read for nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tallysheet.intake import Shelf
from tallysheet.model import Document, Parsed, Record
from tallysheet.parse import parse
from tallysheet.pipeline._parts import wanted_of
from tallysheet.ports import Tools

A_CHILD = 64
"""About as many pages as a child reads until two claims stand, on a store not far away."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A document that is being read."""

    reading: asyncio.Task[Parsed | Exception]
    turn: asyncio.Lock
    """Of all that were begun: the claim to them stands at the same moment, and going on with all
    of them at once would hold up the event loop, and so the children."""

    async def end(self) -> Parsed:
        """Wait for what comes of it; raises what `parse` does."""
        end = await self.reading
        async with self.turn:
            await asyncio.sleep(0)
        if isinstance(end, Exception):
            raise end
        return end


class HeadStart:
    """Documents whose reading has begun before they were claimed.

    Args:
        tools: What reads them.
        shelf: Where their bytes are since they were hashed.
        most: How many, at most.
    """

    def __init__(self, tools: Tools, shelf: Shelf, most: int) -> None:
        self._tools = tools
        self._shelf = shelf
        self._left = most
        self._turn = asyncio.Lock()
        self._begun: dict[tuple[str, str], Begun] = {}

    def begin(self, tasks: asyncio.TaskGroup, documents: Sequence[Document]) -> None:
        """Begin to read *documents*, which are about to be added, as long as there are few."""
        for document in documents[: self._left]:
            data = self._shelf.take(document.key, document.sha256)
            if data is not None:
                self._left -= 1
                reading = tasks.create_task(self._read(document, data))
                self._begun[document.key, document.sha256] = Begun(reading, self._turn)

    def take(self, key: str, record: Record) -> Begun | None:
        """That document, if it was begun; once."""
        return self._begun.pop((key, record.sha256), None)

    async def _read(self, document: Document, data: bytes) -> Parsed | Exception:
        tools = self._tools
        wanted = wanted_of(document.key, None, document.sha256, shown=tools.model.sees)
        try:
            return await parse(
                data, offload=tools.offload, wanted=wanted, passwords=tools.passwords
            )
        except Exception as error:  # noqa: BLE001  handed to whoever claims the document
            return error
