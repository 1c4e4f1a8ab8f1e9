"""What dialects share: addresses, learning from refusals, schemas without references."""

import json

import pytest

from tallysheet.errors import ConfigError
from tallysheet.models._wire import Takes, endpoint, inlined

EXAMPLE = "https://api.example.com"


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://api.example.com", "https://api.example.com/v1/messages"),
        ("https://api.example.com/", "https://api.example.com/v1/messages"),
        ("http://[::1]:8080/proxy", "http://[::1]:8080/proxy/v1/messages"),
        ("http://a.example/my%2Fpath", "http://a.example/my%2Fpath/v1/messages"),
        ("http://a.example/my päth", "http://a.example/my%20p%C3%A4th/v1/messages"),
        ("https://a.example/x?api-version=1", "https://a.example/x/v1/messages?api-version=1"),
    ],
)
def test_a_path_is_put_below_a_base_url(base_url: str, url: str) -> None:
    """What comes after the path stays after it."""
    assert endpoint(base_url, "/v1/messages", example=EXAMPLE)[0] == url


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.example.com",
        "ftp://a",
        "https://",
        "https://u:canary@a",
        "http://a:0",
        "http://a b",
        "http://ä",
    ],
)
def test_what_is_no_base_url_is_refused_without_showing_it(base_url: str) -> None:
    """It can hold a password."""
    with pytest.raises(ConfigError, match="base URL") as caught:
        endpoint(base_url, "/v1", example=EXAMPLE)

    assert "canary" not in str(caught.value)


def test_a_thousand_refusals_of_one_thing_teach_one_thing() -> None:
    """Many requests are under way when the first refusal comes back."""
    takes = Takes({"toolchoice": "forced", "tool": "tools"})

    taught = {takes.learn("This model doesn't support toolConfig.toolChoice") for _ in range(1000)}

    assert taught == {True}
    assert "forced" not in takes
    assert "tools" in takes


def test_a_refusal_of_something_else_teaches_nothing() -> None:
    """Asking again the same way would not help."""
    takes = Takes({"tool": "tools"})

    assert not takes.learn("Could not process image 20240307")
    assert "tools" in takes


@pytest.mark.parametrize(
    ("refusal", "tokens"),
    [
        ("max_tokens: 16384 > 8192, the maximum for claude-3-haiku-20240307", 8192),
        ("The maximum tokens you requested exceeds the model limit of 10000. Try less", 10_000),
        ("max_tokens is too large: 16384. This model supports at most 4096 completion", 4096),
        ("prompt is too long: 200049 tokens > 200000 maximum", 16_384),
        ("input length and `max_tokens` exceed context limit: 190000 + 16384 > 200000", 16_384),
        ("max_tokens is not a number", 16_384),
    ],
)
def test_the_longest_answer_is_read_out_of_a_refusal(refusal: str, tokens: int) -> None:
    """And never out of one that is about the document's length."""
    takes = Takes({})

    takes.learn(refusal)

    assert takes.tokens(16_384) == tokens
    assert takes.tokens(500) == 500


def test_definitions_are_put_where_they_are_referred_to() -> None:
    """However deep."""
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"items": {"$ref": "#/$defs/A"}}},
        "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/B"}]}, "B": {"type": "string"}},
    }

    flat = json.loads(inlined(json.dumps(schema)))

    a = {"anyOf": [{"type": "string"}]}
    assert flat == {"type": "object", "properties": {"a": a, "b": {"items": a}}}


@pytest.mark.parametrize("target", ["A", "Nobody"])
def test_a_schema_without_an_end_is_refused(target: str) -> None:
    """As is one that refers to nothing."""
    schema = {"properties": {"a": {"$ref": f"#/$defs/{target}"}}, "$defs": {"A": {"$ref": "A"}}}

    with pytest.raises(ValueError, match=target):
        inlined(json.dumps(schema))
