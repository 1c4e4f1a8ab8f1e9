"""Anthropic's dialect: what is sent, and what comes of each reply."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tallysheet.errors import ConfigError
from tallysheet.model import Parsed, Picture
from tallysheet.models._dialect import Fault, FaultKind, Limit, Reply, Said, Usage
from tallysheet.models.anthropic import Anthropic
from tallysheet.ports import Question
from tallysheet.testing import FakeClock

CANARY = "sk-ant-canary-91c2"
SCHEMA = '{"type":"object","properties":{"a":{"type":"string"}}}'
QUESTION = Question(Parsed("application/pdf"), "Read it.", "Invoice 1", SCHEMA)


def claude(**how: Any) -> Anthropic:
    """A dialect with a key that must not show."""
    return Anthropic("claude-haiku-4-5", **{"api_key": CANARY, **how})


async def asked(dialect: Anthropic, question: Question = QUESTION) -> dict[str, Any]:
    """The body that *dialect* sends."""
    return json.loads((await dialect.call(question, most_tokens=2000)).body)


def refusal(status: int, kind: str, message: str = "", **more: Any) -> Reply:
    """An error as the API words it."""
    error = {"type": kind, "message": message, **more}
    return Reply(status, {}, {"type": "error", "error": error, "request_id": "req_1"})


def said(*content: Any, ending: str = "tool_use", **usage: int) -> Reply:
    """A good reply."""
    data = {"type": "message", "content": [*content], "stop_reason": ending, "usage": usage}
    return Reply(200, {}, data)


async def test_a_request_forces_the_tool_and_caches_what_is_always_the_same() -> None:
    """The schema is the tool's input, the mark for the cache ends the fixed part."""
    call = await claude().call(QUESTION, most_tokens=2000)

    sent = json.loads(call.body)
    assert call.url == "https://api.anthropic.com/v1/messages"
    assert call.headers["x-api-key"] == CANARY
    assert call.headers["anthropic-version"] == "2023-06-01"
    assert sent["max_tokens"] == 2000
    assert sent["tools"][0]["input_schema"] == json.loads(SCHEMA)
    assert sent["tool_choice"]["name"] == sent["tools"][0]["name"]
    assert sent["thinking"] == {"type": "disabled"}
    assert sent["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert sent["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Invoice 1"}]}
    ]


async def test_the_fixed_part_of_two_questions_is_the_same_to_the_byte() -> None:
    """Otherwise nothing would ever be found in the cache."""
    dialect = claude()
    one, two = [
        await asked(dialect, Question(Parsed("application/pdf"), "Read it.", text, SCHEMA))
        for text in ("Invoice 1", "Invoice 2")
    ]

    assert [one[key] for key in ("tools", "system")] == [two[key] for key in ("tools", "system")]


async def test_pictures_come_in_page_order_before_the_text() -> None:
    """Each follows its page number."""
    pictures = (Picture(1, "image/png", b"one"), Picture(2, "image/jpeg", b"two"))

    sent = await asked(claude(), Question(Parsed("image/png"), "Read it.", "", pictures=pictures))

    content = sent["messages"][0]["content"]
    assert [block["type"] for block in content] == ["text", "image", "text", "image"]
    assert [content[0]["text"], content[2]["text"]] == ["Page 1:", "Page 2:"]
    assert content[1]["source"] == {
        "type": "base64", "media_type": "image/png", "data": "b25l",
    }  # fmt: skip
    assert content[3]["source"]["media_type"] == "image/jpeg"


async def test_mistakes_are_shown_as_a_conversation_without_empty_turns() -> None:
    """An answer that was empty is named, since the API takes no empty message."""
    question = Question(QUESTION.parsed, "Read it.", "Invoice 1", SCHEMA, (("", "Not JSON."),))

    talk = (await asked(claude(), question))["messages"][1:]

    assert [turn["role"] for turn in talk] == ["assistant", "user"]
    assert talk[0]["content"].strip()
    assert talk[1]["content"] == "Not JSON."


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:9", "http://127.0.0.1:9/", "http://127.0.0.1:9/v1/"]
)
async def test_the_base_url_may_end_as_people_write_it(base_url: str) -> None:
    """With or without a slash, with or without the version."""
    call = await claude(base_url=base_url, api_key="").call(QUESTION, most_tokens=9)

    assert call.url == "http://127.0.0.1:9/v1/messages"
    assert "x-api-key" not in call.headers


def test_a_missing_key_is_named() -> None:
    """The reader learns which variable was looked for."""
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY"):
        claude(api_key="")


def test_the_answer_is_what_the_tool_was_called_with() -> None:
    """Thinking and small talk around it are passed over."""
    reply = said(
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "Here:"},
        {"type": "tool_use", "id": "t", "name": "invoice", "input": {"a": "ü"}},
    )

    assert json.loads(claude().read(reply).text) == {"a": "ü"}  # type: ignore[union-attr]


def test_an_answer_in_words_is_taken_as_it_stands() -> None:
    """A model that was only offered the tool may do without."""
    reply = said({"type": "text", "text": '{"a":'}, {"type": "text", "text": "1}"})

    assert claude().read(reply) == Said('{"a":1}')


def test_what_was_read_counts_the_cached_and_the_newly_cached() -> None:
    """Anthropic counts the three apart; a price needs them together."""
    reply = said(
        input_tokens=10,
        cache_read_input_tokens=300,
        cache_creation_input_tokens=5,
        output_tokens=7,
    )

    assert claude().read(reply) == Said("", Usage(315, 7, 300, 5))


