"""Jobs on Bedrock: what is put into S3 and asked of its control plane, and what becomes of it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from jobbed import BEDROCK, MODELS, Post, asked, every_step_ends, handles_in, opened, question
from tallysheet.errors import ConfigError, ModelOutage
from tallysheet.extract._prompt import answer_schema
from tallysheet.model import Parsed
from tallysheet.models import Board, Call, Due, Reply
from tallysheet.models._jobs import TOO_FEW, Row, Steps, Undone
from tallysheet.models._jobs_bedrock import BedrockJobs as Dialect
from tallysheet.models._jobs_bedrock import control_url
from tallysheet.models._parcels import Parcels
from tallysheet.models.bedrock import Bedrock
from tallysheet.models.bedrock._signature import Bearer, Credentials
from tallysheet.ports import ABSENT, Question
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock, FaultyStore
from tallysheet.testing.llm_server import BedrockJobs, Said

NUMBER = 102
"""As many questions as make one by itself and a job that is large enough."""
MODEL = MODELS["bedrock"].partition(":")[2]
ROLE = BEDROCK["bedrock_batch_role"]
HOST = "https://bedrock.us-east-1.amazonaws.com"
AT = "2026-11-25T12:00:00+00:00"
ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdef123456"
ROW = Row("a" * 64, b'{"messages": []}')
NAMES = ("jobArn", "jobName", "status", "message", "addresses", "invocationJobSummaries")
JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["tallysheet-t", "Completed", "Failed", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*NAMES, "recordId", "modelOutput", "error", "errorCode"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def dialect(place: str = "s3://bucket/jobs") -> Dialect:
    """How jobs are given."""
    return Dialect(MODEL, base_url=HOST, place=place, role=ROLE)


def ended(steps: Steps[Any], *replies: Reply) -> tuple[list[Call], Any]:
    """The requests of *steps*, each answered with the next of *replies*, and what they lead to."""
    calls = [next(steps)]
    for reply in replies:
        try:
            calls.append(steps.send(reply))
        except StopIteration as done:
            return calls, done.value
    raise AssertionError(f"it goes on with {calls[-1]}")


def good(**told: Any) -> Reply:
    """A good reply."""
    return Reply(200, {}, told)


async def kept_in(store: MemoryStore) -> list[str]:
    """All keys in *store*."""
    return sorted([entry.key async for entry in store.list()])


async def interrupted(post: Post, store: MemoryStore, exchange: MemoryStore) -> None:
    """A process that hands a job in and is gone."""
    clock = post.clock
    async with opened(post, store, clock, provider="bedrock", exchange=exchange) as model:
        asking = asyncio.ensure_future(asked(model, range(NUMBER)))  # noqa: TID251  to be cancelled
        while not (handles := await handles_in(store)) or not handles[0]["job"]:
            await clock.sleep(1.0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_questions_go_by_s3_and_come_back_in_any_order() -> None:
    """All but the first in one job; each answer is the one to its own question."""
    clock, exchange = FakeClock(), MemoryStore()
    jobs = BedrockJobs(store=exchange, looks=3)
    post = Post(clock, jobs, say=lambda document: Said(json.dumps({"of": document})))

    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        answers = await asked(model, range(NUMBER))

    assert [json.loads(answer.text)["of"] for answer in answers] == [
        f"Invoice {number}" for number in range(NUMBER)
    ]
    assert [len(job.keys) for job in jobs.jobs.values()] == [NUMBER - 1]
    assert post.alone == ["Invoice 0"]


async def test_an_answer_out_of_a_job_costs_half() -> None:
    """AWS's price list says so of batch inference."""
    clock, exchange = FakeClock(), MemoryStore()
    post = Post(clock, BedrockJobs(store=exchange, least=1))

    async with opened(
        post, MemoryStore(), clock, provider="bedrock", exchange=exchange, prices=()
    ) as model:
        answers = await asked(model, range(NUMBER))

    # A token of this model's answers costs five that it reads, and a job's prompt is another one.
    alone, in_job = (a.cost_usd / (a.tokens_in + 5 * a.tokens_out) for a in answers[:2])
    assert alone > 0
    assert in_job == pytest.approx(alone / 2)


