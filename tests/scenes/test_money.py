"""Looking ahead and keeping a budget, as a person at a terminal meets them."""

import re
from pathlib import Path

import pytest

from scene import tallysheet
from scene_model import Served

DEAR = ("--price", "openai:test=100/100")
PRICE = ("--price", "openai:test=1.0/10.0")
NO_KEY = {"TALLYSHEET_MODEL": "openai:test"}


def names_below(folder: Path) -> list[str]:
    """Every file below *folder*."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_dry_run_says_what_would_be_done_and_leaves_no_trace(two: Path) -> None:
    """Without a key, without a model, without a file anywhere."""
    before = names_below(two)

    told = tallysheet("run", "invoices", "--dry-run", *PRICE, cwd=two, env=NO_KEY)

    assert told.code == 0
    assert told.stderr == ""
    assert "2 documents to read, into invoices.tallysheet" in told.stdout
    assert "openai:test" in told.stdout
    assert "tokens in" in told.stdout
    assert "Nothing was written and no model was asked." in told.stdout
    assert names_below(two) == before


def test_a_dry_run_can_be_read_by_a_program(two: Path) -> None:
    """One object, with a row for each document that was looked into."""
    told = tallysheet("run", "invoices", "--dry-run", "--json", *PRICE, cwd=two, env=NO_KEY)

    (plan,) = told.events
    assert (plan["new"], plan["to_read"]) == (2, 2)
    assert [row["document"] for row in plan["examined"]] == ["a.pdf", "b.pdf"]
    assert plan["cost_usd"] == pytest.approx(sum(row["cost_usd"] for row in plan["examined"]))


def test_a_dry_run_says_that_the_budget_will_not_do(two: Path) -> None:
    """Before any of it is spent."""
    words = ("run", "invoices", "--dry-run", "--max-cost", "0.001")

    told = tallysheet(*words, *PRICE, cwd=two, env=NO_KEY)

    assert "would stop before the end, at the budget of $0.0010" in told.stdout


@pytest.mark.parametrize(
    ("model", "part"), [("openai:gpt-5-mini", 0.5), ("bedrock:eu.amazon.nova-lite-v1:0", 1.0)]
)
def test_a_dry_run_knows_that_two_questions_are_too_few_for_a_job_on_bedrock(
    two: Path, model: str, part: float
) -> None:
    """They would be asked at full price; at others they would be a job."""
    words = ("run", "invoices", "--dry-run", "--json", "--model", model)

    at_once, in_jobs = [tallysheet(*words, *more, cwd=two) for more in ((), ("--batch",))]

    usd = [ran.events[-1]["cost_usd"] for ran in (at_once, in_jobs)]
    assert usd[0] > 0
    assert usd[1] == pytest.approx(usd[0] * part)


def test_a_dry_run_speaks_of_a_job_only_where_there_is_one_to_come(two: Path) -> None:
    """Not where too few documents are for a job, nor where a model is asked by itself."""
    words = ("run", "invoices", "--dry-run", "--batch", "--model")

    job, none = [
        tallysheet(*words, model, cwd=two)
        for model in ("openai:gpt-5-mini", "bedrock:eu.amazon.nova-lite-v1:0")
    ]

    assert "up to a day for each job" in job.stdout
    assert "job" not in none.stdout


def test_a_dry_run_with_a_price_that_is_none_is_told_how_to_write_one(two: Path) -> None:
    """A setting is wrong: exit 6."""
    told = tallysheet("run", "invoices", "--dry-run", "--price", "free", cwd=two, env=NO_KEY)

    assert told.code == 6
    assert "openai:gpt-5-mini=0.25/2.0" in told.stderr


def test_a_run_on_rules_says_nothing_of_money(two: Path) -> None:
    """It costs nothing, and nobody asked."""
    ran = tallysheet("run", "invoices", cwd=two)

    assert "$" not in ran.stderr


def test_a_run_stops_below_its_budget_and_goes_on_with_a_new_one(
    fresh: Path, model: Served
) -> None:
    """Exit 5: what was paid for is kept, the rest waits for the same command."""
    words = ("run", "invoices", "--json", "--concurrency", "2", *DEAR)

    first = tallysheet(*words, "--max-cost", "5", cwd=fresh, env=model.environment)
    asked = len(model.requests)
    status = tallysheet("status", "invoices", "--json", cwd=fresh).events[0]
    rest = tallysheet(*words, "--max-cost", "1000", cwd=fresh, env=model.environment)

    assert first.code == 5
    assert first.summary["budget_reached"] is True
    assert 0 < first.summary["cost_usd"] <= 5
    assert len(first.settled) == asked > 2
    assert status["cost_usd"] == pytest.approx(first.summary["cost_usd"])
    assert status["counts"]["pending"] == 12 - asked
    assert rest.summary["budget_reached"] is False
    assert sorted(first.settled + rest.settled) == sorted(
        path.name for path in (fresh / "invoices").iterdir()
    )
    assert len(model.requests) == 12


def test_a_person_is_told_what_was_paid_for_what(two: Path, model: Served) -> None:
    """After the run, for one document, and for the batch."""
    ran = tallysheet("run", "invoices", *DEAR, cwd=two, env=model.environment)
    shown = tallysheet("show", "a.pdf", "--batch", "invoices", cwd=two)
    status = tallysheet("status", "invoices", cwd=two)

    assert re.search(r"\$\d+\.\d\d for [\d,]+ tokens in and \d+ out", ran.stderr)
    assert re.search(r"read by openai:test for \$\d\.?\d+: [\d,]+ tokens in", shown.stdout)
    assert re.search(r"\$\d+\.\d\d paid for models so far", status.stdout)


def test_no_budget_is_begun_without_a_price(two: Path, model: Served) -> None:
    """Exit 6, before anything was asked; the fix names the flag."""
    ran = tallysheet("run", "invoices", "--max-cost", "5", cwd=two, env=model.environment)

    assert ran.code == 6
    assert "--price 'openai:test=IN/OUT'" in ran.stderr
    assert model.requests == []
