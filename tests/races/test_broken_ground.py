"""The ground gives way: a root is damaged under us, a segment is gone, a disk is full.

Each is said clearly to whoever waits, nothing is written over what is left, and once
the ground is mended the work goes on with all that was acknowledged.
"""

import errno
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulation import bounds
from tallysheet.errors import ConfigError, ManifestDamaged, NotFound
from tallysheet.manifest import Manifest
from tallysheet.model import Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import ABSENT, Store, Version
from tallysheet.store import MemoryStore, open_store

ROOT = "manifest.json"
MANY = tuple(f"{n:05}" for n in range(3000))
"""Too many for the root: they need a segment."""


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


def edited(**parts: Any) -> Callable[[bytes], bytes]:
    """A root with other parts, as an editor might leave it."""
    return lambda root: json.dumps({**json.loads(root), **parts}).encode()


def without(part: str) -> Callable[[bytes], bytes]:
    """A root that lacks a part."""
    return lambda root: json.dumps(
        {name: value for name, value in json.loads(root).items() if name != part}
    ).encode()


WORKER = {"beat": 1, "home": "", "pid": 1}
HARMS: dict[str, tuple[Callable[[bytes], bytes | None], str]] = {
    "removed": (lambda _: None, "is gone"),
    "emptied": (lambda _: b"", "damaged"),
    "cut short": (lambda root: root[: len(root) // 2], "damaged"),
    "not json": (lambda _: b"%PDF-1.7\n", "damaged"),
    "no object": (lambda _: b"[]", "damaged"),
    "a part is missing": (without("writers"), "damaged"),
    "a number is a text": (edited(rev="99"), "damaged"),
    "a table is a list": (edited(workers=[]), "damaged"),
    "a worker is none": (edited(workers={"w": {**WORKER, "pid": None}}), "damaged"),
    "a segment is none": (edited(segments=[{"key": 7}]), "damaged"),
    "a record is none": (edited(records={"a": 7}), "damaged"),
    "a status that is none": (edited(records={"a": {"status": "asleep"}}), "'a' cannot be read"),
    "data that are none": (edited(records={"a": {"status": "done", "data": 1}}), "'a' cannot be"),
    "an unknown feature": (edited(format={"version": 1, "features": ["x"]}), "newer tallysheet"),
    "a newer version": (edited(format={"version": 2}), "newer tallysheet"),
    "an earlier revision": (edited(rev=1), "went back"),
}
"""What may be done to a root, and what is said of it."""


@pytest.fixture(params=["memory", "folder", "second_s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "folder":
        return open_store(str(tmp_path / "batch"))
    return open_store(request.getfixturevalue(request.param).fresh_url())


async def read(store: Store, key: str) -> bytes | None:
    """What stands under *key*."""
    with suppress(NotFound):
        return (await store.get(key)).data
    return None


async def force(store: Store, key: str, data: bytes | None) -> None:
    """Let *data* stand under *key*, or nothing, whatever stood there."""
    expect: Version = ABSENT
    with suppress(NotFound):
        expect = (await store.get(key)).version
    if data is None:
        await store.delete(key)
    else:
        await store.put(key, data, expect=expect)


@pytest.mark.parametrize("harm", HARMS)
async def test_a_root_that_is_harmed_while_we_work_is_left_alone_until_it_is_mended(
    store: Store, harm: str
) -> None:
    """Whoever waits is told; a second process is told the same; then both can go on."""
    act, says = HARMS[harm]
    with pytest.raises(ManifestDamaged, match=says) as raised:
        async with Manifest.on(store, clock=SystemClock()) as manifest:
            await manifest.add(["a", "b"])
            await manifest.update("a", count_up)
            good = await read(store, ROOT)
            assert good is not None
            await force(store, ROOT, act(good))
            await manifest.update("a", count_up)

    left = await read(store, ROOT)
    await force(store, ROOT, good)
    async with Manifest.on(store, clock=SystemClock()) as manifest:
        acknowledged = (await manifest.get("a")).data
        again = await manifest.update("a", count_up)

    assert raised.value.fix
    assert left == act(good)
    assert (acknowledged, again.data) == ({"n": 1}, {"n": 2})


@pytest.mark.parametrize("harm", [h for h in HARMS if h not in ("removed", "an earlier revision")])
async def test_a_root_that_is_harmed_is_opened_by_nobody(harm: str) -> None:
    """Not even to look: what it says cannot be relied on."""
    store, (act, says) = MemoryStore(), HARMS[harm]
    async with Manifest.on(store, clock=SystemClock()) as manifest:
        await manifest.add(["a", "b"])
    good = await read(store, ROOT)
    assert good is not None
    await force(store, ROOT, act(good))

    with pytest.raises(ManifestDamaged, match=says):
        async with Manifest.on(store, clock=SystemClock()):
            pass

    assert await read(store, ROOT) == act(good)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda _: None, "is missing"),
        (lambda _: b"", "another than its name says"),
        (lambda data: data[:-1], "another than its name says"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "another than its name says"),
    ],
    ids=["missing", "emptied", "cut short", "one bit"],
)
async def test_a_segment_that_is_harmed_stops_whoever_comes_until_it_is_mended(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[bytes], bytes | None],
    says: str,
) -> None:
    """Whoever has read it before works on; whoever needs it is told, and writes nothing."""
    monkeypatch.setattr("tallysheet.manifest._replica.MOST_READS", 2)  # each with a real pause
    async with Manifest.on(store, clock=SystemClock()) as manifest:
        await manifest.add(MANY)
        await manifest.update(MANY[7], count_up)
        while b'"carried"' in (await read(store, ROOT) or b""):
            await manifest.update(MANY[8], count_up)
        (key,) = [entry.key async for entry in store.list("seg/")]
        good = await read(store, key)
        assert good is not None
        await force(store, key, act(good))

        await manifest.update(MANY[7], count_up)
    root = await read(store, ROOT)
    with pytest.raises(ManifestDamaged, match=says) as raised:
        async with Manifest.on(store, clock=SystemClock()):
            pass
    left = await read(store, ROOT)

    await force(store, key, good)
    async with Manifest.on(store, clock=SystemClock()) as manifest:
        again = await manifest.update(MANY[7], count_up)

    assert key in str(raised.value) or ROOT in str(raised.value)
    assert raised.value.fix
    assert left == root
    assert again.data == {"n": 3}
    assert manifest.counts == {Status.PENDING: len(MANY)}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 256 KB large."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place), capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(("umount", place), check=True)


