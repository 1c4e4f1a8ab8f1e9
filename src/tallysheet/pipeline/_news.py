"""What has happened and nobody has been told yet."""

import asyncio
from collections.abc import Callable

from tallysheet.pipeline._events import Event

MOST_UNTOLD = 1000
"""With more events than that, nothing is begun until some have been taken."""


class News:
    """Events, in their order, until whoever runs us takes them.

    Args:
        wake: Called when there are few enough again to begin something.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._untold: asyncio.Queue[Event | None] = asyncio.Queue()

    @property
    def is_too_much(self) -> bool:
        """Whether nobody seems to listen: what is under way may end, and add its own."""
        return self._untold.qsize() >= MOST_UNTOLD

    def tell(self, event: Event | None) -> None:
        """Add one; none is the end."""
        self._untold.put_nowait(event)

    async def next(self) -> Event | None:
        """The next one, as soon as there is one; none at the end."""
        was_too_much = self.is_too_much
        event = await self._untold.get()
        if was_too_much and not self.is_too_much:
            self._wake()
        return event
