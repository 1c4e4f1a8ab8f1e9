"""Half-written files: a dead writer's may go, a living one's must stay."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tallysheet.ports import ABSENT
from tallysheet.store import FolderStore
from tallysheet.store import _temporary as temporary
from tallysheet.store._temporary import abandoned, written

KILLED = """
import os, signal, sys
from tallysheet.store._temporary import written

with written(os.open(sys.argv[1], os.O_RDONLY), b"half"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def hidden(folder: Path) -> list[str]:
    """The names of the hidden files in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_what_a_killed_writer_left_is_found_and_removed(tmp_path: Path) -> None:
    """Its lock ended with it, whatever else became of it."""
    (tmp_path / "results").mkdir()
    ended = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "results"], check=False)
    assert ended.returncode == -signal.SIGKILL
    (name,) = hidden(tmp_path / "results")

    found = abandoned(tmp_path, remove=False)
    removed = abandoned(tmp_path, remove=True)

    assert found == removed == [(f"results/{name}", 4)]
    assert hidden(tmp_path / "results") == abandoned(tmp_path, remove=True) == []


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    """Whoever writes holds the lock, from the first byte until the file has its name."""
    folder = os.open(tmp_path, os.O_RDONLY)
    with written(folder, b"whole") as name:
        found = abandoned(tmp_path, remove=True)
        os.rename(name, "whole", src_dir_fd=folder, dst_dir_fd=folder)
    os.close(folder)

    assert found == []
    assert (tmp_path / "whole").read_bytes() == b"whole"


def test_who_loses_his_file_before_he_has_its_lock_takes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making and locking it, it looks like a dead writer's."""
    lock = fcntl.flock
    lost: list[list[tuple[str, int]]] = []

    def late(file: int, how: int) -> None:
        if not lost:
            lost.append([])
            lost.append(abandoned(tmp_path, remove=True))
        lock(file, how)

    monkeypatch.setattr(temporary.fcntl, "flock", late)
    folder = os.open(tmp_path, os.O_RDONLY)
    with written(folder, b"whole") as name:
        assert (tmp_path / name).read_bytes() == b"whole"
    os.close(folder)

    assert len(lost[1]) == 1
    assert hidden(tmp_path) == []


async def test_other_hidden_files_are_nobodys(tmp_path: Path) -> None:
    """Only names of our own making count, and only files."""
    store = FolderStore(tmp_path)
    await store.put("a", b"one", expect=ABSENT)
    (tmp_path / ".notes.tmp").write_bytes(b"mine")
    (tmp_path / f".{'0' * 16}.tmp").mkdir()
    os.symlink("a", tmp_path / f".{'1' * 16}.tmp")
    os.mkfifo(tmp_path / f".{'2' * 16}.tmp")

    assert await store.abandoned(remove=True) == []
    assert len(hidden(tmp_path)) == 4
