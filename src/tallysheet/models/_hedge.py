"""A second request for one that is late: when, and how many."""

import asyncio
from collections import deque

from tallysheet.ports import Clock

LATE = 1.5
"""A request is late after so many times what 95 % of the last ones took."""
SHARE = 0.05
"""The most there are of them, as a share of all requests."""
KNOWN = 20
"""Replies after which it is known what is usual."""
REMEMBERED = 200


class Hedge:
    """What is usual of late, and how many second requests there were."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)
        self._is_known = asyncio.Event()
        self._requests = 0
        self._spares = 0

    def sent(self) -> None:
        """One request went out."""
        self._requests += 1

    def took(self, seconds: float) -> None:
        """One was answered after so many seconds."""
        self._took_s.append(seconds)
        if len(self._took_s) >= KNOWN:
            self._is_known.set()

    async def late(self) -> bool:
        """Wait until what goes out now is late; whether a second request may be sent for it.

        What is usual is read again while waiting, since it becomes known meanwhile.
        """
        sent_s = self._clock.monotonic()
        await self._is_known.wait()
        while (left_s := sent_s + self._late_s() - self._clock.monotonic()) > 0:
            await self._clock.sleep(left_s)
        if self._spares + 1 > SHARE * self._requests:
            return False
        self._spares += 1
        return True

    def _late_s(self) -> float:
        took_s = sorted(self._took_s)
        return LATE * took_s[int(0.95 * len(took_s))]
