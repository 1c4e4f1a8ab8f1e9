"""The manifest, one idea at a time. Reads from top to bottom like a tutorial."""

import asyncio
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from tallysheet.errors import Fenced, LeaseLost, ManifestDamaged, NotFound, TransitionError
from tallysheet.manifest import Claim, Manifest, Outcome
from tallysheet.manifest._codec import decode_record, encode_record
from tallysheet.manifest._codec._record import _Stored
from tallysheet.model import Document, Marks, Record, Status
from tallysheet.ports import Version
from tallysheet.store import MemoryStore
from tallysheet.testing import CountingStore, FakeClock

DONE = Outcome(Status.DONE, result="results/1.json")


def deep(levels: int) -> dict[str, Any]:
    """A dictionary within a dictionary, and so on."""
    nested: dict[str, Any] = {}
    for _ in range(levels):
        nested = {"a": nested}
    return nested


def document(key: str, content: str = "") -> Document:
    """A document whose content differs from every other's unless it is given."""
    return Document(key, sha256=content or f"sha-of-{key}", size=1, version=f"v-{content}")


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


async def statuses(manifest: Manifest) -> dict[str, str]:
    """Every document's status."""
    return {key: record.status.value async for key, record in manifest.records()}


async def test_a_document_goes_from_pending_over_working_to_done() -> None:
    """Add, claim, finish: the life of most documents."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        added = await manifest.add([document("a.pdf")])
        before = await manifest.get("a.pdf")

        (claim,) = await manifest.claim(limit=1)
        during = await manifest.get("a.pdf")
        after = await manifest.finish(claim, DONE)

        assert added.new == ("a.pdf",)
        assert [r.status for r in (before, during, after)] == ["pending", "working", "done"]
        assert (during.worker, after.worker) == (manifest.worker, None)
        assert after.result == "results/1.json"
        assert manifest.counts == {Status.DONE: 1}


async def test_what_returned_is_there_for_whoever_opens_it_next() -> None:
    """Returned means durable."""
    store, clock = MemoryStore(), FakeClock()
    async with Manifest.on(store, clock=clock) as first:
        await first.add(["a", "b"])
        await first.update("b", count_up)

    async with Manifest.on(store, clock=clock) as second:
        assert await statuses(second) == {"a": "pending", "b": "pending"}
        assert (await second.get("b")).data == {"n": 1}


async def test_updates_that_arrive_together_share_one_write() -> None:
    """A hundred updates cost hardly more than one: they go into the same conditional PUT."""
    store = CountingStore(MemoryStore())
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add(["a"])
        before = store.requests

        async with asyncio.TaskGroup() as tasks:
            for _ in range(100):
                tasks.create_task(manifest.update("a", count_up))

        assert (await manifest.get("a")).data == {"n": 100}
        assert store.requests - before <= 2


async def test_who_expects_an_update_has_its_name_entered_beforehand() -> None:
    """The first update is then written at once, and one that never comes leaves nothing."""
    clock, store = FakeClock(), CountingStore(MemoryStore())
    async with Manifest.on(store, clock=clock) as manifest:
        manifest.expect()
        await clock.sleep(1.0)
        beforehand = store.puts
        await manifest.add([document("a.pdf")])
        with_it = store.puts
    async with Manifest.on(store, clock=clock) as idle:
        idle.expect()
        await clock.sleep(1.0)
        entered = set(idle.workers)

    async with Manifest.on(store, clock=clock) as manifest:
        assert (beforehand, with_it) == (1, 2)
        assert entered == {idle.worker}
        assert manifest.workers == {}
        assert manifest.counts == {Status.PENDING: 1}


async def test_two_processes_on_one_manifest_lose_nothing() -> None:
    """Both read, both write: the loser reads again and applies its updates to what it finds."""
    store, clock = MemoryStore(), FakeClock()
    async with (
        Manifest.on(store, clock=clock) as mine,
        Manifest.on(store, clock=clock) as yours,
    ):
        await mine.add(["a"])
        await yours.refresh()

        async with asyncio.TaskGroup() as tasks:
            for manifest in (mine, yours) * 50:
                tasks.create_task(manifest.update("a", count_up))

        await mine.refresh()
        assert (await mine.get("a")).data == {"n": 100}


async def test_no_two_workers_get_the_same_document() -> None:
    """A claim is an update like any other, so only one of them wins."""
    store, clock = MemoryStore(), FakeClock()
    async with (
        Manifest.on(store, clock=clock) as mine,
        Manifest.on(store, clock=clock) as yours,
    ):
        await mine.add([f"{n:02}" for n in range(20)])

        async with asyncio.TaskGroup() as tasks:
            claiming = [tasks.create_task(m.claim(limit=10)) for m in (mine, yours)]

        claimed = [claim.key for task in claiming for claim in task.result()]
        assert sorted(claimed) == [f"{n:02}" for n in range(20)]


async def test_an_illegal_update_fails_alone() -> None:
    """Whoever shares a commit with it does not notice."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add(["a", "b"])

        async with asyncio.TaskGroup() as tasks:
            good = tasks.create_task(manifest.update("b", count_up))
            with pytest.raises(TransitionError, match="a is pending and cannot become done"):
                await manifest.update("a", lambda record: replace(record, status=Status.DONE))

        assert good.result().data == {"n": 1}
        with pytest.raises(NotFound):
            await manifest.update("nowhere", count_up)


