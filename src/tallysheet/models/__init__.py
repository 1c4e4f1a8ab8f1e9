"""LLMs, each behind one name: ``openai:gpt-5-mini``.

Nothing of a provider is imported before a model of it is opened.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from difflib import get_close_matches

from tallysheet.errors import ConfigError, MissingExtra
from tallysheet.models._board import Board, Due
from tallysheet.models._budget import Budget
from tallysheet.models._dialect import Call, Dialect, Reply, Wire
from tallysheet.models._handles import Handle, Handles
from tallysheet.models._jobs import Courier, least_in_a_job
from tallysheet.models._key import key_of
from tallysheet.models._purse import Account, SharedBudget
from tallysheet.models._quota import Quota
from tallysheet.models._quote import Quote
from tallysheet.models._refusals import Refusals
from tallysheet.ports import Clock, Model, Store
from tallysheet.settings import Settings

__all__ = [
    "PROVIDERS",
    "Account",
    "Board",
    "Budget",
    "Call",
    "Due",
    "Handle",
    "Handles",
    "Quota",
    "Quote",
    "Refusals",
    "Reply",
    "SharedBudget",
    "Wire",
    "key_of",
    "least_in_a_job",
    "names_in",
    "open_model",
]

PROVIDERS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "bedrock": "AWS_BEARER_TOKEN_BEDROCK, or AWS credentials,",
    "openai": "OPENAI_API_KEY",
}
"""What a model's name may begin with, and where its key is looked for."""


@asynccontextmanager
async def open_model(
    settings: Settings,
    *,
    clock: Clock,
    budget: Budget | None = None,
    quota: Quota | None = None,
    refusals: Refusals | None = None,
    api_key: str | None = None,
    wire: Wire | None = None,
    store: Store | None = None,
    board: Board | None = None,
    courier: Courier | None = None,
    exchange: Store | None = None,
    patient: bool = True,
) -> AsyncIterator[Model]:
    """Open the models that *settings* name, and close their connections at the end of the block.

    Args:
        settings: Who is asked, where, and within which limits. ``base_url`` and *api_key*
            are those of the first model's provider.
        clock: Waits between attempts.
        budget: What may be spent; without one, money is only counted.
        quota: Will be told how many workers share the limits, and asked before each request.
        refusals: Is told what the models refuse, and of the first answer.
        api_key: The key; else what the provider's own variable holds.
        wire: What sends requests, in place of the network, for rehearsals.
        store: Where the handles of jobs are kept: those that earlier runs left are seen to, and
            with ``settings.batch`` new ones are made. Without it there are no jobs.
        board: Is told of the jobs.
        courier: What carries the requests of jobs, in place of the network.
        exchange: ``settings.bedrock_batch_s3``, opened.
        patient: Whether to wait while the last model is down; else that is told at once.

    Raises:
        ConfigError: There is no such provider, no key for it, or no price where a budget is kept.
        MissingExtra: The part that talks to providers is not installed.
        ModelOutage: Whoever gives credentials cannot be reached.
    """
    names = names_in(settings.model)
    if settings.batch and settings.tier:
        raise ConfigError(
            f"The tier {settings.tier!r} and batch mode exclude each other.",
            "Leave out one of them.",
        )
    try:
        from tallysheet.models._caller import Caller
        from tallysheet.models._chain import Chain
        from tallysheet.models._governor import Governor
        from tallysheet.models._hedge import Hedge
        from tallysheet.models._price import given_prices, price_for
        from tallysheet.models._session import Session
        from tallysheet.models._tokens import Tokens
    except ModuleNotFoundError as error:
        if error.name != "aiohttp":
            raise
        raise MissingExtra("LLM providers", "llm") from None
    budget, quota, refusals = budget or Budget(), quota or Quota(), refusals or Refusals()
    given = given_prices(settings.prices)
    async with AsyncExitStack() as stack:
        connections = settings.concurrency * len(names)
        if wire is None:
            wire = await stack.enter_async_context(
                Session(connections=connections, timeout_s=settings.model_limit_s)
            )
        callers: list[Caller] = []
        endpoints: list[str] = []
        for at, name in enumerate(names, start=1):
            is_first = _provider_of(name) == _provider_of(names[0])
            dialect, endpoint = await _open_dialect(
                name,
                clock=clock,
                base_url=settings.base_url if is_first else None,
                api_key=api_key if is_first else None,
                tier=settings.tier,
            )
            endpoints.append(endpoint)
            price = await asyncio.to_thread(
                price_for,
                name,
                endpoint=endpoint,
                given=given,
                budget=budget,
                now=clock.now(),
                tier=settings.tier,
            )
            governor = await stack.enter_async_context(
                Governor(
                    name,
                    clock=clock,
                    concurrency=settings.concurrency,
                    requests_per_minute=settings.requests_per_minute,
                    tokens_per_minute=settings.tokens_per_minute,
                    patient=patient and at == len(names),
                )
            )
            quota.governs(governor)
            callers.append(
                Caller(
                    dialect,
                    wire,
                    governor,
                    budget,
                    price,
                    Tokens(name),
                    clock,
                    patience_s=settings.model_patience_s,
                    key_from=PROVIDERS[_provider_of(name)],
                    hedge=Hedge(clock) if settings.hedge else None,
                    refusals=refusals,
                    quota=quota,
                )
            )
        model: Model = Chain(callers, refusals)
        if store is not None:
            from tallysheet.models._open_batch import open_batched

            price = await asyncio.to_thread(
                price_for,
                names[0],
                endpoint=endpoints[0],
                given=given,
                budget=budget,
                now=clock.now(),
                batch=True,
            )
            batched = open_batched(
                model,
                callers,
                settings,
                clock=clock,
                price=price,
                store=store,
                board=board or Board(),
                courier=courier,
                exchange=exchange,
            )
            model = await stack.enter_async_context(batched)
        yield model


