"""Bedrock's dialect: what is sent, and what comes of each reply."""

import json
from typing import Any

import pytest

from tallysheet.errors import ConfigError
from tallysheet.extract._prompt import question_about
from tallysheet.model import Parsed, Picture
from tallysheet.models._dialect import Fault, FaultKind, Limits, Reply, Said, Usage
from tallysheet.models.bedrock import Bedrock, open_bedrock
from tallysheet.models.bedrock._signature import Bearer
from tallysheet.ports import Question
from tallysheet.testing import FakeClock

CANARY = "ABSKcanary5521"
HOST = "https://bedrock-runtime.eu-central-1.amazonaws.com"
CLAUDE = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "eu.amazon.nova-lite-v1:0"
LLAMA = "meta.llama3-1-70b-instruct-v1:0"
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"a": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}},
        "$defs": {"A": {"type": "string"}},
    }
)
QUESTION = Question(Parsed("application/pdf"), "Read it.", "Invoice 1", SCHEMA)


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What the tester's own shell and home hold must not matter."""
    for name in (
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def bedrock(model: str = CLAUDE, **how: Any) -> Bedrock:
    """A dialect with a key that must not show."""
    return Bedrock(model, **{"signature": Bearer(CANARY), "base_url": HOST, **how})


async def asked(dialect: Bedrock, question: Question = QUESTION) -> dict[str, Any]:
    """The body that *dialect* sends."""
    return json.loads((await dialect.call(question, most_tokens=2000)).body)


def refusal(status: int, name: str, message: str = "") -> Reply:
    """An error as Bedrock words it: the name in a header, with an address behind it."""
    address = "http://internal.amazon.com/coral/com.amazon.bedrock/"
    return Reply(status, {"x-amzn-errortype": f"{name}:{address}"}, {"message": message})


def said(*content: Any, ending: str = "tool_use", **usage: int) -> Reply:
    """A good reply."""
    message = {"role": "assistant", "content": [*content]}
    return Reply(200, {}, {"output": {"message": message}, "stopReason": ending, "usage": usage})


async def test_a_request_forces_the_tool_and_bounds_the_answer() -> None:
    """Without the bound, Bedrock would take the model's longest answer from the quota."""
    call = await bedrock().call(QUESTION, most_tokens=2000)

    sent = json.loads(call.body)
    spec = sent["toolConfig"]["tools"][0]["toolSpec"]
    assert call.url == f"{HOST}/model/eu.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse"
    assert call.headers["Authorization"] == f"Bearer {CANARY}"
    assert sent["inferenceConfig"] == {"maxTokens": 2000}
    assert spec["inputSchema"]["json"] == json.loads(SCHEMA)
    assert sent["toolConfig"]["toolChoice"] == {"tool": {"name": spec["name"]}}
    assert sent["additionalModelRequestFields"] == {"thinking": {"type": "disabled"}}
    assert sent["system"] == [{"text": "Read it."}, {"cachePoint": {"type": "default"}}]
    assert sent["messages"] == [{"role": "user", "content": [{"text": "Invoice 1"}]}]
    assert "serviceTier" not in sent


async def test_an_arn_is_one_part_of_the_path() -> None:
    """Its slashes and colons would otherwise name another resource."""
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc1"

    call = await bedrock(arn).call(QUESTION, most_tokens=9)

    assert call.url.endswith(
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A"
        "application-inference-profile%2Fabc1/converse"
    )


@pytest.mark.parametrize(("model", "caches"), [(NOVA, True), (LLAMA, False)])
async def test_models_but_claude_are_sent_what_they_know(model: str, caches: bool) -> None:
    """No definitions in the schema, nothing of Claude's own, a cache only where there is one."""
    sent = await asked(bedrock(model))

    schema = sent["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert schema["properties"] == {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
    assert "$defs" not in schema
    assert "additionalModelRequestFields" not in sent
    assert ({"cachePoint": {"type": "default"}} in sent["system"]) is caches


async def test_the_schema_of_an_invoice_has_no_reference_left() -> None:
    """The real one, which is deep."""
    sent = await asked(bedrock(NOVA), question_about(Parsed("application/pdf")))

    text = json.dumps(sent["toolConfig"])
    assert "$ref" not in text
    assert "$defs" not in text
    assert '"iban"' in text


async def test_a_tier_is_asked_for_by_name() -> None:
    """Flex costs half."""
    assert (await asked(bedrock(tier="flex")))["serviceTier"] == {"type": "flex"}


async def test_pictures_come_in_page_order_before_the_text() -> None:
    """Each follows its page number."""
    pictures = (Picture(1, "image/png", b"one"), Picture(2, "image/jpeg", b"two"))

    sent = await asked(bedrock(), Question(Parsed("image/png"), "", "As text", pictures=pictures))

    assert sent["messages"][0]["content"] == [
        {"text": "Page 1:"},
        {"image": {"format": "png", "source": {"bytes": "b25l"}}},
        {"text": "Page 2:"},
        {"image": {"format": "jpeg", "source": {"bytes": "dHdv"}}},
        {"text": "As text"},
    ]
    assert "system" not in sent


async def test_mistakes_are_shown_as_a_conversation_without_empty_turns() -> None:
    """Converse takes turns in strict order and no empty one."""
    question = Question(QUESTION.parsed, "Read it.", "Invoice 1", SCHEMA, ((" ", "Not JSON."),))

    talk = (await asked(bedrock(), question))["messages"][1:]

    assert [turn["role"] for turn in talk] == ["assistant", "user"]
    assert talk[0]["content"][0]["text"].strip()
    assert talk[1]["content"] == [{"text": "Not JSON."}]


def test_the_answer_is_what_the_tool_was_called_with() -> None:
    """Thinking and small talk around it are passed over."""
    reply = said(
        {"reasoningContent": {"reasoningText": {"text": "Hm."}}},
        {"text": "Here:"},
        {"toolUse": {"toolUseId": "t", "name": "invoice", "input": {"a": "ü"}}},
    )

    assert json.loads(bedrock().read(reply).text) == {"a": "ü"}  # type: ignore[union-attr]


def test_an_answer_in_words_is_taken_as_it_stands() -> None:
    """A model that was only offered the tool may do without."""
    assert bedrock().read(said({"text": '{"a":'}, {"text": "1}"})) == Said('{"a":1}')


def test_what_was_read_counts_the_cached_and_the_newly_cached() -> None:
    """Bedrock counts the three apart; a price needs them together."""
    reply = said(inputTokens=10, cacheReadInputTokens=300, cacheWriteInputTokens=5, outputTokens=7)

    assert bedrock().read(reply) == Said("", Usage(315, 7, 300, 5))


def test_an_answer_that_ran_out_of_room_is_cut() -> None:
    """It is never taken as whole."""
    assert bedrock().read(said(ending="max_tokens")) == Said("", cut=True)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(429, "ThrottlingException", "Too many requests"), FaultKind.RATE_LIMIT),
        (refusal(429, "ThrottlingException", "Too many tokens per day"), FaultKind.QUOTA),
        (refusal(400, "ServiceQuotaExceededException"), FaultKind.QUOTA),
        (refusal(503, "ServiceUnavailableException"), FaultKind.OVERLOAD),
        (refusal(500, "InternalServerException"), FaultKind.OVERLOAD),
        (refusal(408, "ModelTimeoutException"), FaultKind.OVERLOAD),
        (refusal(424, "ModelErrorException"), FaultKind.OVERLOAD),
        (refusal(429, "ModelNotReadyException"), FaultKind.OVERLOAD),
        (refusal(403, "AccessDeniedException", "No access to the model."), FaultKind.CREDENTIALS),
        (refusal(403, "UnrecognizedClientException"), FaultKind.CREDENTIALS),
        (refusal(403, "InvalidSignatureException"), FaultKind.CREDENTIALS),
        (refusal(404, "ResourceNotFoundException"), FaultKind.UNKNOWN_MODEL),
        (
            refusal(400, "ValidationException", "The provided model identifier is invalid."),
            FaultKind.UNKNOWN_MODEL,
        ),
        (
            refusal(400, "ValidationException", "Input is too long for requested model."),
            FaultKind.TOO_LONG,
        ),
        (
            refusal(
                400, "ValidationException", "prompt is too long: 200049 tokens > 200000 maximum"
            ),
            FaultKind.TOO_LONG,
        ),
        (
            refusal(
                400,
                "ValidationException",
                "Invocation of model ID m with on-demand throughput isn’t supported.",
            ),
            FaultKind.UNKNOWN_MODEL,
        ),
        (
            refusal(403, "InvalidSignatureException", "Signature expired: 20260101T0000Z is now"),
            FaultKind.CREDENTIALS,
        ),
        (refusal(400, "ValidationException", "Malformed input request"), FaultKind.UNUSABLE),
        (said(ending="guardrail_intervened"), FaultKind.REFUSED),
        (said(ending="content_filtered"), FaultKind.REFUSED),
        (said(ending="malformed_tool_use"), FaultKind.GARBLED),
        (said(ending="model_context_window_exceeded"), FaultKind.TOO_LONG),
        (Reply(403, {}, {"__type": "com.amazon#AccessDeniedException"}), FaultKind.CREDENTIALS),
        (Reply(502, {}, {}), FaultKind.OVERLOAD),
        (Reply(200, {}, {}), FaultKind.GARBLED),
        (Reply(0, {}, {}, "TimeoutError"), FaultKind.CONNECTION),
    ],
)
def test_each_refusal_is_of_the_kind_whose_reaction_fits(reply: Reply, kind: FaultKind) -> None:
    """Told by the names of the service, and by the status where there are none."""
    fault = bedrock().read(reply)

    assert isinstance(fault, Fault)
    assert fault.kind is kind


