"""How a run on a cluster is watched: deaths, errors, lost nodes, sleepers. Ray is played."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tallysheet.cluster import Cluster, _cluster
from tallysheet.cluster._ray import Gone, Node
from tallysheet.errors import ConfigError, Fenced, Outage
from tallysheet.manifest import Outcome
from tallysheet.model import Status
from tallysheet.pipeline import Event, Manifest, Settled, Started, Summary, _relay
from tallysheet.settings import Settings

HERE, THERE = Node("1" * 56, "here", 2), Node("2" * 56, "there", 4)
DIES, LOST, SLEEPS = "dies", "lost with its node", "sleeps"
TAKEN = "the name is still taken"


def ended(*, open_documents: int = 0, stopped: bool = False) -> Summary:
    """How a worker ends by itself."""
    counts = {Status.DONE: 1, **({Status.PENDING: open_documents} if open_documents else {})}
    return Summary("batch", counts, {}, {}, (), (), 1.0, 1.0, stopped=stopped)


def settled(document: str) -> Settled:
    """A document that a worker tells of."""
    return Settled(document, Status.DONE, "rules", None, None, 0.0, 0, 0, {})


@dataclass(eq=False)
class Actor:
    """A worker that says what its script says."""

    node: Node
    script: list[Any]
    is_killed: asyncio.Event = field(default_factory=asyncio.Event)
    is_stopped: bool = False
    answers: list[Any] = field(default_factory=list)


class PlayedRay:
    """A cluster whose workers follow scripts, one after the other on each node."""

    def __init__(self, scripts: Mapping[Node, Sequence[list[Any]]]) -> None:
        self._scripts = {node: list(given) for node, given in scripts.items()}
        self.alive = list(scripts)
        self.orders: list[tuple[Node, Mapping[str, Any]]] = []
        self.actors: list[Actor] = []

    async def connect(self) -> None:
        """It is there."""

    async def leave(self) -> None:
        """It stays."""

    async def nodes(self) -> list[Node]:
        """Those that are alive."""
        return list(self.alive)

    async def worker_on(self, node: Node, order: Mapping[str, Any]) -> Actor:
        """The next of the node's scripts."""
        self.orders.append((node, order))
        script = list(self._scripts[node].pop(0))
        if script == [TAKEN]:
            raise Gone("ValueError")
        self.actors.append(Actor(node, script))
        return self.actors[-1]

    async def news_of(self, actor: Actor, watcher: str, answers: Sequence[Any]) -> list[Event]:
        """One line of the script; at its end the actor dies."""
        actor.answers += answers
        for _ in range(3):
            await asyncio.sleep(0)
        line = actor.script.pop(0) if actor.script else DIES
        if line == SLEEPS:
            await actor.is_killed.wait()
        if line == LOST:
            self.alive.remove(actor.node)
        if callable(line):
            await line()
            return []
        if line in (DIES, LOST, SLEEPS) or actor.is_killed.is_set():
            raise Gone("ActorDiedError")
        return [line]

    async def stop(self, actor: Actor) -> None:
        """It was told to."""
        actor.is_stopped = True

    def kill(self, actor: Actor) -> None:
        """It is no more."""
        actor.is_killed.set()


