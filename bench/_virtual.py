"""An event loop in which nobody ever waits: time jumps to whoever is due next."""

import asyncio
import random  # noqa: TID251  seeded, so that a run can be repeated
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from threadless import ThreadlessLoop

START = datetime(2026, 1, 1, tzinfo=UTC)


class VirtualLoop(ThreadlessLoop, asyncio.SelectorEventLoop):
    """Its own time, so timeouts keep to it, too; what would go to a thread is done here."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._now_s = max(self._now_s, self._scheduled[0]._when)
        super()._run_once()


class VirtualClock:
    """A `Clock` on such a loop.

    Args:
        seed: Of its chance.
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311  seeded

    def monotonic(self) -> float:
        """Virtual seconds."""
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """The same as a time of day."""
        return START + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        await asyncio.sleep(max(seconds, 0.0))

    def random(self) -> float:
        """The next number of the seed, in [0, 1)."""
        return self._draw.random()

    def token(self) -> str:
        """The next token of the seed."""
        return f"{self._draw.getrandbits(64):016x}"
