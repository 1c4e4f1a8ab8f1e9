"""A store that does what networks do: loses requests, loses replies, delivers late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from tallysheet.errors import Conflict, Outage, OutcomeUnknown
from tallysheet.ports import Blob, Entry, Store, Version

T = TypeVar("T")

FAULTS = (
    "ok",
    "lost-request",
    "lost-reply",
    "late",
    "late-1",
    "late-2",
    "conflict",
    "outage-before",
    "outage-after",
)
"""What a script can hold for one put; ``late-N`` for any N."""


@dataclass(slots=True, eq=False)
class _Late:
    """A write that is still under way, though its sender has given up on it."""

    key: str
    data: bytes
    expect: Version
    operations: int


class FaultyStore:
    """Another store, whose puts and gets meet the faults of a script.

    ========================  ============================  ======================
    a put meets               what becomes of the data      what its caller is told
    ========================  ============================  ======================
    ``ok``                    stored                        its version
    ``lost-request``          not stored                    `OutcomeUnknown`
    ``lost-reply``            stored                        `OutcomeUnknown`
    ``late``, ``late-N``      tried later: right before     `OutcomeUnknown`
                              the next operation, or after
                              N more of them
    ``conflict``              not stored                    `Conflict`, untruly
    ``outage-before``         not stored                    `Outage`
    ``outage-after``          stored                        `Outage`, untruly
    ========================  ============================  ======================

    A write whose condition does not hold is never stored, whatever it meets. When a
    script has ended, all goes well.

    Args:
        store: Where things really go.
        script: The fault of each put, in the order in which they are sent.
        gets: ``ok`` or ``outage``, for each get.
        yields: How often other tasks may run, before and after each operation in turn;
            once each when it has ended. Draw it, or all tasks move in lockstep.
    """

    def __init__(
        self,
        store: Store,
        script: Iterable[str] = (),
        *,
        gets: Iterable[str] = (),
        yields: Iterable[int] = (),
    ) -> None:
        self._store = store
        self._script = iter(script)
        self._gets = iter(gets)
        self._yields = iter(yields)
        self._late: list[_Late] = []

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self._store.url

    async def get(self, key: str) -> Blob:
        """Read *key*, or meet an outage."""
        fault = next(self._gets, "ok")
        if fault not in ("ok", "outage"):
            raise ValueError(f"A get cannot meet {fault!r}.")
        return await self._carried(lambda: self._get(key, fault))

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data*, or meet the next fault."""
        fault = next(self._script, "ok")
        return await self._carried(lambda: self._put(key, data, expect, fault))

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        await self._carried(lambda: self._store.delete(key))

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*."""
        await self._pause()
        await self._land()
        async for entry in self._store.list(prefix):
            yield entry

    async def land(self) -> None:
        """Let every write that is still under way arrive."""
        await self._land(everything=True)

    async def _carried(self, act: Callable[[], Awaitable[T]]) -> T:
        """Send an operation on its way, and its reply on the way back."""
        await self._pause()
        await self._land()
        try:
            return await act()
        finally:
            await self._pause()

    async def _get(self, key: str, fault: str) -> Blob:
        if fault == "outage":
            raise Outage(f"{key} cannot be reached, as scripted.")
        return await self._store.get(key)

    async def _put(self, key: str, data: bytes, expect: Version, fault: str) -> Version:
        match fault.split("-"):
            case ["ok"]:
                return await self._store.put(key, data, expect=expect)
            case ["conflict"]:
                raise Conflict(f"{key} is in conflict, as scripted.")
            case ["outage", "before"]:
                raise Outage(f"{key} cannot be reached, as scripted.")
            case ["lost", "request"]:
                pass
            case ["lost", "reply"]:
                await self._try(key, data, expect)
            case ["outage", "after"]:
                await self._try(key, data, expect)
                raise Outage(f"{key} cannot be reached, as scripted.")
            case ["late"]:
                self._late.append(_Late(key, data, expect, 0))
            case ["late", operations]:
                self._late.append(_Late(key, data, expect, int(operations)))
            case _:
                raise ValueError(f"A put cannot meet {fault!r}.")
        raise OutcomeUnknown(f"The reply about {key} was lost, as scripted.")

    async def _land(self, *, everything: bool = False) -> None:
        due = [late for late in self._late if everything or late.operations <= 0]
        self._late = [late for late in self._late if late not in due]
        for late in self._late:
            late.operations -= 1
        for late in due:
            await self._try(late.key, late.data, late.expect)

    async def _try(self, key: str, data: bytes, expect: Version) -> None:
        with suppress(Conflict):
            await self._store.put(key, data, expect=expect)

    async def _pause(self) -> None:
        for _ in range(next(self._yields, 1)):
            await asyncio.sleep(0)
