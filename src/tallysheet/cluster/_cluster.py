"""One run on a cluster, as it is seen by whoever started it.

1. Every node that can work has one worker, those that join later too. What becomes of those
   that end before their time is told by `Relay`; a node where one dies after the other is left
   alone, and one that left the cluster gets no other.
2. Nothing here is needed by the workers, except where there is a budget: that is kept here.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from tallysheet.cluster._ledger import Ledger
from tallysheet.cluster._member import Actor
from tallysheet.cluster._places import folders_of, plain, warning_of, whole
from tallysheet.cluster._ray import Gone, Node, Ray
from tallysheet.cluster._worker import Message, News
from tallysheet.errors import Fenced, Outage, TallysheetError
from tallysheet.manifest import Manifest
from tallysheet.models import Account
from tallysheet.pipeline import OPEN, Event, Relay, Summary
from tallysheet.ports import Store
from tallysheet.settings import Settings
from tallysheet.store import batch_url, open_store

LOOK_S = 0.5
"""How often workers are asked for news, and Ray for nodes."""
LONG_S = 30.0
"""Who has waited so long for the first worker is told why."""
NOBODY = -1
"""For what no worker has told."""


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
        self._tell = tell
        self._relay = Relay(settings, stop=stop, tell=tell, at_last="It is left alone.")
        self._me = self._relay.clock.token()
        self._order: dict[str, Any] = {}
        self._places: dict[str, asyncio.Task[None]] = {}
        self._actors: set[Actor] = set()
        self._deaths = 0

    async def run(self) -> AsyncGenerator[Event, None]:
        """Do what `run` does, with all nodes; its events are those of one run.

        Raises:
            TallysheetError: As `run` does, whichever of the workers it happened to.
            ConfigError: There is no such cluster, or workers could not share the batch.
            MissingExtra: Ray is not installed.
            Outage: Workers died again and again on every node, and documents are left.
        """
        relay = self._relay
        await asyncio.to_thread(self._prepare)
        async with Manifest.on(self._store, clock=relay.clock, patient=False) as sheet:
            ledger = await Ledger.of(sheet)
        await self._ray.connect()
        try:
            async with aclosing(relay.events(self._work)) as events:
                async for event in events:
                    ledger.note(event)
                    yield event
        finally:
            await self._ray.leave()
        async with Manifest.on(self._store, clock=relay.clock, patient=False) as sheet:
            async for settled in ledger.untold(sheet, after=self._deaths):
                relay.joint.heard(NOBODY, settled)
                yield settled
            yield await self._summary(sheet)

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
        for actor in self._actors:
            self._ray.kill(actor.worker)

    async def _summary(self, sheet: Manifest) -> Summary:
        summary = await self._relay.summary(self._store.url, sheet)
        given_up = self._relay.given_up
        is_left = any(map(summary.counts.get, OPEN))
        if given_up and is_left and not (summary.stopped or summary.budget_reached):
            raise Outage(
                f"On {given_up} of {len(self._places)} nodes workers died again and again,"
                " and documents are left.",
                "See above, the logs of Ray, and whether the memory of the nodes is enough; then"
                " run the same command again. Nothing is lost.",
            )
        return summary

    async def _work(self) -> None:
        """Keep a worker on every node until there is nothing more to do."""
        is_alone = True
        relay = self._relay
        try:
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(self._tell_if_nobody_comes())
                while not self._is_over():
                    nodes = [] if relay.ending.is_set() else await self._ray.nodes()
                    for node in nodes:
                        if node.id not in self._places:
                            number, who = len(self._places), f"The worker on {node.name}"
                            keeping = relay.keep(number, who, partial(self._follow, number, node))
                            self._places[node.id] = tasks.create_task(keeping)
                    if is_alone and len({node.machine for node in nodes}) > 1:
                        is_alone = False
                        for path in self._order["folders"]:
                            self._tell(warning_of(path))
                    await relay.clock.sleep(LOOK_S)
                waiting.cancel()
        finally:
            self.kill()

    async def _tell_if_nobody_comes(self) -> None:
        await self._relay.clock.sleep(LONG_S)
        if not any(actor.is_there for actor in self._actors):
            self._tell("No node of the cluster has free cores so far: still waiting.")

    def _is_over(self) -> bool:
        """Whether all have ended, and not only because their nodes are gone."""
        if not all(keeping.done() for keeping in self._places.values()):
            return False
        relay = self._relay
        return relay.ending.is_set() or relay.given_up > 0 or bool(relay.joint.parts)

    async def _follow(self, number: int, node: Node) -> Actor:
        """Start a worker on *node*, and hear what it says, until it is no more."""
        actor = await self._heard(number, node)
        # Whom an error ended has not told all, either.
        self._deaths += not isinstance(actor.ended, Summary)
        if actor.ended is None:
            if not self._relay.ending.is_set() and node not in await self._ray.nodes():
                actor.lost = f"The node {node.name} left the cluster"
        elif isinstance(actor.ended, TallysheetError) and not isinstance(actor.ended, Fenced):
            where = "keys and files are looked for where it runs"
            self._tell(f"The worker on {node.name} ended with an error; {where}.")
        return actor

    async def _heard(self, number: int, node: Node) -> Actor:
        actor = Actor(Account(self._relay.budget), death="could not be started")
        answering: list[asyncio.Task[None]] = []
        # As many children as the node has cores for it, unless that was said otherwise.
        settings = {"parse_workers": node.cores, **self._order["settings"]}
        try:
            actor.worker = await self._ray.worker_on(node, {**self._order, "settings": settings})
        except Gone:
            return actor
        self._actors.add(actor)
        async with asyncio.TaskGroup() as tasks:
            overdue = tasks.create_task(self._kill_if_overdue(actor))
            stopping = tasks.create_task(self._stop_in_time(actor))
            with suppress(Gone):
                while actor.ended is None:
                    answers, actor.answers = actor.answers, []
                    for news in await self._ray.news_of(actor.worker, self._me, answers):
                        if isinstance(news, Mapping) and "ask" in news:
                            answering.append(tasks.create_task(self._answer(actor, news)))
                        else:
                            self._hear(number, actor, news)
                    actor.is_there, actor.death = True, "died"
                    answering = [task for task in answering if not task.done()]
                    await self._relay.clock.sleep(LOOK_S)
            for task in (overdue, stopping, *answering):
                task.cancel()
        actor.account.close()
        self._actors.discard(actor)
        self._ray.kill(actor.worker)
        return actor

    async def _answer(self, actor: Actor, message: Message) -> None:
        answer = await actor.account.asked(message)
        # Only now is it known which list is the one that goes out next.
        actor.answers.append(answer)

    def _hear(self, number: int, actor: Actor, news: News) -> None:
        if isinstance(news, TallysheetError):
            actor.ended = news
        elif isinstance(news, Mapping):
            actor.account.freed(news)
        else:
            self._relay.hear(number, actor, news)

    async def _stop_in_time(self, actor: Actor) -> None:
        await self._relay.halt.wait()
        await self._ray.stop(actor.worker)

    async def _kill_if_overdue(self, actor: Actor) -> None:
        await self._relay.overdue(is_there=lambda: actor.is_there)
        self._ray.kill(actor.worker)
