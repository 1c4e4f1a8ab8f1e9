"""Copies of one invoice, and accounts that change: what one document says against another."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest

from tallysheet import Manifest, Outcome, Status
from tallysheet.errors import ManifestDamaged
from tallysheet.manifest import ROOT, _index, audit, mend
from tallysheet.manifest._codec import decode_record, encode_record
from tallysheet.manifest._marks import NEAR_BITS
from tallysheet.model import Document, Marks, Record
from tallysheet.pipeline._clock import SystemClock
from tallysheet.store import MemoryStore

CLOCK = SystemClock()
BILL = Marks("n-17", "a-119", "2026-03-01", "DE1", "muster", ("iban-1",))


async def read(sheet: Manifest, key: str, marks: Marks, status: Status = Status.DONE) -> Record:
    """Add a document, and finish it."""
    await sheet.add([Document(key, f"sha of {key} {marks}", 1, "")])
    (claim,) = await sheet.claim(limit=1)
    return await sheet.finish(claim, Outcome(status, result=f"of {key}", marks=marks))


def after(*bills: Marks) -> list[Record]:
    """The records of documents that are read one after the other: ``0``, ``1`` …, at the end."""

    async def work() -> list[Record]:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            for number, marks in enumerate(bills):
                await read(sheet, str(number), marks)
            return [record async for _, record in sheet.records()]

    return asyncio.run(work())


def met(*bills: Marks) -> list[Mapping[str, str]]:
    """What the others say against each of them at the end; a document is done where nothing is."""
    records = after(*bills)
    assert all((r.status is Status.REVIEW) == bool(r.meets) for r in records)
    return [record.meets for record in records]


OTHER = {"number": "n-18", "amount": "a-7", "date": "2026-06-30"}
"""What makes another invoice of the same seller."""


@pytest.mark.parametrize(
    "copy",
    [
        BILL,
        BILL._replace(amount="a-7"),  # misread
        BILL._replace(amount=""),
        BILL._replace(date="2026-11-01"),  # misread
        BILL._replace(date="2023-03-01"),  # years away, but over the same amount
        BILL._replace(seller_id=""),  # the other one names it
        BILL._replace(seller_name="muster ag"),  # the VAT id counts
        BILL._replace(seller_id="DE9", seller_name="another"),  # misread, all else is the same
        BILL._replace(seller_id="", seller_name=""),
        BILL._replace(accounts=()),
    ],
    ids=str,
)
def test_a_second_document_with_the_number_of_the_first_goes_to_a_person(copy: Marks) -> None:
    """Whatever else was read another way: it must be paid once. The first one stays done."""
    assert met(BILL, copy) == [{}, {"duplicate.number": "0"}]
    assert met(copy, BILL) == [{}, {"duplicate.number": "0"}]


@pytest.mark.parametrize(
    "other",
    [
        BILL._replace(**OTHER),
        BILL._replace(number="n-18", date="2026-04-01"),  # the next month's
        BILL._replace(number="n-18", date="2026-03-08"),  # the next week's
        BILL._replace(amount="a-7", date="2025-03-01"),  # numbers begin anew each year
        BILL._replace(seller_id="DE9", amount="a-7", accounts=()),  # two of one name
        BILL._replace(seller_id="DE9", seller_name="other", date="2026-03-02"),
        BILL._replace(seller_id="", seller_name="", date="2026-03-02"),
        Marks(),
    ],
    ids=str,
)
def test_another_invoice_is_no_copy(other: Marks) -> None:
    """Bills of one seller over one amount come by the month, and by the week at the shortest."""
    assert met(BILL, other) == met(other, BILL) == [{}, {}]


def test_what_was_not_read_off_any_of_them_makes_no_copies() -> None:
    """Neither number, amount, seller nor account: nothing is nothing in common."""
    bare = Marks(date="2026-03-01")

    assert met(bare, bare, Marks(), Marks()) == [{}, {}, {}, {}]


@pytest.mark.parametrize("date", ["2026-02-26", "2026-03-01", "2026-03-04"])
def test_the_same_amount_within_three_days_may_be_the_same_invoice(date: str) -> None:
    """Under another number, or under none."""
    for number in ("n-18", ""):
        assert met(BILL, BILL._replace(number=number, date=date)) == [
            {},
            {"duplicate.amount": "0"},
        ]


LOOK = 0xF0F0_0F0F_3C3C_5A5A
SCAN = BILL._replace(picture=f"{LOOK:016x}")
MISREAD = {"seller_id": "DE9", "seller_name": "rnuster", "accounts": ()}
"""A seller: by what is printed beside it, two documents are nearly never one."""


def looking(differ: int) -> str:
    """How a page looks of whose 64 bits so many are others than in `SCAN`."""
    return f"{LOOK ^ (1 << differ) - 1:016x}"


@pytest.mark.parametrize("differ", [0, NEAR_BITS])
@pytest.mark.parametrize(
    "other",
    [
        {"number": "n-l7"},
        {"number": ""},
        {"amount": "a-719"},
        {"amount": ""},
        {"date": "2026-08-01"},
        {"date": ""},
    ],
    ids=str,
)
def test_a_page_that_looks_the_same_is_a_copy_where_two_of_three_are_the_same(
    other: dict[str, str], differ: int
) -> None:
    """Number, amount and date: one may be misread or not read, and the seller as well."""
    again = SCAN._replace(**MISREAD, picture=looking(differ))._replace(**other)

    assert met(SCAN, again) == met(again, SCAN) == [{}, {"duplicate.picture": "0"}]
    assert met(SCAN, again._replace(picture="")) == [{}, {}]
    assert met(SCAN._replace(picture=""), again) == [{}, {}]
    assert met(SCAN, again._replace(picture=looking(NEAR_BITS + 1))) == [{}, {}]


@pytest.mark.parametrize(
    "other",
    [
        {"number": "n-18", "date": "2026-04-01"},
        {"number": "", "date": "2026-04-01"},
        {"number": "n-18", "date": ""},
        {"number": "", "date": ""},
        {"number": "n-18", "amount": "a-7"},
        {"amount": "a-7", "date": "2027-03-01"},
        OTHER,
    ],
    ids=str,
)
def test_the_next_bill_of_a_seller_is_no_copy_though_it_looks_the_same(
    other: dict[str, str],
) -> None:
    """Not even where its number was not read, or the seller was."""
    following = SCAN._replace(**other)

    assert met(SCAN, following._replace(**MISREAD)) == [{}, {}]
    assert met(following._replace(**MISREAD), SCAN) == [{}, {}]
    assert met(SCAN, following) == met(following, SCAN) == [{}, {}]


def test_pages_that_look_the_same_and_say_nothing_are_no_copies() -> None:
    """Nor are those on which the date alone was read."""
    blank = Marks(picture=SCAN.picture)

    assert met(blank, blank, SCAN, blank._replace(date=SCAN.date)) == [{}, {}, {}, {}]


@pytest.mark.parametrize("now", [OTHER, {"picture": ""}], ids=str)
def test_what_a_scan_said_before_it_changed_makes_no_copies(now: dict[str, str]) -> None:
    """Where it was found by then, it is not looked for any more."""

    async def work() -> Record:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            await read(sheet, "a", SCAN)
            await read(sheet, "a", SCAN._replace(**now))
            return await read(sheet, "b", SCAN._replace(**MISREAD, number=""))

    assert asyncio.run(work()).meets == {}


def test_of_copies_read_in_any_order_the_first_is_done_and_the_others_wait() -> None:
    """Those of one commit, too: the order in which they are applied decides."""

    async def together(count: int) -> list[Record]:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            await sheet.add([Document(str(n), f"sha {n}", 1, "") for n in range(count)])
            claims = await sheet.claim(limit=count)
            before = sheet._committer.state.rev
            async with asyncio.TaskGroup() as tasks:
                finishing = [
                    tasks.create_task(sheet.finish(c, Outcome(Status.DONE, marks=BILL)))
                    for c in claims
                ]
            assert sheet._committer.state.rev == before + 1
            return [task.result() for task in finishing]

    first, *others = asyncio.run(together(20))

    assert first.status is Status.DONE
    assert {(r.status, r.reason) for r in others} == {(Status.REVIEW, "duplicate.number")}
    assert all(r.message and r.meets["duplicate.number"] in r.message for r in others)


def test_a_document_that_waits_for_a_person_has_copies_as_well() -> None:
    """Else the copy would be paid now, and this one once the person agrees."""

    async def work() -> tuple[Record, Record]:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            return (
                await read(sheet, "a", BILL, Status.REVIEW),
                await read(sheet, "b", BILL),
            )

    first, second = asyncio.run(work())

    assert (first.status, first.meets) == (Status.REVIEW, {})
    assert (second.status, second.meets) == (Status.REVIEW, {"duplicate.number": "a"})


@pytest.mark.parametrize("status", [Status.FAILED, Status.REJECTED, Status.PENDING])
def test_what_is_not_to_be_paid_has_no_copies(status: Status) -> None:
    """A person refused it, it failed, or it goes round again."""

    async def work() -> Record:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            await read(
                sheet, "a", BILL, Status.FAILED if status is Status.FAILED else Status.REVIEW
            )
            if status is not Status.FAILED:
                await sheet.update("a", lambda r: replace(r, status=status))
            await sheet.add([Document("b", "b", 1, "")])
            claims = {claim.key: claim for claim in await sheet.claim(limit=2)}
            return await sheet.finish(claims["b"], Outcome(Status.DONE, marks=BILL))

    assert asyncio.run(work()).status is Status.DONE


def test_a_document_read_again_does_not_wait_on_account_of_its_copies() -> None:
    """They wait on account of it, and still do: one is done, as before."""

    async def work() -> tuple[Record, Record, Record]:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            await read(sheet, "a", BILL)
            await read(sheet, "b", BILL)
            await sheet.add([Document("a", "other bytes", 1, "")])
            (claim,) = await sheet.claim(limit=1)
            again = await sheet.finish(claim, Outcome(Status.DONE, marks=BILL))
            copy = await sheet.get("b")
            await sheet.retry(["b"])
            (claim,) = await sheet.claim(limit=1)
            return again, copy, await sheet.finish(claim, Outcome(Status.DONE, marks=BILL))

    again, copy, retried = asyncio.run(work())

    assert (again.status, again.meets) == (Status.DONE, {})
    assert copy.meets == retried.meets == {"duplicate.number": "a"}


def test_a_seller_with_another_account_goes_to_a_person() -> None:
    """Even where the right account stands beside it; the account that two agree on stays."""
    second = BILL._replace(**OTHER)
    forged = second._replace(number="n-66", date="2026-05-05", accounts=("iban-1", "iban-6"))

    assert met(BILL, second, forged) == [{}, {}, {"account.changed": "0"}]
    assert met(BILL, second, forged._replace(seller_id="")) == [{}, {}, {"account.changed": "0"}]


def test_a_second_forgery_is_not_known_by_the_first() -> None:
    """What waits for a person proves nothing."""
    forged = BILL._replace(number="n-66", amount="a-6", date="2026-05-05", accounts=("iban-6",))
    again = forged._replace(number="n-67", amount="a-7", date="2026-07-05")

    assert met(BILL, forged, again) == [{}, {"account.changed": "0"}, {"account.changed": "0"}]


def test_an_account_that_a_person_approved_is_known_from_then_on() -> None:
    """The seller really has a new one."""
    moved = BILL._replace(number="n-66", amount="a-6", date="2026-05-05", accounts=("iban-6",))

    async def work() -> Record:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            await read(sheet, "a", BILL)
            await read(sheet, "b", moved)
            await sheet.update("b", lambda r: replace(r, status=Status.APPROVED))
            return await read(sheet, "c", moved._replace(number="n-67", amount="a-7"))

    assert asyncio.run(work()).status is Status.DONE


def test_a_forgery_that_came_first_is_not_left_done() -> None:
    """An altered copy, read before the invoice itself: neither is known to be right."""
    forged = BILL._replace(accounts=("iban-6",))

    first, second = after(forged, BILL)

    assert (first.status, first.reason) == (Status.REVIEW, "account.changed")
    assert first.message
    assert "names for the same seller" in first.message
    assert first.meets == {"account.changed": "1"}
    assert second.meets == {"account.changed": "0", "duplicate.number": "0"}


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_in_whatever_order_they_come_a_forged_one_is_never_done(order: tuple[int, ...]) -> None:
    """Three of a seller, and one with a later date and another account."""
    months = [
        BILL._replace(number=f"n-{n}", amount=f"a-{n}", date=f"2026-0{n}-15") for n in (1, 2, 3)
    ]
    bills = [*months, BILL._replace(number="n-4", amount="a-4", accounts=("iban-6",))]

    records = after(*(bills[at] for at in order))

    assert records[order.index(3)].status is Status.REVIEW


def test_accounts_of_two_companies_of_one_name_are_their_own() -> None:
    """Another VAT id is another seller."""
    other = BILL._replace(**OTHER, seller_id="AT2", accounts=("iban-2",))

    assert met(BILL, other) == [{}, {}]


@pytest.mark.parametrize("inline_bytes", [0, 65536])
def test_marks_are_known_to_whoever_opens_the_manifest_later(
    inline_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of the root, and out of segments."""
    monkeypatch.setattr("tallysheet.manifest._commit.MOST_INLINE_BYTES", inline_bytes)

    async def work() -> Record:
        store = MemoryStore()
        async with Manifest.on(store, clock=CLOCK) as sheet:
            await read(sheet, "a", BILL)
            await read(sheet, "b", BILL._replace(**OTHER))
        async with Manifest.on(store, clock=CLOCK) as sheet:
            return await read(sheet, "c", BILL)

    assert asyncio.run(work()).meets == {"duplicate.number": "a"}


