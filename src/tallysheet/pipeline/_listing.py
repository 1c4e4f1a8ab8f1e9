"""What documents there are: listed by this process, or by another one of the same run."""

import asyncio
from collections.abc import Callable

from tallysheet.errors import ConfigError
from tallysheet.intake import Shelf, find
from tallysheet.manifest import Manifest
from tallysheet.model import Document
from tallysheet.pipeline._events import Listed
from tallysheet.ports import Store

ADD_AT_FIRST, ADD_AT_ONCE = 64, 256
"""Documents added in one go: the first ones soon, then twice as many each time."""


class Listing:
    """The walk over a source, which adds to the manifest what is new or changed.

    Args:
        source: Where the documents are.
        sheet: The manifest.
        shelf: Where to leave what was read.
        wake: Called when there are new documents, and in the end.
    """

    is_fed = False
    """Whether documents may come that this process does not add itself."""

    def __init__(
        self, source: Store, sheet: Manifest, shelf: Shelf, wake: Callable[[], None]
    ) -> None:
        self._source = source
        self._sheet = sheet
        self._shelf = shelf
        self._wake = wake
        self.is_over = False
        """Whether all of the source has been seen."""
        self.is_adding = False
        """Whether documents are about to be in the manifest."""

    async def walk(self) -> Listed:
        """Walk over the source to its end.

        Raises:
            ConfigError: There is nothing in it and nothing in the manifest, or no such source.
            Outage: It cannot be reached.
        """
        known = {key: record async for key, record in self._sheet.records()}
        seen, new, changed, most = 0, 0, 0, ADD_AT_FIRST
        group: list[Document] = []

        async def add() -> None:
            nonlocal new, changed, group, most
            # Told first, so that the claim goes into the same commit.
            self.is_adding = True
            self._wake()
            added = await self._sheet.add(group)
            new += len(added.new)
            changed += len(added.changed)
            group, most = [], min(2 * most, ADD_AT_ONCE)
            self._wake()

        async for found in find(self._source, known.get, self._shelf):
            seen += 1
            if not found.is_known:
                group.append(found.document)
            if len(group) == most:
                await add()
        if group:
            await add()
        if not seen and not known:
            raise ConfigError(
                f"There are no documents in {self._source.url}.",
                "Give a folder, a file or a store address that holds invoices.",
            )
        self.is_over = True
        self._wake()
        return Listed(seen, new, changed, seen - new - changed)


class ListedElsewhere:
    """Another process walks over the source, and this one takes what it adds.

    Args:
        over: Set once all that there is has been added.
        sheet: The manifest.
        wake: Called in the end.
    """

    is_adding = False

    def __init__(self, over: asyncio.Event, sheet: Manifest, wake: Callable[[], None]) -> None:
        self._over = over
        self._sheet = sheet
        self._wake = wake
        self.is_over = False

    @property
    def is_fed(self) -> bool:
        """Whether documents may come that this process does not add itself."""
        return not self.is_over

    async def walk(self) -> None:
        """Wait for the end, and see what was added."""
        await self._over.wait()
        await self._sheet.refresh()
        self.is_over = True
        self._wake()
