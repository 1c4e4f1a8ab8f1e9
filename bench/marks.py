"""What it costs a manifest to hold each invoice against all others of the batch.

A batch of so many documents is made that were read: without marks, with them, and as scans.
Each is opened in a process of its own, and some more documents are finished. CPU time is told,
which other work on the machine hardly changes. Every twentieth document is of another seller.

    python bench/marks.py [--records 100000,1000000]
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from tallysheet.manifest import ROOT, Manifest, Outcome
from tallysheet.manifest._codec import (
    Root,
    Segment,
    encode_record,
    encode_root,
    encode_segment,
    name_of,
)
from tallysheet.model import Marks, Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import ABSENT
from tallysheet.store import FolderStore
from tallysheet.validate._marks import _mark

A_SEGMENT = 100_000
A_SELLER = 20
MORE = 5_000
CLOCK = SystemClock()
NO, YES, SCANS = KINDS = ("no", "yes", "scans")
"""Whether records have marks, and those of pictures as well."""


def marks_of(number: int, kind: str) -> Marks | None:
    """Marks as they are made of an invoice, none of them a copy of another."""
    if kind == NO:
        return None
    seller = str(number // A_SELLER)
    day = f"20{number % 26:02}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    return Marks(
        _mark("invoice", str(number)),
        _mark("invoice", f"{number}.00", "EUR"),
        day,
        _mark("VAT", seller),
        _mark("name", seller),
        (_mark("account", seller),),
        sha256(f"looks of {number}".encode()).hexdigest()[:16] if kind == SCANS else "",
    )


def records_of(count: int, kind: str) -> Iterator[tuple[str, bytes]]:
    """Documents that are done, as bytes."""
    for number in range(count):
        digest = sha256(str(number).encode()).hexdigest()
        record = Record(
            Status.DONE,
            epoch=1,
            sha256=digest,
            size=81_234,
            version=digest[:32],
            result=f"results/{digest[::-1]}.json",
            attempts=1,
            marks=marks_of(number, kind),
        )
        yield f"2026/{number % 100:02}/invoice-{number:07}.pdf", encode_record(record, rev=2)


async def fill(folder: str, count: int, kind: str) -> dict[str, Any]:
    """Make the batch, in large segments."""
    store, named, size = FolderStore(Path(folder)), [], 0
    records = dict(records_of(count, kind))
    keys = list(records)
    for at in range(0, count, A_SEGMENT):
        part = {key: records[key] for key in keys[at : at + A_SEGMENT]}
        size += sum(map(len, part.values()))
        data = encode_segment(part)
        name = name_of(data, by=f"w-{at}")
        await store.put(name, data, expect=ABSENT)
        named.append(Segment(name, len(part), len(data), 2, 9))
    root = Root(2, "n", "p", {}, {}, {"done": count}, tuple(named), {})
    root = replace(root, is_marked=kind != NO, has_pictures=kind == SCANS)
    await store.put(ROOT, encode_root(root), expect=ABSENT)
    return {"bytes_a_record": size / count, "stored": sum(one.bytes for one in named) / count}


async def open_(folder: str, count: int, kind: str) -> dict[str, Any]:
    """Open it, and finish one document, and some more."""
    busy_s = time.process_time()
    async with Manifest.on(FolderStore(Path(folder)), clock=CLOCK) as sheet:
        found = {"open_cpu_s": time.process_time() - busy_s, "open_mb": _resident_mb()}
        await sheet.add([f"new-{number}" for number in range(MORE + 1)])
        first, *claims = await sheet.claim(limit=MORE + 1)
        busy_s = time.process_time()
        await sheet.finish(first, Outcome(Status.DONE, marks=marks_of(count, kind)))
        found |= {"first_cpu_s": time.process_time() - busy_s, "then_mb": _resident_mb()}
        busy_s = time.process_time()
        async with asyncio.TaskGroup() as tasks:
            for number, claim in enumerate(claims, count + 1):
                marks = marks_of(number, kind)
                outcome = Outcome(Status.DONE, result=f"of {number}", marks=marks)
                tasks.create_task(sheet.finish(claim, outcome))
        more_us = 1e6 * (time.process_time() - busy_s) / MORE
        assert sheet.counts == {Status.DONE: count + MORE + 1}
        return {**found, "finish_us": more_us}


def _resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


STEPS = {"fill": fill, "open": open_}


def _child(step: str, folder: Path, count: int, kind: str) -> dict[str, Any]:
    words = (sys.executable, __file__, "--child", step, str(folder), str(count), kind)
    printed = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def main(counts: Sequence[int]) -> None:
    """Print a table."""
    heads = ("records", "marks", "bytes", "stored", "open s", "MB", "first s", "MB", "µs each")
    print(("{:>10}" * len(heads)).format(*heads))
    for count in counts:
        for kind in KINDS:
            with tempfile.TemporaryDirectory(prefix="tallysheet-bench-") as place:
                batch = Path(place) / "batch"
                filled, found = (_child(step, batch, count, kind) for step in STEPS)
            shown = [
                f"{count:,}", kind,
                f"{filled['bytes_a_record']:.0f}", f"{filled['stored']:.0f}",
                f"{found['open_cpu_s']:.1f}", f"{found['open_mb']:.0f}",
                f"{found['first_cpu_s']:.2f}", f"{found['then_mb']:.0f}",
                f"{found['finish_us']:.0f}",
            ]  # fmt: skip
            print(("{:>10}" * len(heads)).format(*shown), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        step, folder, count, kind = sys.argv[2:]
        print(json.dumps(asyncio.run(STEPS[step](folder, int(count), kind))))
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--records", default="100000,1000000")
        main([int(count) for count in parser.parse_args().records.split(",")])
