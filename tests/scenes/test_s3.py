"""The main job on a real S3 server: source and batch in a bucket, killed and run again."""

import signal
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from scene import started, tallysheet

if TYPE_CHECKING:
    from s3_servers import S3Server


def lay(url: str, data: bytes) -> None:
    """Put *data* under an ``http://`` address."""
    request = urllib.request.Request(url, data=data, method="PUT")  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  our own server
        pass


def remove(url: str) -> None:
    """Remove what stands under an ``http://`` address."""
    request = urllib.request.Request(url, method="DELETE")  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  our own server
        pass


def test_a_batch_in_a_bucket_survives_kill_9(s3: "S3Server", tmp_path: Path, stream: Path) -> None:
    """Nothing that was done is repeated, everything is exported, the source is only read."""
    source = f"{s3.fresh_url()}/inbox"
    for file in stream.iterdir():
        key = f"{source.removeprefix('s3://')}/{file.name}"
        lay(f"{s3.endpoint}/{key}", file.read_bytes())
    with started(
        "run", source, "--concurrency=2", "--json", cwd=tmp_path, env=s3.environment
    ) as run:
        run.until("settled")
        run.signal(signal.SIGKILL)
        killed = run.ended()

    again = tallysheet("run", source, "--json", cwd=tmp_path, env=s3.environment)
    exported = tallysheet("export", source, cwd=tmp_path, env=s3.environment)
    third = tallysheet("run", source, "--fail-if-empty", cwd=tmp_path, env=s3.environment)

    assert killed.code == -signal.SIGKILL
    assert (again.code, third.code) == (0, 4)
    assert not set(killed.settled) & set(again.settled)
    assert {line["document"] for line in exported.events} == {f.name for f in stream.iterdir()}
    assert {line["status"] for line in exported.events} <= {"done", "review"}
    assert {line["attempts"] for line in exported.events} <= {1, 2}
    assert list(tmp_path.glob("*.tallysheet")) == []


def test_a_folder_can_have_its_batch_in_a_bucket(s3: "S3Server", two: Path) -> None:
    """And the batch alone tells all about it."""
    batch = s3.fresh_url()

    ran = tallysheet("run", "invoices", "--out", batch, "--json", cwd=two, env=s3.environment)
    shown = tallysheet("show", "a.pdf", "--batch", batch, "--json", cwd=two, env=s3.environment)

    assert (ran.code, shown.code) == (0, 0)
    assert ran.summary["batch"] == batch
    assert shown.events[0]["invoice"]["number"]


def test_a_bucket_that_is_not_there_is_told_with_its_fix(s3: "S3Server", two: Path) -> None:
    """Exit 6, and it says that it is the bucket."""
    ran = tallysheet("run", "s3://no-such-bucket/x", "--json", cwd=two, env=s3.environment)

    assert (ran.code, ran.error["kind"]) == (6, "ConfigError")
    assert "bucket" in ran.error["fix"]


def test_a_root_that_is_gone_from_a_bucket_is_made_anew(s3: "S3Server", two: Path) -> None:
    """Of the results, which stay what they were; the next run has nothing to read."""
    batch = s3.fresh_url()
    run = ("run", "invoices", "--out", batch, "--json")
    first = tallysheet(*run, cwd=two, env=s3.environment)
    remove(f"{s3.endpoint}/{batch.removeprefix('s3://')}/manifest.json")

    lost = tallysheet(*run, cwd=two, env=s3.environment)
    mended = tallysheet("check", batch, "--repair", "--json", cwd=two, env=s3.environment)
    again = tallysheet(*run, cwd=two, env=s3.environment)

    assert (lost.code, lost.error["kind"]) == (7, "ManifestDamaged")
    assert (mended.code, mended.events[0]["sound"], mended.events[0]["results"]) == (0, True, 2)
    assert again.settled == []
    assert again.summary["counts"] == first.summary["counts"]
