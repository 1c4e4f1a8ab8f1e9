"""A batch rehearsed without a provider: how long, how much, which limit binds.

The real client asks a provider that is played on this machine, in virtual time: the
same governor, the same retries, the same purse as in a run, so an hour passes in
seconds and a second rehearsal ends as the first. What is not rehearsed is parsing,
the store, and how well a model reads: every answer is taken to be a good one.

Needs the extra ``llm``.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tallysheet.errors import BudgetReached, ConfigError, DocumentError, ModelOutage, one_error
from tallysheet.models import Budget, Quote, open_model
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._loads import Load, looked_into, made_up
from tallysheet.pipeline._played import PlayedWire, Speaker, Tally
from tallysheet.ports import Model
from tallysheet.settings import RULES, Settings
from tallysheet.testing import Behaviour, FakeClock, Provider
from tallysheet.testing.llm_server import Desk, LLMServer

DOCUMENTS = 1000
"""How many are made up where there is no source."""
BINDS = 0.5
"""How far a limit is used up, at least, where a batch waits for it rather than for mishaps."""
AT_A_TIME = "asked at a time"
BUDGET, MISHAPS, NOTHING = "budget", "mishaps", "nothing"
"""What a batch may wait for, or end by, that is no limit of that kind."""
BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com"
"""Stands for a region's endpoint: a rehearsal needs no region."""
WITHOUT_END = 10**12
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Used:
    """One limit, and how far it was used up."""

    name: str
    """`requests a minute`, `tokens a minute`, `answered at a time` or `asked at a time`."""
    limit: float
    share: float
    """From 0 to 1, on average over the whole run."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a run would go."""

    model: str
    documents: int
    """How many the model is to read."""
    others: int
    """Documents of the source about which no model is asked."""
    answered: int
    failed: int
    """Documents that the model would refuse or fail at."""
    left: int
    """Documents that the run would not come to."""
    ended: str
    """What ends the run: `done`, `budget` or `outage`."""
    time_s: float
    """In seconds."""
    unlimited_s: float
    """The same, were there no limit but how many are asked at a time."""
    requests: int
    refused: int
    """Requests that the provider would send away as too many."""
    faulty: int
    """Requests that something else would go wrong with, or that would take too long."""
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """In US dollars, failed requests included; none where nobody knows the price."""
    most_in_flight: int
    """The most requests at a time."""
    limits: tuple[Used, ...]
    binds: str
    """What the batch would wait for: one of the limits, `budget`, `mishaps`, or `nothing`."""


async def rehearse(
    source: str | None,
    *,
    settings: Settings,
    behaviour: Behaviour,
    documents: int | None = None,
) -> Rehearsal:
    """Rehearse a run. Asks nobody, writes nothing, needs no key.

    Args:
        source: The documents, some of which are looked into; without it, they are made up.
        settings: Those of the run; its first model is rehearsed.
        behaviour: What the provider is like. A latency of 0 stands for an estimate.
        documents: How many; else as many as the model would read of the source, or `DOCUMENTS`.

    Raises:
        ConfigError: No model is named, or a setting, a limit or an address is wrong.
        Outage: The store of the source cannot be reached.
    """
    settings = _settings(settings)
    quote = await asyncio.to_thread(
        Quote,
        settings.model,
        base_url=settings.base_url,
        prices=settings.prices,
        now=SystemClock().now(),
    )
    loads = (
        made_up(DOCUMENTS if documents is None else documents, quote, seed=behaviour.seed)
        if source is None
        else await looked_into(source, settings, quote, count=documents)
    )
    if loads.each and not behaviour.latency_s:
        usual_s = sum(load.wait_s for load in loads.each) / len(loads.each)
        behaviour = replace(behaviour, latency_s=usual_s)
    stage = _Stage(settings, behaviour, loads.each)
    await stage.play()
    return stage.told(loads.others)


