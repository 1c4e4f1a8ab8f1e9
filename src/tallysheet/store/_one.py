"""A source of one document: a single file or object, listed by itself."""

from collections.abc import AsyncIterator

from tallysheet.errors import ConfigError
from tallysheet.ports import Blob, Entry, Store, Version


class OneDocument:
    """Another store, of which only one key is seen, and only read.

    Args:
        store: Where the document is.
        key: Its key there.
    """

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key

    @property
    def url(self) -> str:
        """The address of the document."""
        return f"{self._store.url}/{self._key}"

    async def get(self, key: str) -> Blob:
        """Read what stands under *key*; see `Store.get`."""
        return await self._store.get(key)

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Refuse: a source is only read.

        Raises:
            ConfigError: Always.
        """
        raise self._read_only()

    async def delete(self, key: str) -> None:
        """Refuse: a source is only read.

        Raises:
            ConfigError: Always.
        """
        raise self._read_only()

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """The one document, with the version that `get` tells."""
        if self._key.startswith(prefix):
            blob = await self._store.get(self._key)
            yield Entry(self._key, len(blob.data), blob.version)

    def _read_only(self) -> ConfigError:
        return ConfigError(f"{self.url} is one document to read; nothing is written beside it.")
