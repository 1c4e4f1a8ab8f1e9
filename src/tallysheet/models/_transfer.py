"""The network for jobs: few requests, some of them large, their answers read line by line."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp

from tallysheet.models._dialect import Call, Reply
from tallysheet.models._session import CONNECT_S, sent

TRANSFER_S = 3600.0
"""How long one request may take in all: a slow line may take so long for a large file."""
LONGEST_LINE = 16 * 1024 * 1024
"""More bytes are no answer to a question."""


class Transfer:
    """A `Courier` over HTTP; use it with ``async with``.

    Args:
        silence_s: After how many seconds without a byte a reply is given up.
    """

    def __init__(self, *, silence_s: float) -> None:
        self._silence_s = silence_s
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(
                total=TRANSFER_S, sock_connect=CONNECT_S, sock_read=self._silence_s
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, call: Call, take: Callable[[Mapping[str, Any]], None] | None) -> Reply:
        """Send *call* once; see `tallysheet.models._jobs.Courier`."""
        if self._http is None:
            raise RuntimeError("Jobs are given inside `async with`.")
        return await sent(self._http, call, None if take is None else _Lines(take).read)


class _Lines:
    """Cuts a body into lines of JSON, without holding more of it than one."""

    def __init__(self, take: Callable[[Mapping[str, Any]], None]) -> None:
        self._take = take

    async def read(self, content: aiohttp.StreamReader) -> None:
        """Hand out every object, one a line; what is none is passed over."""
        rest = bytearray()
        while chunk := await content.readany():
            rest += chunk
            *lines, tail = rest.split(b"\n")
            rest = tail
            for line in lines:
                self._hand_out(line)
            if len(rest) > LONGEST_LINE:
                raise aiohttp.ClientPayloadError
        self._hand_out(rest)

    def _hand_out(self, line: bytearray) -> None:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return
        if isinstance(data, dict):
            self._take(data)
