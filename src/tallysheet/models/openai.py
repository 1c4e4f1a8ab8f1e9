"""Chat completions in the OpenAI dialect, from whoever speaks it.

OpenAI, Azure, vLLM, Ollama, llama.cpp, Mistral and many others answer the same
request; only the base URL differs. The answer's JSON Schema is sent along as a
strict one, so a model that can be held to it is.
"""

import json
from collections.abc import Mapping
from typing import Any, Self

from tallysheet.errors import ConfigError, DocumentError, ModelOutage
from tallysheet.models import _wire as wire
from tallysheet.models._session import Reply, Session
from tallysheet.ports import Answer, Clock, Question

BASE_URL = "https://api.openai.com/v1"
MOST_TOKENS = 16_384
"""The longest answer asked for; some providers reserve it from the quota at the start."""

_FORMAT = (
    ', "response_format": {"type": "json_schema", "json_schema":'
    ' {"name": "invoice", "strict": true, "schema": %s}}'
)
_AZURE = (".openai.azure.com", ".ai.azure.com", ".cognitiveservices.azure.com")
_TOO_LONG = {"context_length_exceeded", "exceed_context_size_error"}
"""OpenAI and Azure; llama.cpp. Others say it in words only."""


class OpenAI:
    """A model behind an OpenAI-style endpoint; use it with ``async with``.

    Args:
        model: The model's name there, such as ``gpt-5-mini``.
        api_key: The key; empty where the endpoint asks for none.
        base_url: Where the endpoint is, down to the part before ``/chat/completions``.
        concurrency: The most requests on the wire at a time.
        timeout_s: How long one attempt may take in all, in seconds.
        clock: Waits, and draws the jitter.

    Raises:
        ConfigError: The base URL or the key cannot be one.
    """

    free = False
    sees = True

    def __init__(
        self,
        model: str,
        *,
        api_key: str,
        clock: Clock,
        base_url: str = BASE_URL,
        concurrency: int = 50,
        timeout_s: float = 300.0,
    ) -> None:
        self.name = f"openai:{model}"
        self._model = model
        self._url, self._host = wire.endpoint(base_url, "/chat/completions", example=BASE_URL)
        self._headers = {"Content-Type": "application/json", **_authorization(api_key, self._host)}
        self._session = Session(
            f"{self.name} at {self._host}",
            concurrency=concurrency,
            timeout_s=timeout_s,
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<OpenAI {self.name} at {self._host}>"

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.__aexit__()

    async def answer(self, question: Question) -> Answer:
        """Ask once, patiently; see `tallysheet.ports.Model`."""
        reply = await self._session.post(
            self._url, headers=self._headers, body=self._body(question), is_final=_quota_spent
        )
        if not 200 <= reply.status < 300:
            raise self._refusal(reply)
        return self._said(reply.data)

    def _body(self, question: Question) -> bytes:
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": _document(question)},
            *({"role": role, "content": text} for role, text in wire.turns(question)),
        ]
        asked = {
            "model": self._model,
            "messages": messages,
            _limit_name(self._host): MOST_TOKENS,
        }
        body = json.dumps(asked)
        if question.schema:
            # Spliced in: it is JSON already, and the bulk of every request.
            body = body[:-1] + _FORMAT % question.schema + "}"
        return body.encode()

    def _said(self, data: Mapping[str, Any]) -> Answer:
        choice = next(iter(wire.blocks(data.get("choices"))), {})
        message = wire.mapping(choice.get("message"))
        ending = choice.get("finish_reason")
        if ending == "length":
            raise DocumentError(
                "model_cut",
                f"{self.name} ran out of room: its answer was cut off.",
                "The document is too long for this model in one go; try one with more output.",
            )
        if message.get("refusal") or ending == "content_filter":
            raise DocumentError(
                "model_refused",
                f"{self.name} refuses to read this document.",
                "Look at it, or run it with another model.",
            )
        said = message.get("content")
        usage = wire.mapping(data.get("usage"))
        return Answer(
            said if isinstance(said, str) else "",
            tokens_in=wire.count(usage.get("prompt_tokens")),
            tokens_out=wire.count(usage.get("completion_tokens")),
        )

    def _refusal(self, reply: Reply) -> ConfigError | DocumentError | ModelOutage:
        codes = _codes(reply)
        what = ", ".join([f"status {reply.status}", *codes])
        if _quota_spent(reply):
            return ModelOutage(
                f"The quota for {self.name} at {self._host} is spent ({what}).",
                "Fill the account up, then run the same command again.",
            )
        if reply.status in (401, 403) or _is_key_of_google_invalid(reply):
            return ConfigError(
                f"{self._host} does not accept the key for {self.name} ({what}).",
                "Set OPENAI_API_KEY to a key that may use this model.",
            )
        if reply.status == 404 or reply.status < 400:
            return ConfigError(
                f"{self._host} knows no model {self._model!r} at this address ({what}).",
                "Check the model's name and the base URL.",
            )
        if _TOO_LONG & {*codes} or "maximum context length" in _message(reply):
            return DocumentError(
                "too_long",
                f"The document is longer than {self.name} can read ({what}).",
                "Use a model with a longer context.",
            )
        return DocumentError(
            "model_refused",
            f"{self.name} does not take this document ({what}).",
            "If every document fails so, the model may not support structured output.",
        )


def _document(question: Question) -> str | list[dict[str, Any]]:
    """What it is about: the text, after the pictures if there are any, each after its number."""
    if not question.pictures:
        return question.text
    parts: list[dict[str, Any]] = []
    for picture in question.pictures:
        url = f"data:{picture.media_type};base64,{wire.encoded(picture)}"
        parts += [
            {"type": "text", "text": f"Page {picture.page}:"},
            {"type": "image_url", "image_url": {"url": url}},
        ]
    return [*parts, {"type": "text", "text": question.text}] if question.text else parts


def _authorization(api_key: str, host: str) -> dict[str, str]:
    key = wire.usable_key(api_key, "OPENAI_API_KEY")
    if not key:
        return {}
    # Azure takes its own keys under another name; a token of Entra's, a JWT, under the usual one.
    is_azure_key = host.endswith(_AZURE) and not key.startswith("eyJ")
    return {"api-key": key} if is_azure_key else {"Authorization": f"Bearer {key}"}


def _limit_name(host: str) -> str:
    """OpenAI's newer models refuse the name that everybody else understands."""
    ours = host == "api.openai.com" or host.endswith(_AZURE)
    return "max_completion_tokens" if ours else "max_tokens"


def _codes(reply: Reply) -> tuple[str, ...]:
    """What an error says of itself in plain codes."""
    error = wire.mapping(reply.data.get("error"))
    return wire.plain_codes(error.get("type"), error.get("code"), error.get("param"))


def _is_key_of_google_invalid(reply: Reply) -> bool:
    """Gemini's endpoint calls a bad key a bad request."""
    details = wire.blocks(wire.mapping(reply.data.get("error")).get("details"))
    return any(detail.get("reason") == "API_KEY_INVALID" for detail in details)


def _message(reply: Reply) -> str:
    """The text of an error, to look for words in it, never to repeat."""
    return wire.text_of(wire.mapping(reply.data.get("error")).get("message"))


def _quota_spent(reply: Reply) -> bool:
    return "insufficient_quota" in _codes(reply)
