"""The language-model server: three dialects, and each thing that can go wrong on the wire."""

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tallysheet.model import Parsed
from tallysheet.models._dialect import Reply
from tallysheet.models.anthropic import Anthropic
from tallysheet.models.bedrock import Bedrock
from tallysheet.models.bedrock._signature import Bearer
from tallysheet.ports import Question
from tallysheet.testing import Behaviour, FakeClock, Mishap
from tallysheet.testing.llm_server import LLMServer, Said, llm_server

SCHEMA = {"type": "object", "properties": {"invoice": {"type": "object"}}}
DOCUMENT = "Muster GmbH\nInvoice number: RE-1042\nTotal 119,00 EUR"
QUESTION = Question(Parsed("application/pdf"), "Read it.", DOCUMENT, json.dumps(SCHEMA))
LIMITS = Behaviour(requests_per_minute=10, tokens_per_minute=100_000)


def openai_body(text: str = DOCUMENT, **more: Any) -> dict[str, Any]:
    """What an OpenAI-style client sends."""
    return {"model": "small", "messages": [{"role": "user", "content": text}], **more}


def anthropic_body(text: str = DOCUMENT) -> dict[str, Any]:
    """What an Anthropic-style client sends."""
    return {"model": "small", "max_tokens": 500, "messages": [{"role": "user", "content": text}]}


async def openai(server: LLMServer, session: aiohttp.ClientSession, text: str) -> Reply:
    """Ask in OpenAI's dialect."""
    return await posted(session, f"{server.url}/chat/completions", openai_body(text))


async def anthropic(server: LLMServer, session: aiohttp.ClientSession, text: str) -> Reply:
    """Ask in Anthropic's dialect."""
    return await posted(session, f"{server.origin}/v1/messages", anthropic_body(text))


async def bedrock(server: LLMServer, session: aiohttp.ClientSession, text: str) -> Reply:
    """Ask in Bedrock's dialect."""
    body = {"messages": [{"role": "user", "content": [{"text": text}]}]}
    return await posted(session, f"{server.origin}/model/eu.small%3A0/converse", body)


DIALECTS = {"openai": openai, "anthropic": anthropic, "bedrock": bedrock}
each_dialect = pytest.mark.parametrize("ask", DIALECTS.values(), ids=DIALECTS)


async def posted(session: aiohttp.ClientSession, url: str, body: Any) -> Reply:
    """One POST; what is no JSON object is left out."""
    async with session.post(url, data=json.dumps(body)) as response:
        names = {name.lower(): value for name, value in response.headers.items()}
        try:
            data = json.loads(await response.read())
        except ValueError:
            data = {}
        return Reply(response.status, names, data)


@asynccontextmanager
async def served(
    *given: Any, **more: Any
) -> AsyncIterator[tuple[LLMServer, aiohttp.ClientSession]]:
    """A server, and a client without limits of its own."""
    async with (
        llm_server(*given, **more) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        yield server, session


@each_dialect
async def test_every_dialect_answers_out_of_the_document(ask) -> None:
    """What the model says stands in the text that it was given, wherever the dialect puts it."""
    async with served() as (server, session):
        reply = await ask(server, session, DOCUMENT)

    assert reply.status == 200
    assert "RE-1042" in json.dumps(reply.data)
    assert server.visits[0].tokens_in > 0
    assert server.visits[0].tokens_out > 0


@pytest.mark.parametrize("provider", ["anthropic", "bedrock"])
async def test_our_dialects_and_the_server_understand_each_other(provider) -> None:
    """A forced tool is called, and what it took is counted the same on both sides."""
    async with served() as (server, session):
        dialect = (
            Anthropic("small", api_key="k", base_url=server.origin)
            if provider == "anthropic"
            else Bedrock("eu.small:0", signature=Bearer("k"), base_url=server.origin)
        )
        call = await dialect.call(QUESTION, most_tokens=500)
        said = dialect.read(await posted(session, call.url, json.loads(call.body)))

    visit = server.visits[0]
    assert json.loads(said.text)["invoice"]["number"] == "RE-1042"
    assert said.usage.tokens_in == visit.tokens_in
    assert said.usage.tokens_out == visit.tokens_out
    assert not said.cut
    assert (visit.dialect, visit.model) == (provider, dialect.name.partition(":")[2])


async def test_openais_schema_is_followed() -> None:
    """The answer holds the properties that the schema names, and no others."""
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}

    async with served() as (server, session):
        body = openai_body(response_format=shape)
        reply = await posted(session, f"{server.url}/chat/completions", body)

    assert list(json.loads(reply.data["choices"][0]["message"]["content"])) == ["invoice"]


