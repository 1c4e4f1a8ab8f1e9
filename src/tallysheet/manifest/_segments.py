"""Segments in the store: immutable, named by their content.

A segment is written before any root names it and deleted after none does. Its
name fixes its bytes, so writing it twice is harmless. As in ``_commit``, a store
that cannot be reached is waited for, however long that takes.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

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
    read_segment,
)
from tallysheet.ports import ABSENT, Clock, Store

ON_THE_LOOP = 4096
"""Records, or bytes, that take no more than some milliseconds; more goes to a thread."""

READ_AT_ONCE = 2
"""Segments that are fetched at the same time, of some 16 MB at most: eight open a million records
no faster."""

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

    async def unpacked(self, key: str, data: bytes) -> Records:
        """The records of a segment whose bytes are at hand.

        Raises:
            ManifestDamaged: It is not what its name says.
        """
        if len(data) <= ON_THE_LOOP:
            return decode_segment(data, key=key)
        return await asyncio.to_thread(decode_segment, data, key=key)

    async def portions(self, key: str, data: bytes) -> AsyncIterator[Records]:
        """The same, a portion at a time: all at once take up to thirty times the memory.

        Raises:
            ManifestDamaged: It is not what its name says.
        """
        if len(data) <= ON_THE_LOOP:
            yield decode_segment(data, key=key)
            return
        reading = read_segment(data, key=key)
        while portion := await asyncio.to_thread(next, reading, None):
            yield portion

    async def fetch_all(self, keys: Sequence[str]) -> list[bytes] | None:
        """The bytes of several at once, in their order; none where one of them is not there."""
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                fetching = [tasks.create_task(self._fetch(key)) for key in keys]
        found = [data for task in fetching if (data := task.result()) is not None]
        return found if len(found) == len(keys) else None

    async def _fetch(self, key: str) -> bytes | None:
        """The bytes of one, but no error where it is not there.

        A group in which a task fails while it is cancelled from outside tells only of the
        error (Python 3.11): who catches that and goes on never ends.
        """
        failures = 0
        while True:
            try:
                return (await self.store.get(key)).data
            except NotFound:
                return None
            except Outage:
                failures += 1
                await self.pause(failures)

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
