"""Chat completions in the OpenAI dialect, from whoever speaks it.

OpenAI, Azure, Gemini, Mistral, vLLM, Ollama, llama.cpp and many others answer
the same request; only the base URL differs. The answer's JSON Schema is sent
along as a strict one, so a model that can be held to it is. What an endpoint
refuses by name is left out from then on.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tallysheet.errors import ConfigError
from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Fault, FaultKind, Limit, Limits, Reply, Said, Usage
from tallysheet.models._session import asked_wait_s
from tallysheet.ports import Clock, Question

BASE_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
AZURE = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")

_SCHEMA, _JSON, _NEW_NAME, _OLD_NAME = "schema", "json", "max_completion_tokens", "max_tokens"
_KINDS = {
    "insufficient_quota": FaultKind.QUOTA,
    "invalid_api_key": FaultKind.CREDENTIALS,
    "model_not_found": FaultKind.UNKNOWN_MODEL,
    "context_length_exceeded": FaultKind.TOO_LONG,
    "exceed_context_size_error": FaultKind.TOO_LONG,
    "content_filter": FaultKind.REFUSED,
}
"""By a code in the error, whatever the status: llama.cpp tells some as a 500, Azure as a 400."""
_TOO_LONG = ("maximum context length", "context size", "too large for model", "request too large")
_BAD_KEY = ("api key not valid", "api_key_invalid")
"""Gemini's endpoint tells a bad key as a bad request."""
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)", re.ASCII)
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class OpenAI:
    """How a model behind an OpenAI-style endpoint is asked.

    Args:
        model: The model's name there, such as ``gpt-5-mini``.
        api_key: The key; empty where the endpoint asks for none.
        base_url: Where the endpoint is, down to the part before ``/chat/completions``.
        tier: The service tier, such as ``flex``.

    Raises:
        ConfigError: The base URL or the key cannot be one, or there is no key where one is needed.
    """

    sees = True

    def __init__(
        self, model: str, *, api_key: str, base_url: str = BASE_URL, tier: str | None = None
    ) -> None:
        key = wire.usable_key(api_key, KEY_VARIABLE)
        self._url, host = wire.endpoint(base_url, "/chat/completions", example=BASE_URL)
        if not key and base_url == BASE_URL:
            raise ConfigError(
                f"There is no key for openai:{model}; {KEY_VARIABLE} is not set.",
                "Set it, or name a base URL that needs none.",
            )
        self.name = f"openai:{model}"
        self.quota = f"{self.name} at {host} for {wire.account(key)}"
        self._model = model
        self._tier = tier
        self._headers = {"Content-Type": "application/json", **_authorization(key, host)}
        # OpenAI's newer models refuse the name that everybody else understands.
        is_ours = host == "api.openai.com" or host.endswith(AZURE)
        self._names = (_NEW_NAME, _OLD_NAME) if is_ours else (_OLD_NAME, _NEW_NAME)
        self._takes = wire.Takes({})
        self._refused: set[str] = set()

    def __repr__(self) -> str:
        return f"<OpenAI {self.name}>"

    async def call(self, question: Question, *, most_tokens: int) -> Call:
        """The request; see `tallysheet.models._dialect.Dialect`."""
        holds = bool(question.schema) and _SCHEMA not in self._refused
        system = question.instructions
        if question.schema and not holds:
            system = f"{system}\n\nThe JSON Schema of the answer:\n{question.schema}".strip()
        asked: dict[str, Any] = {
            "model": self._model,
            "messages": _messages(system, question),
            self._bound_name(): self._takes.tokens(most_tokens),
        }
        if self._tier:
            asked["service_tier"] = self._tier
        if question.schema and not holds and _JSON not in self._refused:
            asked["response_format"] = {"type": "json_object"}
        body = json.dumps(asked)
        if holds:
            # Spliced in: it is JSON already, and the bulk of every request.
            spec = f'{{"name": "{wire.TOOL}", "strict": true, "schema": {question.schema}}}'
            way = f'{{"type": "json_schema", "json_schema": {spec}}}'
            body = f'{body[:-1]}, "response_format": {way}}}'
        return Call(self._url, body.encode(), self._headers)

    def _bound_name(self) -> str:
        usual, other = self._names
        return other if usual in self._refused else usual

    def read(self, reply: Reply) -> Said | Fault:
        """What *reply* says; see `tallysheet.models._dialect.Dialect`."""
        data = reply.data
        if not 200 <= reply.status < 300 or not data or data.get("error"):
            return self._fault(reply)
        usage = _usage(data)
        choice = next(iter(wire.blocks(data.get("choices"))), {})
        message = wire.mapping(choice.get("message"))
        ending = wire.text_of(choice.get("finish_reason"))
        if ending == "content_filter" or message.get("refusal"):
            return Fault(FaultKind.REFUSED, wire.plain_codes(ending), usage)
        return Said(wire.text_of(message.get("content")), usage, cut=ending == "length")

    def _fault(self, reply: Reply) -> Fault:
        error = wire.mapping(reply.data.get("error"))
        codes = wire.plain_codes(error.get("type"), error.get("code"), error.get("param"))
        known = [_KINDS[code] for code in codes if code in _KINDS]
        kind = known[-1] if known else wire.kind_of_status(reply)
        message = wire.text_of(error.get("message") or reply.data.get("message")).lower()
        if kind in (FaultKind.UNUSABLE, FaultKind.RATE_LIMIT, FaultKind.OVERLOAD) and any(
            words in message for words in _TOO_LONG
        ):
            # One request above a whole minute's tokens is told as a 429 that no waiting mends.
            kind = FaultKind.TOO_LONG
        elif kind is FaultKind.UNUSABLE:
            if any(words in message for words in _BAD_KEY):
                kind = FaultKind.CREDENTIALS
            elif self._learn(f"{' '.join(codes)} {message}"):
                kind = FaultKind.GARBLED
        return Fault(kind, codes)

    def _learn(self, refusal: str) -> bool:
        """Note what is refused; whether asking again in the way we know now may help."""
        usual, other = self._names
        if usual in refusal and ("unsupported" in refusal or other in refusal):
            self._refused.add(usual)
            return True
        if self._takes.learn(refusal):
            return True
        if "response_format" not in refusal and "json_schema" not in refusal:
            return False
        self._refused.add(_SCHEMA)
        if "json_schema" not in refusal and "response_format type" not in refusal:
            # Not this kind of it, but the whole of it is unknown there.
            self._refused.add(_JSON)
        return True

    def limits(self, reply: Reply, clock: Clock) -> Limits:
        """What the headers say; see `tallysheet.models._dialect.Dialect`."""
        headers = reply.headers
        return Limits(
            _limit(headers, "requests"), _limit(headers, "tokens"), asked_wait_s(headers, clock)
        )


