"""Eight real processes on one manifest, killed and stopped at random: the books balance.

Each process keeps a log of what it asked and what it was told, flushed line by line.
In the end every update that was acknowledged to anybody stands, exactly once, and
those of unknown outcome stand at most once.
"""

import asyncio
import os
import random  # noqa: TID251  seeded
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crew_member import COUNTERS
from cutting_proxy import cutting_proxy
from s3_servers import S3Server
from tallysheet.manifest import Manifest, Outcome
from tallysheet.model import Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.store import open_store

MEMBER = Path(__file__).parent.with_name("crew_member.py")
PROCESSES = 8
ROUNDS = int(os.environ.get("ROUNDS", "1"))
LEASE_S = 1.0
DOCUMENTS = tuple(f"d{n:02}" for n in range(60))
EVENTS = ("kill", "stop", "stop") * 3


@dataclass
class Crew:
    """The processes, and what befalls them."""

    url: str
    place: Path
    environment: Mapping[str, str]
    draw: random.Random
    members: list[Process] = field(default_factory=list)
    asleep: set[Process] = field(default_factory=set)

    @property
    def stop(self) -> Path:
        """The file at whose sight all stop working."""
        return self.place / "stop"

    async def run(self) -> None:
        """Start all, let things befall some, and let them come to an end."""
        for _ in range(PROCESSES):
            await self._start()
        async with asyncio.TaskGroup() as tasks:
            for event in EVENTS * ROUNDS:
                await asyncio.sleep(self.draw.uniform(0.3, 1.0))
                process = self.draw.choice(self._awake())
                tasks.create_task(self._kill(process) if event == "kill" else self._stop(process))
        await self._until_one_was_fenced()
        self.stop.touch()
        ended = Counter([await member.wait() for member in self.members])
        assert ended.keys() <= {0, -signal.SIGKILL}, self.complaints()
        assert ended[-signal.SIGKILL] >= 1

    async def _start(self) -> None:
        name = f"p{len(self.members) + 1}"
        log = self.place / f"{name}.log"
        with (self.place / f"{name}.err").open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-X", "faulthandler", MEMBER),
                *(self.url, name, log, self.stop, str(LEASE_S)),
                env={**os.environ, **self.environment},
                stderr=errors,
            )
        self.members.append(process)

    async def _kill(self, process: Process) -> None:
        process.kill()
        await process.wait()
        await self._start()

    async def _stop(self, process: Process) -> None:
        """Put it to sleep for longer than its lease.

        The others bury it meanwhile, unless it sleeps with a folder's lock in its hand.
        """
        self.asleep.add(process)
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2.5 * LEASE_S)
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
        self.asleep.discard(process)

    async def _until_one_was_fenced(self) -> None:
        """Put one after the other to sleep until one wakes to find itself buried."""
        while not any(lines["fenced - -"] for lines in self.said().values()):
            await self._stop(self.draw.choice(self._awake()))
            await asyncio.sleep(LEASE_S)

    def _awake(self) -> list[Process]:
        return [m for m in self.members if m.returncode is None and m not in self.asleep]

    def complaints(self) -> str:
        """What the processes wrote to standard error."""
        files = sorted(self.place.glob("*.err"))
        return "\n".join(f"{file.stem}: {text}" for file in files if (text := file.read_text()))

    def said(self) -> dict[str, Counter[str]]:
        """What each process noted, line by line."""
        logs = self.place.glob("*.log")
        return {log.stem: Counter(log.read_text().splitlines()) for log in logs}


async def audit(url: str, said: Mapping[str, Counter[str]]) -> list[str]:
    """What does not balance, and whether what is left can be finished."""
    found: list[str] = []
    async with Manifest.on(open_store(url), clock=SystemClock(), lease_s=LEASE_S) as manifest:
        for key in COUNTERS:
            data = (await manifest.get(key)).data
            for name, lines in said.items():
                least, most = lines[f"told update {key}"], lines[f"asked update {key}"]
                if not least <= data.get(name, 0) <= most:
                    found.append(f"{key} has {data.get(name, 0)} of {name}, not {least} to {most}")
        for key in DOCUMENTS:
            cost = (await manifest.get(key)).cost_usd
            told, asked, refused = (
                sum(lines[f"{word} finish {key}"] for lines in said.values())
                for word in ("told", "asked", "refused")
            )
            if not told <= cost <= asked - refused:
                found.append(f"{key} was finished {cost} times, not {told} to {asked - refused}")
        counted = Counter([record.status async for _, record in manifest.records()])
        if counted != manifest.counts:
            found.append(f"it counts {manifest.counts}, and has {counted}")
    return found


async def set_up(url: str) -> None:
    """Counters that nobody claims, and documents."""
    async with Manifest.on(open_store(url), clock=SystemClock(), lease_s=LEASE_S) as manifest:
        await manifest.add(COUNTERS)
        for claim in await manifest.claim(limit=len(COUNTERS)):
            await manifest.finish(claim, Outcome(Status.DONE))
        await manifest.add(DOCUMENTS)


@pytest.mark.timeout(120 * ROUNDS)
async def test_on_a_folder_the_books_balance(tmp_path: Path) -> None:
    """Eight processes share a folder; some are killed and some sleep past their lease."""
    url = str(tmp_path / "batch")
    await set_up(url)
    crew = Crew(url, tmp_path, {}, random.Random(1))  # noqa: S311  seeded

    await crew.run()

    assert not await audit(url, crew.said())


@pytest.mark.timeout(180 * ROUNDS)
async def test_on_s3_with_replies_cut_the_books_balance(tmp_path: Path, s3: S3Server) -> None:
    """The same through a proxy that cuts one reply of seven after the server has acted."""
    url = s3.fresh_url()
    await set_up(url)
    upstream = urlsplit(s3.endpoint).port or 0
    async with cutting_proxy(upstream, share=0.15, seed=2) as proxy:
        through = {**s3.environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        crew = Crew(url, tmp_path, through, random.Random(2))  # noqa: S311  seeded
        await crew.run()

    assert not await audit(url, crew.said())
    assert proxy.cuts >= 20
