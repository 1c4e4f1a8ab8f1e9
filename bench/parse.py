"""What reading PDFs in child processes achieves, beside the bare engine in one process.

The invoices are real PDFs of one page with some thousand characters. The bare engine is
pdfium, opening each and making words with boxes of its characters in the plainest loop; ours
puts them in reading order, looks for hidden text, writes the page as a model reads it, and
sends it all through a pipe to the process of the event loop. The rows:

pages   pages a second through the pool with one child and with two, beside the engine; the
        CPU time of a page; how late the event loop is while all children are busy.
first   how long the first document takes from a standing start, and then the next ones.
scans   scanned pages a minute, by OCR; left out where that is not installed.

Both are warm when the clock starts. Other work on the machine shows in all figures, most in
those of two children on two cores: mind the load.

    python bench/parse.py [--json] [--quick] [--only ROW]
"""

import asyncio
import io
import json
import resource
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))

from _figures import AT_LEAST, AT_MOST, Figure, Measured
from _lag import Lag
from _models_stores import Invoices
from _program import Row, measure
from _ways import CLOCK
from tallysheet.parse import MODULES, Pool, parse

ENGINE = Path(__file__).with_name("_parse_engine.py")
AT_ONCE = 4
"""Documents a child that are under way: it never waits for the next one."""
SCAN_DPI = 150
LIMIT_S = 120.0
MS = 1000


async def pages(*, quick: bool) -> list[Figure]:
    """Pages a second, CPU time a page, lag of the event loop."""
    count, repeats = (20, 1) if quick else (2_000, 3)
    shares: dict[int, list[float]] = {1: [], 2: []}
    engine_pps, cpu_ms, engine_ms, own_ms = [], [], [], []
    late: list[Lag] = []
    for _ in range(repeats):
        engine = await bare(count)
        engine_pps.append(count / engine["wall_s"])
        engine_ms.append(engine["cpu_s"] / count * MS)
        for workers, into in shares.items():
            wall_s, children_s, own_s, lag = await through_pool(count, workers)
            into.append(count / wall_s / workers / engine_pps[-1])
            if workers == 1:
                cpu_ms.append(children_s / count * MS)
                own_ms.append(own_s / count * MS)
            else:
                late.append(lag)
    best = max(engine_pps)
    note = f"{best:,.0f} pages a second, {min(engine_ms):.1f} ms of CPU each"
    bare_engine = {"bare engine": Measured((1.0,), note)}
    p50, p99, most = (max(at(lag) for lag in late) * MS for at in (_p50, _p99, _longest))
    return [
        Figure("pages a second, 1 child / bare engine", AT_LEAST, 0.85,
               Measured(tuple(shares[1])), bare_engine),
        Figure("pages a second a child, 2 children / bare engine", AT_LEAST, 0.85,
               Measured(tuple(shares[2])), bare_engine),
        Figure("ms of CPU a page in the child, its start included", AT_MOST, 3.0,
               Measured(tuple(cpu_ms), f"and {min(own_ms):.2f} in our own process"),
               {"bare engine": Measured(tuple(engine_ms))}),
        Figure("2 busy children: ms the loop is late, p99", AT_MOST, 20,
               Measured(tuple(_p99(lag) * MS for lag in late),
                        f"p50 {p50:.1f}, p99 {p99:.1f}, longest {most:.0f}")),
    ]  # fmt: skip


async def first(*, quick: bool) -> list[Figure]:
    """The first document, and those behind it."""
    source = Invoices(50)
    cold_s, warm_s = [], []
    for _ in range(1 if quick else 5):
        started_s = CLOCK.monotonic()
        async with Pool(1, clock=CLOCK, modules=MODULES) as pool:
            await parse(source.pdf(0), offload=pool)
            cold_s.append(CLOCK.monotonic() - started_s)
            for number in range(1, 20):
                started_s = CLOCK.monotonic()
                await parse(source.pdf(number), offload=pool)
                warm_s.append(CLOCK.monotonic() - started_s)
    return [
        Figure("ms until the first document is read, child started for it", AT_MOST, 1_000,
               Measured(tuple(each * MS for each in cold_s))),
        Figure("ms until a document is read by a child that is there", AT_MOST, 10,
               Measured(tuple(each * MS for each in warm_s))),
    ]  # fmt: skip


async def scans(*, quick: bool) -> list[Figure]:
    """Pages that are pictures."""
    if find_spec("rapidocr") is None:
        return []
    count = 1 if quick else 8
    source = Invoices(count)
    documents = [scanned(source.pdf(number)) for number in range(count)]
    async with Pool(2, limit_s=LIMIT_S, clock=CLOCK) as pool:
        await drain(pool, documents[:1] * 2)
        started_s = CLOCK.monotonic()
        await drain(pool, documents)
        wall_s = CLOCK.monotonic() - started_s
    return [
        Figure("scanned pages a minute, 2 children", AT_LEAST, 8, Measured((count / wall_s * 60,)))
    ]


async def through_pool(count: int, workers: int) -> tuple[float, float, float, Lag]:
    """Seconds on the wall, CPU seconds of the children and of our own, and the lag."""
    source, lag = Invoices(count), Lag()
    began_s = _children_s()
    async with Pool(workers, clock=CLOCK, modules=MODULES) as pool:
        await drain(pool, [source.pdf(0)] * (2 * workers))
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(lag.watch())
            cpu_s, started_s = time.process_time(), CLOCK.monotonic()
            await drain(pool, map(source.pdf, range(count)))
            wall_s, cpu_s = CLOCK.monotonic() - started_s, time.process_time() - cpu_s
            watching.cancel()
    return wall_s, _children_s() - began_s, cpu_s, lag


async def drain(pool: Pool, documents: Iterable[bytes]) -> None:
    """Have every one of *documents* read, and see that each has words."""
    left: Iterator[bytes] = iter(documents)

    async def take() -> None:
        for data in left:
            parsed = await parse(data, offload=pool)
            assert all(page.words for page in parsed.pages), parsed.warnings

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE * pool.workers):
            tasks.create_task(take())


async def bare(count: int) -> dict[str, float]:
    """The engine alone, in a fresh process."""
    command = (sys.executable, str(ENGINE), str(count))
    child = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    told, _ = await child.communicate()
    found: dict[str, float] = json.loads(told)
    return found


def scanned(data: bytes) -> bytes:
    """The same document as a scanner would make it: pictures of its pages."""
    import pypdfium2

    with pypdfium2.PdfDocument(data) as pdf:
        shown = [page.render(scale=SCAN_DPI / 72).to_pil().convert("RGB") for page in pdf]
    into = io.BytesIO()
    shown[0].save(into, "PDF", resolution=SCAN_DPI, save_all=True, append_images=shown[1:])
    return into.getvalue()


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _p50(lag: Lag) -> float:
    return quantiles(lag.seen_s, n=100)[49]


def _p99(lag: Lag) -> float:
    return quantiles(lag.seen_s, n=100)[98]


def _longest(lag: Lag) -> float:
    return max(lag.seen_s)


ROWS: dict[str, Row] = {"pages": pages, "first": first, "scans": scans}

if __name__ == "__main__":
    measure("What reading PDFs in child processes achieves.", ROWS)
