"""Who waits for which answer."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Literal

from tallysheet.models._dialect import Reply


class _Word(Enum):
    AGAIN = "again"
    DUE = "due"


AGAIN = _Word.AGAIN
"""Told where a job is lost: its questions are to be asked anew."""
DUE = _Word.DUE
"""Told where a job is not over and nobody stays for it."""
Told = Reply | None | Literal[_Word.AGAIN, _Word.DUE]
"""What ends a turn: a reply, None where a job has none, `AGAIN`, or `DUE`."""
Turn = asyncio.Future[Told]


class Turns:
    """Places to wait in, by the key of a question; any number may wait for the same."""

    def __init__(self) -> None:
        self._turns: dict[str, list[Turn]] = {}

    def __contains__(self, key: str) -> bool:
        """Whether anybody still waits for it; who was told may not have left yet."""
        return any(not turn.done() for turn in self._turns.get(key, ()))

    @contextmanager
    def taken(self, key: str) -> Iterator[Turn]:
        """A place to wait for the answer to the question of *key*."""
        turn: Turn = asyncio.get_running_loop().create_future()
        turns = self._turns.setdefault(key, [])
        turns.append(turn)
        try:
            yield turn
        finally:
            turns.remove(turn)
            if not turns:
                del self._turns[key]

    def tell(self, key: str, told: Told) -> None:
        """End all turns for *key*."""
        for turn in self._turns.get(key, ()):
            if not turn.done():
                turn.set_result(told)

    def tell_all(self, keys: Iterable[str], told: Told) -> None:
        """End all turns for *keys* likewise."""
        for key in keys:
            self.tell(key, told)

    def fail(self, keys: Iterable[str], error: Exception) -> None:
        """Tell all who wait for *keys* that it ends here."""
        for key in keys:
            for turn in self._turns.get(key, ()):
                if not turn.done():
                    turn.set_exception(error)
