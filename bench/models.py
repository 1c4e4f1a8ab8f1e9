"""What reading invoices with a model achieves, beside the usual ways, in one run.

The model is `tallysheet.testing.llm_server` in a process of its own, whose answers take
2 s: nine of ten of them between 1.3 and 3 s, the slowest of 1,000 some 4.5 s. Every
measurement is a fresh process. Every repetition draws other answers: how long a few of them
take would else be decided by whether the slowest call is an early or a late one. The
invoices are real PDFs of one page. The rows:

calls   1,000 questions at once to the client alone, beside the usual clients: the time
        over the slowest call, CPU a call, requests in flight at the server.
runs    `tallysheet.run` from the source to the manifest, on a store at a distance of
        20 ms a GET and 40 ms a PUT: the time over the ideal; how late the event loop
        is; whether more invoices take more memory.

Ideal is what no run can beat: the slowest call; or all calls together, divided by how
many may go at a time; or all CPU time of the run, divided by the cores; the largest of
these. The calls are as long as the server saw them. It leaves out that the last invoice
has to be parsed before its call, and that the server and our own process need the same
cores. The time runs from the first listing to the last answer of the store; the probe of
a new store, before that, is left out.

The usual ways have the texts of the PDFs beforehand (docket-idp parses them itself), and
only the lock writes down what became of each invoice. They are stopped after some
seconds; ``>`` says that the figure would have become worse. What is not installed is
left out: pip install openai async-batch-llm docket-idp

Other work on the machine shows in all figures: mind the load.

    python bench/models.py [--json] [--quick] [--full] [--only ROW]
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from _figures import AT_LEAST, AT_MOST, Figure, Measured
from _models_ways import NEEDED, version_of
from _program import Row, measure

CHILD = Path(__file__).with_name("_models_child.py")
LATENCY_S, QUICK_LATENCY_S = 2.0, 0.2
SPREAD = 0.25
"""Of the logarithm."""
USUAL_WITHIN_S = 15.0
OURS_WITHIN_S = 600.0
CLIENTS = ("openai SDK", "async-batch-llm")
CORES = len(os.sched_getaffinity(0))
MS = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """One way has read so many invoices, or was stopped.

    Attributes:
        count: How many there were.
        at_once: How many calls could be under way.
        told: What its process found of itself; nothing if it was stopped.
        calls_s: What each call took, at the server.
        most: The most calls in flight there.
    """

    count: int
    at_once: int
    told: Mapping[str, float]
    calls_s: Sequence[float]
    most: int

    @property
    def ideal_s(self) -> float:
        """The time that no run can beat."""
        calls_s = sum(self.calls_s) / self.at_once
        cpu_s = self.told.get("children_cpu_s", 0.0) + self.told.get("cpu_s", 0.0)
        return max(*self.calls_s, calls_s, cpu_s / CORES)

    @property
    def over_ideal(self) -> float:
        """The time over that; of one that was stopped, the time until then."""
        return self.told.get("wall_s", USUAL_WITHIN_S) / self.ideal_s

    @property
    def cpu_ms(self) -> float:
        """CPU time of its own process, an invoice."""
        return self.told["cpu_s"] / self.count * MS


async def read(
    way: str,
    count: int,
    at_once: int,
    *,
    quick: bool,
    within_s: float = OURS_WITHIN_S,
    seed: int = 1,
) -> Reading:
    """Let one way read so many invoices, in a fresh process, from a fresh server."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        async with served(log, QUICK_LATENCY_S if quick else LATENCY_S, seed) as url:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, str(CHILD), way, str(count), str(at_once), url), stdout=PIPE
            )
            assert child.stdout is not None
            told: dict[str, float] = {}
            try:
                async with asyncio.timeout(within_s):
                    told = json.loads(await child.stdout.read())
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()
        visits = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    calls_s = [visit["left_s"] - visit["arrived_s"] for visit in visits]
    return Reading(count, at_once, told, calls_s, max(visit["in_flight"] for visit in visits))


async def repeated(way: str, count: int, repeats: int, *, quick: bool) -> list[Reading]:
    """Let one way read so many at once, from another seed each time."""
    seeds = range(1, repeats + 1)
    return [await read(way, count, count, quick=quick, seed=seed) for seed in seeds]


