"""A store that is far away: each request takes its time on the way there and back."""

from collections.abc import AsyncIterator

from tallysheet.ports import Blob, Clock, Entry, Store, Version


class SlowStore:
    """Another store, reached after half of a delay and heard from after the other half.

    Args:
        store: The store behind.
        clock: Whose time it takes.
        get_s: Seconds a read takes; a removal and the start of a listing, too.
        put_s: Seconds a write takes.
    """

    def __init__(self, store: Store, clock: Clock, *, get_s: float, put_s: float) -> None:
        self._store = store
        self._clock = clock
        self._get_s = get_s
        self._put_s = put_s

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self._store.url

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        await self._clock.sleep(self._get_s / 2)
        try:
            return await self._store.get(key)
        finally:
            await self._clock.sleep(self._get_s / 2)

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*."""
        await self._clock.sleep(self._put_s / 2)
        try:
            return await self._store.put(key, data, expect=expect)
        finally:
            await self._clock.sleep(self._put_s / 2)

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        await self._clock.sleep(self._get_s)
        await self._store.delete(key)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*."""
        await self._clock.sleep(self._get_s)
        async for entry in self._store.list(prefix):
            yield entry
