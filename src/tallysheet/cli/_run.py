"""`tallysheet run`: read a batch of invoices, or go on where it stopped."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer

from tallysheet.cli._exit import ExitCode
from tallysheet.cli._plan import print_plan
from tallysheet.cli._progress import Progress, shown
from tallysheet.cli._reading import (
    ConcurrencyOption,
    EInvoiceOption,
    MaxCostOption,
    ModelOption,
    ParseWorkersOption,
    PriceOption,
    ReviewBelowOption,
    SecondModelOption,
    reading_flags,
)
from tallysheet.cli._speak import AsJson, clean, emit, reporting, say, stderr, stdout
from tallysheet.cli._summary import print_summary
from tallysheet.cluster import Cluster
from tallysheet.pipeline import (
    Crew,
    Event,
    Summary,
    look_rarely,
    plan,
    processes_for,
    run,
    to_json,
)
from tallysheet.settings import Settings, load

SIGNALS = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


def run_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="A folder, a file, or s3://, gs://, az://, file://, memory://."
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where all that is made goes; else SOURCE.tallysheet."),
    ] = None,
    model: ModelOption = None,
    second_model: SecondModelOption = None,
    e_invoice: EInvoiceOption = None,
    concurrency: ConcurrencyOption = None,
    parse_workers: ParseWorkersOption = None,
    review_below: ReviewBelowOption = None,
    processes: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Processes that share the work; 0 is one a core."),
    ] = 1,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on all nodes of a Ray cluster; auto finds it."),
    ] = None,
    max_cost: MaxCostOption = None,
    price: PriceOption = None,
    batch: Annotated[
        bool | None,
        typer.Option("--batch/--no-batch", help="Ask in the provider's batch mode: half price."),
    ] = None,
    cache: Annotated[
        bool | None,
        typer.Option("--cache/--no-cache", help="Use answers of earlier runs, or ask anew."),
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option("--wait/--no-wait", help="With --batch: stay for the answers, or leave."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and cost; write nothing.")
    ] = False,
    fail_on_review: Annotated[
        bool, typer.Option("--fail-on-review", help="Exit 3 if a document needs review.")
    ] = False,
    fail_if_empty: Annotated[
        bool, typer.Option("--fail-if-empty", help="Exit 4 if there was nothing to do.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no summary, only errors.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a batch of invoices into checked data; run it again to go on.

    Finished documents are not touched, new and changed ones are picked up.
    Ctrl-C once: finish what is in flight, give back the rest. Twice: stop at once.

    Examples:

      tallysheet run ./invoices

      tallysheet run s3://bucket/inbox --out s3://bucket/inbox-batch

      tallysheet run ./invoices --model openai:gpt-5-mini --max-cost 5

      tallysheet run s3://bucket/inbox --ray auto
    """
    with reporting(as_json=as_json):
        refuse_missing(source)
        flags = {
            **reading_flags(
                model=model,
                second_model=second_model,
                e_invoice=e_invoice,
                concurrency=concurrency,
                parse_workers=parse_workers,
                review_below=review_below,
                max_cost=max_cost,
                price=price,
            ),
            "batch": batch,
            "batch_wait": wait,
            "cache": cache,
        }
        settings = load(flags).settings
        if wait is False and not settings.batch:
            raise typer.BadParameter(
                "it says how --batch ends; add --batch", param_hint="--no-wait"
            )
        if ray is not None and processes != 1:
            raise typer.BadParameter("each node has one worker already", param_hint="--processes")
        if dry_run:
            planned = asyncio.run(plan(source, out=out, settings=settings))
            if as_json:
                emit(to_json(planned))
            else:
                print_plan(planned, settings, stdout())
            return

        def crew(stop: asyncio.Event) -> Crew | Cluster | None:
            """The workers of this run, where this process is not the only one."""
            if ray is not None:
                return Cluster(source, out=out, settings=settings, address=ray, stop=stop, tell=say)
            number = processes or processes_for(settings)
            if number == 1:
                return None
            return Crew(source, out=out, settings=settings, processes=number, stop=stop, tell=say)

        ended, signalled = asyncio.run(_watch(source, out, settings, crew, quiet, as_json))
        if not quiet:
            print_summary(ended, source, stderr())
    if signalled is not None:
        raise typer.Exit(SIGNALS[signalled])
    raise typer.Exit(_code(ended, fail_on_review, fail_if_empty))


def refuse_missing(source: str) -> None:
    """Say at once that a folder is not there, in the way of a wrong argument."""
    if "://" not in source and not Path(source).expanduser().exists():
        raise typer.BadParameter(f"there is no file or folder {clean(source)}", param_hint="SOURCE")


async def _watch(
    source: str,
    out: str | None,
    settings: Settings,
    crew_with: Callable[[asyncio.Event], Crew | Cluster | None],
    quiet: bool,
    as_json: bool,
) -> tuple[Summary, signal.Signals | None]:
    """Run the batch and show it; return how it ended, and the signal that stopped it."""
    look_rarely()
    stop = asyncio.Event()
    signalled: list[signal.Signals] = []
    crew = crew_with(stop)

    def heed(number: signal.Signals) -> None:
        if signalled:
            # By design a run may die at any instant; its leases end by themselves.
            if crew is not None:
                crew.kill()
            os._exit(SIGNALS[number])
        signalled.append(number)
        stop.set()
        say(
            "Stopping: all documents are given back. What was handed in to the provider goes on"
            " there, and the next run fetches it."
            if settings.batch
            else f"Stopping: documents in flight have {settings.drain_s:g} s to end, the rest is"
            " given back. Once more to stop at once."
        )

    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, heed, number)
    ended: Summary | None = None
    with shown(Progress(source), stderr(), quiet=quiet) as saw:
        working = crew.run() if crew else run(source, out=out, settings=settings, stop=stop)
        async with aclosing(working) as events:
            async for event in events:
                saw(event)
                if as_json:
                    emit(_line(event))
                if isinstance(event, Summary):
                    ended = event
    if ended is None:
        raise AssertionError("a run ends with its summary")
    return ended, signalled[0] if signalled else None


def _line(event: Event) -> dict[str, Any]:
    return {"event": type(event).__name__.lower(), **to_json(event)}


def _code(summary: Summary, fail_on_review: bool, fail_if_empty: bool) -> ExitCode:
    if summary.budget_reached or summary.stopped or summary.deferred:
        return ExitCode.LATER
    if fail_if_empty and not summary.settled:
        return ExitCode.EMPTY
    if summary.failed:
        return ExitCode.FAILED
    if fail_on_review and summary.review:
        return ExitCode.REVIEW
    return ExitCode.DONE
