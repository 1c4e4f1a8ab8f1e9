"""Kill a small run at every step it takes, and see that the next one can go on from there.

A child process adds, updates, claims and finishes in a folder. It is killed at its
first step, then afresh at its second, and so on until it survives: a step is a turn
of its event loop or a call that changes the disk. After each death the folder is
opened again: what was acknowledged must be there once, and all must be finishable.

Usage: kill_points.py FOLDER [STRIDE]
"""

import asyncio
import os
import shutil
import signal
import sys
from asyncio import events
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from simulation import bounds
from tallysheet.manifest import Manifest, Outcome
from tallysheet.model import Record, Status
from tallysheet.pipeline._clock import SystemClock
from tallysheet.store import FolderStore

KEYS = ("a", "b", "c", "d")
ROUNDS = 3
DISK = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir", "fcntl.flock"})
MOST_STEPS = 20_000


def count_up(record: Record) -> Record:
    """A change that must be applied exactly once to be right."""
    return replace(record, data={"n": record.data.get("n", 0) + 1})


async def work(folder: Path, log: int) -> None:
    """The run that is killed; *log* says what it asked and what it was told."""
    async with Manifest.on(FolderStore(folder), clock=SystemClock()) as manifest:
        await manifest.add(KEYS)
        os.write(log, b"told add -\n")

        async def update(key: str) -> None:
            os.write(log, b"asked update %s\n" % key.encode())
            await manifest.update(key, count_up)
            os.write(log, b"told update %s\n" % key.encode())

        for _ in range(ROUNDS):
            async with asyncio.TaskGroup() as tasks:
                for key in KEYS:
                    tasks.create_task(update(key))
        for claim in await manifest.claim(limit=len(KEYS)):
            os.write(log, b"asked finish %s\n" % claim.key.encode())
            await manifest.finish(claim, Outcome(Status.DONE, cost_usd=1.0))
            os.write(log, b"told finish %s\n" % claim.key.encode())


def die_at(step: int) -> None:
    """Let this process be killed right before its *step*-th step."""
    steps = count(1)

    def taken() -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            taken()
            return call(*args)

        return called

    events.Handle._run = before(events.Handle._run)  # type: ignore[method-assign]
    os.fsync = before(os.fsync)
    sys.addaudithook(lambda event, _args: taken() if event in DISK else None)


def killed(folder: Path, log: Path, step: int) -> bool:
    """Run a child that dies at *step*; return whether it did, or else came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        with suppress(BaseException):
            file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            die_at(step)
            asyncio.run(work(folder, file))
            code = 0
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"The child of step {step} failed by itself.")
    return False


async def wrongs(folder: Path, said: Counter[str]) -> list[str]:
    """What does not fit what was acknowledged, and whether the work can be ended."""
    found: list[str] = []
    async with Manifest.on(FolderStore(folder), clock=SystemClock()) as manifest:
        records = {key: record async for key, record in manifest.records()}
        if said["told add -"] and records.keys() != set(KEYS):
            found.append(f"there are {sorted(records)}")
        for key, record in records.items():
            for what, times in (("update", record.data.get("n", 0)), ("finish", record.cost_usd)):
                least, most = said[f"told {what} {key}"], said[f"asked {what} {key}"]
                if not least <= times <= most:
                    found.append(f"{times} times {what} {key}, not {least} to {most}")
        await manifest.add(KEYS)
        for claim in await manifest.claim(limit=len(KEYS)):
            await manifest.finish(claim, Outcome(Status.DONE))
        if manifest.counts != {Status.DONE: len(KEYS)}:
            found.append(f"it cannot be ended: {manifest.counts}")
        for key, record in records.items():
            if (await manifest.get(key)).data != record.data:
                found.append(f"{key} lost what it had")
    return found


def main(place: Path, stride: int) -> int:
    """Kill at every *stride*-th step until a child survives; say how many died."""
    for deaths, step in enumerate(range(1, MOST_STEPS, stride)):
        folder, log = place / f"batch-{step}", place / f"log-{step}"
        died = killed(folder, log, step)
        said = Counter(log.read_text().splitlines()) if log.exists() else Counter[str]()
        if found := asyncio.run(wrongs(folder, said)):
            sys.stdout.write(f"killed at step {step}: {'; '.join(found)}\n")
            return 1
        shutil.rmtree(folder, ignore_errors=True)
        log.unlink(missing_ok=True)
        if not died:
            sys.stdout.write(f"{deaths} deaths, {step} steps\n")
            return 0
    return 1


if __name__ == "__main__":
    with bounds(inline_bytes=300, fan_in=2):
        sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
