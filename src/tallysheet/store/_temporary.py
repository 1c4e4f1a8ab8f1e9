"""Files while they are being written: hidden, and locked as long as their writer lives.

A writer that is killed leaves one behind. Its lock ends with it: so whoever gets the
lock of such a file knows that nobody will finish it, and may remove it.
"""

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(rb"\.[0-9a-f]{16}\.tmp")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY


@contextmanager
def written(folder: int, data: bytes) -> Iterator[str]:
    """A durable temporary file that holds *data*; what is left of it goes away."""
    while True:
        name = f".{os.urandom(8).hex()}.tmp"
        file = os.open(name, _NEW, 0o666, dir_fd=folder)
        try:
            with open(file, "wb") as opened:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not os.fstat(file).st_nlink:  # whoever cleans up got the lock before us
                    continue
                opened.write(data)
                opened.flush()
                os.fsync(file)
                yield name
                return
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)


def abandoned(root: Path, *, remove: bool) -> list[tuple[str, int]]:
    """The temporary files below *root* whose writers are gone, by path and size; sorted.

    Raises:
        OSError: One cannot be removed.
    """
    found = []
    for folder, _, names in os.walk(os.fsencode(root)):
        for name in names:
            path = os.path.join(folder, name)
            if _NAME.fullmatch(name) and (size := _size_if_abandoned(path, remove)) is not None:
                found.append((os.fsdecode(os.path.relpath(path, os.fsencode(root))), size))
    return sorted(found)


def _size_if_abandoned(path: bytes, remove: bool) -> int | None:
    try:
        file = os.open(path, _OLD)
    except OSError:  # finished meanwhile, or no file of ours
        return None
    try:
        facts = os.fstat(file)
        if not stat.S_ISREG(facts.st_mode):
            return None
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if remove:
            with suppress(FileNotFoundError):
                os.unlink(path)
    except BlockingIOError:
        return None
    finally:
        os.close(file)
    return facts.st_size
