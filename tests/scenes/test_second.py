"""A second model by the command line: what it is asked, what people are told, what may fail."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import attacks
from attacks import truth_of
from scene import started, statuses_of, tallysheet
from scene_model import Served, served_model
from tallysheet.testing.llm_server import Jobs, Said

NUMBERS = tuple(f"NW-202600{number}" for number in range(1, 5))
WRONG = NUMBERS[0]
"""Of this one the first model reads the amount of a line as the net total."""
SECOND = ("--second-model", "openai:second")


def answer(body: dict[str, Any]) -> str:
    """What both models say: the first one errs once, the second one is right."""
    asked = json.dumps(body)
    said = truth_of(next(number for number in NUMBERS if number in asked))
    if body["model"] == "second":
        quote = {"field": "totals.net", "page": 1, "text": "Net total 1,100.00 EUR"}
        return json.dumps({"citations": [quote], "invoice": {"totals": said["totals"]}})
    if said["number"] == WRONG:
        said["totals"]["net"] = "1000.00"
    return json.dumps({"invoice": said, "citations": []})


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with ``invoices``, four of one page."""
    inbox = tmp_path / "invoices"
    inbox.mkdir()
    for number in NUMBERS:
        (inbox / f"{number}.pdf").write_bytes(bytes(attacks.page(number, "").output()))
    return tmp_path


@pytest.fixture
def models() -> Iterator[Served]:
    """Both models."""
    with served_model(answer) as served:
        yield served


def asked(models: Served, name: str) -> list[dict[str, Any]]:
    """The bodies of all that the model *name* was asked."""
    return [body for body in models.requests if body["model"] == name]


def environment(models: Served, **more: str) -> dict[str, str]:
    """What a run needs to ask the first model; the invoices are all of one seller."""
    return {**models.environment, "TALLYSHEET_DUPLICATES": "false", **more} | {
        "TALLYSHEET_MODEL": "openai:first"
    }


def prose(text: str) -> str:
    """What was told, as one line."""
    return " ".join(text.split())


def test_what_failed_is_asked_once_more_and_a_person_sees_both_readings(
    desk: Path, models: Served
) -> None:
    """One short question about one document; nothing is mended, and all of it is told."""
    ran = tallysheet("run", "invoices", *SECOND, cwd=desk, env=environment(models))
    shown = tallysheet("show", f"{WRONG}.pdf", "--batch", "invoices", cwd=desk)
    told = tallysheet("explain", f"{WRONG}.pdf", "--batch", "invoices", cwd=desk)
    (line,) = (
        e for e in tallysheet("export", "invoices", cwd=desk).events if WRONG in e["document"]
    )

    (again,) = asked(models, "second")
    first = max(len(json.dumps(body)) for body in asked(models, "first"))
    assert len(asked(models, "first")) == len(NUMBERS)
    assert len(json.dumps(again)) < first / 4
    assert "1000.00" not in json.dumps(again)
    assert statuses_of(desk / "invoices.tallysheet") == {
        f"{number}.pdf": "review" if number == WRONG else "done" for number in NUMBERS
    }
    assert line["invoice"]["totals"]["net"] == "1000.00"
    assert {"rules.net", "second.net", "sum.gross"} <= {f["code"] for f in line["findings"]}
    assert "asked once more about what failed a check: openai:second 1" in ran.stderr
    assert re.search(r"totals.net: 1100.00, page 1, \d+/\d+ pt", shown.stdout)
    assert "totals.due: nothing" in shown.stdout
    story = prose(told.stdout)
    assert "openai:second was asked once more about what failed a check" in story
    assert "totals.net: 1100.00, on page 1: “1,100.00”" in story
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_without_one_requests_are_what_they_were_to_the_byte(desk: Path, models: Served) -> None:
    """A second model changes nothing of what the first one is asked."""
    one = ("run", "invoices", "--concurrency", "1", "--no-cache")
    tallysheet(*one, "--out", "a", cwd=desk, env=environment(models))
    alone = list(models.requests)
    tallysheet(*one, *SECOND, "--out", "b", cwd=desk, env=environment(models))

    both = models.requests[len(alone) :]
    assert not asked(models, "second")[1:]
    assert [body for body in both if body["model"] == "first"] == alone


