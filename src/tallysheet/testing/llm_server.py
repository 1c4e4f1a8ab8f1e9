"""A small language-model server on this machine, in the OpenAI dialect, that errs on demand.

::

    async with llm_server(["{}", Said(status=429, headers={"Retry-After": "3"})]) as server:
        model = OpenAI("any", api_key="any", base_url=server.url, clock=clock)
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Said:
    """One reply of the server: a good one, unless told otherwise."""

    text: str = "{}"
    """What the model says."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    """The code in an error's body, such as ``insufficient_quota``."""
    latency_s: float = 0.0
    """Real seconds until the reply begins."""
    ending: str = "stop"
    """The finish reason; ``length`` for an answer that was cut off."""
    refusal: str = ""
    """The model's refusal, in place of what it says."""
    raw: bytes | None = None
    """The body as it is, where it is no proper reply."""
    hang_up: bool = False
    """Whether the connection is closed without a reply."""


@dataclass(slots=True, eq=False)
class LLMServer:
    """A running server, and what it was asked."""

    url: str = ""
    """The base URL: what comes before ``/chat/completions``."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of all requests, in the order of their coming."""
    headers: list[dict[str, str]] = field(default_factory=list)
    """The headers of all requests, in the same order, by lower-case name."""
    in_flight: int = 0
    most_in_flight: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    def hold(self) -> None:
        """Answer nobody until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer everybody who waits, and whoever comes."""
        self._open.set()

    async def arrived(self, number: int) -> None:
        """Wait until *number* requests are in flight at once."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.in_flight >= number)

    async def _entered(self) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        async with self._moved:
            self._moved.notify_all()
        await self._open.wait()


Script = Callable[[dict[str, Any]], Said | str] | Sequence[Said | str]
"""A function of the request's body, or one reply after the other; the last one repeats."""


@asynccontextmanager
async def llm_server(answer: Script = ("{}",)) -> AsyncIterator[LLMServer]:
    """Serve ``POST …/chat/completions`` on 127.0.0.1 until the end of the block."""
    server = LLMServer()
    server.release()

    async def complete(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        server.requests.append(body)
        server.headers.append({k.lower(): v for k, v in request.headers.items()})
        said = _next(answer, body, len(server.requests))
        try:
            await server._entered()
            await asyncio.sleep(said.latency_s)
        finally:
            server.in_flight -= 1
        if said.hang_up and request.transport is not None:
            request.transport.abort()
        return web.Response(
            status=said.status,
            headers=dict(said.headers),
            body=said.raw if said.raw is not None else json.dumps(_body(said, body)).encode(),
            content_type="application/json",
        )

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


def _next(script: Script, body: dict[str, Any], number: int) -> Said:
    said = script(body) if callable(script) else script[min(number, len(script)) - 1]
    return Said(said) if isinstance(said, str) else said


def _body(said: Said, asked: dict[str, Any]) -> dict[str, Any]:
    """What an OpenAI-style server sends for *said*."""
    if said.status >= 400:
        kind = "invalid_request_error" if said.status < 429 else "server_error"
        return {"error": {"message": "As the script says.", "type": kind, "code": said.code}}
    message = {"role": "assistant", "content": said.text, "refusal": None}
    if said.refusal:
        message |= {"content": None, "refusal": said.refusal}
    tokens_in = sum(len(m["content"]) for m in asked["messages"]) // 4
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": said.ending}],
        "usage": {"prompt_tokens": tokens_in, "completion_tokens": len(said.text) // 4},
    }
