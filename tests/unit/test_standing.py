"""Whatever status a document has, it is told why and what to type next."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tallysheet.cli._standing import Told, next_commands, why
from tallysheet.cli._story import print_story
from tallysheet.model import Finding, Invoice, Record, Result, Severity, Status
from tallysheet.pipeline import Row

ERROR = Finding(code="sum.gross", severity=Severity.ERROR, message="It does not add up.")


def told_of(status: Status, *, errors: int = 0, **more: object) -> Told:
    """A document of that status, in the batch of ``inbox``."""
    seen = Record(status, sha256="ab", message="It does not add up.", reason="sum.gross")
    record = replace(seen, **more)  # type: ignore[arg-type]  any of its fields
    result = Result(
        document="a b.pdf",
        sha256="ab",
        source="rules",
        invoice=Invoice(),
        findings=(ERROR,) * errors,
    )
    row = Row("a b.pdf", record, result if errors else None)
    return Told(row, "inbox.tallysheet", "inbox.tallysheet", (), {"one.pdf": Status.DONE})


@pytest.mark.parametrize(
    ("status", "more", "told", "command"),
    [
        (Status.PENDING, {}, "It waits for the next run.", "tallysheet run inbox"),
        (Status.PENDING, {"attempts": 2}, "begun before, and not finished", "tallysheet run"),
        (Status.WORKING, {"worker": "w-1"}, "A worker has it: w-1.", "tallysheet status"),
        (Status.DONE, {}, "no check found an error", "tallysheet show 'a b.pdf' --batch inbox"),
        (Status.REVIEW, {}, "A person has to look at it", "tallysheet show 'a b.pdf'"),
        (Status.REVIEW, {"meets": {"x": "o.pdf"}}, "A person has", "tallysheet show 'a b.pdf'"),
        (Status.FAILED, {}, "could not be read (sum.gross)", "tallysheet retry 'a b.pdf'"),
        (Status.SPLIT, {}, "a status of its own", "tallysheet explain 'a b.pdf#one.pdf'"),
        (Status.DUPLICATE, {"of": "o.pdf"}, "same bytes as o.pdf", "tallysheet explain o.pdf"),
        (Status.APPROVED, {}, "accepted it. Before that: It does", "tallysheet show 'a b.pdf'"),
        (Status.APPROVED, {"because": "Fine."}, "They say: “Fine.” Before", "tallysheet show"),
        (Status.REJECTED, {}, "refused it. Before that: It does", "tallysheet show 'a b.pdf'"),
    ],
)
def test_every_status_has_a_reason_and_a_next_step(
    status: Status, more: dict[str, object], told: str, command: str
) -> None:
    """Names that a shell would take apart are quoted."""
    document = told_of(status, **more)

    assert told in why(document)
    assert next_commands(document)[0].startswith(command)


def test_of_several_errors_the_first_is_told_and_the_number() -> None:
    """One is told as one."""
    assert "because of an error: It does" in why(told_of(Status.REVIEW, errors=1))
    assert "because of 3 errors, the first of which is: It" in why(told_of(Status.REVIEW, errors=3))


def test_what_follows_an_earlier_reading_is_said_to() -> None:
    """A document that was sent round again still names its last result."""
    out = io.StringIO()

    print_story(told_of(Status.WORKING, errors=1, worker="w"), Console(file=out, width=80))

    assert "What follows is of an earlier reading. The rules read it" in out.getvalue()


def test_whoever_waits_on_account_of_another_document_is_shown_that_one() -> None:
    """And the other one says who waits on its account."""
    waiting = told_of(Status.REVIEW, meets={"duplicate.number": "o p.pdf"})

    assert "tallysheet explain 'o p.pdf' --batch inbox.tallysheet" in next_commands(waiting)
