"""The real command line in a real process, as a person or a program would start it.

The environment is scrubbed: what this machine happens to have set up cannot
decide a test, and no key of anybody's is within reach.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "tallysheet")
LIMIT_S = 60.0
"""So long a command may take before its test fails."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    """Its exit code; minus the signal where one killed it."""
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it printed with ``--json``: every line of its stdout is one value."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """The last of its events, which must be the summary."""
        last = self.events[-1]
        assert last["event"] == "summary", self
        return last

    @property
    def settled(self) -> list[str]:
        """The documents that it settled, sorted."""
        return sorted(e["document"] for e in self.events if e["event"] == "settled")

    @property
    def error(self) -> dict[str, Any]:
        """The error that it printed with ``--json``."""
        error: dict[str, Any] = self.events[-1]["error"]
        return error


def tallysheet(
    *words: str | bytes,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    limit_s: float = LIMIT_S,
) -> Ran:
    """Run ``tallysheet`` with *words* in *cwd*, and wait for its end.

    Raises:
        subprocess.TimeoutExpired: It took longer than *limit_s*, and was killed.
    """
    ran = subprocess.run(
        (*COMMAND, *words),
        cwd=cwd,
        env=scrubbed(cwd, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=limit_s,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def scrubbed(cwd: Path, env: Mapping[str, str] | None) -> dict[str, str]:
    """An environment with a home below *cwd*, nothing of our own, and *env*."""
    home = cwd / "home"
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        **(env or {}),
    }


class Running:
    """A command that goes on while the test looks."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log
        self._seen: list[bytes] = []

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def until(self, event: str) -> dict[str, Any]:
        """Wait for the next line of its ``--json`` output that tells of *event*."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._seen.append(line)
            told: dict[str, Any] = json.loads(line)
            if told.get("event") == event:
                return told
        raise AssertionError(f"it ended without {event}: {self.ended()}")

    def until_it_says(self, text: str) -> None:
        """Wait until *text* is in what it wrote to stderr; a stopping command says so at once."""
        with subprocess.Popen(
            ("tail", "-f", "-c", "+1", self._log), stdout=subprocess.PIPE
        ) as told:
            assert told.stdout is not None
            said = b""
            while text.encode() not in said:
                ready, _, _ = select.select([told.stdout], [], [], LIMIT_S)
                assert ready, f"it never said {text!r}: {said!r}"
                said += os.read(told.stdout.fileno(), 65536)
            told.kill()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def ended(self) -> Ran:
        """Wait for its end; its output holds what `until` has seen, too."""
        rest, _ = self._process.communicate(timeout=LIMIT_S)
        return Ran(
            self._process.returncode,
            b"".join((*self._seen, rest)).decode(),
            self._log.read_bytes().decode(),
        )


@contextmanager
def started(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start ``tallysheet`` with *words*; whatever is left of it at the end is killed."""
    with ExitStack() as stack:
        number = len(list(cwd.glob("stderr-*")))
        log = stack.enter_context((cwd / f"stderr-{number}").open("wb"))
        process = stack.enter_context(
            subprocess.Popen(
                (*COMMAND, *words),
                cwd=cwd,
                env=scrubbed(cwd, env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        )
        stack.callback(process.kill)
        yield Running(process, Path(log.name))


def children_of(pid: int) -> list[int]:
    """A handle on each child process of *pid*, that becomes readable when it ends."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [os.pidfd_open(int(child)) for child in listed]


def all_end(handles: Sequence[int]) -> bool:
    """Whether all these processes end within the limit; gives the handles back."""
    try:
        return all(select.select([handle], [], [], LIMIT_S)[0] for handle in handles)
    finally:
        for handle in handles:
            os.close(handle)


def manifest_of(batch: Path) -> dict[str, Any]:
    """The manifest in the folder *batch*."""
    told: dict[str, Any] = json.loads((batch / "manifest.json").read_bytes())
    return told


def statuses_of(batch: Path) -> dict[str, str]:
    """What has become of each document of *batch*."""
    return {key: record["status"] for key, record in manifest_of(batch)["records"].items()}


def contents_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below *folder*: its bytes, and when it was written."""
    return {
        file.relative_to(folder).as_posix(): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }
