"""A provider that is played: what it says, how requests reach it, what it saw."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tallysheet.models import Call, Reply
from tallysheet.pipeline._loads import Load
from tallysheet.testing.llm_server import CHARACTERS_PER_TOKEN, Asked, Desk, Reader, Visit

REFUSALS = ("requests", "tokens", "in flight")
"""What a request is sent away for as one too many."""


class Speaker(Reader):
    """Says as much as is expected about each document, and nothing of sense."""

    def __init__(self, loads: Sequence[Load]) -> None:
        super().__init__()
        self._loads = loads

    def counted(self, asked: Asked) -> Asked:
        """As many tokens as are expected, though the text is only dots."""
        return replace(asked, tokens_in=self._load(asked).tokens_in)

    def answer(self, asked: Asked) -> str:
        """As many characters as the answer takes tokens."""
        return "." * round(self._load(asked).tokens_out * CHARACTERS_PER_TOKEN)

    def _load(self, asked: Asked) -> Load:
        return self._loads[int(asked.document.partition(" ")[0])]


class PlayedWire:
    """The network between a client and a desk, in virtual time."""

    def __init__(self, desk: Desk, patience_s: float) -> None:
        self._desk = desk
        self._patience_s = patience_s

    async def send(self, call: Call) -> Reply:
        """See `tallysheet.models.Wire`."""
        path = urlsplit(call.url).path
        sent = await self._desk.answer(path, call.body, {}, patience_s=self._patience_s)
        if not sent.status or sent.cut:
            return Reply(
                0, {}, {}, "TimeoutError" if not sent.hang_up else "ServerDisconnectedError"
            )
        try:
            data = json.loads(sent.body)
        except ValueError:
            data = {}
        return Reply(sent.status, sent.headers, data)


@dataclass(slots=True)
class Tally:
    """What the provider saw."""

    requests: int = 0
    refused: int = 0
    faulty: int = 0
    admitted: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    answering_s: float = 0.0
    """Seconds of all requests that were let in, together."""
    longest_s: float = 0.0
    """Seconds of the longest of them."""

    def see(self, visit: Visit) -> None:
        """One request is over."""
        self.requests += 1
        if visit.why in REFUSALS:
            self.refused += 1
            return
        self.faulty += bool(visit.mishap) or not visit.status
        if visit.why:
            return
        self.admitted += 1
        self.tokens_in += visit.tokens_in
        self.tokens_out += visit.tokens_out
        took_s = (visit.left_s or visit.arrived_s) - visit.arrived_s
        self.answering_s += took_s
        self.longest_s = max(self.longest_s, took_s)
