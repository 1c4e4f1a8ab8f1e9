"""Where documents and batch are, as all nodes have to see them."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tallysheet.errors import ConfigError
from tallysheet.settings import Settings


def whole(address: str) -> str:
    """An address that means the same in any working folder.

    Raises:
        ConfigError: It is in the memory of one process.
    """
    if address.startswith("memory://"):
        raise ConfigError(
            "What stands at memory:// is in one process, and no other sees it.",
            "Leave out --ray, or give a bucket.",
        )
    return address if "://" in address else os.path.abspath(os.path.expanduser(address))


def folders_of(source: str, batch: str) -> Mapping[str, int]:
    """The paths among these whole addresses, each with its number on the disk.

    The folder of the batch is made where there is none yet.
    """
    with suppress(ValueError):
        os.makedirs(_path(batch), exist_ok=True)
    numbers = {}
    for address in (source, batch):
        with suppress(ValueError):
            path = _path(address)
            numbers[path] = os.stat(path).st_ino
    return numbers


def _path(address: str) -> str:
    """The path of a folder.

    Raises:
        ValueError: It is no folder.
    """
    if address.startswith("file://"):
        return unquote(urlsplit(address).path)
    if "://" in address:
        raise ValueError(address)
    return address


def require_same(folders: Mapping[str, int]) -> None:
    """Refuse to work on folders that only have the same names as those of `folders_of`.

    A network file system gives a folder the same number on all machines.

    Raises:
        ConfigError: One is not there, or is another.
    """
    for path, number in folders.items():
        try:
            is_same = os.stat(path).st_ino == number
        except OSError:
            is_same = False
        if not is_same:
            raise ConfigError(
                f"{path} is on the node {socket.gethostname()} not the folder that it is where"
                " the run was started.",
                "Give a bucket, or a folder that all nodes mount at the same path.",
            )


def warning_of(path: str) -> str:
    """What to mind where workers on several machines share a folder."""
    return (
        f"{path} is a folder, and the cluster has several machines: it must be on a file"
        " system that all of them mount and whose locks hold between them. A bucket"
        " is the safe place."
    )


def plain(settings: Settings) -> Mapping[str, Any]:
    """What *settings* say that is no default, as JSON values; paths mean the same anywhere.

    How long the run may take is minded by whoever starts the workers.
    """
    said = settings.model_dump(mode="json", exclude_defaults=True, exclude={"run_limit_s"})
    for name in said:
        value = getattr(settings, name)
        if isinstance(value, Path) and not str(value).startswith("~"):
            said[name] = str(value.absolute())
    return said
