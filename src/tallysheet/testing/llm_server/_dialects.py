"""The three dialects as a server speaks them: requests read, replies written.

Pure functions. A request that is not what the dialect asks for ends in one of `MALFORMED`:
the server answers it with status 400.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tallysheet.testing._provider import Level, Levels
from tallysheet.testing.llm_server._said import (
    CHARACTERS_PER_TOKEN,
    TOKENS_PER_PICTURE,
    Asked,
    Said,
    tokens_of,
)

MALFORMED = (LookupError, TypeError, AttributeError, ValueError)
"""What reading a request raises that is none."""
ANY_LENGTH = 4096
"""How long an answer gets that nobody bounds."""

_ANTHROPIC_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_BEDROCK_ERRORS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
_ENDINGS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
_CONVERSE = re.compile(r"/model/([^/]+)/converse")
_MESSAGE = "As the server was told."


@dataclass(frozen=True, slots=True)
class Spoken:
    """One dialect."""

    name: str
    read: Callable[[str, dict[str, Any], int], Asked]
    """The path as it was sent, the body, and its length in characters → what is asked."""
    write: Callable[[Said, Asked], Mapping[str, Any]]
    """The body of a reply."""
    headers: Callable[[Said, Levels, datetime], dict[str, str]]
    """What stands above it about errors and quotas; the time is the server's."""


def dialect_of(path: str) -> Spoken | None:
    """Whose address *path* is; None if nobody's."""
    path = path.partition("?")[0]
    if path.endswith("/chat/completions"):
        return OPENAI
    if path.endswith("/v1/messages"):
        return ANTHROPIC
    return BEDROCK if _CONVERSE.search(path) else None


def _read_openai(_path: str, body: dict[str, Any], characters: int) -> Asked:
    parts = _parts(body["messages"])
    shape = body.get("response_format") or {}
    return Asked(
        dialect="openai",
        model=str(body["model"]),
        document=_text(parts),
        schema=shape.get("json_schema", {}).get("schema", {}),
        tool="",
        most_tokens=body.get("max_completion_tokens") or body.get("max_tokens") or ANY_LENGTH,
        tokens_in=_tokens(characters, [p["image_url"]["url"] for p in parts if "image_url" in p]),
    )


def _read_anthropic(_path: str, body: dict[str, Any], characters: int) -> Asked:
    parts = _parts(body["messages"])
    tool = (body.get("tools") or [{}])[0]
    return Asked(
        dialect="anthropic",
        model=str(body["model"]),
        document=_text(parts),
        schema=tool.get("input_schema", {}),
        tool=tool.get("name", ""),
        most_tokens=body["max_tokens"],
        tokens_in=_tokens(characters, [p["source"]["data"] for p in parts if "source" in p]),
    )


def _read_bedrock(path: str, body: dict[str, Any], characters: int) -> Asked:
    parts = _parts(body["messages"])
    tools = body.get("toolConfig", {}).get("tools") or [{}]
    tool = tools[0].get("toolSpec", {})
    model = _CONVERSE.search(path)
    return Asked(
        dialect="bedrock",
        model=unquote(model[1]) if model else "",
        document=_text(parts),
        schema=tool.get("inputSchema", {}).get("json", {}),
        tool=tool.get("name", ""),
        most_tokens=body.get("inferenceConfig", {}).get("maxTokens") or ANY_LENGTH,
        tokens_in=_tokens(
            characters, [p["image"]["source"]["bytes"] for p in parts if "image" in p]
        ),
    )


def _write_openai(said: Said, asked: Asked) -> Mapping[str, Any]:
    if said.status >= 400:
        kind = "invalid_request_error" if said.status < 429 else "server_error"
        return {"error": {"message": _MESSAGE, "type": kind, "code": said.code}}
    message = {"role": "assistant", "content": said.text, "refusal": None}
    if said.refusal:
        message |= {"content": None, "refusal": said.refusal}
    tokens_out = tokens_of(said.refusal or said.text)
    return {
        "id": "chatcmpl-here",
        "object": "chat.completion",
        "model": asked.model,
        "choices": [{"index": 0, "message": message, "finish_reason": said.ending}],
        "usage": {
            "prompt_tokens": asked.tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": asked.tokens_in + tokens_out,
        },
    }


