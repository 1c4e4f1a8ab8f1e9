"""Claude in Anthropic's own dialect, the Messages API.

The answer is asked for as the input of a tool that the model must call. The
stricter ways (``output_config.format``, ``strict``) take at most 16 properties
that may be null, and an invoice has a hundred. Where a model will not be forced,
because it always thinks first, it is offered the tool and told to think little.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tallysheet.errors import ConfigError
from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Fault, FaultKind, Limit, Limits, Reply, Said, Usage
from tallysheet.models._session import asked_wait_s
from tallysheet.ports import Clock, Question

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"
KEY_VARIABLE = "ANTHROPIC_API_KEY"

_FORCED, _STILL, _EFFORT, _CACHE = "forced tool", "no thinking", "effort", "cache"
_WORDS = {
    "thinking": _STILL,
    "tool_choice": _FORCED,
    "effort": _EFFORT,
    "output_config": _EFFORT,
    "cache_control": _CACHE,
}
"""What a refusal names, and what is then left out."""
_KINDS = {
    "authentication_error": FaultKind.CREDENTIALS,
    "permission_error": FaultKind.CREDENTIALS,
    "billing_error": FaultKind.QUOTA,
    "not_found_error": FaultKind.UNKNOWN_MODEL,
    "request_too_large": FaultKind.TOO_LONG,
    "rate_limit_error": FaultKind.RATE_LIMIT,
    "overloaded_error": FaultKind.OVERLOAD,
    "api_error": FaultKind.OVERLOAD,
    "timeout_error": FaultKind.OVERLOAD,
    "enforced_spend_limit_reached": FaultKind.QUOTA,
    "contract_spend_limit_reached": FaultKind.QUOTA,
    "linked_organization_spend_limit_reached": FaultKind.QUOTA,
    "linked_organization_billing_unavailable": FaultKind.QUOTA,
    "organization_on_hold": FaultKind.CREDENTIALS,
}
"""By ``error.type`` and by ``error.details.error_code``, which is the narrower one and wins."""


class Anthropic:
    """How a Claude model is asked.

    Args:
        model: The model's name there, such as ``claude-haiku-4-5``.
        api_key: The key; empty where the endpoint asks for none.
        base_url: Where the endpoint is, down to the part before ``/v1/messages``.

    Raises:
        ConfigError: The base URL or the key cannot be one.
    """

    sees = True

    def __init__(self, model: str, *, api_key: str, base_url: str = BASE_URL) -> None:
        key = wire.usable_key(api_key, KEY_VARIABLE)
        # Some write the base URL with /v1, as other providers do.
        base_url = base_url.rstrip("/").removesuffix("/v1")
        self._url, host = wire.endpoint(base_url, "/v1/messages", example=BASE_URL)
        if not key and base_url == BASE_URL:
            raise ConfigError(
                f"There is no key for anthropic:{model}; {KEY_VARIABLE} is not set.",
                "Set it, or name a base URL that needs none.",
            )
        self.name = f"anthropic:{model}"
        self.quota = f"{self.name} at {host} for {wire.account(key)}"
        self._model = model
        self._headers = {"Content-Type": "application/json", "anthropic-version": VERSION}
        if key:
            self._headers["x-api-key"] = key
        self._takes = wire.Takes(_WORDS)

    def __repr__(self) -> str:
        return f"<Anthropic {self.name}>"

    async def call(self, question: Question, *, most_tokens: int) -> Call:
        """The request; see `tallysheet.models._dialect.Dialect`."""
        asked: dict[str, Any] = {
            "model": self._model,
            "max_tokens": self._takes.tokens(most_tokens),
            "messages": _messages(question),
        }
        if question.instructions:
            system: dict[str, Any] = {"type": "text", "text": question.instructions}
            if _CACHE in self._takes:
                # Tools stand before it in what is cached: all that is the same every time.
                system["cache_control"] = {"type": "ephemeral"}
            asked["system"] = [system]
        body = json.dumps(asked | self._ways(question))
        if question.schema:
            # Spliced in: it is JSON already, and the bulk of every request.
            tool = json.dumps({"name": wire.TOOL, "description": wire.TOOL_TEXT})
            body = f'{body[:-1]}, "tools": [{tool[:-1]}, "input_schema": {question.schema}}}]}}'
        return Call(self._url, body.encode(), self._headers)

    def _ways(self, question: Question) -> dict[str, Any]:
        """How it is to answer: at once and by the tool, as far as the model lets itself be told."""
        forced = _FORCED in self._takes and _STILL in self._takes
        ways: dict[str, Any] = {}
        if question.schema:
            choice = {"type": "tool", "name": wire.TOOL} if forced else {"type": "auto"}
            ways["tool_choice"] = {**choice, "disable_parallel_tool_use": True}
        if _STILL in self._takes:
            ways["thinking"] = {"type": "disabled"}
        elif _EFFORT in self._takes:
            ways["output_config"] = {"effort": "low"}
        return ways

    def read(self, reply: Reply) -> Said | Fault:
        """What *reply* says; see `tallysheet.models._dialect.Dialect`."""
        data = reply.data
        usage = _usage(data)
        if not 200 <= reply.status < 300 or not data or data.get("error"):
            return self._fault(reply)
        ending = wire.text_of(data.get("stop_reason"))
        if ending == "refusal":
            details = wire.mapping(data.get("stop_details"))
            codes = wire.plain_codes(ending, details.get("category"))
            return Fault(FaultKind.REFUSED, codes, usage)
        if ending == "model_context_window_exceeded":
            return Fault(FaultKind.TOO_LONG, (ending,), usage)
        content = wire.blocks(data.get("content"))
        return Said(_said(content), usage, cut=ending == "max_tokens")

    def _fault(self, reply: Reply) -> Fault:
        error = wire.mapping(reply.data.get("error"))
        details = wire.mapping(error.get("details"))
        codes = wire.plain_codes(error.get("type"), details.get("error_code"))
        known = [_KINDS[code] for code in codes if code in _KINDS]
        kind = known[-1] if known else wire.kind_of_status(reply)
        if kind is FaultKind.UNUSABLE:
            message = wire.text_of(error.get("message"))
            if "prompt is too long" in message or "exceed context limit" in message:
                kind, codes = FaultKind.TOO_LONG, (*codes, "prompt_too_long")
            elif "credit balance is too low" in message:
                kind, codes = FaultKind.QUOTA, (*codes, "credit_balance_too_low")
            elif "API usage limits" in message:
                kind, codes = FaultKind.QUOTA, (*codes, "usage_limit_reached")
            elif self._takes.learn(message):
                kind = FaultKind.GARBLED
        return Fault(kind, codes)

    def limits(self, reply: Reply, clock: Clock) -> Limits:
        """What the headers say; see `tallysheet.models._dialect.Dialect`."""
        headers = reply.headers
        now = _date(headers) or clock.now()
        tokens = _limit(headers, "tokens", now)
        if tokens.limit is None:
            tokens = _limit(headers, "input-tokens", now)
        return Limits(_limit(headers, "requests", now), tokens, asked_wait_s(headers, clock))


def _messages(question: Question) -> list[dict[str, Any]]:
    """Pictures before the text, each after its number: Claude reads them best so."""
    document: list[dict[str, Any]] = []
    for picture in question.pictures:
        source = {
            "type": "base64",
            "media_type": picture.media_type,
            "data": wire.encoded(picture),
        }
        document += [
            {"type": "text", "text": f"Page {picture.page}:"},
            {"type": "image", "source": source},
        ]
    if question.text.strip() or not document:
        document.append({"type": "text", "text": question.text.strip() or wire.NOTHING})
    talk = [{"role": role, "content": text} for role, text in wire.turns(question)]
    return [{"role": "user", "content": document}, *talk]


def _said(content: list[Mapping[str, Any]]) -> str:
    """What the tool was called with, or else the text: some models answer in words after all."""
    called = next((b.get("input") for b in content if b.get("type") == "tool_use"), None)
    if called is not None:
        return json.dumps(called)
    return "".join(wire.text_of(b.get("text")) for b in content if b.get("type") == "text")


def _usage(data: Mapping[str, Any]) -> Usage:
    usage = wire.mapping(data.get("usage"))
    cached = wire.count(usage.get("cache_read_input_tokens"))
    # Anthropic counts three kinds apart; what was written to the cache was read by the model, too.
    written = wire.count(usage.get("cache_creation_input_tokens"))
    fresh = wire.count(usage.get("input_tokens"))
    out = wire.count(usage.get("output_tokens"))
    return Usage(fresh + written + cached, out, cached, written)


def _limit(headers: Mapping[str, str], what: str, now: datetime) -> Limit:
    name = f"anthropic-ratelimit-{what}"
    reset_s = None
    try:
        until = datetime.fromisoformat(headers[f"{name}-reset"])
    except (KeyError, ValueError):
        pass
    else:
        reset_s = max(
            0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
        )
    return Limit(
        wire.number(headers, f"{name}-limit"), wire.number(headers, f"{name}-remaining"), reset_s
    )


def _date(headers: Mapping[str, str]) -> datetime | None:
    """The provider's own time, against which its resets are meant: ours may be off."""
    try:
        date = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
