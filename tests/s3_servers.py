"""Real S3 servers on this machine: processes of their own, on the loopback only.

SeaweedFS keeps on disk what it was told, so it can be killed and started again.
ministack keeps it in memory, and says of an update where nothing stands what AWS
says, 404, where SeaweedFS says 412.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest

READY_WITHIN_S = 90.0
SEAWEED_PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
)


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where a server is reached, with one bucket; each test takes a fresh prefix."""

    endpoint: str
    bucket: str = "tallysheet-test"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to use it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }

    def fresh_url(self) -> str:
        """An address below which nothing stands."""
        return f"s3://{self.bucket}/{uuid4().hex}"

    def meant(self, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Set the environment so that ``s3://`` means it, and nothing that was set before."""
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        return self


class S3Process:
    """The process of a server, which can be killed and started again at the same place.

    Attributes:
        server: Where it is reached.
    """

    def __init__(
        self, command: Sequence[str | Path], port: int, data: Path, more: Mapping[str, str]
    ) -> None:
        self.server = S3Server(f"http://127.0.0.1:{port}")
        self._command = command
        self._data = data
        self._environment = {**os.environ, **more}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return once it stores what it is sent.

        Raises:
            RuntimeError: It does not start.
        """
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._data,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._stores():
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            log_text = (self._data / "log").read_text(errors="replace")
            raise RuntimeError(f"The server did not start:\n{log_text[-4000:]}")

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        if self._process is None:
            raise RuntimeError("The server was not started.")
        return self._process.pid

    def kill(self) -> None:
        """End it by SIGKILL, in the middle of whatever it does."""
        if self._process is not None and self._process.poll() is None:
            # With what it has started itself.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _stores(self) -> bool:
        bucket = f"{self.server.endpoint}/{self.server.bucket}"
        return put(bucket) in (200, 409) and put(f"{bucket}/ready", b"yes") == 200


@contextmanager
def seaweedfs() -> Iterator[S3Process]:
    """SeaweedFS with a folder of its own, not yet started."""
    with tempfile.TemporaryDirectory(prefix="seaweed-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        ports = dict(zip(SEAWEED_PORTS, free_ports(len(SEAWEED_PORTS)), strict=True))
        weed = Path(sys.executable).with_name("weed")
        process = S3Process(
            [weed, "server", *_seaweed_arguments(data, ports)], ports["s3.port"], data, {}
        )
        try:
            yield process
        finally:
            process.kill()
            for port in ports.values():
                for left in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                    left.unlink(missing_ok=True)


@contextmanager
def ministack() -> Iterator[S3Process]:
    """ministack, only its S3, not yet started."""
    with tempfile.TemporaryDirectory(prefix="ministack-") as folder:
        (port,) = free_ports(1)
        # Not its own command: that listens to the whole network unless told otherwise.
        command = [sys.executable, "-m", "hypercorn", "ministack.app:app"]
        process = S3Process(
            [*command, "--bind", f"127.0.0.1:{port}"],
            port,
            Path(folder),
            {"SERVICES": "s3", "LOG_LEVEL": "WARNING"},
        )
        try:
            yield process
        finally:
            process.kill()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _seaweed_arguments(data: Path, ports: Mapping[str, int]) -> Iterator[str]:
    """Everything on the loopback, everything in *data*, nothing reported to anybody."""
    yield from (f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3")
    yield from (f"-{name}={port}" for name, port in ports.items())
    yield from (f"-filer.localSocket={data}/filer.sock", f"-s3.localSocket={data}/s3.sock")
    yield from ("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false")
    yield from ("-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=100")


def put(url: str, data: bytes = b"") -> int:
    """Send a PUT; return its status, 0 if there was none."""
    request = urllib.request.Request(url, data=data, method="PUT")  # noqa: S310  our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310  our own server
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0
