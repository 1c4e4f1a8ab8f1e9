"""`tallysheet approve` and `reject`: what a person decides on documents in review."""

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from tallysheet.cli._batch import the_documents
from tallysheet.cli._document import SEVERITY_STYLES
from tallysheet.cli._speak import AsJson, BatchOption, clean, emit, reporting, say
from tallysheet.manifest import judge
from tallysheet.model import Finding, Severity, Status
from tallysheet.pipeline import Row, open_batch

Documents = Annotated[
    list[str],
    typer.Argument(
        metavar="DOCUMENT",
        help="Documents in review: their names in the batch, or their paths.",
    ),
]
Because = Annotated[
    str | None,
    typer.Option("--because", metavar="TEXT", help="Why: kept with the document, and exported."),
]


def approve_command(
    documents: Documents,
    because: Because = None,
    batch: BatchOption = None,
    as_json: AsJson = False,
) -> None:
    """Accept documents in review: all that are named, or none of them.

    What speaks against each is printed before. It stays accepted until its content
    changes, or tallysheet retry takes that back. One that is read again meanwhile is
    not accepted: look at it once more.

    Examples:

      tallysheet approve invoices/2026-007.pdf

      tallysheet approve 007.pdf 008.pdf -b ./invoices --because "I called them"
    """
    _decide(documents, Status.APPROVED, because, batch, as_json)


def reject_command(
    documents: Documents,
    because: Because = None,
    batch: BatchOption = None,
    as_json: AsJson = False,
) -> None:
    """Refuse documents in review: all that are named, or none of them.

    What speaks against each is printed before. It stays refused until its content
    changes, or tallysheet retry takes that back; no other one is taken for a copy of it.

    Examples:

      tallysheet reject invoices/2026-007.pdf --because "Paid in May"
    """
    _decide(documents, Status.REJECTED, because, batch, as_json)


def _decide(
    names: Sequence[str], verdict: Status, because: str | None, batch: str | None, as_json: bool
) -> None:
    with reporting(as_json=as_json):
        address, keys = the_documents(names, batch)
        if not keys:
            raise typer.BadParameter(
                f"{address} is a batch; name documents in it as well", param_hint="DOCUMENTS"
            )
        told = clean(" ".join((because or "").split())) or None
        asyncio.run(_judged(address, list(dict.fromkeys(keys)), verdict, told, as_json))


async def _judged(
    address: str, keys: Sequence[str], verdict: Status, because: str | None, as_json: bool
) -> None:
    async with open_batch(address) as batch:
        rows = [await batch.row(key) for key in keys]
        against = {row.document: tuple(_against(row)) for row in rows if _waits(row)}
        for key, findings in against.items():
            say(f"{key}: review", "bold yellow")
            for finding in findings:
                style = SEVERITY_STYLES[finding.severity]
                say(f"  {finding.severity.value} {finding.code}: {finding.message}", style)
        seen = {row.document: row.record for row in rows}
        changed = await judge(batch.manifest, seen, verdict, because=because)
    before = [key for key in keys if key not in changed]
    if as_json:
        emit(_json(verdict, changed, before, because, against))
    for key in before:
        say(f"{key} was {verdict.value} before.")
    if changed:
        say(f"{len(changed)} {'document' if len(changed) == 1 else 'documents'} {verdict.value}.")
        say(f"Next: tallysheet export {shlex.quote(clean(address))} -o invoices.csv")


def _waits(row: Row) -> bool:
    return row.record.status is Status.REVIEW


def _against(row: Row) -> Iterator[Finding]:
    """What sent a document to review: its errors, or what its record says instead."""
    errors = [f for f in row.result.findings if f.severity is Severity.ERROR] if row.result else []
    yield from errors
    if not errors and row.record.reason:
        message = row.record.message or ""
        yield Finding(code=row.record.reason, severity=Severity.ERROR, message=message)


def _json(
    verdict: Status,
    changed: Sequence[str],
    before: Sequence[str],
    because: str | None,
    against: dict[str, tuple[Finding, ...]],
) -> dict[str, Any]:
    return {
        verdict.value: list(changed),
        "before": list(before),
        "because": because,
        "findings": {
            key: [finding.model_dump(mode="json") for finding in findings]
            for key, findings in against.items()
        },
    }
