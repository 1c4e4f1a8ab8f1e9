"""The run: walk over the source, claim what is pending, carry each document to its outcome.

The same loop serves one process or a hundred: whoever runs it takes what is
pending, and what dead workers held, until nothing is left. Running it again is
how a batch is resumed.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from functools import partial

from tallysheet.errors import AnswerDue, BudgetReached, StoreError, one_error
from tallysheet.intake import Shelf
from tallysheet.manifest import Claim, Manifest
from tallysheet.model import Status
from tallysheet.models import Budget
from tallysheet.pipeline._ahead import A_CHILD, HeadStart
from tallysheet.pipeline._assemble import assemble
from tallysheet.pipeline._doubts import Doubts
from tallysheet.pipeline._events import Deferred, Event, Started, Summary, Waiting
from tallysheet.pipeline._journey import Journey, travel
from tallysheet.pipeline._listing import ListedElsewhere, Listing
from tallysheet.pipeline._meter import Meter
from tallysheet.pipeline._news import News
from tallysheet.pipeline._record import record
from tallysheet.pipeline._slots import Slots
from tallysheet.pipeline._supply import Supply
from tallysheet.pipeline._tally import Tally
from tallysheet.pipeline._trust import require_trust
from tallysheet.ports import Store, Tools
from tallysheet.settings import Settings, load

LOOK_AGAIN_S = 1.0
"""How often to look whether other workers' documents are settled or theirs to take over."""
SHARES_A_LEASE = 10
"""How often within a lease to count the workers that share the providers' limits."""


async def run(
    source: str | Store,
    *,
    out: str | Store | None = None,
    settings: Settings | None = None,
    stop: asyncio.Event | None = None,
    listed: asyncio.Event | None = None,
    budget: Budget | None = None,
) -> AsyncGenerator[Event, None]:
    """Read every document of *source* that has not been read yet, and say what happens.

    Args:
        source: A folder, a file, or a store URL (``s3://``, ``gs://``, ``az://``, ``file://``,
            ``memory://``); or a `Store` of your own.
        out: Where the manifest and the results go, an address or a `Store`;
            *source* plus ``.tallysheet`` unless given.
        settings: What to do how; gathered from the environment and files unless given.
        stop: When set, nothing more is claimed, and documents in flight may end for
            ``settings.drain_s`` seconds; the rest is given back.
        listed: Given where another process lists the source: this one takes what that adds
            to the batch, and is told by it that there is no more to come.
        budget: What may be spent, where that is shared; ``settings.max_cost_usd`` unless given.

    Yields:
        Events; the last one is a `Summary`.

    Raises:
        ConfigError: A setting, address or credential is wrong, or the store ignores conditions.
        Outage: A store cannot be reached; run again later.
        ModelOutage: The model cannot be reached; run again later.
        ManifestDamaged: The manifest is gone, unreadable or too new.
    """
    settings = settings or load().settings
    async with (
        assemble(source, out, settings, budget) as (tools, meter),
        Manifest.on(
            tools.batch, clock=tools.clock, lease_s=settings.lease_s, patient=False
        ) as sheet,
    ):
        await require_trust(tools.batch, sheet, clock=tools.clock)
        meter.quota.ensure_lease = sheet.ensure_lease
        shift = _Shift(tools, meter, sheet, settings, stop or asyncio.Event(), listed)
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(shift.work())
                sharing = tasks.create_task(shift.share_limits())
                while (event := await shift.news.next()) is not None:
                    yield event
                sharing.cancel()
        # Only now, with everything given back, do the counts say how the batch was left.
        if not shift.is_settled:
            await sheet.sign_off()
        await shift.clear_jobs()
        summary = await shift.summary()
    yield summary