async def test_a_question_in_a_job_holds_no_tool_and_no_mark_of_a_cache() -> None:
    """Records with tools fail there: the schema stands in the prompt."""
    online = Bedrock(MODEL, signature=Bearer("key"), base_url=HOST)
    about = Question(Parsed("application/pdf"), "Read it.", "Invoice 1", answer_schema())
    call = await online.call(about, most_tokens=500)

    put = next(dialect().submit([Row("k" * 64, call.body)], "t0ken"))

    (line,) = put.body.splitlines()
    row = json.loads(line)
    assert row["recordId"] == "k" * 64
    assert set(row["modelInput"]) == {
        *("messages", "inferenceConfig", "system", "additionalModelRequestFields"),
    }
    (system,) = row["modelInput"]["system"]
    assert system["text"] == f"Read it.\n\nThe JSON Schema of the answer:\n{answer_schema()}"
    shape = shape_of("bedrock-runtime", "Converse")
    checked = ParamValidator().validate({"modelId": MODEL, **row["modelInput"]}, shape)
    assert checked.generate_report() == ""


async def test_a_job_is_found_again_by_whoever_runs_next() -> None:
    """Its answers are fetched, and nothing is asked twice."""
    clock, store, exchange = FakeClock(), MemoryStore(), MemoryStore()
    jobs = BedrockJobs(store=exchange, looks=2)
    await interrupted(Post(clock, jobs), store, exchange)
    post = Post(clock, jobs)

    async with opened(post, store, clock, provider="bedrock", exchange=exchange) as model:
        answers = await asked(model, range(NUMBER))

    assert len(answers) == NUMBER
    assert len(jobs.jobs) == 1
    assert len(jobs.questions) == len(set(jobs.questions)) == NUMBER - 1


@pytest.mark.parametrize("reaches", [True, False], ids=["handed in", "not handed in"])
async def test_a_process_killed_while_it_hands_in_costs_no_question_twice(reaches: bool) -> None:
    """Our token is in the job's name: it is looked for there before anything is made anew."""
    clock, store, exchange = FakeClock(), MemoryStore(), MemoryStore()
    jobs = BedrockJobs(store=exchange, lost=lambda number: reaches and number == 0)
    made = 0

    def dies(method: str, path: str) -> int | None:
        nonlocal made
        if method == "POST" and path.endswith("-job"):
            made += 1
            return None if reaches and made == 1 else -1
        return -1 if method == "GET" else None

    doomed = Post(clock, jobs, fault=dies)
    async with opened(doomed, store, clock, provider="bedrock", exchange=exchange) as model:
        asking = asyncio.ensure_future(asked(model, range(NUMBER)))  # noqa: TID251  to be cancelled
        await doomed.waiting.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    (left,) = await handles_in(store)

    async with opened(
        Post(clock, jobs), store, clock, provider="bedrock", exchange=exchange
    ) as model:
        await asked(model, range(NUMBER))

    assert left["job"] == ""
    assert len(jobs.questions) == len(set(jobs.questions)) == NUMBER - 1


async def test_a_job_whose_maker_got_no_reply_is_not_made_twice() -> None:
    """It is found by our token."""
    clock, exchange = FakeClock(), MemoryStore()
    jobs = BedrockJobs(store=exchange, lost=lambda number: number == 0)
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        await asked(model, range(NUMBER))

    assert len(jobs.jobs) == 1
    assert sum(request == ("POST", "/model-invocation-job") for request in jobs.requests) == 1


async def test_records_that_were_not_answered_are_asked_by_themselves() -> None:
    """Those that expired and those that failed; each only once more."""
    clock, exchange = FakeClock(), MemoryStore()
    jobs = BedrockJobs(store=exchange, expired=lambda number: number < 5)
    told: list[str] = []

    def say(document: str) -> Said:
        told.append(document)
        fails = document == "Invoice 50" and told.count(document) == 1
        return Said(status=500) if fails else Said("{}")

    post = Post(clock, jobs, say=say)
    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        answers = await asked(model, range(NUMBER))

    assert len(answers) == NUMBER
    assert sorted(post.alone) == sorted([f"Invoice {number}" for number in (0, 1, 2, 3, 4, 5, 50)])


