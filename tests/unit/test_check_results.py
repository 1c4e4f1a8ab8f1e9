"""Results that no record names: which may go, and that none goes that is named after all."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tallysheet.errors import ConfigError, Outage
from tallysheet.manifest import Manifest, Outcome, audit
from tallysheet.model import (
    Document,
    Finding,
    Invoice,
    Known,
    Provenance,
    Record,
    Result,
    Severity,
    Status,
)
from tallysheet.pipeline._leftovers import Leftover, leftovers, recovered, remove_results
from tallysheet.pipeline._results import keep, name_of, outcome_of
from tallysheet.ports import ABSENT, Store
from tallysheet.results import Shown, encoded
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock
from tallysheet.validate import marks_of

CLOCK = FakeClock()
WRONG = Finding(code="sum.gross", severity=Severity.ERROR, message="It does not add up.")


def result(document: str, sha256: str = "sha", cost_usd: float = 0.0, **more: Any) -> Result:
    """A result of *document*."""
    return Result(
        document=document,
        sha256=sha256,
        source="rules",
        invoice=Invoice(),
        cost_usd=cost_usd,
        **more,
    )


async def settled(
    sheet: Manifest, store: Store, document: str, read: Result, status: Status = Status.DONE
) -> None:
    """Have *document* read, and end with that result and status."""
    await sheet.add([Document(document, read.sha256, 1, "v")])
    (claim,) = await sheet.claim(limit=1)
    name = await keep(encoded(read), store, CLOCK)
    first = Status.REVIEW if status in (Status.APPROVED, Status.REJECTED) else status
    await sheet.finish(claim, Outcome(first, result=name))
    if first is not status:
        await sheet.update(document, lambda record: replace(record, status=status))


async def results_in(store: Store) -> list[str]:
    """The results that stand in the store."""
    return sorted([entry.key async for entry in store.list("results/")])


async def cleaned(store: Store) -> list[str]:
    """Remove what may go; return the names."""
    async with Manifest.on(store, clock=FakeClock(seed=9)) as sheet:
        return [
            orphan.key
            for orphan in await remove_results(store, sheet, await leftovers(store, sheet))
        ]


@pytest.mark.parametrize("status", [Status.DONE, Status.APPROVED, Status.REJECTED])
async def test_an_unnamed_result_of_a_settled_document_goes(status: Status) -> None:
    """Only other bytes send such a document round again; the one that is named stays."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as sheet:
        await settled(sheet, store, "a", result("a"), status)
    named = await results_in(store)
    unnamed = await keep(encoded(result("a", cost_usd=1)), store, CLOCK)
    earlier = await keep(encoded(result("a", sha256="earlier")), store, CLOCK)

    gone = await cleaned(store)

    assert sorted(gone) == sorted([unnamed, earlier])
    assert await results_in(store) == named


@pytest.mark.parametrize("status", [*set(Status) - {Status.DONE, Status.APPROVED, Status.REJECTED}])
async def test_an_unnamed_result_of_any_other_document_stays(status: Status) -> None:
    """A worker may be about to name it, today or after a retry."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as sheet:
        await sheet.add([Document("a", "sha", 1, "v")])
        if status is Status.DUPLICATE:
            await sheet.add([Document("b", "sha", 1, "v")])
        elif status is not Status.PENDING:
            (claim,) = await sheet.claim(limit=1)
            if status is not Status.WORKING:
                await sheet.finish(claim, Outcome(status))
        document = "b" if status is Status.DUPLICATE else "a"
        unnamed = await keep(encoded(result(document)), store, CLOCK)
        (left,) = await leftovers(store, sheet)

        assert (await sheet.get(document)).status is status
        assert left.orphan.key == unnamed
        assert status.value in left.orphan.kept
        assert await remove_results(store, sheet, [left]) == []
    assert await results_in(store) == [unnamed]


async def test_what_no_record_is_about_and_what_is_no_result_stay() -> None:
    """The one may be all that is left of a document, the other is not ours."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as sheet:
        await settled(sheet, store, "a", result("a"))
        await store.put("results/notes.txt", b"mine", expect=ABSENT)
        damaged = f"results/{hashlib.sha256(b'other').hexdigest()}.json"
        await store.put(damaged, result("a").model_dump_json().encode(), expect=ABSENT)
        await keep(encoded(result("lost")), store, CLOCK)
    before = await results_in(store)

    assert await cleaned(store) == []
    assert await results_in(store) == before


