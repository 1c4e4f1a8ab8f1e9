"""Asking in jobs, in virtual time: what is gathered, found again, paid for, and asked by itself."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jobbed import Post, asked, handles_in, opened, question
from tallysheet.errors import BudgetReached, ConfigError, DocumentError, ModelOutage
from tallysheet.model import Parsed
from tallysheet.models import Board, Budget, Due, Quote, key_of
from tallysheet.models._book import FULL, FULL_S
from tallysheet.models._errands import LONGEST_LOOK_S
from tallysheet.models._jobs_openai import PAUSE_S
from tallysheet.ports import Answer, Entry, Question
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import Jobs, Said

HOUR_S = 3600.0
LONG = json.dumps({"text": "x" * 5000})
each_provider = pytest.mark.parametrize("provider", ["openai", "anthropic"])


async def interrupted(post: Post, store: MemoryStore, clock: FakeClock, **more: object) -> None:
    """A process that asks and is gone before any answer has come."""
    async with opened(post, store, clock, **more) as model:
        asking = asyncio.ensure_future(asked(model, range(6)))  # noqa: TID251  to be cancelled
        while not (handles := await handles_in(store)) or not handles[0]["job"]:
            await clock.sleep(1.0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


@each_provider
async def test_what_is_asked_at_once_goes_into_one_job_but_the_first(provider: str) -> None:
    """The first tries out what the others are handed in by; all are answered."""
    clock, jobs = FakeClock(), Jobs(looks=3)
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock, provider=provider) as model:
        answers = await asked(model, range(100))

    assert len(answers) == 100
    assert len(post.alone) == 1
    assert [len(job.rows) for job in jobs.jobs.values()] == [99]
    assert {answer.text for answer in answers} == {"{}"}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_an_answer_out_of_a_job_costs_half(provider: str) -> None:
    """By the built-in table, of the same question asked both ways."""
    clock = FakeClock(start=datetime(2026, 11, 25, tzinfo=UTC))
    post = Post(clock, Jobs())

    async with opened(post, MemoryStore(), clock, provider=provider, prices=()) as model:
        first, second = await asked(model, range(2))

    assert first.cost_usd > 0
    assert second.cost_usd == pytest.approx(first.cost_usd / 2)
    assert (second.tokens_in, second.tokens_out) == (first.tokens_in, first.tokens_out)


@each_provider
async def test_a_job_is_found_again_by_whoever_runs_next(provider: str) -> None:
    """Its answers are fetched, nothing is asked twice, and only who fetches them pays."""
    clock, jobs = FakeClock(), Jobs(looks=2)
    post, store = Post(clock, jobs), MemoryStore()
    first, second = Budget(), Budget()
    await interrupted(post, store, clock, provider=provider, budget=first)
    paid_usd = first.spent_usd

    async with opened(post, store, clock, provider=provider, budget=second) as model:
        answers = await asked(model, range(6))

    assert len(post.alone) == 1 + 1  # the one whose answer the first process had is not in a job
    assert len(jobs.questions) == len(set(jobs.questions)) == 5
    assert paid_usd == pytest.approx(answers[0].cost_usd)
    assert second.spent_usd == pytest.approx(sum(answer.cost_usd for answer in answers))


@each_provider
@pytest.mark.parametrize("reaches", [True, False], ids=["handed in", "not handed in"])
async def test_a_process_killed_while_it_hands_in_costs_no_question_twice(
    provider: str, reaches: bool
) -> None:
    """Its handle says what to look for; what the provider does not have is handed in anew."""
    clock, store = FakeClock(), MemoryStore()
    jobs = Jobs(lost=lambda number: reaches and number == 0)
    made = 0

    def dies(method: str, path: str) -> int | None:
        nonlocal made
        if method == "POST" and path.endswith("/batches"):
            made += 1
            # The first time it arrives or not; after that the process does nothing any more.
            return None if reaches and made == 1 else -1
        return -1 if method == "GET" else None

    doomed = Post(clock, jobs, fault=dies)
    async with opened(doomed, store, clock, provider=provider) as model:
        asking = asyncio.ensure_future(asked(model, range(6)))  # noqa: TID251  to be cancelled
        await doomed.waiting.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    (left,) = await handles_in(store)
    post = Post(clock, jobs)

    async with opened(post, store, clock, provider=provider) as model:
        await asked(model, range(6))

    assert left["job"] == ""
    assert len(left["questions"]) == 5
    assert len(jobs.questions) == len(set(jobs.questions)) == 5


@each_provider
async def test_a_job_whose_maker_got_no_reply_is_not_made_twice(provider: str) -> None:
    """The connection ends just after it was made; it is looked for first."""
    clock, jobs = FakeClock(), Jobs(lost=lambda number: number == 0)
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock, provider=provider) as model:
        await asked(model, range(10))

    assert len(jobs.jobs) == 1
    assert len(post.alone) == 1


async def test_anothers_job_of_the_same_size_and_time_is_not_taken_for_ours() -> None:
    """Anthropic's jobs carry no name of ours: the keys in the answers tell."""
    clock, jobs = FakeClock(), Jobs(looks=20)
    strange, store = MemoryStore(), MemoryStore()
    await interrupted(Post(clock, jobs), strange, clock, provider="anthropic")
    jobs.looks = 1
    hidden = {"made": False}

    def never_made(method: str, path: str) -> int | None:
        if method == "POST" and path.endswith("/batches") and not hidden["made"]:
            hidden["made"] = True
            return 0
        return None

    post = Post(clock, jobs, fault=never_made)
    async with opened(post, store, clock, provider="anthropic") as model:
        # Other questions, as many.
        await asked(model, range(100, 106))

    assert [len(job.rows) for job in jobs.jobs.values()] == [5, 5]
    assert len(post.alone) == 1


