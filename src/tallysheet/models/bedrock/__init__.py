"""Models on Amazon Bedrock, by its one dialect for all of them, Converse.

The answer is asked for as the input of a tool, as of Claude elsewhere, and for
the same reason. Many models stand behind this dialect, and what they take of it
differs; what one refuses by name is left out from then on.
"""

import asyncio
import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tallysheet.errors import ConfigError
from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Fault, FaultKind, Limits, Reply, Said, Usage
from tallysheet.models._session import asked_wait_s
from tallysheet.models.bedrock._signature import (
    KEY_VARIABLE,
    Bearer,
    Credentials,
    Signature,
    profile_region,
)
from tallysheet.ports import Clock, Question

__all__ = ["KEY_VARIABLE", "Bedrock", "Signature", "open_bedrock", "schema_text"]

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"

_FORCED, _TOOLS, _STILL, _CACHE = "forced tool", "tools", "no thinking", "cache"
_WORDS = {
    "toolchoice": _FORCED,
    "tool_choice": _FORCED,
    "thinking": _STILL,
    "additionalmodelrequestfields": _STILL,
    "cachepoint": _CACHE,
    "prompt caching": _CACHE,
    "tool use": _TOOLS,
    "toolconfig": _TOOLS,
}
"""What a refusal names, and what is then left out; the narrower words first."""
_KINDS = {
    "AccessDeniedException": FaultKind.CREDENTIALS,
    "UnrecognizedClientException": FaultKind.CREDENTIALS,
    "InvalidSignatureException": FaultKind.CREDENTIALS,
    "IncompleteSignatureException": FaultKind.CREDENTIALS,
    "MissingAuthenticationTokenException": FaultKind.CREDENTIALS,
    "NotAuthorizedException": FaultKind.CREDENTIALS,
    "ResourceNotFoundException": FaultKind.UNKNOWN_MODEL,
    "ThrottlingException": FaultKind.RATE_LIMIT,
    "TooManyRequestsException": FaultKind.RATE_LIMIT,
    "ModelNotReadyException": FaultKind.OVERLOAD,
    "ServiceUnavailableException": FaultKind.OVERLOAD,
    "InternalServerException": FaultKind.OVERLOAD,
    "ModelTimeoutException": FaultKind.OVERLOAD,
    "ModelErrorException": FaultKind.OVERLOAD,
    "ServiceQuotaExceededException": FaultKind.QUOTA,
    "ValidationException": FaultKind.UNUSABLE,
}
"""By the name of the error; https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html."""
_TELLING = (
    ("tokens per day", FaultKind.QUOTA, "tokens_per_day"),
    ("model identifier is invalid", FaultKind.UNKNOWN_MODEL, "model_identifier_invalid"),
    ("on-demand throughput", FaultKind.UNKNOWN_MODEL, "needs_an_inference_profile"),
    ("Signature expired", FaultKind.CREDENTIALS, "clock_of_this_machine_is_off"),
    ("Signature not yet current", FaultKind.CREDENTIALS, "clock_of_this_machine_is_off"),
)
"""What only a message tells apart from others of its name: its words, the kind, our code."""
_EXPIRED = {"ExpiredTokenException", "ExpiredToken", "RequestExpired"}
_CODE = re.compile(r"[A-Z][A-Za-z]{2,40}Exception|ExpiredToken|RequestExpired")
_TOO_LONG = (
    "is too long",
    "too many input tokens",
    "context length",
    "context window",
    "context limit",
)
_REFUSALS = {"guardrail_intervened", "content_filtered"}
_NO_ANSWER = {"malformed_model_output", "malformed_tool_use"}
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]{1,12}){1,3}-\d{1,2}")


