"""`tallysheet status` and `tallysheet show`: look at a batch without changing it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tallysheet.cli._batch import the_batch, the_document
from tallysheet.cli._document import print_document
from tallysheet.cli._speak import (
    MOST_SHOWN,
    AsJson,
    BatchOption,
    DocumentArgument,
    emit,
    plain,
    reporting,
    stdout,
)
from tallysheet.cli._summary import print_attention, print_counts, usd_text
from tallysheet.export import line
from tallysheet.model import Status
from tallysheet.pipeline import Attention, Batch, Handle, Row, open_batch

SEEN = {Status.FAILED: "red", Status.REVIEW: "yellow"}


def status_command(
    batch: Annotated[
        str | None,
        typer.Argument(metavar="BATCH", help="The batch: its source, or where its manifest is."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every document that needs a look.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far a batch is, and what needs a person.

    Without BATCH it is the one in this folder, if there is just one.

    Examples:

      tallysheet status ./invoices

      tallysheet status s3://bucket/inbox --json
    """
    with reporting(as_json=as_json):
        asyncio.run(_status(the_batch(batch), everything, as_json))


async def _status(address: str, everything: bool, as_json: bool) -> None:
    async with open_batch(address) as batch:
        found, cost_usd = await _looked_over(batch)
        jobs = await batch.jobs()
        if as_json:
            emit(_status_json(batch, found, cost_usd, jobs))
            return
        console = stdout()
        print_counts(batch.url, batch.counts, console)
        if cost_usd:
            console.print(plain(f"{usd_text(cost_usd)} paid for models so far"))
        for worker, held in batch.workers.items():
            console.print(plain(f"{worker} holds {held}"))
        for handle in jobs:
            console.print(plain(_job_text(handle)))
        for status, style in SEEN.items():
            most = None if everything else MOST_SHOWN
            print_attention(status.value.capitalize(), found[status], style, console, most)


async def _looked_over(batch: Batch) -> tuple[dict[Status, list[Attention]], float]:
    """What needs a look, by status, and what all documents cost, in US dollars."""
    found: dict[Status, list[Attention]] = {status: [] for status in SEEN}
    cost_usd = 0.0
    async for key, record in batch.manifest.records():
        cost_usd += record.cost_usd
        if record.status in found:
            found[record.status].append(Attention.of(key, record))
    return found, cost_usd


def _status_json(
    batch: Batch,
    found: dict[Status, list[Attention]],
    cost_usd: float,
    jobs: Sequence[Handle],
) -> dict[str, Any]:
    lists = {
        status.value: [
            {"document": a.document, "reason": a.reason, "message": a.message} for a in rows
        ]
        for status, rows in found.items()
    }
    counts = {status.value: count for status, count in batch.counts.items()}
    workers = dict(batch.workers)
    return {
        "batch": batch.url,
        "counts": counts,
        "workers": workers,
        "cost_usd": cost_usd,
        "jobs": [
            {"job": h.job, "model": h.model, "since": h.at, "questions": len(h.questions)}
            for h in jobs
        ],
        **lists,
    }


def _job_text(handle: Handle) -> str:
    """A job at a provider on one line, with this machine's time of day."""
    number = len(handle.questions)
    plural = "" if number == 1 else "s"
    at = f"{handle.since.astimezone():%Y-%m-%d %H:%M}"
    return f"a job of {handle.model}, handed in {at}: {number:,} question{plural}"


def show_command(
    document: DocumentArgument,
    batch: BatchOption = None,
    as_json: AsJson = False,
) -> None:
    """Show what was read off one document, and where it stands.

    Examples:

      tallysheet show invoices/2026-001.pdf

      tallysheet show 2026-001.pdf --batch s3://bucket/inbox
    """
    with reporting(as_json=as_json):
        address, key = the_document(document, batch)
        row = asyncio.run(_row(address, key))
        if as_json:
            emit(line(row.document, row.record, row.result))
        else:
            print_document(row, stdout())


async def _row(address: str, key: str) -> Row:
    async with open_batch(address) as batch:
        return await batch.row(key)
