"""A plain PUT, which our stores do not have, and which whoever loses updates has used."""

from collections.abc import AsyncIterator
from contextlib import suppress

from tallysheet.errors import Conflict, NotFound
from tallysheet.ports import ABSENT, Blob, Entry, Store, Version
from tallysheet.race._ways import SHEET


class Overwriting:
    """Another store, whose shared sheet is replaced whatever stands there.

    It is written under the version that was last seen here, which is the one that stands
    where nobody else writes: one request, as a plain PUT. After a conflict the version is
    looked up once. Who loses then, too, was overtaken between the two requests, and counts
    as overwritten: a plain PUT could have come in just before the one that won.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: Version = ABSENT

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self._store.url

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        blob = await self._store.get(key)
        if key == SHEET:
            self._seen = blob.version
        return blob

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data*; to the shared sheet whatever its version."""
        if key != SHEET:
            return await self._store.put(key, data, expect=expect)
        with suppress(Conflict):
            self._seen = await self._store.put(key, data, expect=self._seen)
            return self._seen
        now: Version = ABSENT
        with suppress(NotFound):
            now = (await self._store.get(key)).version
        with suppress(Conflict):
            self._seen = await self._store.put(key, data, expect=now)
        return self._seen

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        await self._store.delete(key)

    def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*."""
        return self._store.list(prefix)
