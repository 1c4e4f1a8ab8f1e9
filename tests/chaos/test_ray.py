"""A batch on a Ray cluster, whose workers, nodes and watcher are killed: the books balance."""

import importlib.util
import os
import select
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import scene
import scene_model
from ray_nodes import Node, Nodes, ray_nodes
from samples import many
from scene import Ran, Running, all_end, manifest_of, scrubbed, started, tallysheet
from scene_model import Served, served_model

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="needs pip install 'tallysheet[ray]'"
    ),
    pytest.mark.timeout(600),
]

LIMIT_S = 150.0
ALL = 200
EACH = 8
"""So many documents a worker has with the model at the same time."""
WORDS = ("run", "invoices", "--ray=auto", f"--concurrency={EACH}", "--no-cache", "--json")
THEIRS, OURS = "sk-of-the-nodes-0f3b", "sk-of-the-watcher-71ac"


@dataclass(frozen=True, slots=True)
class Yard:
    """A folder of invoices, a model that answers nobody yet, and a cluster of two nodes."""

    place: Path
    model: Served
    nodes: Nodes
    first: Node
    second: Node

    @property
    def environment(self) -> dict[str, str]:
        """That of whoever starts a run."""
        return {**self.model.environment, **self.nodes.environment, "OPENAI_API_KEY": OURS}

    def started(self) -> "Iterator[Running]":
        """A run on the cluster."""
        return started(*WORDS, cwd=self.place, env=self.environment)

    @property
    def workers(self) -> list[int]:
        """The processes that work on the batch, as the manifest knows them."""
        told = manifest_of(self.place / "invoices.tallysheet")["workers"]
        return sorted(worker["pid"] for worker in told.values())

    def require_balance(self) -> None:
        """Each document has one outcome, the totals are those of the results, nobody is left."""
        manifest = manifest_of(self.place / "invoices.tallysheet")
        checked = tallysheet("check", "invoices", cwd=self.place)
        assert sum(manifest["counts"].values()) == ALL
        assert manifest["counts"].keys() <= {"done", "review"}
        assert manifest["workers"] == {}
        assert checked.code == 0, checked


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    """Two hundred invoices, and two nodes."""
    # Ray takes ten seconds to start anything, and some times that where others compute as well.
    monkeypatch.setattr(scene, "LIMIT_S", LIMIT_S)
    monkeypatch.setattr(scene_model, "LIMIT_S", LIMIT_S)
    (tmp_path / "invoices").mkdir()
    for sample in many(ALL):
        (tmp_path / "invoices" / sample.name).write_bytes(sample.data)
    environment = scrubbed(tmp_path, {"OPENAI_API_KEY": THEIRS})
    with served_model() as model, ray_nodes(environment) as nodes:
        model.hold()
        yield Yard(tmp_path, model, nodes, nodes.add(), nodes.add())


def any_ends(handles: list[int]) -> bool:
    """Whether one of these processes ends within the limit; gives the handles back."""
    ended, _, _ = select.select(handles, [], [], LIMIT_S)
    for handle in handles:
        os.close(handle)
    return bool(ended)


def require_all_once(*runs: Ran) -> None:
    """All documents were settled, and each was told of once."""
    settled = sorted(document for ran in runs for document in ran.settled)
    assert len(settled) == len(set(settled)) == ALL


def test_a_worker_that_is_killed_is_followed_by_another(yard: Yard) -> None:
    """At most what it had in flight is asked twice, and nothing is lost."""
    with yard.started() as run:
        yard.model.arrived(2 * EACH)
        os.kill(yard.workers[0], signal.SIGKILL)
        run.until_it_says("Another takes its place.")
        yard.model.release()
        ran = run.ended()

    assert ran.code == 0, ran
    require_all_once(ran)
    assert ALL <= len(yard.model.requests) <= ALL + EACH
    yard.require_balance()


def test_a_node_that_is_lost_is_not_missed_and_one_that_joins_works(yard: Yard) -> None:
    """The batch goes on with the nodes that there are."""
    with yard.started() as run:
        yard.model.arrived(2 * EACH)
        before = yard.workers
        processes = [os.pidfd_open(pid) for pid in before]
        yard.second.kill()
        assert any_ends(processes)
        run.until_it_says("left the cluster")
        yard.nodes.add()
        yard.model.arrived(2 * EACH)
        now = yard.workers
        yard.model.release()
        ran = run.ended()

    assert ran.code == 0, ran
    assert len(set(now) - set(before)) == 1
    require_all_once(ran)
    assert ALL <= len(yard.model.requests) <= ALL + EACH
    yard.require_balance()


