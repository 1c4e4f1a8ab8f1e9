"""One HTTP session: every limit explicit, one attempt a call, no retry and no redirect.

A client library's silent defaults (100 connections, 300 s in all, its own
retries) decide how fast a batch runs and how it fails, so none is left at work
here. Whether and when to try again is the caller's to decide.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, Self

import aiohttp
from yarl import URL

from tallysheet.models._dialect import Call, Reply
from tallysheet.ports import Clock

CONNECT_S = 30.0
"""Generous, because a busy event loop must not look like a dead host."""
LARGE = 1_000_000
"""Bytes of a request from which on aiohttp warns of sending it in one go."""
MOST_BYTES = 16 * 1024 * 1024
MOST_TEXT = 2_000
"""Bytes of a refusal that are kept where it is no JSON."""
"""What is read of one reply."""


def asked_wait_s(headers: Mapping[str, str], clock: Clock) -> float | None:
    """How long the provider asks us to wait, in seconds; None where it does not say."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    try:
        until = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - clock.now()).total_seconds())


class Session:
    """A bounded HTTP session; use it with ``async with``.

    Args:
        connections: The most requests on the wire at a time.
        timeout_s: How long one attempt may take in all, in seconds.
    """

    def __init__(self, *, connections: int, timeout_s: float) -> None:
        self._connections = connections
        self._timeout_s = timeout_s
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=CONNECT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, call: Call) -> Reply:
        """Send *call* once. Whatever goes wrong is a reply, too.

        A foreign error is reduced to the name of its class, since its text may hold a key.
        """
        if self._http is None:
            raise RuntimeError("A model is used inside `async with`.")
        return await sent(self._http, call)


async def sent(
    http: aiohttp.ClientSession,
    call: Call,
    lines: Callable[[aiohttp.StreamReader], Awaitable[None]] | None = None,
) -> Reply:
    """Send *call* once, and read the reply: as one object, or by *lines* if it is a good one."""
    try:
        # The path goes out as it is, since it may be signed so.
        where = URL(call.url, encoded=True)
        # A redirect would carry the key to wherever the reply points.
        # What is large is sent in portions, so that the event loop has its turns.
        body = call.body if len(call.body) < LARGE else BytesIO(call.body)
        async with http.request(
            call.method, where, data=body, headers=call.headers, allow_redirects=False
        ) as response:
            data: Mapping[str, Any] = {}
            text = ""
            if lines is not None and 200 <= response.status < 300:
                await lines(response.content)
            else:
                body = await _read(response.content)
                data = _object(body)
                if response.status >= 400 and not data:
                    text = body[:MOST_TEXT].decode("utf-8", "replace")
            names = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, names, data, text=text)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Reply(
            0,
            {},
            {},
            type(error).__name__,
            unsent=isinstance(error, aiohttp.ClientConnectorError),
            untrusted=isinstance(error, aiohttp.ClientSSLError),
        )


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The body as far as anyone may send one."""
    body = bytearray()
    while len(body) <= MOST_BYTES and (chunk := await content.readany()):
        body += chunk
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    """The JSON object in *body*, or the first of a list of them; else an empty one."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if isinstance(data, list) and data:
        data = data[0]
    return data if isinstance(data, dict) else {}