def test_a_record_is_written_with_all_its_fields_in_their_order() -> None:
    """Each value comes back in its own place."""
    record = Record(
        Status.REVIEW, 3, 4, "sha", 5, "v", "w-1", "results/1", "of", "file", "why", "how", 6, 7.5,
        Marks("n", "a", "2026-05-03", "id", "name", ("one", "two"), "5a"), {"code": "other"},
        "since", {"mine": 8}, {"newer": 9},
    )  # fmt: skip

    assert [*_Stored.__struct_fields__, "unknown"] == [field.name for field in fields(Record)]
    assert decode_record(encode_record(record, rev=3)) == record
    assert decode_record(encode_record(replace(record, unknown={}), rev=3)).unknown == {}


UNWRITABLE: dict[str, Any] = {
    "no JSON": {"data": {"x": object()}},
    "half a character": {"data": {"x": "\ud800"}},
    "half a character in a sentence": {"message": "\udcff"},
    "deeper than anybody reads": {"data": deep(100_000)},
    "no status": {"status": "finished"},
    "a number for a name": {"result": 7},
}


@pytest.mark.parametrize("fields", UNWRITABLE.values(), ids=UNWRITABLE)
async def test_what_cannot_be_written_fails_alone(fields: dict[str, Any]) -> None:
    """It must neither stop those who share its commit nor be there for others to stumble over."""
    store = MemoryStore()
    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.add(["a", "b"])

        async with asyncio.TaskGroup() as tasks:
            good = tasks.create_task(manifest.update("b", count_up))
            with pytest.raises((ValueError, TransitionError)):
                await manifest.update("a", lambda record: replace(record, **fields))

        assert good.result().data == {"n": 1}
        with pytest.raises(ValueError, match="surrogates"):
            await manifest.add(["\ud800"])
        await manifest.update("a", count_up)
    async with Manifest.on(store, clock=FakeClock()) as reader:
        assert [(key, r.data) async for key, r in reader.records()] == [
            ("a", {"n": 1}),
            ("b", {"n": 1}),
        ]


async def test_a_document_that_changed_is_sent_round_again() -> None:
    """Running again picks up new content, and only that."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add([document("a", "1"), document("b", "2")])
        for claim in await manifest.claim(limit=2):
            await manifest.finish(claim, DONE)

        added = await manifest.add([document("a", "1"), document("b", "3")])

        assert (added.new, added.changed) == ((), ("b",))
        assert await statuses(manifest) == {"a": "done", "b": "pending"}
        assert (await manifest.get("b")).result is None


async def test_the_same_bytes_are_read_once() -> None:
    """A second copy is a duplicate of the first; should the first change, the copy takes over."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        added = await manifest.add([document(key, "same") for key in ("a", "b", "c")])
        assert added.duplicates == ("b", "c")
        assert await statuses(manifest) == {"a": "pending", "b": "duplicate", "c": "duplicate"}

        await manifest.add([document("a", "other")])

        assert await statuses(manifest) == {"a": "pending", "b": "pending", "c": "duplicate"}
        assert (await manifest.get("c")).of == "b"


