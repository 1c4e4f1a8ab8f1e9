"""The OpenAI dialect: what is sent, and what comes of each reply."""

import json
from typing import Any

import pytest

from tallysheet.errors import ConfigError
from tallysheet.model import Parsed
from tallysheet.models._dialect import Fault, FaultKind, Limit, Reply, Said, Usage
from tallysheet.models.openai import OpenAI
from tallysheet.ports import Picture, Question
from tallysheet.testing import FakeClock

CANARY = "sk-canary-4f9d1c"
SCHEMA = '{"type":"object"}'
QUESTION = Question(Parsed("application/pdf"), "Read it.", "Invoice 1", SCHEMA)


def gpt(**how: Any) -> OpenAI:
    """A dialect with a key that must not show."""
    return OpenAI("small-1", **{"api_key": CANARY, **how})


async def asked(dialect: OpenAI, question: Question = QUESTION) -> dict[str, Any]:
    """The body that *dialect* sends."""
    return json.loads((await dialect.call(question, most_tokens=20_000)).body)


def refusal(status: int = 400, message: str = "", **codes: Any) -> Reply:
    """An error as the API words it."""
    return Reply(status, {}, {"error": {"message": message, **codes}})


def said(content: Any = "{}", ending: str = "stop", **usage: Any) -> Reply:
    """A good reply."""
    choice = {"message": {"content": content}, "finish_reason": ending}
    return Reply(200, {}, {"choices": [choice], "usage": usage})


async def test_a_request_holds_the_question_the_schema_and_a_bound() -> None:
    """Instructions first, the document last, so that a provider can cache the beginning."""
    call = await gpt().call(QUESTION, most_tokens=2000)

    sent = json.loads(call.body)
    assert call.url == "https://api.openai.com/v1/chat/completions"
    assert call.headers["Authorization"] == f"Bearer {CANARY}"
    assert [m["role"] for m in sent["messages"]] == ["system", "user"]
    assert [m["content"] for m in sent["messages"]] == ["Read it.", "Invoice 1"]
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert sent["max_completion_tokens"] == 2000
    assert "service_tier" not in sent


async def test_without_a_schema_none_is_sent() -> None:
    """A question in plain words is answered so."""
    sent = await asked(gpt(), Question(QUESTION.parsed, "Read it.", "Invoice 1"))

    assert "response_format" not in sent


async def test_a_tier_is_asked_for_by_name() -> None:
    """Half the price where the provider has it."""
    assert (await asked(gpt(tier="flex")))["service_tier"] == "flex"


async def test_mistakes_are_shown_as_a_conversation() -> None:
    """Each earlier answer is the assistant's, and what was wrong with it the user's."""
    question = Question(QUESTION.parsed, "Read it.", "Invoice 1", mistakes=(("{", "Not JSON."),))

    talk = (await asked(gpt(), question))["messages"][2:]

    assert [(m["role"], m["content"]) for m in talk] == [("assistant", "{"), ("user", "Not JSON.")]


async def test_pictures_come_in_page_order_before_the_text() -> None:
    """Each follows its page number, and no empty text follows them."""
    pictures = (Picture(1, "image/png", b"one"), Picture(2, "image/jpeg", b"two"))

    sent = await asked(gpt(), Question(Parsed("image/png"), "Read it.", "", pictures=pictures))

    content = sent["messages"][1]["content"]
    assert [block["type"] for block in content] == ["text", "image_url", "text", "image_url"]
    assert content[1]["image_url"]["url"] == "data:image/png;base64,b25l"
    assert content[3]["image_url"]["url"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://mine.openai.azure.com/openai/v1", "max_completion_tokens"),
        ("http://localhost:11434/v1", "max_tokens"),
    ],
)
async def test_the_bound_has_the_name_that_the_host_understands(url: str, name: str) -> None:
    """OpenAI's newer models refuse the old name, many others know no other."""
    sent = await asked(gpt(base_url=url))

    assert sent[name] == 20_000
    assert len({"max_tokens", "max_completion_tokens"} & set(sent)) == 1


async def test_an_endpoint_may_stand_anywhere() -> None:
    """A trailing slash and a query, such as Azure's version, are kept apart from the path."""
    call = await gpt(base_url="https://h/a/?api-version=1").call(QUESTION, most_tokens=9)

    assert call.url == "https://h/a/chat/completions?api-version=1"


