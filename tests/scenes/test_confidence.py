"""`--review-below P`: what is too doubtful goes to a person, who is told what and why."""

import json
import re
from pathlib import Path

import pytest

from samples import mix, write_samples
from scene import Ran, tallysheet
from scene_model import Served

COUNT = 4
ALL = "0.9995"
"""More than is ever claimed of a value."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``invoices`` and ``truth.jsonl``. Only look at it."""
    folder = tmp_path_factory.mktemp("desk")
    write_samples(mix(COUNT, 7, kinds=["plain", "hybrid"]), folder)
    return folder


def prose(ran: Ran) -> str:
    """What was told, as one line."""
    return " ".join(ran.stdout.split())


def test_a_document_with_a_doubtful_required_field_goes_to_a_person(
    desk: Path, tmp_path: Path
) -> None:
    """Run, status, explain and the record say which field, how doubtful, and what was asked."""
    batch = str(tmp_path / "batch")

    ran = tallysheet(
        "run", "invoices", "--out", batch, "--review-below", ALL, "--fail-on-review", "--json",
        cwd=desk,
    )  # fmt: skip
    name = ran.settled[0]
    told = prose(tallysheet("explain", name, "--batch", batch, cwd=desk))
    (read,) = tallysheet("explain", name, "--batch", batch, "--json", cwd=desk).events

    assert (ran.code, ran.summary["settled"]) == (3, {"review": COUNT})
    assert re.search(r"The value of number is right with a probability of \d\d\.\d %", told)
    assert "and 99.95 % are asked for (review_below)" in told
    assert re.search(r"number: \S+ \(right with \d\d\.\d %\), on page 1", told)
    assert "probability" not in told.partition("Passed:")[2]
    assert read["reason"] == "unsure.number"
    assert 0.5 < read["values"][0]["probability"] < 1
    assert read["values"][0]["probability"] == read["result"]["confidence"]["number"]


def test_unless_asked_what_is_probably_right_is_done_and_says_how_probable_it_is(
    desk: Path, tmp_path: Path
) -> None:
    """The same documents as before; `show` and `export` have the probabilities."""
    batch = str(tmp_path / "batch")

    ran = tallysheet("run", "invoices", "--out", batch, "--json", cwd=desk)
    shown = tallysheet("show", ran.settled[0], "--batch", batch, cwd=desk)
    lines = tallysheet("export", batch, cwd=desk).events

    assert (ran.code, ran.summary["settled"]) == (0, {"done": COUNT})
    assert re.search(r"^number +\S+ +\d\d\.\d %  page 1", shown.stdout, re.MULTILINE)
    assert all({"number", "totals.gross"} <= line["confidence"].keys() for line in lines)


@pytest.mark.parametrize("way", ["environment", "file"])
def test_it_is_a_setting_like_the_others(desk: Path, tmp_path: Path, way: str) -> None:
    """A variable or a file says it as well as the flag, which wins."""
    (tmp_path / "tallysheet.toml").write_text(f"review_below = {ALL}\n" if way == "file" else "")
    env = {"TALLYSHEET_REVIEW_BELOW": ALL} if way == "environment" else {}
    source = str(desk / "invoices")

    asked = tallysheet("run", source, "--out", "a", "--json", cwd=tmp_path, env=env)
    waived = tallysheet(
        "run", source, "--out", "b", "--review-below", "0", "--json", cwd=tmp_path, env=env
    )

    assert asked.summary["settled"] == {"review": COUNT}
    assert waived.summary["settled"] == {"done": COUNT}


@pytest.mark.parametrize("below", ["1.5", "-0.1", "nan"])
def test_what_is_no_probability_is_refused_before_anything_is_read(
    desk: Path, tmp_path: Path, below: str
) -> None:
    """And the message says what it means."""
    ran = tallysheet(
        "run", "invoices", "--out", str(tmp_path / "b"), f"--review-below={below}", "--json",
        cwd=desk,
    )  # fmt: skip

    assert ran.code == 6
    assert "The setting review_below (from: flag) is wrong" in ran.error["message"]
    assert not (tmp_path / "b").exists()


def test_a_models_reading_is_weighed_too(desk: Path, tmp_path: Path, model: Served) -> None:
    """What the rules read as well is surer than what nobody else has seen."""
    batch = str(tmp_path / "batch")
    ran = tallysheet(
        "run", "invoices", "--out", batch, "--no-e-invoice", "--json",
        cwd=desk, env=model.environment,
    )  # fmt: skip

    lines = tallysheet("export", batch, cwd=desk).events

    assert len(ran.settled) == COUNT
    assert {line["source"] for line in lines} == {"openai:test"}
    assert all(0 < sure < 1 for line in lines for sure in line["confidence"].values())


def test_eval_draws_how_true_probabilities_are_and_what_asking_for_more_would_do(
    desk: Path, tmp_path: Path
) -> None:
    """The diagram and the table fit a terminal; programs get the same figures."""
    batch = str(tmp_path / "batch")
    tallysheet("run", "invoices", "--out", batch, "--quiet", cwd=desk)

    ran = tallysheet("eval", batch, "--truth", "truth.jsonl", cwd=desk)
    (found,) = tallysheet("eval", batch, "--truth", "truth.jsonl", "--json", cwd=desk).events

    assert re.search(r"^probability +values +wrong +should +right +mean  = right", ran.stdout, re.M)
    assert re.search(r"^0\.99 to 1\.00 +\d+ +0 +0\.\d +100\.0 % +99\.\d %  =", ran.stdout, re.M)
    assert re.search(r"^off by +\d\.\d % on the mean; Brier score 0\.0\d\d$", ran.stdout, re.M)
    assert re.search(r"^with --review-below +0\.5 +0\.8 +0\.9 +0\.95", ran.stdout, re.M)
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert sum(one["values"] for one in found["calibration"]) > 10 * COUNT
    assert found["calibration_error"] < 0.1
    assert [one["below"] for one in found["review_below"]] == [0.5, 0.8, 0.9, 0.95, 0.98, 0.99]
    assert [one["review"] for one in found["review_below"]] == sorted(
        one["review"] for one in found["review_below"]
    )


def test_eval_reads_with_it_as_run_does(desk: Path) -> None:
    """What is asked for decides what is called done."""
    ran = tallysheet(
        "eval", "invoices", "--truth", "truth.jsonl", "--review-below", ALL, "--json", cwd=desk
    )

    (found,) = ran.events
    assert found["statuses"] == {"review": COUNT}
    assert found["review_rate"] == 1.0


def test_a_result_of_before_there_were_probabilities_is_shown_and_compared_without(
    desk: Path, tmp_path: Path
) -> None:
    """An older batch loses nothing: its documents stay what they are."""
    batch = tmp_path / "batch"
    tallysheet("run", "invoices", "--out", str(batch), "--quiet", cwd=desk)
    for file in (batch / "results").iterdir():
        old = json.loads(file.read_text("utf-8"))
        del old["confidence"]
        file.write_text(json.dumps(old), "utf-8")

    ran = tallysheet("eval", str(batch), "--truth", "truth.jsonl", cwd=desk)
    lines = tallysheet("export", str(batch), cwd=desk).events

    assert ran.code == 0, ran
    assert f"sent to review     0 of {COUNT}" in ran.stdout
    assert "probability" not in ran.stdout
    assert "--review-below" not in ran.stdout
    assert [line["confidence"] for line in lines] == [{}] * COUNT