async def test_a_claim_given_back_is_there_for_others() -> None:
    """And leaves no trace but its epoch."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add(["a"])
        claims = await manifest.claim(limit=1)

        await manifest.release(claims)

        record = await manifest.get("a")
        assert (record.status, record.attempts, record.epoch) == (Status.PENDING, 0, 1)
        with pytest.raises(LeaseLost):
            await manifest.finish(claims[0], DONE)


async def test_leaving_gives_everything_back() -> None:
    """A worker that ends, even by an error, keeps nothing."""
    store, clock = MemoryStore(), FakeClock()
    with pytest.raises(ZeroDivisionError):
        async with Manifest.on(store, clock=clock) as manifest:
            await manifest.add(["a"])
            await manifest.claim(limit=1)
            raise ZeroDivisionError

    async with Manifest.on(store, clock=clock) as manifest:
        assert await statuses(manifest) == {"a": "pending"}
        assert manifest.workers == {}


async def test_failed_documents_can_be_sent_round_again() -> None:
    """All that failed, or those named; nothing else can be."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add(["a", "b"])
        a, b = await manifest.claim(limit=2)
        await manifest.finish(a, DONE)
        await manifest.finish(b, Outcome(Status.FAILED, reason="corrupt", message="It is damaged."))

        with pytest.raises(TransitionError, match="a is done"):
            await manifest.retry(["a"])
        retried = await manifest.retry()

        assert retried == ("b",)
        assert (await manifest.get("b")).reason is None


async def _stall(store: MemoryStore, clock: FakeClock, *, limit: int = 1) -> list[Claim]:
    """Leave the manifest as a killed process would: nothing given back, its name still there."""
    claimed: asyncio.Future[list[Claim]] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with Manifest.on(store, clock=clock, lease_s=30) as manifest:
            await manifest.add(["a"])
            claimed.set_result(list(await manifest.claim(limit=limit)))
            await asyncio.Event().wait()

    snapshot = None
    async with asyncio.TaskGroup() as tasks:
        worker = tasks.create_task(work())
        claims = await claimed
        snapshot = await store.get("manifest.json")
        worker.cancel()
    left = await store.get("manifest.json")
    await store.put("manifest.json", snapshot.data, expect=left.version)
    return claims


async def test_a_dead_workers_documents_are_taken_over_after_the_lease(
    alive: Callable[[], None],
) -> None:
    """Its heartbeat stands still; nobody reads a wall clock."""
    store, clock = MemoryStore(), FakeClock()
    (stale,) = await _stall(store, clock)
    async with Manifest.on(store, clock=clock, lease_s=30) as manifest:
        early = await manifest.claim(limit=1)

        await clock.advance(31)
        (claim,) = await manifest.claim(limit=1)

        assert early == ()
        assert (claim.key, claim.epoch) == ("a", stale.epoch + 1)


async def test_a_dead_writer_is_forgotten_though_it_held_nothing(
    alive: Callable[[], None],
) -> None:
    """The living pace their commits by the number of writers, and one of those merges segments."""
    store, clock = MemoryStore(), FakeClock()
    assert await _stall(store, clock, limit=0) == []

    async with Manifest.on(store, clock=clock, lease_s=30) as manifest:
        await manifest.update("a", count_up)
        assert len(manifest.workers) == 2
        await clock.advance(50)

        assert manifest.workers == {manifest.worker: 0}


class Stalled(FakeClock):
    """The clock of a process in which no heartbeat is ever due."""

    async def sleep(self, seconds: float) -> None:
        """Wait for ever, but for the blink of an eye."""
        if seconds > 1:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


async def test_a_worker_that_wakes_after_its_lease_changes_nothing(
    alive: Callable[[], None],
) -> None:
    """It was fenced: the epoch moved on, and its name is gone from the session table."""
    store, clock = MemoryStore(), Stalled()
    with pytest.raises(Fenced):
        async with Manifest.on(store, clock=clock, lease_s=30) as stalled:
            await stalled.add(["a"])
            (stale,) = await stalled.claim(limit=1)
            other = FakeClock(seed=1)
            async with Manifest.on(store, clock=other, lease_s=30) as manifest:
                await other.advance(31)
                (claim,) = await manifest.claim(limit=1)
                await manifest.finish(claim, DONE)

                with pytest.raises(Fenced):
                    await stalled.finish(stale, Outcome(Status.FAILED, reason="stale"))

                assert (await manifest.get("a")).status is Status.DONE
            await asyncio.Event().wait()

    async with Manifest.on(store, clock=FakeClock(seed=2)) as manifest:
        assert (await manifest.get("a")).status is Status.DONE


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """All workers of a test are this process, which must not be taken for a living witness."""
    monkeypatch.setattr("tallysheet.manifest._leases.is_gone", lambda worker: False)
    return lambda: None