def _write_anthropic(said: Said, asked: Asked) -> Mapping[str, Any]:
    if said.status >= 400:
        kind = said.code or _ANTHROPIC_ERRORS.get(said.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": _MESSAGE}}
    called = _called(said, asked)
    content: dict[str, Any] = {"type": "text", "text": said.refusal or said.text}
    if called is not None:
        content = {"type": "tool_use", "id": "toolu_here", "name": asked.tool, "input": called}
    return {
        "id": "msg_here",
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": [content],
        "stop_reason": _ending(said, has_called=called is not None),
        "stop_sequence": None,
        "usage": {
            "input_tokens": asked.tokens_in,
            "output_tokens": tokens_of(said.refusal or said.text),
        },
    }


def _write_bedrock(said: Said, asked: Asked) -> Mapping[str, Any]:
    if said.status >= 400:
        return {"message": _MESSAGE}
    called = _called(said, asked)
    content: dict[str, Any] = {"text": said.refusal or said.text}
    if called is not None:
        use = {"toolUseId": "tooluse_here", "name": asked.tool, "input": called}
        content = {"toolUse": use}
    ending = _ending(said, has_called=called is not None)
    tokens_out = tokens_of(said.refusal or said.text)
    return {
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": "content_filtered" if ending == "refusal" else ending,
        "usage": {
            "inputTokens": asked.tokens_in,
            "outputTokens": tokens_out,
            "totalTokens": asked.tokens_in + tokens_out,
        },
        "metrics": {"latencyMs": round(said.latency_s * 1000)},
    }


def _headers_openai(_said: Said, levels: Levels, _now: datetime) -> dict[str, str]:
    headers: dict[str, str] = {}
    for what, level in _limited(levels):
        headers |= {
            f"x-ratelimit-limit-{what}": f"{level.limit:.0f}",
            f"x-ratelimit-remaining-{what}": f"{level.remaining:.0f}",
            f"x-ratelimit-reset-{what}": _duration(level.reset_s),
        }
    return headers


def _headers_anthropic(_said: Said, levels: Levels, now: datetime) -> dict[str, str]:
    headers: dict[str, str] = {}
    for what, level in _limited(levels):
        full = now + timedelta(seconds=level.reset_s)
        headers |= {
            f"anthropic-ratelimit-{what}-limit": f"{level.limit:.0f}",
            f"anthropic-ratelimit-{what}-remaining": f"{level.remaining:.0f}",
            f"anthropic-ratelimit-{what}-reset": full.isoformat(timespec="seconds"),
        }
    return headers


def _headers_bedrock(said: Said, _levels: Levels, _now: datetime) -> dict[str, str]:
    """Bedrock says nothing of its quotas; what an error is called stands above it."""
    if said.status < 400:
        return {}
    name = said.code or _BEDROCK_ERRORS.get(said.status, "InternalServerException")
    return {"x-amzn-errortype": name}


def _parts(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the user says first, in parts; plain text is a single one."""
    content = next((m["content"] for m in messages if m["role"] == "user"), None)
    if content is None:
        raise ValueError("The user says nothing.")
    return [{"text": content}] if isinstance(content, str) else content


def _text(parts: list[dict[str, Any]]) -> str:
    return "\n".join(part["text"] for part in parts if "text" in part)


def _tokens(characters: int, pictures: list[str]) -> int:
    shown = characters - sum(map(len, pictures))
    return round(shown / CHARACTERS_PER_TOKEN) + len(pictures) * TOKENS_PER_PICTURE


def _called(said: Said, asked: Asked) -> dict[str, Any] | None:
    """What the tool is called with; None where it is not called, or with nothing usable."""
    if not asked.tool or said.refusal:
        return None
    try:
        called = json.loads(said.text)
    except ValueError:
        return {} if said.ending == "length" else None
    return called if isinstance(called, dict) else None


def _ending(said: Said, *, has_called: bool) -> str:
    if said.refusal:
        return "refusal"
    if has_called and said.ending == "stop":
        return "tool_use"
    return _ENDINGS.get(said.ending, said.ending)


def _limited(levels: Levels) -> list[tuple[str, Level]]:
    both = (("requests", levels.requests), ("tokens", levels.tokens))
    return [(what, level) for what, level in both if level is not None]


def _duration(seconds: float) -> str:
    """As Go writes it: ``6m0s``, ``1.5s``, ``20ms``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m{rest:.3g}s" if minutes else f"{rest:.4g}s"


OPENAI = Spoken("openai", _read_openai, _write_openai, _headers_openai)
ANTHROPIC = Spoken("anthropic", _read_anthropic, _write_anthropic, _headers_anthropic)
BEDROCK = Spoken("bedrock", _read_bedrock, _write_bedrock, _headers_bedrock)
