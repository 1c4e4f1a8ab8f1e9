"""A circuit breaker: when most requests fail, one at a time finds out whether that is over."""

import math
from collections import deque

LOOKED_AT = 20
"""Replies that it judges by."""
OPEN_S = 30.0
"""Seconds between probes while it is open."""
PATIENCE_S = 300.0
"""Seconds of failed probes after which the provider is taken to be down."""


class Breaker:
    """Open while more than half of the last replies were hard failures. Pure."""

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=LOOKED_AT)
        self._opened_s: float | None = None
        self._next_s = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether nothing but probes may go."""
        return self._opened_s is not None

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next request may go; infinite while a probe is under way."""
        if self._opened_s is None:
            return 0.0
        return math.inf if self._probing else max(0.0, self._next_s - now_s)

    def go(self) -> bool:
        """A request goes out; whether it is a probe."""
        self._probing = self.is_open
        return self._probing

    def ended(self, *, probe: bool) -> None:
        """A request is over, and nothing is known of it."""
        if probe:
            self._probing = False

    def learn(self, *, failed: bool, probe: bool, now_s: float) -> bool:
        """Take note of a reply; whether it opened or closed the breaker."""
        if self._opened_s is not None:
            if not probe:
                return False
            self._next_s = now_s + OPEN_S
            if failed:
                return False
            self._opened_s = None
            self._failed.clear()
            return True
        self._failed.append(failed)
        if len(self._failed) < LOOKED_AT or 2 * sum(self._failed) <= LOOKED_AT:
            return False
        self._opened_s, self._next_s = now_s, now_s + OPEN_S
        return True

    def is_hopeless(self, now_s: float) -> bool:
        """Whether it has been open for so long that waiting on makes no sense."""
        return self._opened_s is not None and now_s - self._opened_s >= PATIENCE_S
