"""From one string to an open model."""

import subprocess
import sys

import pytest

from tallysheet.errors import ConfigError
from tallysheet.model import Parsed
from tallysheet.models import open_model
from tallysheet.ports import Question
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import llm_server

CANARY = "sk-canary-77ab"


@pytest.fixture(autouse=True)
def _no_key_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tester's own shell holds must not matter."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("opnai:gpt-5-mini", "openai:gpt-5-mini"),
        ("OpenAI", "openai:MODEL"),
        ("openai", "openai:MODEL"),
        ("openai:", "openai:MODEL"),
        ("gpt-5-mini", "openai:MODEL"),
        ("", "openai:MODEL"),
        ("watson:1", "openai:MODEL"),
        ("anthropic", "anthropic:MODEL"),
        ("openai:a,", "openai:MODEL"),
        ("openai:a,opnai:b", "openai:b"),
    ],
)
async def test_a_name_that_means_no_model_is_met_with_those_that_do(name: str, hint: str) -> None:
    """The error says what would be right, the likeliest first."""
    with pytest.raises(ConfigError) as caught:
        async with open_model(Settings(model=name), clock=FakeClock(), api_key="k"):
            pass

    assert hint in str(caught.value)


async def test_a_missing_key_is_named() -> None:
    """The reader learns which variable was looked for."""
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        async with open_model(Settings(model="openai:gpt-5-mini"), clock=FakeClock()):
            pass


async def test_key_and_address_come_from_the_variables_people_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What works with the provider's own tools works here."""
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)

    async with llm_server(["{}"]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        async with open_model(Settings(model="openai:org/small:8b"), clock=FakeClock()) as model:
            await model.answer(Question(Parsed("application/pdf")))
            shown = repr(model)

    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    assert server.requests[0]["model"] == "org/small:8b"
    assert model.name == "openai:org/small:8b"
    assert CANARY not in shown


async def test_what_is_handed_in_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key file or command of the settings is stronger than the shell."""
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-shell")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")

    async with llm_server(["{}"]) as server:
        settings = Settings(model="openai:m", base_url=server.url)
        async with open_model(settings, clock=FakeClock(), api_key=CANARY) as model:
            await model.answer(Question(Parsed("application/pdf")))

    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"


def test_without_the_extra_the_error_says_how_to_get_it() -> None:
    """A missing client is an installation to make, not a crash."""
    script = (
        "import asyncio, sys; sys.modules['aiohttp'] = None\n"
        "from tallysheet.models import open_model\n"
        "from tallysheet.settings import Settings\n"
        "from tallysheet.testing import FakeClock\n"
        "async def main():\n"
        "    async with open_model(Settings(model='openai:m'), clock=FakeClock()): pass\n"
        "asyncio.run(main())"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert "MissingExtra" in done.stderr.splitlines()[-1]
    assert "tallysheet[llm]" in done.stderr


def test_no_client_is_loaded_before_a_model_is_opened() -> None:
    """Whoever reads e-invoices only pays nothing for what they do not use."""
    script = "import sys, tallysheet.models; sys.exit('aiohttp' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], check=False)

    assert done.returncode == 0
