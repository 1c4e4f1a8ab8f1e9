"""What documents there are: listed by this process, or by another one of the same run."""

import asyncio
from collections.abc import Callable, Sequence
from zlib import crc32

from tallysheet.errors import ConfigError
from tallysheet.intake import Shelf, find
from tallysheet.manifest import Manifest
from tallysheet.model import Document, Record
from tallysheet.pipeline._events import Listed
from tallysheet.ports import Clock, Store

ADD_AT_FIRST, ADD_AT_ONCE = 64, 256
"""Documents added in one go: the first ones soon, then twice as many each time."""
LOOK_AGAIN_S = 1.0
"""How often to look whether the others that list are through."""


Soon = Callable[[Sequence[Document]], None]


def _unheard(documents: Sequence[Document]) -> None:
    """Nobody wants to know."""


class Listing:
    """The walk over a source, which adds to the manifest what is new or changed.

    Workers that list at the same time leave each other their shares of what is new, told by a
    hash of its key; who they are stands in the manifest. What was left to others and is not
    there once they are through, or gone, is found by walking again.

    Args:
        source: Where the documents are.
        sheet: The manifest.
        shelf: Where to leave what was read.
        clock: Paces the waiting for others.
        wake: Called when there are new documents, and in the end.
    """

    is_fed = False
    """Whether documents may come that this process does not add itself."""

    def __init__(
        self, source: Store, sheet: Manifest, shelf: Shelf, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._source = source
        self._sheet = sheet
        self._shelf = shelf
        self._clock = clock
        self._wake = wake
        self._soon: Soon = _unheard
        self.is_over = False
        """Whether all of the source has been seen."""
        self.is_adding = False
        """Whether documents are about to be in the manifest."""
        self._new = self._changed = 0
        self._most = ADD_AT_FIRST
        self._listers = {sheet.worker}
        self._share = 0, 1

    async def walk(self, soon: Soon = _unheard) -> Listed:
        """Walk over the source to its end; *soon* is told what is about to be added.

        Raises:
            ConfigError: There is nothing in it and nothing in the manifest, or no such source.
            Outage: It cannot be reached.
        """
        self._soon = soon
        # At first nobody knows yet who else lists, so shares have gaps: they are shared out again.
        for is_ours in (self._is_ours, self._is_ours, lambda _: True):
            seen, left = await self._pass(is_ours)
            if not left:
                break
            await self._others_are_through()
        if not seen and not any(self._sheet.counts.values()):
            raise ConfigError(
                f"There are no documents in {self._source.url}.",
                "Give a folder, a file or a store address that holds invoices.",
            )
        self.is_over = True
        self._wake()
        return Listed(seen, self._new, self._changed, seen - self._new - self._changed)

    async def _pass(self, is_ours: Callable[[str], bool]) -> tuple[int, int]:
        """Walk over the source once; return how many documents it has, and were left to others."""
        seen = left = 0
        group: list[Document] = []
        finding = find(self._source, self._known, self._shelf, is_ours=is_ours)
        async for found in finding:
            seen += 1
            left += found.is_left
            if not (found.is_known or found.is_left):
                group.append(found.document)
            if len(group) == self._most:
                await self._add(group, lists=True)
                group = []
        if group or self._sheet.worker in self._sheet.listers:
            await self._add(group, lists=False)
        return seen, left

    def _known(self, key: str) -> Record | None:
        record = self._sheet.find(key)
        if record is None:
            # It will be added as soon as it has been hashed.
            self._sheet.expect()
        return record

    async def _add(self, group: Sequence[Document], *, lists: bool) -> None:
        # Told first, so that the claim goes into the same commit.
        self.is_adding = bool(group)
        self._wake()
        self._soon(group)
        added = await self._sheet.add(group, lists=lists)
        self._new += len(added.new)
        self._changed += len(added.changed)
        self._most = min(2 * self._most, ADD_AT_ONCE)
        self._take_share()
        self._wake()

    def _take_share(self) -> None:
        """See who else lists by now. Who is through by now has left us nothing of its share."""
        self._listers.update(self._sheet.listers)
        self._share = sorted(self._listers).index(self._sheet.worker), len(self._listers)

    def _is_ours(self, key: str) -> bool:
        number, of = self._share
        return crc32(key.encode(errors="surrogatepass")) % of == number

    async def _others_are_through(self) -> None:
        """Wait for those that list; who dies of it is taken out of the manifest by others."""
        await self._sheet.refresh()
        while self._sheet.listers:
            await self._clock.sleep(LOOK_AGAIN_S)
            await self._sheet.refresh()


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

    async def walk(self, soon: Soon = _unheard) -> None:
        """Wait for the end, and see what was added."""
        await self._over.wait()
        await self._sheet.refresh()
        self.is_over = True
        self._wake()
