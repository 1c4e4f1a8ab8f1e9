"""Files below one folder, read and written so that neither a crash nor a link can hurt.

1. A file is reached one folder at a time, from the root, through no symbolic link:
   nothing that happens meanwhile can lead us out of the root.
2. A file appears whole or not at all: it is written under a hidden name beside
   its place, flushed, then linked or renamed, then its folder is flushed.
3. Creating needs no lock, because link(2) fails where something stands. Replacing
   and deleting take one lock, a file of its own that is never renamed; so while a
   replacement holds it, what it read cannot vanish and be created anew.

Everything here blocks; `FolderStore` runs it in threads.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from tallysheet.errors import Conflict, OutcomeUnknown
from tallysheet.ports import Entry, Version
from tallysheet.store._keys import SUFFIX
from tallysheet.store._names import part_of
from tallysheet.store._temporary import written

LOCK = ".tallysheet.lock"

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class NotAFile(OSError):
    """What stands there is no regular file, or a link that leads out of the folder."""


def version_of(data: bytes) -> Version:
    """The version of a content: its hash, because the same size and time prove nothing."""
    return Version(sha256(data).hexdigest())


def read(root: Path, names: Sequence[bytes]) -> bytes:
    """Read one file; a link is followed if it leads to a file inside the root.

    Raises:
        NotAFile: Something else stands there.
        OSError: It cannot be read.
    """
    try:
        return _read(root, names)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    target = _inside(root, os.path.join(os.fsencode(root), *names))
    if target is None:
        raise NotAFile(errno.ELOOP, "is a link that leads out of the folder")
    return _read(root, target.split(b"/"))


def create(root: Path, names: Sequence[bytes], data: bytes) -> None:
    """Write a file where none stands.

    Raises:
        Conflict: Something stands there.
        OutcomeUnknown: It is there, and may be gone after a power cut.
        OSError: It could not be written.
    """
    _make_root(root)
    with _folder_of(root, names, make=True) as folder, written(folder, data) as temporary:
        try:
            os.link(temporary, names[-1], src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            _flush(folder)  # whoever is told of it may rely on it
            raise _occupied(folder, names[-1]) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with _locked(root):
                if _stands(folder, names[-1]):
                    raise _occupied(folder, names[-1]) from None
                os.rename(temporary, names[-1], src_dir_fd=folder, dst_dir_fd=folder)
        _flush(folder)


def replace(root: Path, names: Sequence[bytes], data: bytes, expect: Version) -> None:
    """Write a file over one whose version is *expect*.

    Raises:
        Conflict: Another version stands there, or nothing.
        NotAFile: Something else stands there.
        OutcomeUnknown: It is there, and may be gone after a power cut.
        OSError: It could not be written.
    """
    try:
        with _locked(root), _folder_of(root, names) as folder:
            if version_of(read(root, names)) != expect:
                raise Conflict("Another version stands there.")
            with written(folder, data) as temporary:
                os.rename(temporary, names[-1], src_dir_fd=folder, dst_dir_fd=folder)
                _flush(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise Conflict("Nothing stands there.") from None


def delete(root: Path, names: Sequence[bytes]) -> None:
    """Remove a file; nothing happens where none stands."""
    with (
        suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError),
        _locked(root),
        _folder_of(root, names) as folder,
    ):
        os.unlink(names[-1], dir_fd=folder)
        _flush(folder)


def walk(root: Path, prefix: str) -> Iterator[Entry]:
    """All regular files whose key begins with *prefix*, folder by folder, sorted in each.

    Skipped: what is hidden, the places of batches, links to folders, and links that
    lead out of the root.
    """
    folders = [(os.fsencode(root), "")]
    while folders:
        path, above = folders.pop()
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            if above:  # gone since the folder above was read
                continue
            raise
        below = []
        for entry in entries:
            if entry.name.startswith(b"."):
                continue
            key = above + part_of(entry.name)
            if entry.is_dir(follow_symlinks=False):
                inside = f"{key}/"
                meets = inside.startswith(prefix) or prefix.startswith(inside)
                if meets and not key.endswith(SUFFIX):
                    below.append((entry.path, inside))
            elif key.startswith(prefix):
                yield from _entry(root, entry, key)
        folders += reversed(below)


def _entry(root: Path, entry: os.DirEntry[bytes], key: str) -> Iterator[Entry]:
    if entry.is_symlink() and _inside(root, entry.path) is None:
        return
    try:
        facts = entry.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):  # gone meanwhile, or a link to nowhere
            return
        raise
    if stat.S_ISREG(facts.st_mode):
        version = Version(f"{facts.st_mtime_ns}-{facts.st_size}-{facts.st_ino}")
        yield Entry(key, facts.st_size, version)


def _inside(root: Path, path: bytes) -> bytes | None:
    """Where *path* leads to, relative to the root, or none if out of it."""
    real_root = os.path.join(os.path.realpath(os.fsencode(root)), b"")
    target = os.path.realpath(path)
    return target.removeprefix(real_root) if target.startswith(real_root) else None


def _read(root: Path, names: Sequence[bytes]) -> bytes:
    with _folder_of(root, names) as folder:
        try:
            file = os.open(names[-1], _FILE, dir_fd=folder)
        except OSError as error:
            if error.errno == errno.ENXIO:
                raise NotAFile(errno.ENXIO, "is a socket or a device") from None
            raise
    try:
        mode = os.fstat(file).st_mode
        if stat.S_ISDIR(mode):
            raise FileNotFoundError(errno.ENOENT, "is a folder")
        if not stat.S_ISREG(mode):
            raise NotAFile(errno.EINVAL, "is no regular file")
        with open(file, "rb", buffering=0, closefd=False) as opened:
            return opened.read()
    finally:
        os.close(file)


@contextmanager
def _folder_of(root: Path, names: Sequence[bytes], *, make: bool = False) -> Iterator[int]:
    """Open the folder in which a file stands, through no symbolic link."""
    folder = os.open(root, _FOLDER)
    try:
        for name in names[:-1]:
            if make and not _stands(folder, name):
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=folder)
                _flush(folder)
            below = _step(folder, name)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def _step(folder: int, name: bytes) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise NotAFile(errno.ELOOP, "is reached through a link") from None
        raise


def _stands(folder: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _occupied(folder: int, name: bytes) -> Exception:
    """Why nothing can be created under a name: somebody's file, or what is no file."""
    try:
        if stat.S_ISREG(os.stat(name, dir_fd=folder).st_mode):
            return Conflict("It stands already.")
    except FileNotFoundError:
        if not _stands(folder, name):
            return Conflict("It stood there a moment ago.")
    return NotAFile(errno.EEXIST, "something that is no file stands there")


def _make_root(root: Path) -> None:
    if not root.is_dir():
        _make_root(root.parent)
        with suppress(FileExistsError):
            root.mkdir()
        above = os.open(root.parent, _FOLDER)
        try:
            _flush(above)
        finally:
            os.close(above)


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the one lock of the folder; whoever dies lets it go."""
    path = root / LOCK
    while True:
        lock = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _same(lock, path):
                yield
                return
        finally:
            os.close(lock)


def _same(lock: int, path: Path) -> bool:
    """Whether the file we locked is still the one that others will find."""
    try:
        return os.path.samestat(os.fstat(lock), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _flush(folder: int) -> None:
    """Make the names in a folder durable.

    Raises:
        OutcomeUnknown: The disk would not say that they are.
    """
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot, and need not
            raise OutcomeUnknown(f"The disk did not confirm a write: {error.strerror}.") from None
