"""A store in the memory of this process: for tests, and to try things out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

from tallysheet.errors import Conflict, NotFound
from tallysheet.ports import ABSENT, Blob, Entry, Version
from tallysheet.store._keys import parts_of


@dataclass(slots=True)
class _Content:
    blobs: dict[str, Blob] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))


_SHARED: dict[str, _Content] = {}


class MemoryStore:
    """A `Store` that lives as long as the process.

    A version never returns, not even with the same bytes.

    Args:
        name: Stores of one name share their content; without one it is private.
    """

    def __init__(self, name: str | None = None) -> None:
        self._url = f"memory://{name or ''}"
        self._content = _Content() if name is None else _SHARED.setdefault(name, _Content())

    @property
    def url(self) -> str:
        """``memory://NAME``."""
        return self._url

    async def get(self, key: str) -> Blob:
        """Read what stands under *key*; see `Store.get`."""
        parts_of(key, where=self._url)
        await _as_a_real_store()
        blob = self._content.blobs.get(key)
        if blob is None:
            raise NotFound(f"Nothing stands under {self._url}/{key}.")
        return blob

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*; see `Store.put`."""
        parts_of(key, where=self._url)
        await _as_a_real_store()
        current = self._content.blobs.get(key)
        if (current.version if current else ABSENT) != expect:
            raise Conflict(f"{self._url}/{key} was written by someone else.")
        version = Version(f"v{next(self._content.numbers)}")
        self._content.blobs[key] = Blob(bytes(data), version)
        return version

    async def delete(self, key: str) -> None:
        """Remove *key*; nothing happens where nothing stands."""
        parts_of(key, where=self._url)
        await _as_a_real_store()
        self._content.blobs.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*, sorted, as they were when it began."""
        await _as_a_real_store()
        for key, blob in sorted(self._content.blobs.items()):
            if key.startswith(prefix):
                yield Entry(key, len(blob.data), blob.version)


async def _as_a_real_store() -> None:
    """Let others run: a store that never does would hide their races."""
    await asyncio.sleep(0)
