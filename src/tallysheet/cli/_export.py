"""`tallysheet export`: the batch as JSON Lines or CSV."""

import asyncio
import errno
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from tallysheet.cli._batch import the_batch
from tallysheet.cli._speak import AsJson, emit, reporting, say
from tallysheet.errors import ConfigError
from tallysheet.export import line
from tallysheet.export.text import csv, jsonl
from tallysheet.model import Status
from tallysheet.pipeline import open_batch


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"


def export_command(
    batch: Annotated[
        str | None,
        typer.Argument(metavar="BATCH", help="The batch: its source, or where its manifest is."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Else told by FILE's ending, else jsonl."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Else standard output.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="CSV: one row an invoice line.")] = False,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only documents of this status; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what was read as JSON Lines or CSV.

    One line a document, or with --lines one row an invoice line. Texts that a
    spreadsheet would take for a formula are neutralised in CSV.

    Examples:

      tallysheet export ./invoices > invoices.jsonl

      tallysheet export ./invoices -o invoices.csv --status done

      tallysheet export ./invoices --format csv --lines -o lines.csv
    """
    ending = Format.CSV if output is not None and output.suffix == ".csv" else Format.JSONL
    form = form or ending
    if lines and form is not Format.CSV:
        raise typer.BadParameter("--lines goes with --format csv", param_hint="--lines")
    with reporting(as_json=as_json):
        with _opened(output) as file:
            count = asyncio.run(_write(the_batch(batch), file, form, lines, status or ()))
        if output is not None:
            say(f"{count} documents written to {output}.")
            if as_json:
                emit({"documents": count, "file": str(output), "format": form.value})


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole or not at all."""
    if output is None:
        # Typed as any text stream; of a real process it is one that can be set up.
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise ConfigError(
            f"{output} cannot be written: {error.strerror}.", "Give another --output."
        ) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        part.chmod(0o666 & ~_umask())
        part.replace(output)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's mask for new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


async def _write(
    address: str, file: TextIO, form: Format, lines: bool, statuses: Sequence[Status]
) -> int:
    """Write one document after the other; return how many."""
    count = 0
    async with open_batch(address) as batch:
        if form is Format.CSV:
            file.writelines(csv((), lines=lines))
        async for row in batch.rows(*statuses):
            exported = line(row.document, row.record, row.result)
            if form is Format.CSV:
                file.writelines(csv((exported,), lines=lines, header=False))
            else:
                file.writelines(jsonl((exported,)))
            count += 1
    return count