async def test_questions_too_few_for_a_job_are_asked_by_themselves_and_that_is_told() -> None:
    """No job is made, nothing is put into S3; the run says how many cost the full price."""
    clock, exchange, board, seen = FakeClock(), MemoryStore(), Board(), list[Due]()
    jobs = BedrockJobs(store=exchange)
    post = Post(clock, jobs)
    board.watch = seen.append

    async with opened(
        post, MemoryStore(), clock, provider="bedrock", exchange=exchange, board=board
    ) as model:
        answers = await asked(model, range(50))

    assert len(answers) == len(post.alone) == 50
    assert jobs.requests == []
    assert await kept_in(exchange) == []
    assert seen == [Due(0, 0, None, alone=49)]


async def test_an_account_that_asks_for_larger_jobs_is_learnt_from() -> None:
    """The job that failed is asked by itself; the next one so small is not even made."""
    clock, exchange, store = FakeClock(), MemoryStore(), MemoryStore()
    jobs = BedrockJobs(store=exchange, least=1000)
    post = Post(clock, jobs)

    async with opened(post, store, clock, provider="bedrock", exchange=exchange) as model:
        await asked(model, range(NUMBER))
        await asked(model, range(1000, 1000 + NUMBER - 1))

    assert len(jobs.jobs) == 1
    assert len(post.alone) == NUMBER + NUMBER - 1
    assert await handles_in(store) == []
    assert await kept_in(exchange) == []


async def test_a_job_that_failed_as_a_whole_stops_the_run() -> None:
    """Its message is not repeated, since it tells of accounts: what kind it is, is."""
    clock, exchange = FakeClock(), MemoryStore()
    message = f"Insufficient permissions: {ROLE} is not authorized to read s3://secret."
    post = Post(clock, BedrockJobs(store=exchange, failed=lambda number: message))

    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        await model.answer(question(0))
        with pytest.raises(ExceptionGroup) as caught:
            await asked(model, range(1, NUMBER))

    error = caught.value.exceptions[0]
    assert isinstance(error, ConfigError)
    assert "the_role_has_not_the_rights" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("name", ["ValidationException", "AccessDeniedException"])
async def test_a_job_that_is_refused_leaves_no_invoices_in_s3(name: str) -> None:
    """Nor a handle; the run ends and says who refused."""
    clock, exchange, store = FakeClock(), MemoryStore(), MemoryStore()
    post = Post(clock, BedrockJobs(store=exchange, refused=lambda number: name))

    async with opened(post, store, clock, provider="bedrock", exchange=exchange) as model:
        await model.answer(question(0))
        with pytest.raises(ExceptionGroup) as caught:
            await asked(model, range(1, NUMBER))

    assert isinstance(caught.value.exceptions[0], ConfigError)
    assert await kept_in(exchange) == []
    assert await handles_in(store) == []


async def test_a_job_for_which_there_is_no_room_yet_is_handed_in_later() -> None:
    """Jobs at a time are limited: that is no empty account."""
    clock, exchange = FakeClock(), MemoryStore()
    full = "ServiceQuotaExceededException"
    jobs = BedrockJobs(store=exchange, refused=lambda number: full if number < 3 else "")
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        await asked(model, range(NUMBER))

    assert len(jobs.jobs) == 1
    assert post.alone == ["Invoice 0"]


async def test_what_was_exchanged_is_removed_with_its_handle() -> None:
    """The invoices that were asked about, the answers, and what Bedrock wrote beside them."""
    clock, store, exchange, board = FakeClock(), MemoryStore(), MemoryStore(), Board()
    post = Post(clock, BedrockJobs(store=exchange))

    async with opened(
        post, store, clock, provider="bedrock", exchange=exchange, board=board
    ) as model:
        await asked(model, range(NUMBER))
        before = await kept_in(exchange)
        await board.clear()

    assert [key.partition("/")[0] for key in before] == ["in", "out", "out"]
    assert await kept_in(exchange) == []
    assert await handles_in(store) == []


