"""Carried segments: a large group costs one PUT in turn, not two.

A root may not do without the records of a segment before that segment is known to
stand. So a root that names a new segment carries its bytes as well, while both are
being written; the next root of a writer that has seen the segment stand leaves the
bytes out.

1. Whoever reads a root takes a carried segment from the root, never from the store.
2. A writer leaves bytes out only after it has itself seen the segment stand.
3. A segment is brought to the store by its own writer and, once that one is no longer
   in the session table, by whoever commits next.
4. What would carry too much waits for its segment instead, as it would without all this.
"""

import asyncio
from collections.abc import Mapping

from tallysheet.manifest._codec import PREFIX
from tallysheet.manifest._segments import Segments
from tallysheet.manifest._state import State

MOST_CARRIED_BYTES = 512 * 1024
"""Compressed. More than that takes longer to send than a second request takes to begin."""


class Carrier:
    """Brings carried segments to the store, in the background."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._parcels: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self._known: set[str] = set()
        self._standing: set[str] = set()

    def takes(self, carried: Mapping[str, bytes], data: bytes) -> bool:
        """Whether a root that carries so much already may carry *data*, too."""
        return sum(map(len, carried.values())) + len(data) <= MOST_CARRIED_BYTES

    def bring(self, key: str, data: bytes) -> None:
        """Begin to write a segment, unless that has begun."""
        if key not in self._known:
            self._known.add(key)
            self._parcels.put_nowait((key, data))

    def left(self, state: State) -> dict[str, bytes]:
        """Of what the root carries, that which the next one must carry still."""
        # What a root has let go of never comes back, so nothing need be remembered of it.
        self._known &= state.carried.keys()
        self._standing &= state.carried.keys()
        left = {key: data for key, data in state.carried.items() if key not in self._standing}
        for key, data in left.items():
            if _is_orphan(key, state):
                self.bring(key, data)
        return left

    def close(self) -> None:
        """Let `run` return once everything is written that was begun."""
        self._parcels.put_nowait(None)

    async def run(self) -> None:
        """Write segment after segment until closed."""
        async with asyncio.TaskGroup() as tasks:
            while (parcel := await self._parcels.get()) is not None:
                tasks.create_task(self._write(*parcel))

    async def _write(self, key: str, data: bytes) -> None:
        await self._segments.keep(key, data)
        self._standing.add(key)


def _is_orphan(key: str, state: State) -> bool:
    """Whether its writer is gone, and will not bring it any more."""
    return not any(key.startswith(f"{PREFIX}{writer}-") for writer in state.writers)
