"""Many real runs on one batch, killed and put to sleep while they work: do the books balance?

Each is ``tallysheet run`` in a process of its own, as somebody would start it by hand, or one of
the processes of ``run --processes``. In the end every document has exactly one outcome, the
totals in the manifest are those of the results on the store, and a question was asked twice only
where its asker was killed, or taken for dead, while it had it in hand.

As a program it does so with as many documents as are wished for, on a SeaweedFS of its own or in
a folder, and prints what it saw:

Usage: many_runs.py [--documents N] [--runs N] [--events N] [--crew] [--folder] [--seed N]
"""

import argparse
import asyncio
import json
import os
import random  # noqa: TID251  seeded
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from samples import many
from scene import COMMAND, scrubbed
from tallysheet import Manifest, Status
from tallysheet.model import Result
from tallysheet.ports import ABSENT
from tallysheet.store import open_store
from tallysheet.testing import Behaviour
from tallysheet.testing.llm_server import LLMServer, llm_server
from tallysheet.validate import needs_review

LEASE_S = 5.0
LATENCY_S, SPREAD = 0.5, 0.5
POLL_S = 0.05
SETTLED_BEFORE_PEACE = 0.8
"""The last thing befalls a run when this share of the documents is settled."""
BY_NOW = (Status.PENDING, Status.WORKING)
FENCED = 5
"""The exit code of a run that woke to find itself taken for dead: it is started again."""


@dataclass
class Runs:
    """The runs, and what befalls them.

    Attributes:
        source: Where their documents are.
        batch: Where their manifest is.
        place: A folder of their own.
        environment: What they need beside a scrubbed one.
        draw: Chance.
        concurrency: Questions that each process has with the model at the same time.
    """

    source: str
    batch: str
    place: Path
    environment: Mapping[str, str]
    draw: random.Random
    concurrency: int = 4
    members: list[Process] = field(default_factory=list)
    asleep: set[int] = field(default_factory=set)
    befell: Counter[str] = field(default_factory=Counter)
    held_s: list[float] = field(default_factory=list)
    """How long it took until nobody in the manifest was one that had been killed."""

    async def start(self, *more: str) -> None:
        """Start one."""
        number = len(self.members)
        with (
            (self.place / f"{number}.out").open("wb") as out,
            (self.place / f"{number}.err").open("wb") as errors,
        ):
            self.members.append(
                await asyncio.create_subprocess_exec(
                    *(*COMMAND, "run", self.source, "--out", self.batch, "--json", *more),
                    env=scrubbed(self.place, self.environment),
                    cwd=self.place,
                    stdin=DEVNULL,
                    stdout=out,
                    stderr=errors,
                )
            )

    def workers(self) -> list[int]:
        """The processes that work and are awake, of whichever parent."""
        alive = [m.pid for m in self.members if m.returncode is None]
        of_crews = [child for pid in alive for child in _members_of(pid)]
        return [pid for pid in of_crews or alive if pid not in self.asleep]

    async def suffer(self, documents: int, events: int) -> None:
        """Let a kill or a long sleep befall one whenever so many more documents are settled."""
        async with Manifest.open(self.batch) as manifest, asyncio.TaskGroup() as tasks:
            for event in range(events):
                enough = documents * SETTLED_BEFORE_PEACE * (event + 1) / events
                while _settled(manifest) < enough or not self.workers():
                    await self._again()
                    await asyncio.sleep(POLL_S)
                    await manifest.refresh()
                pid = self.draw.choice(self.workers())
                tasks.create_task(self._sleep(pid) if event % 2 else self._kill(pid, manifest))

    async def end(self) -> Counter[int]:
        """Wait until all have come to an end by themselves; return how often which exit code."""
        while any(member.returncode is None for member in self.members):
            await self._again()
            await asyncio.sleep(POLL_S)
        return Counter(member.returncode or 0 for member in self.members)

    async def _again(self) -> None:
        """Start one for each that ended before its time, as whoever started it by hand would."""
        for at, member in enumerate(self.members):
            if member.returncode in (-signal.SIGKILL, FENCED) and f"again {at}" not in self.befell:
                self.befell[f"again {at}"] += 1
                await self.start()

    async def _kill(self, pid: int, manifest: Manifest) -> None:
        self.befell["killed"] += 1
        os.kill(pid, signal.SIGKILL)
        since_s = monotonic()
        while any(worker.pid == pid for worker in manifest.processes.values()):
            await asyncio.sleep(POLL_S)
            await manifest.refresh()
        self.held_s.append(monotonic() - since_s)

    async def _sleep(self, pid: int) -> None:
        self.befell["slept"] += 1
        self.asleep.add(pid)
        os.kill(pid, signal.SIGSTOP)
        # The fault itself, and waits for nothing: what follows does not depend on who was faster.
        await asyncio.sleep(2.5 * LEASE_S)
        os.kill(pid, signal.SIGCONT)
        self.asleep.discard(pid)

    def complaints(self) -> str:
        """What they wrote to standard error."""
        return "\n".join(file.read_text() for file in sorted(self.place.glob("*.err")))

    def settled(self) -> Counter[str]:
        """How often which document was told to be settled, by all of them together."""
        told: Counter[str] = Counter()
        for file in self.place.glob("*.out"):
            for line in file.read_bytes().split(b"\n")[:-1]:  # a killed one may leave half a line
                event = json.loads(line)
                if event.get("event") == "settled":
                    told[event["document"]] += 1
        return told

    @property
    def most_twice(self) -> int:
        """The most questions that may have been asked twice: those in hand at a kill or a sleep.

        On a machine that is short of processors one may be silent for a lease by itself.
        """
        dead = max(self.befell["slept"], self.taken_for_dead)
        return (self.befell["killed"] + dead) * self.concurrency

    @property
    def taken_for_dead(self) -> int:
        """How often one woke to find that others had taken its documents over."""
        return self.complaints().count("taken for dead") + self.complaints().count("for dead and")


