"""`tallysheet race` as a person or a program starts it."""

import asyncio
import signal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from s3_servers import S3Server
from scene import all_end, children_of, started, tallysheet
from tallysheet.store import open_store

QUICK = ("--invoices=6", "--call=0.1-0.2")
"""So that it takes no longer than it must."""
ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


async def keys_below(url: str) -> list[str]:
    """All that stands there."""
    return [entry.key async for entry in open_store(url).list()]


def test_every_figure_is_there_for_programs(tmp_path: Path) -> None:
    """One JSON value, a row a way, ours without a loss."""
    told = tallysheet("race", *QUICK, "--json", cwd=tmp_path)

    ways = {row["way"]: row for row in told.events[0]["ways"]}
    assert told.code == 0
    assert ways["tallysheet"]["kept"] == ways["tallysheet"]["invoices"] == 6
    assert {"ratio", "requests", "usd_per_million"} <= ways["unlocked"].keys()


def test_processes_share_a_folder_of_which_nothing_is_left(tmp_path: Path) -> None:
    """Ours keeps all, in as many processes as there are; the folder is as it was."""
    (tmp_path / "place").mkdir()

    told = tallysheet(
        "race", "place", *QUICK, "--processes=2", "--only=tallysheet", "--json", cwd=tmp_path
    )

    (row,) = told.events[0]["ways"]
    assert (row["processes"], row["kept"]) == (2, 6)
    assert list((tmp_path / "place").iterdir()) == []


def test_a_table_that_is_piped_is_plain(tmp_path: Path) -> None:
    """A row and a line of text a way, and not one byte that only a terminal understands."""
    told = tallysheet("race", *QUICK, "--only=unlocked", "--only=tallysheet", cwd=tmp_path)

    lines = told.stdout.splitlines()
    assert [line.split()[0] for line in lines[2::2]] == ["unlocked", "tallysheet"]
    assert "6 of 6" in lines[4]
    assert all(line.startswith("  ") for line in lines[3::2])
    assert told.stdout.replace("\n", "").isprintable()


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    """It is well-formed, and names the way."""
    tallysheet("race", *QUICK, "--only=tallysheet", "--plot=race.svg", cwd=tmp_path)

    texts = [node.text for node in ElementTree.parse(tmp_path / "race.svg").iter()]  # noqa: S314
    assert "tallysheet" in texts


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--plot=nowhere/race.svg"], 6),  # a folder that is not there
        (["--plot=."], 6),  # a folder
        (["--plot=race.svg", "--call=0"], 2),  # nothing to compare with
        (["--call=3-2"], 2),
        (["--only=typo"], 2),
        (["--only=blocking", "--processes=2"], 2),  # which says nothing about processes
        (["--processes=7"], 2),  # for six invoices
        (["--parse", "--processes=2"], 2),
        (["ftp://place"], 6),
        (["memory://place", "--processes=2"], 6),
        (["place/typo"], 6),  # a folder that is not there, and is not made
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_run(
    tmp_path: Path, words: list[str], code: int
) -> None:
    """An exit code by the kind of mistake, no row, and nothing left behind."""
    told = tallysheet("race", "--invoices=6", *words, cwd=tmp_path)

    assert (told.code, told.stdout) == (code, "")
    assert told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), ENDS)
@pytest.mark.parametrize("processes", [1, 2])
def test_who_stops_it_finds_nothing_left(
    tmp_path: Path, number: signal.Signals, code: int, processes: int
) -> None:
    """No file of the race, and no process of it."""
    place = tmp_path / "place"
    place.mkdir()
    with started(
        "race", "place", "--only=tallysheet", "--call=20", f"--processes={processes}", cwd=tmp_path
    ) as race:
        race.until_it_says("tallysheet")
        while not any(place.rglob("manifest.json")):
            pass
        members = children_of(race.pid)
        race.signal(number)
        ended = race.ended()

    assert ended.code == code
    assert all_end(members)
    assert list(place.iterdir()) == []


def test_who_stops_a_program_that_stands_still_is_heeded_at_once(tmp_path: Path) -> None:
    """Also in the midst of a call without await, through which the event loop hears nothing."""
    with started("race", "--only=one after another (for)", "--call=3000", cwd=tmp_path) as race:
        race.until_it_says("(for)")
        race.signal(signal.SIGTERM)

        assert race.ended().code == 143


def test_no_process_outlives_a_race_that_is_killed(tmp_path: Path) -> None:
    """They hear that nobody is there any more, whom they could tell what came of it."""
    place = tmp_path / "place"
    place.mkdir()
    with started(
        "race", "place", "--only=tallysheet", "--call=50", "--processes=2", cwd=tmp_path
    ) as race:
        while not any(place.rglob("manifest.json")):
            pass
        members = children_of(race.pid)
        race.signal(signal.SIGKILL)
        race.ended()

    assert len(members) == 2
    assert all_end(members)


def test_a_bucket_is_as_it_was(s3: S3Server, tmp_path: Path) -> None:
    """Processes race on a real server; all that they wrote below a name of their own is gone."""
    url = s3.fresh_url()

    told = tallysheet(
        *("race", url, "--invoices=6", "--call=0.1-0.2", "--processes=2"),
        *("--only=compare-and-swap", "--only=tallysheet", "--json"),
        cwd=tmp_path,
        env=s3.environment,
    )

    assert [row["kept"] for row in told.events[0]["ways"]] == [6, 6], told.stderr
    assert asyncio.run(keys_below(url)) == []


@pytest.mark.parametrize("call", ["0", "0.05-0.1"])
def test_parsing_is_raced_too(tmp_path: Path, call: str) -> None:
    """Three places to parse in, also where the model takes no time."""
    told = tallysheet("race", "--parse", "--invoices=2", f"--call={call}", "--json", cwd=tmp_path)

    assert told.code == 0, told.stderr
    pages = [row["pages"] for row in told.events[0]["parsers"]]
    assert len(pages) == 3
    assert pages[0] > 0
    assert len(set(pages)) == 1
