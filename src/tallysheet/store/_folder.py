"""A folder as a store: durable, safe between processes, and never out of its own root.

Not for network file systems: the lock between processes is as good as theirs.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tallysheet.errors import ConfigError, Conflict, NotFound, Outage, OutcomeUnknown, StoreError
from tallysheet.ports import ABSENT, Blob, Entry, Version
from tallysheet.store import _disk as disk
from tallysheet.store._keys import parts_of
from tallysheet.store._names import name_of
from tallysheet.store._temporary import abandoned

T = TypeVar("T")

CHUNK = 1000
"""How many entries of a listing one turn off the loop reads."""

_FIXES = {
    errno.ENOSPC: "Free some space and run the same command again.",
    errno.EDQUOT: "Raise the quota or free some space, and run the same command again.",
    errno.EROFS: "Mount it writable, or choose another place with --out.",
    errno.EACCES: "Give this user the right to write there, or choose another place with --out.",
    errno.EPERM: "Give this user the right to write there, or choose another place with --out.",
    errno.EFBIG: "Raise the limit on the size of files.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOENT: "Choose another place with --out.",
    errno.ENOTDIR: "Move away the file that stands where a folder must be.",
    errno.EISDIR: "Move away the folder that stands where a file must be.",
    errno.ELOOP: "Move away the link that stands there.",
    errno.EEXIST: "Move it away.",
}
"""What only the user can mend when a write fails, and how."""
_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT}
"""What may pass by itself when a read fails."""


class FolderStore:
    """A `Store` in a folder. Nothing is made on disk before the first `put`.

    `get` and `put` call a content by its hash, so the same bytes are the same
    version again. A listing does not read the files: its versions are made of time,
    size and inode, and say only that a file may have changed since an earlier listing.

    Hidden files and folders, those whose name begins with a dot, are no part of it.

    Args:
        path: The folder.
        must_exist: Whether listing a folder that is not there is an error.
    """

    def __init__(self, path: str | Path, *, must_exist: bool = False) -> None:
        self._url = str(path).rstrip("/") or "/"
        self._root = Path(path).absolute()
        self._must_exist = must_exist

    @property
    def url(self) -> str:
        """The path, as it was given."""
        return self._url

    async def get(self, key: str) -> Blob:
        """Read what stands under *key*; see `Store.get`.

        Raises:
            StoreError: This one file cannot be read, or is no regular file.
        """
        names = self._names(key)
        try:
            data = await asyncio.to_thread(disk.read, self._root, names)
        except disk.NotAFile as error:
            raise StoreError(
                f"{self._url}/{key} {error.strerror}.", "Only regular files are read."
            ) from None
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"Nothing stands under {self._url}/{key}.") from None
        except OSError as error:
            raise self._unreadable(key, error) from None
        return Blob(data, disk.version_of(data))

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*; see `Store.put`."""
        names = self._names(key)
        try:
            if expect == ABSENT:
                await asyncio.to_thread(disk.create, self._root, names, data)
            else:
                await asyncio.to_thread(disk.replace, self._root, names, data, expect)
        except Conflict:
            raise Conflict(f"{self._url}/{key} was written by someone else.") from None
        except OutcomeUnknown as error:
            raise OutcomeUnknown(f"{self._url}/{key}: {error.message}") from None
        except OSError as error:
            raise self._unwritable(key, error) from None
        return disk.version_of(data)

    async def delete(self, key: str) -> None:
        """Remove *key*; nothing happens where nothing stands."""
        names = self._names(key)
        try:
            await asyncio.to_thread(disk.delete, self._root, names)
        except OSError as error:
            raise self._unwritable(key, error) from None

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the files whose key begins with *prefix*, read in chunks off the loop."""
        found = disk.walk(self._root, prefix)
        while chunk := await self._listed(lambda: list(islice(found, CHUNK))):
            for entry in chunk:
                yield entry

    async def abandoned(self, *, remove: bool = False) -> Sequence[tuple[str, int]]:
        """Hidden files that a killed writer has left here: path below the folder, and bytes.

        Raises:
            ConfigError: One cannot be removed.
        """
        try:
            return await asyncio.to_thread(abandoned, self._root, remove=remove)
        except OSError as error:
            raise self._unwritable(os.fsdecode(error.filename), error) from None

    async def _listed(self, read: Callable[[], Sequence[Entry]]) -> Sequence[Entry]:
        try:
            return await asyncio.to_thread(read)
        except FileNotFoundError:
            if self._must_exist:
                raise await asyncio.to_thread(missing, self._root) from None
            return ()
        except NotADirectoryError:
            raise ConfigError(f"{self._url} is not a folder.") from None
        except OSError as error:
            place = os.fsdecode(error.filename or self._root)
            raise ConfigError(
                f"{place!r} cannot be listed: {error.strerror}.",
                "Give this user the right to read it, or move it out of the way.",
            ) from None

    def _names(self, key: str) -> Sequence[bytes]:
        names = [name_of(part) for part in parts_of(key, where=self._url)]
        known = [name for name in names if name is not None]
        if len(known) < len(names):
            raise ConfigError(
                f"{key!r} is not a key of {self._url}.",
                "Hidden files are no part of a folder; a backslash is written \\x5c.",
            )
        return known

    def _unreadable(self, key: str, error: OSError) -> StoreError:
        message = f"{self._url}/{key} cannot be read: {error.strerror}."
        if error.errno == errno.ENAMETOOLONG:
            return NotFound(f"Nothing stands under {self._url}/{key}.")
        if error.errno in _SHORTAGES:
            return Outage(message, "Run the same command again.")
        return StoreError(message, "Give this user the right to read it, or restore the file.")

    def _unwritable(self, key: str, error: OSError) -> ConfigError | Outage:
        message = f"{self._url}/{key} cannot be written: {error.strerror}."
        fix = _FIXES.get(error.errno or 0)
        if fix is None:
            return Outage(message, "Nothing was stored. Run the same command again.")
        return ConfigError(message, fix)


def missing(path: Path) -> ConfigError:
    """What to say of a folder or file that is not there, with a likely name beside it."""
    try:
        beside = sorted(name for name in os.listdir(path.parent) if name.isprintable())
    except OSError:
        beside = []
    close = get_close_matches(path.name, beside, n=1)
    hint = f"Did you mean {str(path.parent / close[0])!r}?" if close else "Check the path."
    return ConfigError(f"There is no file or folder {str(path)!r}.", hint)