@each_provider
@pytest.mark.parametrize("how", ["expired", "missing"])
async def test_rows_without_an_answer_are_asked_by_themselves(provider: str, how: str) -> None:
    """At full price, and only those; they cost nothing in the job."""
    clock = FakeClock()
    post = Post(clock, Jobs(**{how: lambda number: number % 3 == 0}))

    async with opened(post, MemoryStore(), clock, provider=provider) as model:
        answers = await asked(model, range(10))

    assert len(answers) == 10
    assert len(post.alone) == 1 + 3
    assert all(answer.attempts == 1 for answer in answers)


async def test_an_answer_that_was_cut_is_asked_again_by_itself_and_both_are_counted() -> None:
    """What the job's answer cost is not lost."""
    clock, told = FakeClock(), []

    def say(document: str) -> Said:
        told.append(document)
        is_cut = document == "Invoice 1" and told.count(document) == 1
        return Said("{}", ending="length") if is_cut else Said("{}")

    post = Post(clock, Jobs(), say=say)
    async with opened(post, MemoryStore(), clock) as model:
        whole, cut = await asked(model, range(2))

    assert post.alone == ["Invoice 0", "Invoice 1"]
    assert cut.attempts == 2
    assert cut.cost_usd > whole.cost_usd


async def test_a_document_that_its_only_model_refuses_is_not_asked_about_again() -> None:
    """The same model would say the same, at full price."""
    clock = FakeClock()

    def say(document: str) -> Said:
        return Said(refusal="No.") if document == "Invoice 1" else Said("{}")

    post = Post(clock, Jobs(), say=say)
    async with opened(post, MemoryStore(), clock) as model:
        await model.answer(question(0))
        with pytest.raises(DocumentError) as caught:
            await model.answer(question(1))

    assert caught.value.reason == "model_refused"
    assert caught.value.cost_usd > 0
    assert post.alone == ["Invoice 0"]


