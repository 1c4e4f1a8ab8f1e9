"""A token bucket, kept lazily: so much a minute, never more than a little at once."""

from tallysheet.models._dialect import Limit

MINUTE_S = 60.0
AT_ONCE = 0.05
"""How much of a minute's limit may be used at once, where only the limit is known."""
DUST = 1e-6
"""Whoever waited exactly as long as told must not wait again for a rounding error."""


class Bucket:
    """What this process may take of one limit; everything, until a limit is known.

    A limit that is only configured is kept in every minute, whenever that begins: the
    level is at most `AT_ONCE` of it, and what flows in a minute is the rest. Where the
    provider tells its own limit and what remains of it, all that remains may be used.

    Args:
        per_minute: The limit as configured; None if there is none.
        now_s: Now, in seconds that never go backwards.
    """

    def __init__(self, per_minute: float | None, now_s: float) -> None:
        self._configured = per_minute
        self._told: float | None = None
        self._workers = 1
        self._at_s = now_s
        self._level = self.most

    @property
    def per_minute(self) -> float:
        """The limit of this process; infinite where none is known."""
        known = [limit for limit in (self._configured, self._told) if limit is not None]
        return min(known, default=float("inf")) / self._workers

    @property
    def most(self) -> float:
        """How much there can be at once."""
        if self._configured is None:
            return self.per_minute
        return max(1.0, self.per_minute * AT_ONCE)

    @property
    def _per_s(self) -> float:
        """How fast it fills."""
        if self._configured is None:
            return self.per_minute / MINUTE_S
        return max(self.per_minute - self.most, self.per_minute / 2) / MINUTE_S

    def wait_s(self, amount: float, now_s: float) -> float:
        """Seconds until *amount* may be taken; 0 if it may now.

        More than there can ever be is let through when it is full, and then owed.
        """
        if self.per_minute == float("inf"):
            return 0.0
        self._fill(now_s)
        short = min(amount, self.most) - self._level
        return short / self._per_s if short > DUST else 0.0

    def take(self, amount: float, now_s: float) -> None:
        """Take *amount*."""
        self._fill(now_s)
        self._level -= amount

    def give_back(self, amount: float, now_s: float) -> None:
        """Return what was taken and not used."""
        self._fill(now_s)
        self._level = min(self.most, self._level + amount)

    def learn(self, limit: Limit, now_s: float) -> None:
        """Take note of what the provider says of it.

        Some send -1 or 0 where they have no limit: that says nothing. What remains is the
        account's; others may have taken of it, so it can only lower our own level.
        """
        self._fill(now_s)
        if limit.limit is None or limit.limit <= 0:
            return
        was_unknown = self.per_minute == float("inf")
        self._told = limit.limit
        if was_unknown:
            self._level = self.most
        if limit.remaining is not None and limit.remaining >= 0:
            left = limit.remaining / self._workers
            # It is told in whole numbers: a fraction of one more may be there, as we count.
            if self._level >= left + 1:
                self._level = left
        self._level = min(self._level, self.most)

    def share(self, workers: int, now_s: float) -> None:
        """From now on *workers* processes take equal parts of the limit.

        A configured limit is kept while they come and go, too: who comes begins with
        nothing, like who is there, and what a dead one left is nobody's.
        """
        self._fill(now_s)
        if self._configured is not None:
            self._level = min(self._level, 0.0) if workers > self._workers else self._level
        elif self.per_minute != float("inf"):
            self._level *= self._workers / workers
        self._workers = workers
        self._level = min(self._level, self.most)

    def _fill(self, now_s: float) -> None:
        if now_s > self._at_s and self.per_minute != float("inf"):
            self._level = min(self.most, self._level + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