@asynccontextmanager
async def served(log: Path, latency_s: float, seed: int = 1) -> AsyncIterator[str]:
    """A model in a process of its own, and its address."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tallysheet.testing.llm_server"),
        *("--latency", str(latency_s), "--spread", str(SPREAD)),
        *("--seed", str(seed), "--log", str(log)),
        stdout=PIPE,
    )
    assert server.stdout is not None
    try:
        yield json.loads(await server.stdout.readline())["openai"]
    finally:
        server.send_signal(signal.SIGTERM)
        await server.wait()


async def calls(*, quick: bool) -> list[Figure]:
    """The client alone, beside the usual ones."""
    count, repeats = (20, 1) if quick else (1_000, 3)
    ours = await repeated("client", count, repeats, quick=quick)
    others = await usual(count, CLIENTS, quick=quick)
    ended = {way: each for way, each in others.items() if each.told}
    what = f"{count:,} model calls at once"
    return [
        Figure(f"{what}: wall / slowest call", AT_MOST, 1.25,
               Measured(tuple(each.over_ideal for each in ours)), over_ideal(others)),
        Figure(f"{what}: ms of client CPU a call", AT_MOST, 1.0,
               Measured(tuple(each.cpu_ms for each in ours)),
               {way: Measured((each.cpu_ms,)) for way, each in ended.items()}),
        Figure(f"{what}: most in flight at the server", AT_LEAST, count * 0.95,
               Measured(tuple(each.most for each in ours)),
               {way: Measured((each.most,)) for way, each in others.items()}),
    ]  # fmt: skip


async def runs(*, quick: bool, most: int = 4_000) -> list[Figure]:
    """Whole runs: time, lag of the event loop, memory."""
    few, many, most, some = (4, 20, 40, 4) if quick else (100, 1_000, most, 100)
    repeats, more_often = (1, 1) if quick else (3, 7)
    figures = []
    small = await repeated("tallysheet", few, more_often, quick=quick)
    others = await usual(few, ("asyncio.Lock", *NEEDED), quick=quick)
    figures.append(over_figure(1.10, small, others))
    large = await repeated("tallysheet", many, repeats, quick=quick)
    others = await usual(many, ("asyncio.Lock", *CLIENTS), quick=quick)
    figures.append(over_figure(1.25, large, others))
    figures.append(over_figure(1.25, [await read("tallysheet", many, some, quick=quick)], {}))
    larger = await read("tallysheet", most, many, quick=quick)
    figures.append(over_figure(1.25, [larger], {}))
    late = [each.told["late_p99_s"] * MS for each in large]
    own = max(each.told["late_own_p99_s"] for each in large) * MS
    longest = max(each.told["late_most_s"] for each in large) * MS
    note = f"{own:.0f} by our own computing; longest {longest:.0f}"
    figures.append(
        Figure(f"{many:,} invoices at once: ms the loop is late, p99", AT_MOST, 20,
               Measured(tuple(late), note))
    )  # fmt: skip
    usual_mb = max(each.told["memory_mb"] for each in large)
    note = f"{usual_mb:.0f} MB, then {larger.told['memory_mb']:.0f} MB"
    figures.append(
        Figure(f"memory for {most:,} invoices / for {many:,}", AT_MOST, 1.2,
               Measured((larger.told["memory_mb"] / usual_mb,), note))
    )  # fmt: skip
    return figures


def over_figure(asked: float, ours: Sequence[Reading], others: Mapping[str, Reading]) -> Figure:
    """How much longer than ideal a run takes."""
    count, at_once = ours[0].count, ours[0].at_once
    pace = "at once" if at_once == count else f"{at_once:,} at a time"
    cpu_ms = max(each.cpu_ms for each in ours)
    note = f"{cpu_ms:.1f} ms of CPU each beyond parsing"
    measured = Measured(tuple(each.over_ideal for each in ours), note)
    what = f"{count:,} invoices, {pace}: wall / ideal"
    return Figure(what, AT_MOST, asked, measured, over_ideal(others))


async def usual(count: int, ways: Sequence[str], *, quick: bool) -> dict[str, Reading]:
    """What the usual ways make of it, those that are installed."""
    return {
        way: await read(way, count, count, quick=quick, within_s=USUAL_WITHIN_S)
        for way in ways
        if way not in NEEDED or version_of(way)
    }


def over_ideal(others: Mapping[str, Reading]) -> dict[str, Measured]:
    """How much longer than ideal the usual ways take."""
    return {way: _over(way, each) for way, each in others.items()}


def _over(way: str, reading: Reading) -> Measured:
    version = version_of(way) if way in NEEDED else ""
    answered = len(reading.calls_s)
    stopped = "" if reading.told else f"stopped; {answered:,} calls"
    note = " ".join(filter(None, (version, stopped)))
    return Measured((reading.over_ideal,), note, beyond=not reading.told)


ROWS: dict[str, Row] = {"calls": calls, "runs": runs}

if __name__ == "__main__":
    measure(
        "What reading invoices with a model achieves.",
        ROWS,
        full={"runs": partial(runs, most=10_000)},
    )
