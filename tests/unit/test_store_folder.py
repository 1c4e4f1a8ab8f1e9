"""What a hostile, broken or full folder can do to a store: nothing beyond a clear error."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import (
    ConfigError,
    Conflict,
    NotFound,
    Outage,
    OutcomeUnknown,
    StoreError,
    TallysheetError,
)
from tallysheet.ports import ABSENT, Version
from tallysheet.store import FolderStore
from tallysheet.store._names import name_of, part_of


async def keys_of(store: FolderStore, prefix: str = "") -> list[str]:
    """What a listing shows, in its order."""
    return [entry.key async for entry in store.list(prefix)]


def refusing(number: int):
    """A system call that fails."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with one invoice, and a secret beside it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.pdf").write_bytes(b"secret")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.pdf").write_bytes(b"one")
    return tmp_path / "inbox"


async def test_nothing_is_made_on_disk_before_the_first_put(tmp_path: Path) -> None:
    """Opening, reading, listing and deleting leave no trace."""
    store = FolderStore(tmp_path / "not" / "there")

    with pytest.raises(NotFound):
        await store.get("a.pdf")
    with pytest.raises(Conflict):
        await store.put("a.pdf", b"one", expect=Version("v1"))
    await store.delete("a.pdf")

    assert await keys_of(store) == []
    assert os.listdir(tmp_path) == []


async def test_a_missing_source_is_an_error_that_names_the_folder_meant(inbox: Path) -> None:
    """A source that must exist and does not is never taken for an empty one."""
    store = FolderStore(inbox.with_name("inbx"), must_exist=True)

    with pytest.raises(ConfigError, match=r"There is no file or folder .*inbx.*mean .*inbox'"):
        await keys_of(store)


async def test_only_regular_files_are_listed(inbox: Path) -> None:
    """A pipe, a socket, a device or a folder is no document, whatever its name."""
    os.mkfifo(inbox / "pipe.pdf")
    (inbox / "folder.pdf").mkdir()
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(inbox / "socket.pdf"))

        keys = await keys_of(FolderStore(inbox))

    assert keys == ["a.pdf"]


async def test_reading_what_is_no_file_is_an_error_and_never_hangs(inbox: Path) -> None:
    """A pipe into which nobody writes would hold up a plain read for ever."""
    os.mkfifo(inbox / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(inbox / "socket.pdf"))

        for key in ("pipe.pdf", "socket.pdf"):
            with pytest.raises(StoreError, match=key):
                await FolderStore(inbox).get(key)


async def test_a_link_is_followed_to_a_file_inside_and_nowhere_else(inbox: Path) -> None:
    """Neither a link to a file outside, nor one to a folder, nor one to nowhere is listed."""
    (inbox / "inside.pdf").symlink_to("a.pdf")
    (inbox / "outside.pdf").symlink_to("../secret/key.pdf")
    (inbox / "outside").symlink_to("../secret")
    (inbox / "around").symlink_to(".")
    (inbox / "nowhere.pdf").symlink_to("nowhere")
    (inbox / "itself.pdf").symlink_to("itself.pdf")

    keys = await keys_of(FolderStore(inbox))

    assert keys == ["a.pdf", "inside.pdf"]
    assert (await FolderStore(inbox).get("inside.pdf")).data == b"one"


@pytest.mark.parametrize("key", ["outside.pdf", "outside/key.pdf", "itself.pdf"])
async def test_no_verb_follows_a_link_out_of_the_folder(inbox: Path, key: str) -> None:
    """What a link leads to outside is neither read, nor written, nor deleted."""
    (inbox / "outside.pdf").symlink_to("../secret/key.pdf")
    (inbox / "outside").symlink_to("../secret")
    (inbox / "itself.pdf").symlink_to("itself.pdf")
    store = FolderStore(inbox)

    with pytest.raises(StoreError):
        await store.get(key)
    with pytest.raises(TallysheetError):
        await store.put(key, b"two", expect=ABSENT)
    with pytest.raises(TallysheetError):
        await store.put("outside/new.pdf", b"two", expect=ABSENT)
    if "/" in key:
        with pytest.raises(ConfigError):
            await store.delete(key)

    secret = inbox.parent / "secret"
    assert [(p.name, p.read_bytes()) for p in secret.iterdir()] == [("key.pdf", b"secret")]


