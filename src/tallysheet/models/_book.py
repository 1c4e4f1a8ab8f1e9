"""All jobs that a run has to do with: those it finds, those it hands in, and what comes of them.

1. A job is known by its handle beside the batch, which stands before the job is handed in.
   Where the reply to that is lost, the job is looked for before it is handed in again.
2. Whoever waits for an answer has a turn, which ends with the reply, with None where the
   job has none, with `AGAIN` where the job is lost, with `DUE` where it is not over and not
   waited for, or with the error that stops the run.
3. Any number of processes follow the same job: looking and fetching change nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from tallysheet.errors import ConfigError
from tallysheet.models._board import Board
from tallysheet.models._errands import Errands
from tallysheet.models._followed import Job
from tallysheet.models._handles import Handles
from tallysheet.models._jobs import TOO_FEW, Looked, Row, Undone
from tallysheet.models._known_jobs import KnownJobs
from tallysheet.models._lull import LULL_S, lull
from tallysheet.models._manner import Manner
from tallysheet.models._turns import AGAIN, DUE, Turns
from tallysheet.ports import Clock

FULL_S = 300.0
"""The pause after a provider had no room for a job, in seconds."""
FULL = "token_limit_exceeded"
"""OpenAI's code for that: tokens in all of an account's jobs together are limited."""


class JobBook:
    """The jobs of one model.

    Args:
        errands: What is asked of the provider.
        handles: Those beside the batch.
        board: Where is written up what is waited for.
        clock: Waits.
        manner: What is done about jobs.
        grace_s: How long a handle may be without the job's name before its writer is taken
            for dead, in seconds.
    """

    def __init__(
        self,
        errands: Errands,
        handles: Handles,
        board: Board,
        clock: Clock,
        manner: Manner,
        *,
        grace_s: float,
    ) -> None:
        self._errands = errands
        self._dialect = errands.dialect
        self._handles = handles
        self._board = board
        self._clock = clock
        self._grace_s = grace_s
        self._manner = manner
        self._known = KnownJobs()
        self._reading = asyncio.Lock()
        self.most_rows = errands.dialect.most_rows
        """How many questions the next job may hold; fewer once the provider had no room."""
        self._least_rows = errands.dialect.least_rows
        self._alone = 0
        self.turns = Turns()
        """Those who wait for answers."""
        self._tasks: asyncio.TaskGroup | None = None
        self._following: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Follow jobs until the end of the block; the jobs themselves go on."""
        self._tasks = tasks = await asyncio.TaskGroup().__aenter__()
        try:
            yield
        finally:
            self._tasks = None
            for task in self._following:
                task.cancel()
            # What ended the block is not theirs, and must not become a group of errors.
            await tasks.__aexit__(None, None, None)

    def holds(self, key: str) -> bool:
        """Whether a job holds this question."""
        return self._known.holder(key) is not None

    def wants(self, key: str) -> bool:
        """Say that its answer is waited for; whether a job holds it."""
        job = self._known.holder(key)
        if job is None:
            return False
        job.comings += 1
        job.wanted.set()
        if not job.is_followed:
            job.is_followed = True
            self._write_up()
        return True

    async def refresh(self) -> None:
        """Find the jobs that anybody has handed in since.

        Raises:
            Outage: The store cannot be reached.
        """
        async with self._reading:
            fresh = [token async for token in self._handles.tokens() if token not in self._known]
            for token in fresh:
                handle = await self._handles.get(token)
                if handle is None or handle.dropped or not self._errands.concern(handle):
                    self._known.pass_over(token)
                elif token not in self._known:
                    job = Job(handle)
                    self._known.know(job)
                    self._follow(job)

    async def hand_in(self, rows: Sequence[Row]) -> None:
        """Hand *rows* in as one job, and follow it; too few for one are asked by themselves.

        Raises:
            ConfigError: The provider does not take it, and will not.
            ModelOutage: The provider cannot be reached.
            Outage: The store cannot be reached.
        """
        if len(rows) < self._least_rows:
            self._ask_alone(tuple(row.key for row in rows))
            return
        handle = self._errands.intent(rows)
        await self._handles.add(handle)
        job = Job(handle, is_followed=True)
        self._known.know(job)
        try:
            name, was_found = await self._errands.submitted(handle, rows, self._known.names)
            job.handle = replace(handle, job=name)
            job.is_guess = was_found and not self._dialect.knows_tokens
            if not await self._handles.name(handle.token, name):
                # Another process took us for dead, and asks the same.
                await self._errands.cancel(name)
                await self._errands.discard(handle.token)
                self._lose(job)
                return
        except ConfigError:
            await self._errands.discard(handle.token)
            if await self._handles.is_given_up(handle.token):
                # What another process gave up, it has cleared away as well.
                self._lose(job)
                return
            await self._handles.remove(handle.token)
            self._forget(job)
            raise
        except BaseException:
            self._forget(job)
            raise
        job.is_left = not self._manner.waits
        job.wanted.set()
        self._follow(job)
        self._write_up()

    async def _followed(self, job: Job) -> None:
        """See one job to its end, and again whoever comes for its answers later."""
        is_lost = False
        while not is_lost:
            await job.wanted.wait()
            job.wanted.clear()
            try:
                is_lost = not await self._ended(job)
            except Exception as error:  # noqa: BLE001  those who wait must hear of it
                self.turns.fail(job.handle.questions, error)
        self._lose(job)

    async def _ended(self, job: Job) -> bool:
        """Wait for its end and hand out what came; False if it is lost."""
        if not any(map(self.turns.__contains__, job.handle.questions)):
            return True
        if job.is_left:
            return self._leave(job)
        if not job.handle.job and not await self._named(job):
            return False
        looked = await self._errands.over(job.handle.job, waits=self._manner.waits)
        if looked is None:
            return False
        if not looked.is_over:
            return self._leave(job)
        if looked.has_failed:
            return await self._failed(job, looked)
        await lull(
            self._clock,
            lambda: job.comings,
            enough=lambda: all(map(self.turns.__contains__, job.handle.questions)),
        )
        job.wanted.clear()
        return await self._collected(job, looked)

    async def _named(self, job: Job) -> bool:
        """Find out what became of a handle without a job's name; False if it has no job."""
        since_s, token = self._clock.monotonic(), job.handle.token
        failures = 0
        while True:
            handle = await self._handles.get(token)
            if handle is None or handle.dropped:
                return False
            if handle.job:
                job.handle = handle
                return True
            try:
                found = await self._errands.found(job.handle, self._known.names)
            except Undone as undone:
                failures += 1
                await self._errands.pause(undone.reply, failures, since_s)
                continue
            if found:
                job.is_guess = not self._dialect.knows_tokens
                await self._handles.name(token, found)
            elif self._clock.monotonic() - since_s > self._grace_s:
                if await self._handles.drop(token):
                    await self._errands.discard(token)
            else:
                await self._clock.sleep(min(LULL_S, self._grace_s))

    async def _failed(self, job: Job, looked: Looked) -> bool:
        """A job that failed as a whole: made anew, smaller, where there was no room for it."""
        number = len(job.handle.questions)
        await self._errands.removed(job.handle.job)
        await self._handles.remove(job.handle.token)
        if TOO_FEW in looked.troubles:
            # What a provider asks for differs by account and model.
            self._least_rows = max(self._least_rows, number + 1)
            self._forget(job)
            self._ask_alone(job.handle.questions)
            return True
        if not self._manner.hands_in:
            return False  # Nothing was paid for: they are asked by themselves.
        if FULL not in looked.troubles or number == 1:
            self._forget(job)
            why = ", ".join(looked.troubles) or "it does not say why"
            raise ConfigError(
                f"{self._dialect.host} failed the job {job.handle.job} as a whole ({why}).",
                "Nothing was answered. Look at it there, or leave out --batch.",
            )
        self.most_rows = min(self.most_rows, max(1, number // 2))
        if self._manner.waits:
            await self._clock.sleep(FULL_S)
        return False

    async def _collected(self, job: Job, looked: Looked) -> bool:
        """Fetch the answers; False if it turns out to be another's job."""
        ours, came = frozenset(job.handle.questions), set[str]()

        def take(row: Mapping[str, Any]) -> None:
            key, reply = self._dialect.read(row)
            if key in ours:
                came.add(key)
                self.turns.tell(key, reply)

        await self._errands.collected(looked, take)
        if job.is_guess and not came:
            await self._handles.remove(job.handle.token)
            return False
        self.turns.tell_all(ours - came, None)
        job.is_followed = False
        self._write_up()
        return True

    def _forget(self, job: Job) -> None:
        self._known.forget(job)
        self._write_up()

    def _leave(self, job: Job) -> bool:
        """It is not waited for: whoever comes is told so. It is not lost, either: True."""
        job.is_left = True
        self._write_up()
        self.turns.tell_all(job.handle.questions, DUE)
        return True

    def _ask_alone(self, questions: Sequence[str]) -> None:
        self._alone += len(questions)
        self._write_up()
        self.turns.tell_all(questions, None)

    def _lose(self, job: Job) -> None:
        """Its questions are to be asked anew."""
        self._forget(job)
        self.turns.tell_all(job.handle.questions, AGAIN)

    def _follow(self, job: Job) -> None:
        if self._tasks is None:
            raise RuntimeError("Jobs are followed inside `async with`.")
        task = self._tasks.create_task(self._followed(job))
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    def _write_up(self) -> None:
        jobs = self._known.waited_for
        due = [job.handle for job in jobs if not (job.is_left and self._manner.asks_twice)]
        self._board.write(((len(job.questions), job.since) for job in due), alone=self._alone)
