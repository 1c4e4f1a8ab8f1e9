"""One HTTP attempt: what comes of it, and how long a provider asks us to wait."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from tallysheet.models._dialect import Call, Reply
from tallysheet.models._session import MOST_BYTES, Session, asked_wait_s
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import Said, llm_server

NOW = FakeClock().now()
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "Invoice 1"}]}'


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, 0.0),
        (
            {"retry-after": format_datetime((NOW + timedelta(seconds=30)).replace(tzinfo=None))},
            30.0,
        ),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-3"}, None),
    ],
)
def test_what_a_provider_asks_for_is_understood_in_every_notation(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Seconds, milliseconds and dates count; nonsense asks for nothing."""
    asked = asked_wait_s(headers, FakeClock())

    assert asked == seconds


async def replied(said: Said) -> tuple[Reply, int]:
    """What one attempt gets from a server that says this, and how often that was asked."""
    async with llm_server([said]) as server, Session(connections=2, timeout_s=20.0) as session:
        call = Call(f"{server.url}/chat/completions", BODY, {})
        return await session.send(call), len(server.visits)


@pytest.mark.parametrize(
    ("said", "status", "data"),
    [
        (Said(raw=b'{"a": 1}'), 200, {"a": 1}),
        (Said(raw=b'[{"error": 1}]', status=400), 400, {"error": 1}),
        (Said(raw=b"<html>busy</html>"), 200, {}),
        (Said(raw=b"[" * 100_000), 200, {}),
        (Said(raw=b"[]"), 200, {}),
        (Said(raw=b"7"), 200, {}),
        (Said(raw=b'{"a": '), 200, {}),
        (Said(raw=b" " * 2 * MOST_BYTES + b'{"a": 1}'), 200, {}),
        (Said(status=503, raw=b"{}"), 503, {}),
        (Said(status=302, headers={"Location": "http://127.0.0.1:9/"}, raw=b"{}"), 302, {}),
    ],
    ids=["object", "list", "html", "deep", "empty", "number", "torn", "huge", "503", "redirect"],
)
async def test_any_body_and_any_status_is_a_reply(said: Said, status: int, data: object) -> None:
    """Sent once, no redirect followed, no more read than anyone may send."""
    reply, visits = await replied(said)

    assert (reply.status, reply.data, reply.trouble, visits) == (status, data, "", 1)


@pytest.mark.parametrize("said", [Said(hang_up=True), Said(cut=True)], ids=["hang up", "cut"])
async def test_a_lost_reply_is_one_too_and_may_have_been_paid_for(said: Said) -> None:
    """The trouble is the name of a class, and nothing else of the error."""
    reply, visits = await replied(said)

    assert (reply.status, reply.unsent, visits) == (0, False, 1)
    assert reply.trouble.isidentifier()


async def test_an_attempt_ends_in_time_whatever_the_server_does() -> None:
    """A server that never answers is left."""
    async with (
        llm_server([Said(hang=True)]) as server,
        Session(connections=1, timeout_s=0.05) as session,
    ):
        reply = await session.send(Call(f"{server.url}/chat/completions", BODY, {}))

    assert (reply.status, reply.unsent) == (0, False)
    assert "Timeout" in reply.trouble


async def test_where_nobody_listens_nothing_was_sent() -> None:
    """So it cannot have cost anything."""
    async with llm_server(["{}"]) as server:
        url = f"{server.url}/chat/completions"

    async with Session(connections=1, timeout_s=20.0) as session:
        reply = await session.send(Call(url, BODY, {}))

    assert (reply.status, reply.unsent) == (0, True)
