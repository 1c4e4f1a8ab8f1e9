"""Stopped, killed, doubled, out of space: what a run leaves behind, the next one finishes."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scene import all_end, children_of, contents_of, manifest_of, started, statuses_of, tallysheet
from scene_model import Served

ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_the_first_signal_ends_what_is_in_flight_and_gives_back_the_rest(
    fresh: Path, model: Served, number: signal.Signals, code: int
) -> None:
    """Four are with the model: they are settled; the other eight wait for the next run."""
    model.hold()
    with started(
        "run", "invoices", "--concurrency=4", "--json", cwd=fresh, env=model.environment
    ) as run:
        model.arrived(4)
        run.signal(number)
        run.until_it_says("Stopping")
        model.release()
        stopped = run.ended()

    left = manifest_of(fresh / "invoices.tallysheet")
    again = tallysheet("run", "invoices", "--json", cwd=fresh, env=model.environment)

    assert stopped.code == code
    assert stopped.summary["stopped"] is True
    assert len(stopped.settled) == 4
    assert "tallysheet run invoices" in stopped.stderr
    assert left["workers"] == {}
    assert left["counts"].get("working", 0) == 0
    assert (again.code, len(again.settled)) == (0, 8)
    assert len(model.requests) == 12


def test_what_does_not_end_in_time_is_given_back(fresh: Path, model: Served) -> None:
    """With nothing left of the deadline the claims are free, not held until a lease ends."""
    model.hold()
    patience = {**model.environment, "TALLYSHEET_DRAIN_S": "0"}
    with started("run", "invoices", "--concurrency=4", "--json", cwd=fresh, env=patience) as run:
        model.arrived(4)
        run.signal(signal.SIGTERM)
        stopped = run.ended()

    assert (stopped.code, stopped.settled) == (143, [])
    assert stopped.summary["counts"] == {"pending": 12}
    assert set(statuses_of(fresh / "invoices.tallysheet").values()) == {"pending"}


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_the_second_signal_stops_at_once(
    fresh: Path, model: Served, number: signal.Signals, code: int
) -> None:
    """It waits for nobody; the next run takes over what it held, without waiting for a lease."""
    model.hold()
    with started("run", "invoices", "--concurrency=4", cwd=fresh, env=model.environment) as run:
        model.arrived(4)
        children = children_of(run.pid)
        run.signal(number)
        run.until_it_says("Once more")
        run.signal(number)
        stopped = run.ended()
    model.release()

    again = tallysheet("run", "invoices", "--json", cwd=fresh, env=model.environment)

    assert (stopped.code, stopped.stdout) == (code, "")
    assert children
    assert all_end(children)
    assert (again.code, len(again.settled)) == (0, 12)


def test_after_kill_9_nothing_that_was_done_is_repeated(fresh: Path) -> None:
    """Done records and their results stay as they were; all the others get their outcome."""
    batch = fresh / "invoices.tallysheet"
    with started("run", "invoices", "--concurrency=2", "--json", cwd=fresh) as run:
        run.until("settled")
        children = children_of(run.pid)
        run.signal(signal.SIGKILL)
        killed = run.ended()
    before = manifest_of(batch)["records"]
    done = {key: r for key, r in before.items() if r["status"] in ("done", "review")}
    results = contents_of(batch / "results")

    again = tallysheet("run", "invoices", "--json", cwd=fresh)

    after = manifest_of(batch)["records"]
    assert killed.code == -signal.SIGKILL
    assert children
    assert all_end(children)
    assert 0 < len(done) < 12
    assert set(killed.settled) <= done.keys()
    assert {key: json.dumps(after[key]) for key in done} == {
        key: json.dumps(record) for key, record in done.items()
    }
    assert results.items() <= contents_of(batch / "results").items()
    assert again.code == 0
    assert set(again.settled) == after.keys() - done.keys()
    assert {record["status"] for record in after.values()} <= {"done", "review"}


def test_two_runs_at_once_share_the_work(fresh: Path, model: Served) -> None:
    """No document is settled twice, and both end."""
    model.hold()
    words = ("run", "invoices", "--concurrency=4", "--json")
    with (
        started(*words, cwd=fresh, env=model.environment) as first,
        started(*words, cwd=fresh, env=model.environment) as second,
    ):
        model.arrived(8)
        model.release()
        ended = [first.ended(), second.ended()]

    records = manifest_of(fresh / "invoices.tallysheet")["records"]
    assert [ran.code for ran in ended] == [0, 0]
    assert min(len(ran.settled) for ran in ended) >= 4
    assert sorted(ended[0].settled + ended[1].settled) == sorted(records)
    assert {record["epoch"] for record in records.values()} == {1}
    assert len(records) == len(model.requests) == 12


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a few results."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", disk), capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(("umount", disk), check=True)


def test_a_full_disk_is_told_and_a_run_after_it_finishes(fresh: Path, small_disk: Path) -> None:
    """Exit 6 with what to do; what was settled before stays, the rest comes later."""
    full = tallysheet("run", "invoices", "--out", "disk/batch", "--json", cwd=fresh)
    subprocess.run(("mount", "-o", "remount,size=8m", small_disk), check=True)

    again = tallysheet("run", "invoices", "--out", "disk/batch", "--json", cwd=fresh)

    assert (full.code, full.error["kind"]) == (6, "ConfigError")
    assert "No space left" in full.error["message"]
    assert "Free some space" in full.error["fix"]
    assert again.code == 0
    assert len(statuses_of(small_disk / "batch")) == 12
    assert again.summary["counts"].keys() <= {"done", "review"}
    assert not set(again.settled) & {
        e["document"] for e in full.events if e.get("event") == "settled"
    }
