"""How near to ideal the governor comes to limits that it is not told, in virtual time.

Providers let in 20 a minute, 200 a minute, 20 a second or 100 a second, by one of four
rules (a token bucket that holds one second; a fixed minute, of which 40 s are left; a
sliding minute; so many in flight, as many as answer at that rate), with answers after
0.3, 2, 5 or 20 seconds (median; the sigma of their logarithm is 0.25). They say
everything in headers, or only how long to wait, or nothing, as Bedrock does. A refusal
comes after 0.05 s. All requests come at once, at most 1,000 may be in flight, and nothing
is known beforehand.

Ideal is when the last answer comes if each request goes the moment it is let in and
none is refused. What goes before the first refusal is heard cannot know of a limit: those
of it that are refused are counted by themselves, and come once a run. At most 200 go in
the 0.05 s that a refusal takes; fewer would make every run begin more slowly, also where
there is no limit (see ``models/_window``). Wasted is the share of all others that were
refused. A row of the bench is what a provider says; its figures are the worst of its table,
and the table is printed with ``--table``: a line a rate and rule; by latency the ratio, the
waste in %, and how many were refused at first.

The same seed gives the same figures on any machine.

    python bench/governor.py [--json] [--quick] [--only ROW]
    python bench/governor.py --table
"""

import asyncio
import math
import random  # noqa: TID251  seeded, so that a run can be repeated
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from _figures import AT_MOST, Figure, Measured
from _program import Row, measure
from _referee import RULES, InFlight, Referee, ideal_s
from tallysheet.models._dialect import Limit, Limits
from tallysheet.models._governor import Governor
from tallysheet.models._slot import Verdict
from tallysheet.testing import FakeClock

RATES = {"20/min": (1 / 3, 400), "200/min": (10 / 3, 2_000), "20/s": (20.0, 6_000),
         "100/s": (100.0, 30_000)}  # fmt: skip
"""By name: requests a second, and how many are asked."""
LATENCIES_S = (0.3, 2.0, 5.0, 20.0)
SPREAD = 0.25
REFUSAL_S = 0.05
AT_ONCE = 1_000
SAYS = ("everything", "how long to wait", "nothing")
GOOD, CONGESTED = Verdict(good=True), Verdict(congested=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """One provider, and what came of a run.

    Attributes:
        rate: Its rate, by name.
        rule: Its rule, by name.
        latency_s: What an answer takes, in seconds: the median.
        over_ideal: The time over the ideal.
        unheard: How many were refused that went before the first refusal was heard.
        wasted: The share of all others that were refused.
    """

    rate: str
    rule: str
    latency_s: float
    over_ideal: float
    unheard: int
    wasted: float


async def tried(says: str, rate: str, rule: str, latency_s: float, *, part: int = 1) -> Cell:
    """Ask a provider for everything (a *part*-th of it), and see how long that takes."""
    per_s, number = RATES[rate]
    chance = random.Random(1)  # noqa: S311  seeded
    latencies_s = [latency_s * math.exp(SPREAD * chance.gauss(0, 1)) for _ in range(number // part)]
    best_s = ideal_s(RULES[rule](per_s, latency_s), latencies_s, at_once=AT_ONCE)
    referee, clock = RULES[rule](per_s, latency_s), FakeClock(1, most_wakes=10**9)
    answered = refused = unheard = 0
    heard_s = math.inf

    async def ask() -> None:
        nonlocal answered, refused, unheard, heard_s
        again = False
        while True:
            with await governor.admit(1, again=again) as slot:
                slot.sent()
                wait_s = referee.free_s(clock.monotonic())
                if not wait_s:
                    referee.come(clock.monotonic())
                    took_s = latencies_s[answered]
                    answered += 1
                    await clock.sleep(took_s)
                    referee.end()
                    slot.ended(GOOD, limits=told(says, referee, per_s, clock.monotonic()))
                    return
                if clock.monotonic() < heard_s:
                    unheard += 1
                else:
                    refused += 1
                limits = told(says, referee, per_s, clock.monotonic(), wait_s)
                await clock.sleep(REFUSAL_S)
                heard_s = min(heard_s, clock.monotonic())
                slot.ended(CONGESTED, limits=limits)
            again = True

    async with (
        Governor("x:y", clock=clock, concurrency=AT_ONCE) as governor,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in latencies_s:
            tasks.create_task(ask())
    wasted = refused / (refused + answered)
    return Cell(rate, rule, latency_s, clock.monotonic() / best_s, unheard, wasted)


def told(
    says: str, referee: Referee, per_s: float, now_s: float, wait_s: float | None = None
) -> Limits:
    """What the headers of a reply say; where a request has to end first, to wait a second."""
    if says == "nothing":
        return Limits()
    asked_s = 1.0 if wait_s == math.inf else wait_s
    if says != "everything" or isinstance(referee, InFlight):
        return Limits(wait_s=asked_s)
    left = math.floor(referee.remaining(now_s))
    return Limits(requests=Limit(per_s * 60, left), wait_s=asked_s)


def chosen(says: str) -> Iterator[tuple[str, str, str, float]]:
    """All providers that say as much."""
    return ((says, rate, rule, s) for rate in RATES for rule in RULES for s in LATENCIES_S)


async def row(says: str, *, quick: bool) -> list[Figure]:
    """The worst of all providers that say as much."""
    which = list(chosen(says))
    cells = [await tried(*each, part=10) for each in which[::9]] if quick else []
    cells = cells or [await tried(*each) for each in which]
    slowest = max(cells, key=lambda cell: cell.over_ideal)
    worst = max(cells, key=lambda cell: cell.wasted)
    first = max(cells, key=lambda cell: cell.unheard)
    return [
        Figure(f"told {says}: time / ideal, the worst", AT_MOST, 1.45,
               Measured((slowest.over_ideal,), named(slowest))),
        Figure(f"told {says}: refused before one was heard, the most", AT_MOST, 200.0,
               Measured((float(first.unheard),), named(first))),
        Figure(f"told {says}: % refused after that, the worst", AT_MOST, 5.0,
               Measured((worst.wasted * 100,), named(worst))),
    ]  # fmt: skip


def named(cell: Cell) -> str:
    """Which provider it was."""
    return f"{cell.rate}, {cell.rule}, {cell.latency_s:g} s"


ROWS: dict[str, Row] = {says: partial(row, says) for says in SAYS}


async def table(only: list[str]) -> None:
    """Print all cells: ratio, waste in %, and refused at first."""
    for says in only or SAYS:
        print(f"told {says:<23}" + "".join(f"{s:>14g} s" for s in LATENCIES_S))
        for rate in RATES:
            for rule in RULES:
                cells = [await tried(says, rate, rule, s) for s in LATENCIES_S]
                line = "".join(
                    f"{c.over_ideal:6.2f} {c.wasted * 100:4.1f}%{c.unheard:4}" for c in cells
                )
                print(f"  {rate:<9}{rule:<17}  {line}", flush=True)


if __name__ == "__main__":
    if "--table" in sys.argv:
        asyncio.run(table([arg for arg in sys.argv[1:] if arg in SAYS]))
    else:
        measure("How near to ideal the governor comes.", ROWS)
