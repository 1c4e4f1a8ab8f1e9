"""How many requests a second: learned from what was let in between two refusals.

What was let in from one refusal to the next, over the time between, is the provider's
rate, whether it keeps a bucket or counts by the minute. Requests then go evenly, a little
below it. A rate that is found again is taken to stand, and is tried less often; it is
tried by going faster, hardly at first and then more and more, as CUBIC does (RFC 9438),
but counted in requests, so that few of many are refused.

After a refusal nobody goes for a while; then one, to see if that is over, after pauses
that double. Where they become long it is likely that the provider counts by the minute:
then the next goes a minute after the first of those that were let in.
"""

import math

FIRST_PAUSE_S = 0.5
"""The first pause, where the provider asks for none: a bucket that holds a second loses nothing."""
LONG_S = 8.0
"""After a pause that is longer, the end of a minute is waited for."""
MINUTE_S = 60.0
"""The longest pause of our own choosing."""
OUTAGE = 1.1
"""A pause that lasts so many times longer than that was no limit's doing."""
SETTLED_S = 0.25
"""Whoever went so long ago was let in: refusals come sooner,"""
SLOWNESS = 3.0
"""so many times sooner, if they are slow,"""
MOST_SLOW_S = 5.0
"""and of one that took longer than that nothing is learned."""
BELOW = 0.97
"""The share of a rate that is used, once it is found."""
ENOUGH = 8
"""From fewer requests than that no rate is read but the first."""
ALIKE = 1.25
"""Two rates are one if they differ by no more than this factor."""
STEEPEST = 2.0
"""From where on it grows no more steeply: more would be refused before that is heard."""
FEW, FEW_S = 16.0, 4.0
"""So many requests make twice the rate of one that is new, at least: or as go in that time;"""
MOST_FIRST_S = 30.0
"""or of the first, as go in that time: it may be far too low."""
TRUST = 4.0
"""So many times more are needed each time that a rate is found again,"""
MOST_TRUST_S = 600.0
"""up to what goes in that time: a limit may have been raised."""
SPARE_S = 0.5
"""How much of what was not used may be used at once, in seconds of the rate."""
DUST_S = 1e-9


