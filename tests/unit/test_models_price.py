"""What models cost: from the table, from the user, at half price, or from nobody."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import ConfigError
from tallysheet.models._budget import Budget
from tallysheet.models._dialect import Usage
from tallysheet.models._price import FREE, Price, Step, given_prices, is_local, price_for, price_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)
OPENAI = "https://api.openai.com/v1"
AZURE = "https://ours.openai.azure.com/openai/v1"
HAIKU = "bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0"
TEN_THOUSAND = Usage(tokens_in=10_000, tokens_out=1_000)


def usd_of(name: str, endpoint: str = "", **more: object) -> float:
    """What the table says that ten thousand tokens in and one thousand out cost."""
    price = price_of(name, endpoint=endpoint, now=NOW, **more)  # type: ignore[arg-type]
    assert price is not None
    return price.usd(TEN_THOUSAND)


@pytest.mark.parametrize(
    ("name", "endpoint", "usd"),
    [
        ("openai:gpt-5-mini", OPENAI, 0.0045),
        ("openai:gpt-5-mini", AZURE, 0.0045),
        ("anthropic:claude-haiku-4-5", "https://api.anthropic.com", 0.015),
        (HAIKU, "https://bedrock-runtime.us-east-1.amazonaws.com", 0.0165),
    ],
)
def test_the_table_knows_the_usual_models(name: str, endpoint: str, usd: float) -> None:
    """By their own provider's prices, whoever's dialect they are asked in."""
    assert usd_of(name, endpoint) == pytest.approx(usd)


def test_who_speaks_the_dialect_of_openai_is_told_by_the_address() -> None:
    """The same model's name may be another's elsewhere, or nobody's."""
    gemini = "https://generativelanguage.googleapis.com/v1beta/openai"

    assert usd_of("openai:gemini-2.5-pro", gemini) == pytest.approx(0.0225)
    assert price_of("openai:gemini-2.5-pro", endpoint=OPENAI, now=NOW) is None
    assert price_of("openai:gpt-5-mini", endpoint="https://example.com/v1", now=NOW) is None


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("openai:gpt-5-mini", OPENAI),
        ("openai:gpt-5-mini", AZURE),
        ("anthropic:claude-haiku-4-5", ""),
        (HAIKU, ""),
    ],
)
def test_batch_mode_is_half_the_price_everywhere(name: str, endpoint: str) -> None:
    """The table halves it for some; Amazon's and Azure's discount is ours to know."""
    assert usd_of(name, endpoint, batch=True) == pytest.approx(usd_of(name, endpoint) / 2)


@pytest.mark.parametrize(("name", "endpoint"), [("openai:gpt-5-mini", OPENAI), (HAIKU, "")])
def test_the_flex_tier_is_half_the_price_where_there_is_one(name: str, endpoint: str) -> None:
    """Slower, without the files of batch mode."""
    assert usd_of(name, endpoint, tier="flex") == pytest.approx(usd_of(name, endpoint) / 2)


def test_long_requests_are_counted_at_the_price_of_long_requests() -> None:
    """Beyond a length some models cost more, for all tokens of the request."""
    gemini = "https://generativelanguage.googleapis.com/v1beta/openai"
    price = price_of("openai:gemini-2.5-pro", endpoint=gemini, now=NOW)
    assert price is not None

    assert price.usd(Usage(200_000, 1_000)) == pytest.approx(0.26)
    assert price.usd(Usage(200_001, 1_000)) == pytest.approx(0.515, rel=1e-4)


def test_cached_tokens_are_counted_at_their_own_price() -> None:
    """Those read from the cache cost less, those written to it more, the rest what they do."""
    price = Price((Step(0, 1.0, 10.0, 0.1, 1.25),))

    usage = Usage(tokens_in=1_000_000, tokens_out=0, tokens_cached=500_000, tokens_written=400_000)

    assert price.usd(usage) == pytest.approx(0.1 * 1.0 + 0.5 * 0.1 + 0.4 * 1.25)


