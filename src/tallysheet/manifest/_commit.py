"""Read, change, write if unchanged; otherwise find out what happened, and go on.

The whole losslessness of the package rests on this one loop. Its rules:

1. One committer a process. It takes *all* updates that wait and writes them with
   one conditional PUT of the root; whoever arrives meanwhile is the next group.
2. Every root carries a fresh nonce, so no version of it ever returns (an S3 ETag
   is a hash of the content), and the number of the last commit of every writer.
3. Nobody is answered before the commit that holds their update is known to stand.
   That goes for refusals too: a group that changes nothing is confirmed by a read.
4. Whatever a PUT ends with that is not success, there is one path: read the root,
   for as long as it takes.
   - It holds our number: the reply was lost and we won. Answer.
   - Its version is still our base: not applied yet. Send *the same bytes* again; a
     late twin is harmless, because both carry the same number.
   - Its version is another and our number is not in it: that PUT can never land any
     more. Apply the same updates to what stands there, under the same number.
   - Our name was in it and is gone: we were fenced. Fail the waiting, and stop.
   - It is gone: stop loudly. A root is never created twice.
5. The first commit of a writer only enters its name: until that is known to stand
   in the root, it could not tell "never applied" from "applied, then fenced". It writes
   no segment before that, either: ``_orphans`` relies on it.
6. What the root would become too large for goes into a segment, whose name fixes its
   content, so sending it twice is harmless. A root that names one carries its bytes, too,
   until it is known to stand; see ``_carry``.
7. There is no retry budget. A loser's queue grows meanwhile, so its next group is
   bigger. It pauses *before* it reads the root again, since what was read grows old, and
   where others write often the root is read before every commit: so nobody starves.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from tallysheet.errors import ConfigError, Conflict, Fenced, StoreError
from tallysheet.manifest._carry import Carrier
from tallysheet.manifest._codec import Root, encode_root
from tallysheet.manifest._replica import Replica, Watcher
from tallysheet.manifest._segments import Segments
from tallysheet.manifest._state import State
from tallysheet.manifest._tally import T, Tally, Update
from tallysheet.manifest._turns import Turns
from tallysheet.ports import Clock, Store, Version

MOST_INLINE_BYTES = 64 * 1024
"""Of records in the root: every commit writes them again. Beyond that they move to a segment."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """One update and whoever waits for it."""

    update: Update[Any]
    reply: asyncio.Future[Any]
    can_wait: bool = False
    value: Any = None
    error: Exception | None = None

    def answer(self) -> None:
        if self.reply.done():
            return
        if self.error is not None:
            self.reply.set_exception(self.error)
        else:
            self.reply.set_result(self.value)

    def fail(self, error: Exception) -> None:
        if not self.reply.done():
            self.reply.set_exception(error)


class Committer:
    """The one writer of this process on one root.

    Attributes:
        watchers: Who wants to see each new root.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        writer: str,
        clock: Clock,
        segments: Segments,
        carrier: Carrier,
        greeting: Update[None],
    ) -> None:
        self._store = store
        self._key = key
        self._writer = writer
        self._clock = clock
        self._segments = segments
        self._carrier = carrier
        self.watchers: list[Watcher] = []
        self._replica = Replica(store, key, segments, self.watchers)
        self._queue: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._group: Sequence[_Waiting] = ()
        self._greeting = greeting
        self._farewell: Update[None] | None = None
        self._number = 0
        self._turns = Turns(clock)
        self._is_crowded = self._is_expected = False
        self._stopped: Exception | None = None

    @property
    def state(self) -> State:
        """What the root said when it was last read or written."""
        return self._replica.state

    @property
    def version(self) -> Version:
        """What the store calls that root."""
        return self._replica.version

    def submit(self, update: Update[T], *, can_wait: bool = False) -> Awaitable[T]:
        """Have *update* committed; once this has been awaited it is durable.

        One that *can_wait* may wait a little for others, to be written with them.

        Raises:
            Fenced: Another process took this writer for dead.
            ManifestDamaged: The root is gone or unreadable.
            TallysheetError: What the update itself raises.
        """
        if self._stopped is not None:
            raise self._stopped
        reply: asyncio.Future[T] = self._new_reply()
        self._queue.append(_Waiting(update, reply, can_wait))
        self._arrived.set()
        if not can_wait:
            self._turns.stir()
        return reply

    def expect(self) -> None:
        """An update is about to come: enter our name beforehand, if nothing else is to be done."""
        self._is_expected = True
        self._arrived.set()

    def close(self, farewell: Update[None]) -> None:
        """Commit what waits, then *farewell* by itself if we ever wrote, and let `run` return."""
        self._farewell = farewell
        self._arrived.set()
        self._turns.hurry()

    async def run(self) -> None:
        """Commit group after group until closed. What ends it early ends all who wait."""
        try:
            while self._farewell is None or self._queue:
                idle_since = self._clock.monotonic()
                await self._arrived.wait()
                self._turns.idle(self._clock.monotonic() - idle_since)
                if self._queue and not self._farewell and all(w.can_wait for w in self._queue):
                    await self._turns.ripen()
                self._arrived.clear()
                self._group = [w for w in self._queue if not w.reply.done()]
                self._queue = []
                if self._group:
                    await self._settle(self._group)
                elif self._is_expected and self._writer not in self.state.writers:
                    await self._commit_alone(self._greeting)
            if self._writer in self.state.writers:
                # Either our farewell stands, or somebody else's for us: both are the end.
                with suppress(Fenced):
                    await self._commit_alone(self._farewell)
        except BaseException as error:
            ended = error if isinstance(error, Exception) else Fenced("The manifest was closed.")
            self._stopped = ended
            for waiting in (*self._group, *self._queue):
                waiting.fail(ended)
            raise

    def _new_reply(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        """Commit one group, however often that takes, and answer it."""
        is_fresh = self._is_crowded
        if is_fresh:
            # Others write so often that what we know of the root is most likely old.
            await self.refresh()
        tally = self._apply(group)
        if tally.changes_nothing and not is_fresh and await self.refresh():
            tally = self._apply(group)
        if not tally.changes_nothing:
            if self._writer not in self.state.writers:
                await self._commit_alone(self._greeting)
                tally = self._apply(group)
            await self._commit(group, tally)
        for waiting in group:
            waiting.answer()
        await self._turns.after_commit(len(self.state.writers))

    async def _commit_alone(self, update: Update[None]) -> None:
        """Commit what nobody waits for."""
        await self._commit(group := [_Waiting(update, self._new_reply())], self._apply(group))

    async def _commit(self, group: Sequence[_Waiting], tally: Tally) -> None:
        """Write the root that has *group* in it, as *tally* has it, under our next number."""
        self._number += 1
        while not await self._is_written(tally):
            tally = self._apply(group)

    async def _is_written(self, tally: Tally) -> bool:
        """Write the root that follows; return whether it stands, at once or after all."""
        if self._writer in tally.writers:
            tally.writers[self._writer] = self._number  # else the update was our farewell
        root = tally.root(nonce=self._clock.token(), carried=self._carrier.left(self.state))
        is_entered = self._writer in self.state.writers
        if is_entered and sum(map(len, root.records.values())) > MOST_INLINE_BYTES:
            root = await self._spill(root)
        version = await self._put(encode_root(root))
        if version is None:
            return self._has_landed()
        self.state.adopt(tally.changes())
        self._replica.follow(root, version)
        return True

    def _apply(self, group: Sequence[_Waiting]) -> Tally:
        """Apply a group to the state as it is now; an illegal update fails alone."""
        tally = Tally(self.state)
        for waiting in group:
            waiting.value, waiting.error = None, None
            try:
                waiting.value = tally.apply(waiting.update)
            except Exception as error:  # noqa: BLE001  handed to whoever made the update
                waiting.error = error
        return tally

    async def _put(self, data: bytes) -> Version | None:
        """Write the root; return its new version, or none if another root stands now.

        With none, the state is the newer root's, and says whether it was ours.
        """
        base = self.version
        while True:
            started = self._clock.monotonic()
            try:
                version = await self._store.put(self._key, data, expect=base)
            except Conflict:
                # Wait first and read then: what was read before a pause is old after it.
                took_s = self._clock.monotonic() - started
                await self._turns.after_loss(len(self.state.writers), took_s)
            except ConfigError:
                raise
            except StoreError:
                pass
            else:
                self._turns.won(self._clock.monotonic() - started)
                return version
            await self.refresh()
            if self.version != base:
                return None
            await self._turns.after_trouble()

    async def _spill(self, root: Root) -> Root:
        """Move the root's records to a segment; return the root that names it instead."""
        by = f"{self._writer}-{self._number}"
        segment, data = await self._segments.made(root.records, by=by, rev=root.rev)
        carried = root.carried
        if self._carrier.takes(carried, data):
            carried = {**carried, segment.key: data}
            self._carrier.bring(segment.key, data)
        else:
            await self._segments.keep(segment.key, data)
        return replace(root, segments=(*root.segments, segment), records={}, carried=carried)

    def _has_landed(self) -> bool:
        """Whether the root that stands now has our number: then our PUT won after all."""
        return self.state.writers.get(self._writer, 0) >= self._number

    async def open(self, *, patient: bool) -> None:
        """Read the root for the first time; *patient*: for as long as it takes.

        Raises:
            Outage: The store cannot be reached, and we are not patient.
            ManifestDamaged: The root is unreadable or too new.
        """
        await self._replica.refresh(patient=patient, is_seen=False)

    async def refresh(self) -> bool:
        """Read the root, for as long as it takes; return whether it is another one now.

        Not while `run` may be writing: from outside, submit an update that changes nothing.

        Raises:
            Fenced: It no longer knows this writer.
            ManifestDamaged: It is gone or unreadable.
        """
        was_in = self._writer in self.state.writers
        changed = self._is_crowded = await self._replica.refresh()
        if was_in and self._writer not in self.state.writers:
            raise Fenced(
                "Another worker took this one for dead and has taken over its documents.",
                "Nothing is lost. Run the same command again.",
            )
        return changed
