"""Segments in the store: immutable, named by their content.

A segment is written before any root names it and deleted after none does. Its
name fixes its bytes, so writing it twice is harmless. As in ``_commit``, a store
that cannot be reached is waited for, however long that takes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from tallysheet.errors import (
    ConfigError,
    Conflict,
    NotFound,
    Outage,
    OutcomeUnknown,
    StoreError,
    one_error,
)
from tallysheet.manifest._codec import (
    Records,
    Segment,
    decode_segment,
    encode_segment,
    name_of,
)
from tallysheet.ports import ABSENT, Clock, Store

T = TypeVar("T")

ON_THE_LOOP = 4096
"""Records, or bytes, that take no more than some milliseconds; more goes to a thread."""

READ_AT_ONCE = 2
"""Segments that are fetched at the same time: eight open a million records no faster, and hold
90 MB more of what is being unpacked."""

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of one manifest."""

    store: Store
    clock: Clock

    async def made(
        self, records: Mapping[str, bytes], *, by: str, rev: int
    ) -> tuple[Segment, bytes]:
        """Make a segment of records; *by* says whose it is, for whoever cleans up."""
        many = len(records) > ON_THE_LOOP
        data = await asyncio.to_thread(encode_segment, records) if many else encode_segment(records)
        return Segment(name_of(data, by=by), len(records), len(data), rev), data

    async def keep(self, key: str, data: bytes) -> None:
        """Write a segment; when this returns, it stands."""
        failures = 0
        while not await self._put(key, data):
            failures += 1
            await self.pause(failures)

    async def _put(self, key: str, data: bytes) -> bool:
        """Write it if it is not there yet; return whether it is known to be there now.

        A conflict proves nothing: S3 answers 409 to some writes that it has not kept.
        """
        try:
            await self.store.put(key, data, expect=ABSENT)
        except (Outage, OutcomeUnknown):
            return False
        except Conflict:
            try:
                await self.store.get(key)
            except (NotFound, Outage):
                return False
        return True

    async def read(self, key: str) -> Records:
        """Read the records of a segment.

        Raises:
            NotFound: It is not there: no root that stands now names it, or it is lost.
            ManifestDamaged: It is not what its name says.
        """
        return await self.unpacked(key, await self._fetch(key))

    async def _fetch(self, key: str) -> bytes:
        failures = 0
        while True:
            try:
                return (await self.store.get(key)).data
            except Outage:
                failures += 1
                await self.pause(failures)

    async def unpacked(self, key: str, data: bytes) -> Records:
        """The records of a segment whose bytes are at hand.

        Raises:
            ManifestDamaged: It is not what its name says.
        """
        if len(data) <= ON_THE_LOOP:
            return decode_segment(data, key=key)
        return await asyncio.to_thread(decode_segment, data, key=key)

    async def read_all(self, keys: Sequence[str]) -> list[Records] | None:
        """Read several at once, in their order; none where one of them is not there."""
        return await self._all(keys, self.read)

    async def fetch_all(self, keys: Sequence[str]) -> list[bytes] | None:
        """The same, of which each is left as its bytes."""
        return await self._all(keys, self._fetch)

    async def _all(
        self, keys: Sequence[str], read: Callable[[str], Awaitable[T]]
    ) -> list[T] | None:
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                reading = [tasks.create_task(_if_there(read, key)) for key in keys]
        found = [one for task in reading if (one := task.result()) is not None]
        return found if len(found) == len(keys) else None

    async def delete(self, key: str) -> None:
        """Remove a segment that no root can name any more.

        What cannot be removed, perhaps for want of the right to, only takes up space.
        """
        with suppress(StoreError, ConfigError):
            await self.store.delete(key)

    async def pause(self, failures: int) -> None:
        """Wait before asking a store again that failed so often in a row."""
        pause = min(FIRST_PAUSE_S * (1 << min(failures, 8)), LONGEST_PAUSE_S)
        await self.clock.sleep(pause * (0.5 + self.clock.random() / 2))


async def _if_there(read: Callable[[str], Awaitable[T]], key: str) -> T | None:
    """What *read* finds, but no error where nothing is there.

    A group in which a task fails while it is cancelled from outside tells only of the
    error (Python 3.11): who catches that and goes on never ends.
    """
    try:
        return await read(key)
    except NotFound:
        return None