@dataclass(frozen=True)
class Seen:
    """How it went.

    Attributes:
        wrongs: What must not be, as sentences.
        asked: Questions that the model was asked.
        twice: Those of them that it had been asked before.
    """

    wrongs: list[str]
    asked: int
    twice: int
    codes: Counter[int]
    runs: Runs
    took_s: float


async def fill(source: str, documents: int) -> None:
    """Put so many invoices there, all different."""
    store = open_store(source)
    for sample in many(documents):
        await store.put(sample.name, sample.data, expect=ABSENT)


async def play(
    source: str,
    batch: str,
    place: Path,
    environment: Mapping[str, str],
    *,
    documents: int,
    runs: int,
    events: int,
    crew: bool,
    seed: int,
) -> Seen:
    """Let so many runs share a batch, and see what came of it.

    Args:
        source: Where their documents will be.
        batch: Where their manifest will be.
        place: A folder of their own.
        environment: What they need to reach those.
        documents: How many.
        runs: How many.
        events: How many kills and long sleeps befall them.
        crew: Whether they are the processes of one run, and not started by hand.
        seed: Another one, other victims.
    """
    await fill(source, documents)
    behaviour = Behaviour(latency_s=LATENCY_S, spread=SPREAD, seed=seed)
    async with llm_server(behaviour=behaviour) as model:
        theirs = {
            **environment,
            "TALLYSHEET_MODEL": "openai:test",
            "TALLYSHEET_BASE_URL": model.url,
            "TALLYSHEET_LEASE_S": str(LEASE_S),
            "TALLYSHEET_PARSE_WORKERS": str(runs if crew else 1),
        }
        them = Runs(source, batch, place, theirs, random.Random(seed))  # noqa: S311  seeded
        concurrency = them.concurrency * (runs if crew else 1)
        theirs["TALLYSHEET_CONCURRENCY"] = str(concurrency)
        since_s = monotonic()
        if crew:
            await them.start("--processes", str(runs))
        else:
            for _ in range(runs):
                await them.start()
        await them.suffer(documents, events)
        codes = await them.end()
        took_s = monotonic() - since_s
        return await _judged(them, model, documents, codes, took_s)


