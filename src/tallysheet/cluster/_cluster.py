"""One run on a cluster, as it is seen by whoever started it.

1. Every node that can work has one worker, those that join later too. A worker that dies is
   followed by another, after a pause that doubles; the others have taken its documents over
   by then. A node where one dies after the other without settling anything is left alone.
2. An error that ends one ends all: it would be the others' next. They are stopped as by Ctrl-C.
3. Whoever does not end in time, because it is stopped or hangs, is killed.
4. Nothing here is needed by the workers, except where there is a budget: that is kept here.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Any

from tallysheet.cluster._ledger import Ledger
from tallysheet.cluster._member import Member
from tallysheet.cluster._places import folders_of, plain, warning_of, whole
from tallysheet.cluster._ray import Gone, Node, Ray
from tallysheet.cluster._worker import Message, News
from tallysheet.errors import Fenced, Outage, TallysheetError, one_error
from tallysheet.manifest import Manifest
from tallysheet.models import Account, Budget
from tallysheet.pipeline import OPEN, Event, Joint, Settled, Summary, SystemClock, worst
from tallysheet.ports import Store
from tallysheet.settings import Settings
from tallysheet.store import batch_url, open_store

LOOK_S = 0.5
"""How often workers are asked for news, and Ray for nodes."""
LONG_S = 30.0
"""Who has waited so long for the first worker is told why."""
MOST_DEATHS = 5
"""So often in a row a worker may die on a node without having settled anything."""
FIRST_PAUSE_S = 1.0
"""The pause after the first of these; it doubles with each."""
NOBODY = -1
"""For what no worker has told."""
GRACE_LEASES = 2
"""So many leases, beyond the time for draining, a worker may take to end."""


class Cluster:
    """One run on a Ray cluster.

    Args:
        source: As of `run`, an address.
        out: As of `run`, an address.
        settings: As of `run`; what they allow at the same time is for each worker, a budget
            for all together.
        address: Of the cluster; see `Ray`.
        stop: As of `run`.
        tell: Told what becomes of workers, in sentences.
    """

    _ray: Ray
    _store: Store

    def __init__(
        self,
        source: str,
        *,
        out: str | None,
        settings: Settings,
        address: str,
        stop: asyncio.Event,
        tell: Callable[[str], None],
    ) -> None:
        self._source, self._out, self._address = source, out, address
        self._settings = settings
        self._stop = stop
        self._tell = tell
        self._clock = SystemClock()
        self._me = self._clock.token()
        self._budget = Budget(settings.max_cost_usd)
        self._joint = Joint(0)
        self._order: dict[str, Any] = {}
        self._places: dict[str, asyncio.Task[None]] = {}
        self._members: set[Member] = set()
        self._halt, self._ending = asyncio.Event(), asyncio.Event()
        self._errors: list[TallysheetError] = []
        self._deaths = self._given_up = 0
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    async def run(self) -> AsyncGenerator[Event, None]:
        """Do what `run` does, with all nodes; its events are those of one run.

        Raises:
            TallysheetError: As `run` does, whichever of the workers it happened to.
            ConfigError: There is no such cluster, or workers could not share the batch.
            MissingExtra: Ray is not installed.
            Outage: Workers died again and again on every node, and documents are left.
        """
        started_s = self._clock.monotonic()
        await asyncio.to_thread(self._prepare)
        async with Manifest.on(self._store, clock=self._clock, patient=False) as sheet:
            ledger = await Ledger.of(sheet)
        await self._ray.connect()
        try:
            with one_error():
                async with asyncio.TaskGroup() as tasks:
                    heeding = tasks.create_task(self._heed())
                    working = tasks.create_task(self._work())
                    try:
                        while (event := await self._events.get()) is not None:
                            ledger.note(event)
                            yield event
                    finally:
                        heeding.cancel()
                        working.cancel()
                        self.kill()
        finally:
            await self._ray.leave()
        if self._errors:
            raise worst(self._errors)
        took_s = self._clock.monotonic() - started_s
        async with Manifest.on(self._store, clock=self._clock, patient=False) as sheet:
            async for settled in ledger.untold(sheet, after=self._deaths):
                self._joint.heard(NOBODY, settled)
                yield settled
            yield await self._summary(sheet, took_s)

    def _prepare(self) -> None:
        """Make whole what workers are told, and load Ray."""
        source, batch = whole(self._source), whole(self._out or batch_url(self._source))
        self._ray = Ray(self._address, f"tallysheet {batch}")
        self._store = open_store(batch)
        self._order = {
            "source": source,
            "out": batch,
            "settings": plain(self._settings),
            "folders": folders_of(source, batch),
        }

    def kill(self) -> None:
        """End all workers at once. Their documents are the next run's."""
        for member in self._members:
            self._ray.kill(member.worker)

    async def _summary(self, sheet: Manifest, took_s: float) -> Summary:
        summary = await self._joint.summary(
            self._store.url, sheet, self._budget, wall_s=took_s, stopped=self._stop.is_set()
        )
        is_left = any(map(summary.counts.get, OPEN))
        if self._given_up and is_left and not (summary.stopped or summary.budget_reached):
            raise Outage(
                f"On {self._given_up} of {len(self._places)} nodes workers died again and again,"
                " and documents are left.",
                "See above, the logs of Ray, and whether the memory of the nodes is enough; then"
                " run the same command again. Nothing is lost.",
            )
        return summary

    async def _heed(self) -> None:
        """Once told to stop, or when the time of the run is up, have all of them stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.run_limit_s):
                await self._stop.wait()
        self._stop.set()
        self._end_all()

    def _end_all(self) -> None:
        self._halt.set()
        self._ending.set()

    async def _work(self) -> None:
        """Keep a worker on every node until there is nothing more to do."""
        is_alone = True
        try:
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(self._tell_if_nobody_comes())
                while not self._is_over():
                    nodes = [] if self._ending.is_set() else await self._ray.nodes()
                    for node in nodes:
                        if node.id not in self._places:
                            keeping = self._keep(len(self._places), node)
                            self._places[node.id] = tasks.create_task(keeping)
                    if is_alone and len({node.machine for node in nodes}) > 1:
                        is_alone = False
                        for path in self._order["folders"]:
                            self._tell(warning_of(path))
                    await self._clock.sleep(LOOK_S)
                waiting.cancel()
        finally:
            self._events.put_nowait(None)

    async def _tell_if_nobody_comes(self) -> None:
        await self._clock.sleep(LONG_S)
        if not any(member.is_there for member in self._members):
            self._tell("No node of the cluster has free cores so far: still waiting.")

    def _is_over(self) -> bool:
        """Whether all have ended, and not only because their nodes are gone."""
        if not all(keeping.done() for keeping in self._places.values()):
            return False
        return self._ending.is_set() or self._given_up > 0 or bool(self._joint.parts)

    async def _keep(self, number: int, node: Node) -> None:
        """Keep a worker on *node* until there is nothing more to do, or the node is gone."""
        deaths = 0
        self._joint.members += 1
        while not self._ending.is_set():
            member = await self._follow(number, node)
            left = self._joint.left(number)
            self._deaths += member.ended is None
            match member.ended:
                case Summary(stopped=False):
                    if not any(map(member.ended.counts.get, OPEN)):
                        self._ending.set()
                    return
                case TallysheetError() if not isinstance(member.ended, Fenced):
                    where = "keys and files are looked for where it runs"
                    self._tell(f"The worker on {node.name} ended with an error; {where}.")
                    self._errors.append(member.ended)
                    self._end_all()
            if self._ending.is_set():
                return
            deaths = 1 if member.settled else deaths + 1
            if node not in await self._ray.nodes():
                self._report(f"The node {node.name} left the cluster", left, "")
                self._joint.members -= 1
                return
            is_last = deaths == MOST_DEATHS
            then = "It is left alone." if is_last else "Another takes its place."
            self._report(f"The worker on {node.name} {member.how}", left, then)
            if is_last:
                self._given_up += 1
                return
            await self._pause(FIRST_PAUSE_S * 2 ** (deaths - 1))

    async def _follow(self, number: int, node: Node) -> Member:
        """Hear what the worker on *node* says, until it is no more."""
        answering: list[asyncio.Task[None]] = []
        # As many children as the node has cores for it, unless that was said otherwise.
        settings = {"parse_workers": node.cores, **self._order["settings"]}
        try:
            worker = await self._ray.worker_on(node, {**self._order, "settings": settings})
        except Gone:
            return Member(None, Account(self._budget))
        member = Member(worker, Account(self._budget))
        self._members.add(member)
        async with asyncio.TaskGroup() as tasks:
            overdue = tasks.create_task(self._kill_if_overdue(member))
            stopping = tasks.create_task(self._stop_in_time(member))
            with suppress(Gone):
                while member.ended is None:
                    answers, member.answers = member.answers, []
                    for news in await self._ray.news_of(member.worker, self._me, answers):
                        if isinstance(news, Mapping) and "ask" in news:
                            answering.append(tasks.create_task(self._answer(member, news)))
                        else:
                            self._hear(number, member, news)
                    member.is_there = True
                    answering = [task for task in answering if not task.done()]
                    await self._clock.sleep(LOOK_S)
            for task in (overdue, stopping, *answering):
                task.cancel()
        member.account.close()
        self._members.discard(member)
        self._ray.kill(member.worker)
        return member

    async def _answer(self, member: Member, message: Message) -> None:
        answer = await member.account.asked(message)
        # Only now is it known which list is the one that goes out next.
        member.answers.append(answer)

    def _hear(self, number: int, member: Member, news: News) -> None:
        if isinstance(news, TallysheetError):
            member.ended = news
        elif isinstance(news, Mapping):
            member.account.freed(news)
        else:
            member.settled += isinstance(news, Settled)
            if isinstance(news, Summary):
                member.ended = news
                if news.stopped and not self._halt.is_set():
                    return  # another takes its place, and the run goes on
            if (told := self._joint.heard(number, news)) is not None:
                self._events.put_nowait(told)

    async def _stop_in_time(self, member: Member) -> None:
        await self._halt.wait()
        await self._ray.stop(member.worker)

    async def _kill_if_overdue(self, member: Member) -> None:
        await self._ending.wait()
        if member.is_there:
            grace_s = self._settings.drain_s + GRACE_LEASES * self._settings.lease_s
            await self._clock.sleep(grace_s)
        self._ray.kill(member.worker)

    async def _pause(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._ending.wait()

    def _report(self, what: str, left: int, then: str) -> None:
        documents = "1 document that it had is" if left == 1 else f"{left} documents it had are"
        self._tell(f"{what}: {documents} taken over by others. {then}".rstrip())