def test_killed_between_the_two_answers_the_first_one_is_not_asked_again(desk: Path) -> None:
    """It is in the cache by then; kill -9, and the next run asks only the second."""

    def then_hold(body: dict[str, Any]) -> str:
        if body["model"] == "first" and json.dumps(body).find(WRONG) >= 0:
            models.server.hold()
        return answer(body)

    for number in NUMBERS[1:]:
        (desk / "invoices" / f"{number}.pdf").unlink()
    with served_model(then_hold) as models:
        env = environment(models)
        models.hold()
        with started("run", "invoices", *SECOND, "--json", cwd=desk, env=env) as run:
            models.arrived(1)
            models.release()
            while not any((desk / "invoices.tallysheet").glob("cache/*.json")):
                pass
            while not asked(models, "second"):
                pass
            run.signal(signal.SIGKILL)
            killed = run.ended()
        models.release()
        again = tallysheet(
            "run", "invoices", *SECOND, "--json", cwd=desk, env=env | {"TALLYSHEET_LEASE_S": "1"}
        )

    assert killed.code == -signal.SIGKILL
    assert killed.settled == []
    assert again.settled == [f"{WRONG}.pdf"]
    assert len(asked(models, "first")) == 1
    assert again.summary["read_twice"] == {"openai:second": 1}


@pytest.mark.parametrize(
    ("said", "code", "second_is"),
    [
        (Said(status=400), 0, "second.unasked"),
        (Said(status=401), 6, ""),
    ],
)
def test_what_goes_wrong_with_the_second_costs_no_first_answer(
    desk: Path, models: Served, said: Said, code: int, second_is: str
) -> None:
    """A refusal is a warning; a wrong key ends the run, and the next one pays nothing twice."""

    def refusing(body: dict[str, Any]) -> Said:
        return said if body["model"] == "second" else Said(answer(body))

    with served_model(refusing) as broken:
        ran = tallysheet("run", "invoices", *SECOND, "--json", cwd=desk, env=environment(broken))
        before = len(asked(broken, "first"))
    again = tallysheet("run", "invoices", *SECOND, "--json", cwd=desk, env=environment(models))

    assert ran.code == code
    codes = {
        finding["code"]
        for line in tallysheet("export", "invoices", cwd=desk).events
        for finding in line["findings"]
    }
    assert before + len(asked(models, "first")) == len(NUMBERS)
    assert codes & {"second.unasked", "second.net"} == {second_is or "second.net"}
    if second_is:
        assert ran.summary["read_twice"] == {"nobody": 1}
    assert again.code == 0


def test_the_budget_is_that_of_both(desk: Path, models: Served) -> None:
    """Exit 5 before a second question that could pass it; a new one goes on from the cache."""
    prices = ("--price", "openai:first=0/0", "--price", "openai:second=1000/1000")
    words = ("run", "invoices", *SECOND, *prices, "--json")

    poor = tallysheet(*words, "--max-cost", "0.01", cwd=desk, env=environment(models))
    rich = tallysheet(*words, "--max-cost", "100", cwd=desk, env=environment(models))

    assert (poor.code, poor.summary["budget_reached"]) == (5, True)
    assert poor.summary["cost_usd"] == 0
    assert rich.code == 0
    assert 0 < rich.summary["cost_usd"] <= 100
    assert len(asked(models, "second")) == 1
    (event,) = (e for e in rich.events if e["event"] == "settled" and WRONG in e["document"])
    assert event["second"] == "openai:second"
    assert event["cost_usd"] == pytest.approx(rich.summary["cost_usd"])


def test_several_processes_have_it_too(desk: Path, models: Served) -> None:
    """The summary is that of all."""
    words = ("run", "invoices", *SECOND, "--processes", "2", "--json")

    ran = tallysheet(*words, cwd=desk, env=environment(models))

    assert ran.code == 0
    assert ran.summary["read_twice"] == {"openai:second": 1}


def test_with_batch_only_the_first_question_goes_into_a_job(desk: Path) -> None:
    """The second one is asked at once, when the answer is there."""
    with served_model(answer, jobs=Jobs(looks=1)) as models:
        env = environment(models)
        ran = tallysheet("run", "invoices", *SECOND, "--batch", "--json", cwd=desk, env=env)

    assert ran.code == 0
    assert ran.summary["read_twice"] == {"openai:second": 1}
    assert len(asked(models, "second")) == 1


def test_looking_ahead_says_that_it_is_not_counted(desk: Path, models: Served) -> None:
    """Nobody knows which documents will fail a check."""
    looked = tallysheet("run", "invoices", *SECOND, "--dry-run", cwd=desk, env=environment(models))

    assert "Not counted is what openai:second would be asked once more" in prose(looked.stdout)
    assert models.requests == []


def test_a_name_that_means_nobody_is_told_with_the_fix(desk: Path) -> None:
    """Exit 6; the rules are nobody to ask."""
    ran = tallysheet("run", "invoices", "--second-model", "rules", cwd=desk)

    assert ran.code == 6
    assert "The rules cannot be the second model" in ran.stderr
    assert "--second-model openai:" in ran.stderr
