"""Where a request becomes a reply: a provider decides, a model answers, a dialect writes it.

Nothing here knows of sockets or of the real time, so that a batch is rehearsed in
virtual time by the very rules that the listening server keeps.
"""

import asyncio
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from tallysheet.testing._provider import Levels, Mishap, Provider, Verdict
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


class Watch(Protocol):
    """As much of a `Clock` as is needed here."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        ...

    def now(self) -> datetime:
        """The time of day: providers write it above their replies."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """One reply, as far as it comes."""

    status: int
    """0 where there is none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang_up: bool = False
    """Whether the connection ends without a reply."""
    cut: bool = False
    """Whether it ends in the middle of the body."""


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
        watch: What time it is.
        keep: Whether what came is kept in memory.
        seen: Told of every request when it is over.
    """

    def __init__(
        self,
        server: LLMServer,
        model: Script | Reader,
        provider: Provider,
        *,
        watch: Watch,
        keep: bool,
        seen: Callable[[Visit], None] | None,
    ) -> None:
        self._server = server
        self._model = model
        self._provider = provider
        self._watch = watch
        self._keep = keep
        self._seen = seen
        self._number = 0

    async def answer(
        self,
        path: str,
        raw: bytes,
        headers: Mapping[str, str],
        *,
        patience_s: float = math.inf,
    ) -> Sent:
        """Answer one request, in the provider's own time.

        Args:
            path: Where it was sent, as it was written there.
            raw: Its body.
            headers: Its headers.
            patience_s: After how many seconds its client goes away.
        """
        spoken = dialect_of(path)
        if spoken is None:
            return Sent(404)
        visit = Visit(self._watch.monotonic(), spoken.name)
        if self._keep:
            self._server.visits.append(visit)
        try:
            sent = await self._answered(path, raw, headers, spoken, visit, patience_s)
            visit.status = 0 if sent.hang_up or sent.cut else sent.status
            return sent
        finally:
            visit.left_s = self._watch.monotonic()
            if self._seen is not None:
                self._seen(visit)

    async def _answered(
        self,
        path: str,
        raw: bytes,
        headers: Mapping[str, str],
        spoken: Spoken,
        visit: Visit,
        patience_s: float,
    ) -> Sent:
        try:
            body = json.loads(raw)
            asked = spoken.read(path, body, len(raw))
            if isinstance(self._model, Reader):
                asked = self._model.counted(asked)
        except MALFORMED:
            return self._sent(spoken, Said(status=400), NOTHING, Levels())
        self._number += 1
        number = self._number
        if self._keep:
            self._server.requests.append(body)
            self._server.headers.append({k.lower(): v for k, v in headers.items()})
        verdict = self._verdict(asked, visit)
        # Those of this moment: whoever streams an answer writes its headers before it is made.
        levels = self._provider.levels(visit.arrived_s)
        try:
            visit.in_flight = self._server.enter()
            # First note when all came who came at once: making up an answer takes its time.
            await asyncio.sleep(0)
            said = self._said(verdict, body, asked, number)
            # Nothing large is kept while it waits: with thousands in flight that would cost more
            # than all the rest, in memory and in garbage collection.
            del body
            asked = replace(asked, document="", schema={})
            await self._server.opened()
            due_s = math.inf if said.hang else max(said.latency_s, verdict.latency_s)
            if not await self._waited(visit.arrived_s, due_s, patience_s):
                return Sent(0)
            visit.tokens_out = tokens_of(said.text) if verdict.admitted else 0
        finally:
            self._server.in_flight -= 1
            if verdict.admitted:
                took = visit.tokens_in + visit.tokens_out
                self._provider.leave(self._watch.monotonic(), verdict, tokens=took)
        return self._sent(spoken, said, asked, levels)

    async def _waited(self, since_s: float, due_s: float, patience_s: float) -> bool:
        """Wait until the reply is due; whether its client is still there then."""
        wait_s = min(due_s, patience_s) - (self._watch.monotonic() - since_s)
        if wait_s == math.inf:
            await asyncio.Event().wait()
        if wait_s > 0:
            await self._watch.sleep(wait_s)
        return due_s <= patience_s

    def _verdict(self, asked: Asked, visit: Visit) -> Verdict:
        verdict = self._provider.arrive(
            visit.arrived_s,
            hashlib.sha256(asked.document.encode("utf-8", "replace")).hexdigest(),
            tokens_in=asked.tokens_in,
            most_tokens=asked.most_tokens,
        )
        if asked.dialect == "bedrock":
            # It refuses without a word on how long to wait.
            verdict = replace(verdict, retry_after_s=None)
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
            Said(model.answer(asked))
            if isinstance(model, Reader)
            else next_said(model, body, number)
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

    def _sent(self, spoken: Spoken, said: Said, asked: Asked, levels: Levels) -> Sent:
        """The reply as the dialect writes it."""
        if said.hang_up:
            return Sent(0, hang_up=True)
        headers = {**spoken.headers(said, levels, self._watch.now()), **said.headers}
        body = said.raw if said.raw is not None else json.dumps(spoken.write(said, asked)).encode()
        status = min(said.status, LAST_OF_BEDROCK) if spoken.name == "bedrock" else said.status
        return Sent(status, headers, body, cut=said.cut)


def next_said(script: Script, body: dict[str, Any], number: int) -> Said:
    """What a *script* says to the request of this number, counted from 1."""
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
