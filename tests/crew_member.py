"""A process that updates, claims and finishes in a shared manifest, and keeps its own log.

Every line of the log is on the disk before the next thing happens: ``asked`` before
the manifest is, ``told`` when it has answered, ``refused`` when it said no. What is
asked and neither told nor refused may have happened or not.

It works until the file STOP is there.

Usage: crew_member.py URL NAME LOG STOP LEASE_S
"""

import asyncio
import os
import sys
from collections.abc import Awaitable
from dataclasses import dataclass, replace

from simulation import bounds
from tallysheet import Fenced, LeaseLost, Manifest, Outcome, Record, Status

COUNTERS = ("k0", "k1", "k2", "k3")
HANDS = 4


@dataclass
class Member:
    """One process of the crew."""

    name: str
    log: int
    stop: str
    done: int = 0

    async def work(self, url: str, lease_s: float) -> None:
        """Work until it is time to stop; whoever was fenced starts afresh."""
        while not self._may_stop():
            try:
                async with (
                    Manifest.open(url, lease_s=lease_s) as manifest,
                    asyncio.TaskGroup() as tasks,
                ):
                    self._note("opened", "-", "-")
                    for hand in range(HANDS):
                        tasks.create_task(self._hand(manifest, hand))
            except Fenced:
                self._note("fenced", "-", "-")

    async def _hand(self, manifest: Manifest, hand: int) -> None:
        while not self._may_stop():
            self.done += 1
            key = COUNTERS[(self.done + hand) % len(COUNTERS)]
            await self._ask("update", key, manifest.update(key, self._count_up))
            if self.done % 5 == 0:
                for claim in await manifest.claim(limit=1):
                    ending = manifest.finish(claim, Outcome(Status.DONE, cost_usd=1.0))
                    await self._ask("finish", claim.key, ending)

    def _may_stop(self) -> bool:
        return os.path.exists(self.stop)

    def _count_up(self, record: Record) -> Record:
        mine = record.data.get(self.name, 0) + 1
        return replace(record, data={**record.data, self.name: mine})

    async def _ask(self, what: str, key: str, call: Awaitable[object]) -> None:
        self._note("asked", what, key)
        try:
            await call
        except LeaseLost:
            self._note("refused", what, key)
        else:
            self._note("told", what, key)

    def _note(self, *words: str) -> None:
        os.write(self.log, f"{' '.join(words)}\n".encode())
        os.fsync(self.log)


if __name__ == "__main__":
    url, name, log, stop, lease_s = sys.argv[1:]
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with bounds(inline_bytes=4000, fan_in=3):
        asyncio.run(Member(name, file, stop).work(url, float(lease_s)))
    # Not the long way out: a request that was cancelled lives on in obstore's own threads, and
    # Python aborts when they come back to an interpreter that is ending.
    os._exit(0)
