"""A folder full of files that mean harm: each has its row, and none costs the others anything."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hostile_files import FILES, READ, lay_all, outcome_of
from scene import Ran, tallysheet

LIMIT_S = 240.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ``inbox`` holds all of them, and two good invoices."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def ran(place: Path, stream: Path) -> Ran:
    """How the run over it ended."""
    inbox = place / "inbox"
    inbox.mkdir()
    lay_all(inbox)
    for name, good in zip(("first.pdf", "zlast.pdf"), sorted(stream.iterdir()), strict=False):
        shutil.copy(good, inbox / name)
    return tallysheet("run", "inbox", "--json", cwd=place, limit_s=LIMIT_S)


@pytest.fixture(scope="module")
def settled(ran: Ran) -> Mapping[str, dict[str, Any]]:
    """What became of each document."""
    return {event["document"]: event for event in ran.events if event["event"] == "settled"}


def test_each_file_that_means_harm_has_the_outcome_of_its_row(
    settled: Mapping[str, dict[str, Any]],
) -> None:
    """Read, failed for one of its reasons, or not taken for a document at all."""
    happened = {file.name: outcome_of(settled.get(file.name)) for file in FILES}

    assert {
        file.name: (file.why, file.expected, happened[file.name])
        for file in FILES
        if happened[file.name] not in (file.expected or ("",))
    } == {}


def test_the_good_ones_among_them_are_read_and_the_run_ends_as_it_should(
    ran: Ran, settled: Mapping[str, dict[str, Any]]
) -> None:
    """Some failed, which is exit code 1; nothing was left open, nothing was printed but events."""
    assert ran.code == 1
    assert [outcome_of(settled[name]) for name in ("first.pdf", "zlast.pdf")] == [READ, READ]
    assert set(ran.summary["counts"]) <= {"done", "review", "failed", "split"}


def test_nothing_that_they_reach_for_comes_out(place: Path, ran: Ran) -> None:
    """No line of the password file of this machine is in any result or message."""
    stolen = Path("/etc/passwd").read_bytes().splitlines()[0]
    files = [file for file in (place / "inbox.tallysheet").rglob("*") if file.is_file()]

    assert stolen.decode() not in ran.stdout + ran.stderr
    assert not [file for file in files if stolen in file.read_bytes()]
