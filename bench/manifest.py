"""What the manifest achieves, beside the usual ways, in one run.

Unless a row says otherwise: one process, a store in memory that is put at a distance
of 20 ms a GET and 40 ms a PUT, three repetitions, of which the median is judged
and the lowest and highest are printed. The rows:

invoices   100, 1,000 and 10,000 model calls of 2 to 3 s begin at once; each ends in one
           update. The time from the first claim to the last answer, over the slowest call.
           Ours claims all documents first; the usual ways have no claims, and do not.
updates    5,000 hands update 100,000 records without a break: updates a second.
answers    1,000 hands do so: how long an update waits for its answer, in units of the 40 ms
           of a PUT, and how many requests of any kind 1,000 updates take.
million    A manifest of 1,000,000 records of 200 bytes in a folder (and the same distance):
           bytes written per update (1,000 hands; merges in the background included), time
           to open it, and the most memory that the fresh process which did so ever had.
processes  8 processes of 250 hands on one manifest on a real SeaweedFS on this machine,
           with no distance: whether every update is there exactly once, and the share of
           the least busy process in the mean.

The usual ways: read, modify, write the one object under an ``asyncio.Lock``; and by
compare-and-swap, one update a PUT, with random pauses. They are stopped after some
seconds; ``>`` and ``<`` say that the figure would have become worse. Their object holds
a number a document and nothing else, and of at most 100 documents where thousands of
hands would drown in parsing it: that is to their advantage.

Every row of ours ends with a count: each update changes a number in its record, and the
sum must be the number of updates, or the bench fails.

Whatever else the machine does makes all figures worse, but for requests and bytes: how
much of it others took meanwhile is printed last.

    python bench/manifest.py [--json] [--quick] [--only ROW]
"""

import argparse
import asyncio
import json
import os
import platform
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from _figures import Figure
from _invoices import invoices
from _million import a_million_records
from _processes import processes
from _updates import acknowledgements, updates_a_second

ROWS: dict[str, Callable[..., Coroutine[None, None, list[Figure]]]] = {
    "invoices": invoices,
    "updates": updates_a_second,
    "answers": acknowledgements,
    "million": a_million_records,
    "processes": processes,
}


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def busy_s() -> tuple[float, float]:
    """Seconds of CPU since the start, where Linux tells: of the whole machine; of this bench."""
    ours = sum(os.times()[:4])
    try:
        row = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return ours, ours
    user, nice, system, _idle, _waiting, *interrupts = map(int, row.split()[1:9])
    ticks = user + nice + system + sum(interrupts)
    return ticks / os.sysconf("SC_CLK_TCK"), ours


def main() -> None:
    """Measure, and print a block a figure as soon as it is known, or JSON at the end."""
    options = argparse.ArgumentParser(description="What the manifest achieves.")
    options.add_argument("--json", action="store_true", help="print JSON")
    options.add_argument("--quick", action="store_true", help="much less of everything; no verdict")
    options.add_argument("--only", choices=ROWS, help="one row")
    chosen = options.parse_args()
    facts = machine()
    before, began_s = busy_s(), time.monotonic()
    if not chosen.json:
        load = " ".join(f"{average:.1f}" for average in os.getloadavg())
        print(f"{facts['cores']} cores, Python {facts['python']}, {facts['system']}, load {load}")
    found: list[tuple[str, Figure]] = []
    for row in [chosen.only] if chosen.only else ROWS:
        for figure in asyncio.run(ROWS[row](quick=chosen.quick)):
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


if __name__ == "__main__":
    main()
