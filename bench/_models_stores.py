"""Stores of the bench of models: a source of any number of invoices, and a batch far away."""

from collections.abc import AsyncIterator
from itertools import islice

from samples import many
from tallysheet.errors import ConfigError, NotFound
from tallysheet.ports import Blob, Entry, Version
from tallysheet.store import MemoryStore

KINDS = 50
"""So many different invoices are drawn; the rest repeats them, each with bytes of its own."""


class Invoices:
    """A source of *count* real PDFs, of which none is in memory before it is read."""

    url = "memory://invoices"

    def __init__(self, count: int) -> None:
        self._count = count
        self._kinds = [sample.data for sample in islice(many(KINDS), KINDS)]

    def pdf(self, number: int) -> bytes:
        """One invoice: a comment after its end makes it unlike any other."""
        return self._kinds[number % KINDS] + b"\n%% %08d\n" % number

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """See `Store.list`."""
        for number in range(self._count):
            key = f"{number:06}.pdf"
            if key.startswith(prefix):
                yield Entry(key, len(self.pdf(number)), Version(f"v{number}"))

    async def get(self, key: str) -> Blob:
        """See `Store.get`."""
        number = int(key.removesuffix(".pdf"))
        return Blob(self.pdf(number), Version(f"v{number}"))

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Refuse: a source is only read."""
        raise ConfigError(f"{self.url} is only read.", "Write elsewhere.")

    async def delete(self, key: str) -> None:
        """Refuse: a source is only read."""
        raise ConfigError(f"{self.url} is only read.", "Write elsewhere.")


class Elsewhere(MemoryStore):
    """A batch whose results and cache are not in the memory of this process.

    A bucket's are not, either; and a first run reads none of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.results = 0

    async def get(self, key: str) -> Blob:
        """See `Store.get`."""
        if key.startswith(("results/", "cache/")):
            raise NotFound(f"Nothing stands under {self.url}/{key}.")
        return await super().get(key)

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """See `Store.put`."""
        if key.startswith(("results/", "cache/")):
            self.results += key.startswith("results/")
            return Version("v0")
        return await super().put(key, data, expect=expect)
