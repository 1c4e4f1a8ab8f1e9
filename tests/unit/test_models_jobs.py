"""How each provider is given jobs: requests as its documents show them, replies of any kind."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbed import every_step_ends
from tallysheet.models._dialect import Call, Reply
from tallysheet.models._handles import Handle, Handles, handle_of
from tallysheet.models._jobs import JobDialect, LaterCall, Row, Steps, Undone
from tallysheet.models._jobs_anthropic import AnthropicJobs
from tallysheet.models._jobs_openai import OpenAIJobs
from tallysheet.models._transfer import LONGEST_LINE, Transfer
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock, FaultyStore
from tallysheet.testing.llm_server import Jobs, llm_server

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer k"}
OPENAI = "https://api.openai.com/v1/chat/completions"
ANTHROPIC = "https://api.anthropic.com/v1/messages"
AT = "2026-11-25T12:00:00+00:00"
ROWS = [Row("a" * 64, b'{"model": "m"}'), Row("b" * 64, b'{"model":\n "m"}')]
DIALECTS = {
    "openai": OpenAIJobs(Call(OPENAI, b"", HEADERS)),
    "anthropic": AnthropicJobs(Call(ANTHROPIC, b"", HEADERS)),
}
each_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1000) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "id",
                        "data",
                        "status",
                        "errors",
                        "metadata",
                        "has_more",
                        "custom_id",
                        "error",
                    ),
                    *("response", "status_code", "body", "result", "type", "message", "created_at"),
                    *("request_counts", "processing_status", "last_id", "output_file_id", "code"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def calls_of(steps: Steps[Any], *replies: Mapping[str, Any]) -> tuple[list[Call], Any]:
    """The requests of *steps*, each answered with the next of *replies*, and what they lead to."""
    calls = [next(steps)]
    for reply in replies:
        try:
            calls.append(steps.send(Reply(200, {}, reply)))
        except StopIteration as done:
            return calls, done.value
    raise AssertionError(f"it goes on with {calls[-1]}")


def test_openai_is_given_a_file_and_then_a_batch_of_it() -> None:
    """One line a request, whatever the line ends in it; our token stands in the metadata."""
    steps = DIALECTS["openai"].submit(ROWS, "t0ken")

    (upload, make), job = calls_of(steps, {"id": "file-1"}, {"id": "batch-1"})

    assert job == "batch-1"
    assert upload.url == "https://api.openai.com/v1/files"
    assert upload.headers["Authorization"] == "Bearer k"
    form = upload.body.decode()
    assert 'name="purpose"\r\n\r\nbatch\r\n' in form
    lines = form.split("\r\n\r\n")[-1].split("\r\n--")[0].splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "custom_id": row.key,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "m"},
        }
        for row in ROWS
    ]
    assert make.url == "https://api.openai.com/v1/batches"
    assert json.loads(make.body) == {
        "input_file_id": "file-1",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "metadata": {"tallysheet": "t0ken"},
    }


def test_on_azure_a_file_is_waited_for_before_a_batch_is_made_of_it() -> None:
    """And every line names the deployment that is for jobs."""
    where = "https://n.openai.azure.com/openai/v1/chat/completions"
    azure = OpenAIJobs(Call(where, b"", HEADERS), model="batch-deployment")
    pending, ready = ({"id": "file-1", "status": told} for told in ("pending", "processed"))

    calls, job = calls_of(azure.submit(ROWS, "t0ken"), pending, pending, ready, {"id": "batch-1"})

    assert job == "batch-1"
    assert [(call.method, call.url.rpartition("/v1")[2]) for call in calls] == [
        ("POST", "/files"),
        ("GET", "/files/file-1"),
        ("GET", "/files/file-1"),
        ("POST", "/batches"),
    ]
    assert [isinstance(call, LaterCall) for call in calls] == [False, True, True, False]
    form = calls[0].body.decode()
    assert form.count('"model": "batch-deployment"') == len(ROWS)
    assert '"m"' not in form


def test_a_file_that_cannot_be_processed_is_removed_and_told() -> None:
    """The invoices in it are not left there."""
    steps = DIALECTS["openai"].submit(ROWS, "t0ken")
    next(steps)

    removal = steps.send(Reply(200, {}, {"id": "file-1", "status": "error"}))
    with pytest.raises(Undone) as undone:
        steps.send(Reply(200, {}, {}))

    assert (removal.method, removal.url) == ("DELETE", "https://api.openai.com/v1/files/file-1")
    assert undone.value.reply.status == 400


def test_a_file_that_never_becomes_ready_is_given_up() -> None:
    """After half an hour of looking, as something that may come right later."""
    steps = DIALECTS["openai"].submit(ROWS, "t0ken")
    next(steps)
    waited_s = 0.0

    with pytest.raises(Undone) as undone:
        while True:
            call = steps.send(Reply(200, {}, {"id": "file-1", "status": "pending"}))
            assert isinstance(call, LaterCall)
            waited_s += call.after_s

    assert waited_s == 1800
    assert undone.value.reply.trouble


def test_a_job_whose_states_are_in_capitals_is_over_all_the_same() -> None:
    """As Azure's dated versions show them."""
    _, running = calls_of(DIALECTS["openai"].look("b"), {"status": "Validating"})
    _, over = calls_of(DIALECTS["openai"].look("b"), {"status": "Completed", "output_file_id": "f"})

    assert not running.is_over
    assert (over.is_over, over.parts) == (True, ("f",))


