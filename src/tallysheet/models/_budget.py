"""The budget of a run: money is set aside before a call and settled after it.

1. Before a call, the most it can cost is set aside; after it, what it did cost is
   spent and the rest is free again. So what is spent and what is set aside never
   pass the limit together, however many calls are in flight.
2. Who asks for more than is free waits, in the order of asking, as long as calls in
   flight may leave enough. Who asks for more than could ever be left is refused.
   How much that is may be found out anew while a call waits: what other replies
   have shown of the model by then makes it less.
3. What a later run will pay, for a job that this one handed in and left, stays set aside
   to the end, so that nobody waits for it.
4. A call whose reply never came may be on the bill nevertheless: it counts in full.

Amounts are counted in whole nano-dollars, rounded up, since fractions of binary
numbers add up to a little more or less than they are.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tallysheet.errors import BudgetReached, ConfigError
from tallysheet.models._dialect import Usage

NANO = 1_000_000_000
NOTHING = Usage()


class Budget:
    """What may be spent in one run.

    Args:
        limit_usd: The most, in US dollars; None for no limit, where money is only counted.
    """

    def __init__(self, limit_usd: float | None = None) -> None:
        self.limit_usd = limit_usd
        self.unpriced: list[str] = []
        """The models whose calls cannot be counted, since nobody knows what they cost."""
        self.usage = NOTHING
        """What all calls took, in tokens."""
        self._limit = math.inf if limit_usd is None else math.floor(limit_usd * NANO)
        self._spent = 0
        self._held = 0
        self._promised = 0
        self._waiting: deque[tuple[float | Callable[[], float], asyncio.Future[int]]] = deque()

    @property
    def spent_usd(self) -> float:
        """What all calls cost so far, the failed ones and those of unknown outcome included."""
        return self._spent / NANO

    @property
    def held_usd(self) -> float:
        """What is set aside for calls in flight."""
        return self._held / NANO

    def without_price(self, model: str) -> None:
        """Note that *model* will be asked and that nobody knows what it costs.

        Raises:
            ConfigError: There is a limit, which could not be kept.
        """
        if self.limit_usd is not None:
            raise ConfigError(
                f"What {model} costs is not known, so no budget can be kept.",
                f"Say it with --price '{model}=IN/OUT', in US dollars a million tokens"
                " (0/0 if it is free), or leave out --max-cost.",
            )
        if model not in self.unpriced:
            self.unpriced.append(model)

    async def reserve(self, most_usd: float | Callable[[], float]) -> "Reservation":
        """Set *most_usd* aside for the next call; waits while others may free it.

        ::

            with await budget.reserve(price.most_usd(tokens_in, most_tokens)) as held:
                await governor.admit(...)  # an error up to here costs nothing
                held.sent()
                reply = await session.send(call)
                held.settle(price.usd(said.usage), said.usage)

        Args:
            most_usd: The most that it can cost, in US dollars; or what tells that, which is
                asked again while the call waits. The last time counts.

        Raises:
            BudgetReached: It would pass the limit even if all calls in flight cost nothing.
        """
        amount = nano(most_usd)
        if self._waiting or not self._fits(amount):
            if self._never_fits(amount):
                raise self._reached(amount)
            turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._waiting.append((most_usd, turn))
            try:
                amount = await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled() and turn.exception() is None:
                    self._held -= turn.result()
                self._serve()
                raise
        else:
            self._held += amount
        return Reservation(self, amount)

    async def try_reserve(self, usd: float) -> "Reservation | None":
        """Set *usd* aside if it is free and nobody waits for it: for a call that need not be."""
        amount = nano(usd)
        if self._waiting or not self._fits(amount):
            return None
        self._held += amount
        return Reservation(self, amount)

    def promise(self, held: int) -> None:
        """Keep *held* nano-dollars set aside to the end."""
        self._held -= held
        self._promised += held
        self._serve()

    def settle(self, held: int, spent: int, usage: Usage) -> None:
        """Of *held* nano-dollars, *spent* are, for *usage*; the rest is free again."""
        self._held -= held
        self._spent += spent
        self.usage += usage
        self._serve()

    def _fits(self, amount: int) -> bool:
        return self._spent + self._promised + self._held + amount <= self._limit

    def _never_fits(self, amount: int) -> bool:
        return self._spent + self._promised + amount > self._limit

    def _serve(self) -> None:
        """Let in or refuse whoever waits, from the front, as far as it is decided."""
        while self._waiting:
            most_usd, turn = self._waiting[0]
            if not turn.done():
                amount = nano(most_usd)
                if self._fits(amount):
                    self._held += amount
                    turn.set_result(amount)
                elif self._never_fits(amount):
                    turn.set_exception(self._reached(amount))
                else:
                    return
            self._waiting.popleft()

    def _reached(self, amount: int) -> BudgetReached:
        return BudgetReached(
            f"The budget is reached: ${self.spent_usd:.4f} of ${self.limit_usd or 0:.2f} is spent,"
            f" and the next call could pass it at up to ${amount / NANO:.4f}.",
            "Nothing is lost. Run the same command again with a larger --max-cost to go on.",
        )


def nano(usd: float | Callable[[], float]) -> int:
    """US dollars as nano-dollars, rounded up."""
    return math.ceil((usd() if callable(usd) else usd) * NANO)


class Reservation:
    """Money set aside for one call; use it with ``with``."""

    def __init__(self, budget: Budget, amount: int) -> None:
        self._budget = budget
        self._amount = amount
        self._at_risk = False
        self._is_settled = False

    @property
    def usd(self) -> float:
        """How much is set aside, in US dollars."""
        return self._amount / NANO

    def sent(self) -> None:
        """The request goes out now: what is not settled from here on counts in full."""
        self._at_risk = True

    def settle(self, usd: float, usage: Usage = NOTHING) -> None:
        """The call is over: it cost *usd*, for *usage*. Only the first settlement counts."""
        self._end(nano(usd), usage)

    def promise(self) -> None:
        """A later run will pay for it: this one neither spends it nor has it to spend."""
        if not self._is_settled:
            self._is_settled = True
            self._budget.promise(self._amount)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(self._amount if self._at_risk else 0, NOTHING)

    def _end(self, spent: int, usage: Usage) -> None:
        if not self._is_settled:
            self._is_settled = True
            self._budget.settle(self._amount, spent, usage)
