"""From the name of a model to an answer, by a server that speaks all dialects."""

import json
from typing import Any

import pytest
from aiohttp import web

from one_page import QUESTION
from tallysheet.extract._ask import draft_of
from tallysheet.models import open_model
from tallysheet.models._session import Session
from tallysheet.models.bedrock import Bedrock
from tallysheet.models.bedrock._signature import Bearer
from tallysheet.pipeline._clock import SystemClock
from tallysheet.settings import Settings
from tallysheet.testing.llm_server import Said, llm_server

MODEL = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"


async def test_the_path_arrives_as_it_was_signed() -> None:
    """A client that tidies escapes away would break the signature over them."""
    paths = []

    async def note(request: web.BaseRequest) -> web.Response:
        paths.append(request.raw_path)
        return web.json_response({})

    runner = web.ServerRunner(web.Server(note))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"
    try:
        call = await Bedrock(arn, signature=Bearer("k"), base_url=origin).call(
            QUESTION, most_tokens=9
        )
        async with Session(connections=1, timeout_s=20.0) as session:
            await session.send(call)
    finally:
        await runner.cleanup()

    assert [origin + path for path in paths] == [call.url]


ENVIRONMENTS = {
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1"),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", ""),
    "bedrock": ("AWS_BEARER_TOKEN_BEDROCK", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", ""),
}
KEY_HEADERS = {"openai": "authorization", "anthropic": "x-api-key", "bedrock": "authorization"}


@pytest.mark.parametrize("provider", ENVIRONMENTS)
async def test_a_document_is_read_with_nothing_but_a_name_and_the_usual_variables(
    monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """From the name of a model to a draft, and what it took."""
    key, address, path = ENVIRONMENTS[provider]
    monkeypatch.setenv(key, "sk-canary-88d3")
    async with llm_server() as server:
        monkeypatch.setenv(address, server.origin + path)
        async with open_model(Settings(model=f"{provider}:{MODEL}"), clock=SystemClock()) as model:
            answer = await model.answer(QUESTION)

    assert draft_of(answer.text, boxes=False).invoice.number == "NO-7"
    assert answer.model == f"{provider}:{MODEL}"
    assert (answer.tokens_in > 0, answer.tokens_out > 0, answer.attempts) == (True, True, 1)
    assert "sk-canary-88d3" in server.headers[0][KEY_HEADERS[provider]]


@pytest.mark.parametrize(
    ("provider", "error", "headers"),
    [
        (
            "anthropic",
            {"error": {"type": "invalid_request_error", "message": "tool_choice: not supported"}},
            {},
        ),
        (
            "bedrock",
            {"message": "This model doesn't support the toolConfig.toolChoice.tool field."},
            {"x-amzn-errortype": "ValidationException"},
        ),
    ],
)
async def test_a_refusal_that_teaches_costs_a_request_and_not_the_document(
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    error: dict[str, Any],
    headers: dict[str, str],
) -> None:
    """It is asked again at once, in the way that the model takes."""
    key, address, _ = ENVIRONMENTS[provider]
    monkeypatch.setenv(key, "k")

    def choosy(body: dict[str, Any]) -> Said:
        is_forced = '"tool": {' in json.dumps(body) or '"type": "tool"' in json.dumps(body)
        if is_forced:
            return Said(status=400, raw=json.dumps(error).encode(), headers=headers)
        return Said('{"invoice": {}}')

    async with llm_server(choosy) as server:
        monkeypatch.setenv(address, server.origin)
        async with open_model(Settings(model=f"{provider}:{MODEL}"), clock=SystemClock()) as model:
            first = await model.answer(QUESTION)
            second = await model.answer(QUESTION)

    assert (first.attempts, second.attempts) == (2, 1)
    assert len(server.requests) == 3
