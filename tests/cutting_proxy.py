"""A proxy before a server that now and then cuts the line instead of passing a reply on."""

import asyncio
import random  # noqa: TID251  seeded
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK_BYTES = 64 * 1024


class CuttingProxy:
    """What `cutting_proxy` gives.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        cuts: How many replies were not passed on; the server has done what it was asked.
    """

    def __init__(self, upstream: int, share: float, seed: int) -> None:
        self._upstream = upstream
        self._share = share
        self._draw = random.Random(seed)  # noqa: S311  seeded
        self._serving: set[asyncio.Task[object]] = set()
        self.port = 0
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one connection, both ways, until either side or chance ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            to_read, to_write = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.transport.abort()
            return
        try:
            with suppress(OSError):
                async with asyncio.TaskGroup() as tasks:
                    up = tasks.create_task(self._pass_on(reader, to_write, cut=0.0))
                    await self._pass_on(to_read, writer, cut=self._share)
                    up.cancel()
        except* OSError:
            pass
        finally:
            for each in (writer, to_write):
                each.transport.abort()

    async def end(self) -> None:
        """Cut every connection that is still open, and wait until all are closed."""
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving)
        await asyncio.sleep(0)  # an aborted transport closes at the loop's next turn

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, cut: float
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self._draw.random() < cut:
                self.cuts += 1
                return
            writer.write(data)
            await writer.drain()
        if not cut:
            writer.write_eof()


@asynccontextmanager
async def cutting_proxy(upstream: int, *, share: float, seed: int) -> AsyncIterator[CuttingProxy]:
    """Pass connections on to port *upstream*, cutting so large a *share* of the replies."""
    proxy = CuttingProxy(upstream, share, seed)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
        await proxy.end()
