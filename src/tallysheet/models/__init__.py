"""LLMs, each behind one name: ``openai:gpt-5-mini``.

Nothing of a provider is imported before a model of it is opened.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import get_close_matches

from tallysheet.errors import ConfigError, MissingExtra
from tallysheet.models._budget import Budget
from tallysheet.models._quote import Quote
from tallysheet.ports import Clock, Model

__all__ = ["PROVIDERS", "Budget", "Quote", "open_model"]

PROVIDERS = ("openai",)
"""What a model's name may begin with."""


@asynccontextmanager
async def open_model(
    name: str,
    *,
    clock: Clock,
    base_url: str | None = None,
    api_key: str | None = None,
    concurrency: int = 50,
    timeout_s: float = 300.0,
) -> AsyncIterator[Model]:
    """Open the model called *name*, and close its connections at the end of the block.

    Args:
        name: Provider and model, such as ``openai:gpt-5-mini``.
        clock: Waits between attempts.
        base_url: An endpoint of the same dialect elsewhere; else ``OPENAI_BASE_URL``.
        api_key: The key; else ``OPENAI_API_KEY``.
        concurrency: The most requests on the wire at a time.
        timeout_s: How long one attempt may take in all, in seconds.

    Raises:
        ConfigError: There is no such provider, or no key for it.
        MissingExtra: The part that talks to providers is not installed.
    """
    model = _model_of(name)
    try:
        from tallysheet.models.openai import BASE_URL, OpenAI
    except ModuleNotFoundError as error:
        if error.name != "aiohttp":
            raise
        raise MissingExtra("LLM providers", "llm") from None
    where = base_url or os.environ.get("OPENAI_BASE_URL") or BASE_URL
    key = api_key or os.environ.get("OPENAI_API_KEY", "")
    if where == BASE_URL and not key:
        raise ConfigError(
            f"There is no key for {name}; OPENAI_API_KEY is not set.",
            "Set it, or name a base URL that needs none.",
        )
    async with OpenAI(
        model,
        api_key=key,
        clock=clock,
        base_url=where,
        concurrency=concurrency,
        timeout_s=timeout_s,
    ) as opened:
        yield opened


def _model_of(name: str) -> str:
    """What follows the provider in *name*."""
    provider, _, model = name.partition(":")
    if provider in PROVIDERS and model:
        return model
    known = ", ".join(f"{provider}:MODEL" for provider in PROVIDERS)
    close = get_close_matches(provider, PROVIDERS, n=1)
    hint = f"Did you mean {close[0]}:{model or 'MODEL'}? " if close else ""
    raise ConfigError(
        f"{name!r} names no model we know.", f"{hint}A model is written as rules, {known}."
    )
