"""The manifest at an address: what the package exports, on the real clock and a real store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Self

from tallysheet.manifest import LEASE_S
from tallysheet.manifest import Manifest as ManifestOnStore
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._sync import SyncManifest, hosted
from tallysheet.pipeline._trust import require_trust
from tallysheet.store import open_store


class Manifest(ManifestOnStore):
    """A shared sheet on which any number of tasks, processes and machines tick things off.

    ::

        async with Manifest.open("s3://bucket/batch") as manifest:
            await manifest.add(["a.pdf", "b.pdf"])
            for claim in await manifest.claim(limit=2):
                ...
                await manifest.finish(claim, Outcome(Status.DONE))

    Whatever returns is durable; no update is lost, whoever else writes.
    """

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, lease_s: float = LEASE_S) -> AsyncIterator[Self]:
        """Open the manifest at *url*: a folder, or ``s3://``, ``gs://``, ``az://``, ``memory://``.

        The first update creates it where there is none. On leaving, what waits is
        committed and all claims are given back.

        Args:
            url: Where ``manifest.json`` stands or will stand.
            lease_s: After how many seconds of silence a worker is taken for dead.

        Raises:
            ConfigError: The address or the credentials are wrong, or there is no manifest yet and
                the store cannot be trusted with one.
            Outage: There is no manifest yet, and the store cannot be reached to try it.
            ManifestDamaged: What stands there is unreadable, too new, or was removed meanwhile.
            Fenced: Another process took this one for dead.
        """
        store, clock = open_store(url), SystemClock()
        async with cls.on(store, clock=clock, lease_s=lease_s, patient=False) as manifest:
            await require_trust(store, manifest, clock=clock)
            yield manifest

    @classmethod
    @contextmanager
    def open_sync(cls, url: str, *, lease_s: float = LEASE_S) -> Iterator[SyncManifest]:
        """Open the manifest at *url* for a program without an event loop.

        ::

            with Manifest.open_sync("s3://bucket/batch") as manifest:
                manifest.add(["a.pdf", "b.pdf"])

        Its calls block, and any number of threads may make them at once. Arguments and
        errors are those of `open`.
        """
        with hosted(lambda: cls.open(url, lease_s=lease_s)) as manifest:
            yield manifest
