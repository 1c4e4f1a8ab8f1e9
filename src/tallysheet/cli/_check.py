"""`tallysheet check`: is everything there that the manifest names, and is it what it was?"""

import asyncio
import dataclasses
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding

from tallysheet.cli._batch import the_batch
from tallysheet.cli._exit import ExitCode
from tallysheet.cli._speak import MOST_SHOWN, AsJson, clean, emit, plain, reporting, say, stdout
from tallysheet.cli._summary import counts_of
from tallysheet.model import Status
from tallysheet.pipeline import Checked, Repaired, check


def check_command(
    batch: Annotated[
        str | None,
        typer.Argument(metavar="BATCH", help="The batch: its source, or where its manifest is."),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what is wrong, and remove what nothing names.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List all that was found, not only the first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read everything of a batch, and verify it.

    Exits with 0 if it is sound, with 7 if the manifest is damaged, with 1 if only
    results of some documents are missing or damaged.

    Every segment and result is read and compared with its hash; counts, revisions
    and claims are compared with the records. Objects that nothing names are
    listed; they do no harm. Other workers may go on meanwhile.

    --repair makes a damaged or lost root anew of what is left, keeping the old one
    beside it, sends documents whose result is lost round again, and removes what
    nothing names and nothing can name any more. It says what it could not save.

    Examples:

      tallysheet check ./invoices

      tallysheet check s3://bucket/inbox --repair
    """
    with reporting(as_json=as_json):
        checked = asyncio.run(check(the_batch(batch), repair=repair))
        if as_json:
            emit(_as_json(checked))
        else:
            _print(checked, stdout(), None if everything else MOST_SHOWN)
        code = _code(checked)
        if code is not ExitCode.DONE:
            say(f"tallysheet: {_verdict(checked)}", "bold red")
            say(_advice(checked))
            raise typer.Exit(code)


def _code(checked: Checked) -> ExitCode:
    if checked.damage:
        return ExitCode.DAMAGED
    return ExitCode.FAILED if checked.lost else ExitCode.DONE


def _as_json(checked: Checked) -> dict[str, Any]:
    return {"sound": _code(checked) is ExitCode.DONE, **dataclasses.asdict(checked)}


def _verdict(checked: Checked) -> str:
    if checked.damage:
        return f"The manifest of {checked.batch} is damaged."
    lost = _number(len(checked.lost), "document")
    return f"The manifest of {checked.batch} is sound, and {lost} lack a readable result."


def _advice(checked: Checked) -> str:
    batch = shlex.quote(clean(checked.batch))
    return f"Restore what is missing, or mend the rest with: tallysheet check {batch} --repair"


def _print(checked: Checked, console: Console, most: int | None) -> None:
    console.print(counts_of(checked.batch, {Status(s): n for s, n in checked.counts.items()}))
    read = f"{_number(checked.segments, 'segment')} and {_number(checked.results, 'result')}"
    console.print(plain(f"Read and verified: revision {checked.rev}, {read}."))
    wrong = [damage.message for damage in (*checked.damage, *checked.lost)]
    _print_list("Wrong", wrong, "red", console, most)
    if checked.damage:
        records, results = sum(checked.counts.values()), checked.recoverable
        saved = f"{_number(records, 'record')} can be read, {results:,} more be made of results."
        console.print(plain(saved))
    if checked.repaired is not None:
        _print_list("Repaired", [*_repairs(checked.repaired)], "green", console, None)
    removable = [o for o in checked.orphans if not o.kept]
    size = sum(o.bytes for o in removable)
    told = "they may go" if checked.repaired is None else "they could not be removed"
    title = f"Nothing names these; {told} ({size:,} bytes)"
    _print_list(title, [o.key for o in removable], "", console, most)
    kept = [f"{o.key}: {o.kept}" for o in checked.orphans if o.kept]
    _print_list("Nothing names these; they stay", kept, "", console, most)
    if not wrong:
        console.print()
        console.print(plain("Everything that the manifest names is there and sound.", "green"))
        if removable and checked.repaired is None:
            batch = shlex.quote(clean(checked.batch))
            console.print(plain(f"  tallysheet check {batch} --repair   # removes what may go"))


def _print_list(
    title: str, rows: Sequence[str], style: str, console: Console, most: int | None
) -> None:
    if not rows:
        return
    console.print()
    console.print(plain(title, f"bold {style}"))
    for row in rows[:most]:
        console.print(Padding(plain(row), (0, 0, 0, 2)), soft_wrap=False)
    if most is not None and len(rows) > most:
        console.print(plain(f"  … and {len(rows) - most} more: --all", "dim"))


def _repairs(repaired: Repaired) -> Iterator[str]:
    """What was done, and what could not be, as sentences."""
    mended = repaired.mended
    if mended is not None:
        total = sum(mended.counts.values())
        yield (
            f"The root was made anew, as revision {mended.rev}, with"
            f" {_number(total, 'document')}: {_counts(mended.counts)}."
        )
        if mended.counted:
            lacking = max(sum(mended.counted.values()) - total, 0)
            told = f"{_number(lacking, 'document')} of them" if lacking else "none of them"
            yield f"The old root counted {_counts(mended.counted)}; {told} could not be found."
        else:
            yield "How many documents the lost root had cannot be told."
        if mended.recovered:
            yield f"{_number(mended.recovered, 'record')} could be made of results."
        if mended.freed:
            yield f"{_number(mended.freed, 'document')} wait again: who held them is unknown."
        if mended.aside:
            yield f"The old root is kept as {mended.aside}."
        yield "Whatever is not in it comes back, to be read again, with: tallysheet run"
    for document in repaired.again:
        yield f"{document} has lost its result and waits for the next run."
    if repaired.removed:
        size = sum(orphan.bytes for orphan in repaired.removed)
        objects = _number(len(repaired.removed), "object")
        yield f"{objects} that nothing named were removed ({size:,} bytes)."
    if mended is None and not repaired.again and not repaired.removed:
        yield "There was nothing to repair."


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items()) or "nothing"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
