"""The real clock: the one place where time passes and chance happens."""

import asyncio
import random  # noqa: TID251  this is the Clock that everything else is to take
import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """The `Clock` of this machine."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  this is the Clock that everything else is to take

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        await asyncio.sleep(seconds)

    def random(self) -> float:
        """A number in [0, 1)."""
        return random.random()  # noqa: S311  spreads retries, guards no secret

    def token(self) -> str:
        """16 hexadecimal digits from the system's source of randomness."""
        return secrets.token_hex(8)
