"""What a model costs: from a table that ships with a package, or from the user.

The table is genai-prices: offline, kept by others, imported only when a price
is looked up (0.15 to 0.6 CPU-s). One look-up there takes half a millisecond, so
it happens once a model; what a call cost is then a sum of three products.
"""

import ipaddress
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tallysheet.errors import ConfigError, MissingExtra
from tallysheet.models._budget import Budget
from tallysheet.models._dialect import Usage

HALF_PRICE = {("aws", "batch"), ("azure", "batch"), ("aws", "flex")}
"""Providers and ways of asking at half price that the table does not know: Amazon Bedrock
(batch inference and the flex tier) and Azure OpenAI (global batch), by their price lists."""

OWN_PROVIDERS = {"anthropic": "anthropic", "bedrock": "aws"}
"""What the table calls those whose dialect only they speak."""

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """Prices in US dollars a million tokens, for requests above a length."""

    above: int
    """They hold for a request that reads more tokens than this."""
    tokens_in: float
    tokens_out: float
    tokens_cached: float
    """For those read from the provider's prompt cache."""
    tokens_written: float
    """For those read and written to that cache."""


@dataclass(frozen=True, slots=True)
class Price:
    """What the tokens of one model cost, dearer steps last."""

    steps: tuple[Step, ...]

    def usd(self, usage: Usage) -> float:
        """What a request cost, in US dollars."""
        step = self._step(usage.tokens_in)
        plain = max(usage.tokens_in - usage.tokens_cached - usage.tokens_written, 0)
        return (
            plain * step.tokens_in
            + usage.tokens_cached * step.tokens_cached
            + usage.tokens_written * step.tokens_written
            + usage.tokens_out * step.tokens_out
        ) / MILLION

    def a_million(self, usage: Usage) -> tuple[float, float] | None:
        """What a million tokens in and out cost in such a request; none where nobody knows."""
        step = self._step(usage.tokens_in)
        return None if self is FREE else (step.tokens_in, step.tokens_out)

    def most_usd(self, tokens_in: int, tokens_out: int) -> float:
        """What a request costs at most that reads and says no more tokens than these."""
        step = self._step(tokens_in)
        dearest = max(step.tokens_in, step.tokens_cached, step.tokens_written)
        return (tokens_in * dearest + tokens_out * step.tokens_out) / MILLION

    def _step(self, tokens_in: int) -> Step:
        return next((s for s in reversed(self.steps) if tokens_in > s.above), self.steps[0])


FREE = Price((Step(0, 0.0, 0.0, 0.0, 0.0),))
"""What is counted for a model of ours, and for one whose price nobody knows."""


def given_prices(texts: Iterable[str]) -> dict[str, Price]:
    """Prices as a user writes them, ``openai:my-model=0.25/2.0``, by model.

    The figures are US dollars for a million tokens in and out; a third one is
    for tokens out of the prompt cache, which else cost what the others do.

    Raises:
        ConfigError: One of them is none.
    """
    return dict(_given(text) for text in texts)


def _given(text: str) -> tuple[str, Price]:
    # The last "=", since an address within a model's name may hold one.
    name, _, figures = text.rpartition("=")
    try:
        usd = [float(figure) for figure in figures.split("/")]
    except ValueError:
        usd = []
    if ":" not in name or len(usd) not in (2, 3) or not all(0 <= u < math.inf for u in usd):
        raise ConfigError(
            f"{text!r} is no price.",
            "Write it as 'openai:gpt-5-mini=0.25/2.0': the model, then US dollars a million tokens"
            " in and out, and perhaps a third figure for tokens out of the prompt cache.",
        )
    tokens_in, tokens_out = usd[:2]
    cached = usd[2] if len(usd) == 3 else tokens_in
    return name, Price((Step(0, tokens_in, tokens_out, cached, tokens_in),))


