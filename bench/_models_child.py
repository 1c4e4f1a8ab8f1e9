"""One process of the bench of models: reads so many invoices in one way, and says what it took.

python bench/_models_child.py WAY COUNT CONCURRENCY URL
"""

import asyncio
import json
import resource
import sys
import time
from statistics import quantiles

from _lag import Lag
from _models_ways import WAYS
from _ways import CLOCK
from tallysheet.pipeline import look_rarely

KB_PER_MB = 1024


async def main(way: str, count: int, concurrency: int, url: str) -> None:
    """Have *count* invoices read by the model at *url*, so many at a time."""
    # As the command does.
    look_rarely()
    work = await WAYS[way](count, concurrency, url)
    lag = Lag()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(lag.watch())
        cpu_s, started = time.process_time(), CLOCK.monotonic()
        told = await work()
        wall_s = CLOCK.monotonic() - started
        cpu_s = time.process_time() - cpu_s
        watching.cancel()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seen = quantiles(lag.seen_s, n=100)
    found = {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "children_cpu_s": children.ru_utime + children.ru_stime,
        "late_p50_s": seen[49],
        "late_p99_s": seen[98],
        "late_most_s": max(lag.seen_s),
        "late_own_p99_s": quantiles(lag.own_s, n=100)[98],
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB,
        **told,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
