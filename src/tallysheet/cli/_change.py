"""`tallysheet retry`: send documents round again."""

import asyncio
import shlex
from typing import Annotated

import typer

from tallysheet.cli._batch import the_documents
from tallysheet.cli._speak import AsJson, BatchOption, clean, emit, reporting, say
from tallysheet.pipeline import open_batch


def retry_command(
    documents: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DOCUMENT]...",
            help="Documents that failed, are in review or were decided on; or the batch itself.",
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed.")] = False,
    batch: BatchOption = None,
    as_json: AsJson = False,
) -> None:
    """Send documents round again: those named, or all that failed.

    One that was approved or rejected is read again, too: so a decision is taken back.

    Examples:

      tallysheet retry --failed --batch ./invoices

      tallysheet retry invoices/2026-001.pdf invoices/2026-007.pdf
    """
    with reporting(as_json=as_json):
        address, keys = the_documents(documents or [], batch)
        if bool(keys) == failed:
            raise typer.BadParameter("name documents, or give --failed", param_hint="DOCUMENTS")
        sent = asyncio.run(_retry(address, None if failed else keys))
        if as_json:
            emit({"retried": list(sent)})
        say(f"{len(sent)} {'document' if len(sent) == 1 else 'documents'} pending again.")
        if sent:
            say(f"Next: tallysheet run {shlex.quote(clean(address.removesuffix('.tallysheet')))}")


async def _retry(address: str, keys: list[str] | None) -> tuple[str, ...]:
    async with open_batch(address) as batch:
        for key in keys or ():
            await batch.record(key)
        return await batch.manifest.retry(keys)
