"""Who is served next where there are fewer places than people."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """So many places at a time, given in the order of asking; but who can wait, waits.

    Args:
        places: How many are served at a time.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())

    @asynccontextmanager
    async def one(self, *, can_wait: bool = False) -> AsyncIterator[None]:
        """A place, for as long as this lasts.

        Args:
            can_wait: Whether everybody who cannot goes first.
        """
        await self._take(can_wait)
        try:
            yield
        finally:
            self._give()

    async def _take(self, can_wait: bool) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._waiting[can_wait]
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it came just now, and is of no use any more
                self._give()
            raise

    def _give(self) -> None:
        for queue in self._waiting:
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._free += 1
