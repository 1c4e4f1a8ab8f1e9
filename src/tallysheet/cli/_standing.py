"""Where one document stands: why it is there, and what a person would type next."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tallysheet.cli._speak import clean
from tallysheet.model import PART, Record, Result, Severity, Status
from tallysheet.pipeline import Row
from tallysheet.store import SUFFIX


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one document."""

    row: Row
    address: str
    """The batch as the user named it."""
    url: str
    """Where the batch is."""
    twins: Sequence[str]
    """The documents with the same bytes that were added later."""
    parts: Mapping[str, Status]
    """The documents in it, by their names within it."""
    rivals: Sequence[str] = ()
    """The documents that are in review on account of it."""


def why(told: Told) -> str:
    """Why the document is where it is, in sentences."""
    record = told.row.record
    match record.status:
        case Status.PENDING:
            begun = " It was begun before, and not finished." if record.attempts else ""
            return f"It waits for the next run.{begun}"
        case Status.WORKING:
            return (
                f"A worker has it: {record.worker}. If that one has died, the next run takes it"
                " over."
            )
        case Status.DONE:
            return "It was read, and no check found an error."
        case Status.REVIEW:
            errors = _errors(told.row.result)
            because = f"of {errors} errors, the first of which is" if errors > 1 else "of an error"
            return f"A person has to look at it, because {because}: {record.message}"
        case Status.FAILED:
            return f"It could not be read ({record.reason}). {record.message}"
        case Status.SPLIT:
            return f"{record.message} Each has a status of its own."
        case Status.DUPLICATE:
            return f"It has the same bytes as {record.of}, and was not read once more."
        case Status.APPROVED:
            return " ".join(("A person looked at it and accepted it.", *_decided(record)))
        case Status.REJECTED:
            return " ".join(("A person looked at it and refused it.", *_decided(record)))


def next_commands(told: Told) -> list[str]:
    """What a person would type now."""
    record = told.row.record
    batch = shlex.quote(clean(told.address))
    document = shlex.quote(clean(told.row.document))
    source = shlex.quote(clean(told.address.removesuffix(SUFFIX)))
    run = f"tallysheet run {source}"
    show = f"tallysheet show {document} --batch {batch}"
    retry = f"tallysheet retry {document} --batch {batch}"
    decide = f"tallysheet approve {document} --batch {batch}   # or reject"
    export = f"tallysheet export {batch} -o invoices.csv"
    match record.status:
        case Status.PENDING:
            return [run]
        case Status.WORKING:
            return [f"tallysheet status {batch}", run]
        case Status.REVIEW:
            others = map(shlex.quote, map(clean, dict.fromkeys(record.meets.values())))
            explain = [f"tallysheet explain {other} --batch {batch}" for other in others]
            return [show, *explain, decide, f"{retry}   # to read it anew", run]
        case Status.FAILED:
            return [f"{retry}   # once it is mended", run]
        case Status.SPLIT:
            parts = [f"{told.row.document}{PART}{name}" for name in told.parts][:1]
            return [f"tallysheet explain {shlex.quote(clean(p))} --batch {batch}" for p in parts]
        case Status.DUPLICATE:
            original = shlex.quote(clean(record.of or ""))
            return [f"tallysheet explain {original} --batch {batch}"]
        case Status.APPROVED | Status.REJECTED:
            return [show, export, f"{retry}   # to take that back"]
    return [show, export]


def _errors(result: Result | None) -> int:
    return sum(f.severity is Severity.ERROR for f in result.findings) if result else 0


def _decided(record: Record) -> Iterator[str]:
    """Why a person decided so, and what that was about."""
    if record.because:
        yield f"They say: “{record.because}”"
    if record.message:
        yield f"Before that: {record.message}"
