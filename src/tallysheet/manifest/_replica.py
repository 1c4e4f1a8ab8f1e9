"""Our copy of the manifest: follows the root and its segments as they stand in the store."""

from typing import Protocol

from tallysheet.errors import ManifestDamaged, NotFound, Outage
from tallysheet.manifest._codec import Root, decode_root, refuse_illegible
from tallysheet.manifest._segments import READ_AT_ONCE, Segments
from tallysheet.manifest._state import State
from tallysheet.ports import ABSENT, Blob, Store, Version

MOST_READS = 8
"""How often the root is read again for a segment that is not there, before it counts as lost."""


class Watcher(Protocol):
    """Whoever wants to see each new state of the worker table."""

    def saw(self, state: State) -> None:
        """Look at the state as of a root that was just read or written."""
        ...


class Replica:
    """The state as of the root that was last read or written.

    Attributes:
        state: What that root and its segments say.
        version: What the store calls that root.
    """

    def __init__(self, store: Store, key: str, segments: Segments, watchers: list[Watcher]) -> None:
        self._store = store
        self._key = key
        self._segments = segments
        self._watchers = watchers
        self.state = State()
        self.version: Version = ABSENT

    @property
    def where(self) -> str:
        """The address of the root, for messages."""
        return f"{self._store.url}/{self._key}"

    def follow(self, root: Root, version: Version) -> None:
        """*root* stands now; what its segments hold has been taken in."""
        self.state.follow(root)
        self.version = version
        for watcher in self._watchers:
            watcher.saw(self.state)

    async def refresh(self, *, patient: bool = True, is_seen: bool = True) -> bool:
        """Read the root; return whether it is another one now.

        Args:
            patient: Whether to try for as long as it takes.
            is_seen: Whether others look at the state meanwhile, who must not see half of a
                commit. On opening nobody does, and there may be a million records to take in.

        Raises:
            Outage: The store cannot be reached, and we are not patient.
            ManifestDamaged: It is gone, unreadable, too new, or lacks a segment.
        """
        for again in range(MOST_READS):
            blob = await self._read(patient=patient)
            if blob is None or blob.version == self.version:
                return False
            root = decode_root(blob.data, where=self.where)
            refuse_illegible(root, where=self.where)
            self._refuse_the_past(root)
            if await self._take_segments(root, is_seen=is_seen):
                self.state.take(root.records.items())
                self.follow(root, blob.version)
                return True
            await self._segments.pause(again)
        raise ManifestDamaged(
            f"A segment that {self.where} names is missing.",
            "Nothing was changed. Restore the object, or see what is left with: tallysheet check",
        )

    async def _read(self, *, patient: bool) -> Blob | None:
        """The root as it stands, or none where there has not been one yet."""
        failures = 0
        while True:
            try:
                return await self._store.get(self._key)
            except NotFound:
                if self.version == ABSENT:
                    return None
                raise ManifestDamaged(
                    f"{self.where} is gone: somebody removed it while we worked.",
                    "Nothing was written since. Restore the object and run the same command.",
                ) from None
            except Outage:
                if not patient:
                    raise
                failures += 1
                await self._segments.pause(failures)

    async def _take_segments(self, root: Root, *, is_seen: bool) -> bool:
        """Take in the segments that are new to us; return whether all of them were there.

        One may be gone because a newer root, which has merged it with others, stands
        by now. What was taken in from the others is no less true.
        """
        fresh = [segment.key for segment in root.segments if segment.rev > self.state.rev]
        for key in [key for key in fresh if key in root.carried]:
            self.state.take(await self._segments.unpacked(key, root.carried[key]))
            fresh.remove(key)
        for at in range(0, len(fresh), READ_AT_ONCE):
            some = fresh[at : at + READ_AT_ONCE]
            found = await self._segments.fetch_all(some)
            if found is None:
                return False
            for key, data in zip(some, found, strict=True):
                if is_seen:
                    self.state.take(await self._segments.unpacked(key, data))
                else:
                    async for records in self._segments.portions(key, data):
                        self.state.take(records)
        return True

    def _refuse_the_past(self, root: Root) -> None:
        """A root put back from a backup would undo what has been acknowledged."""
        if self.version != ABSENT and root.rev <= self.state.rev:
            raise ManifestDamaged(
                f"{self.where} went back from revision {self.state.rev} to {root.rev}:"
                " somebody restored an earlier one while we worked.",
                "Run the same command again to go on from there.",
            )
