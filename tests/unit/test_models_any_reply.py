"""A reply may be anything at all: no dialect stumbles over it, and none repeats what it holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.models._dialect import Dialect, Fault, Limits, Reply, Said
from tallysheet.models.anthropic import Anthropic
from tallysheet.models.bedrock import Bedrock
from tallysheet.models.bedrock._signature import Bearer
from tallysheet.testing import FakeClock

CANARY = "sk-canary-0b7e"
DIALECTS: tuple[Dialect, ...] = (
    Anthropic("m", api_key=CANARY),
    Bedrock("anthropic.m", signature=Bearer(CANARY), base_url="http://127.0.0.1:9"),
)

KEYS = st.sampled_from(
    [
        *("content", "stop_reason", "stop_details", "usage", "error", "type", "message", "details"),
        *("error_code", "text", "input", "input_tokens", "output_tokens", "category", "code"),
        *("cache_read_input_tokens", "output", "stopReason", "toolUse", "inputTokens", "__type"),
        *("choices", "finish_reason", "refusal", "prompt_tokens", "completion_tokens", "param"),
    ]
)
WORDS = st.sampled_from(
    [
        *("tool_use", "text", "max_tokens", "end_turn", "refusal", "guardrail_intervened"),
        *("rate_limit_error", "ThrottlingException", "ExpiredTokenException", "length", "stop"),
        *("max_tokens: 9000 > 8000", "thinking", "per day", CANARY, "", "٣", "\ud800"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("retry-after", "retry-after-ms", "date", "x-amzn-errortype"),
            *("anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-reset"),
            *("anthropic-ratelimit-tokens-remaining", "x-ratelimit-limit-requests"),
            *("x-ratelimit-reset-requests", "x-ratelimit-remaining-tokens"),
        ]
    ),
    st.sampled_from(
        [
            *("-1", "0", "7", "1e400", "nan", "6m0s", "12ms", "٣", "", "2026-01-01T00:00:09Z"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01"),
            *("Wed, 21 Oct 2026 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 +1400", CANARY),
        ]
    )
    | st.text(max_size=20),
)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@given(
    status=st.sampled_from([0, 200, 201, 204, 302, 400, 401, 403, 404, 408, 413, 429, 500, 529]),
    headers=HEADERS,
    data=st.dictionaries(KEYS, JSON, max_size=6),
)
def test_any_reply_is_an_answer_or_a_fault(
    dialect: Dialect, status: int, headers: dict[str, str], data: dict[str, Any]
) -> None:
    """Its counts are counts, its limits are numbers, and a fault tells no text of it."""
    reply = Reply(status, headers, data)

    told = dialect.read(reply)
    limits = dialect.limits(reply, FakeClock())

    assert isinstance(told, Said | Fault)
    assert isinstance(limits, Limits)
    assert min(told.usage.tokens_in, told.usage.tokens_out, told.usage.tokens_cached) >= 0
    assert told.usage.tokens_cached <= told.usage.tokens_in
    for limit in (limits.requests, limits.tokens):
        given_numbers = [n for n in (limit.limit, limit.remaining, limit.reset_s) if n is not None]
        assert all(0 <= number < float("inf") for number in given_numbers)
    if isinstance(told, Fault):
        assert CANARY not in repr(told)
