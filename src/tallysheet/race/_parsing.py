"""The CPU half of the lesson: the same run with a PDF parsed for every invoice.

On the loop, all calls to the model wait while one page is parsed. In a thread they
wait less, but Python runs one thread at a time, pdfium bears no second one, and a
hostile file still takes the whole process down. In child processes the loop is free.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from tallysheet.errors import one_error
from tallysheet.parse import Pool, parse
from tallysheet.ports import Clock, Offload, Worked
from tallysheet.testing import Inline

PAGES = 2
LINES = 40
LOOK_S = 0.005
"""How often the loop's lag is measured."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of parsing in one of `PARSERS`."""

    where: str
    invoices: int
    pages: int
    parsing_s: float
    """From the start until the last page was parsed."""
    wall_s: float
    """From the start until the last call to the model was over."""
    slowest_s: float
    """The longest call to the model."""
    lag_p50_s: float
    lag_p99_s: float
    lag_max_s: float
    """How much later than asked for the loop woke somebody up."""
    why: str

    @property
    def pages_per_s(self) -> float:
        """Pages parsed in a second, as long as there were any."""
        return self.pages / self.parsing_s

    @property
    def ratio(self) -> float | None:
        """Wall time over the slowest call; none where no call takes any time."""
        return self.wall_s / self.slowest_s if self.slowest_s else None


@dataclass(frozen=True, slots=True)
class Parser:
    """Where one parses."""

    open: Callable[[Clock, int], AbstractAsyncContextManager[Offload]]
    why: str


class _Thread:
    """`run_in_executor`, with one thread: pdfium is not safe in two."""

    def __init__(self, clock: Clock, executor: ThreadPoolExecutor) -> None:
        self._clock = clock
        self._executor = executor

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Do it there."""
        started = self._clock.monotonic()
        done = await asyncio.get_running_loop().run_in_executor(self._executor, work, data)
        return Worked(done, self._clock.monotonic() - started)


@asynccontextmanager
async def _on_the_loop(clock: Clock, workers: int) -> AsyncIterator[Offload]:
    del clock, workers
    yield Inline()


@asynccontextmanager
async def _in_a_thread(clock: Clock, workers: int) -> AsyncIterator[Offload]:
    del workers
    with ThreadPoolExecutor(1) as executor:
        yield _Thread(clock, executor)


@asynccontextmanager
async def _in_children(clock: Clock, workers: int) -> AsyncIterator[Offload]:
    async with Pool(workers, limit_s=30.0, memory_mb=768, clock=clock) as pool:
        yield pool


PARSERS: Mapping[str, Parser] = {
    "on the loop": Parser(
        _on_the_loop,
        "While one page is parsed nothing else goes on: no call to a model is sent, no answer"
        " is heard.",
    ),
    "in a thread": Parser(
        _in_a_thread,
        "The loop gets its turns, but late, since Python runs one thread at a time; and a hostile"
        " file still ends the whole program.",
    ),
    "in children": Parser(
        _in_children,
        "The loop is free, all cores work, and a hostile file ends one child process and no more.",
    ),
}
"""From the plainest to ours."""


def _untold() -> None:
    """Tell nobody."""


async def parse_race(
    where: str,
    *,
    invoices: int,
    call_s: tuple[float, float],
    workers: int,
    clock: Clock,
    done: Callable[[], None] = _untold,
) -> Parsed:
    """Parse one PDF an invoice in one of `PARSERS`, then wait for a call to a model.

    Args:
        where: Its name.
        invoices: How many, all at once.
        call_s: Seconds that a call to the model takes, at least and at most.
        workers: Child processes.
        clock: Waits, and measures.
        done: Called after each invoice.
    """
    parser = PARSERS[where]
    data = invoice_pdf(PAGES, LINES)
    least, most = call_s
    waits = [least + (most - least) * at / max(1, invoices - 1) for at in range(invoices)]
    parsing_s = 0.0
    lags: list[float] = []
    async with parser.open(clock, workers) as offload:
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                for _ in range(workers):  # so that libraries are loaded before the start
                    tasks.create_task(parse(data, offload=offload))
        started = clock.monotonic()

        async def one(wait_s: float) -> None:
            nonlocal parsing_s
            await parse(data, offload=offload)
            parsing_s = clock.monotonic() - started
            await clock.sleep(wait_s)
            done()

        with one_error():
            async with asyncio.TaskGroup() as looking:
                look = looking.create_task(_look(lags, clock))
                async with asyncio.TaskGroup() as tasks:
                    for wait_s in waits:
                        tasks.create_task(one(wait_s))
                look.cancel()
        wall_s = clock.monotonic() - started
    lags.sort()
    p50, p99 = (lags[len(lags) * part // 100] if lags else 0.0 for part in (50, 99))
    top = lags[-1] if lags else 0.0
    pages = invoices * PAGES
    times = (parsing_s, wall_s, waits[-1], p50, p99, top)
    return Parsed(where, invoices, pages, *times, parser.why)


async def _look(lags: list[float], clock: Clock) -> None:
    """Write down, until cancelled, how late the loop is."""
    while True:
        due_s = clock.monotonic() + LOOK_S
        await clock.sleep(LOOK_S)
        lag_s = clock.monotonic() - due_s
        # Who was due meanwhile was late, too: else one long stall would count once.
        while lag_s > 0:
            lags.append(lag_s)
            lag_s -= LOOK_S


def invoice_pdf(pages: int, lines: int) -> bytes:
    """A plain PDF of so many pages with so many lines each: enough to give a parser some work."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in range(pages):
        text = [
            f"({page * lines + at:05} Part no. {at} blue, 2 pieces, 12.50 25.00) Tj T*"
            for at in range(lines)
        ]
        content = "\n".join(["BT /F1 9 Tf 11 TL 40 800 Td", *text, "ET"]).encode("ascii")
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            b" /Resources << /Font << /F1"
            b" << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
            b" /Contents %d 0 R >>" % (len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    children = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (children, pages)
    file = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(file)