@pytest.mark.parametrize(
    ("name", "message", "part"),
    [
        (
            "ValidationException",
            "This model doesn't support the toolConfig.toolChoice.tool field. Remove it.",
            "toolChoice",
        ),
        ("ValidationException", "This model doesn't support tool use.", "toolConfig"),
        ("ValidationException", "#/system/1: extraneous key [cachePoint]", "cachePoint"),
        (
            "AccessDeniedException",
            "You invoked an unsupported model or your request did not allow prompt caching.",
            "cachePoint",
        ),
        (
            "ValidationException",
            '"thinking.type.disabled" is not supported for this model.',
            "additionalModelRequestFields",
        ),
    ],
)
async def test_what_a_model_refuses_by_name_is_left_out(name: str, message: str, part: str) -> None:
    """The same question is asked again without it, and so is every later one."""
    dialect = bedrock()
    before = json.dumps(await asked(dialect))

    fault = dialect.read(refusal(400, name, message))

    after = json.dumps(await asked(dialect))
    assert fault == Fault(FaultKind.GARBLED, (name,))
    assert f'"{part}"' in before
    assert f'"{part}"' not in after


async def test_a_model_without_tools_is_told_the_schema() -> None:
    """It cannot be held to it, but it can know it."""
    dialect = bedrock(LLAMA)
    dialect.read(refusal(400, "ValidationException", "This model doesn't support tool use."))

    sent = await asked(dialect)

    assert SCHEMA in sent["system"][0]["text"]
    assert "toolConfig" not in sent


