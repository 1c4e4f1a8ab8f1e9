"""What a large batch takes on one machine, in one run.

So many small PDFs stand in a real S3 server (SeaweedFS) on this machine; a model answers
in a process of its own, after 1 s, the slowest of 1,000 after some 2.2 s. One process runs
`tallysheet.run` over them, in the way of the command; then the commands that look at a batch
look at this one, each in a fresh process. The server, the model and the run need the same
cores, so documents a second say little about other machines. CPU time says more:

parent    the process of the run: it lists, hashes, asks, stores, commits
children  those that parse, cite and validate
store     SeaweedFS: no part of us; with a bucket it is somewhere else
model     the model: no part of us, either

    python bench/scale.py [--json] [--quick] [--full] [--only ROW]

``--full`` reads 100,000 in the place of 10,000: an hour on two cores.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from _figures import AT_LEAST, AT_MOST, Figure, Measured
from _program import Row, measure
from _scale_looks import LOOKS, Looked, look
from _scale_servers import fill, served

CHILD = Path(__file__).with_name("_scale_child.py")
LATENCY_S, SPREAD = 1.0, 0.25
CONCURRENCY = 256
MS, KB = 1000, 1024


async def batch(*, quick: bool, count: int = 10_000) -> list[Figure]:
    """One run from the source to the manifest, then each command on what it left."""
    count = 60 if quick else count
    async with served(LATENCY_S / 10 if quick else LATENCY_S, SPREAD) as servers:
        source, out = f"{servers.store}/source", f"{servers.store}/batch"
        await fill(source, count)
        before_s = servers.cpu_s()
        took = await _ran(source, out, count, servers.model)
        spent_s = [now - then for now, then in zip(servers.cpu_s(), before_s, strict=True)]
        looks = {command: await look(command, source=source, batch=out) for command in LOOKS}
    what = f"{count:,} PDFs"
    return [*_figures(what, count, took, spent_s), *_look_figures(what, looks)]


def _figures(what: str, count: int, took: dict[str, Any], spent_s: Sequence[float]) -> list[Figure]:
    def each_ms(cpu_s: float) -> Measured:
        return Measured((cpu_s / count * MS,))

    megabytes = took["resident_mb"]
    over_time = " ".join(f"{mb:.0f}" for mb in megabytes)
    requests = took["gets"] + took["puts"] + took["others"]
    asked = f"{took['gets'] / count:.2f} GET, {took['puts'] / count:.2f} PUT"
    read, written = (took[f"bytes_{way}"] / count / KB for way in ("read", "written"))
    return [
        Figure(f"{what}: documents a second", AT_LEAST, 10,
               Measured((count / took["wall_s"],),
                        f"{took['wall_s']:.0f} s; listed after {took['listed_s']:.0f} s")),
        Figure(f"{what}: ms of CPU each, parent", AT_MOST, 5,
               Measured((took["cpu_s"] / count * MS,),
                        f"of which {took['loop_cpu_s'] / count * MS:.2f} its event loop")),
        Figure(f"{what}: ms of CPU each, children", AT_MOST, 20, each_ms(took["children_cpu_s"])),
        Figure(f"{what}: ms of CPU each, store", AT_MOST, 20, each_ms(spent_s[0])),
        Figure(f"{what}: ms of CPU each, model", AT_MOST, 20, each_ms(spent_s[1])),
        Figure(f"{what}: MB of the parent at most", AT_MOST, 500,
               Measured((took["peak_mb"],), f"at 0 1/4 1/2 3/4 1: {over_time}")),
        Figure(f"{what}: KB of the parent each, 1/4 to end", AT_MOST, 0.5,
               Measured(((megabytes[-1] - megabytes[1]) * KB / (count * 0.75),))),
        Figure(f"{what}: requests each", AT_MOST, 5, Measured((requests / count,), asked)),
        Figure(f"{what}: KB to and from the store each", AT_MOST, 20,
               Measured((read + written,), f"{read:.1f} read, {written:.1f} written")),
    ]  # fmt: skip


def _look_figures(what: str, looks: Mapping[str, Looked]) -> list[Figure]:
    return [
        Figure(f"{what} read: MB of `{command}`", AT_MOST, 500,
               Measured((took.peak_mb,), f"{took.cpu_s:.1f} s of CPU; {took.said_kb:,.0f} KB said"))
        for command, took in looks.items()
    ]  # fmt: skip


async def _ran(source: str, out: str, count: int, model: str) -> dict[str, Any]:
    """What its process said of the run."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHILD), source, out, str(count), str(CONCURRENCY), model), stdout=PIPE
    )
    printed, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"The run of the bench ended with {child.returncode}.")
    found: dict[str, Any] = json.loads(printed)
    return found


ROWS: dict[str, Row] = {"batch": batch}

if __name__ == "__main__":
    measure(
        "What a large batch takes on one machine.",
        ROWS,
        full={"batch": partial(batch, count=100_000)},
    )
