"""`tallysheet doctor`, and what a first run does by itself, on stores that are good or lie."""

import json
import os
from collections.abc import Iterator
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner, Result

import tallysheet
from tallysheet import ConfigError, Manifest
from tallysheet.cli import ExitCode, app
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore, open_store
from tallysheet.store import objects as adapter


class Heedless(BaseHTTPRequestHandler):
    """A server that speaks like S3 and ignores every condition, as several do."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    seen: list[str]
    refuses = False

    def do_GET(self) -> None:
        """Read, or list: nothing is ever listed."""
        path = urlsplit(self.path).path
        if self.refuses:
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif "list-type" in self.path:
            self.answer(
                200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
            )
        elif path in self.objects:
            self.answer(200, self.objects[path])
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        """Tell when, for one."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Store, whatever the condition."""
        data = self.rfile.read(int(self.headers["content-length"]))
        self.objects[self.path] = data
        self.answer(200, b"", of=data)

    def do_DELETE(self) -> None:
        """Remove."""
        self.objects.pop(self.path, None)
        self.answer(204, b"")

    def answer(self, status: int, body: bytes, *, of: bytes | None = None) -> None:
        """Send a reply."""
        self.seen.append(f"{self.command} {self.path}")
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", f'"{md5(of or body, usedforsecurity=False).hexdigest()}"')
        self.send_header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def heedless(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Heedless]]:
    """The heedless server, and the environment that leads to it."""
    answering = type("Answering", (Heedless,), {"objects": {}, "seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), answering) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setattr(adapter, "PATIENCE", adapter.PATIENCE * 0)
        yield answering
        running.shutdown()
        thread.join()


def doctor(*arguments: str) -> Result:
    """What the command says."""
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_a_folder_is_trusted_and_left_as_it_was(tmp_path: Path) -> None:
    """Exit 0, a row for each step, and not even an empty folder is left behind."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.pdf").write_bytes(b"%PDF")

    result = doctor(str(tmp_path / "inbox"))

    assert result.exit_code == ExitCode.DONE
    assert "replace, 8 at once" in result.stdout
    assert "WRONG" not in result.stdout
    assert "can be trusted with a manifest" in result.stdout
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.pdf", "inbox"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Exit 6, with what is in the way."""
    (tmp_path / "file").write_bytes(b"")

    result = doctor(str(tmp_path), "--out", str(tmp_path / "file" / "batch"))

    assert result.exit_code == ExitCode.CONFIG
    assert "Move away the file" in result.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]


def test_memory_is_trusted() -> None:
    """What is there to try things out can be tried out, too."""
    assert doctor("memory://doctor").exit_code == ExitCode.DONE


@pytest.mark.parametrize("server", ["s3", "second_s3"])
def test_a_real_s3_server_is_trusted_and_left_as_it_was(
    request: pytest.FixtureRequest, server: str
) -> None:
    """Exit 0; the JSON says what was tried, how long it took, and how the clocks stand."""
    url = request.getfixturevalue(server).fresh_url()

    result = doctor(url, "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == ExitCode.DONE
    assert (found["source"], found["batch"]) == (url, f"{url}.tallysheet")
    assert (found["trusted"], found["reason"], found["left"]) == (True, "", [])
    assert abs(found["clock_offset_s"]) < 5
    assert found["get_s"] > 0
    assert found["put_s"] > 0
    assert [step["tried"] for step in found["steps"]][:2] == ["list", "write, then read"]
    assert all(step["ok"] for step in found["steps"])


def test_a_store_that_ignores_conditions_is_told(heedless: type[Heedless]) -> None:
    """Exit 6; the table says what was wrong, stderr says why that matters."""
    result = doctor("s3://bucket/inbox")

    assert result.exit_code == ExitCode.CONFIG
    assert "WRONG" in result.stdout
    assert "inbox.tallysheet cannot be trusted" in result.stderr
    assert "create what stands already" in result.stderr
    assert heedless.objects == {}


def test_with_json_a_liar_is_told_in_one_value(heedless: type[Heedless]) -> None:
    """A program reads the verdict and its reason where it reads the steps."""
    result = doctor("s3://bucket/inbox", "--json")

    found = json.loads(result.stdout)
    wrong = [step["tried"] for step in found["steps"] if not step["ok"]]
    assert result.exit_code == ExitCode.CONFIG
    assert not found["trusted"]
    assert found["reason"].startswith("create what stands already")
    assert "replace a stale version" in wrong
    assert "create, 8 at once" in wrong
    assert "write, then read" not in wrong


def test_there_is_no_race_where_everybody_would_lose(heedless: type[Heedless]) -> None:
    """Exit 6 with the reason, before any way is tried; nothing is left there."""
    result = CliRunner().invoke(app, ["race", "s3://bucket/scratch"])

    assert (result.exit_code, result.stdout) == (ExitCode.CONFIG, "")
    assert "no race" in result.stderr
    assert "condition was ignored" in result.stderr
    assert heedless.objects == {}


def test_the_doctor_writes_only_keys_of_its_own(heedless: type[Heedless]) -> None:
    """Every write is below the batch and begins with probe-; the source is only listed."""
    doctor("s3://bucket/inbox", "--out", "s3://bucket/batch")

    written = [line for line in heedless.seen if not line.startswith("GET /bucket?")]
    assert len(written) > 20
    assert all(line.split()[1].startswith("/bucket/batch/probe-") for line in written)


def test_refused_credentials_are_told_first(heedless: type[Heedless]) -> None:
    """Before anything is written the listing says what is wrong: exit 6, with the fix."""
    heedless.refuses = True

    result = doctor("s3://bucket/inbox", "--json")

    error = json.loads(result.stdout)["error"]
    assert result.exit_code == error["code"] == ExitCode.CONFIG
    assert "403" in error["message"]
    assert "AWS_ACCESS_KEY_ID" in error["fix"]
    assert not any(line.startswith("PUT") for line in heedless.seen)


def test_a_store_that_is_not_there_is_an_outage(heedless, monkeypatch) -> None:
    """Exit 5: nothing is known, the same command may work later."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    assert doctor("s3://bucket/inbox").exit_code == ExitCode.LATER


def test_the_policies_are_printed_for_the_address() -> None:
    """Without a connection: what the user needs, and what the bucket should deny."""
    result = doctor("s3://bucket/inbox", "--policy")

    policies = json.loads(result.stdout)
    resources = [r for s in policies["iam"]["Statement"] for r in s["Resource"]]
    (denied,) = policies["bucket"]["Statement"]
    assert result.exit_code == ExitCode.DONE
    assert "arn:aws:s3:::bucket/inbox/*" in resources
    assert denied["Resource"] == ["arn:aws:s3:::bucket/inbox.tallysheet/manifest.json"]
    assert "s3:DeleteObject" in result.stderr


@pytest.mark.parametrize("source", ["./inbox", "s3://bucket/batch"])
def test_what_is_only_updated_or_read_elsewhere_needs_no_reader(source: str) -> None:
    """Documents of a folder are not in the policy, nor is a manifest its own source."""
    result = doctor(source, "--out", "s3://bucket/batch", "--policy", "--json")

    sids = [s["Sid"] for s in json.loads(result.stdout)["iam"]["Statement"]]
    assert sids == ["TellWhatIsNotThere", "WriteBatch", "RemoveProbes", "RemoveMergedSegments"]


def test_there_are_no_policies_for_other_stores() -> None:
    """Exit 6, and what to give instead."""
    result = doctor("gs://bucket/inbox", "--policy")

    assert result.exit_code == ExitCode.CONFIG
    assert "s3://BUCKET/PREFIX" in result.stderr


async def test_no_manifest_is_made_on_a_store_that_lies(heedless: type[Heedless]) -> None:
    """The error names the step and the command that tells more; nothing is left there."""
    with pytest.raises(ConfigError) as refused:
        async with Manifest.open("s3://bucket/sheet") as manifest:
            await manifest.add(["a.pdf"])

    assert "create what stands already" in refused.value.message
    assert "tallysheet doctor s3://bucket/sheet --out s3://bucket/sheet" in refused.value.fix
    assert heedless.objects == {}


async def test_no_run_begins_on_a_store_that_lies(heedless: type[Heedless], tmp_path: Path) -> None:
    """It is refused before a document is claimed, or a model asked."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    run = tallysheet.run(
        str(tmp_path), out="s3://bucket/b.tallysheet", settings=Settings(parse_workers=1)
    )

    with pytest.raises(ConfigError, match="cannot be trusted") as refused:
        [event async for event in run]

    assert refused.value.fix.endswith("tallysheet doctor s3://bucket/b.tallysheet")
    assert heedless.objects == {}


async def test_a_manifest_that_stands_is_not_tried_again(heedless: type[Heedless]) -> None:
    """Whoever made it proved the store, and opening it costs no probe."""
    async with Manifest.open("memory://proven") as manifest:
        await manifest.add(["a.pdf"])
    heedless.objects["/bucket/sheet/manifest.json"] = (
        await MemoryStore("proven").get("manifest.json")
    ).data

    async with Manifest.open("s3://bucket/sheet") as manifest:
        assert (await manifest.get("a.pdf")).status == tallysheet.Status.PENDING

    assert not any("probe-" in line for line in heedless.seen)


async def test_a_first_manifest_on_a_good_store_leaves_only_itself(s3) -> None:
    """The probe ran and cleaned up; then the manifest was made."""
    url = s3.fresh_url()

    async with Manifest.open(url) as manifest:
        await manifest.add(["a.pdf"])

    assert [entry.key async for entry in open_store(url).list()] == ["manifest.json"]


async def test_a_folder_is_not_tried(tmp_path: Path) -> None:
    """Our own stores are proven by our own tests: opening one writes nothing."""
    async with Manifest.open(str(tmp_path / "sheet")):
        pass

    assert os.listdir(tmp_path) == []