def test_whoever_does_not_know_marks_is_kept_out_once_there_are_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An older version would call copies done."""

    async def work() -> None:
        store = MemoryStore()
        async with Manifest.on(store, clock=CLOCK) as sheet:
            await read(sheet, "a", BILL)
            await sheet.update("a", lambda r: replace(r, status=Status.PENDING))
        monkeypatch.setattr("tallysheet.manifest._codec._root.FEATURES", {"segments"})
        async with Manifest.on(store, clock=CLOCK, patient=False):
            pass

    with pytest.raises(ManifestDamaged, match="with marks"):
        asyncio.run(work())


@pytest.mark.parametrize(("marks", "asked"), [(BILL, ["marks"]), (SCAN, ["marks", "pictures"])])
@pytest.mark.parametrize("is_mended", [False, True])
def test_whoever_knows_no_pictures_is_kept_out_only_where_there_are_some(
    marks: Marks, asked: list[str], is_mended: bool
) -> None:
    """A version that knows marks alone could not read such a record, and reads all others."""

    async def features() -> list[str]:
        store = MemoryStore()
        async with Manifest.on(store, clock=CLOCK) as sheet:
            await read(sheet, "a", marks)
        if is_mended:
            await mend(store, await audit(store), {}, clock=CLOCK)
        async with Manifest.on(store, clock=CLOCK) as sheet:
            await sheet.add(["b"])
        return list(json.loads((await store.get(ROOT)).data)["format"]["features"])

    assert asyncio.run(features()) == asked


def test_a_record_holds_a_picture_only_where_there_is_one() -> None:
    """Most have none, and a million of them stand in memory; older ones say nothing of it."""
    plain, scan = (encode_record(Record(Status.DONE, marks=marks), rev=1) for marks in (BILL, SCAN))

    assert b',["iban-1"]]' in plain
    assert b',["iban-1"],"f0f00f0f3c3c5a5a"]' in scan
    assert [decode_record(data).marks for data in (plain, scan)] == [BILL, SCAN]
    assert len(scan) - len(plain) < 24


def test_what_is_recovered_is_held_against_the_others() -> None:
    """That a copy waited for a person stood in its record alone, which is lost."""
    forged = BILL._replace(number="n-66", amount="a-6", date="2026-05-05", accounts=("iban-6",))

    async def work() -> dict[str, Record]:
        store = MemoryStore()
        async with Manifest.on(store, clock=CLOCK) as sheet:
            await read(sheet, "a", BILL)
        lost = {
            key: Record(Status.DONE, epoch=1, sha256=key, marks=marks)
            for key, marks in (("b", BILL), ("c", forged), ("d", BILL._replace(**OTHER)))
        }
        await mend(store, await audit(store), lost, clock=CLOCK)
        assert not (await audit(store)).damage
        async with Manifest.on(store, clock=CLOCK) as sheet:
            return {key: record async for key, record in sheet.records()}

    found = asyncio.run(work())

    assert {key: record.status for key, record in found.items()} == {
        "a": Status.DONE,
        "b": Status.REVIEW,
        "c": Status.REVIEW,
        "d": Status.DONE,
    }
    assert found["b"].meets == {"duplicate.number": "a"}


def test_a_date_or_a_picture_that_is_none_fails_its_own_outcome() -> None:
    """And is said to whoever brought it; the document is still his."""

    async def work() -> Record:
        async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
            await sheet.add(["a"])
            (claim,) = await sheet.claim(limit=1)
            with pytest.raises(ValueError, match="isoformat"):
                await sheet.finish(claim, Outcome(Status.DONE, marks=BILL._replace(date="soon")))
            with pytest.raises(ValueError, match="base 16"):
                await sheet.finish(claim, Outcome(Status.DONE, marks=BILL._replace(picture="it")))
            return await sheet.get("a")

    assert asyncio.run(work()).status is Status.WORKING


def test_an_index_finds_what_it_was_given_at_once_and_one_by_one() -> None:
    """Built over many records, or as they come."""
    days = [BILL._replace(date=f"2026-03-{day:02}") for day in range(1, 29)]
    index, many = _index.Index(), _index.Index()

    for number, marks in enumerate(days):
        index.add(str(number), Status.DONE, marks)
        many.bring(str(number), encode_record(Record(Status.DONE, marks=marks), rev=1))
    found = list(index.find(_index.with_amount("DE1", days[10])))

    assert list(many.find(_index.with_amount("DE1", days[10]))) == found
    assert found == [str(number) for number in range(7, 14)]
