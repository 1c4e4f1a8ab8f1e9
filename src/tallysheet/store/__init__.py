"""Where documents and batches are kept: in memory, in a folder, in an object store.

An address is a path, ``file://``, ``memory://``, ``s3://``, ``gs://`` or ``az://``.
"""

import asyncio
import os
import re
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from tallysheet.errors import ConfigError, MissingExtra, NotFound
from tallysheet.ports import Store
from tallysheet.store._folder import FolderStore, missing
from tallysheet.store._keys import SUFFIX
from tallysheet.store._memory import MemoryStore
from tallysheet.store._names import part_of
from tallysheet.store._one import OneDocument
from tallysheet.store._policy import access_policy, bucket_policy
from tallysheet.store._probe import Probe, Step, probe

__all__ = [
    "SUFFIX",
    "FolderStore",
    "MemoryStore",
    "OneDocument",
    "Probe",
    "Step",
    "access_policy",
    "batch_url",
    "bucket_policy",
    "open_source",
    "open_store",
    "part_of",
    "probe",
]

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)


_EXTRAS = {"s3": "s3", "gs": "gcs", "az": "azure"}
_KINDS = ("file", "memory", *_EXTRAS)


def open_store(url: str) -> Store:
    """Open the place at *url*; nothing is made there before the first `put`.

    Raises:
        ConfigError: The address is of no known kind, or its settings are no good.
        MissingExtra: The part of tallysheet for this kind is not installed.
    """
    kind, place = _split(url)
    if kind in _EXTRAS:
        return _objects(kind, place)
    if kind == "memory":
        return MemoryStore(place.rstrip("/"))
    return FolderStore(_path(kind, place))


async def open_source(url: str) -> Store:
    """Open what *url* names to read documents from: many, or just the one it names.

    Raises:
        ConfigError: Nothing stands there, or the address or its settings are no good.
        MissingExtra: The part of tallysheet for this kind is not installed.
        Outage: The store cannot be reached.
    """
    kind, place = _split(url)
    if kind in ("", "file"):
        return await asyncio.to_thread(_open_path, _path(kind, place))
    if kind in _EXTRAS and "/" in place and not place.endswith("/"):
        above, _, key = place.rpartition("/")
        store = _objects(kind, above)
        with suppress(NotFound):
            await store.get(key)
            return OneDocument(store, key)
    return open_store(url)


def batch_url(source: str) -> str:
    """Where the batch of *source* is kept: beside it, under its name plus ``.tallysheet``."""
    kind, place = _split(source)
    if kind in ("", "file"):
        path = str(_path(kind, place))
        if os.path.basename(path) in ("", ".", ".."):
            path = os.path.realpath(path)
        return f"{path}{SUFFIX}"
    place = place.rstrip("/")
    is_bucket = kind in _EXTRAS and "/" not in place
    return f"{kind}://{place}{'/' if is_bucket else ''}{SUFFIX}"


def _split(url: str) -> tuple[str, str]:
    """Part an address into its kind, which for a path is empty, and the rest."""
    match = _ADDRESS.fullmatch(url)
    if match is None:
        if not url or "\0" in url:
            raise ConfigError(f"{url!r} is no address.", "Write a folder, a file or an address.")
        return "", url
    kind = match[1].lower()
    if kind not in _KINDS:
        close = get_close_matches(kind, _KINDS, n=1)
        known = ", ".join(f"{kind}://" for kind in _KINDS)
        raise ConfigError(
            f"Addresses that begin with {kind}:// are not known; known are paths, {known}.",
            f"Did you mean {close[0]}://?" if close else "",
        )
    return kind, match[2]


def _path(kind: str, place: str) -> Path:
    """The path that a path or a ``file://`` address means."""
    if not kind:
        return Path(os.path.expanduser(place))
    host, slash, path = place.partition("/")
    if host not in ("", "localhost") or not slash:
        raise ConfigError(
            f"file://{place} names no file of this machine.",
            "Write file:///PATH, with three slashes.",
        )
    return Path(unquote(f"/{path}"))


def _open_path(path: Path) -> Store:
    try:
        if path.is_dir():
            return FolderStore(path, must_exist=True)
        if not path.exists():
            raise missing(path.absolute())
        # Past a link: the document is in another folder than the link.
        file = path.resolve()
    except OSError as error:
        raise ConfigError(
            f"{str(path)!r} cannot be read: {error.strerror}.", "Give this user the right to."
        ) from None
    return OneDocument(FolderStore(file.parent), part_of(os.fsencode(file.name)))


def _objects(kind: str, place: str) -> Store:
    try:
        from tallysheet.store.objects import ObjectStore
    except ImportError as error:
        raise MissingExtra(f"{kind}:// addresses", _EXTRAS[kind]) from error
    return ObjectStore(f"{kind}://{place}")