class Pace:
    """When the next request may go, as far as refusals have taught. Pure."""

    def __init__(self) -> None:
        self.refusals = 0
        """How many times there was news of a refusal."""
        self._found = math.inf
        self._trust = FEW
        self._since = 0
        self._level = 0.0
        self._at_s = -math.inf
        # What was let in since the last time that a rate was read, and when that was.
        self._let_in = 0
        self._began_s = math.inf
        # The refusals that are not over yet: the first and the last, what that one asked for.
        self._refused_s: float | None = None
        self._last_s = 0.0
        self._asked_s = 0.0
        self._in_vain = 0
        # When the next may find out if they are, and whether a limit says so; who does it now.
        self._next_s = -math.inf
        self._is_due = False
        self._trial_s: float | None = None
        self._slowest_s = 0.0

    @property
    def per_s(self) -> float:
        """Requests a second; infinite where no rate is known."""
        tried = self._since / self._trust
        return BELOW * self._found * (1 + tried * min(tried, STEEPEST))

    @property
    def settled_s(self) -> float:
        """How long after a request went it counts as let in, in seconds."""
        return max(SETTLED_S, SLOWNESS * self._slowest_s)

    @property
    def is_barred(self) -> bool:
        """Whether, as far as is known, nobody is let in."""
        return self._refused_s is not None

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next request may go."""
        if self._trial_s is not None:
            pause_s = self._trial_s + self.settled_s - now_s
            if pause_s > DUST_S:
                return pause_s
            self._over(self._trial_s)
        if self._refused_s is not None:
            return max(self._next_s - now_s, 0.0)
        if self.per_s == math.inf:
            return 0.0
        self._fill(now_s)
        short = 1.0 - self._level
        return short / self.per_s if short > DUST_S else 0.0

    def go(self, now_s: float) -> None:
        """A request goes."""
        self._began_s = min(self._began_s, now_s)
        self._let_in += 1
        if self._refused_s is not None:
            self._trial_s = now_s
            return
        self._fill(now_s)
        self._level -= 1.0
        self._since += 1

    def called_off(self, went_s: float) -> None:
        """One did not go after all."""
        self._take_back(went_s)
        if self._trial_s == went_s:
            self._trial_s = None

    def good(self, refusals: int) -> None:
        """One that went after so many refusals was answered."""
        if self._trial_s is not None and refusals == self.refusals:
            self._over(self._trial_s)

    def refused(
        self, went_s: float, refusals: int, now_s: float, *, asked_s: float, jitter: float
    ) -> bool:
        """One that went then, after so many refusals, was refused; whether that is news.

        Args:
            went_s: When it went.
            refusals: How much news there was by then.
            now_s: Now.
            asked_s: How long it was asked to wait, which somebody else sees to.
            jitter: In [0, 1), so that several processes do not go in step.
        """
        self._take_back(went_s)
        self._slowest_s = max(self._slowest_s, min(now_s - went_s, MOST_SLOW_S))
        if refusals < self.refusals:
            return False
        self.refusals += 1
        self._trial_s = None
        if self._refused_s is None:
            self._refused_s, self._in_vain = now_s, 0
        else:
            self._in_vain += 1
        self._last_s, self._asked_s, self._is_due = now_s, asked_s, asked_s > 0
        # Some ask for the same second for ever, or for none.
        if not asked_s or self._in_vain:
            self._next_s = now_s + self._pause_s(now_s, jitter)
        return True

    def _pause_s(self, now_s: float, jitter: float) -> float:
        first_s = max(FIRST_PAUSE_S, min(1 / self._found, LONG_S))
        pause_s = first_s * 2.0 ** min(self._in_vain, 16)
        minute_s = self._began_s + MINUTE_S - now_s
        if pause_s > LONG_S and minute_s > 0:
            self._is_due = True
            return minute_s + jitter
        return min(pause_s, MINUTE_S) * (0.5 + jitter / 2 if self._in_vain else 1.0)

    def _over(self, trial_s: float) -> None:
        """Whoever went then was let in: how many were since the last time that this was so?"""
        if self._refused_s is None:
            return
        barred_s = trial_s - self._refused_s
        self._refused_s = self._trial_s = None
        self._level, self._at_s, self._since = 0.0, trial_s, 0
        # Nobody knows when in the last pause it was over, unless that was for a reason.
        over_s = trial_s if self._is_due else (trial_s + self._last_s) / 2
        is_first = self._found == math.inf
        # The first go at once, which says more of what a bucket holds than of how it fills.
        took_s = max(over_s - self._began_s, 1.0 if is_first else DUST_S)
        let_in = self._let_in - 1
        found = let_in / took_s
        if not let_in or barred_s > OUTAGE * max(MINUTE_S, self._asked_s):
            # Whoever took it all, it says nothing of a rate.
            found = math.inf
        elif let_in < ENOUGH and not is_first:
            self._found = found
            return
        if max(found, self._found) <= ALIKE * min(found, self._found):
            trust = TRUST * self._trust
        else:
            # A minute's end that came true says much; a wait that was asked for may be a storm's.
            is_minute = self._is_due and not self._asked_s
            trust = max(FEW_S * found, let_in if is_minute else 0.0)
        self._trust = min(max(FEW, trust), MOST_TRUST_S * found)
        if is_first:
            self._trust = min(self._trust, MOST_FIRST_S * found)
        self._found = found
        self._began_s, self._let_in = trial_s, 1

    def _take_back(self, went_s: float) -> None:
        if went_s >= self._began_s:
            self._let_in -= 1

    def _fill(self, now_s: float) -> None:
        per_s = self.per_s
        if per_s < math.inf and now_s > self._at_s:
            most = max(1.0, SPARE_S * per_s)
            self._level = min(most, self._level + (now_s - self._at_s) * per_s)
        self._at_s = now_s
