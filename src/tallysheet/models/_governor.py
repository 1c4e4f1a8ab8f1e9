"""When a request may go: one governor for all who share a provider's quota.

1. A request goes when the window, the pace, the two buckets, the gate and the breaker all
   let it. Until then it waits in line, in the order of coming; one that was refused waits
   at the front. Nobody looks again and again: what changes something serves the line, and
   one alarm rings when time alone will.
2. Whatever ends a wait or a request, its cancellation too, gives back all that it held.
3. Where a refusal says how long to wait, everybody waits so long. One that no known limit
   explains teaches the pace and the window, once a round trip, and one request finds out
   if it is over. After a wait they go in steps, not at once.
4. An answer that is not kept yet takes one of the places that the user allows, as a request in
   flight does: who is killed loses no more than these.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Self

from tallysheet.errors import ModelOutage
from tallysheet.models._breaker import Breaker
from tallysheet.models._bucket import Bucket
from tallysheet.models._dialect import Limits
from tallysheet.models._pace import DUST_S, Pace
from tallysheet.models._slot import Slot, Verdict
from tallysheet.models._window import Window
from tallysheet.ports import Clock

MOST_ASKED_S = 600.0
"""The longest pause that a provider may ask for; what it asks beyond that is an outage."""


class Governor:
    """Lets requests go; use it with ``async with``.

    Args:
        name: What the other side is called in messages.
        clock: Wakes those who wait for time to pass, and draws the jitter.
        concurrency: The most requests in flight, and answers that are not kept yet.
        requests_per_minute: A limit to keep; the provider's own is learned.
        tokens_per_minute: The same of tokens, those read and the most that may be said.
        patient: Whether to wait while the provider is down; else that is told at once.
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        patient: bool = True,
    ) -> None:
        self._name = name
        self._clock = clock
        self._patient = patient
        self._places = concurrency
        self._unkept = 0
        now_s = clock.monotonic()
        self._window = Window(concurrency, now_s)
        self._pace = Pace()
        self._requests = Bucket(requests_per_minute, now_s)
        self._tokens = Bucket(tokens_per_minute, now_s)
        self._breaker = Breaker()
        self._gate_s = -math.inf
        self._is_gated = False
        self._line: deque[tuple[float, asyncio.Future[Slot]]] = deque()
        self._tasks: asyncio.TaskGroup | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_s = math.inf
        self._is_closed = False
        self.in_flight = 0
        self.good_s = -math.inf
        """When a request was last answered, by the clock."""

    @property
    def window(self) -> float:
        """How many requests may be in flight now."""
        return self._window.size

    @property
    def waiting(self) -> int:
        """How many wait in line."""
        return sum(not turn.done() for _, turn in self._line)

    async def __aenter__(self) -> Self:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._tasks is None:
            return
        tasks, self._tasks = self._tasks, None
        if self._alarm is not None:
            self._alarm.cancel()
        # What ended the block is not the alarm's concern, and must not become a group of errors.
        await tasks.__aexit__(None, None, None)

    async def admit(self, tokens: int, *, again: bool = False) -> Slot:
        """Wait until a request may go that takes so many *tokens* at most.

        ::

            with await governor.admit(tokens) as slot:
                slot.sent()
                reply = await session.send(call)
                slot.ended(Verdict(good=True), tokens=took, limits=limits)

        Args:
            tokens: What it reads, estimated, and the most that may be said.
            again: Whether it was let go before and refused: then it is the next to go.

        Raises:
            ModelOutage: The provider is down.
            asyncio.CancelledError: Nobody is let go any more; see `close`.
        """
        if self._is_closed:
            raise asyncio.CancelledError
        if not self._patient and self._breaker.wait_s(self._clock.monotonic()):
            raise self._outage()
        turn: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        if again:
            self._line.appendleft((float(tokens), turn))
        else:
            self._line.append((float(tokens), turn))
        self._serve()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                turn.result().ended(Verdict())
            else:
                self._serve()
            raise

    def keep(self) -> Callable[[], None]:
        """An answer takes a place from now on, until what is returned is called."""
        self._unkept += 1
        return self._kept

    def share(self, workers: int) -> None:
        """Take one part of so many of every limit: so many processes share the account."""
        now_s = self._clock.monotonic()
        self._requests.share(workers, now_s)
        self._tokens.share(workers, now_s)
        self._serve()

    def close(self) -> None:
        """Call off everybody who waits, and who still comes; those under way may end."""
        self._is_closed = True
        while self._line:
            self._line.popleft()[1].cancel()

    def _kept(self) -> None:
        self._unkept -= 1
        self._serve()

    def _serve(self) -> None:
        """Let go whoever may, from the front of the line; set the alarm for the next."""
        while self._line:
            tokens, turn = self._line[0]
            if turn.done():
                self._line.popleft()
                continue
            now_s = self._clock.monotonic()
            pause_s = self._wait_s(tokens, now_s)
            if pause_s > DUST_S:
                if pause_s < math.inf:
                    self._wake_in(pause_s, now_s)
                return
            self._line.popleft()
            self._requests.take(1.0, now_s)
            self._tokens.take(tokens, now_s)
            self.in_flight += 1
            self._pace.go(now_s)
            slot = Slot(
                tokens,
                self._clock,
                self._pace,
                self._ended,
                in_flight=self.in_flight,
                beyond=self._window.go(self.in_flight, now_s),
                probe=self._breaker.go(),
            )
            turn.set_result(slot)

    def _wait_s(self, tokens: float, now_s: float) -> float:
        """How long the front of the line must wait; infinite where time alone is not enough."""
        if self.in_flight + self._unkept >= self._places:
            return math.inf
        gate_s = max(self._gate_s - now_s, self._breaker.wait_s(now_s))
        if gate_s > DUST_S:
            return gate_s
        pace_s = self._pace.wait_s(now_s)
        if self._is_gated and not self._pace.is_barred:
            self._is_gated = False
            self._window.ramp(self.in_flight, now_s)
        return max(
            pace_s,
            self._window.wait_s(self.in_flight, now_s, settled_s=self._pace.settled_s),
            self._requests.wait_s(1.0, now_s),
            self._tokens.wait_s(tokens, now_s),
        )

    def _wake_in(self, pause_s: float, now_s: float) -> None:
        """Have the line served then, unless that happens earlier anyway."""
        due_s = now_s + pause_s
        if self._tasks is None:
            raise RuntimeError("A governor is used inside `async with`.")
        if self._alarm is not None and self._alarm_s <= due_s:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_s = due_s
        self._alarm = self._tasks.create_task(self._ring(pause_s))

    async def _ring(self, pause_s: float) -> None:
        await self._clock.sleep(pause_s)
        self._alarm, self._alarm_s = None, math.inf
        self._serve()

    def _ended(self, slot: Slot, verdict: Verdict, used: float | None, limits: Limits) -> None:
        now_s = self._clock.monotonic()
        self.in_flight -= 1
        if not slot.is_sent:
            self._requests.give_back(1.0, now_s)
            self._pace.called_off(slot.went_s)
            used = 0.0
        if used is not None:
            self._tokens.give_back(slot.tokens - used, now_s)
        self._requests.learn(limits.requests, now_s)
        self._tokens.learn(limits.tokens, now_s)
        self._breaker.called_off(probe=slot.probe)
        if verdict.good:
            self.good_s = now_s
            self._pace.good(slot.refusals)
        if verdict.congested:
            self._heed(slot, limits, now_s)
        elif slot.beyond:
            self._window.tried(is_good=verdict.good)
        if verdict != Verdict():
            self._judge(failed=verdict.failed, probe=slot.probe, now_s=now_s)
        self._serve()

    def _heed(self, slot: Slot, limits: Limits, now_s: float) -> None:
        """Somebody was refused: fewer from now on, and nobody for as long as was asked."""
        jitter = self._clock.random()
        asked_s = min(limits.wait_s or 0.0, MOST_ASKED_S)
        is_known = limits.requests.is_short_of(1.0) or limits.tokens.is_short_of(slot.tokens)
        if is_known:
            # It was the rate, which the buckets know by now.
            self._pace.called_off(slot.went_s)
        else:
            self._learn(slot, now_s, asked_s, jitter)
        if asked_s:
            self._gate_s = max(self._gate_s, now_s + asked_s * (1 + jitter / 10))
        self._is_gated |= asked_s > 0 or self._pace.is_barred

    def _learn(self, slot: Slot, now_s: float, asked_s: float, jitter: float) -> None:
        is_first = not self._pace.is_barred
        if slot.beyond and is_first:
            # One more in flight was tried, and that was all.
            self._pace.called_off(slot.went_s)
            self._window.refused(slot.in_flight, now_s, beyond=True)
            return
        is_news = self._pace.refused(
            slot.went_s, slot.refusals, now_s, asked_s=asked_s, jitter=jitter
        )
        if slot.beyond or is_first or not is_news:
            # Of a wave the first to go counts, whenever it is heard. What is refused while
            # nobody is let in says nothing of how many may be in flight.
            self._window.refused(slot.in_flight, now_s, beyond=slot.beyond)

    def _judge(self, *, failed: bool, probe: bool, now_s: float) -> None:
        if self._breaker.learn(failed=failed, probe=probe, in_flight=self.in_flight, now_s=now_s):
            self._window.ramp(self.in_flight, now_s)
        is_down = self._breaker.is_open and not self._patient
        if is_down or self._breaker.is_hopeless(now_s):
            while self._line:
                _, turn = self._line.popleft()
                if not turn.done():
                    turn.set_exception(self._outage())

    def _outage(self) -> ModelOutage:
        return ModelOutage(
            f"{self._name} is down: nothing succeeds there any more.",
            "Check the base URL, the connection and the provider's status page, then run the same"
            " command again.",
        )
