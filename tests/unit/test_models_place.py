"""A place at a model is another's once the answer is kept: no crash costs more than the places."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tallysheet.errors import DocumentError, Outage
from tallysheet.extract._ask import ask
from tallysheet.extract._cache import Cache
from tallysheet.model import Page, Parsed, Reading, Word
from tallysheet.models import Call, Reply, open_model
from tallysheet.ports import Model, Version
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock

MOMENT_S = 1.0


def said(text: str, *, reason: str = "stop") -> Reply:
    """The model's answer."""
    return Reply(200, {}, {"choices": [{"message": {"content": text}, "finish_reason": reason}]})


GOOD = said("{}")
BAD = said("no JSON")
CUT = said("{", reason="length")
REFUSED = Reply(400, {}, {"error": {"code": "content_filter"}})
DOWN = Reply(500, {}, {})


def document(word: str) -> Parsed:
    """One page that says *word*."""
    return Parsed("application/pdf", (Page(1, 595, 842, (Word(word, 10, 10, 40, 20),)),))


class Slow(MemoryStore):
    """A store whose writing takes until its gate is open, and may fail then."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.is_down = False

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write it, later."""
        await self.gate.wait()
        if self.is_down:
            raise Outage("It is full.")
        return await super().put(key, data, expect=expect)


@dataclass
class Counted:
    """A `Wire` that counts what is sent, and answers after a moment."""

    clock: FakeClock
    replies: list[Reply]
    """The first ones; the others are good."""
    late: set[int] = field(default_factory=set)
    """Which requests take a hundred times as long."""
    sent: int = 0

    async def send(self, call: Call) -> Reply:
        """Count it, and answer it."""
        self.sent += 1
        await self.clock.sleep(MOMENT_S / 4 * (100 if self.sent in self.late else 1))
        return self.replies.pop(0) if self.replies else GOOD


@dataclass
class Desk:
    """A model, and a cache that keeps its answers in the background."""

    clock: FakeClock
    wire: Counted
    model: Model
    store: Slow
    cache: Cache
    tasks: asyncio.TaskGroup

    def ask(self, word: str, *, cache: bool = True) -> asyncio.Task[Reading]:
        """Begin to ask about a document."""
        kept = self.cache if cache else None
        return self.tasks.create_task(
            ask(self.model, document(word), sha256=word, cache=kept), name=word
        )

    async def moment(self) -> None:
        """Let everything happen that takes less than a moment."""
        await self.clock.advance(MOMENT_S)


@asynccontextmanager
async def desk(*replies: Reply, concurrency: int = 1, **settings: Any) -> AsyncIterator[Desk]:
    """A desk with so many places at its model."""
    clock = FakeClock(auto=False)
    wire, store = Counted(clock, [*replies]), Slow()
    told = Settings(
        model="openai:m", base_url="http://localhost/v1", concurrency=concurrency, **settings
    )
    async with (
        open_model(told, clock=clock, wire=wire) as model,
        Cache(store) as cache,
        asyncio.TaskGroup() as tasks,
    ):
        yield Desk(clock, wire, model, store, cache, tasks)
        store.gate.set()


@pytest.mark.parametrize("places", [1, 3])
async def test_no_other_question_goes_before_the_answer_is_kept(places: int) -> None:
    """Answers on their way into the cache and requests in flight are no more than the places."""
    async with desk(concurrency=places) as it:
        asked = [it.ask(str(number)) for number in range(2 * places)]
        await it.moment()
        before, there = it.wire.sent, [task.done() for task in asked]
        it.store.gate.set()
        await it.moment()

        assert there == [True] * places + [False] * places  # whoever asked has its answer at once
        assert (before, it.wire.sent) == (places, 2 * places)


async def test_one_that_waits_until_it_is_kept_holds_its_place_too() -> None:
    """A cache that does not keep in the background is the same to others."""
    async with desk() as it:
        it.cache = Cache(it.store)
        for word in ("a", "b"):
            it.ask(word)
        await it.moment()
        before = it.wire.sent
        it.store.gate.set()
        await it.moment()

        assert (before, it.wire.sent) == (1, 2)


async def test_without_a_cache_a_place_is_free_with_the_answer() -> None:
    """Nothing is kept, so nobody waits for it."""
    async with desk() as it:
        for word in ("a", "b"):
            it.ask(word, cache=False)
        await it.moment()

        assert it.wire.sent == 2


@pytest.mark.parametrize("replies", [(BAD,), (CUT,), (DOWN,), (BAD, CUT, DOWN, BAD)])
async def test_who_asks_again_does_not_wait_for_itself(replies: tuple[Reply, ...]) -> None:
    """An answer that is of no use holds nothing, even where there is one place only."""
    async with desk(*replies) as it:
        first = it.ask("a")
        for _ in range(20):
            await it.moment()
        second = it.ask("b")
        await it.moment()
        before = it.wire.sent, first.done(), second.done()
        it.store.gate.set()
        await it.moment()

        assert before == (len(replies) + 1, True, False)
        assert (it.wire.sent, second.done()) == (len(replies) + 2, True)


@pytest.mark.parametrize("replies", [(REFUSED,), (BAD, BAD, BAD), (BAD, REFUSED)])
async def test_a_question_that_has_no_answer_in_the_end_holds_nothing(
    replies: tuple[Reply, ...],
) -> None:
    """The next one goes although nothing is written."""

    async def in_vain(it: Desk) -> None:
        with pytest.raises(DocumentError):
            await ask(it.model, document("a"), sha256="a", cache=it.cache)

    async with desk(*replies) as it:
        it.tasks.create_task(in_vain(it))
        await it.moment()
        it.ask("b")
        await it.moment()

        assert it.wire.sent == len(replies) + 1


async def test_an_answer_that_cannot_be_kept_holds_nothing() -> None:
    """A full disk costs what it costs, and nobody waits for ever."""
    async with desk() as it:
        it.store.is_down = True
        for word in ("a", "b", "c"):
            it.ask(word)
        it.store.gate.set()
        await it.moment()

        assert it.wire.sent == 3


async def test_an_answer_that_nobody_keeps_any_more_holds_nothing() -> None:
    """Its document is called off while it is written, or just before."""
    async with desk() as it:
        for number in range(3):
            with pytest.raises(asyncio.CancelledError):
                async with Cache(it.store) as it.cache:
                    task = it.ask(str(number))
                    while not task.done():
                        await it.clock.advance(MOMENT_S / 4)
                    raise asyncio.CancelledError

        assert it.wire.sent == 3


async def test_two_answers_to_one_question_hold_two_places_for_as_long() -> None:
    """A late request gets a second one, and both may be answered."""
    async with desk(concurrency=2, hedge=True) as it:
        it.store.gate.set()
        for number in range(40):
            it.ask(f"known {number}")
        await it.clock.advance(40 * MOMENT_S)
        it.store.gate.clear()
        it.wire.late = {41}
        it.ask("late")
        await it.moment()
        sent = it.wire.sent
        for word in ("a", "b", "c"):
            it.ask(word)
        await it.moment()
        before = it.wire.sent
        it.store.gate.set()
        await it.moment()
        await it.moment()

        assert (sent, before, it.wire.sent) == (42, 43, 45)
