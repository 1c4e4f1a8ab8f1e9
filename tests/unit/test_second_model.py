"""Who the second model is: where it is asked, with whose key, and within which limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tallysheet.errors import ConfigError
from tallysheet.models import Budget
from tallysheet.pipeline._meter import Meter
from tallysheet.pipeline._second import open_second, second_settings
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock
from tallysheet.testing._scripted_model import ScriptedModel

URL, KEY = "https://gateway.example/v1", "sk-canary-77"


def settings(first: str, second: str | None, **more: Any) -> Settings:
    """Both models, and an address that somebody set."""
    return Settings(model=first, second_model=second, base_url=URL, **more)


def test_unless_one_is_named_there_is_none() -> None:
    """And nothing to be opened."""
    assert second_settings(settings("openai:a", None)) is None


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("openai:a", "openai:b", True),
        ("openai:a", "openai:a", True),
        ("openai:a,anthropic:c", "openai:b,anthropic:c", True),
        ("rules", "anthropic:b", True),  # there is no other whose they could be
        ("openai:a", "anthropic:b", False),
        ("anthropic:c,openai:a", "openai:b", False),
    ],
)
async def test_address_and_key_are_those_of_the_first_ones_provider_and_of_no_other(
    monkeypatch: pytest.MonkeyPatch, first: str, second: str, is_same: bool
) -> None:
    """A key must never be sent to somebody else."""
    given: dict[str, Any] = {}

    @asynccontextmanager
    async def open_model(opened: Settings, **how: Any) -> AsyncIterator[ScriptedModel]:
        given.update(how, settings=opened)
        yield ScriptedModel(["{}"])

    monkeypatch.setattr("tallysheet.pipeline._second.open_model", open_model)
    both = settings(first, second, batch=True)
    meter, clock = Meter(1, Budget(1.0)), FakeClock()

    theirs = second_settings(both)
    assert theirs is not None
    async with open_second(theirs, both, clock=clock, meter=meter, api_key=KEY):
        pass

    asked = given["settings"]
    assert (asked.model, asked.base_url) == (second, URL if is_same else None)
    assert given["api_key"] == (KEY if is_same else None)
    assert (given["budget"], given["quota"]) == (meter.budget, meter.quota)
    assert given["patient"] is False
    # No job is made of its questions, whatever is made of the others.
    assert asked.batch is None
    assert "store" not in given


@pytest.mark.parametrize(
    ("name", "says"),
    [("rules", "have read every page"), ("openai", "no model we know"), ("", "least 1 character")],
)
def test_who_cannot_be_asked_is_refused(name: str, says: str) -> None:
    """With the way to write one."""
    with pytest.raises((ConfigError, ValueError), match=says):
        second_settings(settings("openai:a", name))
