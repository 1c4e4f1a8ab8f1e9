"""Who is still alive? Told by heartbeats and one's own monotonic clock, never by a wall clock.

Every worker raises a number in the root every few seconds. Whoever sees a
number stand still for longer than the lease takes that worker for dead. On the
same machine the question can be answered at once: its process exists or not.
Both are only about *when* to take over. That a worker wrongly taken for dead can
do no harm is the epochs' and the session table's doing.
"""

import os
import select
import socket
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tallysheet.manifest._codec import Worker
from tallysheet.manifest._state import State
from tallysheet.ports import Clock


def identity() -> Worker:
    """This process, as others will see it in the manifest. Reads files, the first time."""
    return Worker(beat=0, home=_home(), pid=os.getpid())


@cache
def _home() -> str:
    """A name for this machine, boot and process namespace: where a pid means the same to all."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot[:8]}/{namespace}"


def is_gone(worker: Worker) -> bool:
    """Whether the process is known to be no more; False where that cannot be known."""
    if worker.home != _home() or worker.pid <= 0:
        return False
    try:
        os.kill(worker.pid, 0)
        return _has_ended(worker.pid)
    except ProcessLookupError:
        return True
    except OSError:
        return False


def _has_ended(pid: int) -> bool:
    """Whether a process that the system still knows has ended, and its parent has yet to look."""
    if sys.platform != "linux":
        return False
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(0))
    finally:
        os.close(handle)


@dataclass(slots=True)
class Watch:
    """When each other worker was last seen to move."""

    me: str
    clock: Clock
    lease_s: float
    _seen: dict[str, tuple[Worker, float]] = field(default_factory=dict)

    def saw(self, state: State) -> None:
        """Note every heartbeat that is another than before."""
        now = self.clock.monotonic()
        for name, worker in state.workers.items():
            before = self._seen.get(name)
            if before is None or before[0].beat != worker.beat:
                self._seen[name] = (worker, now)
        for name in self._seen.keys() - state.workers.keys():
            del self._seen[name]

    def lapsed(self) -> list[tuple[str, int]]:
        """The workers to bury, each with the heartbeat at which it stood still."""
        now = self.clock.monotonic()
        return [
            (name, worker.beat)
            for name, (worker, since) in self._seen.items()
            if name != self.me and (now - since > self.lease_s or is_gone(worker))
        ]
