"""When requests go: in order, within every limit, never all at once, and nothing leaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import ModelOutage
from tallysheet.models._breaker import ENOUGH, OPEN_S, PATIENCE_S
from tallysheet.models._dialect import Limit, Limits
from tallysheet.models._governor import Governor
from tallysheet.models._pace import MINUTE_S
from tallysheet.models._quota import Quota
from tallysheet.models._slot import Slot, Verdict
from tallysheet.testing import FakeClock

GOOD, CONGESTED, FAILED = Verdict(good=True), Verdict(congested=True), Verdict(failed=True)


@asynccontextmanager
async def governed(concurrency: int = 8, **how: Any) -> AsyncIterator[tuple[Governor, FakeClock]]:
    """A governor in virtual time."""
    clock = FakeClock()
    async with Governor("x:y", clock=clock, concurrency=concurrency, **how) as governor:
        yield governor, clock


async def let_go(governor: Governor, tokens: int = 1, *, again: bool = False) -> Slot:
    """A slot whose request is on its way."""
    slot = await governor.admit(tokens, again=again)
    slot.sent()
    return slot


def refused(slot: Slot, wait_s: float | None = None) -> None:
    """The provider says: one too many."""
    slot.ended(CONGESTED, tokens=0, limits=Limits(wait_s=wait_s))


async def test_who_comes_first_goes_first_and_who_was_refused_before_all() -> None:
    """A document that was let go once is not put behind those that never were."""
    order: list[str] = []

    async def go(name: str, *, again: bool) -> None:
        slot = await governor.admit(1, again=again)
        order.append(name)
        slot.ended(GOOD)

    async with governed(1) as (governor, _):
        slot = await let_go(governor)
        async with asyncio.TaskGroup() as tasks:
            for name in ("a", "b", "c"):
                tasks.create_task(go(name, again=False))
            await asyncio.sleep(0)
            tasks.create_task(go("refused", again=True))
            await asyncio.sleep(0)
            slot.ended(GOOD)

    assert order == ["refused", "a", "b", "c"]


async def test_a_wait_that_was_asked_for_is_everybodys_and_ends_in_steps() -> None:
    """Nobody goes earlier; nobody is held up for ever; not all go at once."""
    went: list[float] = []

    async def go() -> None:
        slot = await let_go(governor)
        went.append(clock.monotonic())
        await clock.sleep(1.0)
        slot.ended(GOOD)

    async with governed(500) as (governor, clock):
        slot = await let_go(governor)
        await clock.sleep(0.02)
        refused(slot, wait_s=130.0)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(400):
                tasks.create_task(go())

    first = min(went)
    assert 130.02 <= first <= 130.02 + 13
    assert sum(at == first for at in went) <= 8
    assert max(went) < first + 5


async def test_a_wait_that_the_quota_explains_ends_in_steps_too() -> None:
    """What has filled meanwhile is not asked for in one moment."""
    async with governed(500) as (governor, clock):
        await let_go(governor)
        slot = await let_go(governor)
        limits = Limits(requests=Limit(6000, 0), wait_s=30.0)
        slot.ended(CONGESTED, tokens=0, limits=limits)
        went = []
        for _ in range(300):
            await let_go(governor)
            went.append(clock.monotonic())

    assert went[0] >= 30.0
    assert sum(at == went[0] for at in went) <= 8
    assert went[-1] < went[0] + 1


async def test_a_start_is_made_in_steps_whenever_the_first_request_comes() -> None:
    """A provider that takes few at once is not sent a thousand, and soon gets them all."""
    async with governed(1000) as (governor, clock):
        await clock.sleep(100.0)
        went: list[float] = []
        for _ in range(1000):
            await let_go(governor)
            went.append(clock.monotonic() - 100.0)

    assert (went[0], went[1]) == (0.0, 0.0)
    assert 0.0 < went[2] < 0.05
    assert 0.1 < went[99] < 0.2
    assert 0.4 < went[-1] < 0.6


async def test_a_wave_that_was_refused_together_is_one_piece_of_news() -> None:
    """What was under way before the first of them is what may be; the next one is news."""
    async with governed(40) as (governor, clock):
        slots = [await let_go(governor) for _ in range(40)]
        await clock.sleep(0.02)
        for slot in reversed(slots[25:]):
            refused(slot)
        after_wave = governor.window, governor._pace.refusals
        for slot in slots[5:25]:
            slot.ended(GOOD)
        refused(await let_go(governor))

    assert after_wave == (25.0, 1)
    assert governor._pace.refusals == 2


async def test_while_nobody_is_let_in_one_request_finds_out_if_that_is_over() -> None:
    """The others wait for what becomes of it; then they go in steps."""
    async with governed(100) as (governor, clock):
        refused(await let_go(governor))
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(governor.admit(1)) for _ in range(50)]
            await clock.sleep(0.6)
            found_out = [task.result() for task in asked if task.done()]
            found_out[0].sent()
            await clock.sleep(0.1)
            while_it_finds_out = sum(task.done() for task in asked)
            found_out[0].ended(GOOD)
            await clock.sleep(0.05)
            just_after = sum(task.done() for task in asked)

    assert (len(found_out), while_it_finds_out) == (1, 1)
    assert 2 <= just_after < 20


async def test_time_alone_tells_a_rate_from_a_number_in_flight() -> None:
    """One more that is let in while all others are under way disproves that they are too many."""

    async def most_in_flight(*, is_rate: bool) -> tuple[int, float]:
        most = 0
        async with governed(100) as (governor, clock):
            slots = [await let_go(governor) for _ in range(21)]
            refused(slots.pop())
            for _ in range(60):
                slot = await let_go(governor)
                most = max(most, governor.in_flight)
                if is_rate or governor.in_flight <= 20:
                    slots.append(slot)
                else:
                    await clock.sleep(0.05)
                    refused(slot)
                if clock.monotonic() > 300:
                    break
            return most, clock.monotonic()

    most, took_s = await most_in_flight(is_rate=True)
    assert most > 60
    assert took_s < 8
    assert (await most_in_flight(is_rate=False))[0] == 21


@pytest.mark.parametrize("asked_s", [None, 0.0, 0.5], ids=["nothing", "none", "always the same"])
async def test_refusals_without_a_success_are_answered_by_longer_and_longer_waits(
    asked_s: float | None,
) -> None:
    """A provider that refuses everything is not hammered, whoever asks and whatever it says."""
    async with governed(8) as (governor, clock):
        at = []
        for _ in range(12):
            slot = await let_go(governor, again=True)
            at.append(clock.monotonic())
            await clock.sleep(0.02)
            refused(slot, asked_s)

    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert pauses[0] < 1.0
    assert pauses[1:5] == sorted(pauses[1:5])
    assert MINUTE_S / 2 <= pauses[-1] <= MINUTE_S + 0.1


@pytest.mark.parametrize("limit", [1, 7, 60, 500, 6000])
async def test_no_minute_sees_more_requests_than_its_limit(limit: int) -> None:
    """Whenever the minute begins; and at least half of what is allowed is used."""
    went: list[float] = []
    number = 3 * limit

    async def go() -> None:
        with await let_go(governor) as slot:
            went.append(clock.monotonic())
            await clock.sleep(0.5)
            slot.ended(GOOD)

    async with (
        governed(1000, requests_per_minute=limit) as (governor, clock),
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(number):
            tasks.create_task(go())

    assert len(went) == number
    assert most_in_a_minute(went) <= limit
    assert went[-1] < 3 * 60 * (2 if limit < 40 else 1.1)


def most_in_a_minute(at_s: list[float]) -> int:
    """The most of these moments that fall into one minute."""
    most = start = 0
    for end, moment in enumerate(at_s):
        while at_s[start] <= moment - 60.0:
            start += 1
        most = max(most, end - start + 1)
    return most


async def test_tokens_are_set_aside_and_given_back_when_less_was_said() -> None:
    """Who says little lets the next go earlier than who says all that he might have."""

    async def took_s(used: int) -> float:
        async with governed(100, tokens_per_minute=60_000) as (governor, clock):
            for _ in range(60):
                with await let_go(governor, 2000) as slot:
                    slot.ended(GOOD, tokens=used)
            return clock.monotonic()

    assert await took_s(500) < 0.6 * await took_s(2000)


async def test_a_request_larger_than_the_limit_goes_when_all_of_it_is_there() -> None:
    """Else it would wait for ever; who comes next waits for what is owed."""
    async with governed(tokens_per_minute=1000) as (governor, clock):
        with await let_go(governor, 5000) as slot:
            at_once = clock.monotonic()
            slot.ended(GOOD, tokens=5000)
        await let_go(governor, 10)

    assert at_once == 0.0
    assert 240 < clock.monotonic() < 400


async def test_the_limits_in_the_headers_are_kept() -> None:
    """What remains goes at once; after that, as fast as it fills."""
    async with governed(1000) as (governor, clock):
        with await let_go(governor) as slot:
            limits = Limits(requests=Limit(60, 10), tokens=Limit(-1, -1))
            slot.ended(GOOD, tokens=1, limits=limits)
        at = []
        for _ in range(20):
            await let_go(governor, 100_000)
            at.append(clock.monotonic())

    assert at[9] < 0.1
    assert at[19] == pytest.approx(10.0)


async def test_limits_of_no_sense_are_none() -> None:
    """Azure sends 0 and -1 where it has no limit."""
    async with governed(1000) as (governor, clock):
        with await let_go(governor) as slot:
            slot.ended(GOOD, limits=Limits(requests=Limit(0, 0), tokens=Limit(-1, 0)))
        for _ in range(100):
            await let_go(governor, 100_000)

    assert clock.monotonic() < 1.0


@pytest.mark.parametrize("told", [False, True], ids=["configured", "in headers"])
async def test_workers_share_what_there_is(told: bool) -> None:
    """Four of them let go a quarter each, and all again when the others are gone."""

    async def went(workers: int) -> float:
        clock, quota = FakeClock(), Quota()
        limit = None if told else 600.0
        governor = Governor("x:y", clock=clock, concurrency=1000, requests_per_minute=limit)
        async with governor:
            quota.share(workers)
            quota.governs(governor)
            if told:
                slot = await let_go(governor)
                slot.ended(GOOD, limits=Limits(requests=Limit(600, 0)))
            for _ in range(300):
                await let_go(governor)
                governor.in_flight -= 1
            quota.share(1)
            return clock.monotonic()

    alone, shared = await went(1), await went(4)

    assert shared == pytest.approx(4 * alone, rel=0.15)


async def broken(governor: Governor, *, ever_good: bool = True) -> None:
    """Let the breaker of *governor* open, after a success or without one."""
    if ever_good:
        (await let_go(governor)).ended(GOOD)
    for _ in range(ENOUGH):
        (await let_go(governor)).ended(FAILED)


async def test_while_a_provider_is_down_one_request_at_a_time_finds_out() -> None:
    """The others wait; when the probe succeeds, they go."""
    async with governed(50) as (governor, clock):
        await broken(governor)
        went: list[float] = []

        async def go() -> None:
            with await let_go(governor) as slot:
                went.append(clock.monotonic())
                await clock.sleep(1.0)
                slot.ended(GOOD if clock.monotonic() > 80 else FAILED)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(go())

    assert went[:3] == pytest.approx([OPEN_S, 2 * OPEN_S + 1, 3 * OPEN_S + 2])
    assert all(at > went[2] for at in went[3:])
    assert went[-1] < went[2] + 2


async def test_a_probe_that_was_called_off_is_replaced() -> None:
    """Else nobody would ever find out."""
    async with governed(50) as (governor, clock):
        await broken(governor)
        with await let_go(governor):
            pass
        slot = await let_go(governor)

    assert slot.probe
    assert clock.monotonic() == OPEN_S


async def test_where_there_is_another_model_nobody_waits_for_one_that_is_down() -> None:
    """Those who wait are told, and so is who comes."""
    async with governed(ENOUGH + 1, patient=False) as (governor, _):
        slots = [await let_go(governor) for _ in range(ENOUGH + 1)]
        refused(slots.pop(), wait_s=60.0)
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(told_down(governor)) for _ in range(3)]
            await asyncio.sleep(0)
            for slot in slots:
                slot.ended(FAILED)
        later = await told_down(governor)

    assert [task.result() for task in waiting] == [True, True, True]
    assert later


async def told_down(governor: Governor) -> bool:
    """Whether asking to go is answered by an outage."""
    try:
        (await let_go(governor)).ended(FAILED)
    except ModelOutage:
        return True
    return False


async def test_impatient_as_it_may_be_a_provider_that_is_up_again_is_found_out() -> None:
    """After a while one request tries the preferred model again."""
    async with governed(50, patient=False) as (governor, clock):
        await broken(governor)
        assert await told_down(governor)
        await clock.sleep(OPEN_S)
        (await let_go(governor)).ended(GOOD)
        (await let_go(governor)).ended(GOOD)

    assert governor.good_s == OPEN_S


@pytest.mark.parametrize(("ever_good", "patience_s"), [(True, PATIENCE_S), (False, OPEN_S)])
async def test_a_provider_that_stays_down_is_an_outage_in_the_end(
    ever_good: bool, patience_s: float
) -> None:
    """Everybody who waits is told, so that the run can end; soon where nothing ever succeeded."""
    async with governed(50) as (governor, clock):
        await broken(governor, ever_good=ever_good)
        async with asyncio.TaskGroup() as tasks:
            told = [tasks.create_task(told_down(governor)) for _ in range(20)]

    assert sum(task.result() for task in told) >= 20 - patience_s / OPEN_S
    assert patience_s <= clock.monotonic() <= patience_s + 2 * OPEN_S


async def test_thousands_who_wait_can_be_called_off_at_once() -> None:
    """No time passes, no alarm is left, and the next one goes."""
    async with governed(1) as (governor, clock):
        held = await let_go(governor)
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(governor.admit(1)) for _ in range(5000)]
            await asyncio.sleep(0)
            for task in waiting:
                task.cancel()
        left = governor.waiting
        held.ended(GOOD)
        slot = await let_go(governor)
        slot.ended(GOOD)

    assert (left, governor.in_flight, clock.monotonic()) == (0, 0, 0.0)


async def test_a_run_that_is_to_end_calls_off_who_waits_and_lets_the_others_end() -> None:
    """Whoever comes later is called off, too; what is under way still counts."""
    async with governed(1) as (governor, _):
        held = await let_go(governor)
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(governor.admit(1)) for _ in range(1000)]
            await asyncio.sleep(0)
            governor.close()
            late = tasks.create_task(governor.admit(1))
        held.ended(GOOD)

    assert all(task.cancelled() for task in [*waiting, late])
    assert (governor.in_flight, governor.waiting, governor.good_s) == (0, 0, 0.0)


async def test_the_end_of_the_block_does_not_wait_for_an_alarm() -> None:
    """Ctrl-C within a gate of two minutes ends at once, with its own error."""
    with pytest.raises(KeyError):
        async with governed() as (governor, clock):
            refused(await let_go(governor), wait_s=120.0)
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(governor.admit(1))
                await asyncio.sleep(0)
                waiting.cancel()
            raise KeyError

    assert clock.monotonic() == 0.0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "again", "cancel", "good", "refused", "asked", "failed", "drop"]),
        st.integers(0, 30),
        st.sampled_from([0.0, 0.01, 0.3, 2.0, 40.0]),
    ),
    max_size=60,
)


@given(steps=STEPS, limited=st.booleans(), concurrency=st.integers(1, 6))
def test_nothing_leaks_whatever_is_called_off_when(
    steps: list[tuple[str, int, float]], limited: bool, concurrency: int
) -> None:
    """No more are under way than allowed, and in the end everybody has gone and nothing is held."""
    asyncio.run(drawn(steps, limited=limited, concurrency=concurrency))


async def drawn(steps: list[tuple[str, int, float]], *, limited: bool, concurrency: int) -> None:
    """Do *steps*: ask, call off, and end requests in every way, while time passes."""
    clock = FakeClock(auto=False)
    limits = {"requests_per_minute": 600.0, "tokens_per_minute": 6000.0} if limited else {}
    async with Governor("x:y", clock=clock, concurrency=concurrency, **limits) as governor:
        async with asyncio.TaskGroup() as tasks:
            asked: list[asyncio.Task[Slot]] = []
            for what, which, pause_s in steps:
                under_way = [t for t in asked if t.done() and not t.cancelled()]
                if what in ("ask", "again"):
                    asked.append(tasks.create_task(governor.admit(which, again=what == "again")))
                elif what == "cancel" and asked:
                    asked[which % len(asked)].cancel()
                elif under_way:
                    task = under_way[which % len(under_way)]
                    asked.remove(task)
                    end(task.result(), what)
                # Not only what has settled, but what is half done, is called off, too.
                await (clock.advance(pause_s) if pause_s else asyncio.sleep(0))
                live = [t for t in asked if t.done() and not t.cancelled()]
                assert governor.in_flight == len(live) <= concurrency
            while asked:
                await clock.advance(61.0)
                for task in [t for t in asked if t.done()]:
                    asked.remove(task)
                    if not task.cancelled():
                        task.result().ended(GOOD)
        assert (governor.in_flight, governor.waiting) == (0, 0)
        assert governor._requests._level <= governor._requests.most
        assert governor._tokens._level <= governor._tokens.most


def end(slot: Slot, how: str) -> None:
    """End a request in the way that a step says."""
    if how == "drop":
        return slot.__exit__(None, None, None)
    slot.sent()
    verdicts = {"good": GOOD, "failed": FAILED}
    wait_s = 3.0 if how == "asked" else None
    return slot.ended(verdicts.get(how, CONGESTED), tokens=0, limits=Limits(wait_s=wait_s))