def test_an_answer_that_ran_out_of_room_is_cut() -> None:
    """It is never taken as whole."""
    assert claude().read(said(ending="max_tokens")) == Said("", cut=True)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401, "authentication_error"), FaultKind.CREDENTIALS),
        (refusal(403, "permission_error"), FaultKind.CREDENTIALS),
        (refusal(402, "billing_error"), FaultKind.QUOTA),
        (
            refusal(400, "invalid_request_error", "Your credit balance is too low to"),
            FaultKind.QUOTA,
        ),
        (
            refusal(
                429, "rate_limit_error", details={"error_code": "enforced_spend_limit_reached"}
            ),
            FaultKind.QUOTA,
        ),
        (
            refusal(
                400,
                "invalid_request_error",
                "You have reached your specified API usage limits. You will regain access on",
            ),
            FaultKind.QUOTA,
        ),
        (refusal(404, "not_found_error", "model: claude-9"), FaultKind.UNKNOWN_MODEL),
        (refusal(413, "request_too_large"), FaultKind.TOO_LONG),
        (
            refusal(400, "invalid_request_error", "prompt is too long: 2 tokens > 1 maximum"),
            FaultKind.TOO_LONG,
        ),
        (
            refusal(
                400,
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 190000 + 16384 > 200000",
            ),
            FaultKind.TOO_LONG,
        ),
        (refusal(429, "rate_limit_error"), FaultKind.RATE_LIMIT),
        (refusal(529, "overloaded_error"), FaultKind.OVERLOAD),
        (refusal(500, "api_error"), FaultKind.OVERLOAD),
        (refusal(504, "timeout_error"), FaultKind.OVERLOAD),
        (refusal(400, "invalid_request_error", "Could not process image"), FaultKind.UNUSABLE),
        (said(ending="refusal"), FaultKind.REFUSED),
        (said(ending="model_context_window_exceeded"), FaultKind.TOO_LONG),
        (Reply(529, {}, {}), FaultKind.OVERLOAD),
        (Reply(200, {}, {}), FaultKind.GARBLED),
        (Reply(302, {}, {}), FaultKind.UNKNOWN_MODEL),
        (Reply(0, {}, {}, "ServerDisconnectedError"), FaultKind.CONNECTION),
    ],
)
def test_each_refusal_is_of_the_kind_whose_reaction_fits(reply: Reply, kind: FaultKind) -> None:
    """Told by the codes of the API, and by the status where there are none."""
    fault = claude().read(reply)

    assert isinstance(fault, Fault)
    assert fault.kind is kind


async def test_a_model_that_always_thinks_is_offered_the_tool_and_told_to_think_little() -> None:
    """What it refused once is asked of it never again, by any question."""
    dialect = claude()
    message = '"thinking.type.disabled" is not supported for this model.'

    fault = dialect.read(refusal(400, "invalid_request_error", message))

    sent = await asked(dialect)
    assert fault == Fault(FaultKind.GARBLED, ("invalid_request_error",))
    assert "thinking" not in sent
    assert sent["tool_choice"]["type"] == "auto"
    assert sent["output_config"] == {"effort": "low"}


@pytest.mark.parametrize(
    ("message", "absent"),
    [
        ("tool_choice: forcing a tool is not supported for this model.", "name"),
        ("system.0.cache_control: Extra inputs are not permitted", "cache_control"),
    ],
)
async def test_what_a_model_refuses_by_name_is_left_out(message: str, absent: str) -> None:
    """The rest of the request stays as it was."""
    dialect = claude()

    dialect.read(refusal(400, "invalid_request_error", message))

    sent = await asked(dialect)
    assert absent not in {**sent["system"][0], **sent["tool_choice"]}
    assert sent["thinking"] == {"type": "disabled"}


async def test_no_more_is_asked_of_a_model_than_it_can_say() -> None:
    """The limit is read out of the refusal."""
    dialect = claude()
    message = "max_tokens: 2000 > 1024, which is the maximum for claude-3-haiku-20240307"

    dialect.read(refusal(400, "invalid_request_error", message))

    assert (await asked(dialect))["max_tokens"] == 1024


def test_the_quota_is_read_against_the_providers_own_clock() -> None:
    """A machine whose clock is an hour off waits no hour."""
    clock = FakeClock()
    theirs = clock.now() + timedelta(hours=1)
    headers = {
        "date": theirs.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": (theirs + timedelta(seconds=3)).isoformat(),
        "anthropic-ratelimit-input-tokens-limit": "40000",
        "anthropic-ratelimit-input-tokens-reset": "soon",
        "retry-after": "7",
    }

    limits = claude().limits(Reply(429, headers, {}), clock)

    assert limits.requests == Limit(50, 49, 3)
    assert limits.tokens == Limit(40000)
    assert limits.wait_s == 7


def test_a_quota_that_nobody_tells_is_unknown() -> None:
    """Proxies send none of these headers."""
    limits = claude().limits(Reply(200, {}, {}), FakeClock())

    assert (limits.requests, limits.tokens, limits.wait_s) == (Limit(), Limit(), None)


async def test_the_key_is_shown_nowhere() -> None:
    """Not even where the provider repeats it."""
    dialect = claude()
    faults = [
        dialect.read(refusal(status, CANARY, f"bad {CANARY}", details={"error_code": CANARY}))
        for status in (400, 401, 429, 500)
    ]
    call = await dialect.call(QUESTION, most_tokens=9)

    assert CANARY not in f"{faults} {dialect!r} {dialect.name} {dialect.quota} {call!r}"


@pytest.mark.parametrize("key", [f"{CANARY}\nX-Evil: 1", f"{CANARY} {CANARY}", f"{CANARY}é"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    """It must not become part of a header, nor of a message."""
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY") as caught:
        claude(api_key=key)

    assert CANARY not in str(caught.value)
