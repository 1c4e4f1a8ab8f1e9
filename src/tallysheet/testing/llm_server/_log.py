"""What a server saw: every request with its times, and what one would ask of them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

MINUTE_S = 60.0
GRACE_S = 0.25
"""What was on its way when the server said to wait is not disobedience."""


@dataclass(slots=True)
class Visit:
    """One request. Times are seconds on the server's monotonic clock."""

    arrived_s: float
    dialect: str
    model: str = ""
    in_flight: int = 0
    """How many were being answered when it came, itself included; 0 if it was no request."""
    tokens_in: int = 0
    tokens_out: int = 0
    left_s: float | None = None
    """When its reply was sent, or the client went away; None while it is being answered."""
    status: int = 0
    """The status of the reply; 0 where none was sent."""
    mishap: str = ""
    """What went wrong with it, on purpose."""
    why: str = ""
    """What refused it: ``requests``, ``tokens``, ``in flight``, or a mishap."""
    retry_after_s: float | None = None
    """How long its client was told to wait."""


def most_in_a_window(visits: Sequence[Visit], window_s: float = MINUTE_S) -> int:
    """The most requests that arrived within any *window_s* seconds."""
    recent: deque[float] = deque()
    most = 0
    for arrived_s in sorted(visit.arrived_s for visit in visits):
        recent.append(arrived_s)
        while recent[0] <= arrived_s - window_s:
            recent.popleft()
        most = max(most, len(recent))
    return most


def impatient(visits: Sequence[Visit], grace_s: float = GRACE_S) -> list[Visit]:
    """The requests that came while somebody had been told to wait.

    Args:
        visits: Of one account: all who share a quota are to wait when one is told to.
        grace_s: How long after the telling a request may still come, in seconds.
    """
    told = sorted(
        (visit.left_s, visit.left_s + visit.retry_after_s)
        for visit in visits
        if visit.left_s is not None and visit.retry_after_s is not None
    )
    return [
        visit
        for visit in visits
        if any(since + grace_s < visit.arrived_s < until for since, until in told)
    ]
