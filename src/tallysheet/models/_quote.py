"""What a model would take and cost, said without asking it: no key, no connection."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tallysheet.models._budget import Budget
from tallysheet.models._dialect import Usage
from tallysheet.models._handles import Handle
from tallysheet.models._price import given_prices, price_for
from tallysheet.models._tokens import Tokens
from tallysheet.ports import Question

ENDPOINTS = {
    "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}
"""Where a provider is asked: the variable that says so, and what counts without it."""

FIRST_TOKEN_S = 1.0
TOKENS_A_SECOND = 80
"""Rough figures of hosted models of the middle class. A run measures; this only guesses."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """An estimate for one question, answered at the first attempt."""

    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """In US dollars; None where nobody knows the price."""
    wait_s: float
    """Until the answer is there, in seconds."""


class Quote:
    """Estimates for the questions to one model.

    Looking its price up takes up to half a second of CPU.

    Args:
        name: Provider and model, ``openai:gpt-5-mini``.
        base_url: Where it is asked, if not where its provider's variable or the provider says.
        prices: What the user says that models cost; see `given_prices`.
        now: Prices of this moment count.
        tier: The service tier that is asked for.
        batch: Whether it is asked in the provider's batch mode.

    Raises:
        ConfigError: A price that was given is none.
        MissingExtra: The part that talks to providers is not installed.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None,
        prices: Sequence[str],
        now: datetime,
        tier: str | None = None,
        batch: bool = False,
    ) -> None:
        self.name = name
        budget = Budget()
        variable, usual = ENDPOINTS.get(name.partition(":")[0], ("", ""))
        endpoint = base_url or os.environ.get(variable) or usual
        self._host = urlsplit(endpoint).hostname or ""
        self._price = price_for(
            name,
            endpoint=endpoint,
            given=given_prices(prices),
            budget=budget,
            now=now,
            tier=tier,
            batch=batch,
        )
        self._is_priced = not budget.unpriced
        self._tokens = Tokens(name)

    def handed_in(self, handles: Iterable[Handle]) -> frozenset[str]:
        """The keys of the questions to this model that jobs hold, as far as can be told."""
        ours = (h for h in handles if h.model == self.name and self._host in ("", h.host))
        return frozenset(key for handle in ours for key in handle.questions)

    def of(self, question: Question) -> Quoted:
        """What asking *question* probably takes."""
        usage = Usage(self._tokens.tokens_in(question), self._tokens.tokens_out(question))
        return Quoted(
            usage.tokens_in,
            usage.tokens_out,
            self._price.usd(usage) if self._is_priced else None,
            FIRST_TOKEN_S + usage.tokens_out / TOKENS_A_SECOND,
        )