@pytest.mark.parametrize("made", ["folder", "pipe", "link to nowhere"])
async def test_what_is_no_file_is_never_replaced(inbox: Path, made: str) -> None:
    """It is an error that the user mends, not a conflict to be tried again for ever."""
    place = inbox / "manifest.json"
    match made:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case _:
            place.symlink_to("nowhere")

    with pytest.raises(ConfigError, match=r"manifest\.json"):
        await FolderStore(inbox).put("manifest.json", b"{}", expect=ABSENT)


async def test_what_is_hidden_is_no_part_of_a_folder(inbox: Path) -> None:
    """Neither listed nor reached by a key, so neither the lock nor what a crash left is."""
    (inbox / ".hidden.pdf").write_bytes(b"one")
    (inbox / ".git").mkdir()
    (inbox / ".git" / "b.pdf").write_bytes(b"one")
    (inbox / ".0123456789abcdef.tmp").write_bytes(b"half a man")
    store = FolderStore(inbox)
    await store.put("b.pdf", b"two", expect=(await store.put("b.pdf", b"", expect=ABSENT)))

    assert await keys_of(store) == ["a.pdf", "b.pdf"]
    assert (inbox / ".tallysheet.lock").exists()
    for key in (".hidden.pdf", ".git/b.pdf", ".tallysheet.lock"):
        with pytest.raises(ConfigError):
            await store.get(key)


async def test_a_folder_is_listed_in_order_and_by_prefix(inbox: Path) -> None:
    """Sorted in each folder, files first; only folders that can match are looked into."""
    for name in ("b/2.pdf", "b/1.pdf", "b/c/3.pdf", "ba.pdf", "d/4.pdf"):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_bytes(b"one")
    store = FolderStore(inbox)

    everything = await keys_of(store)
    some = await keys_of(store, "b/")

    assert everything == ["a.pdf", "ba.pdf", "b/1.pdf", "b/2.pdf", "b/c/3.pdf", "d/4.pdf"]
    assert some == ["b/1.pdf", "b/2.pdf", "b/c/3.pdf"]


async def test_more_files_than_one_chunk_are_all_listed(inbox: Path, monkeypatch) -> None:
    """A listing goes on where its last chunk ended."""
    monkeypatch.setattr("tallysheet.store._folder.CHUNK", 3)
    for number in range(10):
        (inbox / f"{number}.pdf").write_bytes(b"one")

    keys = await keys_of(FolderStore(inbox))

    assert keys == [*(f"{number}.pdf" for number in range(10)), "a.pdf"]


@pytest.mark.parametrize(
    "name", [b"caf\xe9.pdf", b"new\nline.pdf", b"back\\slash.pdf", b"esc\x1b[31m.pdf", b"\\x41.pdf"]
)
async def test_a_strange_file_name_is_a_plain_key(inbox: Path, name: bytes) -> None:
    """Every file can be named in JSON and on a terminal, and is found by that name again."""
    (inbox / "a.pdf").unlink()
    with open(os.path.join(os.fsencode(inbox), name), "wb") as file:  # noqa: ASYNC230  a test's own
        file.write(b"strange")
    store = FolderStore(inbox)

    [key] = await keys_of(store)

    assert key.isprintable()
    assert json.loads(json.dumps(key).encode()) == key
    assert (await store.get(key)).data == b"strange"


@given(name=st.binary(min_size=1).filter(lambda name: not set(name) & {0, ord("/")}))
def test_a_file_name_and_its_key_are_one_for_one(name: bytes) -> None:
    """Any name but a hidden one becomes a key that becomes the name."""
    part = part_of(name)

    part.encode()
    assert name_of(part) == (None if name.startswith(b".") else name)