async def test_a_question_about_a_mistake_is_asked_at_once() -> None:
    """A conversation would wait for a second job."""
    clock, jobs = FakeClock(), Jobs()
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock) as model:
        await model.answer(question(0))
        await model.answer(replace(question(1), mistakes=(("{", "It is no JSON."),)))

    assert post.alone == ["Invoice 0", "Invoice 1"]
    assert jobs.jobs == {}


async def test_a_wrong_key_is_found_out_before_anything_is_handed_in() -> None:
    """By the first question, which goes by itself."""
    clock, jobs = FakeClock(), Jobs()
    post, store = Post(clock, jobs, say=lambda document: Said(status=401)), MemoryStore()

    async with opened(post, store, clock) as model:
        with pytest.raises(ConfigError, match="key"):
            await model.answer(question(0))

    assert jobs.requests == []
    assert await handles_in(store) == []


@each_provider
@pytest.mark.parametrize("status", [400, 404], ids=["refused", "unknown there"])
async def test_a_provider_without_a_batch_mode_is_told_to_the_user(
    provider: str, status: int
) -> None:
    """Nothing is asked at full price that was meant to cost half; no handle is left."""
    clock = FakeClock()
    post = Post(clock, Jobs(), fault=lambda _, path: status if "batches" in path else None)
    store = MemoryStore()

    async with opened(post, store, clock, provider=provider) as model:
        await model.answer(question(0))
        with pytest.raises(ConfigError, match="--batch"):
            await model.answer(question(1))

    assert len(post.alone) == 1
    assert await handles_in(store) == []


async def test_a_job_that_there_was_no_room_for_is_handed_in_again_in_smaller_ones() -> None:
    """OpenAI bounds the tokens of all jobs together; it says so only once a job has failed."""
    clock, jobs = FakeClock(), Jobs(failed=lambda number: FULL if number == 0 else "")
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock) as model:
        await asked(model, range(11))

    assert [len(job.rows) for job in jobs.jobs.values()] == [10, 5, 5]
    assert clock.monotonic() > FULL_S
    assert len(post.alone) == 1


async def test_azure_is_given_time_to_process_a_file_and_asked_by_its_own_name() -> None:
    """The server refuses a job of a file that is not ready; its states are in capitals."""
    clock, jobs = FakeClock(), Jobs(unready=3, capitals=True, looks=2)
    post, store = Post(clock, jobs), MemoryStore()

    async with opened(post, store, clock, batch_model="for-jobs") as model:
        answers = await asked(model, range(6))

    assert len(answers) == 6
    (job,) = jobs.jobs.values()
    assert {row["body"]["model"] for row in job.rows} == {"for-jobs"}
    assert len(post.alone) == 1
    assert clock.monotonic() > 3 * PAUSE_S


@pytest.mark.parametrize("found", ["dropped", "cleared"])
async def test_a_file_whose_process_died_before_it_made_a_job_is_removed(found: str) -> None:
    """By whoever drops its handle, or clears up in the end: it is full of invoices."""
    clock, jobs, store = FakeClock(), Jobs(), MemoryStore()
    doomed = Post(clock, jobs, fault=lambda method, path: -1 if path.endswith("/batches") else None)
    async with opened(doomed, store, clock) as model:
        asking = asyncio.ensure_future(asked(model, range(6)))  # noqa: TID251  to be cancelled
        await doomed.waiting.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    (left,) = jobs.names.values()
    board = Board()

    async with opened(Post(clock, jobs), store, clock, board=board) as model:
        if found == "dropped":
            await asked(model, range(6))
        else:
            await board.clear()

    assert left not in jobs.names.values()


async def test_a_job_that_failed_as_a_whole_stops_the_run_and_is_forgotten() -> None:
    """The next run makes a new one; nobody is charged full price meanwhile."""
    clock, jobs = FakeClock(), Jobs(failed=lambda number: "invalid_model" if number == 0 else "")
    post, store = Post(clock, jobs), MemoryStore()

    async with opened(post, store, clock) as model:
        await model.answer(question(0))
        with pytest.raises(ConfigError, match="invalid_model"):
            await model.answer(question(1))
    left = await handles_in(store)
    async with opened(post, store, clock) as model:
        await model.answer(question(0))
        await model.answer(question(1))

    assert left == []
    assert len(jobs.jobs) == 2


