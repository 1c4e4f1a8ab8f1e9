"""Compaction: many small segments become few large ones, in the background.

Segments are merged by tiers: sixteen of one level become one of the next, so each
record is written again only a few times however many follow it. One process does
it for all, the one whose name sorts first among the live writers.

1. The merged segment is written first, then one update puts it in the place of its
   parts: of two compactors one finds the parts gone and removes its own work.
2. Parts are deleted once that update is known to stand: no root that can still be
   written names them. A reader of an older root finds them gone and reads the root anew.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from math import log

from tallysheet.manifest import _updates as updates
from tallysheet.manifest._codec import Segment, merge_segments, name_of
from tallysheet.manifest._commit import Committer
from tallysheet.manifest._segments import Segments
from tallysheet.manifest._state import State
from tallysheet.ports import Clock

FAN_IN = 16
"""Segments of one level that are merged into one of the next."""

MOST_BYTES = 16 * 1024 * 1024
"""Compressed. Larger ones are not merged any more: no process has to hold them twice."""

LEVEL_BYTES = 32 * 1024
"""Of the smallest segments; those of the next level are so many times larger as are merged."""

CROWD = 64
"""Segments of one level; the root names each of them in some 130 bytes at every commit."""

STALE = 3
"""Records in segments for each one that counts, beyond which space is worth more than writing."""

BY = "compact"
"""What stands in a merged segment's name instead of a commit's number."""


def due(segments: Sequence[Segment], *, live: int) -> tuple[Segment, ...]:
    """The segments to merge next: the smallest of the lowest level that is full; or none.

    So many that whoever merges them need not hold more than `MOST_BYTES`. Where a whole
    level is more than that, its segments are large enough, and writing them again would
    gain little; unless most of what they hold is out of date, or there are very many.

    Args:
        segments: What stands.
        live: How many records there are.
    """
    is_stale = sum(segment.records for segment in segments) > STALE * live
    levels: dict[int, list[Segment]] = defaultdict(list)
    for segment in segments:
        levels[_level(segment)].append(segment)
    for level in sorted(levels):
        if len(levels[level]) < FAN_IN:
            continue
        smallest = sorted(levels[level], key=lambda segment: segment.bytes)[:FAN_IN]
        sums = accumulate(segment.bytes for segment in smallest)
        parts = tuple(s for s, total in zip(smallest, sums, strict=True) if total <= MOST_BYTES)
        is_crowded = len(levels[level]) > CROWD
        if len(parts) >= (2 if is_stale or is_crowded else FAN_IN):
            return parts
    return ()


def _level(segment: Segment) -> int:
    """How often it was merged, or as large as if it had been: a large group's begins higher."""
    as_large = int(log(max(segment.bytes / LEVEL_BYTES, 1.0), FAN_IN))
    return max(segment.level, as_large)


def _due(state: State) -> tuple[Segment, ...]:
    """The same, of the segments that stand in the store for certain."""
    standing = [segment for segment in state.segments if segment.key not in state.carried]
    return due(standing, live=len(state.encoded))


def merged(
    parts: Sequence[Segment], contents: Sequence[bytes], *, by: str
) -> tuple[Segment, bytes]:
    """One segment in the place of *parts*, whose bytes are *contents*; see `Segments.made`."""
    data, count = merge_segments([(p.key, c) for p, c in zip(parts, contents, strict=True)])
    level, rev = max(map(_level, parts)) + 1, max(part.rev for part in parts)
    return Segment(name_of(data, by=by), count, len(data), rev, level), data


class Compactor:
    """Merges the segments of one manifest while it is open."""

    def __init__(self, committer: Committer, segments: Segments, writer: str, clock: Clock) -> None:
        self._clock = clock
        self._committer = committer
        self._segments = segments
        self._writer = writer
        self._wake = asyncio.Event()

    def saw(self, state: State) -> None:
        """See whether there is something to do as of a new root."""
        if self._is_ours(state) and _due(state):
            self._wake.set()

    async def run(self) -> None:
        """Merge whenever a level is full, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._is_ours(self._committer.state):
                parts = _due(self._committer.state)
                if not parts or not await self._merge(parts):
                    break

    def _is_ours(self, state: State) -> bool:
        return self._writer in state.writers and min(state.writers) == self._writer

    async def _merge(self, parts: Sequence[Segment]) -> bool:
        """Put one segment in the place of *parts*; return whether that was done."""
        contents = await self._segments.fetch_all([part.key for part in parts])
        if contents is None:
            return False
        # A name never used again: its content may be that of one of its parts, and a
        # removal that arrives late must not hit another segment.
        by = f"{self._writer}-{BY}-{self._clock.token()}"
        whole, data = await asyncio.to_thread(merged, parts, contents, by=by)
        await self._segments.keep(whole.key, data)
        replaced = await self._committer.submit(updates.replace_segments(parts, whole))
        for gone in parts if replaced else (whole,):
            await self._segments.delete(gone.key)
        return replaced