@given(part=st.text(st.sampled_from("a.\\x20fc3é5"), min_size=1, max_size=12))
def test_a_part_of_a_key_names_one_file_or_none(part: str) -> None:
    """No two keys name the same file, so nothing is reached by a disguised name."""
    name = name_of(part)

    assert name is None or part_of(name) == part


@pytest.mark.parametrize("key", [r"\x2e\x2e/up", r"a\x2fb", r"\x41", r"a\b", r"\x00", r"..\..\up"])
async def test_a_disguised_key_is_refused(inbox: Path, key: str) -> None:
    """A backslash means nothing but a character that could not be written otherwise."""
    with pytest.raises(ConfigError, match="is not a key"):
        await FolderStore(inbox).get(key)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES])
async def test_what_the_user_must_mend_is_said(inbox: Path, monkeypatch, number: int) -> None:
    """A full or read-only disk stops the batch with its reason, and stores nothing."""
    store = FolderStore(inbox)
    version = await store.put("b.pdf", b"one", expect=ABSENT)
    monkeypatch.setattr(os, "fsync", refusing(number))

    for key, expect in (("c.pdf", ABSENT), ("b.pdf", version)):
        with pytest.raises(ConfigError, match=os.strerror(number)) as raised:
            await store.put(key, b"two", expect=expect)
        assert raised.value.fix

    monkeypatch.undo()
    assert await keys_of(store) == ["a.pdf", "b.pdf"]
    assert (await store.get("b.pdf")).data == b"one"
    assert "tmp" not in {name.rpartition(".")[2] for name in os.listdir(inbox)}


async def test_a_trouble_that_may_pass_is_an_outage(inbox: Path, monkeypatch) -> None:
    """Nothing was stored, and the same command may work later."""
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO))

    with pytest.raises(Outage):
        await FolderStore(inbox).put("b.pdf", b"one", expect=ABSENT)

    monkeypatch.undo()
    assert await keys_of(FolderStore(inbox)) == ["a.pdf"]


async def test_a_write_whose_name_may_not_be_durable_is_of_unknown_outcome(
    inbox: Path, monkeypatch
) -> None:
    """The file stands, and the disk did not confirm its folder."""
    store, flush = FolderStore(inbox), os.fsync
    calls: list[int] = []

    def second_fails(file: int) -> None:
        calls.append(file)
        if len(calls) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(file)

    monkeypatch.setattr(os, "fsync", second_fails)

    with pytest.raises(OutcomeUnknown, match=r"b\.pdf"):
        await store.put("b.pdf", b"one", expect=ABSENT)

    assert (await store.get("b.pdf")).data == b"one"


async def test_every_write_is_flushed_before_it_returns(inbox: Path, monkeypatch) -> None:
    """The content first, then the folder that names it, then each folder that was made."""
    flushed: list[str] = []
    flush = os.fsync

    def noted(file: int) -> None:
        flushed.append("folder" if os.path.isdir(f"/proc/self/fd/{file}") else "file")
        flush(file)

    monkeypatch.setattr(os, "fsync", noted)
    store = FolderStore(inbox / "new")

    version = await store.put("b.pdf", b"one", expect=ABSENT)
    created, flushed[:] = list(flushed), []
    await store.put("b.pdf", b"two", expect=version)
    replaced, flushed[:] = list(flushed), []
    with pytest.raises(Conflict):
        await store.put("b.pdf", b"six", expect=ABSENT)
    refused, flushed[:] = list(flushed), []
    await store.delete("b.pdf")

    assert created == ["folder", "file", "folder"]
    assert replaced == ["file", "folder"]
    assert refused == ["file", "folder"]  # what somebody else wrote may be relied on now
    assert flushed == ["folder"]