async def test_a_job_that_the_provider_no_longer_knows_is_asked_anew() -> None:
    """It was removed there, or is another account's."""
    clock, jobs = FakeClock(), Jobs(looks=10**6)
    post, store = Post(clock, jobs), MemoryStore()
    await interrupted(post, store, clock)
    jobs.jobs.clear()
    jobs.looks = 1

    async with opened(post, store, clock) as model:
        answers = await asked(model, range(6))

    assert len(answers) == 6
    assert len(jobs.jobs) == 1


async def test_a_job_is_looked_at_less_and_less_often() -> None:
    """A day costs hundreds of requests, not thousands; its end is seen within two minutes."""
    clock, jobs = FakeClock(), Jobs(looks=300)
    post = Post(clock, jobs)

    async with opened(post, MemoryStore(), clock) as model:
        await asked(model, range(3))

    assert 300 * LONGEST_LOOK_S * 0.8 < clock.monotonic() < 300 * LONGEST_LOOK_S * 1.2


async def test_a_short_outage_while_a_job_runs_is_waited_out_and_a_long_one_is_told() -> None:
    """The job goes on meanwhile, and its handle stays."""
    clock, jobs = FakeClock(), Jobs(looks=10)
    store, down_s = MemoryStore(), {"until": HOUR_S / 4}

    def fault(method: str, path: str) -> int | None:
        is_down = method == "GET" and clock.monotonic() < down_s["until"]
        return 503 if is_down else None

    post = Post(clock, jobs, fault=fault)
    async with opened(post, store, clock) as model:
        assert len(await asked(model, range(3))) == 3
        down_s["until"] = 100 * HOUR_S
        with pytest.raises(ModelOutage, match="503"):
            await model.answer(question(3))

    assert len(await handles_in(store)) == 2


