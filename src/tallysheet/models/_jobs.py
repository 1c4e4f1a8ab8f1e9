"""The seam of a provider's batch mode: many questions in one job, answered within a day.

What providers call a batch is a *job* here, since a batch is what a manifest tracks. A
dialect of jobs words requests and reads replies, as `Dialect` does for single questions;
it sends nothing and waits for nothing. What takes several requests is a generator, which
yields each one and is sent its reply.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from tallysheet.models._dialect import Call, Reply

T = TypeVar("T")
Steps = Generator[Call, Reply, T]
"""Requests that lead to a T, each yielded in exchange for its reply."""

LOOKED_THROUGH = 10
"""Pages of a provider's list of jobs, the newest first, in which a lost one is looked for."""
LISTED = 100
"""Jobs on such a page."""
LEAST = {"bedrock": 100}
"""How many questions a job must hold, by the usual quota of an account; 1 for other providers."""
TOO_FEW = "too_few_questions"
"""The trouble of a job that failed because it held fewer questions than its provider takes."""


@dataclass(frozen=True, slots=True)
class LaterCall(Call):
    """A request that is to wait before it is sent."""

    after_s: float = field(kw_only=True)
    """For so long, in seconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a job."""

    key: str
    """64 hexadecimal digits, which come back with its answer."""
    body: bytes
    """What would be posted, were it asked by itself; JSON."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How a job stands."""

    is_over: bool
    parts: tuple[str, ...] = ()
    """What its answers are fetched by, once it is over."""
    troubles: tuple[str, ...] = ()
    """Why it failed as a whole, in the provider's plain codes."""
    has_failed: bool = False
    """Whether it failed as a whole, so that nothing was answered."""


class Undone(Exception):
    """A step was not taken: what came is no answer to it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


class JobDialect(Protocol):
    """How one provider is given jobs. Every one passes ``tests/unit/test_models_jobs.py``."""

    @property
    def most_rows(self) -> int:
        """How many questions a job may hold."""
        ...

    @property
    def least_rows(self) -> int:
        """How many questions a job must hold."""
        ...

    @property
    def knows_tokens(self) -> bool:
        """Whether a job carries our token, so that `find` finds the very one."""
        ...

    @property
    def host(self) -> str:
        """Who is given them, for messages."""
        ...

    def submit(self, rows: Sequence[Row], token: str) -> Steps[str]:
        """Hand a job in under our own *token*, and return what the provider calls it.

        Raises:
            Undone: It was refused, or nobody knows.
        """
        ...

    def find(self, token: str, number: int, since: str) -> Steps[tuple[str, ...]]:
        """The jobs that may be the one of *token*, whose reply we never got; the likeliest first.

        Args:
            token: Ours.
            number: Of its questions.
            since: When it was about to be handed in, in ISO 8601 by our own clock.

        Raises:
            Undone: The list cannot be had.
        """
        ...

    def look(self, job: str) -> Steps[Looked]:
        """How *job* stands.

        Raises:
            Undone: It is not known there (404), or that cannot be found out now.
        """
        ...

    def fetch(self, part: str) -> Call:
        """The request for *part* of the answers: one JSON object a line, each a row."""
        ...

    def read(self, row: Mapping[str, Any]) -> tuple[str, Reply | None]:
        """The key of a row, and the reply to its question; None where it was not asked."""
        ...

    def cancel(self, job: str) -> Steps[None]:
        """Have *job* stopped: nobody wants it."""
        ...

    def remove(self, job: str) -> Steps[None]:
        """Remove *job*, which is over, and what was sent and answered, as far as it can be."""
        ...

    def discard(self, token: str) -> Steps[None]:
        """Remove what was sent under *token* and became no job that anybody wants."""
        ...


class Courier(Protocol):
    """What carries the requests of jobs: the network, or a rehearsal of it."""

    async def send(self, call: Call, take: Callable[[Mapping[str, Any]], None] | None) -> Reply:
        """Send *call* once. Whatever goes wrong is a reply, too.

        Args:
            call: A request.
            take: Handed each line of a good reply, as it comes; without it the reply is one object.
        """
        ...


def least_in_a_job(model: str) -> int:
    """How many questions a job of *model*, ``bedrock:amazon.nova-lite-v1:0``, usually must hold."""
    return LEAST.get(model.partition(":")[0], 1)


def good(reply: Reply) -> Mapping[str, Any]:
    """The body of a good reply.

    Raises:
        Undone: It is none.
    """
    if not 200 <= reply.status < 300 or not reply.data:
        raise Undone(reply)
    return reply.data


def named(reply: Reply) -> str:
    """The id of what a reply is about.

    Raises:
        Undone: There is none.
    """
    found = good(reply).get("id")
    if not isinstance(found, str) or not found:
        raise Undone(reply)
    return found


def in_path(name: str) -> str:
    """*name*, which a provider gave, as one part of a path."""
    return quote(name, safe="")
