"""The seam of a provider: what the one caller must know of its dialect.

A dialect turns a question into an HTTP request and a reply into an answer or a
fault of a known kind. It sends nothing, waits for nothing and retries nothing:
that is the caller's, the same for all providers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from tallysheet.ports import Clock, Question


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """They may hold a key: no message and no log shows them."""
    method: str = "POST"

    @property
    def host(self) -> str:
        """Whom it goes to."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one request."""

    status: int
    """The HTTP status; 0 where no reply came."""
    headers: Mapping[str, str]
    """By lower-case name."""
    data: Mapping[str, Any]
    """The body, a JSON object; empty where it was none."""
    text: str = field(default="", repr=False, kw_only=True)
    """The beginning of a refusal that was none. It may hold anything, a key too."""
    trouble: str = ""
    """What kept the reply from coming, as the name of a class."""
    unsent: bool = False
    """Whether there was no connection, so that nobody can have read the request."""
    untrusted: bool = False
    """Whether the other side could not prove who it is."""


class Wire(Protocol):
    """What carries requests: the network, or a rehearsal of it."""

    async def send(self, call: Call) -> Reply:
        """Send *call* once. Whatever goes wrong is a reply, too."""
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request took, in tokens."""

    tokens_in: int = 0
    """All that were read, the cached ones included."""
    tokens_out: int = 0
    tokens_cached: int = 0
    """Of those read, the ones that the provider had in its prompt cache."""
    tokens_written: int = 0
    """Of those read, the ones that went into that cache, which can cost extra."""

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            tokens_written=self.tokens_written + other.tokens_written,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What the model said."""

    text: str
    usage: Usage = Usage()
    cut: bool = False
    """Whether the token limit ended it, so that it is not whole."""


class FaultKind(StrEnum):
    """What kind of reply was no answer, by what the caller does next."""

    RATE_LIMIT = "rate limit"
    """Wait, as long as it says, and ask again; costs no attempt."""
    OVERLOAD = "overload"
    """The provider's own trouble: wait and ask again."""
    CONNECTION = "connection"
    """No reply came: ask again."""
    GARBLED = "garbled"
    """A reply that is none: ask again."""
    REFUSED = "refused"
    """The model will not read this document."""
    TOO_LONG = "too long"
    """The document does not fit into the model."""
    UNUSABLE = "unusable"
    """The request is not taken as it is; another model may take it."""
    CREDENTIALS = "credentials"
    """The key is wrong or may not use this model: nothing will be answered."""
    UNKNOWN_MODEL = "unknown model"
    """No such model or endpoint: nothing will be answered."""
    QUOTA = "quota"
    """The account is empty: nothing will be answered until somebody fills it."""
    UNTRUSTED = "untrusted"
    """Whoever answers there cannot prove who it is: nothing is sent."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A reply that was no answer."""

    kind: FaultKind
    codes: tuple[str, ...] = ()
    """What the provider calls it, in plain codes, which cannot hold a key."""
    usage: Usage = Usage()
    """What it took nevertheless."""


SHORT = 0.05
"""A limit of which this part is left at most is all but used up: the reply may be a little old."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a provider says of one of its limits; what it does not say is None."""

    limit: float | None = None
    """How much a minute."""
    remaining: float | None = None
    reset_s: float | None = None
    """Seconds until all of it is there again."""

    def is_short_of(self, amount: float) -> bool:
        """Whether it is said that hardly more than *amount* is left."""
        if self.limit is None or self.limit <= 0 or self.remaining is None:
            return False
        return self.remaining < amount + SHORT * self.limit


@dataclass(frozen=True, slots=True)
class Limits:
    """What the headers of a reply say of the quota."""

    requests: Limit = Limit()
    tokens: Limit = Limit()
    wait_s: float | None = None
    """How long everybody is asked to wait, in seconds (``Retry-After``)."""


class Dialect(Protocol):
    """How one provider is spoken to. Every one passes ``tests/contracts/test_dialect.py``."""

    @property
    def name(self) -> str:
        """Provider and model, ``openai:gpt-5-mini``: what results call it."""
        ...

    @property
    def quota(self) -> str:
        """Provider, endpoint, account, region and model: who says the same shares a quota."""
        ...

    @property
    def sees(self) -> bool:
        """Whether it takes pictures of pages."""
        ...

    async def call(self, question: Question, *, most_tokens: int) -> Call:
        """The request that asks *question*, its answer bounded by *most_tokens*.

        Raises:
            ConfigError: There are no usable credentials.
        """
        ...

    def read(self, reply: Reply) -> Said | Fault:
        """What *reply* says; it may be anything at all."""
        ...

    def limits(self, reply: Reply, clock: Clock) -> Limits:
        """What the headers of *reply* say of the quota."""
        ...
