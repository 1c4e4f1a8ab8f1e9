"""One thing done to many, some of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from tallysheet.errors import one_error

T = TypeVar("T")
U = TypeVar("U")

AT_ONCE = 32
"""Requests under way: enough to hide a store's latency, few enough for any store."""


async def each(items: Iterable[T], work: Callable[[T], Awaitable[U]]) -> list[U]:
    """What *work* makes of every item, in no promised order; the first error ends it all."""
    waiting = iter(items)
    done: list[U] = []

    async def hand() -> None:
        done.extend([await work(item) for item in waiting])

    with one_error():
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(hand())
    return done