async def test_what_a_retry_left_named_is_no_leftover() -> None:
    """A document that waits again names its earlier result still."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as sheet:
        await settled(sheet, store, "a", result("a"), Status.REVIEW)
        await sheet.retry(["a"])

        assert (await sheet.get("a")).status is Status.PENDING
        assert await leftovers(store, sheet) == []


class Eventful(MemoryStore):
    """A store in which something happens at one moment of somebody's work.

    Attributes:
        when: Asked before and after each operation; what it returns is done then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.when: Callable[[str, str], Awaitable[None] | None] = lambda moment, key: None

    async def delete(self, key: str) -> None:
        """Remove *key*, and let it happen before or after."""
        await self._may("before", key)
        await super().delete(key)
        await self._may("after", key)

    async def _may(self, moment: str, key: str) -> None:
        happening = self.when(moment, key)
        if happening is not None:
            self.when = lambda moment, key: None
            await happening


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("is_named_at", ["once", "later"])
async def test_a_result_that_is_named_after_all_is_there_in_the_end(
    moment: str, is_named_at: str
) -> None:
    """Between our looking and our removing, the document changes and is read with that content.

    Its worker finds the result standing and relies on it; it names it at once or, with us
    long gone, later.
    """
    store = Eventful()
    async with Manifest.on(store, clock=CLOCK) as worker:
        await settled(worker, store, "a", result("a", sha256="one"))
        other = result("a", sha256="two")
        await keep(encoded(other), store, CLOCK)
        open_claim = []

        async def read_again() -> None:
            await worker.add([Document("a", "two", 1, "v2")])
            (claim,) = await worker.claim(limit=1)
            outcome = outcome_of(Shown.of(()), await keep(encoded(other), store, CLOCK), 0.0)
            if is_named_at == "once":
                await worker.finish(claim, outcome)
            else:
                open_claim.append((claim, outcome))

        store.when = lambda now, key: read_again() if now == moment else None
        async with Manifest.on(store, clock=CLOCK) as sheet:
            gone = await remove_results(store, sheet, await leftovers(store, sheet))
        for claim, outcome in open_claim:
            await worker.finish(claim, outcome)
        record = await worker.get("a")

    assert gone == []
    assert record.result == name_of((await store.get(record.result or "")).data)


@pytest.mark.parametrize("error", [ConfigError("You may not."), Outage("Slow down.")])
async def test_what_cannot_be_removed_is_not_said_to_be_gone(error: Exception) -> None:
    """For want of the right to, or of the store."""

    async def fail() -> None:
        raise error

    store = Eventful()
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await settled(sheet, store, "a", result("a"))
        names = [await keep(encoded(result("a", cost_usd=n)), store, CLOCK) for n in (1, 2)]
        found = await leftovers(store, sheet)
        store.when = lambda moment, key: fail() if (moment, key) == ("before", names[0]) else None

        gone = await remove_results(store, sheet, found)

        assert [orphan.key for orphan in gone] == [names[1]]
        assert names[0] in await results_in(store)


async def test_two_repairs_at_once_do_no_harm() -> None:
    """What the other has removed is gone."""
    store = MemoryStore()
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await settled(sheet, store, "a", result("a"))
        unnamed = await keep(encoded(result("a", cost_usd=1)), store, CLOCK)
        found = await leftovers(store, sheet)
        assert await cleaned(store) == [unnamed]

        assert await remove_results(store, sheet, found) == []


async def test_a_worker_that_was_fenced_names_nothing_that_went() -> None:
    """Its claim is from before the document was settled, and worth nothing."""
    store = MemoryStore()
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await sheet.add([Document("a", "sha", 1, "v")])
        (stale,) = await sheet.claim(limit=1)
        await sheet.release([stale])
        await settled(sheet, store, "a", result("a"))
        late = await keep(encoded(result("a", cost_usd=2)), store, CLOCK)
        found = await leftovers(store, sheet)
        gone = await remove_results(store, sheet, found)

        assert [orphan.key for orphan in gone] == [late]
        assert [type(left) for left in found] == [Leftover]


async def test_records_are_made_of_results_where_there_is_just_one() -> None:
    """Two of one document cannot be told apart by age; one in review says why."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as sheet:
        await settled(sheet, store, "known", result("known"))
    await keep(encoded(result("known", cost_usd=3)), store, CLOCK)
    fine = await keep(encoded(result("fine", cost_usd=0.25)), store, CLOCK)
    odd = await keep(encoded(result("odd", findings=(WRONG,))), store, CLOCK)
    for sha256 in ("one", "two"):
        await keep(encoded(result("twice", sha256=sha256)), store, CLOCK)

    made = await recovered(store, await audit(store))

    assert made == {
        "fine": Record(
            Status.DONE, epoch=1, sha256="sha", result=fine, attempts=1, cost_usd=0.25
        ),
        "odd": Record(
            Status.REVIEW, epoch=1, sha256="sha", result=odd, attempts=1,
            reason="sum.gross", message="It does not add up.",
        ),
    }  # fmt: skip


async def test_a_record_that_is_made_of_a_result_has_the_marks_it_had() -> None:
    """What it says, and how it looks: a copy of it is known as before."""
    store = MemoryStore()
    scanned = result("scan", provenance=Provenance(picture="5a" * 8))
    named = scanned.model_copy(update={"invoice": Invoice(number="A-17")})
    await keep(encoded(named), store, CLOCK)

    made = await recovered(store, await audit(store))

    before = marks_of(named.invoice, Known())._replace(picture="5a" * 8)
    assert made["scan"].marks == before


async def test_a_damaged_result_is_written_over_by_its_own_content() -> None:
    """The name fixes the bytes: whatever else stands there is wrong."""
    store = MemoryStore()
    name = await keep(encoded(result("a")), store, CLOCK)
    blob = await store.get(name)
    await store.put(name, b"?", expect=blob.version)

    assert await keep(encoded(result("a")), store, CLOCK) == name
    assert (await store.get(name)).data == blob.data