async def test_two_processes_follow_one_job_and_hand_in_nothing_twice() -> None:
    """Whoever takes a document over finds its question in the other's job, which still runs."""
    clock, jobs = FakeClock(), Jobs(looks=40)
    ours, theirs, store = Post(clock, jobs), Post(clock, jobs), MemoryStore()

    async with (
        opened(ours, store, clock) as model,
        opened(theirs, store, clock) as other,
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(asked(model, range(6)))
        while not jobs.questions:
            await clock.sleep(1.0)
        second = tasks.create_task(asked(other, range(1, 12)))

    assert len(first.result() + second.result()) == 6 + 11
    assert len(jobs.questions) == len(set(jobs.questions))
    assert [len(job.rows) for job in jobs.jobs.values()] == [5, 5]


@each_provider
async def test_a_stalled_process_whose_questions_were_handed_in_by_another_is_served(
    provider: str,
) -> None:
    """It wakes, finds its handle dropped and its file gone, and takes the other's answers."""
    clock, jobs = FakeClock(), Jobs(looks=30)
    store, stalled_s = MemoryStore(), 200.0

    class Stalled(Post):
        async def send(self, call, take=None):
            """Hold what makes a job back for long."""
            if call.method == "POST" and call.url.endswith("/batches"):
                await clock.sleep(stalled_s)
            return await super().send(call, take)

    async with (
        opened(Stalled(clock, jobs), store, clock, provider=provider) as stalled,
        opened(Post(clock, jobs), store, clock, provider=provider) as other,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(asked(stalled, range(6)))
        while not await handles_in(store):
            await clock.sleep(1.0)
        tasks.create_task(asked(other, range(1, 6)))

    first, *more = jobs.jobs.values()
    assert not first.is_cancelled
    # Without a file there is no job; where jobs need none, the second one is cancelled.
    assert [job.is_cancelled for job in more] == ([] if provider == "openai" else [True])
    assert {row["custom_id"] for job in more for row in job.rows} <= {
        row["custom_id"] for row in first.rows
    }


@each_provider
async def test_a_process_that_is_slow_to_hand_in_is_given_time(provider: str) -> None:
    """Its handle stands, and its job comes within the lease: nobody hands the same in."""
    clock, jobs = FakeClock(), Jobs(looks=10)
    store = MemoryStore()

    class Slow(Post):
        async def send(self, call, take=None):
            """Take half a lease to make a job."""
            if call.method == "POST" and call.url.endswith("/batches"):
                await clock.sleep(15.0)
            return await super().send(call, take)

    async with (
        opened(Slow(clock, jobs), store, clock, provider=provider) as slow,
        opened(Post(clock, jobs), store, clock, provider=provider) as other,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(asked(slow, range(6)))
        while not await handles_in(store):
            await clock.sleep(1.0)
        tasks.create_task(asked(other, range(1, 6)))

    assert [len(job.rows) for job in jobs.jobs.values()] == [5]


async def test_who_comes_while_answers_are_fetched_is_served_with_the_others() -> None:
    """What a fetch brings for a late comer is not fetched a second time."""
    clock, jobs = FakeClock(), Jobs(looks=2)
    store = MemoryStore()
    await interrupted(Post(clock, jobs), store, clock)
    late: list[asyncio.Task[list[Answer]]] = []

    class Busy(Post):
        async def send(self, call, take=None):
            """Let somebody come in the middle of a fetch."""
            if take is not None and not late:
                late.append(tasks.create_task(asked(model, range(3, 6))))
                await clock.sleep(0.5)
            return await super().send(call, take)

    async with opened(Busy(clock, jobs), store, clock) as model:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asked(model, range(1, 3)))
        await clock.sleep(HOUR_S)

    assert len(late[0].result()) == 3
    fetched = [path for _, path in jobs.requests if path.endswith("/content")]
    assert len(fetched) == 1


@pytest.mark.parametrize("limit_usd", [0.1, 0.5, 1.0])
async def test_a_budget_is_never_passed_by_what_is_handed_in(limit_usd: float) -> None:
    """The most that all rows of a job can cost is set aside before it is made."""
    clock, jobs = FakeClock(), Jobs()
    post, budget = Post(clock, jobs, say=lambda document: Said(LONG)), Budget(limit_usd)

    async def ask(number: int) -> bool:
        try:
            await model.answer(question(number))
        except BudgetReached:
            return False
        return True

    async with (
        opened(post, MemoryStore(), clock, budget=budget) as model,
        asyncio.TaskGroup() as tasks,
    ):
        asking = [tasks.create_task(ask(number)) for number in range(60)]

    answered = sum(task.result() for task in asking)
    assert 0 < answered < 60
    assert answered == len(jobs.questions) + len(post.alone)
    assert limit_usd / 2 < budget.spent_usd <= limit_usd
    assert budget.held_usd == 0


async def test_the_board_tells_what_is_waited_for_and_since_when() -> None:
    """From the moment a job is made to its end."""
    clock, seen = FakeClock(), list[Due]()
    board = Board()
    board.watch = seen.append

    async with opened(Post(clock, Jobs(looks=5)), MemoryStore(), clock, board=board) as model:
        await asked(model, range(8))

    assert [(due.questions, due.jobs) for due in seen] == [(7, 1), (0, 0)]
    assert seen[0].since is not None
    assert seen[0].since.tzinfo is not None
    assert seen[1].since is None


@each_provider
async def test_jobs_that_are_over_are_removed_with_all_that_they_held(provider: str) -> None:
    """The handles here; at the provider the invoices and the answers."""
    clock, jobs = FakeClock(), Jobs()
    store, board = MemoryStore(), Board()

    async with opened(Post(clock, jobs), store, clock, provider=provider, board=board) as model:
        await asked(model, range(4))
        before = await handles_in(store)
        await board.clear()

    assert len(before) == 1
    assert await handles_in(store) == []
    assert jobs.files == {}
    assert provider == "openai" or jobs.jobs == {}


async def test_a_job_that_still_runs_is_not_removed() -> None:
    """Somebody may be waiting for it."""
    clock, jobs = FakeClock(), Jobs(looks=100)
    store, board = MemoryStore(), Board()
    await interrupted(Post(clock, jobs), store, clock)

    async with opened(Post(clock, jobs), store, clock, board=board):
        await board.clear()

    assert len(await handles_in(store)) == 1


async def test_a_handle_that_cannot_be_read_is_passed_over() -> None:
    """It may be of a newer version; nothing of it is touched."""
    clock, jobs = FakeClock(), Jobs()
    store, board = MemoryStore(), Board()
    await store.put("jobs/odd.json", b'{"format": 99}', expect="")
    await store.put("jobs/torn.json", b'{"format": 1, "tok', expect="")

    async with opened(Post(clock, jobs), store, clock, board=board) as model:
        await asked(model, range(3))
        await board.clear()

    assert sorted([entry.key async for entry in store.list("jobs/")]) == [
        "jobs/odd.json",
        "jobs/torn.json",
    ]


async def test_no_job_holds_a_key_or_the_name_of_its_account() -> None:
    """A handle stands in the batch, which others may read."""
    clock, store = FakeClock(), MemoryStore()

    async with opened(Post(clock, Jobs()), store, clock) as model:
        await asked(model, range(3))

    (handle,) = await handles_in(store)
    assert set(handle) == {
        *("format", "token", "model", "host", "at", "questions", "job", "dropped"),
    }
    assert "sk-" not in json.dumps(handle)


@pytest.mark.parametrize("name", ["openai:gpt-5-mini", "anthropic:claude-haiku-4-5"])
def test_looking_ahead_at_batch_mode_is_looking_at_half_the_cost(name: str) -> None:
    """The same tokens, and what they cost there."""
    now = datetime(2026, 11, 25, tzinfo=UTC)

    quoted = [
        Quote(name, base_url=None, prices=(), now=now, batch=batch).of(question(0))
        for batch in (False, True)
    ]

    assert quoted[0].tokens_in == quoted[1].tokens_in
    assert quoted[1].cost_usd == pytest.approx(quoted[0].cost_usd / 2)


async def test_a_tier_and_a_batch_mode_exclude_each_other() -> None:
    """Both are half the price; a provider takes one of them."""
    clock = FakeClock()

    with pytest.raises(ConfigError, match="tier"):
        async with opened(Post(clock, Jobs()), MemoryStore(), clock, tier="flex"):
            pass


def test_a_question_is_found_in_the_jobs_of_earlier_versions() -> None:
    """Its name is a hash of one JSON array, however it is put together."""
    question = Question(Parsed("application/pdf"), "Read “it”.", 'Total "5 €"', '{"type":"object"}')

    says = ["openai:m", question.instructions, question.schema, question.text]

    assert key_of("openai:m", question) == hashlib.sha256(json.dumps(says).encode()).hexdigest()


async def test_where_no_job_stood_none_is_looked_for_at_the_end() -> None:
    """Else every run would end with a listing that nobody needs."""
    clock, store, board = FakeClock(), Counted(), Board()

    async with opened(Post(clock, Jobs()), store, clock, batch=False, board=board) as model:
        await asked(model, range(3))
        await board.clear()

    assert store.listings == ["jobs/"]


class Counted(MemoryStore):
    """A store that knows what was listed."""

    def __init__(self) -> None:
        super().__init__()
        self.listings: list[str] = []

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys, and note that."""
        self.listings.append(prefix)
        async for entry in super().list(prefix):
            yield entry