@pytest.mark.parametrize(
    ("url", "key", "headers"),
    [
        ("http://h/v1", "", {}),
        ("http://h/v1", CANARY, {"Authorization": f"Bearer {CANARY}"}),
        ("https://x.openai.azure.com/openai/v1", CANARY, {"api-key": CANARY}),
        ("https://x.openai.azure.com/openai/v1", "eyJ0", {"Authorization": "Bearer eyJ0"}),
    ],
)
async def test_a_key_stands_where_the_host_looks_for_it(
    url: str, key: str, headers: dict[str, str]
) -> None:
    """Azure has a header of its own for keys, and takes tokens of Entra where others do."""
    call = await gpt(base_url=url, api_key=key).call(QUESTION, most_tokens=9)

    assert {k: v for k, v in call.headers.items() if k != "Content-Type"} == headers


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://host/v1",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
        "http://host:99999/v1",
        "http://host:http/v1",
        "http://host:0/v1",
        f"https://me:{CANARY}@host/v1",
    ],
)
def test_a_base_url_that_cannot_be_one_is_refused(url: str) -> None:
    """Only http and https, with a host and without a password."""
    with pytest.raises(ConfigError) as caught:
        gpt(base_url=url)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("key", [f"{CANARY}\nX-Evil: 1", f"{CANARY} {CANARY}", f"{CANARY}é"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    """A line break in a key would end the header it stands in."""
    with pytest.raises(ConfigError) as caught:
        gpt(api_key=key)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (said("{}", prompt_tokens=9, completion_tokens=2), Said("{}", Usage(9, 2))),
        (
            said("{}", prompt_tokens=9, prompt_tokens_details={"cached_tokens": 5}),
            Said("{}", Usage(9, 0, 5)),
        ),
        (said("{}", prompt_tokens=9, prompt_cache_hit_tokens=5), Said("{}", Usage(9, 0, 5))),
        (said('{"a', "length"), Said('{"a', cut=True)),
        (said(None), Said("")),
        (Reply(200, {}, {"choices": ["no"], "usage": 3}), Said("")),
        (said("", "content_filter"), Fault(FaultKind.REFUSED, ("content_filter",))),
    ],
)
def test_what_was_said_is_told_with_what_it_took(reply: Reply, told: Said | Fault) -> None:
    """Another shape says nothing, which can be repaired; a cut answer is never taken as whole."""
    assert gpt().read(reply) == told


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(0, {}, {}, "TimeoutError"), FaultKind.CONNECTION),
        (Reply(0, {}, {}, "ClientConnectorCertificateError", untrusted=True), FaultKind.UNTRUSTED),
        (Reply(200, {}, {}), FaultKind.GARBLED),
        (Reply(302, {}, {}), FaultKind.UNKNOWN_MODEL),
        (refusal(429), FaultKind.RATE_LIMIT),
        (refusal(429, code="insufficient_quota"), FaultKind.QUOTA),
        (refusal(429, "Request too large for gpt-5 on tokens per min"), FaultKind.TOO_LONG),
        (refusal(500), FaultKind.OVERLOAD),
        (refusal(500, type="exceed_context_size_error"), FaultKind.TOO_LONG),
        (refusal(401), FaultKind.CREDENTIALS),
        (refusal(400, "API key not valid. Please pass a valid API key."), FaultKind.CREDENTIALS),
        (refusal(404, code="model_not_found"), FaultKind.UNKNOWN_MODEL),
        (refusal(400, code="context_length_exceeded"), FaultKind.TOO_LONG),
        (refusal(400, "This model's maximum context length is 8192 tokens"), FaultKind.TOO_LONG),
        (refusal(413), FaultKind.TOO_LONG),
        (refusal(400, code="content_filter"), FaultKind.REFUSED),
        (refusal(400, "Invalid image."), FaultKind.UNUSABLE),
    ],
)
def test_each_refusal_is_of_the_kind_that_tells_what_to_do(reply: Reply, kind: FaultKind) -> None:
    """As OpenAI, Azure, Gemini, vLLM and llama.cpp word it."""
    told = gpt().read(reply)

    assert isinstance(told, Fault)
    assert told.kind is kind


@pytest.mark.parametrize(
    ("message", "way"),
    [
        ("Invalid parameter: 'response_format' of type 'json_schema' is not supported", "json"),
        ("This response_format type is unavailable now", "json"),
        ("Unrecognized request argument supplied: response_format", "none"),
    ],
)
async def test_a_way_of_answering_that_is_refused_is_left_out_from_then_on(
    message: str, way: str
) -> None:
    """The schema then stands in the instructions."""
    dialect = gpt(base_url="http://h/v1")

    told = dialect.read(refusal(400, message))
    sent = await asked(dialect)

    assert told == Fault(FaultKind.GARBLED)
    assert sent.get("response_format") == ({"type": "json_object"} if way == "json" else None)
    assert SCHEMA in sent["messages"][0]["content"]


async def test_a_refused_name_of_the_bound_is_changed_for_the_other() -> None:
    """Once, and for good."""
    dialect = gpt(base_url="http://h/v1")
    message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."

    told = dialect.read(refusal(400, message, param="max_tokens", code="unsupported_parameter"))
    dialect.read(refusal(400, message, param="max_tokens", code="unsupported_parameter"))
    sent = await asked(dialect)

    assert isinstance(told, Fault)
    assert told.kind is FaultKind.GARBLED
    assert "max_tokens" not in sent
    assert sent["max_completion_tokens"] == 20_000


async def test_an_answer_longer_than_the_model_can_give_is_not_asked_for_again() -> None:
    """The refusal says how long it may be."""
    dialect = gpt()
    message = "max_tokens is too large: 20000. This model supports at most 16384 completion tokens."

    told = dialect.read(refusal(400, message, code="invalid_value"))
    sent = await asked(dialect)

    assert isinstance(told, Fault)
    assert told.kind is FaultKind.GARBLED
    assert sent["max_completion_tokens"] == 16_384


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("6m0s", 360.0),
        ("12ms", 0.012),
        ("1.5s", 1.5),
        ("1h2m", 3720.0),
        ("7", 7.0),
        ("", None),
        ("soon", None),
        ("6m 0s", None),
    ],
)
def test_the_limits_stand_in_the_headers(reset: str, seconds: float | None) -> None:
    """Durations in OpenAI's notation, or in seconds; nonsense says nothing."""
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": reset,
        "retry-after": "3",
    }

    limits = gpt().limits(Reply(429, headers, {}), FakeClock())

    assert limits.requests == Limit(500.0, 499.0, seconds)
    assert limits.tokens == Limit()
    assert limits.wait_s == 3.0