@each_dialect
@pytest.mark.parametrize("mishap", [m for m in Mishap if m.isdigit()])
async def test_refusals_have_their_status_and_a_body_with_an_error(ask, mishap) -> None:
    """Bedrock alone knows no 529."""
    async with served(behaviour=Behaviour(mishaps={mishap: 1.0})) as (server, session):
        reply = await ask(server, session, DOCUMENT)

    expected = min(int(mishap), 503) if ask is bedrock else int(mishap)
    assert reply.status == expected
    assert "error" in reply.data or "x-amzn-errortype" in reply.headers
    assert (server.visits[0].status, server.visits[0].mishap) == (expected, mishap)


@pytest.mark.parametrize(
    ("ask", "header"),
    [
        (openai, "x-ratelimit-remaining-requests"),
        (anthropic, "anthropic-ratelimit-requests-remaining"),
    ],
    ids=["openai", "anthropic"],
)
async def test_the_quota_stands_above_each_reply(ask, header) -> None:
    """In the provider's own words: what is left after this request."""
    async with served(behaviour=LIMITS) as (server, session):
        left = [(await ask(server, session, DOCUMENT)).headers[header] for _ in range(3)]

    assert left == ["9", "8", "7"]


async def test_anthropics_headers_are_read_as_they_are_meant() -> None:
    """By our own dialect: limits, levels, and the moment when all is there again."""
    async with served(behaviour=LIMITS) as (server, session):
        reply = await anthropic(server, session, DOCUMENT)
        said = Anthropic("small", api_key="k").limits(reply, FakeClock())

    assert (said.requests.limit, said.requests.remaining) == (10, 9)
    assert said.requests.reset_s == pytest.approx(6, abs=1.5)
    assert said.tokens.limit == 100_000


async def test_bedrock_says_nothing_of_its_quota() -> None:
    """As the real one: neither what is left nor how long to wait, a client has to find out."""
    async with served(behaviour=LIMITS) as (server, session):
        replies = [await bedrock(server, session, DOCUMENT) for _ in range(11)]

    said = {name for reply in replies for name in reply.headers}
    assert replies[-1].headers["x-amzn-errortype"] == "ThrottlingException"
    assert not [name for name in said if "ratelimit" in name or "retry" in name]
    assert server.visits[-1].retry_after_s is None


@pytest.mark.parametrize("ask", [openai, anthropic], ids=["openai", "anthropic"])
async def test_who_asks_more_than_the_quota_is_told_how_long_to_wait(ask) -> None:
    """In whole seconds, and in milliseconds for those who read them."""
    async with served(behaviour=LIMITS) as (server, session):
        replies = [await ask(server, session, DOCUMENT) for _ in range(11)]

    assert [reply.status for reply in replies] == [200] * 10 + [429]
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 6
    assert 0 < int(replies[-1].headers["retry-after-ms"]) <= 6000
    assert server.visits[-1].why == "requests"
    assert 0 < server.visits[-1].retry_after_s <= 6


async def test_more_than_may_be_in_flight_are_refused() -> None:
    """Two are answered, the third is sent away, and later there is room again."""
    async with served(behaviour=Behaviour(most_in_flight=2)) as (server, session):
        server.hold()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(openai(server, session, str(n))) for n in range(3)]
            await server.arrived(3)
            server.release()
        after = await openai(server, session, "later")

    assert sorted(task.result().status for task in tasks) == [200, 200, 429]
    assert after.status == 200


@each_dialect
async def test_an_answer_is_cut_where_the_client_wanted_no_more(ask) -> None:
    """It says so, each dialect in its own word."""
    said = Said("word " * 5000)

    async with served([said]) as (server, session):
        reply = await ask(server, session, DOCUMENT)

    text = json.dumps(reply.data)
    assert {openai: '"length"', anthropic: '"max_tokens"', bedrock: '"max_tokens"'}[ask] in text
    assert server.visits[0].tokens_out <= 4096


@each_dialect
async def test_a_refusal_is_said_as_each_dialect_says_it(ask) -> None:
    """With status 200: the model answers, though not what was asked."""
    async with served(behaviour=Behaviour(mishaps={Mishap.REFUSAL: 1.0})) as (server, session):
        reply = await ask(server, session, DOCUMENT)

    text = json.dumps(reply.data)
    assert reply.status == 200
    word = {openai: '"refusal": "I', anthropic: '"refusal"', bedrock: '"content_filtered"'}[ask]
    assert word in text


