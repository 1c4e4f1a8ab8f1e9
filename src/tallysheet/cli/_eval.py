"""`tallysheet eval`: how right a batch is, held against what is true."""

import asyncio
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tallysheet.cli._eval_table import print_score
from tallysheet.cli._exit import ExitCode
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
from tallysheet.cli._run import refuse_missing
from tallysheet.cli._speak import AsJson, clean, emit, reporting, say, stderr, stdout
from tallysheet.cli._terminable import terminable
from tallysheet.errors import ConfigError
from tallysheet.evaluate import (
    Looks,
    Score,
    Truth,
    draw,
    part,
    read_truth,
    report,
    score,
    thresholds,
    to_json,
)
from tallysheet.pipeline import Summary, SystemClock, open_batch, pdf_passwords, run
from tallysheet.settings import Settings, load
from tallysheet.store import SUFFIX, open_source


def eval_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="What to read, as in run; or a batch that is there already."
        ),
    ],
    truth: Annotated[
        Path, typer.Option("--truth", metavar="FILE", help="What is true, as JSON Lines.")
    ],
    out: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Keep the batch there; else it is removed in the end."),
    ] = None,
    model: ModelOption = None,
    second_model: SecondModelOption = None,
    e_invoice: EInvoiceOption = None,
    concurrency: ConcurrencyOption = None,
    parse_workers: ParseWorkersOption = None,
    review_below: ReviewBelowOption = None,
    max_cost: MaxCostOption = None,
    price: PriceOption = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a report: what is wrong, with its pictures."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, only what was found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how right documents are read, against a file that says what is true.

    Told are: each field and the line items; how many documents are called done and
    hold a wrong number, date, currency, total, VAT id or account; how many go to
    review; the seconds and the dollars a document.

    Examples:

      tallysheet eval ./invoices --truth truth.jsonl

      tallysheet eval ./invoices --truth truth.jsonl --no-e-invoice --html report.html

      tallysheet eval ./invoices.tallysheet --truth truth.jsonl --json
    """
    with reporting(as_json=as_json), terminable():
        refuse_missing(source)
        truths = _truths(truth)
        flags = reading_flags(
            model=model,
            second_model=second_model,
            e_invoice=e_invoice,
            concurrency=concurrency,
            parse_workers=parse_workers,
            review_below=review_below,
            max_cost=max_cost,
            price=price,
        )
        is_batch = _is_batch(source)
        if is_batch and (out or any(value is not None for value in flags.values())):
            raise typer.BadParameter(
                "this is a batch already, and nothing in it is read again; leave out --out and"
                " what says how to read, or name the documents",
                param_hint="SOURCE",
            )
        # What is measured is how right each one is read: copies do no harm here.
        settings = load({**flags, "duplicates": False}).settings
        if html is not None:
            _refuse_unwritable(html)
        with _place(source if is_batch else out) as place:
            ended = None if is_batch else asyncio.run(_read(source, place, settings, quiet))
            found, cost_usd = asyncio.run(_scored(place, truths))
        seconds = ended.wall_s if ended else None
        tried = list(thresholds(found, settings.required))
        if as_json:
            documents = len(found.documents)
            emit(
                {
                    **to_json(found),
                    "review_below": [asdict(one) for one in tried],
                    "seconds_a_document": part(seconds, documents) if seconds else None,
                    "cost_usd_a_document": part(cost_usd, documents),
                }
            )
        else:
            print_score(found, tried, stdout(), cost_usd=cost_usd, seconds=seconds)
        if html is not None:
            looks = asyncio.run(_drawn(source, found, settings))
            _write(
                html,
                report(found, looks, name=source, cost_usd=cost_usd, seconds=seconds),
            )
            say(f"The report is in {html}.")
    if ended is not None and (ended.stopped or ended.budget_reached or ended.deferred):
        say("Not all documents were read: what is told is of those that were.", "bold red")
        raise typer.Exit(ExitCode.LATER)


def _is_batch(address: str) -> bool:
    """Whether *address* is that of a batch, and not of documents."""
    is_local = "://" not in address
    return address.rstrip("/").endswith(SUFFIX) or (
        is_local and (Path(address).expanduser() / "manifest.json").is_file()
    )


def _truths(file: Path) -> dict[str, Truth]:
    if not file.is_file():
        raise typer.BadParameter(f"there is no file {clean(str(file))}", param_hint="--truth")
    try:
        with file.open(encoding="utf-8") as rows:
            return read_truth(rows, file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be read ({type(error).__name__}).",
            "Give a file of JSON Lines in UTF-8.",
        ) from None


@contextmanager
def _place(address: str | None) -> Iterator[str]:
    """Where the batch is; one that is removed in the end, unless an address is given."""
    if address is not None:
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="tallysheet-eval-") as folder:
        yield str(Path(folder) / "batch")


async def _read(source: str, out: str, settings: Settings, quiet: bool) -> Summary:
    ended: Summary | None = None
    with shown(Progress(source), stderr(), quiet=quiet) as saw:
        async with aclosing(run(source, out=out, settings=settings)) as events:
            async for event in events:
                saw(event)
                if isinstance(event, Summary):
                    ended = event
    if ended is None:
        raise AssertionError("a run ends with its summary")
    return ended


async def _scored(address: str, truths: dict[str, Truth]) -> tuple[Score, float]:
    """How right the batch is, and what reading it cost, in US dollars."""
    async with open_batch(address) as batch:
        rows = [(row.document, row.record, row.result) async for row in batch.rows()]
    found = score(truths, rows)
    if not found.documents and not found.waiting:
        truth, document = next(iter(truths)), next((key for key, *_ in rows), "none")
        raise ConfigError(
            "No document of the batch is in the truth file:"
            f" there it is {truth}, and in the batch {document}.",
            "Name documents there as the batch does: by their paths below the source.",
        )
    return found, sum(one.record.cost_usd for one in found.documents)


async def _drawn(source: str, found: Score, settings: Settings) -> dict[str, Looks]:
    """Pictures of what is wrong, out of the documents; without them, why there are none."""
    try:
        documents = await open_source(source.rstrip("/").removesuffix(SUFFIX))
    except ConfigError as error:
        trouble = f"There is no picture: {error.message}"
        return {one.document: Looks(trouble=trouble) for one in found.documents}
    passwords = await asyncio.to_thread(pdf_passwords, settings)
    return await draw(
        found, source=documents, settings=settings, clock=SystemClock(), passwords=passwords
    )


def _refuse_unwritable(file: Path) -> None:
    """Say before all is read what would be said after it."""
    folder = file.absolute().parent
    if file.is_dir() or not os.access(file if file.exists() else folder, os.W_OK):
        raise _unwritable(file)


def _write(file: Path, portions: Iterable[str]) -> None:
    try:
        with file.open("w", encoding="utf-8", errors="replace") as page:
            page.writelines(portions)
    except OSError:
        raise _unwritable(file) from None


def _unwritable(file: Path) -> ConfigError:
    return ConfigError(f"{str(file)!r} cannot be written.", "Give another --html FILE.")
