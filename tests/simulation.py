"""One simulated history from one seed: processes, network, crashes, and then the audit.

As a program it runs many, and prints the seeds of those that went wrong:

Usage: simulation.py COUNT [FIRST_SEED]
"""

import asyncio
import random  # noqa: TID251  seeded, so that a run can be replayed
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from time import monotonic

from drawn_audit import wrongs_of
from drawn_crew import KEYS, LEASE_S, Cleaner, Process, World
from drawn_loop import DrawnClock, DrawnLoop, NeverEnds
from drawn_network import DrawnStore, Shelf, Weather
from tallysheet.errors import TallysheetError
from tallysheet.manifest import Manifest, _carry, _commit, _compact, _ledger
from tallysheet.model import Status

OPEN = (Status.PENDING, Status.WORKING)
MOST_ROUNDS = 200


@dataclass(frozen=True)
class History:
    """How one seed went.

    Attributes:
        trace: A hash of everything that happened.
        wrongs: What must not be, as sentences.
        met: How often what happened.
    """

    seed: int
    trace: str
    wrongs: tuple[str, ...]
    met: Counter[str]


@contextmanager
def bounds(inline_bytes: int, fan_in: int, carried_bytes: int = 1000) -> Iterator[None]:
    """Let a manifest of a few records have segments, merge and pack them, as a large one would."""
    before = _commit.MOST_INLINE_BYTES, _compact.FAN_IN, _carry.MOST_CARRIED_BYTES
    packs = _ledger.TOGETHER, _ledger.MOST_LOOSE, _ledger.AT_A_TIME
    _commit.MOST_INLINE_BYTES, _compact.FAN_IN = inline_bytes, fan_in
    _carry.MOST_CARRIED_BYTES = carried_bytes
    _ledger.TOGETHER, _ledger.MOST_LOOSE, _ledger.AT_A_TIME = 2, 0, 2
    try:
        yield
    finally:
        _commit.MOST_INLINE_BYTES, _compact.FAN_IN, _carry.MOST_CARRIED_BYTES = before
        _ledger.TOGETHER, _ledger.MOST_LOOSE, _ledger.AT_A_TIME = packs


def simulate(seed: int) -> History:
    """Run one world to its end, and see what is wrong with it."""
    draw = random.Random(seed)  # noqa: S311  seeded
    inline_bytes, fan_in = draw.choice([0, 0, 150, 400, 65536]), draw.choice([2, 2, 3, 8])
    with bounds(inline_bytes, fan_in, draw.choice([0, 300, 1000, 10000])):
        return _simulated(seed, draw)


def _simulated(seed: int, draw: random.Random) -> History:
    loop = DrawnLoop(draw)
    weather = Weather(loop, draw, Shelf(), draw.choice([0.0, 0.1, 0.3, 0.5]), 2 * LEASE_S)
    world = World(loop, draw, weather)
    try:
        try:
            loop.run_until_complete(_to_the_end(world))
        except (NeverEnds, TallysheetError) as error:
            world.wrongs.append(f"it ended by {error!r}")
        weather.met["unknown"] = sum(op.ended is None for op in world.ops)
        _let_go(world)
    finally:
        loop.close()
    if not (world.wrongs or weather.shelf.wrongs):
        world.wrongs.extend(wrongs_of(weather.shelf, world.ops))
    return History(
        seed,
        blake2b("\n".join([*weather.log, str(draw.random())]).encode(), digest_size=8).hexdigest(),
        (*weather.shelf.wrongs, *world.wrongs),
        weather.met,
    )


async def _to_the_end(world: World) -> None:
    """Let all processes live, wait until nothing is under way, and finish what is left."""
    async with Manifest.on(
        DrawnStore(world.weather), clock=DrawnClock(world.loop, world.draw)
    ) as manifest:
        await manifest.add(KEYS[:2])
    processes = [Process(world, f"p{n}") for n in range(world.draw.randrange(2, 5))]
    for process in (*processes, Cleaner(world, "cleaner")):
        process.start()
    while world.alive or world.weather.under_way:  # noqa: ASYNC110  time is virtual
        await asyncio.sleep(LEASE_S)
    world.weather.faults = 0.0
    await _finish_all(world)


async def _finish_all(world: World) -> None:
    """A manifest that was left behind in any state can be worked through by who comes next."""
    store, clock = DrawnStore(world.weather), DrawnClock(world.loop, world.draw)
    async with Manifest.on(store, clock=clock, lease_s=LEASE_S) as manifest:
        heir = Process(world, "heir")
        for _ in range(MOST_ROUNDS):
            await heir.work_through(manifest)
            if not any(manifest.counts.get(status) for status in OPEN):
                return
            await clock.sleep(LEASE_S / 2)
        world.wrongs.append(f"what was left behind cannot be finished: {manifest.counts}")


def _let_go(world: World) -> None:
    """Let the killed fall asleep for good: nobody hears them, and nothing they do counts."""
    world.weather.over = True
    ops, wrongs = list(world.ops), list(world.wrongs)
    world.loop.bury()
    for task in asyncio.all_tasks(world.loop):
        task.cancel()
    while left := asyncio.all_tasks(world.loop):
        world.loop.run_until_complete(asyncio.wait(left))
    world.ops[:], world.wrongs[:] = ops, wrongs


def main(count: int, first: int) -> int:
    """Run *count* seeds from *first* on; say which went wrong."""
    started, failed = monotonic(), 0
    for done, seed in enumerate(range(first, first + count), start=1):
        history = simulate(seed)
        if history.wrongs:
            failed += 1
            print(f"seed {seed}:", *history.wrongs, sep="\n    ", flush=True)  # noqa: T201
        if done % 1000 == 0 or done == count:
            spent_s = monotonic() - started
            print(f"seeds {first} to {seed}: {failed} failed, {spent_s:.0f} s", flush=True)  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
