"""What all tests share: real S3 servers, and an eye on calls that block the event loop."""

import os
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

import s3_servers
from s3_servers import S3Server, seaweedfs

# What is drawn is the same on every machine, so that a red run can be repeated.
# To look for what nobody has seen yet: HYPOTHESIS_PROFILE=explore make test
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Turn every blocking call that our code makes inside the event loop into an error."""
    with blockbuster_ctx("tallysheet") as watching:
        yield watching


@pytest.fixture(scope="session")
def seaweed() -> Iterator[S3Server]:
    """SeaweedFS, started once; if it does not start, every test that needs it fails."""
    with seaweedfs() as process:
        process.start()
        yield process.server


@pytest.fixture(scope="session")
def ministack() -> Iterator[S3Server]:
    """The second S3 server, which answers as AWS does, started once."""
    with s3_servers.ministack() as process:
        process.start()
        yield process.server


@pytest.fixture
def s3(seaweed: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The S3 server, with the environment set so that ``s3://`` means it."""
    return seaweed.meant(monkeypatch)


@pytest.fixture
def second_s3(ministack: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The second S3 server, with the environment set so that ``s3://`` means it."""
    return ministack.meant(monkeypatch)