def price_for(
    name: str,
    *,
    endpoint: str,
    given: Mapping[str, Price],
    budget: Budget,
    now: datetime,
    tier: str | None = None,
    batch: bool = False,
) -> Price:
    """The price to count calls of a model with; *budget* is told where nobody knows it.

    A model in our own network is taken to be free, unless a budget is to be kept: what
    answers there may be a gateway to one that is not.

    Args:
        name: Provider and model, ``openai:gpt-5-mini``.
        endpoint: Where it is asked.
        given: What the user says; see `given_prices`.
        budget: What may be spent.
        now: As for `price_of`.
        tier: As for `price_of`.
        batch: As for `price_of`.

    Raises:
        ConfigError: The price is not known, and *budget* has a limit.
        MissingExtra: The table is not installed.
    """
    if name in given:
        return given[name]
    ours = is_local(endpoint)
    price = None if ours else price_of(name, endpoint=endpoint, now=now, tier=tier, batch=batch)
    if price is None and not (ours and budget.limit_usd is None):
        budget.without_price(name)
    return price or FREE


def price_of(
    name: str,
    *,
    endpoint: str,
    now: datetime,
    tier: str | None = None,
    batch: bool = False,
) -> Price | None:
    """Look up what a model costs; None where nobody knows.

    Args:
        name: Provider and model, ``openai:gpt-5-mini``.
        endpoint: Where it is asked; whoever speaks the OpenAI dialect is told by it.
        now: Prices change; those of this moment count.
        tier: The service tier that is asked for, such as ``flex``.
        batch: Whether it is asked through the provider's batch mode.

    Raises:
        MissingExtra: The table is not installed.
    """
    try:
        from genai_prices import Usage as Counted
        from genai_prices import calc_price
    except ModuleNotFoundError as error:
        if error.name != "genai_prices":
            raise
        raise MissingExtra("LLM providers", "llm") from None
    dialect, _, model = name.partition(":")
    context = {"service_tier": tier} if tier else {}
    if batch:
        context["processing"] = "batch"
    try:
        known = OWN_PROVIDERS.get(dialect)
        if known is not None:
            found = calc_price(
                Counted(),
                model,
                provider_id=known,
                genai_request_timestamp=now,
                price_context=context,
            )
        else:
            found = calc_price(
                Counted(),
                model,
                provider_api_url=endpoint,
                genai_request_timestamp=now,
                price_context=context,
            )
    except LookupError:
        return None
    provider = found.provider.id
    halved = (provider, "batch" if batch else tier) in HALF_PRICE
    return _price(found.model_price, 0.5 if halved else 1.0)


def _price(table: object, factor: float) -> Price | None:
    """The table's prices as ours: each is a number, or one with dearer steps."""
    tokens_in, tokens_out = (getattr(table, f"{which}_mtok", None) for which in ("input", "output"))
    if tokens_in is None or tokens_out is None:
        return None
    cached = getattr(table, "cache_read_mtok", None)
    written = getattr(table, "cache_write_mtok", None)
    columns = (
        tokens_in,
        tokens_out,
        tokens_in if cached is None else cached,
        tokens_in if written is None else written,
    )
    starts = {tier.start for column in columns for tier in getattr(column, "tiers", ())}
    return Price(
        tuple(
            Step(start, *(factor * _at(column, start) for column in columns))
            for start in sorted({0, *starts})
        )
    )


def _at(column: object, start: int) -> float:
    """What a million tokens cost in a request of more tokens than *start*."""
    usd = getattr(column, "base", column)
    for tier in getattr(column, "tiers", ()):
        if start >= tier.start:
            usd = tier.price
    return float(str(usd))


def is_local(endpoint: str) -> bool:
    """Whether *endpoint* is on this machine or in a private network, where models are free."""
    host = urlsplit(endpoint).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # A name without a point is one of a container network or of the machine itself.
        return bool(host) and ("." not in host or host.endswith((".localhost", ".local")))
    return address.is_loopback or address.is_private
