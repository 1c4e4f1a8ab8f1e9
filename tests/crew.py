"""Real processes on one manifest, what befalls them, and whether the books balance in the end.

Each process keeps a log of what it asked and what it was told, flushed line by line:
see ``crew_member``. In the end every update that was acknowledged to anybody stands,
exactly once, and those of unknown outcome stand at most once.
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

from crew_member import COUNTERS
from tallysheet import Manifest, Outcome, Status

MEMBER = Path(__file__).with_name("crew_member.py")
DOCUMENTS = tuple(f"d{n:02}" for n in range(60))
POLL_S = 0.05


@dataclass
class Crew:
    """The processes, and what befalls them.

    Attributes:
        url: Where their manifest is.
        place: The folder of their logs.
        environment: What they need beside our own, to reach it.
        draw: Chance.
        lease_s: After how many seconds of silence they take one another for dead.
    """

    url: str
    place: Path
    environment: Mapping[str, str]
    draw: random.Random
    lease_s: float
    members: list[Process] = field(default_factory=list)
    asleep: set[Process] = field(default_factory=set)

    async def start(self, processes: int) -> None:
        """Start so many, and wait until all have opened the manifest."""
        for _ in range(processes):
            await self._start()
        while sum(lines["opened - -"] > 0 for lines in self.said().values()) < processes:
            assert len(self._awake()) == processes, self.complaints()
            await asyncio.sleep(POLL_S)

    async def suffer(self, events: int) -> None:
        """Let a third as many be killed as are put to sleep, until one woke to be fenced."""
        async with asyncio.TaskGroup() as tasks:
            for event in range(events):
                await asyncio.sleep(self.draw.uniform(0.3, 1.0))
                process = self.draw.choice(self._awake())
                tasks.create_task(self._stop(process) if event % 3 else self._kill(process))
        while not self.fenced():
            await self._stop(self.draw.choice(self._awake()))
            await asyncio.sleep(self.lease_s)

    async def until_told(self, more: int) -> None:
        """Wait until the processes have been told *more* than they have been told by now."""
        enough = self.told() + more
        while self.told() < enough:
            assert len(self._awake()) == len(self.members), self.complaints()
            await asyncio.sleep(POLL_S)

    async def end(self) -> Counter[int]:
        """Let all come to an end; return how often which exit code came."""
        self._stop_file.touch()
        ended = Counter([await member.wait() for member in self.members])
        assert ended.keys() <= {0, -signal.SIGKILL}, self.complaints()
        return ended

    async def _start(self) -> None:
        name = f"p{len(self.members) + 1}"
        log = self.place / f"{name}.log"
        with (self.place / f"{name}.err").open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-X", "faulthandler", MEMBER),
                *(self.url, name, log, self._stop_file, str(self.lease_s)),
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
        # The fault itself, and waits for nothing: what follows does not depend on who was faster.
        await asyncio.sleep(2.5 * self.lease_s)
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
        self.asleep.discard(process)

    def _awake(self) -> list[Process]:
        return [m for m in self.members if m.returncode is None and m not in self.asleep]

    @property
    def _stop_file(self) -> Path:
        """At whose sight all stop working."""
        return self.place / "stop"

    def complaints(self) -> str:
        """What the processes wrote to standard error."""
        files = sorted(self.place.glob("*.err"))
        return "\n".join(f"{file.stem}: {text}" for file in files if (text := file.read_text()))

    def said(self) -> dict[str, Counter[str]]:
        """What each process noted, line by line."""
        logs = self.place.glob("*.log")
        return {log.stem: Counter(log.read_text().splitlines()) for log in logs}

    def told(self) -> int:
        """How often any of them was told that something is done."""
        return sum(self._count("told").values())

    def unanswered(self) -> Counter[str]:
        """How often each of them asked and heard neither yes nor no."""
        return self._count("asked") - self._count("told") - self._count("refused")

    def _count(self, word: str) -> Counter[str]:
        return Counter(
            {
                name: sum(times for line, times in lines.items() if line.startswith(word))
                for name, lines in self.said().items()
            }
        )

    def fenced(self) -> int:
        """How often one of them woke to find itself buried."""
        return sum(lines["fenced - -"] for lines in self.said().values())


async def set_up(url: str) -> None:
    """Counters that nobody claims, and documents."""
    async with Manifest.open(url) as manifest:
        await manifest.add(COUNTERS)
        for claim in await manifest.claim(limit=len(COUNTERS)):
            await manifest.finish(claim, Outcome(Status.DONE))
        await manifest.add(DOCUMENTS)


async def audit(url: str, said: Mapping[str, Counter[str]]) -> list[str]:
    """What does not balance."""
    found: list[str] = []
    async with Manifest.open(url) as manifest:
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
