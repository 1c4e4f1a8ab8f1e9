"""A worker of a cluster: the same `run` as by hand, in the process of an actor."""

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from tallysheet.cluster._places import require_same
from tallysheet.errors import TallysheetError, one_error
from tallysheet.models import SharedBudget
from tallysheet.pipeline import Event, Summary, SystemClock, look_rarely, run
from tallysheet.settings import Settings

LINGER_S = 60.0
"""So long a worker that has ended stays, for its last news to be fetched."""
SILENCE_S = 60.0
"""A worker stops if whoever keeps its budget says nothing for so long."""
MIND_S = 1.0
"""How often to see whether node and watcher are there."""
MOST_NEWS = 20_000
"""Of what happened while nobody asked, so much is kept, the latest."""

Message = Mapping[str, Any]
News = Event | TallysheetError | Message
"""An event, the error that ended the worker, or something about its budget."""


class Worker:
    """One worker, as the actor that Ray makes of it. It is at work from the beginning.

    Args:
        order: What to do: `source`, `out`, `settings`, and what its `folders` must be.
    """

    def __init__(self, order: Mapping[str, Any]) -> None:
        self._order = order
        self._settings = Settings.model_validate(order["settings"])
        self._news: deque[News] = deque(maxlen=MOST_NEWS)
        self._budget = SharedBudget(self._settings.max_cost_usd, self._news.append)
        self._clock = SystemClock()
        self._asked_s = self._clock.monotonic()
        self._watcher = ""
        self._stop = asyncio.Event()
        # Ray takes uvloop where that is installed; a worker is to run as a run does elsewhere.
        asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
        self._loop = asyncio.new_event_loop()
        # One thread from first to last, since children end with the thread that started them;
        # and one that keeps nobody from ending the process, as Ray does where a node is lost.
        threading.Thread(target=self._work, daemon=True).start()

    def news(self, watcher: str, answers: Sequence[Message]) -> list[News]:
        """Hear what *watcher* answers, and tell it what happened since this was asked last.

        A worker with a budget stops when its watcher is followed by another: that one knows
        nothing of what was set aside, and starts a worker anew.
        """
        self._asked_s = self._clock.monotonic()
        if self._watcher not in ("", watcher) and self._settings.max_cost_usd is not None:
            self.stop()
            answers = ()
        self._watcher = watcher
        for answer in answers:
            self._call(self._budget.answered, answer)
        return [self._news.popleft() for _ in range(len(self._news))]

    def stop(self) -> None:
        """Finish what is in flight, and give back the rest."""
        self._call(self._stop.set)

    def _call(self, function: Callable[..., None], *given: Message) -> None:
        """Have *function* called where the run is; nothing happens once that is over."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *given)

    def _work(self) -> None:
        look_rarely()
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._run())
        except TallysheetError as error:
            self._news.append(error)
        except BaseException:  # noqa: BLE001  a fault of ours, and for whoever watches a death
            # Ray keeps what is written here.
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), None)))
            os._exit(1)
        threading.Event().wait(LINGER_S)
        os._exit(0)

    async def _run(self) -> None:
        await asyncio.to_thread(require_same, self._order["folders"])
        running = run(
            self._order["source"],
            out=self._order["out"],
            settings=self._settings,
            stop=self._stop,
            budget=self._budget,
        )
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                minding = tasks.create_task(self._mind())
                async with aclosing(running) as events:
                    async for event in events:
                        self._news.append(_shortened(event))
                minding.cancel()

    async def _mind(self) -> None:
        """End with the node, and stop where nobody is left to say what may be spent.

        The parent is the process that the node lives and dies with. Ray itself leaves its
        workers alone when that is killed.
        """
        node = os.getppid()
        while True:
            await self._clock.sleep(MIND_S)
            if os.getppid() != node:
                os._exit(1)
            silent_s = self._clock.monotonic() - self._asked_s
            if self._settings.max_cost_usd is not None and silent_s > SILENCE_S:
                self._stop.set()


def _shortened(event: Event) -> Event:
    """Without what the manifest says as well, and of all workers at once."""
    return replace(event, failed=(), review=()) if isinstance(event, Summary) else event