def _settings(settings: Settings) -> Settings:
    """*settings* for the first model alone."""
    model = settings.model.split(",")[0].strip()
    if model == RULES:
        raise ConfigError(
            "There is no model to rehearse: the rules ask nobody.",
            "Name one, such as --model openai:gpt-5-mini.",
        )
    base_url = settings.base_url
    if model.startswith("bedrock:"):
        base_url = base_url or BEDROCK
    return settings.model_copy(update={"model": model, "base_url": base_url})


class _Stage:
    """One rehearsal."""

    def __init__(self, settings: Settings, behaviour: Behaviour, loads: Sequence[Load]) -> None:
        try:
            provider = Provider(behaviour)
        except ValueError as error:
            raise ConfigError(
                f"No provider is like that: {error}", "See --rpm, --tpm and --mishap."
            ) from None
        self._settings = settings
        self._behaviour = behaviour
        self._loads = loads
        self._clock = FakeClock(behaviour.seed, most_wakes=WITHOUT_END, start=SystemClock().now())
        self._server = LLMServer()
        self._server.release()
        self._tally = Tally()
        self._budget = Budget(settings.max_cost_usd)
        desk = Desk(
            self._server,
            Speaker(loads),
            provider,
            watch=self._clock,
            keep=False,
            seen=self._tally.see,
        )
        self._wire = PlayedWire(desk, settings.model_limit_s)
        self._ended = "done"
        self._answered = self._failed = 0

    async def play(self) -> None:
        """Ask about all documents."""
        opened = open_model(
            self._settings,
            clock=self._clock,
            budget=self._budget,
            api_key="none",
            wire=self._wire,
        )
        waiting = iter(self._loads)
        with one_error():
            async with opened as model, asyncio.TaskGroup() as tasks:
                for _ in range(min(self._settings.concurrency, len(self._loads))):
                    tasks.create_task(self._ask(model, waiting))

    async def _ask(self, model: Model, waiting: Iterator[Load]) -> None:
        """Ask about one document after the other, as one of many."""
        for load in waiting:
            if self._ended != "done":
                return
            try:
                await model.answer(load.question)
                self._answered += 1
            except DocumentError:
                self._failed += 1
            except BudgetReached:
                self._ended = "budget"
            except ModelOutage:
                self._ended = "outage"

    def told(self, others: int) -> Rehearsal:
        """How it went."""
        tally, settings = self._tally, self._settings
        time_s = self._clock.monotonic()
        limits = self._limits(time_s)
        at_once = min(settings.concurrency, len(self._loads)) or 1
        return Rehearsal(
            model=settings.model,
            documents=len(self._loads),
            others=others,
            answered=self._answered,
            failed=self._failed,
            left=len(self._loads) - self._answered - self._failed,
            ended=self._ended,
            time_s=time_s,
            unlimited_s=max(tally.longest_s, tally.answering_s / at_once),
            requests=tally.requests,
            refused=tally.refused,
            faulty=tally.faulty,
            tokens_in=tally.tokens_in,
            tokens_out=tally.tokens_out,
            cost_usd=None if self._budget.unpriced else self._budget.spent_usd,
            most_in_flight=self._server.most_in_flight,
            limits=limits,
            binds=self._binding(limits),
        )

    def _limits(self, time_s: float) -> tuple[Used, ...]:
        is_, tally = self._behaviour, self._tally
        minutes = (is_.burst_s + time_s) / MINUTE_S
        at_a_time = tally.answering_s / time_s if time_s else 0.0
        tokens = tally.tokens_in + tally.tokens_out
        known = (
            ("requests a minute", is_.requests_per_minute, tally.admitted / minutes),
            ("tokens a minute", is_.tokens_per_minute, tokens / minutes),
            ("answered at a time", is_.most_in_flight, at_a_time),
            (AT_A_TIME, self._settings.concurrency, at_a_time),
        )
        return tuple(
            Used(name, limit, min(1.0, used / limit)) for name, limit, used in known if limit
        )

    def _binding(self, limits: Sequence[Used]) -> str:
        if self._ended == "budget":
            return BUDGET
        most = max(limits, key=lambda used: used.share)
        if most.share < BINDS and self._tally.faulty:
            return MISHAPS
        if most.name == AT_A_TIME and len(self._loads) <= self._settings.concurrency:
            return NOTHING
        return most.name
