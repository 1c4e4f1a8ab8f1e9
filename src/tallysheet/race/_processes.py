"""The same race in several processes: a lock that lives in one of them guards nothing."""

import asyncio
import dataclasses
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from tallysheet.errors import Outage, one_error
from tallysheet.ports import Clock, Store
from tallysheet.race._race import Ran, race, sentence
from tallysheet.race._ways import WAYS
from tallysheet.store import open_store


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
        processes: How many, and at most as many as *invoices*.
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
            # In a session of its own: Ctrl-C is for us alone, and we end them all.
            members.append(
                await asyncio.create_subprocess_exec(
                    *member, stdin=PIPE, stdout=PIPE, start_new_session=True
                )
            )
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
    return _together(parts, await WAYS[way].kept(store, clock))


async def take_part(clock: Clock) -> None:
    """Be one of the processes: hear on standard input what to do and when, say what came of it.

    It ends the process at once where nobody is left who would want to know.
    """
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )

    async def heard() -> bytes:
        line = await reader.readline()
        if not line:
            os._exit(1)
        return line

    async def ready() -> None:
        _say("ready")
        await heard()
        listening.append(tasks.create_task(heard()))

    task = json.loads(await heard())
    store = open_store(task.pop("url"))
    task["call_s"] = tuple(task["call_s"])
    task["latency_s"] = task["latency_s"] and tuple(task["latency_s"])
    listening: list[asyncio.Task[bytes]] = []
    with one_error():
        async with asyncio.TaskGroup() as tasks:
            ran = await race(store=store, clock=clock, ready=ready, **task)
            listening.pop().cancel()
    _say(json.dumps(dataclasses.asdict(ran)))


def _together(parts: Sequence[Ran], kept: int) -> Ran:
    sums = {
        name: sum(getattr(part, name) for part in parts)
        for name in ("invoices", "tried", "gets", "puts", "bytes_read", "bytes_written")
    }
    most = {
        name: max(getattr(part, name) for part in parts)
        for name in ("ready_s", "wall_s", "slowest_s")
    }
    chosen = WAYS[parts[0].way]
    why = sentence(
        chosen.shared, chosen.shared_loses, tried=sums["tried"], kept=kept, ready_s=most["ready_s"]
    )
    return dataclasses.replace(parts[0], processes=len(parts), kept=kept, why=why, **sums, **most)


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


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
