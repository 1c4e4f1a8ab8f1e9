"""One run of the bench of scale: reads a whole source in this process, and says what it took.

python bench/_scale_child.py SOURCE OUT COUNT CONCURRENCY URL
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _scale_looks import peak_mb
from tallysheet import Settings, Status, Summary, run
from tallysheet.pipeline import Listed, Settled, look_rarely
from tallysheet.store import open_store
from tallysheet.testing import CountingStore

EVERY_S = 1.0
"""How often the memory is looked at."""
PAGE = 1000
"""Keys that a store lists in one request."""


class Watch:
    """Looks at the memory of this process from time to time.

    Attributes:
        settled: How many documents have reached their status.
        seen: What was seen each time: how many those were, and MB resident.
    """

    def __init__(self) -> None:
        self.settled = 0
        self.seen: list[tuple[int, float]] = []

    def look(self) -> None:
        """Look now."""
        self.seen.append((self.settled, resident_mb()))

    async def keep_looking(self) -> None:
        """Look again and again."""
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)

    def when(self, settled: float) -> float:
        """MB resident as soon as so many documents were settled, or in the end."""
        return next((mb for done, mb in self.seen if done >= settled), self.seen[-1][1])


def resident_mb() -> float:
    """Of this process, now. Linux says so."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


async def main(source: str, out: str, count: int, concurrency: int, url: str) -> None:
    """Read the *count* documents of *source* with the model at *url*."""
    # As the command does.
    look_rarely()
    documents, batch = CountingStore(open_store(source)), CountingStore(open_store(out))
    settings = Settings(model="openai:bench", base_url=url, concurrency=concurrency)
    watch, listed_s, ended = Watch(), 0.0, None
    started = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch.keep_looking())
        async for event in run(documents, out=batch, settings=settings):
            if isinstance(event, Settled):
                watch.settled += 1
            elif isinstance(event, Listed):
                listed_s = time.monotonic() - started
            elif isinstance(event, Summary):
                ended = event
        watch.look()
        watching.cancel()
    assert ended is not None
    read = sum(ended.counts.get(status, 0) for status in (Status.DONE, Status.REVIEW))
    assert read == count == sum(ended.counts.values()), ended.counts
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {
        "wall_s": ended.wall_s,
        "listed_s": listed_s,
        "cpu_s": time.process_time(),
        "loop_cpu_s": time.thread_time(),
        "children_cpu_s": children.ru_utime + children.ru_stime,
        "peak_mb": peak_mb(),
        "resident_mb": [watch.when(count * part) for part in (0, 0.25, 0.5, 0.75, 1)],
        **_used((documents, batch), count),
    }
    print(json.dumps(found), flush=True)


def _used(stores: Sequence[CountingStore], count: int) -> dict[str, Any]:
    """What was asked of the stores; each page of a listing is a request."""
    lists = sum(store.lists for store in stores) - stores[0].lists * (1 - -(-count // PAGE))
    return {
        "gets": sum(store.gets for store in stores),
        "puts": sum(store.puts for store in stores),
        "others": lists + sum(store.deletes for store in stores),
        "bytes_read": sum(store.bytes_read for store in stores),
        "bytes_written": sum(store.bytes_written for store in stores),
    }


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asyncio.run(main(*arguments[:2], *map(int, arguments[2:4]), arguments[4]))