@pytest.mark.parametrize("found", ["dropped", "cleared"])
async def test_what_a_process_put_into_s3_before_it_died_is_removed(found: str) -> None:
    """Its handle knows the name: whoever drops it, or clears up in the end, removes the file."""
    clock, store, exchange, board = FakeClock(), MemoryStore(), MemoryStore(), Board()
    jobs = BedrockJobs(store=exchange)
    doomed = Post(
        clock, jobs, fault=lambda method, path: -1 if path.endswith("invocation-job") else None
    )
    async with opened(doomed, store, clock, provider="bedrock", exchange=exchange) as model:
        asking = asyncio.ensure_future(asked(model, range(NUMBER)))  # noqa: TID251  to be cancelled
        await doomed.waiting.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    left = await kept_in(exchange)

    async with opened(
        Post(clock, jobs), store, clock, provider="bedrock", exchange=exchange, board=board
    ) as model:
        if found == "dropped":
            await asked(model, range(NUMBER))
        else:
            await board.clear()

    assert [key.partition("/")[0] for key in left] == ["in"]
    assert not set(left) & set(await kept_in(exchange))


@pytest.mark.parametrize(
    "fault", ["lost-request", "lost-reply", "late", "conflict", "outage-before", "outage-after"]
)
async def test_a_place_in_s3_that_fails_for_a_moment_is_asked_again(fault: str) -> None:
    """Nothing is lost, and nothing is handed in twice."""
    clock, inner = FakeClock(), MemoryStore("bedrock-faults-" + fault)
    exchange = FaultyStore(inner, [fault, "ok", fault], gets=["outage", "outage"])
    jobs = BedrockJobs(store=inner)
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        answers = await asked(model, range(NUMBER))

    assert len(answers) == NUMBER
    assert len(jobs.jobs) == 1


async def test_a_place_in_s3_that_stays_away_ends_the_run() -> None:
    """After as long as a model may put one document off; it is said that S3 was it."""
    clock, inner = FakeClock(), MemoryStore()
    exchange = FaultyStore(inner, ["outage-before"] * 10_000)
    post = Post(clock, BedrockJobs(store=inner))

    async with opened(post, MemoryStore(), clock, provider="bedrock", exchange=exchange) as model:
        await model.answer(question(0))
        with pytest.raises(ExceptionGroup) as caught:
            await asked(model, range(1, NUMBER))

    error = caught.value.exceptions[0]
    assert isinstance(error, ModelOutage)
    assert "S3" in str(error)


@pytest.mark.parametrize("missing", ["exchange", "role"])
async def test_a_place_and_a_role_are_asked_for_before_anything_is_read(missing: str) -> None:
    """The message names both settings, and the tier that costs the same."""
    clock, exchange = FakeClock(), MemoryStore()
    told: dict[str, Any] = {"exchange": exchange} if missing == "role" else {}
    if missing == "role":
        told["bedrock_batch_role"] = None
    post = Post(clock, BedrockJobs(store=exchange))

    with pytest.raises(ConfigError, match=r"bedrock_batch_s3.*bedrock_batch_role.*flex"):
        async with opened(post, MemoryStore(), clock, provider="bedrock", **told):
            pass


