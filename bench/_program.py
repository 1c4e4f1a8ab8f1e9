"""The command line of a bench: rows of figures, as text or as JSON."""

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Callable, Coroutine, Mapping

from _figures import Figure

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


def measure(about: str, rows: Mapping[str, Row], *, full: Mapping[str, Row] | None = None) -> None:
    """Measure, and print a block a figure as soon as it is known, or JSON at the end.

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
    facts = machine()
    if not chosen.json:
        load = " ".join(f"{average:.1f}" for average in os.getloadavg())
        print(f"{facts['cores']} cores, Python {facts['python']}, {facts['system']}, load {load}")
    found: list[tuple[str, Figure]] = []
    for row in [chosen.only] if chosen.only else rows:
        for figure in asyncio.run(rows[row](quick=chosen.quick)):
            found.append((row, figure))
            if not chosen.json:
                print("", *figure.lines(judged=not chosen.quick), sep="\n", flush=True)
    if chosen.json:
        figures = [figure.as_json(row, judged=not chosen.quick) for row, figure in found]
        print(json.dumps({"machine": facts, "quick": chosen.quick, "figures": figures}, indent=2))
    elif not chosen.quick:
        met = sum(figure.is_met for _, figure in found)
        print(f"\n{met} of {len(found)} met. Load at the end: {os.getloadavg()[0]:.1f}")
