"""How fast a worker settles documents, by its own monotonic clock.

No wall clock stands in the manifest, so nobody could tell a rate from what two
machines wrote. But each worker knows its own: it writes that down with its
heartbeat, and whoever looks adds them up.
"""

from collections import deque

from tallysheet.ports import Clock

WINDOW_S = 60.0
"""The rate is that of about the last minute."""


class Pace:
    """Documents a minute, of late.

    Args:
        clock: Whose monotonic time counts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._settled = 0
        self._past = deque([(clock.monotonic(), 0)])

    def settled(self) -> None:
        """One more document has its outcome, durably."""
        self._settled += 1

    def per_minute(self) -> float:
        """Documents a minute, since the last time this was asked at least a minute ago.

        A worker that is younger says what it did since it began. 0 where no time has passed.
        """
        now_s = self._clock.monotonic()
        while len(self._past) > 1 and now_s - self._past[1][0] >= WINDOW_S:
            self._past.popleft()
        since_s, before = self._past[0]
        self._past.append((now_s, self._settled))
        took_s = now_s - since_s
        return round(60.0 * (self._settled - before) / took_s, 1) if took_s else 0.0
