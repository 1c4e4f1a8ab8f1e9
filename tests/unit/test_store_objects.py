"""What an object store's failures mean, told by a server that fails on request."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from xml.sax.saxutils import escape

import obstore.exceptions
import pytest
from obstore.store import S3Store

from tallysheet.errors import (
    ConfigError,
    Conflict,
    NotFound,
    Outage,
    OutcomeUnknown,
    TallysheetError,
)
from tallysheet.ports import ABSENT, Store, Version
from tallysheet.store import objects as adapter
from tallysheet.store import open_store

SECRET = "AKIASECRETSECRET"  # noqa: S105  it must never be shown
V1 = Version('"v1"')


class Failing(BaseHTTPRequestHandler):
    """An S3 server that answers a request with what the last part of its key says."""

    protocol_version = "HTTP/1.1"
    listed: tuple[tuple[str, int], ...] = ()
    seen: list[str]

    def do_GET(self) -> None:
        """List, or fail."""
        if "list-type" in self.path:
            self.answer(200, listing(self.listed))
        else:
            self.fail()

    def do_PUT(self) -> None:
        """Take the data, then fail."""
        self.rfile.read(int(self.headers["content-length"]))
        self.fail()

    def do_DELETE(self) -> None:
        """Fail."""
        self.fail()

    def fail(self) -> None:
        """Do what the key says: ``503``, ``404-NoSuchBucket``, ``cut``, ``nameless``."""
        self.seen.append(f"{self.command} {self.path}")
        wish = self.path.rpartition("/")[2]
        if wish == "cut":
            self.close_connection = True
        elif wish == "nameless":
            self.answer(200, "anything")
        else:
            status, _, code = wish.partition("-")
            self.answer(
                int(status),
                f"<Error><Code>{code or 'SomeCode'}</Code>"
                f"<AWSAccessKeyId>{SECRET}</AWSAccessKeyId></Error>",
            )

    def answer(self, status: int, body: str) -> None:
        """Send a reply."""
        self.send_response(status)
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def listing(listed: tuple[tuple[str, int], ...]) -> str:
    """A page of a listing."""
    objects = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size><ETag>&quot;e&quot;</ETag>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
        for key, size in listed
    )
    return (
        f"<ListBucketResult><Name>bucket</Name><KeyCount>{len(listed)}</KeyCount>"
        f"<IsTruncated>false</IsTruncated>{objects}</ListBucketResult>"
    )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Failing]]:
    """The failing server, and the environment that leads to it."""
    answering = type("Answering", (Failing,), {"seen": [], "listed": ()})
    with ThreadingHTTPServer(("127.0.0.1", 0), answering) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "AWS_ALLOW_HTTP"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", SECRET)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setattr(adapter, "PATIENCE", adapter.PATIENCE * 0)
        yield answering
        running.shutdown()
        thread.join()


@pytest.fixture
def store(server: type[Failing]) -> Store:
    """A store on the failing server."""
    return open_store("s3://bucket/inv")


async def failure_of(store: Store, verb: str, key: str) -> TallysheetError:
    """The error that a verb ends in, which tells nothing of what the server said."""
    act = {
        "get": store.get,
        "create": partial(store.put, data=b"one", expect=ABSENT),
        "update": partial(store.put, data=b"one", expect=V1),
        "delete": store.delete,
    }[verb]

    with pytest.raises(TallysheetError) as raised:
        await act(key)

    assert SECRET not in f"{raised.value}{raised.value.args}"
    assert raised.value.__cause__ is None
    assert f"s3://bucket/inv/{key}" in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("key", "created", "updated"),
    [
        ("409", Conflict, Conflict),
        ("412", Conflict, Conflict),
        ("404-NoSuchKey", ConfigError, Conflict),  # what AWS says of If-Match on nothing
        ("404-NoSuchBucket", ConfigError, ConfigError),
        ("404-ContainerNotFound", ConfigError, ConfigError),  # Azure's word
        ("401", ConfigError, ConfigError),
        ("403", ConfigError, ConfigError),
        ("301", ConfigError, ConfigError),
        ("400-ExpiredToken", ConfigError, ConfigError),
        ("400-RequestTimeout", Outage, Outage),
        ("429", Outage, Outage),
        ("501", ConfigError, ConfigError),
        ("408", OutcomeUnknown, OutcomeUnknown),
        ("500", OutcomeUnknown, OutcomeUnknown),
        ("503-SlowDown", OutcomeUnknown, OutcomeUnknown),
        ("cut", OutcomeUnknown, OutcomeUnknown),
        ("nameless", OutcomeUnknown, OutcomeUnknown),  # stored, without an ETag
    ],
)
async def test_a_failed_write_means_what_the_server_said(
    store: Store, key: str, created: type, updated: type
) -> None:
    """Not stored, perhaps stored, or for the user to mend: never one for the other."""
    assert type(await failure_of(store, "create", key)) is created
    assert type(await failure_of(store, "update", key)) is updated


@pytest.mark.parametrize(
    ("key", "meaning"),
    [
        ("404-NoSuchKey", NotFound),
        ("404-NoSuchBucket", ConfigError),
        ("404-ContainerNotFound", ConfigError),
        ("401", ConfigError),
        ("403", ConfigError),
        ("400-ExpiredToken", ConfigError),
        ("429", Outage),
        ("500", Outage),
        ("503-SlowDown", Outage),
        ("cut", Outage),
        ("nameless", ConfigError),
    ],
)
async def test_a_failed_read_means_what_the_server_said(
    store: Store, key: str, meaning: type
) -> None:
    """Absence is told apart from an outage and from what the user must mend."""
    assert type(await failure_of(store, "get", key)) is meaning


def test_azure_says_in_its_own_way_that_there_was_nothing_to_delete() -> None:
    """As obstore 0.12 tells it of Azurite 3: a part of a batch, with a code for a status."""
    error = FileNotFoundError(
        "Object at location x not found\n\nDebug source:\n"
        'NotFound {\n    path: "x",\n    source: DeleteFailed {\n        path: "x",\n'
        '        code: "404",\n        reason: "The specified blob does not exist.",\n    },\n}'
    )

    assert adapter._Failure.of(error).status == 404


async def test_deleting_what_is_not_there_is_no_error(store: Store) -> None:
    """Some servers say 404, most do not; what failed is told."""
    await store.delete("404-NoSuchKey")

    assert type(await failure_of(store, "delete", "403")) is ConfigError


@pytest.mark.parametrize("key", ["503", "500", "429", "409", "cut"])
async def test_a_conditional_write_is_sent_once(
    server: type[Failing], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """A retry after a lost reply would meet its own success and call it a conflict."""
    monkeypatch.setattr(adapter, "PATIENCE", timedelta(seconds=1))  # what a read would be given

    await failure_of(open_store("s3://bucket/inv"), "update", key)

    assert server.seen == [f"PUT /bucket/inv/{key}"]


async def test_a_server_that_is_not_there_is_an_outage(server, monkeypatch) -> None:
    """A request that was never sent has a known outcome."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    store = open_store("s3://bucket/inv")

    assert type(await failure_of(store, "update", "a.pdf")) is Outage
    assert type(await failure_of(store, "get", "a.pdf")) is Outage


