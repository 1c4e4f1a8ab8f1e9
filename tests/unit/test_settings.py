"""Where settings come from, and what is said when one is wrong."""

from pathlib import Path

import pytest

from tallysheet.errors import ConfigError
from tallysheet.settings import Settings, load


def write(path: Path, text: str) -> Path:
    """Write *text* to *path* and return it."""
    path.write_text(text, encoding="utf-8")
    return path


def test_a_nearer_place_beats_a_farther_one(tmp_path: Path) -> None:
    """Flag, environment, project file, user file, default: in this order."""
    user = write(
        tmp_path / "user.toml", "concurrency = 1\nlease_s = 1\ndrain_s = 1\nparse_workers = 1\n"
    )
    write(tmp_path / "tallysheet.toml", "concurrency = 2\nlease_s = 2\ndrain_s = 2\n")
    environment = {"TALLYSHEET_CONCURRENCY": "3", "TALLYSHEET_LEASE_S": "3"}

    loaded = load({"concurrency": 4}, environment=environment, folder=tmp_path, user=user)

    got = loaded.settings
    assert (got.concurrency, got.lease_s, got.drain_s, got.parse_workers) == (4, 3, 2, 1)
    assert loaded.origins["concurrency"] == "flag"
    assert loaded.origins["lease_s"] == "TALLYSHEET_LEASE_S"
    assert loaded.origins["drain_s"] == str(tmp_path / "tallysheet.toml")
    assert loaded.origins["parse_workers"] == str(user)
    assert loaded.origins["model"] == "default"


def test_a_flag_that_was_not_given_decides_nothing(tmp_path: Path) -> None:
    """None from the command line means: not said."""
    loaded = load({"model": None}, environment={}, folder=tmp_path, user=tmp_path / "none")

    assert loaded.settings == Settings()
    assert loaded.origins["model"] == "default"


def test_the_table_in_pyproject_serves_where_there_is_no_file_of_our_own(tmp_path: Path) -> None:
    """A Python project need not have one more file."""
    write(tmp_path / "pyproject.toml", "[tool.tallysheet]\nconcurrency = 7\n")

    loaded = load(environment={}, folder=tmp_path, user=tmp_path / "none")

    assert loaded.settings.concurrency == 7
    assert "[tool.tallysheet]" in loaded.origins["concurrency"]


def test_a_list_in_the_environment_is_written_with_commas(tmp_path: Path) -> None:
    """The shell has no lists."""
    environment = {"TALLYSHEET_REQUIRED": "number, totals.gross"}

    loaded = load(environment=environment, folder=tmp_path, user=tmp_path / "none")

    assert loaded.settings.required == ("number", "totals.gross")


@pytest.mark.parametrize(
    ("environment", "file", "says"),
    [
        ({"TALLYSHEET_CONCURENCY": "3"}, "", "Did you mean concurrency?"),  # a slip of the hand
        ({}, "parse_wrokers = 2", "Did you mean parse_workers?"),
        ({}, "colour = 2", "There are: model,"),  # nothing close: list what there is
        ({}, "concurrency = 'many'", "valid integer"),
        ({}, "concurrency = 0", "greater than or equal to 1"),
        ({}, "concurrency = ", "cannot be read"),  # not TOML
    ],
)
def test_a_wrong_setting_is_named_with_its_place_and_a_fix(
    tmp_path: Path, environment: dict[str, str], file: str, says: str
) -> None:
    """The user should not have to look for it."""
    write(tmp_path / "tallysheet.toml", file)

    with pytest.raises(ConfigError) as caught:
        load(environment=environment, folder=tmp_path, user=tmp_path / "none")

    place = "TALLYSHEET_" if environment else "tallysheet.toml"
    assert says in str(caught.value)
    assert place in str(caught.value)