def _authorization(key: str, host: str) -> dict[str, str]:
    if not key:
        return {}
    if host.endswith(AZURE) and not key.startswith("eyJ"):
        # A key of the resource; what begins so is a token of Microsoft Entra.
        return {"api-key": key}
    return {"Authorization": f"Bearer {key}"}


def _messages(system: str, question: Question) -> list[dict[str, Any]]:
    """What is always the same first, so that a provider can cache it; pictures before the text."""
    document: str | list[dict[str, Any]] = question.text
    if question.pictures:
        document = []
        for picture in question.pictures:
            url = f"data:{picture.media_type};base64,{wire.encoded(picture)}"
            document += [
                {"type": "text", "text": f"Page {picture.page}:"},
                {"type": "image_url", "image_url": {"url": url}},
            ]
        if question.text.strip():
            document.append({"type": "text", "text": question.text})
    talk = [{"role": role, "content": text} for role, text in wire.turns(question)]
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": document},
        *talk,
    ]


def _usage(data: Mapping[str, Any]) -> Usage:
    usage = wire.mapping(data.get("usage"))
    details = wire.mapping(usage.get("prompt_tokens_details"))
    # The second name is DeepSeek's.
    cached = details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens")
    read = wire.count(usage.get("prompt_tokens"))
    out = wire.count(usage.get("completion_tokens"))
    return Usage(read, out, min(read, wire.count(cached)))


def _limit(headers: Mapping[str, str], what: str) -> Limit:
    return Limit(
        wire.number(headers, f"x-ratelimit-limit-{what}"),
        wire.number(headers, f"x-ratelimit-remaining-{what}"),
        _duration_s(headers.get(f"x-ratelimit-reset-{what}", "")),
    )


def _duration_s(text: str) -> float | None:
    """``6m0s``, ``12ms`` or ``1.5`` in seconds; None for anything else."""
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS_S[unit] for number, unit in parts)
    return wire.number({"": text}, "")
