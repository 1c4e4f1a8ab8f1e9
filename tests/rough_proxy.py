"""A proxy before an S3 server that does to requests what networks do.

Each request goes to the server over a connection of its own, so that its reply ends
where the connection does, and every fate is that of one whole request.
"""

import asyncio
import random  # noqa: TID251  seeded
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

FATES = ("lost-request", "lost-reply", "lost-reply", "late", "late", "repeated", "slow")
"""What befalls a request.

========================  =====================================  ==========================
a request is              the server gets it                     its sender gets
========================  =====================================  ==========================
``lost-request``          never                                  a connection that ends
``lost-reply``            once                                   a connection that ends
``late``                  once, up to `LATEST_S` later           a connection that ends
``repeated``              twice                                  the second reply
``slow``                  once                                   the reply, `LATEST_S` later
========================  =====================================  ==========================
"""
LATEST_S = 0.4

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEPT = re.compile(rb"\r\nconnection: [^\r]*", re.IGNORECASE)


class RoughProxy:
    """What `rough_proxy` gives.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        met: How many requests met which fate, as ``PUT late``; those that met none are ``PUT ok``.
    """

    def __init__(self, upstream: int, share: float, seed: int) -> None:
        self._upstream = upstream
        self._share = share
        self._draw = random.Random(seed)  # noqa: S311  seeded
        self._busy: set[asyncio.Task[object]] = set()
        self.port = 0
        self.met: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the one request of a connection, as its fate is; then the connection ends."""
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._pass_on(await _request(reader), writer)
        finally:
            writer.transport.abort()

    async def end(self) -> None:
        """Drop all that is still under way, and wait until every connection is closed."""
        busy = list(self._busy)
        for task in busy:
            task.cancel()
        if busy:
            await asyncio.wait(busy)
        await asyncio.sleep(0)  # an aborted transport closes at the loop's next turn

    async def _pass_on(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        fate = self._draw.choice(FATES) if self._draw.random() < self._share else "ok"
        self.met[f"{request.partition(b' ')[0].decode()} {fate}"] += 1
        if fate == "lost-request":
            return
        if fate == "late":
            writer.transport.abort()
            await asyncio.sleep(self._draw.uniform(0, LATEST_S))
        reply = await self._answer(request)
        if fate == "repeated":
            reply = await self._answer(request)
        if fate == "slow":
            await asyncio.sleep(LATEST_S)
        if fate not in ("late", "lost-reply"):
            writer.write(reply)
            writer.close()
            await writer.wait_closed()

    async def _answer(self, request: bytes) -> bytes:
        """What the server says to a request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read()
        finally:
            writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Read one request whole, and ask for the connection to end with its reply."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    line, _, rest = _KEPT.sub(b"", head).partition(b"\r\n")
    return b"\r\n".join((line, b"Connection: close", rest)) + body


@asynccontextmanager
async def rough_proxy(upstream: int, *, share: float, seed: int) -> AsyncIterator[RoughProxy]:
    """Pass requests on to port *upstream*; so large a *share* of them meets one of the fates."""
    proxy = RoughProxy(upstream, share, seed)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
        await proxy.end()
