"""What would go to a thread is done at once: for event loops whose time is not that of threads."""

import asyncio
from asyncio import events
from collections.abc import Callable
from typing import Any


class ThreadlessLoop(asyncio.BaseEventLoop):
    """An event loop without threads."""

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
