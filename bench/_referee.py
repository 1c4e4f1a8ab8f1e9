"""Providers that let so much in, each by its own rule, and the time that no client can beat.

They share no code with the governor that is measured, nor with the provider of rehearsals.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Protocol

MINUTE_S = 60.0
FIRST_MINUTE_S = 40.0
"""What is left of the provider's minute when a run begins."""
DUST_S = 1e-9


class Referee(Protocol):
    """Says whether a request may come in; in seconds that never go backwards."""

    def free_s(self, now_s: float) -> float:
        """Seconds until one more is let in; infinite where first one must end."""
        ...

    def come(self, now_s: float) -> None:
        """One is let in."""
        ...

    def end(self) -> None:
        """One that was let in is over."""
        ...

    def remaining(self, now_s: float) -> float:
        """How many more would be let in now."""
        ...


class TokenBucket:
    """Fills evenly and holds what one second brings."""

    def __init__(self, per_s: float) -> None:
        self._per_s, self._most = per_s, max(1.0, per_s)
        self._level, self._at_s = self._most, 0.0

    def free_s(self, now_s: float) -> float:
        """See `Referee`."""
        short = 1.0 - self.remaining(now_s)
        return short / self._per_s if short > DUST_S else 0.0

    def come(self, now_s: float) -> None:
        """See `Referee`."""
        self._level, self._at_s = self.remaining(now_s) - 1.0, now_s

    def end(self) -> None:
        """See `Referee`."""

    def remaining(self, now_s: float) -> float:
        """See `Referee`."""
        return min(self._most, self._level + (now_s - self._at_s) * self._per_s)


class FixedMinute:
    """So many in each minute of the provider's clock."""

    def __init__(self, per_s: float) -> None:
        self._limit = round(per_s * MINUTE_S)
        self._minute, self._count = 0, 0

    def free_s(self, now_s: float) -> float:
        """See `Referee`."""
        if self.remaining(now_s) >= 1:
            return 0.0
        return self._minute * MINUTE_S + FIRST_MINUTE_S - now_s

    def come(self, now_s: float) -> None:
        """See `Referee`."""
        self.remaining(now_s)
        self._count += 1

    def end(self) -> None:
        """See `Referee`."""

    def remaining(self, now_s: float) -> float:
        """See `Referee`."""
        minute = math.floor((now_s - FIRST_MINUTE_S + DUST_S) / MINUTE_S) + 1
        if minute > self._minute:
            self._minute, self._count = minute, 0
        return float(self._limit - self._count)


class SlidingMinute:
    """So many in any minute, whenever it begins."""

    def __init__(self, per_s: float) -> None:
        self._limit = round(per_s * MINUTE_S)
        self._came_s: deque[float] = deque()

    def free_s(self, now_s: float) -> float:
        """See `Referee`."""
        return 0.0 if self.remaining(now_s) >= 1 else self._came_s[0] + MINUTE_S - now_s

    def come(self, now_s: float) -> None:
        """See `Referee`."""
        self._came_s.append(now_s)

    def end(self) -> None:
        """See `Referee`."""

    def remaining(self, now_s: float) -> float:
        """See `Referee`."""
        while self._came_s and self._came_s[0] + MINUTE_S <= now_s + DUST_S:
            self._came_s.popleft()
        return float(self._limit - len(self._came_s))


class InFlight:
    """So many at a time."""

    def __init__(self, most: int) -> None:
        self._left = most

    def free_s(self, now_s: float) -> float:
        """See `Referee`."""
        return 0.0 if self.remaining(now_s) else math.inf

    def come(self, now_s: float) -> None:
        """See `Referee`."""
        self._left -= 1

    def end(self) -> None:
        """See `Referee`."""
        self._left += 1

    def remaining(self, now_s: float) -> float:
        """See `Referee`."""
        return float(self._left)


RULES: dict[str, Callable[[float, float], Referee]] = {
    "bucket of 1 s": lambda per_s, _: TokenBucket(per_s),
    "fixed minute": lambda per_s, _: FixedMinute(per_s),
    "sliding minute": lambda per_s, _: SlidingMinute(per_s),
    "in flight": lambda per_s, latency_s: InFlight(max(1, round(per_s * latency_s))),
}
"""By name; each is given the rate, in requests a second, and what an answer takes."""


def ideal_s(referee: Referee, latencies_s: Sequence[float], *, at_once: int) -> float:
    """When all are answered if each goes as soon as *referee* lets it, never refused."""
    now_s = last_s = 0.0
    ends_s: list[float] = []

    def end_first() -> float:
        referee.end()
        return heappop(ends_s)

    for latency_s in latencies_s:
        while ends_s and ends_s[0] <= now_s:
            end_first()
        if len(ends_s) == at_once:
            now_s = end_first()
        while wait_s := referee.free_s(now_s):
            now_s = end_first() if wait_s == math.inf else now_s + wait_s
        referee.come(now_s)
        heappush(ends_s, now_s + latency_s)
        last_s = max(last_s, now_s + latency_s)
    return last_s