async def test_a_file_system_without_hard_links_creates_only_once_too(
    inbox: Path, monkeypatch
) -> None:
    """Where link(2) is refused, the lock stands in for it."""
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    store = FolderStore(inbox)

    version = await store.put("b.pdf", b"one", expect=ABSENT)
    with pytest.raises(Conflict):
        await store.put("b.pdf", b"two", expect=ABSENT)

    blob = await store.get("b.pdf")
    assert (blob.data, blob.version) == (b"one", version)
    assert "tmp" not in {name.rpartition(".")[2] for name in os.listdir(inbox)}


async def test_one_unreadable_file_is_an_error_about_that_file(inbox: Path, monkeypatch) -> None:
    """It is no outage of the store: the other documents can go on."""
    store, real = FolderStore(inbox), os.open

    def guarded(path, *rest: object, **more: object) -> int:
        if path == b"a.pdf":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", guarded)

    with pytest.raises(StoreError, match=r"a\.pdf cannot be read: Permission denied") as raised:
        await store.get("a.pdf")

    assert type(raised.value) is StoreError


async def test_a_folder_that_cannot_be_looked_into_is_named(inbox: Path, monkeypatch) -> None:
    """Documents that nobody can see are never silently left out."""
    (inbox / "locked").mkdir()
    real = os.scandir

    def guarded(path):
        if path.endswith(b"locked"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path)

    monkeypatch.setattr(os, "scandir", guarded)

    with pytest.raises(ConfigError, match="locked' cannot be listed: Permission denied"):
        await keys_of(FolderStore(inbox))


async def test_a_file_is_no_folder(inbox: Path) -> None:
    """A path to a file, or a key below one, is refused with the reason."""
    with pytest.raises(ConfigError, match="not a folder"):
        await keys_of(FolderStore(inbox / "a.pdf"))
    with pytest.raises(ConfigError, match="Not a directory"):
        await FolderStore(inbox).put("a.pdf/b.pdf", b"one", expect=ABSENT)


async def test_a_lock_that_was_removed_still_keeps_writers_apart(inbox: Path, monkeypatch) -> None:
    """Whoever gets a lock on a file that is no longer there takes the new one."""
    from tallysheet.store import _disk as disk

    store, real, removed = FolderStore(inbox), disk.fcntl.flock, []
    version = await store.put("b.pdf", b"one", expect=ABSENT)

    def raced(lock: int, how: int) -> None:
        real(lock, how)
        if not removed:
            removed.append(lock)
            (inbox / disk.LOCK).unlink()

    monkeypatch.setattr(disk.fcntl, "flock", raced)

    await store.put("b.pdf", b"two", expect=version)

    assert removed
    assert (inbox / disk.LOCK).exists()


KILLED = """
import asyncio, os, signal, sys
from tallysheet.ports import ABSENT
from tallysheet.store import FolderStore

flush, calls = os.fsync, []

def kill(file):
    calls.append(file)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    flush(file)

async def main():
    store = FolderStore(sys.argv[1])
    blob = await store.get("b.pdf")
    os.fsync = kill
    await store.put("b.pdf", b"two", expect=blob.version)

asyncio.run(main())
"""


@pytest.mark.parametrize(("at", "left"), [(1, b"one"), (2, b"two")])
async def test_a_killed_writer_leaves_the_old_or_the_new_and_frees_the_lock(
    inbox: Path, at: int, left: bytes
) -> None:
    """Killed before the content is flushed or before its folder is, nothing is torn."""
    store = FolderStore(inbox)
    await store.put("b.pdf", b"one", expect=ABSENT)

    killed = subprocess.run(  # noqa: ASYNC221  nothing else is to run
        [sys.executable, "-c", KILLED, str(inbox), str(at)], check=False
    )

    assert killed.returncode == -signal.SIGKILL
    blob = await store.get("b.pdf")
    assert blob.data == left
    await store.put("b.pdf", b"six", expect=blob.version)
    assert await keys_of(store) == ["a.pdf", "b.pdf"]