async def open_bedrock(
    model: str,
    *,
    clock: Clock,
    api_key: str = "",
    base_url: str | None = None,
    tier: str | None = None,
) -> "Bedrock":
    """Find out who asks and where, and hand out the dialect.

    Args:
        model: A model's id, an inference profile's id or ARN, as the AWS console shows it.
        clock: Tells how old credentials are.
        api_key: A Bedrock API key; without one, AWS credentials sign each request.
        base_url: Where to ask; else what AWS's own variable says, else the region's endpoint.
        tier: The service tier, such as ``flex``; the account's default without one.

    Raises:
        ConfigError: There is no region, or there are no credentials.
        MissingExtra: There is no key, and botocore is not installed.
        ModelOutage: Whoever gives credentials cannot be reached.
    """
    base_url = base_url or os.environ.get(ENDPOINT_VARIABLE) or None
    region = _region_in(model) or os.environ.get("AWS_REGION", "").strip()
    region = region or os.environ.get("AWS_DEFAULT_REGION", "").strip()
    if not region and not (api_key and base_url):
        region = await asyncio.to_thread(profile_region)
    if not _REGION.fullmatch(region) and not (api_key and base_url):
        raise ConfigError(
            f"There is no AWS region for bedrock:{model}"
            + (f": {region!r} is none." if region else "."),
            "Set AWS_REGION, such as eu-central-1, or a region in your AWS profile.",
        )
    signature: Signature
    if api_key:
        signature = Bearer(api_key)
    else:
        signature = credentials = Credentials(region, clock=clock)
        await credentials.fetch()
    # The sovereign European cloud has a domain of its own.
    domain = "amazonaws.eu" if region.startswith("eusc-") else "amazonaws.com"
    where = base_url or f"https://bedrock-runtime.{region}.{domain}"
    return Bedrock(model, signature=signature, base_url=where, tier=tier)


class Bedrock:
    """How a model on Bedrock is asked.

    Args:
        model: A model's id, an inference profile's id or ARN.
        signature: Who asks.
        base_url: Where the endpoint is, down to the part before ``/model``.
        tier: The service tier, such as ``flex``.

    Raises:
        ConfigError: The base URL cannot be one.
    """

    sees = True

    def __init__(
        self, model: str, *, signature: Signature, base_url: str, tier: str | None = None
    ) -> None:
        self.name = f"bedrock:{model}"
        # The signature is over these very characters, so ":" and "/" of a name are written so, too.
        path = f"/model/{quote(model, safe='')}/converse"
        self._url, host = wire.endpoint(
            base_url, path, example="https://bedrock-runtime.eu-central-1.amazonaws.com"
        )
        self.quota = f"{self.name} at {host} for {signature.account}"
        self.base_url = base_url
        self.signature = signature
        self._tier = tier
        self.model = model
        self._is_claude = "anthropic." in model
        self._caches = self._is_claude or "amazon.nova" in model
        self._takes = wire.Takes(_WORDS)

    def __repr__(self) -> str:
        return f"<Bedrock {self.name}>"

    async def call(self, question: Question, *, most_tokens: int) -> Call:
        """The request, signed now; see `tallysheet.models._dialect.Dialect`."""
        asked: dict[str, Any] = {
            "messages": _messages(question),
            # Bedrock takes this many from the quota when a request starts.
            "inferenceConfig": {"maxTokens": self._takes.tokens(most_tokens)},
        }
        has_tool = bool(question.schema) and _TOOLS in self._takes
        if system := self._system(question, has_tool=has_tool):
            asked["system"] = system
        if self._is_claude and _STILL in self._takes:
            asked["additionalModelRequestFields"] = {"thinking": {"type": "disabled"}}
        if self._tier:
            asked["serviceTier"] = {"type": self._tier}
        body = json.dumps(asked)
        if has_tool:
            body = f'{body[:-1]}, "toolConfig": {self._tools(question.schema)}}}'
        data = body.encode()
        return Call(self._url, data, await self.signature.headers(self._url, data))

    def _system(self, question: Question, *, has_tool: bool) -> list[dict[str, Any]]:
        text = question.instructions
        if question.schema and not has_tool:
            text = schema_text(text, question.schema)
        if not text:
            return []
        point = (
            [{"cachePoint": {"type": "default"}}] if self._caches and _CACHE in self._takes else []
        )
        return [{"text": text}, *point]

    def _tools(self, schema: str) -> str:
        """The tool's configuration as JSON; the schema is spliced in, the bulk of every request."""
        # Models but Claude know no definitions.
        schema = schema if self._is_claude else wire.inlined(schema)
        spec = json.dumps({"name": wire.TOOL, "description": wire.TOOL_TEXT})
        tools = f'{{"tools": [{{"toolSpec": {spec[:-1]}, "inputSchema": {{"json": {schema}}}}}}}]'
        is_forced = _FORCED in self._takes and (not self._is_claude or _STILL in self._takes)
        choice = json.dumps({"tool": {"name": wire.TOOL}})
        return tools + (f', "toolChoice": {choice}}}' if is_forced else "}")

    def read(self, reply: Reply) -> Said | Fault:
        """What *reply* says; see `tallysheet.models._dialect.Dialect`."""
        data = reply.data
        if not 200 <= reply.status < 300 or not data:
            return self._fault(reply)
        usage = _usage(data)
        ending = wire.text_of(data.get("stopReason"))
        if ending in _REFUSALS:
            return Fault(FaultKind.REFUSED, (ending,), usage)
        if ending in _NO_ANSWER:
            return Fault(FaultKind.GARBLED, (ending,), usage)
        if ending == "model_context_window_exceeded":
            return Fault(FaultKind.TOO_LONG, (ending,), usage)
        message = wire.mapping(wire.mapping(data.get("output")).get("message"))
        return Said(_said(wire.blocks(message.get("content"))), usage, cut=ending == "max_tokens")

    def _fault(self, reply: Reply) -> Fault:
        named = reply.headers.get("x-amzn-errortype") or wire.text_of(reply.data.get("__type"))
        # ValidationException:http://…, or com.amazon.coral.service#ExpiredTokenException.
        name = named.partition(":")[0].rpartition("#")[2]
        codes = (name,) if _CODE.fullmatch(name) else ()
        message = wire.text_of(reply.data.get("message") or reply.data.get("Message"))
        if name in _EXPIRED:
            self.signature.expired()
            return Fault(FaultKind.GARBLED, codes)
        for words, kind, code in _TELLING:
            if words in message:
                return Fault(kind, (*codes, code))
        kind = _KINDS.get(name) or wire.kind_of_status(reply)
        if kind is FaultKind.UNUSABLE and any(word in message.lower() for word in _TOO_LONG):
            return Fault(FaultKind.TOO_LONG, codes)
        # That a model has no cache for prompts is said as a lack of rights.
        is_mendable = kind is FaultKind.UNUSABLE or "prompt caching" in message
        if is_mendable and self._takes.learn(message):
            return Fault(FaultKind.GARBLED, codes)
        return Fault(kind, codes)

    def limits(self, reply: Reply, clock: Clock) -> Limits:
        """Bedrock says nothing of its quotas; see `tallysheet.models._dialect.Dialect`."""
        return Limits(wait_s=asked_wait_s(reply.headers, clock))


