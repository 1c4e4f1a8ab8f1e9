"""The commands that look at a large batch, each in a fresh process: time and memory.

As a program: python bench/_scale_looks.py WORDS, which are those of the command.
"""

import asyncio
import json
import os
import resource
import sys
import time
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

from tallysheet.cli import app

LOOKS = {
    "run": ("run", "SOURCE", "--out", "BATCH", "--model", "openai:bench", "--json", "--quiet"),
    "status": ("status", "BATCH", "--json"),
    "export": ("export", "BATCH"),
    "explain": ("explain", "000/000000.pdf", "--batch", "BATCH", "--json"),
    "check": ("check", "BATCH", "--json"),
}
"""By the name of the command, what is typed; `run` finds nothing left to do."""
PORTION = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Looked:
    """What one command took."""

    cpu_s: float
    peak_mb: float
    said_kb: float


async def look(command: str, *, source: str, batch: str) -> Looked:
    """Run one of them, to its end.

    Raises:
        RuntimeError: It did not end well.
    """
    places = {"SOURCE": source, "BATCH": batch}
    words = [places.get(word, word) for word in LOOKS[command]]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, *words), stdout=PIPE, stderr=PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    said = 0
    while data := await child.stdout.read(PORTION):
        said += len(data)
    told = await child.stderr.read()
    if await child.wait():
        raise RuntimeError(f"{command} ended with {child.returncode}: {told.decode()}")
    return Looked(**json.loads(told.splitlines()[-1]), said_kb=said / 1024)


def peak_mb() -> float:
    """The most memory that this process ever had. Linux says so.

    Not `getrusage`: that begins with what the process had that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    try:
        code = int(app(prog_name="tallysheet", standalone_mode=False) or 0)
    finally:
        sys.stdout.flush()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = time.process_time() + children.ru_utime + children.ru_stime
        print(json.dumps({"cpu_s": cpu_s, "peak_mb": peak_mb()}), file=sys.stderr, flush=True)
    # As the command does.
    os._exit(code)
