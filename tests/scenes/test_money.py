"""Looking ahead and keeping a budget, as a person at a terminal meets them."""

from pathlib import Path

import pytest

from scene import tallysheet

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


def test_a_dry_run_with_a_price_that_is_none_is_told_how_to_write_one(two: Path) -> None:
    """A setting is wrong: exit 6."""
    told = tallysheet("run", "invoices", "--dry-run", "--price", "free", cwd=two, env=NO_KEY)

    assert told.code == 6
    assert "openai:gpt-5-mini=0.25/2.0" in told.stderr


def test_a_run_on_rules_says_nothing_of_money(two: Path) -> None:
    """It costs nothing, and nobody asked."""
    ran = tallysheet("run", "invoices", cwd=two)

    assert "$" not in ran.stderr