def schema_text(instructions: str, schema: str) -> str:
    """*instructions* with the schema of the answer, where no tool can hold it."""
    return f"{instructions}\n\nThe JSON Schema of the answer:\n{schema}".strip()


def _region_in(model: str) -> str:
    """The region in an ARN: no other one knows it."""
    parts = model.split(":")
    return parts[3] if len(parts) > 5 and parts[0] == "arn" else ""


def _messages(question: Question) -> list[dict[str, Any]]:
    """Pictures before the text, each after its number."""
    document: list[dict[str, Any]] = []
    for picture in question.pictures:
        image = {
            "format": picture.media_type.removeprefix("image/"),
            "source": {"bytes": wire.encoded(picture)},
        }
        document += [{"text": f"Page {picture.page}:"}, {"image": image}]
    if question.text.strip() or not document:
        document.append({"text": question.text.strip() or wire.NOTHING})
    talk = [{"role": role, "content": [{"text": text}]} for role, text in wire.turns(question)]
    return [{"role": "user", "content": document}, *talk]


def _said(content: list[Mapping[str, Any]]) -> str:
    """What the tool was called with, or else the text: some models answer in words after all."""
    calls = (wire.mapping(block.get("toolUse")).get("input") for block in content)
    called = next((given for given in calls if given is not None), None)
    if called is not None:
        return json.dumps(called)
    return "".join(wire.text_of(block.get("text")) for block in content)


def _usage(data: Mapping[str, Any]) -> Usage:
    usage = wire.mapping(data.get("usage"))
    cached = wire.count(usage.get("cacheReadInputTokens"))
    # Counted apart; what was written to the cache was read by the model, too.
    written = wire.count(usage.get("cacheWriteInputTokens"))
    fresh = wire.count(usage.get("inputTokens"))
    out = wire.count(usage.get("outputTokens"))
    return Usage(fresh + written + cached, out, cached, written)