@pytest.mark.parametrize(
    "wrong",
    [{"bedrock_batch_s3": "folder/x"}, {"bedrock_batch_s3": "s3://"}, {"bedrock_batch_role": "me"}],
)
def test_a_setting_that_cannot_be_one_is_refused(wrong: dict[str, str]) -> None:
    """A bucket, and the ARN of a role."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


@pytest.mark.parametrize(
    ("asked_at", "given_at"),
    [
        (
            "https://bedrock-runtime.eu-central-1.amazonaws.com",
            "https://bedrock.eu-central-1.amazonaws.com",
        ),
        (
            "https://bedrock-runtime-fips.us-east-1.amazonaws.com",
            "https://bedrock-fips.us-east-1.amazonaws.com",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_jobs_are_given_to_the_control_plane_of_the_same_region(
    asked_at: str, given_at: str
) -> None:
    """A proxy or a server on this machine is both."""
    assert control_url(asked_at) == given_at


def test_a_row_is_the_reply_that_a_single_question_would_have_got() -> None:
    """What a job says of a question is not passed on as words to learn from."""
    one = dialect()

    answered = one.read({"recordId": "k", "modelOutput": {"stopReason": "end_turn"}})
    failed = one.read({"recordId": "k", "error": {"errorCode": 400, "errorMessage": "toolConfig"}})
    odd = one.read({"recordId": "k", "error": {"errorCode": "no number"}})

    assert answered == ("k", Reply(200, {}, {"stopReason": "end_turn"}))
    assert failed == ("k", Reply(400, {}, {}))
    assert odd == ("k", None)


@pytest.mark.parametrize(
    ("told", "addresses", "is_over", "has_failed", "troubles"),
    [
        ({"status": "Validating"}, None, False, False, ()),
        ({"status": "Completed"}, ["s3://bucket/jobs/out/t/j/t.jsonl.out"], True, False, None),
        ({"status": "Completed"}, [], True, True, ("no_answers_in_s3",)),
        ({"status": "Expired"}, [], True, False, None),
        ({"status": "Failed", "message": "?"}, [], True, True, ()),
        (
            {"status": "Failed", "message": "It has less records than the minimum of 100"},
            [],
            True,
            True,
            (TOO_FEW,),
        ),
    ],
)
def test_a_job_has_failed_where_it_says_so_and_nothing_was_answered(
    told: Mapping[str, Any],
    addresses: list[str] | None,
    is_over: bool,
    has_failed: bool,
    troubles: tuple[str, ...] | None,
) -> None:
    """What it answered before it ended counts."""
    replies = [good(jobName="tallysheet-t", **told)]
    if addresses is not None:
        replies.append(good(addresses=[*addresses, "s3://bucket/jobs/out/t/j/manifest.json.out"]))

    _, looked = ended(dialect().look(ARN), *replies)

    assert (looked.is_over, looked.has_failed) == (is_over, has_failed)
    assert list(looked.parts) == (addresses or [])
    assert troubles is None or looked.troubles == troubles


def test_a_name_that_aws_gives_cannot_lead_elsewhere() -> None:
    """It is one part of a path; files are looked for below our own place alone."""
    one = dialect()

    look = next(one.look("../../x?y=z"))
    steps = one.look(ARN)
    next(steps)

    assert look.url == f"{HOST}/model-invocation-job/..%2F..%2Fx%3Fy%3Dz"
    with pytest.raises(Undone):
        steps.send(good(jobName="tallysheet-../../other", status="Completed"))


@given(told=JSON, status=st.sampled_from([0, 200, 400, 404, 429, 500]))
def test_no_reply_whatsoever_breaks_a_step(told: Any, status: int) -> None:
    """Each leads on, to an end, or to `Undone`."""
    data = told if isinstance(told, dict) else {"addresses": told}
    one = dialect()
    one.read(data)
    every_step_ends(one, [ROW], Reply(status, {}, data))


async def test_the_requests_are_those_that_awss_own_client_makes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Method, address, body and signature, checked by AWS's description of the service."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canarysecret7d1f")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    moment = FakeClock().now().replace(tzinfo=None)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: moment)
    credentials = Credentials("us-east-1", clock=FakeClock())
    (_, make), _ = ended(dialect().submit([ROW], "t0ken"), good(kept=True), good(jobArn=ARN))
    ours = [
        make,
        next(dialect().look(ARN)),
        next(dialect().find("t0ken", 1, AT)),
        next(dialect().cancel(ARN)),
    ]

    theirs = await asyncio.to_thread(client_requests, json.loads(make.body))

    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.method, mine.url) == (other.method, other.url)
        assert (json.loads(mine.body or b"{}")) == json.loads(other.body or b"{}")
    signed = await credentials.headers(theirs[0].url, theirs[0].body)
    assert signed["Authorization"] == text(theirs[0].headers["Authorization"])
    # Their client signs no content type where there is no content, so that is another signature.
    got, posted = [
        (await credentials.headers(theirs[1].url, b"", method=method))["Authorization"]
        for method in ("GET", "POST")
    ]
    scope = text(theirs[1].headers["Authorization"]).partition(",")[0]
    assert got.startswith(scope)
    assert got != posted


def client_requests(body: dict[str, Any]) -> list[Any]:
    """What botocore's full client would send, which is not sent."""
    client = botocore.session.Session().create_client("bedrock", region_name="us-east-1")
    sent: list[Any] = []

    class Empty:
        def stream(self, *_: Any, **__: Any) -> list[bytes]:
            return [b"{}"]

    def keep(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Empty())

    client.meta.events.register("before-send.bedrock.*", keep)
    client.create_model_invocation_job(**body)
    client.get_model_invocation_job(jobIdentifier=ARN)
    client.list_model_invocation_jobs(nameContains="t0ken")
    client.stop_model_invocation_job(jobIdentifier=ARN)
    return sent


