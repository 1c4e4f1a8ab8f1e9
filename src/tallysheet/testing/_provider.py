"""How a provider treats whoever asks it: its quota, its pace, and what goes wrong there.

Pure and without a clock: every call says what time it is, so that the same rules
govern a server that is really listening and a rehearsal in virtual time. Chance is
drawn from the seed, the question, and how often that was asked: a second run sees the
same mishaps, in whatever order the questions come.
"""

import math
import random  # noqa: TID251  seeded, so that a run can be replayed
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MINUTE_S = 60.0
REFUSAL_S = 0.02
"""How soon a provider refuses, in seconds."""
DUST = 1e-6


class Mishap(StrEnum):
    """What can go wrong with a request, or with its answer."""

    RATE_LIMIT = "429"
    """Refused as too many, whatever the quota."""
    ERROR = "500"
    BUSY = "503"
    OVERLOADED = "529"
    HANG = "hang"
    """No reply at all, and the connection stays open."""
    HANG_UP = "hang-up"
    """The connection is closed without a reply."""
    CUT = "cut"
    """The connection is closed in the middle of the reply."""
    GARBLED = "garbled"
    """A reply whose body is no JSON."""
    TORN = "torn"
    """A proper reply, in which the model's own JSON ends too early."""
    LENGTH = "length"
    """The answer is cut by the token limit, and says so."""
    REFUSAL = "refusal"
    """The model will not read this document."""
    WRONG = "wrong"
    """A plausible answer with a wrong total."""


REFUSED_WITH = {m: int(m) for m in Mishap if m.isdigit()}
"""The statuses of those that are told at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a provider is like."""

    latency_s: float = 0.0
    """How long an answer takes: all of them, or the median of a lognormal."""
    spread: float = 0.0
    """The sigma of that lognormal; 0 for the same latency every time, 0.5 for a usual one."""
    slow: float = 0.0
    """The share of answers that are slow."""
    slow_s: float = 20.0
    """How long those take at least, in seconds."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    """Counted as providers do: what is read and the most that may be said, when a request
    comes; what was not said is given back when it ends."""
    burst_s: float = MINUTE_S
    """How much of a minute's quota may be used at once, in seconds of it."""
    most_in_flight: int | None = None
    """More at a time are refused, without a word on how long to wait."""
    says_limits: bool = True
    """Whether replies carry the quota's levels, and refusals how long to wait."""
    mishaps: Mapping[Mishap, float] = field(default_factory=dict)
    """How often each happens, as a share of the requests that the quota lets in."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """How full one limit is."""

    limit: float
    """How much a minute."""
    remaining: float
    reset_s: float
    """Seconds until it is full again."""


@dataclass(frozen=True, slots=True)
class Levels:
    """How full the quota is; None for what has no limit."""

    requests: Level | None = None
    tokens: Level | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one request."""

    latency_s: float
    """When the reply begins, in seconds from now."""
    status: int = 200
    mishap: Mishap | None = None
    why: str = ""
    """What refused it: ``requests``, ``tokens``, ``in flight``, or a mishap."""
    retry_after_s: float | None = None
    reserved: float = 0.0
    """Tokens taken from the quota until it ends."""

    @property
    def admitted(self) -> bool:
        """Whether an answer is being made."""
        return self.status == 200


