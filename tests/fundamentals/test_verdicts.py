"""What a person decides on documents in review, and what becomes of that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tallysheet.errors import NotFound, TransitionError
from tallysheet.manifest import Manifest, Outcome, judge
from tallysheet.model import Document, Marks, Record, Status
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock

REVIEW = Outcome(Status.REVIEW, "results/1.json", "sum.gross", "It does not add up.")
BILL = Marks("n-17", "a-119", "2026-03-01", "DE1", "muster", ("iban-1",))


@asynccontextmanager
async def sheet_of(**outcomes: Outcome) -> AsyncIterator[Manifest]:
    """A manifest with documents that ended so."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as sheet:
        await sheet.add([Document(key, f"sha-{key}", 1, "") for key in outcomes])
        for claim in await sheet.claim(limit=len(outcomes)):
            await sheet.finish(claim, outcomes[claim.key])
        yield sheet


async def seen(sheet: Manifest, *keys: str) -> dict[str, Record]:
    """These documents, as a person sees them now."""
    return {key: await sheet.get(key) for key in keys}


@pytest.mark.parametrize("verdict", [Status.APPROVED, Status.REJECTED])
async def test_what_a_person_decides_is_kept_with_their_reason(verdict: Status) -> None:
    """What sent it to them stays on the record; deciding the same again changes nothing."""
    async with sheet_of(a=REVIEW, b=REVIEW) as sheet:
        first = await judge(sheet, await seen(sheet, "a"), verdict, because="I called them.")
        record = await sheet.get("a")
        again = await judge(sheet, await seen(sheet, "a", "b"), verdict, because="Once more.")

        assert (first, again) == (("a",), ("b",))
        assert await sheet.get("a") == record
        assert (record.status, record.because) == (verdict, "I called them.")
        assert (record.reason, record.message) == ("sum.gross", "It does not add up.")


@pytest.mark.parametrize(
    ("outcome", "fix"),
    [(Outcome(Status.DONE), "waits for nobody"), (Outcome(Status.FAILED), "tallysheet retry")],
)
async def test_of_several_documents_all_are_decided_on_or_none(outcome: Outcome, fix: str) -> None:
    """One that is not in review stops them all, and says what to do instead."""
    async with sheet_of(a=REVIEW, b=outcome) as sheet:
        with pytest.raises(TransitionError, match=f"b is {outcome.status.value} .*{fix}"):
            await judge(sheet, await seen(sheet, "a", "b"), Status.APPROVED)
        with pytest.raises(NotFound, match="'c'"):
            await judge(sheet, {**await seen(sheet, "a"), "c": Record()}, Status.APPROVED)

        assert (await sheet.get("a")).status is Status.REVIEW


async def test_whoever_approves_what_was_read_again_meanwhile_has_to_look_once_more() -> None:
    """They would accept values that they never saw."""
    async with sheet_of(a=REVIEW) as sheet:
        old = await seen(sheet, "a")
        await sheet.retry(["a"])
        (claim,) = await sheet.claim(limit=1)
        await sheet.finish(claim, REVIEW)

        with pytest.raises(TransitionError, match="not what it was when you looked"):
            await judge(sheet, old, Status.APPROVED)
        assert await judge(sheet, await seen(sheet, "a"), Status.APPROVED) == ("a",)


async def test_whoever_approves_what_another_document_speaks_against_by_now_looks_again() -> None:
    """One with another account of its seller came meanwhile, and it was done when they looked."""
    async with sheet_of(a=Outcome(Status.DONE, marks=BILL)) as sheet:
        old = await seen(sheet, "a")
        await sheet.add([Document("b", "sha-b", 1, "")])
        (claim,) = await sheet.claim(limit=1)
        other = BILL._replace(number="n-1", amount="a-7", date="2026-01-05", accounts=("iban-6",))
        await sheet.finish(claim, Outcome(Status.DONE, marks=other))

        with pytest.raises(TransitionError, match="not what it was when you looked"):
            await judge(sheet, old, Status.APPROVED)
        assert await judge(sheet, await seen(sheet, "a"), Status.APPROVED) == ("a",)


async def test_a_decision_stands_until_it_is_taken_back() -> None:
    """Neither the opposite nor listing the source again changes it; retry does."""
    async with sheet_of(a=REVIEW) as sheet:
        await judge(sheet, await seen(sheet, "a"), Status.APPROVED, because="I called them.")
        with pytest.raises(TransitionError, match=r"a is approved .* tallysheet retry"):
            await judge(sheet, await seen(sheet, "a"), Status.REJECTED)
        await sheet.add([Document("a", "sha-a", 1, "")])
        stood = await sheet.get("a")

        await sheet.retry(["a"])

        assert stood.status is Status.APPROVED
        record = await sheet.get("a")
        assert (record.status, record.because) == (Status.PENDING, None)


async def test_new_content_is_nothing_that_anybody_decided_on() -> None:
    """It waits to be read, and the reason for the old decision is gone with it."""
    async with sheet_of(a=REVIEW) as sheet:
        await judge(sheet, await seen(sheet, "a"), Status.APPROVED, because="I called them.")

        await sheet.add([Document("a", "sha-new", 1, "")])

        record = await sheet.get("a")
        assert (record.status, record.because) == (Status.PENDING, None)


async def test_a_copy_names_its_original_to_decide_on() -> None:
    """It has the same bytes, and nothing of its own to look at."""
    async with sheet_of(a=REVIEW) as sheet:
        await sheet.add([Document("b", "sha-a", 1, "")])

        with pytest.raises(TransitionError, match="same bytes as a, on which you can decide"):
            await judge(sheet, await seen(sheet, "b"), Status.APPROVED)
