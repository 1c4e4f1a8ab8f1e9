"""One of the processes on one object. Prints 0 when ready, and what it was told when done.

Usage: _processes_child.py WAY URL DOCUMENTS HANDS SECONDS
"""

import asyncio
import os
import sys

from _ways import WAYS, Clocked, keys_of
from tallysheet.store import open_store

MOST_UPDATES = 100_000
LAST_ANSWERS_WITHIN_S = 120


async def work(way: str, url: str, keys: list[str], hands: int, for_s: float) -> None:
    """Open it, wait for a line, update for so long; then wait for what is in flight, if ours."""
    async with WAYS[way](open_store(url), keys) as counting:
        clocked = Clocked(counting, keys)
        print(0, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        patience_s = LAST_ANSWERS_WITHIN_S if way == "tallysheet" else 0
        await clocked.run(hands=hands, rounds=MOST_UPDATES, for_s=for_s, patience_s=patience_s)
    print(len(clocked.took_s), flush=True)


if __name__ == "__main__":
    way, url, documents, hands, for_s = sys.argv[1:]
    asyncio.run(work(way, url, keys_of(int(documents)), int(hands), float(for_s)))
    # A request that was cancelled lives on in obstore's threads, which would meet a Python
    # that is ending.
    os._exit(0)
