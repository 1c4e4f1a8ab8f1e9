"""What all tests share: a real S3 server, and an eye on calls that block the event loop."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

# What is drawn is the same on every machine, so that a red run can be repeated.
# To look for what nobody has seen yet: HYPOTHESIS_PROFILE=explore make test
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

READY_WITHIN_S = 90.0
PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
)


@dataclass(frozen=True, slots=True)
class S3Server:
    """A real S3 server on this machine, with one bucket; each test takes a fresh prefix."""

    endpoint: str
    bucket: str

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


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Turn every blocking call that our code makes inside the event loop into an error."""
    with blockbuster_ctx("tallysheet") as watching:
        yield watching


@pytest.fixture(scope="session")
def seaweed() -> Iterator[S3Server]:
    """SeaweedFS, started once; if it does not start, every test that needs it fails."""
    data = Path(tempfile.mkdtemp(prefix="seaweed-"))
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    with (data / "log").open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("weed"), "server", *arguments(data, ports)],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        server = S3Server(f"http://127.0.0.1:{ports['s3.port']}", "tallysheet-test")
        wait_until_it_stores(server, process, data / "log")
        yield server
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(data, ignore_errors=True)
        for port in ports.values():
            for left in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


@pytest.fixture
def s3(seaweed: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The S3 server, with the environment set so that ``s3://`` means it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in seaweed.environment.items():
        monkeypatch.setenv(name, value)
    return seaweed


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def arguments(data: Path, ports: dict[str, int]) -> Iterator[str]:
    """Everything on the loopback, everything in *data*, nothing reported to anybody."""
    yield from (f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3")
    yield from (f"-{name}={port}" for name, port in ports.items())
    yield from (f"-filer.localSocket={data}/filer.sock", f"-s3.localSocket={data}/s3.sock")
    yield from ("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false")
    yield from ("-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=100")


def wait_until_it_stores(server: S3Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Create the bucket and write into it, until both succeed."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if put(f"{server.endpoint}/{server.bucket}") in (200, 409) and (
            put(f"{server.endpoint}/{server.bucket}/ready", b"yes") == 200
        ):
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-4000:]}")


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
