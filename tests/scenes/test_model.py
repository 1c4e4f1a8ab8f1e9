"""A batch that a language model reads: its name, its mistakes, its cache, its outage."""

from pathlib import Path
from typing import Any

import pytest

from scene import started, tallysheet
from scene_model import READ, Served, served_model
from tallysheet.testing.llm_server import Said


def lines_of(desk: Path) -> list[dict[str, Any]]:
    """What the batch on *desk* exports."""
    return tallysheet("export", "invoices", cwd=desk).events


def test_results_say_which_model_read_them_and_a_second_run_asks_nothing(
    two: Path, model: Served
) -> None:
    """Each document is asked about once, ever."""
    first = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)
    second = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)

    assert first.summary["sources"] == {"openai:test": 2}
    assert {line["source"] for line in lines_of(two)} == {"openai:test"}
    assert {line["invoice"]["number"] for line in lines_of(two)} == {"M-1"}
    assert second.settled == []
    assert len(model.requests) == 2
    assert {body["model"] for body in model.requests} == {"test"}


def test_an_answer_that_was_paid_for_is_not_bought_again(two: Path, model: Served) -> None:
    """Documents that are sent round again are read from the cache."""
    tallysheet("run", "invoices", cwd=two, env=model.environment)
    sent = tallysheet("retry", "a.pdf", "b.pdf", "--batch", "invoices", "--json", cwd=two)

    again = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)

    assert sent.events == [{"retried": ["a.pdf", "b.pdf"]}]
    assert again.settled == ["a.pdf", "b.pdf"]
    assert len(model.requests) == 2


def test_who_wants_to_know_anew_is_answered_anew_and_nothing_is_kept(
    two: Path, model: Served
) -> None:
    """Answers of earlier runs stay where they are, for whoever wants them."""
    tallysheet("run", "invoices", cwd=two, env=model.environment)
    kept = sorted((two / "invoices.tallysheet/cache").iterdir())
    tallysheet("retry", "a.pdf", "b.pdf", "--batch", "invoices", cwd=two)

    tallysheet("run", "invoices", "--no-cache", cwd=two, env=model.environment)
    elsewhere = tallysheet(
        *("run", "invoices", "--no-cache", "--out", "other"), cwd=two, env=model.environment
    )

    assert len(model.requests) == 6
    assert sorted((two / "invoices.tallysheet/cache").iterdir()) == kept
    assert elsewhere.code == 0
    assert not (two / "other/cache").exists()


def test_a_malformed_answer_is_shown_to_its_author_and_repaired(two: Path) -> None:
    """The first answer of each conversation is no JSON; the second is used."""

    def answer(body: dict[str, Any]) -> str:
        return READ if len(body["messages"]) > 2 else "Here it is: {number: M-1"

    with served_model(answer) as model:
        ran = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)

    assert ran.code == 0
    assert ran.summary["sources"] == {"openai:test": 2}
    assert len(model.requests) == 4


def test_a_model_that_never_answers_properly_fails_the_document(two: Path) -> None:
    """The batch goes on; the reason says so, and what else would work."""
    with served_model(["No."]) as model:
        ran = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)

    assert ran.code == 1
    assert {row["reason"] for row in ran.summary["failed"]} == {"bad_answer"}
    assert "--model rules" in ran.summary["failed"][0]["message"]


@pytest.mark.parametrize(
    ("said", "code", "kind"),
    [
        (Said(status=401), 6, "ConfigError"),
        (Said(status=429, code="insufficient_quota"), 6, "ConfigError"),
    ],
)
def test_what_only_the_user_can_mend_at_the_provider_stops_the_run(
    two: Path, model: Served, said: Said, code: int, kind: str
) -> None:
    """No document is blamed for it: all are pending, and the same command finishes."""
    with served_model([said]) as refusing:
        stopped = tallysheet("run", "invoices", "--json", cwd=two, env=refusing.environment)
    status = tallysheet("status", "invoices", "--json", cwd=two)

    again = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)

    assert (stopped.code, stopped.error["kind"]) == (code, kind)
    assert status.events[0]["counts"] == {"pending": 2}
    assert again.settled == ["a.pdf", "b.pdf"]


def test_where_the_first_model_refuses_the_second_reads(two: Path) -> None:
    """What each document was read by stands with it."""

    def answer(body: dict[str, Any]) -> Said:
        return Said(status=400) if body["model"] == "first" else Said(READ)

    with served_model(answer) as model:
        environment = {**model.environment, "TALLYSHEET_MODEL": "openai:first,openai:second"}
        ran = tallysheet("run", "invoices", "--json", cwd=two, env=environment)

    assert ran.code == 0
    assert ran.summary["sources"] == {"openai:second": 2}
    assert {line["source"] for line in lines_of(two)} == {"openai:second"}


def test_a_run_that_is_over_its_time_stops_as_if_told_to(two: Path, model: Served) -> None:
    """What is in flight gets its time to end; the rest is pending, and the next run goes on."""
    model.hold()
    limits = {"TALLYSHEET_RUN_LIMIT_S": "1", "TALLYSHEET_DRAIN_S": "0.1"}
    stopped = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment | limits)
    model.release()

    again = tallysheet("run", "invoices", "--json", cwd=two, env=model.environment)

    assert (stopped.code, stopped.settled) == (5, [])
    assert stopped.summary["stopped"] is True
    assert again.settled == ["a.pdf", "b.pdf"]


def test_a_run_that_is_stopped_does_not_wait_for_a_limit(two: Path, model: Served) -> None:
    """What was not sent yet is given back at once, however long it would have had to wait."""
    model.hold()
    limits = {
        "TALLYSHEET_CONCURRENCY": "2",
        "TALLYSHEET_REQUESTS_PER_MINUTE": "0.1",
        "TALLYSHEET_RUN_LIMIT_S": "2",
        "TALLYSHEET_DRAIN_S": "500",
    }
    with started("run", "invoices", "--json", cwd=two, env=model.environment | limits) as run:
        model.arrived(1)
        model.release()
        ran = run.ended()

    assert (ran.code, len(ran.settled)) == (5, 1)
    assert ran.summary["counts"] == {"pending": 1, "review": 1}
