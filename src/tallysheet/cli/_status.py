"""`tallysheet status`: how far a batch is, who works on it, and what needs a person."""

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, aclosing
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from tallysheet.cli._batch import the_batch
from tallysheet.cli._speak import MOST_SHOWN, AsJson, clean, emit, plain, reporting, stdout
from tallysheet.cli._summary import counts_of, print_attention, usd_text
from tallysheet.model import Status
from tallysheet.pipeline import (
    Attention,
    Batch,
    Handle,
    Standing,
    SystemClock,
    Worker,
    open_batch,
    watch,
)

SEEN = {Status.FAILED: "red", Status.REVIEW: "yellow"}
WATCH_EVERY_S = 2.0
MOST_NAMED = 2
"""Documents that a worker holds, of which the names are shown."""
MOST_WORKERS = 16
"""Workers that are shown before it is said how many more there are."""


def status_command(
    batch: Annotated[
        str | None,
        typer.Argument(metavar="BATCH", help="The batch: its source, or where its manifest is."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every document that needs a look.")
    ] = False,
    watching: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Look again every two seconds until all is settled."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far a batch is, who works on it, and what needs a person.

    Without BATCH it is the one in this folder, if there is just one. Each worker says
    with its heartbeat, three times a lease, how many documents a minute it settled over
    the last minute, by its own clock; the sum is the rate of all.

    Examples:

      tallysheet status ./invoices

      tallysheet status ./invoices --watch

      tallysheet status s3://bucket/inbox --json
    """
    with reporting(as_json=as_json):
        asyncio.run(_status(the_batch(batch), everything, watching, as_json))


async def _status(address: str, everything: bool, watching: bool, as_json: bool) -> None:
    async with open_batch(address) as batch:
        if watching:
            await _watched(batch, as_json)
        found, cost_usd = await _looked_over(batch)
        jobs = await batch.jobs()
        standing = Standing.of(batch.manifest)
        if as_json:
            emit(_status_json(batch, standing, found, cost_usd, jobs))
            return
        console = stdout()
        console.print(counts_of(batch.url, batch.counts))
        if cost_usd:
            console.print(plain(f"{usd_text(cost_usd)} paid for models so far"))
        for line in _worker_lines(standing):
            console.print(plain(line), soft_wrap=False, overflow="ellipsis", no_wrap=True)
        for handle in jobs:
            console.print(plain(_job_text(handle)))
        for status, style in SEEN.items():
            most = None if everything else MOST_SHOWN
            print_attention(status.value.capitalize(), found[status], style, console, most)
        if found[Status.REVIEW]:
            place = shlex.quote(clean(address))
            text = f"\nOnce looked at: tallysheet approve DOCUMENT --batch {place}   (or reject)"
            console.print(Text(text), soft_wrap=True)


async def _watched(batch: Batch, as_json: bool) -> None:
    """Show how the batch stands again and again, until no document is open."""
    console = stdout()
    looks = watch(batch.manifest, clock=SystemClock(), every_s=WATCH_EVERY_S)
    async with aclosing(looks):
        with ExitStack() as stack:
            live: Live | None = None
            if console.is_interactive and not as_json:
                live = stack.enter_context(
                    Live(console=console, auto_refresh=False, transient=True)
                )
            async for standing in looks:
                if not standing.open:
                    return
                if as_json:
                    emit(_standing_json(batch, standing))
                elif live is not None:
                    live.update(_panel(batch, standing), refresh=True)
                else:
                    console.print(plain(_one_line(standing)))


def _panel(batch: Batch, standing: Standing) -> RenderableType:
    lines = [plain(line) for line in _worker_lines(standing)]
    return Group(counts_of(batch.url, standing.counts), *lines)


def _one_line(standing: Standing) -> str:
    counts = " · ".join(f"{status.value} {count}" for status, count in standing.counts.items())
    return f"{counts} · {_together(standing)}"


def _worker_lines(standing: Standing) -> Iterator[str]:
    """Who works on the batch, each on one line, and all of them together."""
    if not standing.workers:
        return
    yield _together(standing)
    for worker in standing.workers[:MOST_WORKERS]:
        yield f"  {_worker_text(worker)}"
    if len(standing.workers) > MOST_WORKERS:
        yield f"  … and {len(standing.workers) - MOST_WORKERS} more"


def _together(standing: Standing) -> str:
    number = len(standing.workers)
    if not number:
        return "nobody works on it"
    told = f"{number} worker{'' if number == 1 else 's'}"
    if rate := standing.per_minute:
        left = timedelta(seconds=round(standing.open / rate * 60))
        told += f", together {rate:,.1f} documents a minute"
        told += f", {standing.open:,} open: about {left}" if standing.open else ""
    return told


def _worker_text(worker: Worker) -> str:
    number = len(worker.holds)
    where = f"process {worker.pid} on {worker.machine}"
    if worker.is_gone:
        return f"{where} is gone; a run takes over {number:,} that it held"
    named = ", ".join(worker.holds[:MOST_NAMED]) + (", …" if number > MOST_NAMED else "")
    holds = f"holds {number:,}: {named}" if number else "holds none"
    return f"{where}, {worker.per_minute:,.1f} a minute, {holds}"


async def _looked_over(batch: Batch) -> tuple[dict[Status, list[Attention]], float]:
    """What needs a look, by status, and what all documents cost, in US dollars."""
    found: dict[Status, list[Attention]] = {status: [] for status in SEEN}
    cost_usd = 0.0
    async for key, record in batch.manifest.records():
        cost_usd += record.cost_usd
        if record.status in found:
            found[record.status].append(Attention.of(key, record))
    return found, cost_usd


def _standing_json(batch: Batch, standing: Standing) -> dict[str, Any]:
    return {
        "batch": batch.url,
        "counts": {status.value: count for status, count in standing.counts.items()},
        "workers": {
            worker.name: {
                "machine": worker.machine,
                "pid": worker.pid,
                "holds": list(worker.holds),
                "per_minute": worker.per_minute,
                "is_gone": worker.is_gone,
            }
            for worker in standing.workers
        },
        "per_minute": standing.per_minute,
    }


def _status_json(
    batch: Batch,
    standing: Standing,
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
    return {
        **_standing_json(batch, standing),
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
