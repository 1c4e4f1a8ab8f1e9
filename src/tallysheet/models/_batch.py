"""A model asked at half price: questions are gathered, and handed in as jobs.

1. A question's key is a hash of all that it says, so the same question is the same one
   in every process and after every crash. Before one is handed in, the handles beside the
   batch are looked through: what an earlier job holds is waited for, not asked again.
2. The first question of a process goes out by itself, at full price: a wrong key or name,
   and what a model does not take, is found out before a thousand questions hold it.
3. A job has no deadline of ours, and is followed for as long as it runs. What it leaves
   without a usable answer is asked by itself.
4. Whoever does not wait leaves a job that is not over, and its documents, to the next run.
   One that hands nothing in fetches what is over, and pays twice only where it is told to.
5. The most that a question can cost is set aside before it is handed in. What it cost is
   counted by the run that fetches its answer: a run that ends before leaves it to the next.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tallysheet.errors import AnswerDue, DocumentError
from tallysheet.models._board import Board
from tallysheet.models._book import JobBook
from tallysheet.models._caller import MOST_TOKENS, Caller
from tallysheet.models._dialect import Fault, FaultKind, Reply, Said, Usage
from tallysheet.models._faults import final_error
from tallysheet.models._jobs import Row
from tallysheet.models._key import key_of
from tallysheet.models._lull import lull
from tallysheet.models._manner import Manner
from tallysheet.models._price import Price
from tallysheet.models._turns import AGAIN, DUE, Told
from tallysheet.ports import Answer, Clock, Model, Question

MOST_BYTES = 48 * 1024 * 1024
"""Of a job. Providers take 200 MB and more; this is what is held in memory while it is sent."""
FINAL = frozenset({FaultKind.REFUSED, FaultKind.TOO_LONG})
"""What the same model would say again."""


class Batched:
    """A `Model` that asks another one in jobs; use it with `gathering`.

    Args:
        online: Asked by itself, where a job will not do.
        caller: How the model of the jobs is asked.
        book: The jobs.
        price: What the model costs in jobs.
        clock: Waits.
        manner: What is done about jobs.
        board: Is told what was left, and what was paid for twice.
        alone: Whether *online* asks no other model.
    """

    free = False

    def __init__(
        self,
        online: Model,
        caller: Caller,
        book: JobBook,
        price: Price,
        clock: Clock,
        manner: Manner,
        board: Board,
        *,
        alone: bool,
    ) -> None:
        self._online = online
        self._caller = caller
        self._book = book
        self._price = price
        self._clock = clock
        self._manner = manner
        self._board = board
        self._alone = alone
        self._queue: dict[str, tuple[Question, int]] = {}
        self._queued = asyncio.Event()
        self._comings = 0
        self._looked = asyncio.Lock()
        self._has_looked = False
        self._is_first_gone = False
        self._proven = asyncio.Event()
        self.name = online.name
        self.sees = online.sees

    def __repr__(self) -> str:
        return f"<Jobs of {self._online!r}>"

    @asynccontextmanager
    async def gathering(self) -> AsyncIterator["Batched"]:
        """Gather questions and hand them in until the end of the block."""
        tasks = await asyncio.TaskGroup().__aenter__()
        gatherer = tasks.create_task(self._gather())
        try:
            yield self
        finally:
            gatherer.cancel()
            # What ended the block is not the gatherer's, and must not become a group of errors.
            await tasks.__aexit__(None, None, None)

    async def answer(self, question: Question) -> Answer:
        """Ask in a job, and by itself where that brings nothing; see `tallysheet.ports.Model`."""
        dialect = self._caller.dialect
        # A conversation about a mistake would wait for a second job.
        if question.mistakes or (question.pictures and not dialect.sees):
            return await self._online.answer(question)
        key = key_of(dialect.name, question)
        if await self._goes_first(key):
            try:
                return await self._online.answer(question)
            finally:
                self._proven.set()
        if not self._manner.hands_in and not self._book.holds(key):
            return await self._online.answer(question)
        reply, told, usd = await self._asked(key, question)
        if told is DUE:
            return await self._asked_twice(question)
        if isinstance(told, Said) and not told.cut:
            usage = told.usage
            return Answer(
                told.text,
                usage.tokens_in,
                usage.tokens_out,
                usd,
                usage.tokens_cached,
                model=dialect.name,
                price=self._price.a_million(usage),
            )
        try:
            if reply is not None and isinstance(told, Fault):
                self._raise_final(reply, told)
            answer = await self._online.answer(question)
        except DocumentError as error:
            error.cost_usd += usd
            raise
        attempts = answer.attempts + (reply is not None)
        return replace(answer, cost_usd=answer.cost_usd + usd, attempts=attempts)

    async def _asked_twice(self, question: Question) -> Answer:
        """Ask by itself what a job holds that is not over, if that is wanted."""
        caller = self._caller
        if not self._manner.asks_twice:
            expected = Usage(caller.tokens.tokens_in(question), caller.tokens.tokens_out(question))
            self._board.later_usd += caller.price.usd(expected)
            raise AnswerDue(
                f"A job of {caller.dialect.name} holds the question, and is not over.",
                "Run again later: what it has answered by then is fetched.",
            )
        answer = await self._online.answer(question)
        self._board.twice += 1
        self._board.twice_usd += answer.cost_usd
        return answer

    async def _goes_first(self, key: str) -> bool:
        """Whether this question is to try out what the others are handed in by."""
        async with self._looked:
            if not self._has_looked:
                await self._book.refresh()
                self._has_looked = True
        if not self._manner.hands_in or self._is_first_gone or self._book.holds(key):
            return False
        self._is_first_gone = True
        return True

    async def _asked(
        self, key: str, question: Question
    ) -> tuple[Reply | None, Said | Fault | Told, float]:
        """The reply of a job, what it says, and what that cost in US dollars."""
        caller = self._caller
        bound = caller.tokens.most_tokens_out(question, limit=MOST_TOKENS)

        def most_usd() -> float:
            return self._price.most_usd(caller.tokens.most_tokens_in(question), bound)

        with await caller.budget.reserve(most_usd) as held:
            told = await self._told(key, question, bound)
            if told is DUE and self._manner.hands_in:
                held.promise()
            if not isinstance(told, Reply):
                return None, told, 0.0
            read = caller.dialect.read(told)
            usd = self._price.usd(read.usage)
            held.settle(usd, read.usage)
        caller.tokens.learn(question, read.usage)
        caller.refusals.has_answer |= isinstance(read, Said)
        question.bill.usd += usd
        return told, read, usd

    async def _told(self, key: str, question: Question, bound: int) -> Told:
        while True:
            with self._book.turns.taken(key) as turn:
                if not self._book.wants(key):
                    if not self._manner.hands_in:
                        return None
                    self._queue.setdefault(key, (question, bound))
                    self._comings += 1
                    self._queued.set()
                told = await turn
            if told is not AGAIN:
                return told

    def _raise_final(self, reply: Reply, fault: Fault) -> None:
        """Give the document up where the only model has said that it will not have it."""
        if not self._alone or fault.kind not in FINAL:
            return
        name, _, where = self._caller.dialect.quota.partition(" at ")
        host = where.partition(" for ")[0]
        error = final_error(name, host, reply, fault, key_from=self._caller.key_from)
        if error is not None:
            raise error

    async def _gather(self) -> None:
        """Hand in what waits whenever no more comes, or as much as a job may hold."""
        while True:
            await self._queued.wait()
            if self._is_first_gone:
                await self._proven.wait()
            await lull(
                self._clock,
                lambda: self._comings,
                enough=lambda: len(self._queue) >= self._book.most_rows,
            )
            self._queued.clear()
            keys: list[str] = list(self._queue)
            try:
                await self._book.refresh()
                for key in keys:
                    if key not in self._book.turns or self._book.wants(key):
                        del self._queue[key]
                rows = await self._rows()
                if rows:
                    keys = [row.key for row in rows]
                    await self._book.hand_in(rows)
            except Exception as error:  # noqa: BLE001  those who wait must hear of it
                self._book.turns.fail(keys, error)
            if self._queue:
                self._queued.set()

    async def _rows(self) -> list[Row]:
        """As much of what waits as goes into one job, the longest waiting first."""
        rows: list[Row] = []
        size = 0
        for key, (question, bound) in list(self._queue.items()):
            call = await self._caller.dialect.call(question, most_tokens=bound)
            size += len(call.body)
            if rows and (size > MOST_BYTES or len(rows) == self._book.most_rows):
                break
            rows.append(Row(key, call.body))
            del self._queue[key]
        return rows