def test_what_was_uploaded_and_became_no_job_is_found_by_our_token() -> None:
    """Only the very file is removed."""
    files = [{"id": f"file-{n}", "filename": f"tallysheet-t{n}.jsonl"} for n in range(3)]

    (_, removal), _ = calls_of(DIALECTS["openai"].discard("t1"), {"data": files}, {})

    assert (removal.method, removal.url) == ("DELETE", "https://api.openai.com/v1/files/file-1")


def test_anthropic_is_given_all_requests_at_once() -> None:
    """The same bodies as single questions have, each under its key."""
    (make,), job = calls_of(DIALECTS["anthropic"].submit(ROWS, "t0ken"), {"id": "msgbatch_1"})

    assert job == "msgbatch_1"
    assert make.url == "https://api.anthropic.com/v1/messages/batches"
    assert json.loads(make.body) == {
        "requests": [{"custom_id": row.key, "params": {"model": "m"}} for row in ROWS]
    }


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        (OPENAI, "https://api.openai.com/v1/files"),
        ("http://here:1/v1beta/openai/chat/completions", "http://here:1/v1beta/openai/files"),
        (
            "https://n.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
            "https://n.openai.azure.com/openai/files?api-version=2024-10-21",
        ),
    ],
)
def test_jobs_are_given_where_questions_are_asked(asked: str, files: str) -> None:
    """Beside the address of single questions, its query kept."""
    call = next(OpenAIJobs(Call(asked, b"", HEADERS)).submit(ROWS, "t"))

    assert call.url == files


def test_openais_lost_job_is_known_by_our_token_on_any_page() -> None:
    """Among those of others, however many came since."""
    others = [{"id": f"batch-{n}", "metadata": None} for n in range(3)]
    ours = {"id": "batch-9", "metadata": {"tallysheet": "t0ken"}}
    steps = DIALECTS["openai"].find("t0ken", 2, AT)

    calls, found = calls_of(
        steps, {"data": others, "has_more": True}, {"data": [ours], "has_more": False}
    )

    assert found == ("batch-9",)
    assert calls[1].url.endswith("after=batch-2")


@pytest.mark.parametrize(
    ("made", "number", "may_be"),
    [
        ("2026-11-25T12:05:00Z", 2, True),
        ("2026-11-25T12:05:00Z", 3, False),
        ("2026-11-25T17:00:00Z", 2, False),
        ("never", 2, False),
    ],
)
def test_anthropics_lost_job_is_known_by_its_time_and_size(
    made: str, number: int, may_be: bool
) -> None:
    """One of about that moment with so many questions, in whatever state they are."""
    counts = {"processing": number - 1, "succeeded": 1}
    page = {"data": [{"id": "msgbatch_1", "created_at": made, "request_counts": counts}]}

    _, found = calls_of(DIALECTS["anthropic"].find("t0ken", 2, AT), page)

    assert found == (("msgbatch_1",) if may_be else ())


def test_a_key_goes_to_no_address_that_a_reply_names() -> None:
    """Where Anthropic's results are is said in the job; we know it ourselves."""
    told = {"processing_status": "ended", "results_url": "https://elsewhere.invalid/x"}

    _, looked = calls_of(DIALECTS["anthropic"].look("msgbatch_1"), told)
    call = DIALECTS["anthropic"].fetch(looked.parts[0])

    assert call.url == "https://api.anthropic.com/v1/messages/batches/msgbatch_1/results"
    assert call.method == "GET"


@each_dialect
def test_a_name_that_a_provider_gives_cannot_lead_elsewhere(dialect: JobDialect) -> None:
    """It is one part of a path, whatever it holds."""
    call = next(dialect.look("../../x?y=z"))

    assert call.url.endswith("/batches/..%2F..%2Fx%3Fy%3Dz")


