"""Rows about invoices whose model calls all begin at once."""

import asyncio
from collections.abc import Sequence

from _figures import AT_MOST, Figure, Measured
from _ways import CLOCK, USUAL, Opening, far, keys_of, ours
from tallysheet.manifest import Claim, Outcome
from tallysheet.model import Status

ASKED = {100: 1.05, 1_000: 1.06, 10_000: 1.15}
"""By invoices: the wall time over the slowest call."""

GOLDEN = 0.6180339887
"""Its multiples, without the whole part, fill the span from 0 to 1 evenly, in no visible order."""

USUAL_DOCUMENTS = 100
USUAL_WITHIN_S = 10.0
"""Enough for 100 invoices; with more, the usual ways are stopped."""


async def invoices(*, quick: bool) -> list[Figure]:
    """The wall time over the slowest call, for 100, 1,000 and 10,000 invoices."""
    figures = []
    for asked_for, asked in ASKED.items():
        count = asked_for // 50 if quick else asked_for
        scale = 0.1 if quick else 1.0
        calls = [scale * (2 + number * GOLDEN % 1) for number in range(count)]
        measured = Measured(tuple([await _ours(calls) for _ in range(1 if quick else 3)]))
        within_s = 1.0 if quick else USUAL_WITHIN_S
        others = {name: await _usual(opening, calls, within_s) for name, opening in USUAL.items()}
        what = f"{count:,} invoices at once: wall / slowest call"
        figures.append(Figure(what, AT_MOST, asked, measured, others))
    return figures


async def _ours(calls_s: Sequence[float]) -> float:
    """Claim all, call all at once, finish each; return wall time over slowest call."""
    async with ours(far(), keys_of(len(calls_s))) as way:

        async def read(claim: Claim, call_s: float) -> None:
            await CLOCK.sleep(call_s)
            await way.manifest.finish(claim, Outcome(Status.DONE, cost_usd=0.001))

        started = CLOCK.monotonic()
        claims = await way.manifest.claim(limit=len(calls_s))
        async with asyncio.TaskGroup() as tasks:
            for claim, call_s in zip(claims, calls_s, strict=True):
                tasks.create_task(read(claim, call_s))
        wall_s = CLOCK.monotonic() - started
        await way.manifest.refresh()
        assert way.manifest.counts == {Status.DONE: len(calls_s)}
    return wall_s / max(calls_s)


async def _usual(opening: Opening, calls_s: Sequence[float], within_s: float) -> Measured:
    """Call all at once, update after each, as long as there is time."""
    keys, told = keys_of(USUAL_DOCUMENTS), 0
    async with opening(far(), keys) as way:

        async def read(number: int, call_s: float) -> None:
            nonlocal told
            await CLOCK.sleep(call_s)
            await way.count(keys[number % len(keys)])
            told += 1

        started, is_stopped = CLOCK.monotonic(), False
        try:
            async with asyncio.timeout(within_s), asyncio.TaskGroup() as tasks:
                for number, call_s in enumerate(calls_s):
                    tasks.create_task(read(number, call_s))
        except TimeoutError:
            is_stopped = True
        wall_s = CLOCK.monotonic() - started
    note = f"stopped: {told:,} of {len(calls_s):,} recorded" if is_stopped else ""
    return Measured((wall_s / max(calls_s),), note, beyond=is_stopped)
