"""Who asks: a key that is sent along, or AWS credentials that sign each request.

Signing (SigV4) and the chain of places where credentials are looked for are
botocore's, the same code as in AWS's own tools: environment, profile, SSO,
process, container, instance. Nothing else of it is used, and nothing of it
where there is a key and a region.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from tallysheet.errors import ConfigError, MissingExtra, ModelOutage
from tallysheet.models import _wire as wire
from tallysheet.ports import Clock

KEY_VARIABLE = "AWS_BEARER_TOKEN_BEDROCK"
AGAIN_S = 3.0
"""How long a reply may still be about credentials since renewed; and the least time between two
attempts to renew some that are still good."""

_FIX = (
    "Sign in (aws sso login, aws configure), choose a profile with AWS_PROFILE,"
    f" or set {KEY_VARIABLE} to a Bedrock API key."
)


def open_session() -> Any:
    """A botocore session.

    Raises:
        MissingExtra: botocore is not installed.
    """
    try:
        from botocore.session import Session
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("botocore"):
            raise
        raise MissingExtra("AWS credentials", "bedrock") from None
    # Its debug log holds session tokens and the replies of whoever gives credentials.
    logging.getLogger("botocore").setLevel(logging.INFO)
    return Session()


class Signature(Protocol):
    """What makes a request one of ours."""

    @property
    def account(self) -> str:
        """Whose quota it counts against, without telling a secret."""
        ...

    async def headers(self, url: str, body: bytes, *, method: str = "POST") -> dict[str, str]:
        """The headers to send.

        Raises:
            ConfigError: There are no credentials, or they have expired.
            ModelOutage: Whoever gives credentials cannot be reached.
        """
        ...

    def expired(self) -> None:
        """Take note that the credentials were refused as expired."""
        ...


class Bearer:
    """A Bedrock API key.

    Raises:
        ConfigError: It cannot be one.
    """

    def __init__(self, api_key: str) -> None:
        key = wire.usable_key(api_key, KEY_VARIABLE)
        self.account = wire.account(key)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}

    async def headers(self, url: str, body: bytes, *, method: str = "POST") -> dict[str, str]:
        """The key, whatever is asked; see `Signature`."""
        return self._headers

    def expired(self) -> None:
        """Nobody but its owner can renew a key."""


class Credentials:
    """AWS credentials: fetched off the event loop, renewed before they expire.

    Args:
        region: Where the requests go.
        clock: Says how long ago credentials were fetched.
        open_session: Makes a botocore session, which looks everything up afresh.
    """

    account = "the AWS credentials of this process"

    def __init__(
        self, region: str, *, clock: Clock, open_session: Callable[[], Any] = open_session
    ) -> None:
        self._region = region
        self._clock = clock
        self._open_session = open_session
        self._found: Any = None
        self._keys: Any = None
        self._tried_s = float("-inf")
        self._renewed_s = float("-inf")
        self._refused = False
        self._one = asyncio.Lock()

    async def fetch(self) -> None:
        """Have credentials at hand, or say at once that there are none; see `Signature`."""
        async with self._one:
            if self._is_due():
                await self._fetch()

    async def headers(self, url: str, body: bytes, *, method: str = "POST") -> dict[str, str]:
        """The request, signed; see `Signature`."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        if self._is_due():
            await self.fetch()
        request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
        SigV4Auth(self._keys, "bedrock", self._region).add_auth(request)
        return dict(request.headers.items())

    def expired(self) -> None:
        """See `Signature`. What was under way at a renewal says nothing of the new ones."""
        if self._clock.monotonic() - self._renewed_s >= AGAIN_S:
            self._refused = True

    def _is_due(self) -> bool:
        if self._keys is None or self._refused:
            return True
        is_due = getattr(self._found, "refresh_needed", lambda: False)()
        return is_due and self._clock.monotonic() - self._tried_s >= AGAIN_S

    async def _fetch(self) -> None:
        self._tried_s = self._clock.monotonic()
        afresh = self._found is None or self._refused
        self._found, keys = await asyncio.to_thread(self._look, None if afresh else self._found)
        if self._refused and keys == self._keys:
            raise ConfigError("The AWS credentials have expired.", _FIX)
        if self._refused:
            self._renewed_s = self._clock.monotonic()
        self._keys, self._refused = keys, False

    def _look(self, found: Any) -> tuple[Any, Any]:
        """Look for credentials, or renew those *found*. May take seconds; errors quote nothing."""
        session = self._open_session() if found is None else None
        from botocore import exceptions as wrong

        try:
            found = found if session is None else session.get_credentials()
            keys = found.get_frozen_credentials() if found is not None else None
        except (wrong.ConnectionError, wrong.HTTPClientError) as error:
            raise ModelOutage(
                f"AWS gives no credentials for now ({type(error).__name__}).",
                "Check the connection, then run the same command again.",
            ) from None
        except (wrong.BotoCoreError, wrong.ClientError, OSError, ValueError) as error:
            raise ConfigError(f"AWS gives no credentials ({type(error).__name__}).", _FIX) from None
        if keys is None or not keys.access_key:
            raise ConfigError("There are no AWS credentials for Bedrock.", _FIX)
        return found, keys


def profile_region() -> str:
    """The region of the profile in use; empty where it has none. Reads files.

    Raises:
        ConfigError: The profile does not exist, or its file cannot be read.
        MissingExtra: botocore is not installed.
    """
    session = open_session()
    from botocore.exceptions import BotoCoreError

    try:
        return str(session.get_config_variable("region") or "")
    except BotoCoreError as error:
        raise ConfigError(
            f"The AWS profile cannot be read ({type(error).__name__}).",
            "Check AWS_PROFILE and AWS_CONFIG_FILE, or set AWS_REGION.",
        ) from None
