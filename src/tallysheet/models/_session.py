"""One HTTP session to one provider: every limit explicit, every retry ours.

A client library's silent defaults (100 connections, 300 s in all, its own
retries) decide how fast a batch runs and how it fails, so none is left at work
here. A slot is held only while a request is on the wire, never while waiting
to try again.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Self

import aiohttp

from tallysheet.errors import ConfigError, ModelOutage
from tallysheet.ports import Clock

ATTEMPTS = 6
FIRST_WAIT_S = 1.0
MOST_WAIT_S = 60.0
"""The longest pause of our own choosing."""
MOST_ASKED_WAIT_S = 600.0
"""The longest pause a provider may ask for; what it asks beyond that is an outage."""
CONNECT_S = 30.0
"""Generous, because a busy event loop must not look like a dead host."""
MOST_BYTES = 16 * 1024 * 1024
"""What is read of one reply."""

PASSING = {408, 409, 425, 429}
"""Statuses below 500 that may be gone at the next attempt."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one request."""

    status: int
    """The HTTP status; 0 where no reply came."""
    headers: Mapping[str, str]
    """By lower-case name."""
    data: Mapping[str, Any]
    """The body, a JSON object; empty where it was none."""
    trouble: str = ""
    """What kept the reply from coming, as the name of a class."""

    @property
    def passing(self) -> bool:
        """Whether the same request may fare better later."""
        garbled = 200 <= self.status < 300 and not self.data
        return not self.status or self.status >= 500 or self.status in PASSING or garbled


def wait_s(attempt: int, *, jitter: float) -> float:
    """Return the pause after *attempt* failed, in seconds; attempts count from 1.

    Doubles from `FIRST_WAIT_S` up to `MOST_WAIT_S`, then shrinks to between
    half and all of that by *jitter*, which is in [0, 1).
    """
    return min(MOST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * (0.5 + jitter / 2)


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
        name: What the other side is called in messages.
        concurrency: The most requests on the wire at a time.
        timeout_s: How long one attempt may take in all, in seconds.
        clock: Waits, and draws the jitter.
    """

    def __init__(self, name: str, *, concurrency: int, timeout_s: float, clock: Clock) -> None:
        self._name = name
        self._concurrency = concurrency
        self._timeout_s = timeout_s
        self._clock = clock
        self._slots = asyncio.Semaphore(concurrency)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=CONNECT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        is_final: Callable[[Reply], bool],
    ) -> Reply:
        """Send *body* until a reply settles the matter, which need not be a good one.

        Args:
            url: Where to.
            headers: Sent as they are; they may hold a key, so no error quotes them.
            body: JSON.
            is_final: Tells a refusal that no waiting will mend, such as a spent quota.

        Raises:
            ModelOutage: No attempt was answered, or all were put off.
            ConfigError: The other side's certificate is not to be trusted.
        """
        attempt = 0
        while True:
            attempt += 1
            reply = await self._sent(url, headers, body)
            if not reply.passing or is_final(reply):
                return reply
            if attempt == ATTEMPTS:
                raise self._outage(reply, attempt)
            asked_s = asked_wait_s(reply.headers, self._clock)
            if asked_s is not None and asked_s > MOST_ASKED_WAIT_S:
                raise self._outage(reply, attempt)
            jitter = self._clock.random()
            own_s = wait_s(attempt, jitter=jitter)
            # All who were told the same moment would otherwise come back at that moment.
            await self._clock.sleep(own_s if asked_s is None else asked_s * (1 + jitter / 10))

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One attempt; a foreign error is reduced to its name, since its text may hold a key."""
        if self._http is None:
            raise RuntimeError("A model is used inside `async with`.")
        untrusted = False
        async with self._slots:
            try:
                # A redirect would carry the key to wherever the reply points.
                async with self._http.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    data = _object(await _read(response.content))
                    names = {name.lower(): value for name, value in response.headers.items()}
                    return Reply(response.status, names, data)
            except aiohttp.ClientSSLError as error:
                untrusted, trouble = True, type(error).__name__
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                trouble = type(error).__name__
        if untrusted:
            raise ConfigError(
                f"No safe connection to {self._name}: {trouble}.",
                "Check the base URL, and the certificates this machine trusts.",
            )
        return Reply(0, {}, {}, trouble)

    def _outage(self, reply: Reply, attempts: int) -> ModelOutage:
        why = reply.trouble or f"status {reply.status}"
        return ModelOutage(
            f"{self._name} does not answer for now ({why}, attempts: {attempts}).",
            "Check its quota and the connection, then run the same command again.",
        )


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The body as far as anyone may send one."""
    body = bytearray()
    while len(body) <= MOST_BYTES and (chunk := await content.readany()):
        body += chunk
    return bytes(body)


def _object(body: bytes) -> Mapping[str, Any]:
    """The JSON object in *body*, or an empty one."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if isinstance(data, list) and len(data) == 1:
        # Google puts an error into a list.
        data = data[0]
    return data if isinstance(data, dict) else {}