async def test_a_tier_that_is_not_there_is_no_reason_to_pay_more() -> None:
    """The document fails, and says so, rather than cost twice what was asked for."""
    dialect = bedrock(tier="flex")

    fault = dialect.read(refusal(400, "ValidationException", "serviceTier flex is not supported"))

    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.UNUSABLE
    assert (await asked(dialect))["serviceTier"] == {"type": "flex"}


async def test_no_more_is_asked_of_a_model_than_it_can_say() -> None:
    """The limit is read out of the refusal."""
    dialect = bedrock(NOVA)
    message = (
        "The maximum tokens you requested exceeds the model limit of 1500."
        " Try again with a maximum tokens value that is lower than 1500."
    )

    dialect.read(refusal(400, "ValidationException", message))

    assert (await asked(dialect))["inferenceConfig"] == {"maxTokens": 1500}


def test_bedrock_tells_nothing_of_its_quotas_but_when_to_come_back() -> None:
    """The window alone finds them."""
    limits = bedrock().limits(Reply(429, {"retry-after": "2"}, {}), FakeClock())

    assert limits == Limits(wait_s=2)


async def test_the_key_is_shown_nowhere() -> None:
    """Not even where the service repeats it."""
    dialect = bedrock()
    faults = [dialect.read(refusal(status, CANARY, f"bad {CANARY}")) for status in (400, 403, 429)]
    call = await dialect.call(QUESTION, most_tokens=9)

    assert CANARY not in f"{faults} {dialect!r} {dialect.name} {dialect.quota} {call!r}"


