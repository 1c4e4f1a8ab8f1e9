"""What one process may take of an account's limits, and whether it may take anything now."""

import asyncio
from collections.abc import Awaitable, Callable

from tallysheet.models._governor import Governor


async def _always() -> None:
    """Whoever works alone need not ask."""


class Quota:
    """The governors of all models of a run, told together how many share the limits.

    Attributes:
        ensure_lease: Returns once the documents of this process are known to be its own still,
            and raises what ends the run if they are not. One that was stopped for long asks
            nothing before.
    """

    def __init__(self) -> None:
        self.ensure_lease: Callable[[], Awaitable[None]] = _always
        self._governors: list[Governor] = []
        self._workers = 1
        self._is_closed = False

    async def ensure(self) -> None:
        """Return when a request that has its turn may go out.

        Raises:
            Fenced: Its document is another's now.
            asyncio.CancelledError: Nobody is let go any more; see `close`.
        """
        await self.ensure_lease()
        if self._is_closed:
            raise asyncio.CancelledError

    def governs(self, governor: Governor) -> None:
        """Have *governor* keep to this process's part from now on."""
        self._governors.append(governor)
        governor.share(self._workers)

    def share(self, workers: int) -> None:
        """So many workers are alive, this one included; each takes one part of every limit."""
        if workers != self._workers:
            self._workers = workers
            for governor in self._governors:
                governor.share(workers)

    def close(self) -> None:
        """Let no further request go: the run is to end. Those under way may end, too."""
        self._is_closed = True
        for governor in self._governors:
            governor.close()
