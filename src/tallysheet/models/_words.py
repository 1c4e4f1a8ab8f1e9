"""What a provider says in its own words, made fit to be shown: without keys, and short."""

import re

from tallysheet.models import _wire as wire
from tallysheet.models._dialect import Call, Reply

MOST_SHOWN = 200
"""Characters of it that are shown."""
MOST_READ = 2_000
HIDDEN = "[…]"
LEAST_SECRET = 4
"""Characters of the shortest key."""
LEAST_PART = 6
"""Characters of the shortest part of a key that is taken for one."""
LONG = 20
"""No word has so many characters, and digits among them: what does is a key, or may be."""

_UNREAD = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_PARTS = re.compile(r"[\s,;=&?]+")
_WORDS = re.compile(r"[\s\"'`“”‘’]+")
_KEY = re.compile(r"(?:sk|pk|rk|org|proj|key)[-_]\w", re.IGNORECASE)
_PLAIN = frozenset({"content-type", "accept", "anthropic-version", "bearer", "basic"})
"""Headers, and words in headers, that are no secret."""


def words_of(reply: Reply, call: Call, model: str) -> str:
    """What *reply* to *call* says, in at most `MOST_SHOWN` characters; empty if it says nothing.

    Whatever stood in a header or in the address's query, and whatever looks like a key or a
    part of one, is hidden.

    Args:
        reply: What came back.
        call: What was sent.
        model: The provider's own name of the model, which is no key however it looks.
    """
    text = _message(reply)[:MOST_READ]
    secrets = _secrets(call)
    for secret in secrets:
        text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    seen = "".join(c if c.isprintable() else " " for c in _UNREAD.sub(" ", text))
    for word in {*_WORDS.split(seen)}:
        if word.strip(".,:;()") != model and _is_secret(word, secrets):
            seen = seen.replace(word, HIDDEN)
    shown = " ".join(seen.split())
    return shown if len(shown) <= MOST_SHOWN else f"{shown[: MOST_SHOWN - 1].rstrip()}…"


def _message(reply: Reply) -> str:
    """The text where providers, gateways and servers put it."""
    data = reply.data
    error, detail = data.get("error"), data.get("detail")
    places = [
        wire.mapping(error).get("message"),
        error,
        data.get("message"),
        data.get("Message"),
        detail,
        *(block.get("msg") for block in wire.blocks(detail)),
        *(block.get("message") for block in wire.blocks(data.get("errors"))),
        reply.text,
    ]
    return next((place for place in places if isinstance(place, str) and place.strip()), "")


def _secrets(call: Call) -> list[str]:
    """What was sent with *call* that may be secret, the longest first."""
    values = [value for name, value in call.headers.items() if name.lower() not in _PLAIN]
    values.append(call.url.partition("?")[2])
    parts = {p for value in values for p in (value, *value.split(), *_PARTS.split(value))}
    return sorted(
        (part for part in parts if len(part) >= LEAST_SECRET and part.lower() not in _PLAIN),
        key=len,
        reverse=True,
    )


def _is_secret(word: str, secrets: list[str]) -> bool:
    core = word.strip(".,:;()[]{}…")
    if "*" in core or _KEY.match(core):
        return True
    if len(core) >= LONG and any(map(str.isdigit, core)):
        return True
    part = core.lower()
    return len(part) >= LEAST_PART and any(part in secret.lower() for secret in secrets)
