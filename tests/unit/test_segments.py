"""Reading segments that vanish, by somebody who is told to stop."""

import asyncio

from tallysheet.errors import NotFound
from tallysheet.manifest._segments import Segments
from tallysheet.ports import Blob
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock


class Vanishing(MemoryStore):
    """A store in which every key turns out to be gone when its reader is cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def get(self, key: str) -> Blob:
        """Wait for ever."""
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise NotFound(key)


async def test_who_is_cancelled_while_a_segment_turns_out_to_be_gone_ends() -> None:
    """Else a manifest whose compactor reads just then would never close."""
    store = Vanishing()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(Segments(store, FakeClock()).fetch_all(["seg/a", "seg/b"]))
        await store.asked.wait()
        reading.cancel()

    assert reading.cancelled()


async def test_one_that_is_gone_is_told_by_none() -> None:
    """Who reads several needs all of them."""
    segments = Segments(MemoryStore(), FakeClock())
    first, data = await segments.made({"a": b'{"status":"done"}'}, by="w-1-1", rev=1)
    await segments.keep(first.key, data)

    assert await segments.fetch_all([first.key]) == [data]
    assert await segments.fetch_all([first.key, "seg/gone"]) is None
