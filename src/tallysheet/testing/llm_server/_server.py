"""A server that listens, and is asked what it saw."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from aiohttp import web

from tallysheet.testing._provider import Behaviour, Provider
from tallysheet.testing.llm_server._bedrock_jobs import BedrockJobs
from tallysheet.testing.llm_server._desk import Desk, LLMServer, next_said
from tallysheet.testing.llm_server._jobs import Jobs
from tallysheet.testing.llm_server._log import Visit
from tallysheet.testing.llm_server._reader import Reader
from tallysheet.testing.llm_server._said import Asked, Said, Script

MOST_BYTES = 64 * 1024 * 1024
BACKLOG = 4096
"""Connections that may wait to be accepted: thousands come at once."""


@asynccontextmanager
async def llm_server(
    answer: Script | Reader | None = None,
    *,
    behaviour: Behaviour | None = None,
    port: int = 0,
    keep: bool = True,
    seen: Callable[[Visit], None] | None = None,
    jobs: Jobs | BedrockJobs | None = None,
) -> AsyncIterator[LLMServer]:
    """Serve three dialects on 127.0.0.1 until the end of the block.

    Args:
        answer: What the model says; without one it reads the document it is given.
        behaviour: How the provider treats whoever asks; without one it is patient and at once.
        port: Where to listen; any free port for 0.
        keep: Whether what came is kept in memory, for tests to look at.
        seen: Told of every request when it is over.
        jobs: What its batch mode is like; without it every job is over at the first look.
    """
    server = LLMServer()
    server.release()
    provider, model = Provider(behaviour or Behaviour()), Reader() if answer is None else answer
    jobs, numbers = jobs or Jobs(), count(1)

    def say(body: dict[str, Any], asked: Asked) -> Said:
        """What the model says to a row of a job."""
        if isinstance(model, Reader):
            return Said(model.answer(asked))
        return next_said(model, body, next(numbers))

    desk = Desk(server, model, provider, watch=_Watch(), keep=keep, seen=seen)

    def request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> Any:
        loop = asyncio.get_running_loop()
        parts = (message, payload, protocol, writer, task, loop)
        return web.BaseRequest(*parts, client_max_size=MOST_BYTES)

    # A client that has gone away is no longer being answered.
    http = web.Server(
        lambda request: _served(desk, request, jobs, say),
        request_factory=request,
        handler_cancellation=True,
        access_log=None,
    )
    runner = web.ServerRunner(http, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, backlog=BACKLOG).start()
        server.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


async def _served(
    desk: Desk,
    request: web.BaseRequest,
    jobs: Jobs | BedrockJobs,
    say: Callable[[dict[str, Any], Asked], Said],
) -> web.StreamResponse:
    raw = await request.read()
    told = await _of_jobs(jobs, request, raw, say)
    if told is not None:
        status, name, body = told
        if not status and request.transport is not None:
            request.transport.abort()
        headers = {"x-amzn-errortype": name} if name else {}
        return web.Response(
            status=status or 500, headers=headers, body=body, content_type="application/json"
        )
    sent = await desk.answer(request.raw_path, raw, request.headers)
    transport = request.transport
    if sent.hang_up and transport is not None:
        transport.abort()
        return web.Response()
    if sent.cut and transport is not None:
        response = web.StreamResponse(status=sent.status, headers=sent.headers)
        response.content_length = len(sent.body)
        await response.prepare(request)
        await response.write(sent.body[: len(sent.body) // 2])
        transport.close()
        return response
    return web.Response(
        status=sent.status, headers=sent.headers, body=sent.body, content_type="application/json"
    )


async def _of_jobs(
    jobs: Jobs | BedrockJobs,
    request: web.BaseRequest,
    raw: bytes,
    say: Callable[[dict[str, Any], Asked], Said],
) -> tuple[int, str, bytes] | None:
    """Status, name of the error and body, if it is the batch mode that is asked."""
    if isinstance(jobs, BedrockJobs):
        return await jobs.answer(request.method, request.raw_path, raw, say=say)
    told = jobs.answer(request.method, request.raw_path, raw, now=_Watch().now(), say=say)
    return None if told is None else (told[0], "", told[1])


class _Watch:
    """The time of the event loop, and of the day."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  a provider dates its replies by the time of day

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
