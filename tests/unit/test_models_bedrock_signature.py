"""Who asks Bedrock: signatures like AWS's own client's, credentials from AWS's own places."""

import asyncio
import base64
import json
import logging
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.credentials import Credentials as Keys
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, EndpointConnectionError

from tallysheet.errors import ConfigError, MissingExtra, ModelOutage
from tallysheet.extract._prompt import answer_schema
from tallysheet.model import Parsed, Picture
from tallysheet.models._dialect import Fault, FaultKind, Reply
from tallysheet.models.bedrock import Bedrock, open_bedrock
from tallysheet.models.bedrock._signature import AGAIN_S, Credentials
from tallysheet.pipeline._clock import SystemClock
from tallysheet.ports import Question
from tallysheet.testing import FakeClock

SECRET, TOKEN = "canarysecret7d1f", "canarytoken2c9e"
HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"
PROFILE_ARN = (
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-v1:0"
)
QUESTION = Question(
    Parsed("application/pdf"),
    "Read it.",
    "Invoice 1",
    answer_schema(),
    (("{", "Not JSON."),),
    (Picture(1, "image/png", b"one"),),
)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home for AWS's files, and no variable of the tester's own shell."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def _keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials as a shell holds them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)


class Session:
    """A botocore session whose credentials the test hands out, one after the other."""

    def __init__(self, *found: Any) -> None:
        self.found = list(found)
        self.threads: list[threading.Thread] = []

    def __call__(self) -> "Session":
        return self

    def get_credentials(self) -> Any:
        """The next ones; the last ones repeat; an error is raised."""
        self.threads.append(threading.current_thread())
        found = self.found.pop(0) if len(self.found) > 1 else self.found[0]
        if isinstance(found, Exception):
            raise found
        return found


def signing(session: Callable[[], Any], clock: FakeClock | None = None) -> Credentials:
    """Credentials out of *session*."""
    return Credentials("us-east-1", clock=clock or FakeClock(), open_session=session)


async def signer(credentials: Credentials) -> str:
    """The access key that a request is signed with."""
    signed = (await credentials.headers(f"{HOST}/model/m/converse", b"{}"))["Authorization"]
    return signed.partition("Credential=")[2].partition("/")[0]


@pytest.mark.usefixtures("_keys_in_the_environment")
@pytest.mark.parametrize("model", [PROFILE_ARN, "us.anthropic.claude-haiku-4-5-v1:0"])
async def test_the_request_is_the_one_that_awss_own_client_makes(
    monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    """Address, body and signature, checked by AWS's description of the service."""
    moment = FakeClock().now().replace(tzinfo=None)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: moment)
    credentials = Credentials("us-east-1", clock=FakeClock())
    dialect = Bedrock(model, signature=credentials, base_url=HOST, tier="flex")

    ours = await dialect.call(QUESTION, most_tokens=2000)
    theirs = await asyncio.to_thread(client_request, model, json.loads(ours.body))

    assert ours.url == theirs.url
    assert json.loads(ours.body) == json.loads(theirs.body)
    signed = await credentials.headers(theirs.url, theirs.body)
    assert signed["Authorization"] == text(theirs.headers["Authorization"])
    assert signed["X-Amz-Security-Token"] == text(theirs.headers["X-Amz-Security-Token"])


def client_request(model: str, body: dict[str, Any]) -> Any:
    """What botocore's full client would send, which is not sent."""
    client = botocore.session.Session().create_client("bedrock-runtime", region_name="us-east-1")
    sent: list[Any] = []

    class Empty:
        def stream(self, *_: Any, **__: Any) -> list[bytes]:
            return [b"{}"]

    def keep(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Empty())

    client.meta.events.register("before-send.bedrock-runtime.Converse", keep)
    image = body["messages"][0]["content"][1]["image"]["source"]
    image["bytes"] = base64.b64decode(image["bytes"])
    client.converse(modelId=model, **body)
    return sent[0]


def text(value: bytes | str) -> str:
    """A header as text; botocore keeps them as either."""
    return value.decode() if isinstance(value, bytes) else value


async def test_credentials_are_found_in_a_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its region, as AWS's own tools find them."""
    (home / "credentials").write_text(
        f"[books]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = {SECRET}\n"
    )
    (home / "config").write_text("[profile books]\nregion = eu-south-1\n")
    monkeypatch.setenv("AWS_PROFILE", "books")

    dialect = await open_bedrock("amazon.nova-lite-v1:0", clock=FakeClock())
    call = await dialect.call(QUESTION, most_tokens=9)

    assert "AKIDPROFILE/" in call.headers["Authorization"]
    assert "/eu-south-1/bedrock/" in call.headers["Authorization"]
    assert call.url.startswith("https://bedrock-runtime.eu-south-1.")


async def test_no_credentials_is_said_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the ways to get some."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    with pytest.raises(ConfigError, match="aws sso login"):
        await open_bedrock("amazon.nova-lite-v1:0", clock=FakeClock())