async def text_with(mishap: Mishap) -> str:
    """What the model says where *mishap* happens every time."""
    async with served(behaviour=Behaviour(mishaps={mishap: 1.0})) as (server, session):
        reply = await openai(server, session, DOCUMENT)
    return str(reply.data["choices"][0]["message"]["content"])


async def test_a_wrong_answer_is_whole_and_has_another_total() -> None:
    """Plausible: nobody sees it who does not look at the document."""
    lie = json.loads(await text_with(Mishap.WRONG))

    assert lie["invoice"]["totals"]["gross"] == "130.90"
    assert lie["invoice"]["number"] == "RE-1042"


@pytest.mark.parametrize("mishap", [Mishap.TORN, Mishap.LENGTH])
async def test_a_torn_answer_is_no_json(mishap) -> None:
    """It begins well and ends too early."""
    text = await text_with(mishap)

    assert text.startswith("{")
    with pytest.raises(ValueError, match=r"JSON|delimiter|Unterminated|Expecting"):
        json.loads(text)


async def test_a_garbled_reply_is_no_json() -> None:
    """As from a proxy that lost its provider."""
    behaviour = Behaviour(mishaps={Mishap.GARBLED: 1.0})

    async with served(behaviour=behaviour) as (server, session):
        reply = await openai(server, session, DOCUMENT)

    assert (reply.status, reply.data) == (200, {})


@pytest.mark.parametrize(
    ("mishap", "error"),
    [
        (Mishap.HANG_UP, aiohttp.ServerDisconnectedError),
        (Mishap.CUT, aiohttp.ClientPayloadError),
    ],
)
async def test_a_connection_that_ends_early_is_an_error_at_the_client(mishap, error) -> None:
    """Before the reply, or in the middle of it; the next request is none the worse."""
    async with served(behaviour=Behaviour(mishaps={mishap: 1.0})) as (server, session):
        with pytest.raises((error, aiohttp.ClientOSError)):
            await openai(server, session, DOCUMENT)

    assert server.visits[0].status == 0
    assert server.in_flight == 0


async def test_a_hang_lasts_until_the_client_goes_away() -> None:
    """And then its place is free, as at a provider that notices."""
    behaviour = Behaviour(most_in_flight=1, mishaps={Mishap.HANG: 1.0})
    gone = asyncio.Event()

    async with (
        served(behaviour=behaviour, seen=lambda _: gone.set()) as (server, session),
        asyncio.TaskGroup() as group,
    ):
        hanging = group.create_task(openai(server, session, DOCUMENT))
        await server.arrived(1)
        refused = await openai(server, session, "meanwhile")
        gone.clear()
        hanging.cancel()
        await gone.wait()

    assert refused.status == 429
    assert (server.visits[0].status, server.visits[0].mishap) == (0, "hang")
    assert server.in_flight == 0


async def test_latency_is_waited_for_and_written_down() -> None:
    """Counted from when the request was there, whatever making up the answer takes."""
    async with served(behaviour=Behaviour(latency_s=0.05)) as (server, session):
        await openai(server, session, DOCUMENT)

    visit = server.visits[0]
    assert visit.left_s - visit.arrived_s >= 0.049


async def test_all_in_flight_are_counted() -> None:
    """As many as the client has on the wire, whatever it believes."""
    async with served() as (server, session):
        server.hold()
        async with asyncio.TaskGroup() as group:
            for number in range(150):
                group.create_task(openai(server, session, str(number)))
            await server.arrived(150)
            server.release()

    assert server.most_in_flight == 150
    assert sorted(visit.in_flight for visit in server.visits) == list(range(1, 151))


@pytest.mark.parametrize(
    "body",
    ["no JSON", [], {}, {"model": "m"}, {"model": "m", "messages": "x"}, openai_body(None)],
    ids=["text", "list", "empty", "no messages", "words", "null"],
)
async def test_what_is_no_request_is_refused_and_written_down(body) -> None:
    """With status 400, as a provider would."""
    async with served() as (server, session):
        reply = await posted(session, f"{server.url}/chat/completions", body)

    assert reply.status == 400
    assert server.visits[0].status == 400
    assert server.requests == []


async def test_other_addresses_are_unknown() -> None:
    """A wrong base URL is told at once."""
    async with served() as (server, session):
        reply = await posted(session, f"{server.origin}/v2/elsewhere", {})

    assert reply.status == 404


