"""A circuit breaker: when nothing succeeds any more, one at a time finds out if that is over."""

import math

ENOUGH = 20
"""Failures without a success between them after which a provider may be taken to be down."""
OPEN_S = 30.0
"""Seconds between probes while it is open."""
PATIENCE_S = 300.0
"""Seconds of failed probes after which waiting on makes no sense. Where nothing has ever
succeeded, the first failed probe is enough: the address may be wrong."""


class Breaker:
    """Opens when more requests have failed in a row than are still under way. Pure.

    Failures come back faster than answers: where one in ten fails, the first twenty
    replies to a wave of a thousand are failures. Those under way may yet succeed, so
    they count for the provider.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._ever_good = False
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

    def called_off(self, *, probe: bool) -> None:
        """A request is over, and nothing is known of it."""
        if probe:
            self._probing = False

    def learn(self, *, failed: bool, probe: bool, in_flight: int, now_s: float) -> bool:
        """Take note of a reply, while *in_flight* others are awaited; whether it closed."""
        self.called_off(probe=probe)
        self._ever_good = self._ever_good or not failed
        if self._opened_s is not None:
            if not probe:
                return False
            self._next_s = now_s + OPEN_S
            if failed:
                return False
            self._opened_s, self._failures = None, 0
            return True
        self._failures = self._failures + 1 if failed else 0
        if self._failures >= ENOUGH and self._failures > in_flight:
            self._opened_s, self._next_s = now_s, now_s + OPEN_S
        return False

    def is_hopeless(self, now_s: float) -> bool:
        """Whether it has been open for so long that waiting on makes no sense."""
        patience_s = PATIENCE_S if self._ever_good else OPEN_S
        return self._opened_s is not None and now_s - self._opened_s >= patience_s