def text(value: bytes | str) -> str:
    """A header as text; botocore keeps them as either."""
    return value.decode() if isinstance(value, bytes) else value


def shape_of(service: str, operation: str) -> Any:
    """AWS's own description of what an operation takes."""
    model = botocore.session.Session().get_service_model(service)
    return model.operation_model(operation).input_shape


async def test_what_goes_to_the_control_plane_is_signed_as_it_is_sent() -> None:
    """The signature is over method, address and body."""
    signed: list[tuple[str, str, bytes]] = []
    sent: list[Call] = []

    class Signature(Bearer):
        async def headers(self, url: str, body: bytes, *, method: str = "POST") -> dict[str, str]:
            """Keep what is signed."""
            signed.append((method, url, body))
            return {"Authorization": str(len(signed))}

    class Wire:
        async def send(self, call: Call, take: object) -> Reply:
            """Keep it."""
            sent.append(call)
            return good(jobName="tallysheet-t")

    parcels = Parcels(Wire(), Signature("key"), MemoryStore("bedrock-signed"))
    steps = dialect().submit([ROW], "t")
    next(steps)
    make = steps.send(good(kept=True))
    look = next(dialect().look(ARN))

    for call in (make, look, look):
        await parcels.send(call, None)

    assert signed == [(call.method, call.url, call.body) for call in (make, look, look)]
    assert [call.method for call in sent] == ["POST", "GET", "GET"]
    assert [call.headers["Authorization"] for call in sent] == ["1", "2", "3"]


async def test_what_goes_to_s3_is_neither_signed_for_bedrock_nor_sent_there() -> None:
    """The store has its own credentials; ours go to the control plane alone."""
    sent: list[Call] = []

    class Wire:
        async def send(self, call: Call, take: object) -> Reply:
            """Keep it."""
            sent.append(call)
            return good(ok=True)

    store = MemoryStore("bedrock-parcels")
    parcels = Parcels(Wire(), Bearer("canary-key"), store)
    await store.put("out/t/j.jsonl.out", b'{"a": 1}\nno JSON\n[2]\n{"b": 3}', expect=ABSENT)
    taken: list[Mapping[str, Any]] = []

    await parcels.send(Call(f"{store.url}/in/t.jsonl", b"1", {}, "PUT"), None)
    again = await parcels.send(Call(f"{store.url}/in/t.jsonl", b"1", {}, "PUT"), None)
    listed = await parcels.send(Call(f"{store.url}/out/t/", b"", {}, "LIST"), None)
    await parcels.send(Call(f"{store.url}/out/t/j.jsonl.out", b"", {}, "GET"), taken.append)
    gone = await parcels.send(Call(f"{store.url}/out/none", b"", {}, "GET"), taken.append)
    await parcels.send(Call(f"{HOST}/model-invocation-job/x", b"", {}, "GET"), None)

    assert again.status == 200
    assert listed.data == {"addresses": [f"{store.url}/out/t/j.jsonl.out"]}
    assert taken == [{"a": 1}, {"b": 3}]
    assert (gone.status, gone.trouble) == (0, "S3: NotFound")
    assert [call.headers["Authorization"] for call in sent] == ["Bearer canary-key"]