def filled(disk: Path) -> Callable[[], None]:
    """Fill a disk to its last byte; return what frees it again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler.unlink


def write_protected(disk: Path) -> Callable[[], None]:
    """Mount a disk for reading only; return what lets it be written again."""
    subprocess.run(("mount", "-o", "remount,ro", disk), check=True)
    return lambda: _writable(disk)


def _writable(disk: Path) -> None:
    subprocess.run(("mount", "-o", "remount,rw", disk), check=True)


DISKS: dict[str, tuple[Callable[[Path], Callable[[], None]], str, str]] = {
    "full": (filled, "No space left", "Free some space"),
    "read-only": (write_protected, "Read-only", "Mount it writable"),
}


REFUSALS = {
    errno.ENOSPC: "Free some space",
    errno.EROFS: "Mount it writable",
    errno.EDQUOT: "Raise the quota",
    errno.EACCES: "Give this user the right",
}
LATE = {
    "in the root": (("late",), 0),
    "in a segment": (MANY, 0),
    "in a segment that the root carries": (MANY, 1_000_000),
}
"""What is added when it is too late, and how many bytes of segments a root may carry."""


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("state", DISKS)
async def test_a_disk_that_cannot_be_written_ends_the_work_and_loses_nothing(
    disk: Path, state: str, late: str
) -> None:
    """It can still be read; once there is room, the work goes on."""
    harm, says, fix = DISKS[state]
    await ends_and_goes_on(str(disk / "batch"), lambda: harm(disk), late, says, fix)


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("number", REFUSALS, ids=errno.errorcode.get)
async def test_a_disk_that_refuses_ends_the_work_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, late: str
) -> None:
    """The same where nothing can be mounted, and for other reasons."""

    def refuse(file: int) -> None:
        raise OSError(number, os.strerror(number))

    def harm() -> Callable[[], None]:
        monkeypatch.setattr(os, "fsync", refuse)
        return monkeypatch.undo

    await ends_and_goes_on(str(tmp_path), harm, late, os.strerror(number), REFUSALS[number])


async def ends_and_goes_on(
    url: str, harm: Callable[[], Callable[[], None]], late: str, says: str, fix: str
) -> None:
    """Work, meet the harm and be told of it; look, mend it, and see that all is there."""
    keys, carried_bytes = LATE[late]
    with bounds(inline_bytes=4000, fan_in=8, carried_bytes=carried_bytes):
        with pytest.raises(ConfigError, match=says) as raised:
            async with Manifest.on(open_store(url), clock=SystemClock()) as manifest:
                await manifest.add(["a"])
                await manifest.update("a", count_up)
                mend = harm()
                await manifest.add(keys)
        async with Manifest.on(open_store(url), clock=SystemClock()) as manifest:
            looked_at = {key: dict(record.data) async for key, record in manifest.records()}

        mend()
        async with Manifest.on(open_store(url), clock=SystemClock()) as manifest:
            again = await manifest.update("a", count_up)
            await manifest.add(keys)

    assert fix in raised.value.fix
    assert looked_at == {"a": {"n": 1}}
    assert again.data == {"n": 2}
    assert manifest.counts == {Status.PENDING: 1 + len(keys)}