def test_workers_need_no_watcher_and_the_next_one_finds_them(yard: Yard) -> None:
    """Whoever started the run is killed: nobody stops, and the same command watches on."""
    with yard.started() as run:
        yard.model.arrived(2 * EACH)
        before = yard.workers
        run.signal(signal.SIGKILL)
        killed = run.ended()
    with yard.started() as again:
        yard.model.release()
        ran = again.ended()

    assert (killed.code, ran.code) == (-signal.SIGKILL, 0), ran
    assert len(before) == 2
    require_all_once(killed, ran)
    assert "died" not in ran.stderr
    assert len(yard.model.requests) == ALL
    yard.require_balance()


def test_keys_are_those_of_the_nodes_and_are_written_nowhere(yard: Yard) -> None:
    """What stands in the environment of whoever starts a run does not leave it."""
    with yard.started() as run:
        yard.model.arrived(2 * EACH)
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in yard.workers]
        command_lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in yard.workers]
        yard.model.release()
        ran = run.ended()
    stranger = {n: v for n, v in yard.environment.items() if n != "RAY_AUTH_TOKEN"}
    refused = tallysheet(*WORDS, cwd=yard.place, env=stranger)

    places = (yard.place / "invoices.tallysheet", Path(yard.nodes.environment["RAY_TMPDIR"]))
    files = [file for place in places for file in place.rglob("*") if file.is_file()]
    written = b"".join([ran.stdout.encode(), ran.stderr.encode(), *command_lines])
    assert ran.code == 0, ran
    assert all(THEIRS.encode() in environment for environment in environments)
    assert not any(OURS.encode() in environment for environment in environments)
    assert len(files) > ALL
    assert refused.code == 6
    assert "RAY_AUTH_TOKEN" in refused.error["fix"]
    for key in (THEIRS, OURS):
        assert key.encode() not in written
        assert not [file for file in files if key.encode() in file.read_bytes()]


def test_a_run_that_is_told_to_stop_stops_all_workers(yard: Yard) -> None:
    """What is in flight ends, the rest is given back, and no process is left on the nodes."""
    with yard.started() as run:
        # Who is told to stop lists no more, either.
        assert run.until("listed")["documents"] == ALL
        yard.model.arrived(2 * EACH)
        workers = [os.pidfd_open(pid) for pid in yard.workers]
        run.signal(signal.SIGTERM)
        run.until_it_says("Stopping")
        yard.model.release()
        ran = run.ended()

    assert ran.code == 143, ran
    assert "SIGTERM" not in ran.stderr
    assert 2 * EACH <= len(ran.settled) < ALL
    assert ran.summary["stopped"] is True
    assert all_end(workers)
    manifest = manifest_of(yard.place / "invoices.tallysheet")
    assert manifest["workers"] == {}
    assert manifest["counts"].get("working", 0) == 0
    assert manifest["counts"]["pending"] == ALL - len(ran.settled)


def test_a_budget_is_that_of_all_workers_together(yard: Yard) -> None:
    """They ask whoever watches for each call: none passes it, and none waits for ever."""
    yard.model.release()
    dear = ("--price", "openai:test=100/100", "--max-cost", "40")
    with started(*WORDS, *dear, cwd=yard.place, env=yard.environment) as run:
        ran = run.ended()

    assert ran.code == 5, ran
    assert ran.summary["budget_reached"] is True
    assert 0 < ran.summary["cost_usd"] <= 40
    assert EACH < len(ran.settled) < ALL
    assert manifest_of(yard.place / "invoices.tallysheet")["workers"] == {}


def test_a_budget_goes_with_whoever_keeps_it(yard: Yard) -> None:
    """When that is killed, the next one's workers begin anew, on the next one's budget."""
    dear = ("--price", "openai:test=100/100", "--max-cost", "1000")
    with started(*WORDS, *dear, cwd=yard.place, env=yard.environment) as run:
        yard.model.arrived(2 * EACH)
        run.signal(signal.SIGKILL)
        run.ended()
    with started(*WORDS, *dear, cwd=yard.place, env=yard.environment) as again:
        again.until_it_says("was stopped")
        yard.model.release()
        ran = again.ended()

    assert ran.code == 0, ran
    yard.require_balance()
