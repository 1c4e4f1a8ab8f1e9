"""Results that no record names: what a crash or a second reading leaves, and when one may go.

A result is named by its content, so one that was removed can come again under the same
name. Therefore:

1. The results are listed first; the manifest is read after that. What any record names is
   none of them.
2. One may be removed if the manifest knows its document and that one is settled: only
   other bytes send it round again. All others stay: a worker may be about to name them,
   or they are all that is left of a document whose record was lost.
3. After the removal the manifest is read once more. A document whose record has changed
   since gets back what was removed of it.

Why nothing that is named gets lost: a result can be named only by a worker that has
claimed its document, and a claim changes the record. At the first reading there is no
claim (2). If the record is the same at the second, there was none in between; whoever
claims the document later writes the result after the removal. If it is another, the
result is back (3), at worst for nobody.

What is left open: if we are killed between 2 and 3, or a removal arrives after its
sender gave up on it, and in this very moment the document has got other bytes and is read
with the same content, it lacks its result. That is seen by the next check, and mended.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from tallysheet.errors import Conflict, NotFound
from tallysheet.manifest import Audit, Manifest, Orphan, remove
from tallysheet.model import Known, Record, Result, Status
from tallysheet.pipeline._each import each
from tallysheet.pipeline._results import PREFIX, name_of, outcome_of
from tallysheet.ports import ABSENT, Store
from tallysheet.results import Shown, decoded
from tallysheet.validate import marks_of

SETTLED = frozenset({Status.DONE, Status.APPROVED, Status.REJECTED})

HELD_AT_ONCE = 256
"""Results whose bytes are held until their removal has proved to be right."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A result that no record names."""

    orphan: Orphan
    document: str = ""
    """Whose it is; empty where it cannot be read."""
    rev: int = 0
    """The revision in which the document's record had last changed."""


async def leftovers(store: Store, sheet: Manifest) -> list[Leftover]:
    """The results that no record names, and which of them may be removed; sorted by name.

    Raises:
        Outage: The store cannot be reached.
        ManifestDamaged: There is no manifest that says which are named.
    """
    listed = [(entry.key, entry.size) async for entry in store.list(PREFIX)]
    await sheet.refresh()
    named = {record.result async for _, record in sheet.records()}
    orphans = [Orphan(key, size) for key, size in listed if key not in named]

    async def look(orphan: Orphan) -> Leftover | None:
        try:
            result = read((await store.get(orphan.key)).data, orphan.key)
        except NotFound:
            return None
        if result is None:
            return Leftover(replace(orphan, kept="it is no result, or is damaged"))
        record = await _record_of(result.document, sheet)
        return Leftover(
            replace(orphan, kept=_kept(record)), result.document, record.rev if record else 0
        )

    found = [left for left in await each(orphans, look) if left is not None]
    return sorted(found, key=lambda left: left.orphan.key)


async def remove_results(store: Store, sheet: Manifest, found: Iterable[Leftover]) -> list[Orphan]:
    """Remove those that may be; return what is gone.

    Raises:
        Outage: The store cannot be reached; some may be removed.
    """
    removable = [left for left in found if not left.orphan.kept]
    gone: list[Orphan] = []
    for at in range(0, len(removable), HELD_AT_ONCE):
        held: dict[str, bytes] = {}
        for left in removable[at : at + HELD_AT_ONCE]:
            with suppress(NotFound):  # another repair was faster
                held[left.orphan.key] = (await store.get(left.orphan.key)).data
        group = [left for left in removable if left.orphan.key in held]
        removed = {orphan.key for orphan in await remove(store, [left.orphan for left in group])}
        await sheet.refresh()
        for left in group:
            record = await _record_of(left.document, sheet)
            if record is None or record.rev != left.rev:
                with suppress(Conflict):
                    await store.put(left.orphan.key, held[left.orphan.key], expect=ABSENT)
            elif left.orphan.key in removed:
                gone.append(left.orphan)
    return gone


async def recovered(store: Store, found: Audit) -> dict[str, Record]:
    """Records made of results, for documents that no record in *found* is about.

    Where one has several results, nothing tells which is the newest: it is left to the
    next run, which reads it again.
    """
    listed = [entry.key async for entry in store.list(PREFIX)]
    named = {record.result for _, record in found.records()}

    async def look(name: str) -> tuple[str, Record] | None:
        try:
            result = read((await store.get(name)).data, name)
        except NotFound:
            return None
        if result is None or result.document in found.state.encoded:
            return None
        return result.document, _record(result, name)

    made: dict[str, list[Record]] = {}
    for pair in await each((name for name in listed if name not in named), look):
        if pair is not None:
            made.setdefault(pair[0], []).append(pair[1])
    return {document: records[0] for document, records in made.items() if len(records) == 1}


def read(data: bytes, name: str) -> Result | None:
    """The result that stands under *name*, or none where that is not what its name says."""
    if name_of(data) != name:
        return None
    try:
        return decoded(data)
    except ValueError:
        return None


def _record(result: Result, name: str) -> Record:
    """The record of a document of which only the result is left."""
    looks = result.provenance.picture or ""
    marks = marks_of(result.invoice, Known())._replace(picture=looks)
    outcome = outcome_of(Shown.of(result.findings), name, result.cost_usd, marks)
    return Record(
        status=outcome.status,
        epoch=1,
        sha256=result.sha256,
        result=name,
        reason=outcome.reason,
        message=outcome.message,
        attempts=1,
        cost_usd=outcome.cost_usd,
        marks=outcome.marks,
    )


async def _record_of(document: str, sheet: Manifest) -> Record | None:
    try:
        return await sheet.get(document)
    except NotFound:
        return None


def _kept(record: Record | None) -> str:
    """Why a result of this record's document must stay; empty where it may go."""
    if record is None:
        return "its document is in no record: it is all that is left of it"
    if record.status not in SETTLED:
        return f"its document is {record.status.value}: a worker may name it yet"
    return ""
