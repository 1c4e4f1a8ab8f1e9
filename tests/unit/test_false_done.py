"""The independent count of false successes finds what is planted, and runs as its page says."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parent.parent.parent / "bench" / "false_done.py"
TRUE: dict[str, Any] = {
    "number": "RE-17",
    "currency": "EUR",
    "totals": {"net": "100.00", "gross": "119.00"},
    "payment": {"accounts": [{"iban": "DE89370400440532013000"}]},
    "lines": [{"amount": "60.00"}, {"amount": "40.00"}],
}


@pytest.fixture(scope="module")
def counting() -> ModuleType:
    """The bench, as a module."""
    spec = spec_from_file_location("false_done", BENCH)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"number": None}, []),
        ({"totals": {"net": "-100.0", "gross": "119"}}, []),
        ({"number": "RE-18"}, ["number RE-18, in truth RE-17"]),
        ({"totals": {"gross": "119.01"}}, ["gross 119.01, in truth 119.00"]),
        ({"issue_date": "2026-03-05"}, ["issue date 2026-03-05, in truth None"]),
        (
            {"payment": {"accounts": [{"iban": "GB33BUKB20201555555555"}]}},
            ["account gb33bukb20201555555555, in truth de89370400440532013000"],
        ),
    ],
)
def test_another_value_or_one_that_is_not_there_is_wrong(
    counting: ModuleType, said: dict[str, Any], found: list[str]
) -> None:
    """What was left out is not, nor another way to write the same, nor the sign."""
    assert list(counting.differences({**TRUE, **said}, TRUE)) == found


@pytest.mark.parametrize(
    ("amounts", "other"),
    [(("60.00", "40.0"), False), (("60.00",), True), (("60.00", "41.00"), True), ((), True)],
)
def test_lines_are_told_by_how_many_and_what_they_come_to(
    counting: ModuleType, amounts: tuple[str, ...], other: bool
) -> None:
    """One left out, or another amount, makes another list."""
    said = {"lines": [{"amount": amount} for amount in amounts]}

    assert bool(counting.other_lines(said, TRUE)) is other


def test_it_runs_over_samples_and_tells_by_kind(tmp_path: Path) -> None:
    """Through the command line that everybody uses."""
    command = [sys.executable, str(BENCH), "--count", "2", "--kind", "xml"]

    told = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)

    assert [line.split() for line in told.stdout.splitlines()[1:]] == [
        ["xml", "2", "2", "0", "0", "0", "0"],
        ["all", "2", "2", "0", "0", "0", "0"],
    ]