class Provider:
    """One account at a provider that behaves as told.

    Args:
        behaviour: What it is like.

    Raises:
        ValueError: The behaviour cannot be one.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._is = behaviour
        if sum(behaviour.mishaps.values()) > 1 or any(s < 0 for s in behaviour.mishaps.values()):
            raise ValueError("The shares of mishaps are between 0 and 1, and so is their sum.")
        self._requests = _bucket(behaviour.requests_per_minute, behaviour.burst_s)
        self._tokens = _bucket(behaviour.tokens_per_minute, behaviour.burst_s)
        self._asked: Counter[str] = Counter()
        self.in_flight = 0
        """How many answers are being made."""

    def arrive(self, at_s: float, what: str, *, tokens_in: int, most_tokens: int) -> Verdict:
        """Decide about a request; one that is admitted is in flight until `leave`.

        Args:
            at_s: Now, in seconds that never go backwards.
            what: Names the question; the same one may come again.
            tokens_in: What it takes to read, in tokens.
            most_tokens: The longest answer it asks for, in tokens.
        """
        self._asked[what] += 1
        need = float(tokens_in + most_tokens)
        quota = ((self._requests, 1.0, "requests"), (self._tokens, need, "tokens"))
        for bucket, amount, why in quota:
            wait_s = bucket.wait_s(at_s, amount) if bucket else 0.0
            if wait_s:
                asked_s = wait_s if self._is.says_limits and wait_s < math.inf else None
                return Verdict(REFUSAL_S, 429, why=why, retry_after_s=asked_s)
        if self._is.most_in_flight is not None and self.in_flight >= self._is.most_in_flight:
            return Verdict(REFUSAL_S, 429, why="in flight")
        chance = random.Random(f"{self._is.seed} {self._asked[what]} {what}")  # noqa: S311  seeded
        mishap = self._mishap(chance.random())
        if mishap in REFUSED_WITH:
            return Verdict(REFUSAL_S, REFUSED_WITH[mishap], mishap, why=mishap)
        for bucket, amount, _ in quota:
            if bucket:
                bucket.take(amount)
        self.in_flight += 1
        return Verdict(self._latency_s(chance), mishap=mishap, reserved=need)

    def leave(self, at_s: float, verdict: Verdict, *, tokens: int) -> None:
        """An admitted request is over, having taken so many *tokens*, read and said."""
        self.in_flight -= 1
        if self._tokens:
            self._tokens.give_back(at_s, max(verdict.reserved - tokens, 0.0))

    def levels(self, at_s: float) -> Levels:
        """How full the quota is; nothing where the provider does not say."""
        if not self._is.says_limits:
            return Levels()
        return Levels(*(b.level(at_s) if b else None for b in (self._requests, self._tokens)))

    def _mishap(self, drawn: float) -> Mishap | None:
        for mishap, share in self._is.mishaps.items():
            if drawn < share:
                return mishap
            drawn -= share
        return None

    def _latency_s(self, chance: random.Random) -> float:
        latency_s = self._is.latency_s * math.exp(self._is.spread * chance.gauss(0.0, 1.0))
        return max(latency_s, self._is.slow_s) if chance.random() < self._is.slow else latency_s


class _Bucket:
    """So much a minute, filling evenly, and never fuller than *most*."""

    def __init__(self, per_minute: float, most: float) -> None:
        self._per_minute = per_minute
        self._most = most
        self._level = most
        self._at_s = 0.0

    def wait_s(self, at_s: float, amount: float) -> float:
        """Seconds until *amount* is there; infinite if it never is."""
        self._fill(at_s)
        if amount > self._most:
            return math.inf
        short = amount - self._level
        # Whoever waited exactly as long as told must not be refused for a rounding error.
        return short / self._per_minute * MINUTE_S if short > DUST else 0.0

    def take(self, amount: float) -> None:
        self._level -= amount

    def give_back(self, at_s: float, amount: float) -> None:
        self._fill(at_s)
        self._level = min(self._most, self._level + amount)

    def level(self, at_s: float) -> Level:
        self._fill(at_s)
        reset_s = (self._most - self._level) / self._per_minute * MINUTE_S
        return Level(self._per_minute, max(self._level, 0.0), reset_s)

    def _fill(self, at_s: float) -> None:
        if at_s > self._at_s:
            grown = (at_s - self._at_s) / MINUTE_S * self._per_minute
            self._level, self._at_s = min(self._most, self._level + grown), at_s


def _bucket(per_minute: float | None, burst_s: float) -> _Bucket | None:
    if per_minute is None:
        return None
    if not 0 < per_minute < math.inf or not 0 < burst_s < math.inf:
        raise ValueError("A limit is a positive number a minute, and so is the burst, in seconds.")
    return _Bucket(per_minute, max(1.0, per_minute * burst_s / MINUTE_S))