@given(
    most_in=st.integers(0, 10**6),
    most_out=st.integers(0, 10**5),
    shares=st.tuples(*[st.floats(0, 1)] * 4),
    rates=st.lists(st.tuples(*[st.floats(0, 100)] * 4), min_size=1, max_size=3),
)
def test_no_request_costs_more_than_was_said_it_would_at_most(
    most_in: int,
    most_out: int,
    shares: tuple[float, float, float, float],
    rates: list[tuple[float, float, float, float]],
) -> None:
    """However much of it came from the cache or went into it; longer ones cost more a token."""
    dearer = [tuple(map(max, zip(*rates[: n + 1], strict=True))) for n in range(len(rates))]
    price = Price(tuple(Step(n * 200_000, *rate) for n, rate in enumerate(dearer)))
    tokens_in, tokens_out = int(most_in * shares[0]), int(most_out * shares[1])
    cached = int(tokens_in * shares[2])
    written = int((tokens_in - cached) * shares[3])

    usd = price.usd(Usage(tokens_in, tokens_out, cached, written))

    assert usd <= price.most_usd(most_in, most_out) * (1 + 1e-12)


def test_a_price_can_be_given() -> None:
    """For a model that no table knows, or a contract of one's own."""
    prices = given_prices(["openai:own=0.25/2.0", "bedrock:arn:aws:x/y=1/5/0.1"])

    assert prices["openai:own"].usd(TEN_THOUSAND) == pytest.approx(0.0045)
    assert prices["bedrock:arn:aws:x/y"].usd(Usage(10**6, 0, 10**6)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "text",
    ["", "openai:own", "own=1/2", "openai:own=1", "openai:own=1/2/3/4", "openai:own=a/b",
     "openai:own=-1/2", "openai:own=nan/2", "openai:own=inf/2", "openai:own="],
)  # fmt: skip
def test_a_price_that_is_none_is_refused(text: str) -> None:
    """With a whole example of one."""
    with pytest.raises(ConfigError, match="is no price") as caught:
        given_prices([text])

    assert "openai:gpt-5-mini=0.25/2.0" in caught.value.fix


def test_what_the_user_says_counts_more_than_the_table() -> None:
    """Whoever has a contract knows better."""
    own = given_prices(["openai:gpt-5-mini=1/1"])

    price = price_for("openai:gpt-5-mini", endpoint=OPENAI, given=own, budget=Budget(), now=NOW)

    assert price == own["openai:gpt-5-mini"]


def test_a_model_that_nobody_knows_is_counted_as_nothing_and_said_to_be() -> None:
    """The sum is then not all, and the run says so."""
    budget = Budget()

    price = price_for("openai:own", endpoint=OPENAI, given={}, budget=budget, now=NOW)

    assert price == FREE
    assert budget.unpriced == ["openai:own"]


def test_a_model_of_our_own_network_is_free() -> None:
    """Nothing has to be said about it."""
    budget = Budget()

    price = price_for(
        "openai:own", endpoint="http://127.0.0.1/v1", given={}, budget=budget, now=NOW
    )

    assert price == FREE
    assert budget.unpriced == []


@pytest.mark.parametrize("endpoint", [OPENAI, "http://127.0.0.1:4000/v1"])
def test_no_budget_is_kept_on_a_guess(endpoint: str) -> None:
    """What answers next door may be a gateway that costs."""
    with pytest.raises(ConfigError, match="no budget can be kept"):
        price_for("openai:own", endpoint=endpoint, given={}, budget=Budget(5.0), now=NOW)


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000/v1", True),
        ("http://vllm:8000/v1", True),
        ("http://gpu.local/v1", True),
        ("http://10.0.0.7/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://8.8.8.8/v1", False),
        ("https://10.0.0.7.example.com/v1", False),
        ("", False),
    ],
)
def test_our_own_network_is_told_by_the_address(endpoint: str, local: bool) -> None:
    """This machine, private addresses, and names that no public host has."""
    assert is_local(endpoint) is local
