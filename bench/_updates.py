"""Rows about many updates at once, in one process: how many, how soon, how many requests."""

import time

from _figures import AT_LEAST, AT_MOST, Figure, Measured
from _ways import PUT_S, USUAL, Clocked, Opening, far, keys_of, ours

USUAL_WITHIN_S = 6.0
"""The usual ways would take from minutes to hours: they are stopped."""

USUAL_DOCUMENTS = 100
"""In their object, however many hands there are: else those would drown in parsing it."""


async def updates_a_second(*, quick: bool) -> list[Figure]:
    """5,000 in flight on a manifest of 100,000 records."""
    hands, rounds, repeats = (500, 2, 1) if quick else (5_000, 16, 3)
    keys = keys_of(1_000 if quick else 100_000)
    async with ours(far(), keys) as way:
        rates = []
        cpu_s = time.process_time()
        for _ in range(repeats):
            clocked = Clocked(way, keys)
            await clocked.run(hands=hands, rounds=rounds)
            rates.append(len(clocked.took_s) / clocked.wall_s)
        cpu_us = (time.process_time() - cpu_s) / (hands * rounds * repeats) * 1e6
        assert await way.total() == hands * rounds * repeats
    others = {}
    for name, opening in USUAL.items():
        clocked, _ = await _usual(opening, hands, quick=quick)
        rate = len(clocked.took_s) / clocked.wall_s
        others[name] = Measured((rate,), f"in {clocked.wall_s:.0f} s, then stopped")
    what = f"durable updates a second, {hands:,} in flight"
    measured = Measured(tuple(rates), f"{cpu_us:.0f} µs of CPU an update")
    return [Figure(what, AT_LEAST, 20_000, measured, others)]


async def acknowledgements(*, quick: bool) -> list[Figure]:
    """1,000 in flight on a manifest of 100,000 records: time to the answer, and requests."""
    hands, rounds, repeats = (100, 3, 1) if quick else (1_000, 40, 3)
    keys = keys_of(1_000 if quick else 100_000)
    halves, most, requests = [], [], []
    store = far()
    async with ours(store, keys) as way:
        for _ in range(repeats):
            before = store.requests
            clocked = Clocked(way, keys)
            await clocked.run(hands=hands, rounds=rounds)
            requests.append((store.requests - before) * 1000 / len(clocked.took_s))
            halves.append(_within(0.50, clocked).value)
            most.append(_within(0.99, clocked).value)
        assert await way.total() == hands * rounds * repeats
    waits: dict[float, dict[str, Measured]] = {0.50: {}, 0.99: {}}
    asked = {}
    for name, opening in USUAL.items():
        clocked, used = await _usual(opening, hands, quick=quick)
        for share, by_way in waits.items():
            by_way[name] = _within(share, clocked)
        told = len(clocked.took_s)
        asked[name] = Measured((used * 1000 / max(1, told),), f"{told:,} answered, then stopped")
    flying = f"{hands:,} in flight"
    unit = "in PUT latencies"
    return [
        Figure(f"time to the answer, p50, {unit}, {flying}", AT_MOST, 2.5,
               Measured(tuple(halves)), waits[0.50]),
        Figure(f"time to the answer, p99, {unit}, {flying}", AT_MOST, 10,
               Measured(tuple(most)), waits[0.99]),
        Figure(f"requests per 1,000 updates, {flying}", AT_MOST, 20,
               Measured(tuple(requests)), asked),
    ]  # fmt: skip


async def _usual(opening: Opening, hands: int, *, quick: bool) -> tuple[Clocked, int]:
    """Let a usual way work until it is stopped; return that, and how many requests it took."""
    store, keys = far(), keys_of(USUAL_DOCUMENTS)
    async with opening(store, keys) as way:
        before = store.requests
        clocked = Clocked(way, keys)
        await clocked.run(hands=hands, rounds=1000, for_s=1 if quick else USUAL_WITHIN_S)
    return clocked, store.requests - before


def _within(share: float, clocked: Clocked) -> Measured:
    """The time within which *share* of the updates were answered, in PUT latencies.

    What was not answered counts with the time that it had waited when it was stopped.
    """
    answered = [(took, False) for took in clocked.took_s]
    waiting = [(waited, True) for waited in clocked.waiting_s]
    waits = sorted(answered + waiting)
    took, is_open = waits[min(int(len(waits) * share), len(waits) - 1)]
    note = "not answered when it was stopped" if is_open else ""
    return Measured((took / PUT_S,), note, beyond=is_open)