async def test_looking_writes_nothing() -> None:
    """Status and export never touch a batch."""
    store = CountingStore(MemoryStore())

    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.refresh()
        assert await manifest.claim(limit=1) == ()

    assert store.puts == 0
    assert not manifest.exists


async def test_a_removed_manifest_is_never_made_anew() -> None:
    """Whoever removed it meant it or made a mistake; both need a person."""
    store = MemoryStore()
    with pytest.raises(ManifestDamaged, match="is gone"):
        async with Manifest.on(store, clock=FakeClock()) as manifest:
            await manifest.add(["a"])
            await store.delete("manifest.json")
            await manifest.add(["b"])

    assert [entry.key async for entry in store.list()] == []


@pytest.mark.parametrize(
    ("root", "says"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b'{"format": {"version": 1}}', "damaged"),  # the rest is missing
        (b'{"format": {"version": 2}}', "newer tallysheet"),
        (b'{"format": {"version": 1, "features": ["shards"]}}', "newer tallysheet"),
    ],
)
async def test_a_root_that_cannot_be_read_is_left_alone(root: bytes, says: str) -> None:
    """Damaged or from a newer version: said clearly, and nothing is written."""
    store = MemoryStore()
    version = await store.put("manifest.json", root, expect=Version(""))

    with pytest.raises(ManifestDamaged, match=says):
        async with Manifest.on(store, clock=FakeClock()):
            pass

    assert (await store.get("manifest.json")).version == version


async def test_what_a_newer_version_added_survives() -> None:
    """Unknown fields of the root, of workers and of records are kept as they are."""
    store = MemoryStore()
    root = (
        b'{"format":{"version":1,"features":[]},"rev":7,"nonce":"n","parent":"p",'
        b'"writers":{},"workers":{},"counts":{"pending":1},"segments":[],"colour":{"r":1},'
        b'"records":{"a":{"status":"pending","mood":"good"}}}'
    )
    await store.put("manifest.json", root, expect=Version(""))

    async with Manifest.on(store, clock=FakeClock()) as manifest:
        await manifest.update("a", count_up)

    text = (await store.get("manifest.json")).data.decode()
    assert '"colour":{"r":1}' in text
    assert '"mood":"good"' in text
    assert '"n":1' in text


def part(key: str, content: str = "one") -> Document:
    """A document inside ``m.eml``."""
    return Document(f"m.eml#{key}", f"sha-{content}", 1, "", file="m.eml")


async def test_a_file_that_holds_documents_is_split_and_each_has_a_record() -> None:
    """The parts are added first and again without harm; then the file is done with."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add([document("m.eml")])
        (claim,) = await manifest.claim(limit=1)

        first = await manifest.add([part("a"), part("b", "two")])
        again = await manifest.add([part("a"), part("b", "two")])
        await manifest.finish(claim, Outcome(Status.SPLIT, message="It holds 2."))

        assert (first.new, again.new) == (("m.eml#a", "m.eml#b"), ())
        assert await statuses(manifest) == {
            "m.eml": "split",
            "m.eml#a": "pending",
            "m.eml#b": "pending",
        }
        assert (await manifest.get("m.eml#a")).file == "m.eml"
        assert (await manifest.get("m.eml")).file is None


async def test_a_part_never_takes_the_place_of_a_file_with_its_name() -> None:
    """Whatever a sender calls an attachment, a file of the source keeps its record."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add([document("m.eml#a")])

        added = await manifest.add([part("a")])

        assert (added.taken, added.changed) == (("m.eml#a",), ())
        assert (await manifest.get("m.eml#a")).sha256 == "sha-of-m.eml#a"


async def test_a_file_takes_the_place_of_a_part_and_its_holder_is_read_again() -> None:
    """Neither of the two is lost in silence: whoever reads the holder finds the name taken."""
    async with Manifest.on(MemoryStore(), clock=FakeClock()) as manifest:
        await manifest.add([document("m.eml")])
        (claim,) = await manifest.claim(limit=1)
        await manifest.add([part("a")])
        await manifest.finish(claim, Outcome(Status.SPLIT))

        await manifest.add([document("m.eml#a", "sha-one")])

        assert await statuses(manifest) == {"m.eml": "pending", "m.eml#a": "pending"}
        assert (await manifest.get("m.eml#a")).file is None
