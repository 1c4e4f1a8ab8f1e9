"""The four seams between the pipeline and the world, and the tools that carry them.

Each has at least two real implementations and a fake; there is no fifth, and
there are no plugins. What crosses a seam is frozen.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType, Protocol

from tallysheet.model import Known, Parsed, Picture

Version = NewType("Version", str)
"""What a store calls one content of a key. Opaque: only ever compared and handed back."""

ABSENT = Version("")
"""The version of a key under which nothing stands."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes read from a store, with the version they are."""

    data: bytes
    version: Version


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a listing."""

    key: str
    size: int
    """In bytes."""
    version: Version
    """Good only to tell that the content may have changed since an earlier listing: a folder
    does not read its files to list them, so `get` may call the same content otherwise."""


class Store(Protocol):
    """Bytes under keys, each with a version.

    There is no unconditional write, so a lost update cannot be spelled. A
    write that returns is durable. Keys are relative, with ``/`` between parts; what
    is no such key is a `ConfigError` in all verbs. Every implementation passes
    ``tests/contracts/test_store.py``.
    """

    @property
    def url(self) -> str:
        """Where this is, as the user would write it, without a trailing slash."""
        ...

    async def get(self, key: str) -> Blob:
        """Read what stands under *key*.

        Raises:
            NotFound: Nothing stands there.
            StoreError: This one object cannot be read, or is no regular file.
            Outage: The store cannot be reached for now.
            ConfigError: The store refuses our credentials.
        """
        ...

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* under *key* if the version there is still *expect*.

        Sent once: an implementation never retries by itself, because a retry
        after a lost reply meets its own success and reports a conflict.

        Raises:
            Conflict: The version is another one; nothing was stored.
            OutcomeUnknown: The reply was lost; it may be stored or not.
            Outage: The store cannot be reached for now; nothing was stored.
            ConfigError: The store refuses our credentials, or is full.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove *key*; nothing happens where nothing stands."""
        ...

    def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over all keys that begin with *prefix*, in no promised order."""
        ...


@dataclass(slots=True, eq=False)
class Bill:
    """What was paid for one document, whatever becomes of it. No two are the same."""

    usd: float = 0.0
    """In US dollars; requests that failed or were broken off are in it."""


class Place:
    """What answers to one question hold at a model until they are kept, or nobody wants them.

    An answer that is lost in a crash has to be asked for again. So its place is another's only
    when it cannot be lost any more: then no crash costs more than there are places.
    """

    def __init__(self) -> None:
        self._held: list[Callable[[], None]] = []

    def hold(self, give_back: Callable[[], None]) -> None:
        """An answer came; *give_back* is called when its place is free."""
        self._held.append(give_back)

    def free(self) -> None:
        """Give back all that is held, if anything is."""
        while self._held:
            self._held.pop()()


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked about one document."""

    parsed: Parsed
    """The document; all that a model without words, such as the rules, needs."""
    instructions: str = ""
    """What to do, for a model that understands words."""
    text: str = ""
    """The document as text, in reading order."""
    schema: str = ""
    """The JSON Schema that the answer must follow, as JSON."""
    mistakes: tuple[tuple[str, str], ...] = ()
    """Earlier answers to this question and what was wrong with each."""
    pictures: tuple[Picture, ...] = ()
    """The document as pictures, in page order, where its text is not enough."""
    bill: Bill = field(default_factory=Bill, compare=False, repr=False)
    """Where a model puts what asking costs, even if no answer comes of it."""
    place: Place | None = field(default=None, compare=False, repr=False)
    """Where answers hold their places, for whoever keeps them; else they hold none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said: a `Draft` as JSON if all went well, and what it took."""

    text: str
    tokens_in: int = 0
    """All that were read, the cached ones included."""
    tokens_out: int = 0
    cost_usd: float = 0.0
    """Of all attempts, the failed ones too."""
    tokens_cached: int = 0
    """Of those read, the ones out of the provider's prompt cache."""
    attempts: int = 1
    """How often a provider was asked for it."""
    model: str = ""
    """Who gave it, where that is another one than was asked."""
    price: tuple[float, float] | None = None
    """US dollars a million tokens in and out, as it was counted; none where free or unknown."""


class Model(Protocol):
    """Reads an invoice out of a parsed document: an LLM of some provider, or the rules.

    Every implementation passes ``tests/contracts/test_model.py``.
    """

    @property
    def name(self) -> str:
        """What results call it: ``rules``, or provider and model, ``openai:gpt-5-mini``."""
        ...

    @property
    def sees(self) -> bool:
        """Whether it takes pictures of pages."""
        ...

    @property
    def free(self) -> bool:
        """Whether asking costs nothing, so that an answer need not be cached."""
        ...

    async def answer(self, question: Question) -> Answer:
        """Answer *question*, waiting as long as the provider's limits ask for.

        What that costs is put on the question's bill, however it ends.

        Raises:
            DocumentError: The model refuses this document or cannot take it.
            ConfigError: The credentials or the model's name are wrong.
            ModelOutage: The provider cannot be reached or its quota is spent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Worked:
    """What came back from a child process."""

    data: bytes
    busy_s: float
    """How long the work itself took there, waiting for a free child not counted."""


class Offload(Protocol):
    """Runs CPU-heavy and dangerous work where it can neither stall nor hurt the event loop.

    Every implementation passes ``tests/contracts/test_offload.py``.
    """

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Return ``work(data)``, done elsewhere.

        *work* is a function at the top of a module of this package: its name
        is sent, never its code.

        Raises:
            DocumentError: *work* raised it, or it took too long or too much memory.
            WorkerLost: The child died twice under this task without a reason.
            ConfigError: No child can be started.
            ValueError: *work* is not a function that may be sent.
        """
        ...


class Clock(Protocol):
    """Time and chance: the only source of either, so that a test can own both."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes backwards."""
        ...

    def now(self) -> datetime:
        """The wall clock, in UTC: to show to people, never to decide by."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        ...

    def random(self) -> float:
        """A number in [0, 1)."""
        ...

    def token(self) -> str:
        """A name that nobody else will ever choose: 16 hexadecimal digits."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """The live things that a run works with. Made in ``pipeline/_assemble.py``."""

    source: Store
    """Where the documents are."""
    batch: Store
    """Where the manifest, the results and the cache are."""
    offload: Offload
    model: Model
    clock: Clock
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Those that may open encrypted PDFs."""
    known: Known = field(default_factory=Known)
    """What the user told about buyers and sellers."""
    second: Model | None = None
    """Who reads once more what failed a check, where somebody is to."""
