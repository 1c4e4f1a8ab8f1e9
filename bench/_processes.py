"""Rows about many processes on one manifest in a real S3 server on this machine."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from _figures import AT_LEAST, AT_MOST, Figure, Measured
from _ways import OURS, WAYS, keys_of
from tallysheet.store import open_store

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from s3_servers import S3Server, seaweedfs

CHILD = Path(__file__).with_name("_processes_child.py")
DOCUMENTS = 1_000
USUAL_DOCUMENTS = 100


async def processes(*, quick: bool) -> list[Figure]:
    """8 processes of 250 hands: updates lost or doubled, and the least busy one's share."""
    count, hands, for_s, repeats = (2, 10, 1, 1) if quick else (8, 250, 6, 3)
    with seaweedfs() as process:
        await asyncio.to_thread(process.start)
        os.environ.update(process.server.environment)
        found = {
            name: [
                await _crew(process.server, name, count, hands, for_s)
                for _ in range(repeats if name == OURS else 1)
            ]
            for name in WAYS
        }
    exact = {
        name: Measured(
            tuple(
                float(abs(told - total) if name == OURS else max(0, told - total))
                for told, total, _ in runs
            ),
            f"of {sum(told for told, _, _ in runs):,} acknowledged",
        )
        for name, runs in found.items()
    }
    shares = {
        name: Measured(
            tuple(share for _, _, share in runs),
            f"{sum(told for told, _, _ in runs) / len(runs) / for_s:,.0f} updates a second",
        )
        for name, runs in found.items()
    }
    what = f"{count} processes of {hands} hands on SeaweedFS"
    return [
        Figure(f"{what}: lost or doubled", AT_MOST, 0, exact.pop(OURS), exact),
        Figure(f"{what}: least / mean", AT_LEAST, 0.25, shares.pop(OURS), shares),
    ]


async def _crew(
    server: S3Server, way: str, count: int, hands: int, for_s: int
) -> tuple[int, int, float]:
    """Let so many processes update one object.

    Returns:
        How many updates they were told are done, how many stand, and the share of the
        process that was told fewest in the mean.
    """
    url, keys = server.fresh_url(), keys_of(DOCUMENTS if way == OURS else USUAL_DOCUMENTS)
    async with WAYS[way](open_store(url), keys):
        pass
    crew = [await _start(way, url, len(keys), hands, for_s) for _ in range(count)]
    try:
        for process in crew:
            await _said(process)
        for process in crew:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
        told = [await _said(process) for process in crew]
        for process in crew:
            await process.wait()
    finally:
        for process in crew:
            if process.returncode is None:
                process.kill()
    async with WAYS[way](open_store(url), keys) as standing:
        total = await standing.total()
    return sum(told), total, min(told) / max(1, sum(told)) * count


async def _start(way: str, url: str, documents: int, hands: int, for_s: int) -> Process:
    arguments = (way, url, str(documents), str(hands), str(for_s))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(CHILD), *arguments), stdin=PIPE, stdout=PIPE
    )


async def _said(process: Process) -> int:
    """The number on its next line."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"A process of the bench ended with {await process.wait()}.")
    return int(line)