async def test_a_listing_shows_objects_and_no_markers(server: type[Failing]) -> None:
    """Consoles make empty objects that stand for folders; an empty document is listed."""
    server.listed = (
        *(("inv/", 0), ("inv/2026/", 0), ("inv/2026/a.pdf", 3), ("inv/empty.pdf", 0)),
        *(("inv/x.tallysheet/", 0), ("inv/x.tallysheet/manifest.json", 2), ("inv/z.pdf", 0)),
    )

    keys = [entry.key async for entry in open_store("s3://bucket/inv").list()]

    assert keys == ["2026/a.pdf", "empty.pdf", "z.pdf"]


@pytest.mark.parametrize("key", ["inv/a//b.pdf", "inv/new\nline.pdf", "inv/../b.pdf"])
async def test_a_key_that_cannot_be_read_back_stops_a_listing(
    server: type[Failing], key: str
) -> None:
    """It is not left out in silence, and the error says what to do."""
    server.listed = (("inv/a.pdf", 1), (key, 1))

    with pytest.raises(ConfigError, match="Rename the object"):
        [entry async for entry in open_store("s3://bucket/inv").list()]


@pytest.mark.parametrize("key", ["status: 412,", "<Code>NoSuchBucket</Code>", "kind: Connect,"])
async def test_a_key_cannot_pretend_to_be_an_answer(store: Store, key: str) -> None:
    """What an error quotes of a key is no part of what it means."""
    assert type(await failure_of(store, "update", f"{key}/503")) is OutcomeUnknown
    assert type(await failure_of(store, "get", f"{key}/404")) is NotFound


def test_a_plain_connection_to_another_machine_must_be_allowed(server, monkeypatch) -> None:
    """Credentials and invoices are not sent in the clear by mistake."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://storage.example")

    with pytest.raises(ConfigError, match="without encryption"):
        open_store("s3://bucket")

    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    assert open_store("s3://bucket").url == "s3://bucket"


def test_what_cannot_be_opened_says_which_credentials_are_missing(monkeypatch) -> None:
    """Azure needs the name of an account even to make an address."""
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ConfigError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        open_store("az://container/inbox")


def test_every_error_of_the_library_is_known() -> None:
    """A new class in obstore is looked at before it is taken for an outage."""
    known = {
        *("BaseError", "GenericError", "NotFoundError", "InvalidPathError", "JoinError"),
        *("NotSupportedError", "AlreadyExistsError", "PreconditionError", "NotModifiedError"),
        *("PermissionDeniedError", "UnauthenticatedError", "UnknownConfigurationKeyError"),
    }

    found = {name for name in vars(obstore.exceptions) if name.endswith("Error")}

    assert found == known


async def test_a_cancelled_write_ends_at_once(store: Store, monkeypatch) -> None:
    """Whoever stops waiting is not held up by a server that says nothing."""
    started = asyncio.Event()

    async def silent(*_: object, **__: object) -> None:
        started.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(S3Store, "put_async", silent)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(store.put("a.pdf", b"one", expect=ABSENT))
        await started.wait()
        writing.cancel()

    assert writing.cancelled()
