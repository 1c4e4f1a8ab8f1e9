"""Tasks for children: what is to be done, how it ended, and who is served next."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from tallysheet.parse._frames import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said of one task."""

    outcome: Outcome
    busy_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Death:
    """A child ended, or had to be ended, before it answered."""

    status: int
    """Its exit status, or minus the signal that killed it."""
    started: bool = True
    """Whether it ever was ready to work."""
    overdue: bool = False
    """Whether we killed it because its time was up."""
    garbled: bool = False
    """Whether we killed it because it answered nonsense: something overwrote its memory."""


@dataclass(slots=True, eq=False)
class Job:
    """One attempt at one task."""

    name: str
    """Of the function, ``module:function``."""
    data: bytes
    """Its argument."""
    can_wait: bool = False
    """Whether everybody who cannot goes first."""
    is_twice: bool = False
    """Whether a second child has it as well, because the first is busy with another."""
    end: asyncio.Future[Answer | Death] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or was given up."""
        return self.end.done()

    def ends(self, how: Answer | Death | Exception) -> None:
        """Tell whoever waits for it, if anybody still does."""
        if self.is_over:
            return
        if isinstance(how, Exception):
            self.end.set_exception(how)
        else:
            self.end.set_result(how)


class Queue:
    """Tasks that wait for a child: in the order of their coming, but what can wait, waits."""

    def __init__(self) -> None:
        self._soon: deque[Job] = deque()
        self._later: deque[Job] = deque()

    def add(self, job: Job) -> None:
        """Put it behind its like."""
        (self._later if job.can_wait else self._soon).append(job)

    def add_first(self, job: Job) -> None:
        """Put it before all others: it has waited already. Not what another child has as well."""
        if not job.is_twice:
            self._soon.appendleft(job)

    def next(self) -> Job | None:
        """Take out whose turn it is. What was given up has none."""
        for line in (self._soon, self._later):
            while line:
                job = line.popleft()
                if not job.is_over:
                    return job
        return None

    def count(self, most: int) -> int:
        """How many wait, counted up to *most*."""
        number = 0
        for line in (self._soon, self._later):
            for job in line:
                if number >= most:
                    return number
                number += not job.is_over
        return number