async def test_a_profile_that_does_not_exist_is_named_as_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The class of the error tells; its text is not repeated."""
    monkeypatch.setenv("AWS_PROFILE", "nobodys")

    with pytest.raises(ConfigError, match="ProfileNotFound"):
        await open_bedrock("amazon.nova-lite-v1:0", clock=FakeClock())


async def test_credentials_are_looked_for_once_and_off_the_event_loop() -> None:
    """A thousand questions at once wait for one look, which may take seconds."""
    session = Session(Keys("AKID1", SECRET))
    credentials = signing(session)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(signer(credentials)) for _ in range(1000)]

    assert {task.result() for task in tasks} == {"AKID1"}
    assert len(session.threads) == 1
    assert session.threads[0] is not threading.main_thread()


async def test_credentials_are_renewed_before_they_expire() -> None:
    """Off the event loop as well, and the request is signed with the new ones."""
    threads: list[threading.Thread] = []

    def renewed() -> dict[str, str]:
        threads.append(threading.current_thread())
        return metadata("AKID2", timedelta(hours=1))

    keys = RefreshableCredentials.create_from_metadata(
        metadata("AKID1", timedelta(minutes=1)), refresh_using=renewed, method="test"
    )
    credentials = signing(Session(keys))

    assert await signer(credentials) == "AKID2"
    assert await signer(credentials) == "AKID2"
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def metadata(access_key: str, left: timedelta) -> dict[str, str]:
    """Credentials as whoever gives them words it."""
    expiry = (SystemClock().now() + left).isoformat()
    return {"access_key": access_key, "secret_key": SECRET, "token": TOKEN, "expiry_time": expiry}


async def test_a_renewal_that_fails_in_good_time_is_tried_again_later() -> None:
    """Each question would otherwise wait for it, while the old ones are still good."""
    attempts = []

    def away() -> dict[str, str]:
        attempts.append(1)
        raise CredentialRetrievalError(provider="test", error_msg=SECRET)

    keys = RefreshableCredentials.create_from_metadata(
        metadata("AKID1", timedelta(minutes=12)), refresh_using=away, method="test"
    )
    clock = FakeClock()
    credentials = signing(Session(keys), clock)

    signers = [await signer(credentials) for _ in range(3)]
    await clock.sleep(AGAIN_S)
    signers.append(await signer(credentials))

    assert signers == ["AKID1"] * 4
    assert len(attempts) == 2


async def test_expired_credentials_are_looked_for_afresh_once() -> None:
    """Who signed in again meanwhile goes on without a restart."""
    credentials = signing(Session(Keys("AKID1", SECRET, TOKEN), Keys("AKID2", SECRET, TOKEN)))
    dialect = Bedrock("amazon.nova-lite-v1:0", signature=credentials, base_url=HOST)
    await dialect.call(QUESTION, most_tokens=9)
    refused = Reply(403, {"x-amzn-errortype": "ExpiredTokenException"}, {"message": "expired"})

    fault = dialect.read(refused)
    again = await dialect.call(QUESTION, most_tokens=9)
    late = dialect.read(refused)  # of a request that was under way meanwhile
    still = await dialect.call(QUESTION, most_tokens=9)

    assert fault == late == Fault(FaultKind.GARBLED, ("ExpiredTokenException",))
    assert "AKID2/" in again.headers["Authorization"]
    assert "AKID2/" in still.headers["Authorization"]


async def test_credentials_that_stay_expired_end_the_run() -> None:
    """Nothing will be answered until somebody signs in again."""
    credentials = signing(Session(Keys("AKID1", SECRET, TOKEN)))
    await credentials.fetch()

    credentials.expired()

    with pytest.raises(ConfigError, match="expired"):
        await credentials.headers(HOST, b"{}")


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (None, ConfigError),
        (Keys("", ""), ConfigError),
        (CredentialRetrievalError(provider="sso", error_msg=SECRET), ConfigError),
        (EndpointConnectionError(endpoint_url=f"https://{SECRET}"), ModelOutage),
    ],
)
async def test_what_keeps_credentials_from_us_is_told_without_its_text(
    found: Any, error: type[Exception]
) -> None:
    """A missing network may come back; the rest somebody must mend."""
    with pytest.raises(error) as caught:
        await signing(Session(found)).fetch()

    assert SECRET not in str(caught.value)


@pytest.mark.usefixtures("_keys_in_the_environment")
async def test_secret_and_token_are_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the debug log of the library that signs, either."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    dialect = await open_bedrock("amazon.nova-lite-v1:0", clock=FakeClock())
    call = await dialect.call(QUESTION, most_tokens=9)

    shown = f"{caplog.text} {call!r} {dialect!r} {dialect.quota} {dialect.__dict__}"
    assert SECRET not in shown
    assert TOKEN not in shown
    assert TOKEN in call.headers.values()


async def test_without_the_extra_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only where there is no key, which needs no signature."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    for name in [n for n in sys.modules if n.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)

    await open_bedrock("amazon.nova-lite-v1:0", clock=FakeClock(), api_key="k")
    with pytest.raises(MissingExtra, match=r"tallysheet\[bedrock\]"):
        await open_bedrock("amazon.nova-lite-v1:0", clock=FakeClock())
