"""`tallysheet explain`: the story of one document, from its record and its result."""

import asyncio
from typing import Any

from tallysheet.cli._batch import the_document
from tallysheet.cli._checks_made import passed_by
from tallysheet.cli._speak import AsJson, BatchOption, DocumentArgument, emit, reporting, stdout
from tallysheet.cli._standing import Told, next_commands, why
from tallysheet.cli._story import main_values, print_story
from tallysheet.model import Status
from tallysheet.pipeline import open_batch


def explain_command(
    document: DocumentArgument,
    batch: BatchOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell the story of one document: who read it, what was checked, why it is where it is.

    Examples:

      tallysheet explain invoices/2026-001.pdf

      tallysheet explain 'mail.eml#rechnung.pdf' --batch s3://bucket/inbox
    """
    with reporting(as_json=as_json):
        address, key = the_document(document, batch)
        told = asyncio.run(_told(address, key))
        if as_json:
            emit(as_json_of(told))
        else:
            print_story(told, stdout())


async def _told(address: str, key: str) -> Told:
    async with open_batch(address) as batch:
        row = await batch.row(key)
        twins = [k async for k, r in batch.manifest.records(Status.DUPLICATE) if r.of == key]
        rivals = [
            k async for k, r in batch.manifest.records(Status.REVIEW) if key in r.meets.values()
        ]
        begins = len(key) + 1
        parts = {
            name[begins:]: (await batch.manifest.get(name)).status
            for name in sorted(batch.manifest.parts_of(key))
        }
        return Told(row, address, batch.url, tuple(twins), parts, tuple(rivals))


def as_json_of(told: Told) -> dict[str, Any]:
    """Return the story for programs; what nobody has read yet is null or empty.

    ============  ===============================================================
    key           value
    ============  ===============================================================
    document      its key below the source
    batch         where the batch is
    status        what has become of it
    why           why it is there, in sentences
    next          commands that a person would type now
    file          the file of the source that it is a part of; or null
    sha256        the hash of its bytes
    bytes         how many these are
    duplicate_of  the document with the same bytes, whose result is told; or null
    duplicates    the documents that have its bytes and were added later
    rivals        the documents that are in review on account of it
    parts         the documents in it: status by name within it
    worker        who holds it; or null
    attempts      how often it was begun
    cost_usd      what all that cost, in US dollars
    reason        a short code: why it failed or is in review; or null
    message       the same as a sentence; or null
    because       why a person approved or rejected it, in their words; or null
    result        its result without ``invoice`` and ``citations``; or null
    values        the main values: ``field``, ``value``, ``citation`` or null, and
                  ``probability`` of being right, from 0 to 1, or null
    passed        the checks that were made and found nothing, by name
    ============  ===============================================================
    """
    record, result = told.row.record, told.row.result
    sure = result.confidence if result else {}
    read = result.model_dump(mode="json", exclude={"invoice", "citations"}) if result else {}
    return {
        "document": told.row.document,
        "batch": told.url,
        "status": record.status.value,
        "why": why(told),
        "next": next_commands(told),
        "file": record.file,
        "sha256": record.sha256,
        "bytes": record.size,
        "duplicate_of": record.of,
        "duplicates": list(told.twins),
        "rivals": list(told.rivals),
        "parts": {name: status.value for name, status in told.parts.items()},
        "worker": record.worker,
        "attempts": record.attempts,
        "cost_usd": record.cost_usd,
        "reason": record.reason,
        "message": record.message,
        "because": record.because,
        "result": read or None,
        "values": [
            {
                "field": leaf.path,
                "value": str(leaf.value),
                "citation": cited.model_dump(mode="json") if cited else None,
                "probability": sure.get(leaf.path),
            }
            for leaf, cited in (main_values(result) if result else ())
        ],
        "passed": passed_by(result) if result else [],
    }