async def test_scripted_replies_speak_every_dialect() -> None:
    """One script, and each client hears it in its own form."""
    script = ['{"a": 1}', Said(status=401, code=""), Said("Plain words.")]

    for ask in DIALECTS.values():
        async with served(script) as (server, session):
            good, refused, plain = [await ask(server, session, DOCUMENT) for _ in range(3)]

        assert "a" in json.dumps(good.data)
        assert refused.status == 401
        assert "Plain words." in json.dumps(plain.data)


def started(*options: str) -> subprocess.Popen[str]:
    """The server as a process of its own."""
    command = [sys.executable, "-m", "tallysheet.testing.llm_server", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_as_a_process_it_says_where_it_is_and_logs_each_request(tmp_path) -> None:
    """Its first line is JSON; its log has a line a request; SIGTERM ends it well."""
    log, truth = tmp_path / "log.jsonl", tmp_path / "truth.jsonl"
    told = {"document": "a.pdf", "invoice": {"number": "RE-1042", "currency": "NOK"}}
    truth.write_text(json.dumps(told) + "\n", encoding="utf-8")
    options = ["--log", str(log), "--truth", str(truth), "--rpm", "1", "--latency", "0.01"]
    process = await asyncio.to_thread(started, *options)
    try:
        addresses = json.loads(await asyncio.to_thread(process.stdout.readline))
        async with aiohttp.ClientSession() as session:
            url = f"{addresses['openai']}/chat/completions"
            replies = [await posted(session, url, openai_body()) for _ in range(2)]
    finally:
        process.send_signal(signal.SIGTERM)
        _, complaints = await asyncio.to_thread(process.communicate)

    visits = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert (process.returncode, complaints) == (0, "")
    assert (
        [reply.status for reply in replies] == [visit["status"] for visit in visits] == [200, 429]
    )
    assert '\\"NOK\\"' in json.dumps(replies[0].data)
    assert set(addresses) == {"openai", "anthropic", "bedrock"}


async def job_told(session: aiohttp.ClientSession, url: str, looks: int) -> list[str]:
    """Hand in a job of twelve rows at *url*, look at it, and return what became of each row."""
    row = {"custom_id": "", "params": anthropic_body()}
    rows = [row | {"custom_id": f"q{number}"} for number in range(12)]
    made = await posted(session, url, {"requests": rows})
    where = f"{url}/{made.data['id']}"
    for _ in range(looks):
        async with session.get(where) as reply:
            told = await reply.json()
    if told["processing_status"] != "ended":
        return []
    async with session.get(f"{where}/results") as reply:
        lines = (await reply.text()).splitlines()
    return [json.loads(line)["result"]["type"] for line in lines]


@pytest.mark.parametrize(
    ("options", "looks", "became"),
    [
        (["--job-looks", "3"], 3, {"succeeded": 12}),
        (["--job-looks", "3"], 2, {}),
        (["--job-time", "3600"], 9, {}),
        (["--job-expired", "1"], 1, {"expired": 12}),
        (["--job-missing", "0.5", "--job-expired", "0.5"], 1, {"succeeded": 2, "expired": 3}),
    ],
)
async def test_as_a_process_it_has_jobs_as_told(options, looks, became) -> None:
    """They last so long and bring so much, and the same rows each time."""
    process = await asyncio.to_thread(started, *options)
    try:
        addresses = json.loads(await asyncio.to_thread(process.stdout.readline))
        url = f"{addresses['anthropic']}/v1/messages/batches"
        async with aiohttp.ClientSession() as session:
            told = [await job_told(session, url, looks) for _ in range(2)]
    finally:
        process.send_signal(signal.SIGTERM)
        _, complaints = await asyncio.to_thread(process.communicate)

    assert (process.returncode, complaints) == (0, "")
    assert told[0] == told[1]
    assert Counter(told[0]) == became


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--job-failed", "2"], "share"),
        (["--job-time", "nan"], "seconds"),
        (["--mishap", "earthquake=1"], "earthquake"),
        (["--mishap", "503=0.7", "--mishap", "hang=0.7"], "sum"),
        (["--rpm", "0"], "positive"),
        (["--truth", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--mishap", "fire=1"], "KIND=SHARE"),
    ],
)
def test_what_it_cannot_do_it_says_and_ends(options, said) -> None:
    """One line that names what was wrong, and no traceback."""
    process = started(*options)
    _, complaints = process.communicate()

    assert process.returncode != 0
    assert said in complaints
    assert "Traceback" not in complaints