@pytest.mark.parametrize(
    ("dialect", "row", "status"),
    [
        ("openai", {"response": {"status_code": 200, "body": {"choices": []}}}, 200),
        ("openai", {"response": {"status_code": 400, "body": {"error": {}}}}, 400),
        ("openai", {"response": None, "error": {"code": "batch_expired"}}, None),
        ("anthropic", {"result": {"type": "succeeded", "message": {"content": []}}}, 200),
        (
            "anthropic",
            {"result": {"type": "errored", "error": {"error": {"type": "overloaded_error"}}}},
            529,
        ),
        ("anthropic", {"result": {"type": "expired"}}, None),
        ("anthropic", {"result": {"type": "canceled"}}, None),
    ],
)
def test_a_row_is_the_reply_that_a_single_question_would_have_got(
    dialect: str, row: dict[str, Any], status: int | None
) -> None:
    """Or none, where it was never asked."""
    key, reply = DIALECTS[dialect].read({"custom_id": "k", **row})

    assert key == "k"
    assert (reply.status if reply else None) == status


@each_dialect
@given(told=JSON, status=st.sampled_from([0, 200, 201, 302, 400, 404, 429, 500]))
def test_no_reply_whatsoever_breaks_a_step(dialect: JobDialect, told: Any, status: int) -> None:
    """Each leads on, to an end, or to `Undone`."""
    data = told if isinstance(told, dict) else {"data": told}
    dialect.read(data)
    every_step_ends(dialect, ROWS, Reply(status, {}, data))


async def test_a_large_job_arrives_whole() -> None:
    """Sent in portions, its length told beforehand."""
    jobs = Jobs()
    rows = [Row(f"{n:064x}", json.dumps({"text": "x" * 10_000}).encode()) for n in range(1000)]

    async with llm_server(jobs=jobs) as server, Transfer(silence_s=10) as transfer:
        dialect = OpenAIJobs(Call(f"{server.url}/chat/completions", b"", HEADERS))
        steps = dialect.submit(rows, "t0ken")
        make = steps.send(await transfer.send(next(steps), None))
        reply = await transfer.send(make, None)

    assert reply.status == 200
    assert jobs.questions == [row.key for row in rows]


async def test_large_answers_come_line_by_line_over_the_network() -> None:
    """Every object once, in order; a line that is none is passed over."""
    lines = [json.dumps({"custom_id": str(n), "filling": "x" * 1000}) for n in range(3000)]
    jobs = Jobs(files={"f": "\n".join(["", *lines, "no JSON", "[1]", '{"last": 1}']).encode()})
    taken: list[Mapping[str, Any]] = []

    async with llm_server(jobs=jobs) as server, Transfer(silence_s=10) as transfer:
        call = Call(f"{server.url}/files/f/content", b"", HEADERS, "GET")
        reply = await transfer.send(call, taken.append)

    assert reply.status == 200
    assert [row.get("custom_id") for row in taken] == [*map(str, range(3000)), None]


async def test_a_line_without_end_is_not_held_in_memory() -> None:
    """It is no answer, and the reply counts as none."""
    jobs = Jobs(files={"f": b"x" * (LONGEST_LINE + 1_000_000)})

    async with llm_server(jobs=jobs) as server, Transfer(silence_s=10) as transfer:
        call = Call(f"{server.url}/files/f/content", b"", HEADERS, "GET")
        reply = await transfer.send(call, lambda row: None)

    assert (reply.status, reply.trouble) == (0, "ClientPayloadError")


async def test_an_error_in_place_of_answers_is_read_as_one() -> None:
    """It is no row."""
    taken: list[Mapping[str, Any]] = []

    async with llm_server() as server, Transfer(silence_s=10) as transfer:
        call = Call(f"{server.url}/files/none/content", b"", HEADERS, "GET")
        reply = await transfer.send(call, taken.append)

    assert reply.status == 404
    assert "error" in reply.data
    assert taken == []


@given(data=st.binary(max_size=60) | JSON.map(lambda told: json.dumps(told).encode()))
def test_a_handle_may_be_any_bytes(data: bytes) -> None:
    """What is none is passed over, and never an error."""
    assert handle_of(data) is None


@pytest.mark.parametrize("fault", ["lost-request", "lost-reply", "late", "late-2", "conflict"])
async def test_a_handle_stands_whatever_becomes_of_the_replies(fault: str) -> None:
    """It is read back, and written again until it does."""
    store = FaultyStore(MemoryStore(), [fault, "ok", fault, fault])
    handles = Handles(store, FakeClock())

    await handles.add(Handle("a", "openai:m", "here", AT, ("k",)))
    is_named = await handles.name("a", "job-1")

    assert is_named
    assert (await handles.get("a")).job == "job-1"


async def test_a_handle_is_named_or_dropped_and_never_both() -> None:
    """Whoever comes second sees that it was."""
    handles = Handles(MemoryStore(), FakeClock())
    for token in ("a", "b"):
        await handles.add(Handle(token, "openai:m", "here", AT, ("k",)))

    outcomes = [
        await handles.name("a", "job-1"),
        await handles.drop("a"),
        await handles.drop("b"),
        await handles.name("b", "job-2"),
    ]

    assert outcomes == [True, False, True, False]
    assert (await handles.get("a")).job == "job-1"
    assert [handle.token for handle in await handles.handed_in()] == ["a"]
