"""A Ray cluster of several nodes on this machine, as a process of its own.

Nobody beyond this machine is told of it: no usage statistics, no dashboard, ports on the
loopback interface alone, which let in only who has its token. It ends with the end of its
standard input, and so with its test.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

ENVIRONMENT = {
    # So Ray takes 127.0.0.1 for the address of the machine, and listens nowhere else.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    # The machine's memory is others' as well: none of our processes is to be killed for it.
    "RAY_memory_monitor_refresh_ms": "0",
}
NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024, "include_log_monitor": False}
LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Node:
    """One node, made of several processes."""

    name: str
    """What Ray calls it."""
    raylet: int
    """The process that the node lives and dies with."""

    def kill(self) -> None:
        """Lose it, as by a power cut; what works on it notices by itself."""
        os.kill(self.raylet, signal.SIGKILL)


class Nodes:
    """The cluster, as a test sees it."""

    def __init__(self, program: "subprocess.Popen[str]", environment: dict[str, str]) -> None:
        self._program = program
        self.environment = environment
        """What a process needs to find the cluster, and to be let in."""

    def add(self) -> Node:
        """One more node, which is alive when this returns."""
        assert self._program.stdin is not None
        self._program.stdin.write("add\n")
        self._program.stdin.flush()
        return self.next()

    def next(self) -> Node:
        """Wait for the next node that the program has started."""
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        assert line, "the cluster did not start"
        told = json.loads(line)
        self.environment["RAY_ADDRESS"] = told.pop("address")
        return Node(**told)


@contextmanager
def ray_nodes(environment: Mapping[str, str]) -> Iterator[Nodes]:
    """A cluster without any node; its nodes, and all that works there, have *environment*."""
    # Paths of sockets have at most 107 bytes: no deep folder of the test's own.
    with tempfile.TemporaryDirectory(
        prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
    ) as place:
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        ours = {**ENVIRONMENT, **token, "RAY_TMPDIR": place}
        program = subprocess.Popen(
            (sys.executable, __file__),
            env={**environment, **ours},
            cwd=place,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield Nodes(program, ours)
        finally:
            program.communicate(timeout=LIMIT_S)


def main() -> None:
    """Start a node at each line of standard input; end them all at its end."""
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for _ in sys.stdin:
        head: dict[str, Any] = {} if cluster.head_node else {"include_dashboard": False}
        node = cluster.add_node(**NODE, **head)
        raylet = node.all_processes["raylet"][0].process.pid
        started = {"name": node.node_id, "raylet": raylet, "address": cluster.address}
        told.write(json.dumps(started) + "\n")
        told.flush()
    cluster.shutdown()


if __name__ == "__main__":
    main()
