"""The second model: who it is, and what is made of a document about which it is asked."""

from contextlib import AbstractAsyncContextManager

from tallysheet.errors import ConfigError, DocumentError, ModelOutage
from tallysheet.extract import Cache, ask_again, unasked
from tallysheet.model import Parsed, Result
from tallysheet.models import names_in, open_model
from tallysheet.pipeline._meter import Meter
from tallysheet.ports import Clock, Model
from tallysheet.results import Written
from tallysheet.settings import RULES, Settings

NOBODY = "nobody"
"""Stands for the second model where it could not be asked, or gave no answer."""


def second_settings(settings: Settings) -> Settings | None:
    """*settings* as the second model is opened with; none where there is to be none.

    It is always asked at once: who waits for a job has waited for the first answer already.
    An address is that of the first model's provider, or of its own where the rules read.

    Raises:
        ConfigError: It names no model that could be asked.
    """
    if settings.second_model is None:
        return None
    if settings.second_model == RULES:
        raise ConfigError(
            "The rules cannot be the second model: they have read every page already.",
            "Name one that is asked, such as --second-model openai:gpt-5-nano.",
        )
    names_in(settings.second_model)
    return settings.model_copy(
        update={
            "model": settings.second_model,
            "batch": None,
            "base_url": settings.base_url if _shares_provider(settings) else None,
        }
    )


def open_second(
    second: Settings, settings: Settings, *, clock: Clock, meter: Meter, api_key: str | None
) -> AbstractAsyncContextManager[Model]:
    """Open the second model; the key of the first one's provider is its own where it is the same.

    The budget is that of the run. What it refuses is weighed by itself: that the first model
    has answered proves nothing of this one. And while it is down, nobody waits for it.
    """
    return open_model(
        second,
        clock=clock,
        budget=meter.budget,
        quota=meter.quota,
        api_key=api_key if _shares_provider(settings) else None,
        patient=False,
    )


def _shares_provider(settings: Settings) -> bool:
    first, second = settings.model, settings.second_model or ""
    return first == RULES or first.partition(":")[0] == second.partition(":")[0]


async def asked_again(
    result: Result, written: Written, parsed: Parsed, model: Model, cache: Cache | None
) -> Result:
    """*result* with what *model* reads of the fields that failed checks.

    That it cannot be reached, or cannot take this, is a finding: the first reading is as good
    as it was without it.

    Args:
        result: The first reading.
        written: What came of its checks.
        parsed: The document.
        model: The second one.
        cache: Where its answers are kept.

    Raises:
        BudgetReached: Asking could cost more than may be spent.
        ConfigError: The credentials or the model's name are wrong.
    """
    try:
        second = await ask_again(
            model,
            parsed,
            fields=written.failed,
            pages=written.pages,
            sha256=result.sha256,
            cache=cache,
        )
    except (DocumentError, ModelOutage) as error:
        finding = unasked(model.name, error.message, tuple(written.failed))
        return result.model_copy(update={"findings": (*result.findings, finding)})
    return result.model_copy(update={"second": second})
