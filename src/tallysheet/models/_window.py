"""How many requests may be in flight: learned from refusals, as TCP learns it (RFC 5681).

It is cut once a round trip when somebody is refused, and grows otherwise: fast up to a
size that was good before, slower the nearer it is to where somebody was refused (as in
BIC), and beyond that faster the longer nobody is. What is new here is the start: a wave
of a thousand requests would be refused before the first refusal could teach anything,
so what is in flight grows in steps, which takes 0.6 s from 64 to 1,000.
"""

import math

CUT = 0.7
"""What a refusal leaves of the window."""
CLOSING = 4.0
"""In a round trip the window grows by this part of what is missing to where it was refused."""
PROBE = 1.0
"""Requests that it grows by at least."""
CALM = 2.0
"""Round trips without a refusal after which it grows twice as fast."""
USED = 0.8
"""The share of the window that must be in use for a success to say anything about it."""
STEP = 64
"""How many requests a start begins with."""
STEP_AFTER_WAIT = 4
"""The same after everybody had to wait."""
DOUBLING_S = 0.15
"""How often the number let in since a start doubles: about a refusal's round trip."""
DUST_S = 1e-9


class Window:
    """The size of the window, and the ramp below it at a start.

    Args:
        most: The size it starts with and never passes.
        now_s: Now, in seconds that never go backwards.
    """

    def __init__(self, most: int, now_s: float) -> None:
        self.size = float(most)
        self.cuts = 0
        """How often it was cut."""
        self._most = float(most)
        self._good = 0.0
        self._calm = 0.0
        self._refused_at = float(most)
        self._is_ramp = True
        self._ramp_from = 0
        self._ramp_step = STEP
        self._ramp_s = now_s

    def wait_s(self, in_flight: int, now_s: float) -> float:
        """Seconds until one more may go; 0 if it may now, infinite if one must end first."""
        if in_flight + 1 > self.size:
            return math.inf
        if not self._is_ramp:
            return 0.0
        if in_flight == 0:
            # It begins with the first request, however long that was in coming.
            self._ramp_from, self._ramp_s = 0, now_s
        more = in_flight + 1 - self._ramp_from
        due_s = DOUBLING_S * math.log2(max(more / self._ramp_step, 1.0))
        pause_s = self._ramp_s + due_s - now_s
        if pause_s > DUST_S:
            return pause_s
        self._is_ramp = self._ramped(now_s) < self.size
        return 0.0

    def ramp(self, in_flight: int, now_s: float) -> None:
        """Start afresh from what is in flight: everybody had to wait."""
        self._is_ramp, self._ramp_from = True, in_flight
        self._ramp_step, self._ramp_s = STEP_AFTER_WAIT, now_s

    def grow(self, in_flight: int) -> None:
        """A request went well while *in_flight* were under way, itself included."""
        if in_flight < USED * int(self.size):
            return
        self._calm += 1 / self.size
        if self.size < self._good:
            step = 1.0
        else:
            least = max((self._refused_at - self.size) / CLOSING, PROBE)
            step = min(least * math.exp2(self._calm / CALM) / self.size, 1.0)
        self.size = min(self._most, self.size + step)

    def cut(self, in_flight: int, *, sent_after: int, in_vain: bool) -> bool:
        """A request that was sent after so many cuts was refused; whether that is news.

        It is none if it was sent before the last cut: that one was for it, too. Where
        nothing has gone well since (*in_vain*), it is a storm that says nothing of which
        size is good: after it, the window grows back fast.
        """
        if sent_after < self.cuts:
            return False
        self.cuts += 1
        self._calm = 0.0
        self._is_ramp = False
        size = min(self.size, float(in_flight))
        self.size = max(1.0, CUT * size)
        if not in_vain:
            self._refused_at, self._good = size, self.size
        return True

    def _ramped(self, now_s: float) -> float:
        doublings = min((now_s - self._ramp_s) / DOUBLING_S, 64.0)
        return self._ramp_from + self._ramp_step * math.exp2(doublings)
