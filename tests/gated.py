"""Every order in which the requests of a few processes can arrive, one after the other.

A request waits at the gate until the driver lets it pass; when everybody waits, the
driver chooses who is next and what becomes of the request. Run again and again, each
time with the next choice, that walks through the whole tree, but for what makes no
difference: two reads with no write in between are tried in one order (their "sleep set",
Godefroid 1996).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from drawn_loop import DrawnLoop
from drawn_network import Shelf
from tallysheet.errors import Conflict, Outage, OutcomeUnknown, StoreError
from tallysheet.ports import Blob, Entry, Version

TICK_S = 100.0
"""Virtual; longer than anybody pauses, so that after it everybody waits at the gate."""

PUT_FAULTS = ("lost-request", "lost-reply", "late", "409", "repeated", "503-before", "503-after")


class Turns:
    """The choices of one run: those of a path, then always the first."""

    def __init__(self, path: tuple[int, ...]) -> None:
        self._path = path
        self._made: list[tuple[int, int]] = []

    def choose(self, of: int) -> int:
        """Choose one of so many."""
        at = len(self._made)
        chosen = self._path[at] if at < len(self._path) else 0
        self._made.append((chosen, of))
        return chosen

    def next_path(self) -> tuple[int, ...] | None:
        """The path that comes after this one in the tree, or none."""
        made = list(self._made)
        while made:
            chosen, of = made.pop()
            if chosen + 1 < of:
                return (*(before for before, _ in made), chosen + 1)
        return None


def every_path(run: Callable[[Turns], None]) -> int:
    """Run every path through the tree of choices; return how many there were."""
    path: tuple[int, ...] | None = ()
    for number in count(1):
        turns = Turns(path or ())
        run(turns)
        path = turns.next_path()
        if path is None:
            return number
    raise AssertionError


@dataclass(eq=False)
class _Request:
    """What waits at the gate."""

    act: Callable[[], Any]
    faults: tuple[str, ...]
    is_read: bool
    reply: "asyncio.Future[tuple[Any, StoreError | None]]"


@dataclass
class Gate:
    """The gate before the shelf. Open at first.

    Attributes:
        faults_left: How many more requests may meet a fault.
        late: Writes whose senders have given up, still under way.
        asleep: Reads that were tried in the place of the reads since the last write.
    """

    shelf: Shelf
    turns: Turns
    faults_left: int
    put_faults: tuple[str, ...] = PUT_FAULTS
    is_open: bool = True
    waiting: list[_Request] = field(default_factory=list)
    late: list[Callable[[], Any]] = field(default_factory=list)
    asleep: set[_Request] = field(default_factory=set)

    async def pass_all(self, work: "asyncio.Task[Any]") -> None:
        """Let one request after the other pass, in the order of the turns, until *work* ends."""
        self.is_open = False
        while True:
            await asyncio.sleep(TICK_S)
            if work.done():
                break
            options = list(self._options())
            options[self.turns.choose(len(options))]()
        self.is_open = True
        for act in self.late:
            _tried(act)
        await work

    def _options(self) -> Iterator[Callable[[], None]]:
        if not self.late and self.asleep.issuperset(self.waiting):
            self.asleep.clear()
        earlier: list[_Request] = []
        for request in self.waiting:
            if request in self.asleep:
                continue
            if request.is_read:
                yield lambda request=request, passed=tuple(earlier): self._read(request, passed)
                earlier.append(request)
                continue
            for fault in ("ok", *(request.faults if self.faults_left else ())):
                yield lambda request=request, fault=fault: self._let_pass(request, fault)
        for act in self.late:
            yield lambda act=act: self._land(act)

    def _read(self, request: _Request, passed: tuple[_Request, ...]) -> None:
        self.asleep.update(passed)
        self.waiting.remove(request)
        if not request.reply.done():
            request.reply.set_result(_tried(request.act))

    def _land(self, act: Callable[[], Any]) -> None:
        self.asleep.clear()
        self.late.remove(act)
        _tried(act)

    def _let_pass(self, request: _Request, fault: str) -> None:
        self.waiting.remove(request)
        self.asleep.clear()
        self.faults_left -= fault != "ok"
        applied = fault in ("ok", "lost-reply", "repeated", "503-after")
        answer = _tried(request.act) if applied else (None, None)
        if fault == "repeated":
            answer = _tried(request.act)
        if fault == "late":
            self.late.append(request.act)
        if fault in ("lost-request", "lost-reply", "late"):
            answer = (None, OutcomeUnknown("The reply was lost."))
        if fault == "409":
            answer = (None, Conflict("A conflicting operation is under way."))
        if fault.startswith("503"):
            answer = (None, Outage("Slow down."))
        if not request.reply.done():  # its sender may have been fenced meanwhile
            request.reply.set_result(answer)


def _tried(act: Callable[[], Any]) -> tuple[Any, StoreError | None]:
    try:
        return act(), None
    except StoreError as error:
        return None, error


class GatedStore:
    """The shelf behind the gate. A `Store`."""

    url = "gated://batch"

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        blob: Blob = await self._ask(lambda: self._gate.shelf.get(key), (), is_read=True)
        return blob

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*."""
        version: Version = await self._ask(
            lambda: self._gate.shelf.put(key, data, expect), self._gate.put_faults
        )
        return version

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        await self._ask(lambda: self._gate.shelf.delete(key), ())

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*."""
        for entry in await self._ask(lambda: self._gate.shelf.list(prefix), (), is_read=True):
            yield entry

    async def _ask(
        self, act: Callable[[], Any], faults: tuple[str, ...], *, is_read: bool = False
    ) -> Any:
        if self._gate.is_open:
            return act()
        request = _Request(act, faults, is_read, asyncio.get_running_loop().create_future())
        self._gate.waiting.append(request)
        value, error = await request.reply
        if error is not None:
            raise error
        return value


class _First:
    """Instead of chance: always the first."""

    def randrange(self, of: int) -> int:
        return 0


class StillClock:
    """A `Clock` on which a request takes no time, and tokens are counted."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tokens = count(1)
        self.now_s = 0.0

    def monotonic(self) -> float:
        """What the test set."""
        return self.now_s

    def now(self) -> datetime:
        """A fixed moment."""
        return datetime(2026, 1, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(seconds)

    def random(self) -> float:
        """Always the middle."""
        return 0.5

    def token(self) -> str:
        """The next token."""
        return f"{self._name}-{next(self._tokens):04}"


def run_alone(world: Callable[[], Awaitable[None]]) -> None:
    """Run *world* on a loop of its own, in virtual time, first come first served."""
    loop = DrawnLoop(_First())  # type: ignore[arg-type]
    try:
        loop.run_until_complete(world())
    finally:
        with suppress(RuntimeError):
            loop.close()
