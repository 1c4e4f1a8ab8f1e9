"""All that is asked of Ray: which nodes there are, a worker on one, its news, its end."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tallysheet.cluster._worker import Message, News, Worker
from tallysheet.errors import ConfigError, MissingExtra

AUTO = "auto"
"""The cluster that ``RAY_ADDRESS`` names, or that this machine belongs to."""
CONNECT_S = 10.0


class Gone(Exception):
    """A worker is no more, or its node is not; the text is Ray's name for the reason."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is alive and has cores."""

    id: str
    machine: str
    cores: int

    @property
    def name(self) -> str:
        """What people may call it: several can be on one machine."""
        return f"{self.machine} ({self.id[:8]})"


class Ray:
    """A Ray cluster. Its calls block, so they are made in threads.

    Args:
        address: Of the cluster, as ``host:port``; or `AUTO`.
        namespace: Where workers have their names.

    Raises:
        MissingExtra: Ray is not installed.
    """

    def __init__(self, address: str, namespace: str) -> None:
        # Ray tells of deaths on standard output, which is for data, and we tell of them ourselves.
        os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = "."
        try:
            import ray
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
        except ImportError as error:
            raise MissingExtra("Runs on a Ray cluster", "ray") from error
        self._ray = ray
        self._only_on = NodeAffinitySchedulingStrategy
        self._address = address
        self._namespace = namespace

    async def connect(self) -> None:
        """Join the cluster.

        Raises:
            ConfigError: There is none at that address, or it does not let us in.
        """
        try:
            # Ray itself would try for many minutes, and could not be interrupted.
            address = (
                os.environ.get("RAY_ADDRESS", AUTO) if self._address == AUTO else self._address
            )
            if address != AUTO:
                await _reach(address)
            terminate = signal.getsignal(signal.SIGTERM)
            await asyncio.to_thread(
                self._ray.init,
                self._address,
                namespace=self._namespace,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
            if threading.current_thread() is threading.main_thread():
                # Ray writes a trace of its stack at SIGTERM, which is for whoever stops the run.
                signal.signal(signal.SIGTERM, terminate)
                signal.siginterrupt(signal.SIGTERM, False)
        except self._ray.exceptions.AuthenticationError:
            raise ConfigError(
                f"The Ray cluster at {self._address} lets only those in who have its token.",
                "Set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH, or put it into ~/.ray/auth_token.",
            ) from None
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"There is no Ray cluster at {self._address} ({type(error).__name__}).",
                "Start one with `ray start --head`, and run this on one of its nodes."
                " On one machine --processes does the same without Ray.",
            ) from None

    async def leave(self) -> None:
        """Leave the cluster; workers that are there go on."""
        await asyncio.to_thread(self._ray.shutdown)

    async def nodes(self) -> list[Node]:
        """The nodes that can work now."""
        rows = await asyncio.to_thread(self._ray.nodes)
        return [
            Node(row["NodeID"], row["NodeManagerHostname"], int(row["Resources"]["CPU"]))
            for row in rows
            if row["Alive"] and row["Resources"].get("CPU", 0) >= 1
        ]

    async def worker_on(self, node: Node, order: Mapping[str, Any]) -> Any:
        """The worker of *node*: the one that is there, or a new one that takes all its cores.

        Raises:
            Gone: One that just ended still has the name, or the cluster is no more.
        """
        actor = self._ray.remote(Worker).options(
            name=node.id,
            namespace=self._namespace,
            get_if_exists=True,
            lifetime="detached",
            max_restarts=0,
            num_cpus=node.cores,
            scheduling_strategy=self._only_on(node.id, soft=False),
        )
        try:
            return await asyncio.to_thread(actor.remote, order)
        except (self._ray.exceptions.RayError, ValueError) as error:
            raise Gone(type(error).__name__) from None

    async def news_of(self, worker: Any, watcher: str, answers: Sequence[Message]) -> list[News]:
        """What *worker* has to tell; see `Worker.news`.

        Raises:
            Gone: It is no more.
        """
        try:
            news: list[News] = await worker.news.remote(watcher, answers)
        except self._ray.exceptions.RayError as error:
            raise Gone(type(error).__name__) from None
        return news

    async def stop(self, worker: Any) -> None:
        """Have a worker finish what is in flight; nothing happens where it is no more."""
        with suppress(self._ray.exceptions.RayError):
            await worker.stop.remote()

    def kill(self, worker: Any) -> None:
        """End a worker at once; nothing happens where it is no more."""
        with suppress(self._ray.exceptions.RayError):
            self._ray.kill(worker)


async def _reach(address: str) -> None:
    """See whether anybody listens at ``host:port``, perhaps with ``ray://`` before it.

    Raises:
        ValueError: It is no such address.
        OSError: Nobody answers there.
    """
    parts = urlsplit(address if "//" in address else f"//{address}")
    if not parts.hostname or not parts.port:
        raise ValueError(address)
    async with asyncio.timeout(CONNECT_S):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.close()
