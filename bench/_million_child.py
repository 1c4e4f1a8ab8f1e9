"""One step of the rows about a million records. Prints what it found as JSON.

Usage: _million_child.py fill|open|update|plain PATH COUNT [UPDATES]
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _ways import CLOCK, Clocked, documents, far, keys_of, ours
from tallysheet.manifest import Manifest, _compact
from tallysheet.store import FolderStore

ADDED_AT_ONCE = 50_000


async def fill(folder: Path, records: int) -> dict[str, Any]:
    """Make a manifest with so many records, and merge its segments as far as that is due.

    Else the updates that are measured next would pay for what the filling left.
    """
    keys = keys_of(records)
    async with Manifest.on(FolderStore(folder), clock=CLOCK) as manifest:
        for at in range(0, records, ADDED_AT_ONCE):
            await manifest.add(documents(keys[at : at + ADDED_AT_ONCE]))
        while _compact._due(manifest._committer.state):
            await CLOCK.sleep(0.05)
        return {"bytes_a_record": _bytes_a_record(manifest)}


def _bytes_a_record(manifest: Manifest) -> float:
    encoded = manifest._committer.state.encoded
    return sum(map(len, encoded.values())) / len(encoded)


async def open_(folder: Path, records: int) -> dict[str, Any]:
    """Open it; how long that took, and the memory of this process."""
    started, busy_s = CLOCK.monotonic(), time.process_time()
    async with Manifest.on(far(FolderStore(folder)), clock=CLOCK) as manifest:
        took_s = CLOCK.monotonic() - started
        assert sum(manifest.counts.values()) == records
        return {"open_s": took_s, "cpu_s": time.process_time() - busy_s, **_memory()}


async def update(folder: Path, hands: int, updates: int) -> dict[str, Any]:
    """Update that many records, spread over all of them; what was written, merges included."""
    store = far(FolderStore(folder))
    async with ours(store, ()) as way:
        total = sum(way.manifest.counts.values())
        keys = keys_of(total)
        step = 7_919  # a prime: one after another would stand in few segments
        spread = [keys[number * step % total] for number in range(updates)]
        before, written = await way.total(), store.bytes_written
        clocked = Clocked(way, spread)
        await clocked.run(hands=hands, rounds=updates // hands)
        assert await way.total() - before == updates
    return {"bytes_an_update": (store.bytes_written - written) / updates}


def plain(file: Path, records: int) -> dict[str, Any]:
    """The same records as one JSON object: what opening it takes, and one update writes."""
    with file.open("w") as out:
        for number, document in enumerate(documents(keys_of(records))):
            record = {"status": "pending", "sha256": document.sha256, "size": document.size}
            record["version"] = document.version
            out.write(f"{',' if number else '{'}{json.dumps(document.key)}:{json.dumps(record)}")
        out.write("}")
    started = CLOCK.monotonic()
    found = json.loads(file.read_bytes())
    took = {"open_s": CLOCK.monotonic() - started, **_memory()}
    found[keys_of(1)[0]]["n"] = 1
    return {**took, "bytes_an_update": len(json.dumps(found).encode())}


def _memory() -> dict[str, float]:
    """Of this process, in MB: what it has, and the most that it ever had. Linux says so."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    kib = {name: int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM")}
    return {"resident_mb": kib["VmRSS"] / 1024, "peak_mb": kib["VmHWM"] / 1024}


STEPS: dict[str, Callable[..., Any]] = {
    "fill": fill,
    "open": open_,
    "update": update,
    "plain": plain,
}

if __name__ == "__main__":
    step, path, *counts = sys.argv[1:]
    found = STEPS[step](Path(path), *map(int, counts))
    print(json.dumps(asyncio.run(found) if asyncio.iscoroutine(found) else found))
