"""Chat completions in the OpenAI dialect, from whoever speaks it.

OpenAI, Azure, vLLM, Ollama, llama.cpp, Mistral and many others answer the same
request; only the base URL differs. The answer's JSON Schema is sent along as a
strict one, so a model that can be held to it is.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from tallysheet.errors import ConfigError, DocumentError, ModelOutage
from tallysheet.models._session import Reply, Session
from tallysheet.ports import Answer, Clock, Question

BASE_URL = "https://api.openai.com/v1"
MOST_TOKENS = 16_384
"""The longest answer asked for; some providers reserve it from the quota at the start."""

_FORMAT = (
    ', "response_format": {"type": "json_schema", "json_schema":'
    ' {"name": "invoice", "strict": true, "schema": %s}}'
)
_PLAIN = re.compile(r"[a-z_]{1,48}")
"""The only words of an error that are repeated: codes, which cannot hold a key."""


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
        self._url, self._host = _endpoint(base_url)
        self._headers = {"Content-Type": "application/json", **_authorization(api_key)}
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
        messages = [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.text},
        ]
        for said, mistake in question.mistakes:
            messages += [
                {"role": "assistant", "content": said},
                {"role": "user", "content": mistake},
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
        choice = _first(data.get("choices"))
        message = _mapping(choice.get("message"))
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
        usage = _mapping(data.get("usage"))
        return Answer(
            said if isinstance(said, str) else "",
            tokens_in=_count(usage.get("prompt_tokens")),
            tokens_out=_count(usage.get("completion_tokens")),
        )

    def _refusal(self, reply: Reply) -> ConfigError | DocumentError | ModelOutage:
        codes = _codes(reply)
        what = ", ".join([f"status {reply.status}", *codes])
        if _quota_spent(reply):
            return ModelOutage(
                f"The quota for {self.name} at {self._host} is spent ({what}).",
                "Fill the account up, then run the same command again.",
            )
        if reply.status in (401, 403):
            return ConfigError(
                f"{self._host} does not accept the key for {self.name} ({what}).",
                "Set OPENAI_API_KEY to a key that may use this model.",
            )
        if reply.status == 404 or reply.status < 400:
            return ConfigError(
                f"{self._host} knows no model {self._model!r} at this address ({what}).",
                "Check the model's name and the base URL.",
            )
        if "context_length_exceeded" in codes:
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


def _endpoint(base_url: str) -> tuple[str, str]:
    """The URL to post to, and the host to name in messages."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise ConfigError(
            "The base URL of the model is not one.",
            f"It begins with https:// or http:// and holds no password, like {BASE_URL}.",
        )
    path = parts.path.rstrip("/") + "/chat/completions"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), host


def _authorization(api_key: str) -> dict[str, str]:
    key = api_key.strip()
    if not key:
        return {}
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError(
            "The model's key holds characters that no key has.",
            "Set OPENAI_API_KEY again, copied as it was given.",
        )
    return {"Authorization": f"Bearer {key}"}


def _limit_name(host: str) -> str:
    """OpenAI's newer models refuse the name that everybody else understands."""
    ours = host == "api.openai.com" or host.endswith((".openai.azure.com", ".ai.azure.com"))
    return "max_completion_tokens" if ours else "max_tokens"


def _codes(reply: Reply) -> list[str]:
    """What an error says of itself in plain codes; its text stays unread."""
    error = _mapping(reply.data.get("error"))
    named = (error.get(name) for name in ("type", "code", "param"))
    return [code for code in named if isinstance(code, str) and _PLAIN.fullmatch(code)]


def _quota_spent(reply: Reply) -> bool:
    return "insufficient_quota" in _codes(reply)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: object) -> Mapping[str, Any]:
    return _mapping(value[0]) if isinstance(value, list) and value else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
