"""A person decides on what is in review: approve and reject."""

import shutil
from pathlib import Path

import pytest

from scene import manifest_of, started, statuses_of, tallysheet
from scene_model import Served

WRONG = "Rechnung 1187-26.pdf"
GOOD = "2026-03_Muster-GmbH_RE-1042.pdf"
BROKEN = "download (3).pdf"
BATCH = "invoices.tallysheet"


@pytest.mark.parametrize(("command", "verdict"), [("approve", "approved"), ("reject", "rejected")])
def test_who_decides_sees_what_speaks_against_it_and_is_quoted(
    my_desk: Path, command: str, verdict: str
) -> None:
    """The finding stands before the decision; explain and export tell both, and who reads why."""
    ran = tallysheet(command, f"invoices/{WRONG}", "--because", "I called them.", cwd=my_desk)

    told = tallysheet("explain", f"invoices/{WRONG}", cwd=my_desk).stdout
    (line,) = tallysheet("export", "invoices", "--status", verdict, cwd=my_desk).events
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr.index("error sum.gross: Net 365.48") < ran.stderr.index(
        f"1 document {verdict}"
    )
    assert "They say: “I called them.”" in told
    assert "Before that: Net 365.48" in " ".join(told.split())
    assert (line["document"], line["because"]) == (WRONG, "I called them.")


def test_a_program_is_told_what_was_changed_and_what_was_so_before(my_desk: Path) -> None:
    """Approving twice ends well, and changes nothing the second time."""
    first = tallysheet("approve", "invoices", WRONG, "--json", cwd=my_desk)
    before = manifest_of(my_desk / BATCH)["records"]
    again = tallysheet("approve", WRONG, WRONG, "--because", "Again.", "--json", cwd=my_desk)

    assert (first.code, again.code) == (0, 0)
    (told,) = first.events
    assert (told["approved"], told["before"], told["because"]) == ([WRONG], [], None)
    assert [finding["code"] for finding in told["findings"][WRONG]] == ["sum.gross"]
    assert again.events == [
        {"approved": [], "before": [WRONG], "because": "Again.", "findings": {}}
    ]
    assert f"{WRONG} was approved before." in again.stderr
    assert manifest_of(my_desk / BATCH)["records"] == before


def test_a_reason_is_kept_as_one_line_that_no_terminal_obeys(my_desk: Path) -> None:
    """Whatever was pasted into it; half characters too, which JSON cannot hold."""
    words = (b"approve", f"invoices/{WRONG}".encode(), b"--because", b"They \n called \x1b[2J \xff")

    ran = tallysheet(*words, cwd=my_desk)

    assert ran.code == 0
    assert manifest_of(my_desk / BATCH)["records"][WRONG]["because"] == "They called �[2J �"


def test_of_several_all_are_decided_on_or_none(my_desk: Path) -> None:
    """One is done: it waits for nobody."""
    ran = tallysheet("approve", f"invoices/{WRONG}", f"invoices/{GOOD}", "--json", cwd=my_desk)

    assert (ran.code, ran.error["kind"]) == (2, "TransitionError")
    assert ran.error["message"] == f"{GOOD} is done and cannot become approved."
    assert "waits for nobody" in ran.error["fix"]
    assert statuses_of(my_desk / BATCH)[WRONG] == "review"


@pytest.mark.parametrize("command", ["approve", "reject", "retry", "show", "explain"])
def test_a_name_that_is_nearly_right_is_guessed(desk: Path, command: str) -> None:
    """As people type them; nothing is done to the document that was perhaps meant."""
    ran = tallysheet(command, "rechnung_1187-26.pdf", "--batch", "invoices", "--json", cwd=desk)

    assert (ran.code, ran.error["kind"]) == (2, "NotFound")
    assert f"Did you mean '{WRONG}'?" in ran.error["fix"]
    assert "tallysheet export invoices.tallysheet" in ran.error["fix"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("approve",), 2),
        (("approve", "invoices"), 2),
        (("approve", f"invoices/{BROKEN}"), 2),
        (("reject", "x.pdf", "--batch", "nowhere"), 6),
    ],
)
def test_nothing_is_decided_where_it_is_not_clear_on_what(
    desk: Path, words: tuple[str, ...], code: int
) -> None:
    """No document, no such batch, or one that nobody could read."""
    ran = tallysheet(*words, "--json", cwd=desk)

    assert (ran.code, ran.error["code"]) == (code, code)
    assert ran.error["fix"]


def test_a_document_is_approved_while_a_run_is_under_way(my_desk: Path, model: Served) -> None:
    """Both write into the one manifest, and neither loses what the other wrote."""
    shutil.copyfile(my_desk / "invoices" / GOOD, my_desk / "invoices" / "new.pdf")
    with (my_desk / "invoices" / "new.pdf").open("ab") as file:
        file.write(b"\n% new\n")
    model.hold()
    with started("run", "invoices", "--json", cwd=my_desk, env=model.environment) as running:
        model.arrived(1)
        approved = tallysheet("approve", f"invoices/{WRONG}", "--json", cwd=my_desk)
        held = tallysheet("approve", "invoices/new.pdf", "--json", cwd=my_desk)
        model.release()
        ran = running.ended()

    assert approved.events[0]["approved"] == [WRONG]
    assert (held.code, held.error["message"]) == (
        2,
        "new.pdf is working and cannot become approved.",
    )
    assert ran.settled == ["new.pdf"]
    assert statuses_of(my_desk / BATCH)[WRONG] == "approved"
    assert WRONG not in [row["document"] for row in ran.summary["review"]]


def test_a_decision_is_taken_back_by_reading_once_more(my_desk: Path) -> None:
    """It comes before a person again, with what was found then."""
    tallysheet("approve", f"invoices/{WRONG}", "--because", "By mistake.", cwd=my_desk)
    refused = tallysheet("reject", f"invoices/{WRONG}", cwd=my_desk)

    tallysheet("retry", f"invoices/{WRONG}", cwd=my_desk)
    ran = tallysheet("run", "invoices", "--json", cwd=my_desk)

    assert refused.code == 2
    assert "tallysheet retry" in refused.stderr
    assert (ran.settled, ran.summary["counts"]["review"]) == ([WRONG], 1)
    assert "because" not in manifest_of(my_desk / BATCH)["records"][WRONG]


def test_whoever_sees_something_in_review_is_told_the_command(my_desk: Path) -> None:
    """At the end of a run, in status, and in the story of the document."""
    ran = tallysheet("run", "invoices", cwd=my_desk)
    status = tallysheet("status", "invoices", cwd=my_desk)
    story = tallysheet("explain", f"invoices/{WRONG}", cwd=my_desk)
    tallysheet("approve", f"invoices/{WRONG}", cwd=my_desk)
    after = tallysheet("status", "invoices", cwd=my_desk)

    assert f"tallysheet approve '{WRONG}' --batch {BATCH}" in ran.stderr
    assert "tallysheet approve DOCUMENT --batch invoices" in status.stdout
    assert f"tallysheet approve '{WRONG}' --batch invoices" in story.stdout
    assert "tallysheet approve" not in after.stdout
