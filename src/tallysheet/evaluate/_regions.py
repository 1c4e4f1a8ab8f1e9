"""Where wrong values stand: the pages of a document as pictures, drawn in a child process."""

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tallysheet.errors import DocumentError, StoreError, WorkerLost, one_error
from tallysheet.evaluate._score import Compared, Score
from tallysheet.extract import cited
from tallysheet.model import Box, Draft, Invoice, Parsed
from tallysheet.parse import MODULES, Pool, Wanted, read_and_draw
from tallysheet.ports import Clock, Offload, Store
from tallysheet.settings import Settings

MOST_PAGES = 3
"""Pages of one document that are drawn."""
MOST_DOCUMENTS = 100
"""Documents that are drawn; a page takes some 300 KB of the report."""
TOO_MANY = f"Not drawn: the first {MOST_DOCUMENTS} documents are."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it looks."""

    number: int
    width: float
    """In points, as boxes are."""
    height: float
    media_type: str
    data: str
    """The picture, in base64."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What can be shown of one document."""

    sheets: Mapping[int, Sheet] = field(default_factory=dict)
    """By page number."""
    places: Mapping[str, tuple[int, Box]] = field(default_factory=dict)
    """By field path, the page and the box where the true value stands, if it does."""
    trouble: str = ""
    """Why there is nothing."""


async def draw(
    found: Score,
    *,
    source: Store,
    settings: Settings,
    clock: Clock,
    passwords: Sequence[str] = (),
) -> dict[str, Looks]:
    """Draw what is wrong, the documents that are called done first.

    Args:
        found: What was found.
        source: Where the documents are.
        settings: How many children draw, and their limits.
        clock: Whose seconds those are.
        passwords: Those that may open encrypted PDFs.
    """
    wrong = [one for one in found.documents if one.wrong and one.source]
    wrong.sort(key=lambda one: not one.is_false_success)
    workers = settings.parse_workers or os.cpu_count() or 1
    async with Pool(
        workers,
        limit_s=settings.parse_limit_s,
        memory_mb=settings.parse_memory_mb,
        clock=clock,
        modules=MODULES,
    ) as pool:
        free = asyncio.Semaphore(workers)

        async def look(one: Compared) -> Looks:
            async with free:
                return await looks_of(one, source=source, offload=pool, passwords=passwords)

        with one_error():
            async with asyncio.TaskGroup() as tasks:
                drawn = {
                    one.document: tasks.create_task(look(one)) for one in wrong[:MOST_DOCUMENTS]
                }
    looks = {document: task.result() for document, task in drawn.items()}
    return looks | {one.document: Looks(trouble=TOO_MANY) for one in wrong[MOST_DOCUMENTS:]}


async def looks_of(
    one: Compared, *, source: Store, offload: Offload, passwords: Sequence[str] = ()
) -> Looks:
    """Draw the pages of a document on which its wrong values stand, or the true ones.

    Args:
        one: A document with wrong values.
        source: Where the documents are.
        offload: Where they are drawn.
        passwords: Those that may open an encrypted PDF.
    """
    record, key = one.record, one.document
    part = key[len(record.file) + 1 :] if record.file else ""
    wanted = Wanted(part, record.sha256 if part else "", passwords=tuple(passwords))
    cited_on = [v.citation.page for v in one.wrong if v.citation and v.citation.page]
    asked = {
        "pages": sorted(set(cited_on)),
        "true": {v.field.path: _plain(v.true) for v in one.wrong if v.true is not None},
    }
    try:
        data = (await source.get(record.file or key)).data
        request = json.dumps(asked).encode() + b"\n" + wanted.in_front_of(data)
        told = json.loads((await offload.run(look_bytes, request)).data)
    except (DocumentError, WorkerLost, StoreError) as error:
        return Looks(trouble=error.message)
    sheets = (Sheet(*sheet) for sheet in told["sheets"])
    places = {path: (page, Box(*box)) for path, (page, box) in told["places"].items()}
    return Looks({sheet.number: sheet for sheet in sheets}, places)


def look_bytes(request: bytes) -> bytes:
    """The work of `looks_of`, in the child."""
    told, document = request.split(b"\n", 1)
    asked = json.loads(told)
    truth = Draft(invoice=Invoice.model_validate(nested(asked["true"])))
    places: dict[str, tuple[int, Sequence[float]]] = {}
    numbers: list[int] = []

    def choose(parsed: Parsed) -> list[int]:
        for path, citation in cited(truth, parsed).citations.items():
            if citation.page is not None and citation.box is not None:
                places[path] = citation.page, citation.box
        true = (page for page, _ in places.values())
        first = [page.number for page in parsed.pages[:1]]
        numbers.extend(list(dict.fromkeys((*asked["pages"], *true)))[:MOST_PAGES] or first)
        return numbers

    parsed = read_and_draw(document, choose)
    sheets = [
        (p.number, p.width, p.height, p.picture.media_type, b64encode(p.picture.data).decode())
        for p in parsed.pages
        if p.number in numbers and p.picture is not None
    ]
    return json.dumps({"sheets": sheets, "places": places}).encode()


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice as plain values, of some fields by their paths."""
    whole: dict[str, Any] = {}
    for path, value in values.items():
        *above, name = path.split(".")
        inner = whole
        for group in above:
            if group.endswith("[0]"):
                inner = inner.setdefault(group[:-3], [{}])[0]
            else:
                inner = inner.setdefault(group, {})
        inner[name] = value
    return whole


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
