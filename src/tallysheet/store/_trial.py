"""One probe under way: its own keys, what it writes there, and what it reads back.

What the store says is never believed: after each write the key is read.
"""

import asyncio
from contextlib import suppress

from tallysheet.errors import (
    ConfigError,
    Conflict,
    NotFound,
    Outage,
    OutcomeUnknown,
    StoreError,
    one_error,
)
from tallysheet.ports import ABSENT, Blob, Clock, Store, Version

AT_ONCE = 8
BURST_BYTES = 16 * 1024
"""A burst's bodies take as long to send as roots do: a server may look, receive, then store."""

CLEAN_UP_S = 15.0
"""For how long a store that cannot be reached any more may keep us from leaving."""


class Untrue(Exception):
    """The store did what it must never do; the text says what."""


class Trial:
    """One probe under way: its keys, and how long the store took."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.keys: list[str] = []
        self.gets_s: list[float] = []
        self.puts_s: list[float] = []
        self.versions_repeat = False
        self._token = clock.token()

    def fresh_key(self) -> str:
        """A key under which nothing stands; it will be removed."""
        self.keys.append(f"probe-{self._token}-{len(self.keys):02}")
        return self.keys[-1]

    async def get(self, key: str) -> Blob | None:
        """What stands under *key*."""
        started = self.clock.monotonic()
        try:
            return await self.store.get(key)
        except NotFound:
            return None
        finally:
            self.gets_s.append(self.clock.monotonic() - started)

    async def put(self, key: str, data: bytes, expect: Version) -> Version:
        """Write; an outage and a lost reply are the same to us: try again."""
        try:
            return await self.store.put(key, data, expect=expect)
        except Outage as error:
            raise OutcomeUnknown(error.message, error.fix) from None

    async def stored(self, key: str, data: bytes, expect: Version = ABSENT) -> Version:
        """Write what must be stored, and see that it is."""
        started = self.clock.monotonic()
        version = await self.put(key, data, expect)
        self.puts_s.append(self.clock.monotonic() - started)
        await self.stands(key, Blob(data, version))
        return version

    async def stands(self, key: str, blob: Blob) -> None:
        """See that the store kept what it said to have stored."""
        found = await self.get(key)
        if found is None:
            raise Untrue("said to be stored, and nothing is there")
        if found.data != blob.data:
            raise Untrue("said to be stored, and other bytes are there")
        if found.version != blob.version:
            raise Untrue("stored, and read back under another version")

    async def refused(self, key: str, data: bytes, expect: Version, *, stands: Blob | None) -> None:
        """Write what must be refused, and see that nothing changed."""
        with suppress(Conflict):
            await self.put(key, data, expect)
            raise Untrue("accepted: the condition was ignored")
        if await self.get(key) != stands:
            raise Untrue("refused, and stored all the same")

    async def at_once(self, key: str, expect: Version) -> str:
        """Send many writes of which exactly one must be stored."""
        bodies = [bytes([number]) * BURST_BYTES for number in range(AT_ONCE)]
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                sent = [tasks.create_task(self._answer(key, body, expect)) for body in bodies]
        answers = [task.result() for task in sent]
        won = [
            Blob(body, answer)
            for body, answer in zip(bodies, answers, strict=True)
            if not isinstance(answer, StoreError)
        ]
        lost = sum(isinstance(answer, OutcomeUnknown) for answer in answers)
        if len(won) > 1:
            raise Untrue(f"stored {len(won)} times")
        if not won:
            told = f"None of {AT_ONCE} writes of {key} was told to be stored."
            raise OutcomeUnknown(told) if lost else Conflict(told)
        await self.stands(key, won[0])
        unanswered = f", {lost} without an answer" if lost else ""
        return f"stored once, refused {AT_ONCE - 1 - lost} times{unanswered}"

    async def _answer(self, key: str, data: bytes, expect: Version) -> Version | StoreError:
        try:
            return await self.put(key, data, expect)
        except (Conflict, OutcomeUnknown) as error:
            return error

    async def clean_up(self) -> None:
        """Remove what was written; what could not be removed stays in *keys*.

        Whoever is cancelled meanwhile finishes first: that takes no longer.
        """
        try:
            await self._remove_all()
        except asyncio.CancelledError:
            await self._remove_all()
            raise

    async def _remove_all(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLEAN_UP_S), asyncio.TaskGroup() as tasks:
                for key in tuple(self.keys):
                    tasks.create_task(self._remove(key))

    async def _remove(self, key: str) -> None:
        with suppress(StoreError, ConfigError):
            await self.store.delete(key)
            self.keys.remove(key)
