"""Real processes on one manifest, killed and stopped, their server killed: the books balance."""

import asyncio
import os
import random  # noqa: TID251  seeded
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crew import Crew, audit, set_up
from rough_proxy import FATES, rough_proxy
from s3_servers import S3Server, seaweedfs

PROCESSES = 8
ROUNDS = int(os.environ.get("ROUNDS", "1"))
LEASE_S = 1.0
EVENTS = 9


@pytest.mark.timeout(120 * ROUNDS)
async def test_on_a_folder_the_books_balance(tmp_path: Path) -> None:
    """Eight processes share a folder; some are killed and some sleep past their lease."""
    url = str(tmp_path / "batch")
    await set_up(url)
    crew = Crew(url, tmp_path, {}, random.Random(1), LEASE_S)  # noqa: S311  seeded

    await crew.start(PROCESSES)
    await crew.suffer(EVENTS * ROUNDS)
    ended = await crew.end()

    assert ended[-signal.SIGKILL] >= 1
    assert not await audit(url, crew.said())


@pytest.mark.timeout(180 * ROUNDS)
async def test_on_s3_over_a_bad_network_the_books_balance(tmp_path: Path, s3: S3Server) -> None:
    """The same through a proxy that loses, delays and repeats one request of seven."""
    url = s3.fresh_url()
    await set_up(url)
    upstream = urlsplit(s3.endpoint).port or 0
    async with rough_proxy(upstream, share=0.15, seed=2) as proxy:
        through = {**s3.environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        crew = Crew(url, tmp_path, through, random.Random(2), LEASE_S)  # noqa: S311  seeded
        await crew.start(PROCESSES)
        await crew.suffer(EVENTS * ROUNDS)
        ended = await crew.end()

    assert ended[-signal.SIGKILL] >= 1
    assert not await audit(url, crew.said())
    assert {f"PUT {fate}" for fate in FATES} <= proxy.met.keys()


@pytest.mark.timeout(180 * ROUNDS)
async def test_when_the_server_is_killed_all_wait_and_go_on_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged outlives a SIGKILL of the server, and no process needs help."""
    with seaweedfs() as server:
        await asyncio.to_thread(server.start)
        url = server.server.meant(monkeypatch).fresh_url()
        await set_up(url)
        crew = Crew(url, tmp_path, {}, random.Random(3), lease_s=300)  # noqa: S311  seeded
        await crew.start(PROCESSES // 2)
        await crew.until_told(100)
        for _ in range(ROUNDS):
            server.kill()
            await asyncio.to_thread(server.start)
            await crew.until_told(100)
        ended = await crew.end()

        assert ended == {0: PROCESSES // 2}
        assert not crew.fenced()
        assert not crew.unanswered()
        assert not await audit(url, crew.said())
