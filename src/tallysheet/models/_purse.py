"""One budget for several processes: one of them keeps it, the others ask for each call.

1. Nothing is spent that was not set aside by the keeper before, so however many processes
   ask, the limit holds for all together; each may spend as much of it as it can use.
2. They speak in messages, which arrive in the order in which they were sent. A message is
   a mapping of plain values: `ask` (answered by `granted`, or by `refused` and `fix`),
   and `free`, with what was `spent` or `promised` of it.
3. What a process has set aside when it is killed may be on the bill: it counts in full.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from tallysheet.errors import BudgetReached
from tallysheet.models._budget import NOTHING, Budget, Reservation, nano
from tallysheet.models._dialect import Usage

Message = Mapping[str, Any]


class Account:
    """What one process has to do with a budget, on the side of who keeps that.

    Args:
        budget: All that may be spent.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = 0

    async def asked(self, message: Message) -> Message:
        """Set aside what an `ask` asks for, as soon as that is decided; return the answer."""
        usd, number = message["usd"], message["ask"]
        if message["now"]:
            if await self._budget.try_reserve(usd) is None:
                return {"ask": number, "granted": False, "refused": "", "fix": ""}
        else:
            try:
                await self._budget.reserve(usd)
            except BudgetReached as error:
                refused = {"refused": error.message, "fix": error.fix}
                return {"ask": number, "granted": False, **refused}
        self._held += nano(usd)
        return {"ask": number, "granted": True}

    def freed(self, message: Message) -> None:
        """Note what a `free` says has become of what was set aside."""
        held, promised = message["free"], message["promised"]
        self._held -= held + promised
        if promised:
            self._budget.promise(promised)
        else:
            self._budget.settle(held, message["spent"], Usage(**message["usage"]))

    def close(self) -> None:
        """The process is no more: what is still set aside for it counts as spent."""
        self._budget.settle(self._held, self._held, NOTHING)
        self._held = 0


class SharedBudget(Budget):
    """A budget that another process keeps.

    Args:
        limit_usd: The most that all processes may spend, in US dollars; None for no limit.
        say: Sends a message to the keeper.
    """

    def __init__(self, limit_usd: float | None, say: Callable[[Message], None]) -> None:
        super().__init__(limit_usd)
        self._say = say
        self._asked: dict[int, tuple[asyncio.Future[Message], float]] = {}
        self._number = 0

    def answered(self, message: Message) -> None:
        """The keeper has answered an `ask`; what nobody waits for any more is given back."""
        turn, usd = self._asked.pop(message["ask"])
        if not turn.done():
            turn.set_result(message)
        elif message["granted"]:
            self._free(nano(usd))

    async def reserve(self, most_usd: float | Callable[[], float]) -> Reservation:
        """Set *most_usd* aside for the next call; see `Budget.reserve`.

        Raises:
            BudgetReached: It would pass the limit even if all calls in flight cost nothing.
        """
        if self.limit_usd is None:
            return await super().reserve(most_usd)
        while True:
            usd = most_usd() if callable(most_usd) else most_usd
            answer = await self._ask(usd, now=False)
            if answer["granted"]:
                return self._reserved(usd)
            # What other replies have shown of the model meanwhile may make it less.
            if not callable(most_usd) or most_usd() >= usd:
                raise BudgetReached(answer["refused"], answer["fix"])

    async def try_reserve(self, usd: float) -> Reservation | None:
        """Set *usd* aside if it is free and nobody waits for it."""
        if self.limit_usd is None:
            return await super().try_reserve(usd)
        answer = await self._ask(usd, now=True)
        return self._reserved(usd) if answer["granted"] else None

    def promise(self, held: int) -> None:
        """A later run will pay for it."""
        super().promise(held)
        self._free(promised=held)

    def settle(self, held: int, spent: int, usage: Usage) -> None:
        """A call is over."""
        super().settle(held, spent, usage)
        self._free(held, spent=spent, usage=usage)

    def _free(
        self, held: int = 0, *, spent: int = 0, promised: int = 0, usage: Usage = NOTHING
    ) -> None:
        if self.limit_usd is None:
            held = promised = 0  # of which the keeper knows nothing
        self._say({"free": held, "spent": spent, "promised": promised, "usage": asdict(usage)})

    def _reserved(self, usd: float) -> Reservation:
        amount = nano(usd)
        self._held += amount
        return Reservation(self, amount)

    async def _ask(self, usd: float, *, now: bool) -> Message:
        self._number += 1
        turn: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = turn, usd
        self._say({"ask": self._number, "usd": usd, "now": now})
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result()["granted"]:
                self._free(nano(usd))
            raise
