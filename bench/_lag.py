"""How late the event loop is, watched from inside."""

import time
from dataclasses import dataclass, field

from _ways import CLOCK

TICK_S = 0.010
"""How often the event loop is asked whether it is there."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How late the event loop was, in seconds, at every tick.

    A loop that is held up misses ticks: they count as well, each as late as it was.
    """

    seen_s: list[float] = field(default_factory=list)
    """Whoever held it up, other processes on this machine included."""
    own_s: list[float] = field(default_factory=list)
    """By computing of its own."""

    async def watch(self) -> None:
        """Look, until cancelled."""
        while True:
            due_s, cpu_s = CLOCK.monotonic() + TICK_S, time.thread_time()
            await CLOCK.sleep(TICK_S)
            late_s = CLOCK.monotonic() - due_s
            _note(self.seen_s, late_s)
            _note(self.own_s, min(late_s, time.thread_time() - cpu_s))


def _note(ticks_s: list[float], late_s: float) -> None:
    ticks_s.append(late_s)
    while (late_s := late_s - TICK_S) > 0:
        ticks_s.append(late_s)
