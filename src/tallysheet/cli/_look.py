"""`tallysheet show`: what was read off one document, and where it stands."""

import asyncio

from tallysheet.cli._batch import the_document
from tallysheet.cli._document import print_document
from tallysheet.cli._speak import (
    AsJson,
    BatchOption,
    DocumentArgument,
    emit,
    reporting,
    stdout,
)
from tallysheet.export import line
from tallysheet.pipeline import Row, open_batch


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
