"""How many requests may be in flight: learned from refusals and from what time alone changes.

Whoever is refused was one too many in flight, perhaps: so many as were under way before
are the window from then on. When that is full and its gap is over, one more is tried. If
it is let in although nobody has ended, the refusal was not about the number in flight,
and the window is doubled; if it is refused, the next try is put off twice as long.

A wave of a thousand requests would be refused before the first refusal could teach
anything, so a start is made in steps, which get longer with the number let in: a
hundred are in flight after 0.15 s, a thousand after 0.5 s.
"""

import math

GROWTH = 2.0
"""What one more that was let in makes of the window."""
FIRST_GAP_S = 0.5
"""How long the first try of one more is put off."""
MOST_GAP_S = 600.0
"""The longest it is: a limit may have been raised."""
FIRST = 2
"""How many requests a start begins with."""
STEP_S = 0.015
"""After that one more has gone, after twice that four, after three times nine, and so on."""
DUST_S = 1e-9


class Window:
    """The size of the window, and the ramp below it at a start.

    Args:
        most: The size it starts with and never passes.
        now_s: Now, in seconds that never go backwards.
    """

    def __init__(self, most: int, now_s: float) -> None:
        self.size = float(most)
        self._most = float(most)
        self._gap_s = FIRST_GAP_S
        self._next_s = now_s
        self._trial_s: float | None = None
        self._is_ramp = True
        self._ramp_from = 0
        self._ramp_s = now_s

    def wait_s(self, in_flight: int, now_s: float, *, settled_s: float) -> float:
        """Seconds until one more may go; 0 if it may now, infinite if one must end first.

        Args:
            in_flight: How many are under way.
            now_s: Now.
            settled_s: So long after it went, one that was not refused counts as let in.
        """
        if self._trial_s is not None and now_s - self._trial_s >= settled_s - DUST_S:
            self._grow()
        if in_flight + 1 > self.size:
            if self.size == self._most:
                return math.inf
            if self._trial_s is not None:
                return self._trial_s + settled_s - now_s
            if self._next_s > now_s:
                return self._next_s - now_s
        if not self._is_ramp:
            return 0.0
        if in_flight == 0:
            # It begins with the first request, however long that was in coming.
            self._ramp_from, self._ramp_s = 0, now_s
        more = in_flight + 1 - self._ramp_from
        due_s = STEP_S * math.sqrt(max(more - FIRST, 0))
        pause_s = self._ramp_s + due_s - now_s
        if pause_s > DUST_S:
            return pause_s
        self._is_ramp = self._ramped(now_s) < self.size
        return 0.0

    def go(self, in_flight: int, now_s: float) -> bool:
        """One more goes, the *in_flight*-th; whether it is beyond the window."""
        if in_flight <= self.size:
            return False
        self._trial_s = now_s
        return True

    def ramp(self, in_flight: int, now_s: float) -> None:
        """Start afresh from what is in flight: everybody had to wait."""
        self._is_ramp, self._ramp_from = True, in_flight
        self._ramp_s = now_s

    def tried(self, *, is_good: bool) -> None:
        """One that was beyond the window is over: it was answered, or nobody knows."""
        if self._trial_s is not None and is_good:
            self._grow()
        self._trial_s = None

    def refused(self, in_flight: int, now_s: float, *, beyond: bool) -> None:
        """One was refused that had been the *in_flight*-th when it went."""
        self._is_ramp = False
        if beyond:
            self._trial_s = None
            self._gap_s = min(2 * self._gap_s, MOST_GAP_S)
        self.size = max(1.0, min(self.size, in_flight - 1.0))
        self._next_s = now_s + self._gap_s

    def _grow(self) -> None:
        self._trial_s, self._gap_s = None, FIRST_GAP_S
        self.size = min(self._most, GROWTH * self.size)

    def _ramped(self, now_s: float) -> float:
        return self._ramp_from + FIRST + ((now_s - self._ramp_s) / STEP_S) ** 2