async def _open_dialect(
    name: str, *, clock: Clock, base_url: str | None, api_key: str | None, tier: str | None
) -> tuple[Dialect, str]:
    """How *name* is spoken to, and where."""
    provider, _, model = name.partition(":")
    dialect: Dialect
    if provider == "anthropic":
        from tallysheet.models import anthropic

        where = base_url or os.environ.get("ANTHROPIC_BASE_URL") or anthropic.BASE_URL
        key = api_key or os.environ.get(anthropic.KEY_VARIABLE, "")
        dialect = anthropic.Anthropic(model, api_key=key, base_url=where)
    elif provider == "bedrock":
        from tallysheet.models import bedrock

        where = base_url or os.environ.get(bedrock.ENDPOINT_VARIABLE, "")
        key = api_key or os.environ.get(bedrock.KEY_VARIABLE, "")
        dialect = await bedrock.open_bedrock(
            model, clock=clock, api_key=key, base_url=where, tier=tier
        )
    else:
        from tallysheet.models import openai

        where = base_url or os.environ.get("OPENAI_BASE_URL") or openai.BASE_URL
        key = api_key or os.environ.get(openai.KEY_VARIABLE, "")
        dialect = openai.OpenAI(model, api_key=key, base_url=where, tier=tier)
    return dialect, where


def _provider_of(name: str) -> str:
    return name.partition(":")[0]


def names_in(models: str) -> list[str]:
    """The models that a setting names, in order: ``openai:gpt-5-mini,anthropic:claude-haiku-4-5``.

    Raises:
        ConfigError: One of them is of no provider we know.
    """
    return [_known(name.strip()) for name in models.split(",")]


def _known(name: str) -> str:
    """*name*, if it means a model."""
    provider, _, model = name.partition(":")
    if provider in PROVIDERS and model:
        return name
    known = ", ".join(f"{provider}:MODEL" for provider in PROVIDERS)
    close = get_close_matches(provider, PROVIDERS, n=1)
    hint = f"Did you mean {close[0]}:{model or 'MODEL'}? " if close else ""
    raise ConfigError(
        f"{name!r} names no model we know.", f"{hint}A model is written as rules, {known}."
    )
