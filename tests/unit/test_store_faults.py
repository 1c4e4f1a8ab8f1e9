"""The stores that misbehave on purpose do exactly what their script says."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import Conflict, NotFound, Outage, OutcomeUnknown, StoreError
from tallysheet.ports import ABSENT
from tallysheet.store import MemoryStore
from tallysheet.testing import FAULTS, CountingStore, FakeClock, FaultyStore, Inline, SlowStore


async def stands(store: MemoryStore, key: str = "a") -> bytes | None:
    """What stands in the store behind, told without asking the faulty one."""
    try:
        return (await store.get(key)).data
    except NotFound:
        return None


@pytest.mark.parametrize(
    ("fault", "told", "left"),
    [
        ("lost-request", OutcomeUnknown, None),
        ("lost-reply", OutcomeUnknown, b"one"),
        ("late", OutcomeUnknown, None),
        ("late-3", OutcomeUnknown, None),
        ("conflict", Conflict, None),
        ("outage-before", Outage, None),
        ("outage-after", Outage, b"one"),
    ],
)
async def test_a_put_meets_its_fault(fault: str, told: type, left: bytes | None) -> None:
    """What its caller is told, and what became of the data, are two things."""
    behind = MemoryStore()
    store = FaultyStore(behind, [fault])

    with pytest.raises(told):
        await store.put("a", b"one", expect=ABSENT)

    assert await stands(behind) == left


async def test_a_script_that_has_ended_lets_all_go_well() -> None:
    """Faults are for as long as the script says."""
    behind = MemoryStore()
    store = FaultyStore(behind, ["ok", "conflict"], gets=["outage"])

    version = await store.put("a", b"one", expect=ABSENT)
    with pytest.raises(Conflict):
        await store.put("a", b"two", expect=version)
    with pytest.raises(Outage):
        await store.get("a")
    await store.put("a", b"two", expect=version)

    assert (await store.get("a")).data == b"two"
    assert [entry.key async for entry in store.list()] == ["a"]
    await store.delete("a")
    assert await stands(behind) is None


@pytest.mark.parametrize(("fault", "seen"), [("late", [b"1"]), ("late-2", [None, None, b"1"])])
async def test_a_late_write_arrives_when_it_was_said_to(
    fault: str, seen: list[bytes | None]
) -> None:
    """Right before the next operation, or after so many more."""
    behind = MemoryStore()
    store = FaultyStore(behind, [fault])
    with pytest.raises(OutcomeUnknown):
        await store.put("a", b"1", expect=ABSENT)

    found = []
    for _ in seen:
        await store.delete("something else")
        found.append(await stands(behind))

    assert found == seen


async def test_a_late_write_whose_condition_no_longer_holds_changes_nothing() -> None:
    """A zombie that comes after the resend finds the door shut."""
    behind = MemoryStore()
    store = FaultyStore(behind, ["late-5", "late-5", "ok"])
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await store.put("a", b"zombie", expect=ABSENT)
    await store.put("a", b"resent", expect=ABSENT)

    await store.land()

    assert await stands(behind) == b"resent"


async def test_an_unknown_fault_is_the_tests_mistake() -> None:
    """A script with a slip in it does not pass for one without faults."""
    store = FaultyStore(MemoryStore(), ["lost"], gets=["lost"])

    with pytest.raises(ValueError, match="lost"):
        await store.put("a", b"one", expect=ABSENT)
    with pytest.raises(ValueError, match="lost"):
        await store.get("a")


@given(
    script=st.lists(st.sampled_from(FAULTS), max_size=40),
    yields=st.lists(st.integers(0, 4), max_size=200),
)
def test_no_fault_stores_what_its_condition_forbids(script: list[str], yields: list[int]) -> None:
    """Whatever is lost or late, each version is good for one write at most."""

    async def race() -> tuple[list[bytes], list[bytes]]:
        behind = CountingStore(MemoryStore())
        store = FaultyStore(behind, script, yields=yields)
        acknowledged: list[bytes] = []

        async def create(data: bytes) -> None:
            for _ in range(5):
                try:
                    await store.put("a", data, expect=ABSENT)
                except StoreError:
                    continue
                acknowledged.append(data)

        async with asyncio.TaskGroup() as tasks:
            for data in (b"1", b"2", b"3"):
                tasks.create_task(create(data))
        await store.land()
        return acknowledged, [(await behind.get("a")).data] if behind.puts else []

    try:
        acknowledged, left = asyncio.run(race())
    except NotFound:
        return
    assert acknowledged in ([], left)


@given(yields=st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_the_schedule_decides_who_comes_first(yields: list[int]) -> None:
    """The same numbers give the same order of events; they are what a test draws."""

    async def race() -> list[str]:
        store, order = FaultyStore(MemoryStore(), yields=yields), []

        async def write(name: str) -> None:
            for number in range(3):
                await store.put(f"{name}{number}", b"", expect=ABSENT)
                order.append(name)

        async with asyncio.TaskGroup() as tasks:
            for name in "abc":
                tasks.create_task(write(name))
        return order

    assert asyncio.run(race()) == asyncio.run(race())


def test_not_every_schedule_is_lockstep() -> None:
    """Drawn yields give orders that one yield a call never gives."""

    async def race(yields: list[int]) -> str:
        store, order = FaultyStore(MemoryStore(), yields=yields), []

        async def write(name: str) -> None:
            for number in range(3):
                await store.put(f"{name}{number}", b"", expect=ABSENT)
                order.append(name)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write("a"))
            tasks.create_task(write("b"))
        return "".join(order)

    assert asyncio.run(race([])) == "ababab"
    assert asyncio.run(race([0, 9])) == "aaabbb"


async def test_requests_and_bytes_are_counted() -> None:
    """Those that fail too: they are billed."""
    store = CountingStore(MemoryStore())

    version = await store.put("a", b"one", expect=ABSENT)
    with pytest.raises(Conflict):
        await store.put("a", b"three", expect=ABSENT)
    await store.get("a")
    with pytest.raises(NotFound):
        await store.get("b")
    assert [entry.version async for entry in store.list()] == [version]
    await store.delete("a")

    assert (store.puts, store.gets, store.lists, store.deletes) == (2, 2, 1, 1)
    assert (store.requests, store.bytes_written, store.bytes_read) == (6, 8, 3)


async def test_a_far_store_takes_its_time_there_and_back() -> None:
    """A write takes hold half-way, so that others can see it before its writer hears of it."""
    clock, behind = FakeClock(), MemoryStore()
    store = SlowStore(behind, clock, get_s=0.02, put_s=0.04)
    seen: list[tuple[float, bytes | None]] = []

    async def look() -> None:
        for _ in range(4):
            await clock.sleep(0.0125)
            seen.append((clock.monotonic(), await stands(behind)))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look())
        await store.put("a", b"one", expect=ABSENT)
        written_s = clock.monotonic()
        with pytest.raises(Conflict):
            await store.put("a", b"two", expect=ABSENT)
        refused_s = clock.monotonic()
        await store.get("a")
        read_s = clock.monotonic()

    assert seen[:2] == [(0.0125, None), (0.025, b"one")]
    assert (written_s, refused_s, read_s) == pytest.approx((0.04, 0.08, 0.10))


async def test_inline_work_is_done_here_and_takes_no_time() -> None:
    """What the work returns comes back; what it raises is raised."""
    worked = await Inline().run(bytes.upper, b"one")

    assert (worked.data, worked.busy_s) == (b"ONE", 0.0)
    with pytest.raises(ValueError, match="non-hexadecimal"):
        await Inline().run(lambda data: bytes.fromhex(data.decode()), b"zz")
