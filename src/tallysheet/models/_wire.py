"""What dialects share: addresses and keys as they should be, replies that may be anything.

No text of a provider is ever repeated, since it can hold a key: what is read
out of it are plain codes, numbers, and which word of a request it complains of.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from tallysheet.errors import ConfigError
from tallysheet.model import Picture
from tallysheet.models._dialect import FaultKind, Reply
from tallysheet.ports import Question

TOOL = "invoice"
"""What the answer is called where it is asked for as the input of a tool."""
TOOL_TEXT = "Takes the answer. Call it once, with all of the answer."
NOTHING = "(no answer)"
"""Stands for an answer that was empty: providers refuse a message without text."""

_WRITTEN = "%/:@!$&'()*+,;=~"
"""What stays as it is in a path or a query, escapes included."""
_PLAIN = re.compile(r"[a-z_]{1,48}")
_TOKENS = re.compile(r"(?<![\w.-])(\d{4,6})(?![\w-])")


def endpoint(base_url: str, path: str, *, example: str) -> tuple[str, str]:
    """The URL to post to, *path* below *base_url*, and the host to name in messages.

    Raises:
        ConfigError: *base_url* is none; it is not shown, since it may hold a password.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        parts, host = urlsplit(""), None
    is_plain = parts.netloc.isascii() and parts.netloc.isprintable() and " " not in parts.netloc
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not is_plain:
        raise ConfigError(
            "The base URL of the model is not one.",
            f"It begins with https:// or http:// and holds no password, like {example}.",
        )
    path = quote(parts.path.rstrip("/"), safe=_WRITTEN) + path
    query = quote(parts.query, safe=_WRITTEN + "?")
    return urlunsplit((parts.scheme, parts.netloc, path, query, "")), host


def usable_key(api_key: str, variable: str) -> str:
    """*api_key* as it may stand in a header; empty if it is.

    Raises:
        ConfigError: It holds what no key holds. It is not shown.
    """
    key = api_key.strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError(
            "The model's key holds characters that no key has.",
            f"Set {variable} again, copied as it was given.",
        )
    return key


def account(key: str) -> str:
    """A name for whoever *key* belongs to, from which it cannot be found."""
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else "nobody"


def mapping(value: object) -> Mapping[str, Any]:
    """*value* if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def blocks(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects in *value*, where it is a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def count(value: object) -> int:
    """*value* if it is a number of things, else 0."""
    if isinstance(value, int) and not isinstance(value, bool):
        return max(0, value)
    return 0


def text_of(value: object) -> str:
    """*value* if it is text, else none."""
    return value if isinstance(value, str) else ""


def plain_codes(*values: object) -> tuple[str, ...]:
    """Those of *values* that are lower-case codes, which no key looks like."""
    return tuple(v for v in values if isinstance(v, str) and _PLAIN.fullmatch(v))


def number(headers: Mapping[str, str], name: str) -> float | None:
    """The number in a header; None where there is none, or one that means nothing."""
    try:
        value = float(headers[name])
    except (KeyError, ValueError):
        return None
    return value if 0 <= value < float("inf") else None


def kind_of_status(reply: Reply) -> FaultKind:
    """What kind of fault the HTTP status alone says it is."""
    status = reply.status
    if not status:
        return FaultKind.UNTRUSTED if reply.untrusted else FaultKind.CONNECTION
    if status == 429:
        return FaultKind.RATE_LIMIT
    if status >= 500 or status in (408, 409, 425):
        return FaultKind.OVERLOAD
    if status in (401, 403):
        return FaultKind.CREDENTIALS
    if status == 402:
        return FaultKind.QUOTA
    if status == 404 or 200 < status < 400:
        return FaultKind.UNKNOWN_MODEL
    if status == 413:
        return FaultKind.TOO_LONG
    return FaultKind.GARBLED if status == 200 else FaultKind.UNUSABLE


def encoded(picture: Picture) -> str:
    """The bytes of *picture*, as JSON can carry them."""
    return base64.b64encode(picture.data).decode()


def turns(question: Question) -> list[tuple[str, str]]:
    """The conversation after the document: what was answered, and what was wrong with it."""
    return [
        turn
        for said, mistake in question.mistakes
        for turn in (("assistant", said.strip() or NOTHING), ("user", mistake))
    ]


class Takes:
    """What a model takes, as far as its own refusals have told.

    Which model takes which part of a request is a table that is out of date
    whenever a model appears, so there is none: a part that is refused by name is
    left out from then on. Many requests may be refused for the same reason at
    once, so being told a thing twice is the same as once.

    Args:
        words: Words of a refusal, lower case, each with the part of a request that it is about.
            The first that occurs counts.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        self._refused: set[str] = set()
        self._most_tokens: int | None = None

    def __contains__(self, part: str) -> bool:
        return part not in self._refused

    def tokens(self, wanted: int) -> int:
        """The length of answer to ask for, given the one *wanted*; both in tokens."""
        return wanted if self._most_tokens is None else min(wanted, self._most_tokens)

    def learn(self, refusal: str) -> bool:
        """Note what *refusal* is about; whether asking again in the way we know now may help."""
        text = refusal.lower()
        if "token" in text and ("max" in text or "exceed" in text) and self._learn_tokens(text):
            return True
        part = next((part for word, part in self._words.items() if word in text), None)
        if part is not None:
            self._refused.add(part)
        return part is not None

    def _learn_tokens(self, text: str) -> bool:
        """``max_tokens: 16384 > 8192``, ``exceeds the model limit of 10000``: the least counts."""
        if "prompt is too long" in text or "context" in text or "input" in text:
            return False
        numbers = [int(found) for found in _TOKENS.findall(text)]
        if not numbers:
            return False
        self._most_tokens = min([*numbers, *filter(None, [self._most_tokens])])
        return True


@lru_cache(maxsize=4)
def inlined(schema: str) -> str:
    """*schema* without definitions, each put where it is referred to.

    Raises:
        ValueError: It refers to itself, so that it has no end.
    """
    root = json.loads(schema)
    definitions = mapping(root.pop("$defs", None))

    def flat(node: Any, above: tuple[str, ...]) -> Any:
        if isinstance(node, list):
            return [flat(item, above) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            name = str(node["$ref"]).rpartition("/")[2]
            if name in above or name not in definitions:
                raise ValueError(f"The schema's {name} cannot be put in place.")
            return flat(definitions[name], (*above, name))
        return {key: flat(value, above) for key, value in node.items()}

    return json.dumps(flat(root, ()), separators=(",", ":"))
