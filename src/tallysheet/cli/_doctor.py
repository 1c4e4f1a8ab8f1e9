"""`tallysheet doctor`: try whether a place can be trusted with a batch, and say what it may do."""

import asyncio
import dataclasses
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tallysheet.cli._exit import ExitCode
from tallysheet.cli._speak import AsJson, emit, plain, reporting, say, stdout
from tallysheet.errors import DocumentError
from tallysheet.parse import ocr
from tallysheet.pipeline import Examined, examine, place_of
from tallysheet.store import access_policy, bucket_policy

COLUMNS = ("tried", "expected", "answered")


def doctor_command(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="The source of a batch, or where its manifest is."),
    ],
    out: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the manifest goes; else URL.tallysheet."),
    ] = None,
    policy: Annotated[
        bool,
        typer.Option("--policy", help="Only print the least that AWS must allow, for s3://."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try whether a store can be trusted with a batch: exit 0 if so, 6 if not.

    Lists the documents, then tries all that a manifest relies on: conditional
    writes above all, which some servers accept and ignore. It writes only keys of
    its own, which begin with probe-, and removes them. Before the first run into
    a bucket the same is tried by itself.

    Examples:

      tallysheet doctor s3://bucket/inbox

      tallysheet doctor s3://bucket/inbox --policy
    """
    with reporting(as_json=as_json):
        if policy:
            _print_policies(url, place_of(url, out), as_json)
            return
        examined = asyncio.run(examine(url, out=out))
        if as_json:
            emit(_as_json(examined))
        else:
            _print(examined, stdout())
        if not examined.probe.trusted:
            say(f"tallysheet: {_verdict(examined)}", "bold red")
            say("Choose another store: on this one updates of a manifest would get lost.")
            raise typer.Exit(ExitCode.CONFIG)


def _print_policies(url: str, place: str, as_json: bool) -> None:
    is_read = url.lower().startswith("s3://") and url.rstrip("/") != place.rstrip("/")
    source = url if is_read else None
    policies = {"iam": access_policy(source, place), "bucket": bucket_policy(place)}
    if as_json:
        emit(policies)
        return
    typer.echo(json.dumps(policies, indent=2, ensure_ascii=False))
    say('"iam" is for the user or role that runs tallysheet, "bucket" for the bucket.')
    say(
        "s3:DeleteObject is only for what the probe of doctor and of a first run has written,"
        " and for segments of the manifest that have been merged into larger ones."
    )


def _as_json(examined: Examined) -> dict[str, Any]:
    found = examined.probe
    rest = {key: value for key, value in dataclasses.asdict(found).items() if key != "steps"}
    steps = [dataclasses.asdict(step) for step in (examined.listing, *found.steps)]
    return {
        "source": examined.source,
        "batch": examined.batch,
        "trusted": found.trusted,
        "reason": found.reason,
        "steps": steps,
        **rest,
        "ocr": _ocr(),
    }


def _print(examined: Examined, console: Console) -> None:
    found = examined.probe
    console.print(plain(f"Documents in {examined.source}, the batch in {examined.batch}", "bold"))
    table = Table(box=None, pad_edge=False)
    for heading in COLUMNS:
        table.add_column(heading, overflow="fold")
    table.add_column("", justify="left")
    table.add_column("ms", justify="right")
    for step in (examined.listing, *found.steps):
        told = plain("ok", "green") if step.ok else plain("WRONG", "bold red")
        texts = (plain(step.tried), plain(step.expected, "dim"), plain(step.answered))
        table.add_row(*texts, told, f"{step.seconds * 1000:.0f}")
    console.print(table)
    get_ms, put_ms = found.get_s * 1000, found.put_s * 1000
    console.print(plain(f"Median of a GET {get_ms:.1f} ms, of a PUT {put_ms:.1f} ms."))
    console.print(plain(f"Clock of the store: {_clock(found.clock_offset_s)}"))
    console.print(plain(_ocr()))
    if found.left:
        console.print(plain(f"Could not be removed again: {', '.join(found.left)}"))
    if found.trusted:
        console.print(plain(_verdict(examined), "bold green"))


def _ocr() -> str:
    """What would read pictures of text on this machine, as a sentence."""
    try:
        return ocr.at_hand()
    except DocumentError as error:
        return f"Pictures of text would not be read. {error.fix}"


def _verdict(examined: Examined) -> str:
    if examined.probe.trusted:
        return f"{examined.batch} can be trusted with a manifest."
    return f"{examined.batch} cannot be trusted with a manifest: {examined.probe.reason}."


def _clock(offset_s: float | None) -> str:
    if offset_s is None:
        return "not measured; no rule of tallysheet reads a clock."
    if not offset_s:
        return "the same as ours, to the second."
    way = "ahead of" if offset_s > 0 else "behind"
    return f"{abs(offset_s):.0f} s {way} ours; no rule of tallysheet reads a clock."
