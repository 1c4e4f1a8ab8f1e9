"""What a server is asked and what it says, whatever the dialect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One reply of the server: a good one, unless told otherwise."""

    text: str = "{}"
    """What the model says."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    """The code in an error's body, such as ``insufficient_quota``."""
    latency_s: float = 0.0
    """Real seconds until the reply begins."""
    ending: str = "stop"
    """The finish reason in OpenAI's words; ``length`` for an answer that was cut off."""
    refusal: str = ""
    """The model's refusal, in place of what it says."""
    raw: bytes | None = None
    """The body as it is, where it is no proper reply."""
    hang_up: bool = False
    """Whether the connection is closed without a reply."""
    cut: bool = False
    """Whether the connection is closed in the middle of the reply."""
    hang: bool = False
    """Whether nothing ever comes, though the connection stays open."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    dialect: str
    """``openai``, ``anthropic`` or ``bedrock``."""
    model: str
    document: str
    """The first thing that the user says."""
    schema: Mapping[str, Any]
    """The JSON Schema of the answer; empty where none was given."""
    tool: str
    """The name of the tool whose input the answer is to be; empty for plain text."""
    most_tokens: int
    """The longest answer that is wanted."""
    tokens_in: int


Script = Callable[[dict[str, Any]], Said | str] | Sequence[Said | str]
"""A function of the request's body, or one reply after the other; the last one repeats."""

CHARACTERS_PER_TOKEN = 2.3
"""How this server counts: as invoices were measured, though tokenizers differ."""
TOKENS_PER_PICTURE = 1_600


def tokens_of(text: str) -> int:
    """How many tokens *text* counts as."""
    return max(1, round(len(text) / CHARACTERS_PER_TOKEN))