@dataclass(frozen=True, slots=True)
class Told:
    """What a run on a played cluster came to."""

    events: list[Event]
    said: list[str]
    ray: PlayedRay

    @property
    def summary(self) -> Summary:
        """Its last event."""
        assert isinstance(self.events[-1], Summary)
        return self.events[-1]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a cluster of scripts over a batch with one open document."""
    monkeypatch.setattr(_cluster, "LOOK_S", 0.001)
    monkeypatch.setattr(_relay, "FIRST_PAUSE_S", 0.001)
    (tmp_path / "invoices").mkdir()
    said: list[str] = []

    async def run(scripts: Mapping[Node, Sequence[list[Any]]], **settings: Any) -> Told:
        ray = PlayedRay(scripts)
        monkeypatch.setattr(_cluster, "Ray", lambda *_: ray)
        async with Manifest.open(str(tmp_path / "invoices.tallysheet")) as sheet:
            await sheet.add(["open.pdf"])
        cluster = Cluster(
            str(tmp_path / "invoices"),
            out=None,
            settings=Settings(**settings),
            address="auto",
            stop=asyncio.Event(),
            tell=said.append,
        )
        return Told([event async for event in cluster.run()], said, ray)

    run.said = said  # type: ignore[attr-defined]
    return run


async def test_every_node_has_a_worker_with_as_many_children_as_cores(watched: Any) -> None:
    """Its events are told, and the run ends when the workers have."""
    told = await watched(
        {HERE: [[settled("a.pdf"), ended()]], THERE: [[settled("b.pdf"), ended()]]}
    )

    orders = {node: order["settings"] for node, order in told.ray.orders}
    assert orders == {HERE: {"parse_workers": 2}, THERE: {"parse_workers": 4}}
    documents = {event.document for event in told.events if isinstance(event, Settled)}
    assert documents == {"a.pdf", "b.pdf"}
    assert told.summary.settled == {Status.DONE: 2}


async def test_a_folder_on_several_machines_is_warned_of(watched: Any) -> None:
    """Once for each folder, with what is safe; on one machine nobody is bothered."""
    told = await watched({HERE: [[ended()]], THERE: [[ended()]]})

    assert [line for line in told.said if "several machines" in line] == told.said
    assert len(told.said) == 2
    assert "A bucket" in told.said[0]


async def test_a_worker_that_dies_is_followed_until_it_settles_nothing_any_more(
    watched: Any,
) -> None:
    """Five deaths in a row leave the node alone; one that settled something counts anew."""
    useful, useless = [settled("a.pdf"), DIES], [Started("a.pdf"), DIES]

    with pytest.raises(Outage, match="again and again"):
        await watched({HERE: [*[useless] * 4, useful, *[useless] * 4, [ended()]]})

    assert len(watched.said) == 9
    assert all("died: 1 document" in line for line in (watched.said[0], watched.said[-1]))
    assert watched.said[-1].endswith("It is left alone.")


@pytest.mark.parametrize(
    "end", [DIES, Fenced("It was silent for too long.")], ids=["dies", "error"]
)
async def test_what_a_worker_settled_and_did_not_tell_is_told_in_the_end(
    watched: Any, tmp_path: Path, end: Any
) -> None:
    """It stands in the manifest; one that is killed says no more, nor does one that fails."""

    async def settles() -> None:
        async with Manifest.open(str(tmp_path / "invoices.tallysheet")) as sheet:
            (claim,) = await sheet.claim(limit=1)
            await sheet.finish(claim, Outcome(Status.DONE))

    told = await watched({HERE: [[settles, end], [ended()]]})

    documents = [event.document for event in told.events if isinstance(event, Settled)]
    assert documents == ["open.pdf"]
    assert told.summary.settled == {Status.DONE: 1}


async def test_a_node_that_is_lost_is_told_and_gets_no_other_worker(watched: Any) -> None:
    """The run goes on with the others."""
    told = await watched(
        {HERE: [[*[Started("a.pdf")] * 50, ended()]], THERE: [[Started("b.pdf"), LOST]]}
    )

    assert len(told.ray.actors) == 2
    assert any("there (22222222) left the cluster: 1 document" in line for line in told.said)


async def test_an_error_that_ends_one_ends_all_and_is_raised(watched: Any) -> None:
    """The others are stopped as by Ctrl-C, and what is told says where."""
    with pytest.raises(ConfigError, match="no key"):
        await watched(
            {
                HERE: [[ConfigError("There is no key.", "Set it.")]],
                THERE: [[*[Started("b.pdf")] * 20, ended(stopped=True)]],
            }
        )

    assert any("here (11111111) ended with an error" in line for line in watched.said)


async def test_a_worker_that_hangs_at_the_end_is_killed(watched: Any) -> None:
    """It has the time for draining and two leases; one that never came up has none."""
    told = await watched(
        {HERE: [[ended()]], THERE: [[Started("b.pdf"), SLEEPS]]}, drain_s=0, lease_s=1
    )

    assert [actor.is_killed.is_set() for actor in told.ray.actors] == [True, True]
    assert told.summary.stopped is False


async def test_a_worker_that_was_stopped_by_itself_is_followed(watched: Any) -> None:
    """As when the budget went with whoever kept it; that does not make the run a stopped one."""
    told = await watched({HERE: [[ended(open_documents=1, stopped=True)], [ended()]]})

    assert told.summary.stopped is False
    assert len(told.ray.actors) == 2
    assert "was stopped" in told.said[0]


async def test_who_waits_for_cores_is_told(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does not come up is waited for, with a word, and not held up for in the end."""
    monkeypatch.setattr(_cluster, "LONG_S", 0.0)

    told = await watched({HERE: [[*[Started("a.pdf")] * 9, ended()]], THERE: [[SLEEPS]]})

    assert any("still waiting" in line for line in told.said)
    assert len(told.ray.actors) == 2


async def test_a_worker_that_cannot_be_started_is_tried_again(watched: Any) -> None:
    """As where the one before it still has its name."""
    told = await watched({HERE: [[TAKEN], [settled("a.pdf"), ended()]]})

    assert "could not be started" in told.said[0]
    assert told.summary.settled == {Status.DONE: 1}


async def test_who_waits_for_money_is_answered_as_soon_as_there_is_some(watched: Any) -> None:
    """However many questions later, and each worker gets its own answers."""
    usage = {"tokens_in": 1, "tokens_out": 1, "tokens_cached": 0}
    free = {"free": 900_000_000, "spent": 1, "promised": 0, "usage": usage}
    asked = [{"ask": number, "usd": 0.9, "now": False} for number in (1, 2)]
    news = [*asked, Started("a.pdf"), free, Started("b.pdf"), Started("c.pdf"), ended()]

    told = await watched({HERE: [news]}, max_cost_usd=1.0)

    assert told.ray.actors[0].answers == [
        {"ask": 1, "granted": True},
        {"ask": 2, "granted": True},
    ]
