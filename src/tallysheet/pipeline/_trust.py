"""Stores that cannot keep a manifest are refused before there is one.

A manifest that stands already is not tried again: it was made where a probe succeeded,
or by somebody who knows. It carries no mark of that, so none can be forged or go stale.
"""

import asyncio
import os
import re
import shlex
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tallysheet.errors import ConfigError, ManifestDamaged
from tallysheet.manifest import ROOT, Manifest
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import Clock, Entry, Store
from tallysheet.store import (
    SUFFIX,
    FolderStore,
    MemoryStore,
    Probe,
    Step,
    batch_url,
    open_store,
    probe,
)

PROVEN = (FolderStore, MemoryStore)
"""Stores of our own, held to their promise by our own tests."""

_PARTS = ("seg/", "results/")
_PART = re.compile(r"(seg/.+-|results/)[0-9a-f]{64}(\.json)?")
"""How the parts of a batch are named, and hardly any document of a source."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What `examine` found."""

    source: str
    """The address that was listed."""
    batch: str
    """The address at which a manifest would stand."""
    listing: Step
    probe: Probe


async def is_left(store: Store) -> bool:
    """Whether there are parts of a batch in *store*, be there a root or not."""
    for prefix in _PARTS:
        async with aclosing(cast(AsyncGenerator[Entry, None], store.list(prefix))) as entries:
            async for entry in entries:
                if _PART.fullmatch(entry.key):
                    return True
    return False


async def refuse_lost(store: Store, manifest: Manifest) -> None:
    """Refuse to begin afresh where a manifest has lost its root.

    Raises:
        ManifestDamaged: There is no root, and other parts of a batch are there.
    """
    if manifest.exists or not await is_left(store):
        return
    await manifest.refresh()  # whoever wrote the parts just now has written a root before them
    if not manifest.exists:
        raise ManifestDamaged(
            f"{store.url}/{ROOT} is gone, though segments or results of its batch are there.",
            "Restore it, or have it made anew of them with:"
            f" tallysheet check {shlex.quote(store.url)} --repair",
        )


async def require_trust(store: Store, manifest: Manifest, *, clock: Clock) -> None:
    """Refuse to make a manifest where updates would get lost, or where one was lost.

    Raises:
        ConfigError: There is no manifest yet, and the store failed a step of the probe.
        ManifestDamaged: There is none any more.
        Outage: The store cannot be reached.
    """
    await refuse_lost(store, manifest)
    if manifest.exists or isinstance(store, PROVEN):
        return
    found = await probe(store, clock=clock)
    if not found.trusted:
        place = shlex.quote(store.url)
        out = "" if store.url.endswith(SUFFIX) else f" --out {place}"
        raise ConfigError(
            f"{store.url} cannot be trusted with a manifest: {found.reason}.",
            "Nothing was made there. Choose another store; see all that it answered with:"
            f" tallysheet doctor {place}{out}",
        )


def place_of(url: str, out: str | None = None) -> str:
    """Where the manifest of *url* stands: *out*, or *url* if it is that, or beside it."""
    stripped = url.rstrip("/")
    return out or (stripped if stripped.endswith(SUFFIX) else batch_url(url))


async def examine(url: str, *, out: str | None = None) -> Examined:
    """Try whether documents can be listed at *url*, and a batch kept where it would stand.

    Args:
        url: A source, or the place of a batch.
        out: The place of the batch, where it is not the usual one.

    Raises:
        ConfigError: An address or the credentials are wrong.
        Outage: A store cannot be reached.
    """
    clock = SystemClock()
    source, batch = open_store(url), open_store(place_of(url, out))
    listing = await _listed(source, clock)
    async with _somewhere(batch, clock) as store:
        return Examined(source.url, batch.url, listing, await probe(store, clock=clock))


async def _listed(store: Store, clock: Clock) -> Step:
    started = clock.monotonic()
    async with aclosing(cast(AsyncGenerator[Entry, None], store.list())) as entries:
        first = await anext(entries, None)
    answered = "nothing is there yet" if first is None else "listed"
    return Step("list", "a listing", answered, True, clock.monotonic() - started)


@asynccontextmanager
async def _somewhere(store: Store, clock: Clock) -> AsyncIterator[Store]:
    """The store itself; for a folder a hidden one in it, which can be removed with all it holds."""
    if not isinstance(store, FolderStore):
        yield store
        return
    above = await asyncio.to_thread(_nearest, store.url)
    hidden = above / f".tallysheet-probe-{clock.token()}"
    try:
        yield FolderStore(hidden)
    finally:
        await asyncio.to_thread(shutil.rmtree, hidden, ignore_errors=True)


def _nearest(place: str) -> Path:
    """The folder itself, or what stands nearest above it: there it would be made."""
    folder = Path(place).absolute()
    return next(path for path in (folder, *folder.parents) if os.path.exists(path))