async def _judged(
    runs: Runs, model: LLMServer, documents: int, codes: Counter[int], took_s: float
) -> Seen:
    questions = Counter(sha256(_question(body)).digest() for body in model.requests)
    twice = questions.total() - len(questions)
    wrongs = [f"exit code {code}: {runs.complaints()}" for code in codes.keys() - _MAY_BE]
    if len(questions) != documents:
        wrongs.append(f"{len(questions)} of {documents} documents were asked about")
    if twice > runs.most_twice:
        wrongs.append(f"{twice} questions were asked twice, and at most {runs.most_twice} may be")
    wrongs += [f"{key} was settled {n} times" for key, n in runs.settled().items() if n > 1]
    wrongs += await audit(runs.source, runs.batch)
    return Seen(wrongs, questions.total(), twice, codes, runs, took_s)


_MAY_BE = {0, FENCED, -signal.SIGKILL}


def _question(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body["messages"], sort_keys=True).encode()


async def audit(source: str, batch: str) -> list[str]:
    """What is wrong with a batch that should be at its end."""
    wrongs: list[str] = []
    sources, results = open_store(source), open_store(batch)
    keys = {entry.key async for entry in sources.list()}
    on_store: Counter[Status] = Counter()
    async with Manifest.open(batch) as manifest:
        records = {key: record async for key, record in manifest.records()}
        if manifest.workers:
            wrongs.append(f"somebody still works: {dict(manifest.workers)}")
        if records.keys() != keys:
            wrongs.append(f"{len(records.keys() ^ keys)} documents are in one place only")
        for key, record in records.items():
            if record.status in BY_NOW or record.result is None:
                wrongs.append(f"{key} is {record.status.value}, with the result {record.result}")
                continue
            result = Result.model_validate_json((await results.get(record.result)).data)
            # What other documents say against it stands in its record alone.
            is_doubtful = needs_review(result.findings) or record.meets
            on_store[Status.REVIEW if is_doubtful else Status.DONE] += 1
        counts = dict(manifest.counts)
    if counts != dict(on_store):
        wrongs.append(f"the manifest counts {counts}, and the results on the store {on_store}")
    return wrongs


def _settled(manifest: Manifest) -> int:
    return sum(n for status, n in manifest.counts.items() if status not in BY_NOW)


def _members_of(pid: int) -> list[int]:
    """The processes of a run that works in several."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [
            int(child)
            for child in children
            if b"pipeline._member" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
    except OSError:  # it has just ended
        return []


def main() -> int:
    """Do as the command line says; 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--events", type=int, default=20, help="kills and long sleeps")
    parser.add_argument("--crew", action="store_true", help="the processes of one run")
    parser.add_argument("--folder", action="store_true", help="in a folder, not on SeaweedFS")
    parser.add_argument("--seed", type=int, default=1)
    given = vars(parser.parse_args())
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="many-runs-")))
        url, environment = str(place / "store"), dict[str, str]()
        if not given.pop("folder"):
            from s3_servers import seaweedfs

            server = stack.enter_context(seaweedfs())
            server.start()
            url, environment = server.server.fresh_url(), server.server.environment
            os.environ.update(environment)
        seen = asyncio.run(play(f"{url}/source", f"{url}/batch", place, environment, **given))
    runs = seen.runs
    sys.stdout.write(
        f"{given['documents']:,} documents in {seen.took_s:.0f} s, {given['runs']} processes:"
        f" {runs.befell['killed']} killed, {runs.befell['slept']} put to sleep for 2.5 leases,"
        f" {runs.taken_for_dead} woke to find themselves taken for dead\n"
        f"asked {seen.asked:,} times, {seen.twice} of them twice (at most {runs.most_twice})\n"
        f"a killed one was out of the manifest after {max(runs.held_s, default=0):.2f} s or less"
        f" (a lease is {LEASE_S:g} s)\n"
    )
    sys.stdout.write("\n".join(seen.wrongs or ["the books balance"]) + "\n")
    return bool(seen.wrongs)


if __name__ == "__main__":
    sys.exit(main())
