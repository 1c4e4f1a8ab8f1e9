"""Where a request becomes a reply: a provider decides, a model answers, a dialect writes it."""

import asyncio
import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tallysheet.testing._provider import Mishap, Provider, Verdict
from tallysheet.testing.llm_server._dialects import MALFORMED, Spoken, dialect_of
from tallysheet.testing.llm_server._log import Visit
from tallysheet.testing.llm_server._reader import Reader
from tallysheet.testing.llm_server._said import (
    CHARACTERS_PER_TOKEN,
    Asked,
    Said,
    Script,
    tokens_of,
)

LAST_OF_BEDROCK = 503
"""Bedrock's highest status: what others call 529 is a 503 there."""
NOTHING = Asked("", "", "", {}, "", 0, 0)
"""What was asked by a request that is none."""


@dataclass(slots=True, eq=False)
class LLMServer:
    """A running server, and what it was asked."""

    origin: str = ""
    """Scheme, host and port: the base URL of the Anthropic dialect and of Bedrock's."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of all requests, in the order of their coming, where they are kept."""
    headers: list[dict[str, str]] = field(default_factory=list)
    """The headers of all requests, in the same order, by lower-case name."""
    visits: list[Visit] = field(default_factory=list)
    """All requests, in the order of their coming."""
    in_flight: int = 0
    most_in_flight: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _awaited: list[tuple[int, asyncio.Future[None]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base URL of the OpenAI dialect: what comes before ``/chat/completions``."""
        return f"{self.origin}/v1"

    def hold(self) -> None:
        """Answer nobody until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer everybody who waits, and whoever comes."""
        self._open.set()

    async def arrived(self, number: int) -> None:
        """Wait until *number* requests are in flight at once."""
        if self.in_flight < number:
            reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._awaited.append((number, reached))
            await reached

    def enter(self) -> int:
        """One request more is in flight; return how many that are."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        for number, reached in self._awaited:
            if self.in_flight >= number and not reached.done():
                reached.set_result(None)
        return self.in_flight

    async def opened(self) -> None:
        """Wait while nobody is answered."""
        await self._open.wait()


class Desk:
    """Takes requests and answers them.

    Args:
        server: Where it is written down what came.
        model: What says something.
        provider: Who decides whether it may.
        keep: Whether what came is kept in memory.
        seen: Told of every request when it is over.
    """

    def __init__(
        self,
        server: LLMServer,
        model: Script | Reader,
        provider: Provider,
        *,
        keep: bool,
        seen: Callable[[Visit], None] | None,
    ) -> None:
        self._server = server
        self._model = model
        self._provider = provider
        self._keep = keep
        self._seen = seen
        self._number = 0

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, in its own time."""
        spoken = dialect_of(request.path) if request.method == "POST" else None
        if spoken is None:
            return web.Response(status=404, text="POST to the address of one of three dialects.")
        raw = await request.read()
        visit = Visit(_now_s(), spoken.name)
        if self._keep:
            self._server.visits.append(visit)
        try:
            return await self._answered(request, spoken, raw, visit)
        finally:
            visit.left_s = _now_s()
            if self._seen is not None:
                self._seen(visit)

    async def _answered(
        self, request: web.BaseRequest, spoken: Spoken, raw: bytes, visit: Visit
    ) -> web.StreamResponse:
        try:
            body = json.loads(raw)
            asked = spoken.read(request.raw_path, body, len(raw))
        except MALFORMED:
            return await self._written(request, spoken, Said(status=400), NOTHING, visit)
        self._number += 1
        number = self._number
        if self._keep:
            self._server.requests.append(body)
            self._server.headers.append({k.lower(): v for k, v in request.headers.items()})
        verdict = self._verdict(asked, visit)
        try:
            visit.in_flight = self._server.enter()
            # First note when all came who came at once: making up an answer takes its time.
            await asyncio.sleep(0)
            said = self._said(verdict, body, asked, number)
            # Nothing large is kept while it waits: with thousands in flight that would cost more
            # than all the rest, in memory and in garbage collection.
            del body
            asked = replace(asked, document="", schema={})
            due_s = visit.arrived_s + max(said.latency_s, verdict.latency_s)
            await self._server.opened()
            await asyncio.sleep(max(0.0, due_s - _now_s()))
            if said.hang:
                await asyncio.Event().wait()
            visit.tokens_out = tokens_of(said.text) if verdict.admitted else 0
        finally:
            self._server.in_flight -= 1
            if verdict.admitted:
                took = visit.tokens_in + visit.tokens_out
                self._provider.leave(_now_s(), verdict, tokens=took)
        return await self._written(request, spoken, said, asked, visit)

    def _verdict(self, asked: Asked, visit: Visit) -> Verdict:
        verdict = self._provider.arrive(
            visit.arrived_s,
            hashlib.sha256(asked.document.encode("utf-8", "replace")).hexdigest(),
            tokens_in=asked.tokens_in,
            most_tokens=asked.most_tokens,
        )
        visit.model, visit.tokens_in = asked.model, asked.tokens_in
        visit.mishap, visit.why = verdict.mishap or "", verdict.why
        visit.retry_after_s = verdict.retry_after_s
        return verdict

    def _said(self, verdict: Verdict, body: dict[str, Any], asked: Asked, number: int) -> Said:
        """What is said, with what goes wrong on the way."""
        if not verdict.admitted:
            return Said(status=verdict.status, headers=_wait(verdict))
        model = self._model
        said = (
            Said(model.answer(asked)) if isinstance(model, Reader) else _next(model, body, number)
        )
        match verdict.mishap:
            case Mishap.HANG:
                return replace(said, hang=True)
            case Mishap.HANG_UP:
                return replace(said, hang_up=True)
            case Mishap.CUT:
                return replace(said, cut=True)
            case Mishap.GARBLED:
                return replace(said, raw=b"<html>Bad gateway</html>")
            case Mishap.REFUSAL:
                return replace(said, refusal="I cannot help with this document.")
            case Mishap.WRONG:
                said = replace(said, text=Reader.wrong(said.text))
            case Mishap.TORN:
                return replace(said, text=said.text[: len(said.text) // 2])
        room = round(asked.most_tokens * CHARACTERS_PER_TOKEN)
        if verdict.mishap is Mishap.LENGTH:
            room = min(room, len(said.text) // 2)
        if len(said.text) > room:
            return replace(said, text=said.text[:room], ending="length")
        return said

    async def _written(
        self,
        request: web.BaseRequest,
        spoken: Spoken,
        said: Said,
        asked: Asked,
        visit: Visit,
    ) -> web.StreamResponse:
        """Send the reply, as far as it is to get."""
        transport = request.transport
        if said.hang_up and transport is not None:
            transport.abort()
            return web.Response()
        levels = self._provider.levels(_now_s())
        headers = {**spoken.headers(said, levels, _now()), **said.headers}
        body = said.raw if said.raw is not None else json.dumps(spoken.write(said, asked)).encode()
        status = min(said.status, LAST_OF_BEDROCK) if spoken.name == "bedrock" else said.status
        if said.cut and transport is not None:
            response = web.StreamResponse(status=status, headers=headers)
            response.content_length = len(body)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            transport.close()
            return response
        visit.status = status
        return web.Response(
            status=status, headers=headers, body=body, content_type="application/json"
        )


def _next(script: Script, body: dict[str, Any], number: int) -> Said:
    said = script(body) if callable(script) else script[min(number, len(script)) - 1]
    return Said(said) if isinstance(said, str) else said


def _wait(verdict: Verdict) -> dict[str, str]:
    """How long to wait, rounded up: whoever obeys is let in."""
    if verdict.retry_after_s is None:
        return {}
    return {
        "retry-after": str(math.ceil(verdict.retry_after_s)),
        "retry-after-ms": str(math.ceil(verdict.retry_after_s * 1000)),
    }


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _now() -> datetime:
    # What a provider writes into its headers is a time of day.
    return datetime.now(UTC)  # noqa: TID251
