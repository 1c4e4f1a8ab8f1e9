"""One request that may go, from its being let in to its end."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tallysheet.models._dialect import Limits
from tallysheet.models._pace import Pace
from tallysheet.ports import Clock


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply says of the provider."""

    good: bool = False
    """It was answered."""
    congested: bool = False
    """It was refused as one too many."""
    failed: bool = False
    """The provider itself failed, or cannot be reached."""


class Slot:
    """A request that may go; use it with ``with``.

    Args:
        tokens: What was set aside for it.
        clock: Says when it goes out.
        pace: Says how many refusals were news by then.
        end: Told once when it is over.
        in_flight: How many were under way when it was let go, itself included.
        beyond: Whether that was one more than the window holds.
        probe: Whether it finds out if the provider is up again.
    """

    def __init__(
        self,
        tokens: float,
        clock: Clock,
        pace: Pace,
        end: "Callable[[Slot, Verdict, float | None, Limits], None]",
        *,
        in_flight: int,
        beyond: bool,
        probe: bool,
    ) -> None:
        self.tokens = tokens
        self.in_flight = in_flight
        self.beyond = beyond
        self.probe = probe
        self.went_s = clock.monotonic()
        """When it was let go, by the clock."""
        self.sent_s = math.inf
        """When it went out, by the clock."""
        self.refusals = 0
        """How many refusals had been news by then."""
        self._clock = clock
        self._pace = pace
        self._end = end
        self._is_ended = False

    @property
    def is_sent(self) -> bool:
        """Whether it went out."""
        return self.sent_s < math.inf

    def sent(self) -> None:
        """The request goes out now: it counts from here on, whatever comes of it."""
        self.sent_s = self._clock.monotonic()
        self.refusals = self._pace.refusals

    def ended(
        self, verdict: Verdict, *, tokens: float | None = None, limits: Limits | None = None
    ) -> None:
        """The request is over. Only the first time counts.

        Args:
            verdict: What its reply says of the provider; nothing where there was none.
            tokens: What it took; None where nobody knows, so that all of it counts.
            limits: What the reply says of the quota.
        """
        if not self._is_ended:
            self._is_ended = True
            self._end(self, verdict, tokens, limits or Limits())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended(Verdict())