@pytest.mark.parametrize("key", [f"{CANARY}\nX-Evil: 1", f"{CANARY} {CANARY}", f"{CANARY}é"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    """It must not become part of a header, nor of a message."""
    with pytest.raises(ConfigError, match="AWS_BEARER_TOKEN_BEDROCK") as caught:
        Bearer(key)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "model", "host"),
    [
        (
            {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"},
            CLAUDE,
            "eu-west-1.amazonaws.com",
        ),
        ({"AWS_DEFAULT_REGION": "us-west-2"}, CLAUDE, "us-west-2.amazonaws.com"),
        ({"AWS_REGION": "eusc-de-east-1"}, CLAUDE, "eusc-de-east-1.amazonaws.eu"),
        (
            {"AWS_REGION": "eu-west-1"},
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
            "us-east-1.amazonaws.com",
        ),
    ],
)
async def test_the_region_is_looked_for_in_the_usual_places(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], model: str, host: str
) -> None:
    """The model's own ARN knows best, then the environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    dialect = await open_bedrock(model, clock=FakeClock(), api_key=CANARY)

    call = await dialect.call(QUESTION, most_tokens=9)
    assert call.url.startswith(f"https://bedrock-runtime.{host}/model/")


async def test_the_region_of_the_profile_counts_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """As with AWS's own tools."""
    (tmp_path / "config").write_text("[profile books]\nregion = ap-northeast-1\n")
    monkeypatch.setenv("AWS_PROFILE", "books")

    dialect = await open_bedrock(NOVA, clock=FakeClock(), api_key=CANARY)

    assert "ap-northeast-1" in (await dialect.call(QUESTION, most_tokens=9)).url


async def test_without_a_region_the_error_says_where_to_set_it() -> None:
    """There is no default: data must not leave for a region that nobody chose."""
    with pytest.raises(ConfigError, match="AWS_REGION"):
        await open_bedrock(NOVA, clock=FakeClock(), api_key=CANARY)


@pytest.mark.parametrize("region", ["evil.example/", "eu central 1", "x"])
async def test_a_region_that_is_none_becomes_no_host(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    """It is part of the address that the key is sent to."""
    monkeypatch.setenv("AWS_REGION", region)

    with pytest.raises(ConfigError, match="AWS_REGION"):
        await open_bedrock(NOVA, clock=FakeClock(), api_key=CANARY)


async def test_another_endpoint_is_the_operators_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the settings, else from AWS's own variable; with a key, no region is needed then."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    by_variable = await open_bedrock(NOVA, clock=FakeClock(), api_key=CANARY)
    by_setting = await open_bedrock(
        NOVA, clock=FakeClock(), api_key=CANARY, base_url="http://127.0.0.1:8"
    )

    urls = [(await d.call(QUESTION, most_tokens=9)).url for d in (by_variable, by_setting)]

    assert [url[:18] for url in urls] == ["http://127.0.0.1:9", "http://127.0.0.1:8"]