class _Shift:
    """One process's share of a run, from the first listing to the last document."""

    def __init__(
        self,
        tools: Tools,
        meter: Meter,
        sheet: Manifest,
        settings: Settings,
        stop: asyncio.Event,
        listed: asyncio.Event | None = None,
    ) -> None:
        self._tools = tools
        self._meter = meter
        self._sheet = sheet
        self._settings = settings
        self._stop = stop
        self._stopped = self._budget_reached = self._is_later = False
        self._slots = Slots(settings.in_flight)
        self._wake = asyncio.Event()
        self._started = tools.clock.monotonic()
        shelf = Shelf()
        # What waits already is claimed before what is new.
        waits = Status.PENDING in sheet.counts
        most_begun = 0 if waits else min(settings.in_flight, A_CHILD * meter.parse_workers)
        self._ahead = HeadStart(tools, shelf, most_begun)
        self._supply = Supply(tools.source, tools.offload, sheet, shelf, meter.parse_workers)
        self._listing = (
            Listing(tools.source, sheet, shelf, tools.clock, self._wake.set)
            if listed is None
            else ListedElsewhere(listed, sheet, self._wake.set)
        )
        self._tally = Tally()
        self._doubts = Doubts(meter.refusals)
        self.news = News(self._wake.set)
        meter.board.watch = lambda due: self.news.tell(Deferred.of(due))

    async def work(self) -> None:
        """Do everything there is to do; the event None says that it is done."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
                    listing = tasks.create_task(self._list(tasks))
                    stopping = tasks.create_task(self._heed_stop(listing, deadline))
                    await self._hand_out(tasks)
                    if not self._stopped:
                        stopping.cancel()
        finally:
            self.news.tell(None)

    async def share_limits(self) -> None:
        """Take one part of the providers' limits for each worker that has documents."""
        while True:
            others = (n for name, n in self._sheet.workers.items() if name != self._sheet.worker)
            self._meter.quota.share(1 + sum(n > 0 for n in others))
            await self._tools.clock.sleep(self._settings.lease_s / SHARES_A_LEASE)

    async def _heed_stop(self, listing: asyncio.Task[None], deadline: asyncio.Timeout) -> None:
        """Once told to stop: claim nothing more, and give what is in flight so long to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.run_limit_s):
                await self._stop.wait()
        self._stopped = True
        listing.cancel()
        self._meter.quota.close()
        self._wake.set()
        # Jobs take hours, and go on without us: the next run fetches what they bring.
        drain_s = 0.0 if self._settings.batch else self._settings.drain_s
        deadline.reschedule(asyncio.get_running_loop().time() + drain_s)

    async def _list(self, tasks: asyncio.TaskGroup) -> None:
        """See what documents there are, and begin to read the first ones."""
        if told := await self._listing.walk(partial(self._ahead.begin, tasks)):
            self.news.tell(told)

    async def _hand_out(self, journeys: asyncio.TaskGroup) -> None:
        """Claim as much as there are free slots, until the batch has nothing open.

        Once the budget is reached only what is in flight is waited for.
        """
        while not self._stopped:
            self._wake.clear()
            claims: Sequence[Claim] = ()
            if self._budget_reached:
                if self._slots.is_idle:
                    return
            elif self._may_claim():
                self._listing.is_adding = False
                claims = await self._claim()
                if any(claim.epoch > 1 for claim in claims):
                    # Whoever had it before may have handed its questions in.
                    await self._meter.board.look()
            for claim in claims:
                self._slots.take()
                journeys.create_task(self._carry(claim))
            if not claims:
                if self._is_idle():
                    await self._record(*self._doubts.given_up())
                if self._is_through():
                    return
                await self._wait()

    def _may_claim(self) -> bool:
        """Whether a slot is free, somebody listens, and there may be something to take."""
        may_begin = self._slots.free() > 0 and not self.news.is_too_much
        return may_begin and (self._is_open(Status.PENDING) or self._others_act())

    async def _claim(self) -> Sequence[Claim]:
        """Claim as much as there are free slots by the time that this is written."""
        before = self._slots.ended
        few = self._slots.are_nearly_all_taken
        claims = await self._sheet.claim(limit=self._slots.free, can_wait=few)
        # What is left is everybody's; and alone, a claim is written at once.
        each = self._sheet.counts.get(Status.PENDING, 0) // max(len(self._sheet.workers), 1)
        at_most = each if len(self._sheet.workers) > 1 else 0
        self._slots.foresee(self._slots.ended - before, at_most=at_most)
        return claims

    def _is_idle(self) -> bool:
        """Whether nothing is left to be taken, and nothing of ours is under way."""
        return self._listing.is_over and self._slots.is_idle and not self._is_open(Status.PENDING)

    @property
    def is_settled(self) -> bool:
        """Whether every document of the batch is at its end."""
        return self._listing.is_over and not self._is_open(Status.PENDING, Status.WORKING)

    def _is_through(self) -> bool:
        """Whether nothing is left to be done or waited for."""
        if not self._listing.is_over or self._is_open(Status.PENDING):
            return False
        if self._is_later:
            # A later run comes anyway; and others may hold what is left to one, as we do.
            return self._is_idle()
        return not self._is_open(Status.WORKING)

    async def clear_jobs(self) -> None:
        """Remove the provider's jobs, once there is no document left to want their answers."""
        if self.is_settled:
            # Else the next run does it.
            with suppress(StoreError):
                await self._meter.board.clear()

    def _is_open(self, *statuses: Status) -> bool:
        return self._listing.is_adding or any(map(self._sheet.counts.get, statuses))

    def _others_work(self) -> int:
        """How many documents other workers hold."""
        return sum(n for worker, n in self._sheet.workers.items() if worker != self._sheet.worker)

    def _others_act(self) -> bool:
        """Whether other workers may add documents, or leave some to be taken over."""
        return self._listing.is_fed or self._others_work() > 0

    async def _wait(self) -> None:
        """Wait for a free slot or new documents; look again from time to time if others act."""
        if not self._others_act():
            await self._wake.wait()
            return
        others = self._others_work()
        if others and self._slots.is_idle:
            self.news.tell(Waiting(others))
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_S):
                await self._wake.wait()

    async def _carry(self, claim: Claim) -> None:
        """Take one claimed document to its outcome and have that recorded."""
        journey = Journey(claim, self._ahead.take(claim.key, claim.record))
        bill = journey.bill
        self._sheet.charge(claim, lambda: bill.usd)
        self.news.tell(Started(claim.key))
        try:
            await travel(journey, self._tools, self._supply, self._settings)
        except BudgetReached:
            self._budget_reached = True
            await self._sheet.release([claim])
        except AnswerDue:
            # Ours until the end, so that nobody takes it again and again.
            self._is_later = True
        finally:
            self._slots.give()
            self._wake.set()
        await self._record(*self._doubts.decided(journey))
        self._wake.set()

    async def _record(self, *journeys: Journey) -> None:
        """Record what became of documents, and tell it."""
        for journey in journeys:
            # While others are under way, nobody waits for this one.
            if settled := await record(journey, self._sheet, can_wait=not self._slots.is_idle):
                self.news.tell(self._tally.settle(journey, settled))

    async def summary(self) -> Summary:
        """What came of it all."""
        return await self._tally.summary(
            self._tools.batch.url,
            self._sheet,
            self._meter,
            wall_s=self._tools.clock.monotonic() - self._started,
            stopped=self._stopped,
            budget_reached=self._budget_reached,
        )
