"""The clocks: a real one that only passes time on, and one that a test owns."""

import asyncio
from datetime import UTC, timedelta

import pytest

from tallysheet.pipeline._clock import SystemClock
from tallysheet.testing import FakeClock


async def asleep(clock: FakeClock, log: list[tuple[str, float]], name: str, *naps_s: float) -> None:
    """Sleep again and again, and note when each nap is over."""
    for nap_s in naps_s:
        await clock.sleep(nap_s)
        log.append((name, clock.monotonic()))


async def test_time_passes_only_when_everybody_waits() -> None:
    """Sleepers wake in the order in which they are due, each at its own moment."""
    clock, log = FakeClock(), []

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asleep(clock, log, "slow", 3600.0))
        tasks.create_task(asleep(clock, log, "quick", 1.0, 1.5, 0.0))

    assert log == [("quick", 1.0), ("quick", 2.5), ("quick", 2.5), ("slow", 3600.0)]


async def test_time_stands_still_while_somebody_runs() -> None:
    """A task that yields a hundred times is still running, and no sleeper wakes."""
    clock, log = FakeClock(), []

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asleep(clock, log, "sleeper", 5.0))
        for _ in range(100):
            await asyncio.sleep(0)
        log.append(("runner", clock.monotonic()))

    assert log == [("runner", 0.0), ("sleeper", 5.0)]


async def test_those_due_at_the_same_moment_wake_in_the_order_they_fell_asleep() -> None:
    """The same program always runs the same way."""
    clock, log = FakeClock(), []

    async with asyncio.TaskGroup() as tasks:
        for name in "abcdef":
            tasks.create_task(asleep(clock, log, name, 1.0))

    assert [name for name, _ in log] == list("abcdef")


async def test_a_sleeper_that_is_cancelled_holds_up_nobody() -> None:
    """Time goes to the next one, not past the one that is gone."""
    clock, log = FakeClock(), []

    async with asyncio.TaskGroup() as tasks:
        gone = tasks.create_task(clock.sleep(1.0))
        tasks.create_task(asleep(clock, log, "left", 2.0))
        await asyncio.sleep(0)
        gone.cancel()

    assert log == [("left", 2.0)]


async def test_a_clock_by_hand_passes_as_far_as_it_is_told() -> None:
    """Whoever is due by then wakes in order; the others sleep on."""
    clock, log = FakeClock(auto=False), []

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asleep(clock, log, "a", 1.0, 1.0, 1.0))
        tasks.create_task(asleep(clock, log, "b", 1.5))
        await clock.advance(2.25)
        early = list(log), clock.monotonic()
        await clock.advance(1.0)

    assert early == ([("a", 1.0), ("b", 1.5), ("a", 2.0)], 2.25)
    assert log[-1] == ("a", 3.0)


async def test_a_clock_that_runs_by_itself_can_be_told_to_pass_too() -> None:
    """What falls due meanwhile happens first."""
    clock, log = FakeClock(), []

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asleep(clock, log, "a", 1.0))
        await clock.advance(2.0)
        log.append(("test", clock.monotonic()))

    assert log == [("a", 1.0), ("test", 2.0)]


async def test_a_test_that_would_never_end_is_told_so() -> None:
    """A heartbeat does not beat for ever while everybody else waits for nothing."""
    clock = FakeClock(most_wakes=100)

    async def beat() -> None:
        while True:
            await clock.sleep(10.0)

    with pytest.raises(RuntimeError, match="nothing ends"):
        await beat()

    assert clock.monotonic() == 1010.0


def test_the_same_seed_gives_the_same_chance() -> None:
    """Numbers and tokens of one seed repeat; those of another differ."""
    one, same, other = FakeClock(7), FakeClock(7), FakeClock(8)

    drawn = [(clock.random(), clock.token()) for clock in (one, same, other)]

    assert drawn[0] == drawn[1] != drawn[2]
    assert 0 <= drawn[0][0] < 1


async def test_time_does_not_pass_the_end_of_an_advance() -> None:
    """Nor where somebody was due by then who has given up: whoever is due later sleeps on."""
    clock = FakeClock(auto=False)
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(clock.sleep(10))
        late = group.create_task(clock.sleep(100))
        await clock.advance(5)
        gone.cancel()
        await clock.advance(20)

        assert (clock.monotonic(), late.done()) == (25, False)
        await clock.advance(75)
        assert late.done()


async def test_the_wall_clock_follows_the_virtual_one() -> None:
    """A record that is dated in a test is dated by the test."""
    clock = FakeClock()
    before = clock.now()

    await clock.sleep(90)

    assert clock.now() - before == timedelta(seconds=90)
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["real", "fake"])
async def test_a_clock_keeps_its_promises(clock: SystemClock | FakeClock) -> None:
    """Time does not go back, chance is below one, a token is new and of 16 digits."""
    before = clock.monotonic()

    await clock.sleep(0.0)
    tokens = {clock.token() for _ in range(1000)}

    assert clock.monotonic() >= before
    assert all(0 <= clock.random() < 1 for _ in range(1000))
    assert len(tokens) == 1000
    assert all(len(token) == 16 and set(token) <= set("0123456789abcdef") for token in tokens)
    assert clock.now().utcoffset() == timedelta(0)
