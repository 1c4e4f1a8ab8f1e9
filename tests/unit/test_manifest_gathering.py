"""The index of marks is made bit by bit, and what is found in it does not depend on that."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.manifest import Manifest, Outcome, _gathering
from tallysheet.manifest._codec import encode_record
from tallysheet.manifest._index import with_number
from tallysheet.manifest._state import State
from tallysheet.model import Document, Marks, Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.store import MemoryStore

CLOCK = SystemClock()
BILL = Marks("n-17", "a-119", "2026-03-01", "DE1", "muster", ("iban-1",))
OLD = 60

changes = st.tuples(
    st.integers(0, 5),  # the document
    st.sampled_from(["n-1", "n-2", "n-3", None]),
    st.sampled_from([Status.DONE, Status.REVIEW, Status.PENDING]),
)
bits = st.tuples(st.just("gather"), st.integers(0, 2))


def changed(state: State, rev: int, key: int, number: str | None, status: Status) -> None:
    """Let a document be of another number, or of none, and have another status."""
    marks = BILL._replace(number=number) if number else None
    data = encode_record(Record(status, sha256=f"of {key}", marks=marks), rev=rev)
    state.take([(str(key), data)])


@given(before=st.lists(changes, max_size=6), steps=st.lists(st.one_of(changes, bits), max_size=12))
def test_what_changes_while_it_is_made_is_found_in_it(before: list, steps: list) -> None:
    """Whatever comes or changes between two bits: at least what an index finds made at the end."""
    state, whole = State(), State()
    for rev, step in enumerate((*before, ("gather", 1), *steps), 1):
        if step[0] == "gather":
            state.gather(step[1])
        else:
            changed(state, rev, *step)
    whole.take(state.encoded.items())

    for number in ("n-1", "n-2", "n-3"):
        span = with_number("DE1", BILL._replace(number=number))
        assert set(whole.marked(span)) <= set(state.marked(span))
    assert state.gather(0)


async def large(store: MemoryStore) -> None:
    """Fill a batch with documents that were read, each its own invoice."""
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await sheet.add([Document(f"old-{n}", f"sha of {n}", 1, "") for n in range(OLD)])
        for claim in await sheet.claim(limit=OLD):
            marks = BILL._replace(number=claim.key, amount=claim.key)
            await sheet.finish(claim, Outcome(Status.DONE, marks=marks))


@pytest.mark.parametrize("at_a_time", [1, 7, 1_000])
async def test_others_have_their_turn_while_it_is_made(monkeypatch, at_a_time: int) -> None:
    """A claim to a batch with marks begins it; the first outcome meets its copy all the same."""
    store, seen = MemoryStore(), []
    await large(store)
    monkeypatch.setattr(_gathering, "AT_A_TIME", at_a_time)
    follow = State.gather

    def watched(state: State, most: int | None = None) -> bool:
        seen.append((most, len(state._left or ())))
        return follow(state, most)

    monkeypatch.setattr(State, "gather", watched)
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await sheet.add(["copy"])
        (claim,) = await sheet.claim(limit=1)
        marks = BILL._replace(number="old-7", amount="another")
        record = await sheet.finish(claim, Outcome(Status.DONE, marks=marks))

    assert (record.status, dict(record.meets)) == (
        Status.REVIEW,
        {"duplicate.number": "old-7"},
    )
    bits = [left for most, left in seen if most == at_a_time]
    assert len(bits) >= -(-(OLD + 1) // at_a_time)
    # Nothing of it was left for the moment in which the outcome was applied.
    assert all(left == 0 for most, left in seen if most is None)


async def test_one_who_gives_up_leaves_the_rest_of_it_to_the_next(monkeypatch) -> None:
    """An outcome that is called off while the index is made is not recorded; the next one is."""
    store = MemoryStore()
    await large(store)
    monkeypatch.setattr(_gathering, "AT_A_TIME", 1)
    async with Manifest.on(store, clock=CLOCK) as sheet:
        await sheet.add(["a", "b"])
        first, second = await sheet.claim(limit=2)
        async with asyncio.TaskGroup() as tasks:
            outcome = Outcome(Status.DONE, marks=BILL)
            leaving = tasks.create_task(sheet.finish(first, outcome))
            await asyncio.sleep(0)
            leaving.cancel()
            record = await sheet.finish(second, outcome)

        assert record.status is Status.DONE
        assert (await sheet.get("a")).status is Status.WORKING
