"""The command line of a bench: rows of figures, as text or as JSON."""

import argparse
import asyncio
import json
import os
import platform
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from _figures import Figure
from tallysheet.pipeline import look_rarely

Row = Callable[..., Coroutine[None, None, list[Figure]]]
"""Called with ``quick=``: much less of everything."""


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def busy_s() -> tuple[float, float]:
    """Seconds of CPU so far, where Linux tells: of the whole machine; of this bench."""
    ours = sum(os.times()[:4])
    try:
        row = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return ours, ours
    user, nice, system, _idle, _waiting, *interrupts = map(int, row.split()[1:9])
    ticks = user + nice + system + sum(interrupts)
    return ticks / os.sysconf("SC_CLK_TCK"), ours


def measure(about: str, rows: Mapping[str, Row], *, full: Mapping[str, Row] | None = None) -> None:
    """Measure, and print a block a figure as soon as it is known, or JSON at the end.

    All ways alike run with the thresholds of Python's garbage collector that `tallysheet run`
    sets: with thousands of tasks in flight its own take a quarter of the time for nothing.

    Args:
        about: One sentence.
        rows: By name.
        full: Those that take their place with ``--full``.
    """
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--json", action="store_true", help="print JSON")
    options.add_argument("--quick", action="store_true", help="much less of everything; no verdict")
    options.add_argument("--only", choices=rows, help="one row")
    if full:
        options.add_argument("--full", action="store_true", help="more, which takes longer")
    chosen = options.parse_args()
    if full and chosen.full:
        rows = {**rows, **full}
    look_rarely()
    facts = machine()
    before, began_s = busy_s(), time.monotonic()
    if not chosen.json:
        load = " ".join(f"{average:.1f}" for average in os.getloadavg())
        print(f"{facts['cores']} cores, Python {facts['python']}, {facts['system']}, load {load}")
    found: list[tuple[str, Figure]] = []
    for row in [chosen.only] if chosen.only else rows:
        for figure in asyncio.run(rows[row](quick=chosen.quick)):
            found.append((row, figure))
            if not chosen.json:
                print("", *figure.lines(judged=not chosen.quick), sep="\n", flush=True)
    took_s = time.monotonic() - began_s
    all_s, ours_s = (now - then for now, then in zip(busy_s(), before, strict=True))
    facts["cores_taken_by_others"] = round(max(0.0, all_s - ours_s) / took_s, 2)
    if chosen.json:
        figures = [figure.as_json(row, judged=not chosen.quick) for row, figure in found]
        print(json.dumps({"machine": facts, "quick": chosen.quick, "figures": figures}, indent=2))
    else:
        met = sum(figure.is_met for _, figure in found)
        verdict = "" if chosen.quick else f"{met} of {len(found)} met. "
        others = f"Others took {facts['cores_taken_by_others']} of {facts['cores']} cores meanwhile"
        print(f"\n{verdict}{others}; {took_s:.0f} s.")
