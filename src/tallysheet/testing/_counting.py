"""A store that counts what is asked of it: requests are what object stores bill."""

from collections.abc import AsyncIterator

from tallysheet.ports import Blob, Entry, Store, Version


class CountingStore:
    """Another store, and how much it was used; what failed is counted too.

    Attributes:
        gets: Reads.
        puts: Conditional writes.
        deletes: Removals.
        lists: Listings begun.
        bytes_read: Bytes that came back from reads.
        bytes_written: Bytes that were sent with writes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.gets = self.puts = self.deletes = self.lists = 0
        self.bytes_read = self.bytes_written = 0

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self._store.url

    @property
    def requests(self) -> int:
        """All requests together."""
        return self.gets + self.puts + self.deletes + self.lists

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        self.gets += 1
        blob = await self._store.get(key)
        self.bytes_read += len(blob.data)
        return blob

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*."""
        self.puts += 1
        self.bytes_written += len(data)
        return await self._store.put(key, data, expect=expect)

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        self.deletes += 1
        await self._store.delete(key)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*."""
        self.lists += 1
        async for entry in self._store.list(prefix):
            yield entry
