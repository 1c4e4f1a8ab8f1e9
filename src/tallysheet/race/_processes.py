"""The same race in several processes: a lock that lives in one of them guards nothing."""

import asyncio
import dataclasses
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from tallysheet.errors import Outage
from tallysheet.ports import Clock, Store
from tallysheet.race._race import Ran, race
from tallysheet.race._ways import WAYS
from tallysheet.store import open_store

SHARED = ("asyncio.Lock", "compare-and-swap", "tallysheet")
"""The ways that are worth a look there."""


async def race_processes(
    way: str,
    store: Store,
    *,
    member: Sequence[str],
    processes: int,
    invoices: int,
    call_s: tuple[float, float],
    seed: int,
    clock: Clock,
    latency_s: tuple[float, float] | None = None,
) -> Ran:
    """Run one of `SHARED` over so many invoices, divided among processes that begin together.

    Args:
        way: Its name.
        store: Where the shared object stands: a folder or a bucket.
        member: The command of one process, which calls `take_part`.
        processes: How many.
        invoices: How many in all.
        call_s: Seconds that a call to the model takes, at least and at most.
        seed: Another one, other calls.
        clock: For what is counted in the end.
        latency_s: Seconds that every read and every write take in addition.

    Raises:
        Outage: One of the processes failed.
    """
    shares = [invoices // processes + (at < invoices % processes) for at in range(processes)]
    members: list[Process] = []
    try:
        for at, share in enumerate(shares):
            members.append(await asyncio.create_subprocess_exec(*member, stdin=PIPE, stdout=PIPE))
            task = {
                "way": way, "url": store.url, "invoices": share, "first": sum(shares[:at]),
                "call_s": call_s, "seed": seed, "latency_s": latency_s,
            }  # fmt: skip
            await _tell(members[-1], json.dumps(task))
        for one in members:
            await _hear(one)
        for one in members:
            await _tell(one, "go")
        parts = [Ran(**json.loads(await _hear(one))) for one in members]
    finally:
        for one in members:
            if one.returncode is None:
                one.kill()
            await one.wait()
    kept = await WAYS[way].kept(store, clock)
    return _together(parts, kept)


async def take_part(clock: Clock) -> None:
    """Be one of the processes: hear on standard input what to do and when, say what came of it."""
    task = json.loads(await _line())
    store = open_store(task.pop("url"))
    task["call_s"] = tuple(task["call_s"])
    task["latency_s"] = task["latency_s"] and tuple(task["latency_s"])

    async def ready() -> None:
        _say("ready")
        await _line()

    ran = await race(store=store, clock=clock, ready=ready, **task)
    _say(json.dumps(dataclasses.asdict(ran)))


def _together(parts: Sequence[Ran], kept: int) -> Ran:
    return dataclasses.replace(
        parts[0],
        processes=len(parts),
        kept=kept,
        wall_s=max(part.wall_s for part in parts),
        slowest_s=max(part.slowest_s for part in parts),
        **{
            name: sum(getattr(part, name) for part in parts)
            for name in ("invoices", "gets", "puts", "bytes_read", "bytes_written")
        },
    )


async def _tell(member: Process, line: str) -> None:
    if member.stdin is None:
        raise RuntimeError("A member has a pipe to hear by.")
    member.stdin.write(f"{line}\n".encode())
    try:
        await member.stdin.drain()
    except ConnectionError:
        raise _failed() from None


async def _hear(member: Process) -> str:
    if member.stdout is None:
        raise RuntimeError("A member has a pipe to speak by.")
    line = await member.stdout.readline()
    if not line:
        raise _failed()
    return line.decode()


def _failed() -> Outage:
    return Outage("One of the processes failed; see above.", "Run the same command again.")


async def _line() -> str:
    return await asyncio.to_thread(sys.stdin.readline)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
