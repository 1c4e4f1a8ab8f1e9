"""The manifest's face: what a caller can ask of the shared sheet.

Any number of tasks, processes and machines may hold the same manifest open.
Whatever returns from here is durable; whatever raises says what became of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Self

from tallysheet.errors import NotFound, one_error
from tallysheet.manifest import _updates as updates
from tallysheet.manifest._adding import Added, add
from tallysheet.manifest._carry import Carrier
from tallysheet.manifest._codec import Worker, decode_record, peek
from tallysheet.manifest._commit import Committer
from tallysheet.manifest._compact import Compactor
from tallysheet.manifest._gathering import Gathering
from tallysheet.manifest._heart import Heart
from tallysheet.manifest._leases import Watch, identity
from tallysheet.manifest._pace import Pace
from tallysheet.manifest._segments import Segments
from tallysheet.manifest._updates import Claim, Outcome
from tallysheet.model import Document, Record, Status
from tallysheet.ports import ABSENT, Clock, Store

ROOT = "manifest.json"
LEASE_S = 30.0
FAREWELL_S = 10.0


class Manifest:
    """The shared record of what became of each document. Open one with `on`.

    The properties answer from the root as this process last read or wrote it;
    `refresh` reads it anew.
    """

    def __init__(self, committer: Committer, watch: Watch) -> None:
        self._committer = committer
        self._watch = watch
        self._gathering = Gathering(committer)
        self._charges: dict[tuple[str, int], Callable[[], float]] = {}
        self._pace = Pace(watch.clock)
        self._heart = Heart(committer, watch, self._pace)

    @classmethod
    @asynccontextmanager
    async def on(
        cls, store: Store, *, clock: Clock, lease_s: float = LEASE_S, patient: bool = True
    ) -> AsyncIterator[Self]:
        """Open the manifest in *store*; the first update creates it where there is none.

        On leaving, what waits is committed and all claims are given back.

        Args:
            store: Where ``manifest.json`` stands.
            clock: Time and chance.
            lease_s: After how many seconds of silence a worker is taken for dead.
            patient: Whether a store that cannot be reached is waited for on opening, too.
                Once open, it always is.

        Raises:
            Outage: The store cannot be reached, and we are not patient.
            ManifestDamaged: It is unreadable, too new, or was removed meanwhile.
            Fenced: Another process took this one for dead.
        """
        worker = f"w-{clock.token()}"
        watch = Watch(worker, clock, lease_s)
        segments = Segments(store, clock)
        carrier = Carrier(segments)
        greeting = updates.enter(worker, await asyncio.to_thread(identity))
        committer = Committer(store, ROOT, worker, clock, segments, carrier, greeting)
        compactor = Compactor(committer, segments, worker, clock)
        committer.watchers.extend((watch, compactor))
        await committer.open(patient=patient)
        manifest = cls(committer, watch)
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                committing = tasks.create_task(committer.run())
                beating = tasks.create_task(manifest._heart.run())
                compacting = tasks.create_task(compactor.run())
                carrying = tasks.create_task(carrier.run())
                gathering = tasks.create_task(manifest._gathering.run())
                try:
                    yield manifest
                finally:
                    beating.cancel()
                    compacting.cancel()
                    gathering.cancel()
                    committer.close(updates.leave(worker, manifest._costs()))
                    # A store that cannot be reached must not keep us: the lease ends by itself.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(FAREWELL_S):
                            await asyncio.wait([committing])
                            carrier.close()
                            await asyncio.wait([carrying])
                    committing.cancel()
                    carrying.cancel()

    @property
    def worker(self) -> str:
        """The name of this process in the manifest."""
        return self._watch.me

    @property
    def exists(self) -> bool:
        """Whether there was a manifest when it was last looked for."""
        return self._committer.version != ABSENT

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many documents there are of each status."""
        counts = self._committer.state.counts
        return {status: counts[status.value] for status in Status if counts[status.value]}

    @property
    def workers(self) -> Mapping[str, int]:
        """The processes that write here, and how many documents each of them holds."""
        state = self._committer.state
        return {name: len(state.held.get(name, ())) for name in state.workers}

    @property
    def processes(self) -> Mapping[str, Worker]:
        """The same processes, as each of them describes itself."""
        return dict(self._committer.state.workers)

    def held_by(self, worker: str) -> list[str]:
        """The documents that *worker* works on, sorted."""
        return sorted(self._committer.state.held.get(worker, ()))

    def expect(self) -> None:
        """Say that an update is about to come: the first one is preceded by a commit of its own.

        That goes into the store meanwhile.
        """
        self._committer.expect()

    async def refresh(self) -> None:
        """Read the manifest anew, to see what other processes did."""
        await self._committer.submit(updates.nothing)

    async def ensure_lease(self) -> None:
        """Return once others can have had no reason to take this process for dead.

        That is at once, unless its last heartbeat is a lease ago: it was stopped, or did not
        reach the store. Await it before what costs money.

        Raises:
            Fenced: They have, and its documents are others' now.
        """
        await self._heart.ensure_lease()

    async def get(self, key: str) -> Record:
        """The record of one document.

        Raises:
            NotFound: The manifest has no such document.
        """
        record = self.find(key)
        if record is None:
            raise NotFound(
                f"The manifest has no document {key!r}.",
                "Its documents are listed by: tallysheet export",
            )
        return record

    def find(self, key: str) -> Record | None:
        """The record of one document, or none; see `get`."""
        return self._committer.state.find(key)

    async def records(self, *statuses: Status) -> AsyncIterator[tuple[str, Record]]:
        """Walk over all records, or those of the given statuses, sorted by key.

        The walk shows the manifest as it was when the walk began.
        """
        for key, data in self._committer.state.encoded.sorted():
            if not statuses or peek(data).status in statuses:
                yield key, decode_record(data)

    def parts_of(self, key: str) -> list[str]:
        """The keys of all documents that were found inside *key*, in no promised order."""
        return self._committer.state.parts_of(key)

    @property
    def listers(self) -> list[str]:
        """The workers that are about to add more documents, sorted."""
        return sorted(n for n, worker in self._committer.state.workers.items() if worker.lists)

    async def add(self, documents: Iterable[Document | str], *, lists: bool | None = None) -> Added:
        """Add documents. Known ones are left alone, changed ones become pending again.

        Args:
            documents: What is there.
            lists: Whether this process is about to add more, for others to see in `listers`.
        """
        known = [d if isinstance(d, Document) else Document(d, "", 0, "") for d in documents]
        return await self._committer.submit(add(known, self.worker, lists=lists))

    async def claim(
        self, *, limit: int | Callable[[], int], can_wait: bool = False
    ) -> tuple[Claim, ...]:
        """Take pending documents to work on, and those that dead workers held.

        Args:
            limit: How many at most; or what tells that when the claim's turn to be written has
                come, since others may write first.
            can_wait: Whether this may wait a little, to be written together with more.
        """
        claim = updates.claim(self.worker, limit)
        update = updates.after_burials(self._watch.lapsed(), claim)
        claims = await self._committer.submit(update, can_wait=can_wait)
        if claims:
            self._gathering.expect()
        return claims

    async def finish(self, claim: Claim, outcome: Outcome, *, can_wait: bool = False) -> Record:
        """Record what became of a claimed document.

        Args:
            claim: The document.
            outcome: What became of it.
            can_wait: As for `claim`.

        Raises:
            LeaseLost: It is another worker's now; nothing was changed.
        """
        if outcome.marks is not None:
            await self._gathering.whole()
        update = updates.finish(self.worker, claim, outcome)
        record = await self._committer.submit(update, can_wait=can_wait)
        self._charges.pop((claim.key, claim.epoch), None)
        self._pace.settled()
        return record

    def charge(self, claim: Claim, cost_usd: Callable[[], float]) -> None:
        """Have the work on *claim* put on its record if it is given back unfinished.

        However that happens: one by one, by signing off, or on leaving.

        Args:
            claim: The document.
            cost_usd: Tells what the work on it has cost by then, in US dollars. What a
                document costs that is finished stands in its outcome.
        """
        self._charges[claim.key, claim.epoch] = cost_usd

    def _costs(self) -> updates.Costs:
        return {claim: cost_usd() for claim, cost_usd in self._charges.items()}

    async def release(self, claims: Iterable[Claim]) -> None:
        """Give claimed documents back unfinished, with what they have cost; see `charge`."""
        given = tuple(claims)
        await self._committer.submit(updates.release(self.worker, given, self._costs()))
        for claim in given:
            self._charges.pop((claim.key, claim.epoch), None)

    async def sign_off(self) -> None:
        """Give back everything this process still holds, as one update.

        A store that cannot be reached is not waited for: the lease ends by itself.
        """
        if self.worker in self._committer.state.workers:
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await self._committer.submit(updates.sign_off(self.worker, self._costs()))

    async def update(self, key: str, change: Callable[[Record], Record]) -> Record:
        """Change one record: an atomic read-modify-write, however many do so at once.

        *change* is a pure function; it may be called more than once.

        Raises:
            NotFound: The manifest has no such document.
            TransitionError: The state table does not allow the new status.
        """
        return await self._committer.submit(updates.change(key, change))

    async def retry(self, keys: Sequence[str] | None = None) -> tuple[str, ...]:
        """Send documents round again: those named, or all that failed. Returns their keys.

        Raises:
            NotFound: The manifest has no such document; none was changed.
            TransitionError: One neither failed nor is in review or was decided on; none was
                changed.
        """
        return await self._committer.submit(updates.retry(keys))
