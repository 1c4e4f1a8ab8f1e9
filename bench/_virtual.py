"""An event loop in which nobody ever waits: time jumps to whoever is due next."""

import asyncio
import random  # noqa: TID251  seeded, so that a run can be repeated
from asyncio import events
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its own time, so timeouts keep to it, too; what would go to a thread is done here."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    # asyncio's own is generic over what the function returns, which nobody needs to know here.
    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Call *func* right here, as if it had been a thread that takes no time."""
        reply = self.create_future()
        events._set_running_loop(None)
        try:
            reply.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  handed to whoever waits
            reply.set_exception(error)
        finally:
            events._set_running_loop(self)
        return reply

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
