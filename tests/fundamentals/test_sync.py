"""The manifest in programs without an event loop."""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tallysheet import LeaseLost, Manifest, ManifestDamaged, Outcome, Record, Status
from tallysheet.pipeline._sync import AT_ONCE, SyncManifest


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


def test_a_script_ticks_documents_off(tmp_path: Path) -> None:
    """The same steps as with an event loop, without one."""
    url = str(tmp_path / "sheet")
    with Manifest.open_sync(url) as manifest:
        assert not manifest.exists
        manifest.add(["a.pdf", "b.pdf", "c.pdf"])
        claim, other = manifest.claim(limit=2)
        manifest.finish(claim, Outcome(Status.DONE))
        manifest.release([other])
        with pytest.raises(LeaseLost):
            manifest.finish(other, Outcome(Status.DONE))
        assert manifest.exists
        assert manifest.workers == {manifest.worker: 0}

    with Manifest.open_sync(url) as manifest:
        assert manifest.counts == {Status.DONE: 1, Status.PENDING: 2}
        assert manifest.get("a.pdf").status is Status.DONE
        assert [key for key, _ in manifest.records(Status.PENDING)] == ["b.pdf", "c.pdf"]
        assert manifest.retry() == ()


def test_threads_lose_nothing(tmp_path: Path) -> None:
    """Many may use one manifest at the same time."""
    with (
        Manifest.open_sync(str(tmp_path / "sheet")) as manifest,
        ThreadPoolExecutor(16) as threads,
    ):
        manifest.add(["counter"])
        list(threads.map(lambda _: manifest.update("counter", count_up), range(200)))
        manifest.refresh()

        assert manifest.get("counter").data == {"n": 200}


def test_long_manifests_are_walked_over_in_order() -> None:
    """What is handed over in several goes is still one walk."""
    keys = [f"{n:05}" for n in range(2 * AT_ONCE + 5)]
    with Manifest.open_sync("memory://sync") as manifest:
        manifest.add(keys)

        assert [key for key, _ in manifest.records()] == keys


def test_what_cannot_be_opened_says_so(tmp_path: Path) -> None:
    """The error of the other thread arrives in this one."""
    sheet = tmp_path / "sheet"
    sheet.mkdir()
    (sheet / "manifest.json").write_text("{")

    with pytest.raises(ManifestDamaged), Manifest.open_sync(str(sheet)):
        pass


def test_what_ends_the_manifest_meanwhile_is_told(tmp_path: Path) -> None:
    """Whoever asks is told, and so is whoever leaves."""
    with (
        pytest.raises(ManifestDamaged),
        Manifest.open_sync(str(tmp_path / "sheet")) as manifest,
    ):
        manifest.add(["a"])
        (tmp_path / "sheet" / "manifest.json").unlink()
        with pytest.raises(ManifestDamaged):
            manifest.refresh()


def test_both_faces_have_the_same_names() -> None:
    """What one can do, so can the other, with the same arguments."""
    openings = {"on", "open", "open_sync"}
    names = {name for name in vars(Manifest) | vars(Manifest.__base__) if name[0] != "_"}

    assert {name for name in vars(SyncManifest) if name[0] != "_"} == names - openings
    for name in names - openings:
        theirs, ours = getattr(Manifest, name), getattr(SyncManifest, name)
        if not isinstance(theirs, property):
            assert inspect.signature(theirs).parameters == inspect.signature(ours).parameters


def test_it_stands_beside_a_running_loop(tmp_path: Path) -> None:
    """A thread of a program that has a loop may use it as well."""

    def work() -> int:
        with Manifest.open_sync(str(tmp_path / "sheet")) as manifest:
            return len(manifest.add(["a"]).new)

    async def main() -> int:
        return await asyncio.to_thread(work)

    assert asyncio.run(main()) == 1
