"""Jobs that nobody waits for: left by a run, fetched by the next, not paid for twice unseen."""

import asyncio

import pytest

from jobbed import MODELS, Post, asked, handles_in, opened, question
from tallysheet.errors import AnswerDue, BudgetReached, ConfigError
from tallysheet.models import Board, Budget, Handle, Handles
from tallysheet.models._book import FULL, FULL_S
from tallysheet.ports import Answer, Model
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock
from tallysheet.testing.llm_server import Jobs

AT = "2026-11-25T12:00:00+00:00"
LONG = 10**6
"""A job that takes so many looks is not over while anybody looks."""
NO_WAIT = {"batch": True, "batch_wait": False}
PLAIN = {"batch": None}
AT_ONCE = {"batch": False}
each_provider = pytest.mark.parametrize("provider", ["openai", "anthropic"])


async def tried(model: Model, numbers: range) -> list[Answer | AnswerDue]:
    """What comes of so many questions, asked all at once."""

    async def one(number: int) -> Answer | AnswerDue:
        try:
            return await model.answer(question(number))
        except AnswerDue as error:
            return error

    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(one(number)) for number in numbers]
    return [task.result() for task in asking]


async def left_behind(post: Post, store: MemoryStore, clock: FakeClock, **more: object) -> None:
    """A process that hands five questions in, gets one answered, and does not wait."""
    async with opened(post, store, clock, **NO_WAIT, **more) as model:
        await tried(model, range(6))


@each_provider
async def test_who_does_not_wait_hands_all_in_and_goes(provider: str) -> None:
    """Within seconds, however long the job takes; its name stands beside the batch."""
    clock, jobs, board = FakeClock(), Jobs(looks=LONG), Board()
    post, store = Post(clock, jobs), MemoryStore()

    async with opened(post, store, clock, provider=provider, board=board, **NO_WAIT) as model:
        outcomes = await tried(model, range(100))

    assert sum(isinstance(one, AnswerDue) for one in outcomes) == 99
    assert len(post.alone) == 1
    assert [len(job.rows) for job in jobs.jobs.values()] == [99]
    assert [bool(handle["job"]) for handle in await handles_in(store)] == [True]
    assert clock.monotonic() < 60
    assert (board.due.questions, board.due.jobs) == (99, 1)


@each_provider
@pytest.mark.parametrize("how", [NO_WAIT, PLAIN, AT_ONCE], ids=["no-wait", "plain", "at once"])
async def test_the_next_run_fetches_what_is_over_however_it_asks(
    provider: str, how: dict[str, object]
) -> None:
    """At half price, and nothing is asked a second time."""
    clock, jobs = FakeClock(), Jobs(looks=1)
    post, store, budget = Post(clock, jobs), MemoryStore(), Budget()
    await left_behind(post, store, clock, provider=provider)

    async with opened(post, store, clock, provider=provider, budget=budget, **how) as model:
        answers = await asked(model, range(1, 6))

    assert len(answers) == 5
    assert len(post.alone) == 1
    assert len(jobs.questions) == 5
    assert budget.spent_usd == pytest.approx(sum(answer.cost_usd for answer in answers))


@each_provider
@pytest.mark.parametrize("how", [NO_WAIT, PLAIN], ids=["no-wait", "plain"])
async def test_what_a_running_job_holds_is_left_to_a_later_run(
    provider: str, how: dict[str, object]
) -> None:
    """It is looked at once; what no job holds is asked in the meantime, in its own way."""
    clock, jobs, board = FakeClock(), Jobs(looks=LONG), Board()
    post, store = Post(clock, jobs), MemoryStore()
    await left_behind(post, store, clock, provider=provider)
    (left,) = jobs.jobs.values()
    looks = left.looks
    began_s = clock.monotonic()

    async with opened(post, store, clock, provider=provider, board=board, **how) as model:
        outcomes = await tried(model, range(1, 9))

    is_left = [isinstance(outcome, AnswerDue) for outcome in outcomes]
    assert is_left[:5] == [True] * 5
    assert left.looks - looks == 1
    assert clock.monotonic() - began_s < 60
    assert board.due.questions >= 5
    assert board.later_usd > 0
    if how is PLAIN:
        assert is_left[5:] == [False] * 3
        assert (len(post.alone), len(jobs.jobs)) == (1 + 3, 1)
    assert len(jobs.questions) == len(set(jobs.questions))
    assert not set(post.alone[1:]) & {f"Invoice {number}" for number in range(1, 6)}


async def test_who_comes_late_to_a_job_that_was_left_is_told_at_once() -> None:
    """It is not looked at again: this run leaves it."""
    clock, jobs = FakeClock(), Jobs(looks=LONG)
    post, store = Post(clock, jobs), MemoryStore()
    await left_behind(post, store, clock)

    async with opened(post, store, clock, **PLAIN) as model:
        await tried(model, range(1, 3))
        requests = len(jobs.requests)
        late = await tried(model, range(3, 6))

    assert all(isinstance(outcome, AnswerDue) for outcome in late)
    assert len(jobs.requests) == requests


async def test_whoever_wants_answers_at_once_pays_twice_and_is_told_how_much() -> None:
    """Only what the job holds counts as such."""
    clock, jobs, board, budget = FakeClock(), Jobs(looks=LONG), Board(), Budget()
    post, store = Post(clock, jobs), MemoryStore()
    await left_behind(post, store, clock)

    async with opened(post, store, clock, board=board, budget=budget, **AT_ONCE) as model:
        answers = await asked(model, range(1, 9))

    assert len(post.alone) == 1 + 8
    assert board.twice == 5
    assert board.twice_usd == pytest.approx(sum(answer.cost_usd for answer in answers[:5]))
    assert budget.spent_usd == pytest.approx(sum(answer.cost_usd for answer in answers))
    assert board.due.questions == 0


async def test_no_more_is_handed_in_and_left_than_the_budget_allows() -> None:
    """A later run pays for it; nobody waits for money that does not come back."""
    clock, jobs, store = FakeClock(), Jobs(looks=LONG), MemoryStore()
    budget, post = Budget(0.5), Post(clock, jobs)

    async with opened(post, store, clock, budget=budget, **NO_WAIT) as model:
        await model.answer(question(0))
        outcomes = []
        while len(outcomes) < 100 and not any(isinstance(o, BudgetReached) for o in outcomes):
            try:
                outcomes += await tried(model, range(len(outcomes) + 1, len(outcomes) + 2))
            except* BudgetReached as group:
                outcomes.append(group.exceptions[0])

    assert 3 < len(outcomes) < 100
    assert len(jobs.questions) == len(outcomes) - 1
    assert budget.spent_usd < 0.1
    assert budget.held_usd == 0


async def test_a_job_that_was_handed_in_meanwhile_is_seen_by_a_look() -> None:
    """A run that takes a document over looks first: its question may be in a job by now."""
    clock, jobs, board = FakeClock(), Jobs(looks=LONG), Board()
    post, store = Post(clock, jobs), MemoryStore()

    async with opened(post, store, clock, board=board, **PLAIN) as model:
        await asked(model, range(50, 51))
        await left_behind(post, store, clock)
        await board.look()
        outcomes = await tried(model, range(1, 6))

    assert all(isinstance(outcome, AnswerDue) for outcome in outcomes)


async def test_a_job_that_failed_as_a_whole_is_asked_by_itself_without_batch_mode() -> None:
    """Nothing was answered, so nothing is paid for twice."""
    clock, board = FakeClock(), Board()
    jobs = Jobs(failed=lambda number: "invalid_model")
    post, store = Post(clock, jobs), MemoryStore()
    await left_behind(post, store, clock)

    async with opened(post, store, clock, board=board, **PLAIN) as model:
        answers = await asked(model, range(1, 6))

    assert len(answers) == 5
    assert len(post.alone) == 1 + 5
    assert board.twice == 0
    assert await handles_in(store) == []
    assert jobs.files == {}


async def test_without_waiting_a_job_for_which_there_was_no_room_is_handed_in_at_once() -> None:
    """Smaller, as the next run finds it; it does not stay for the five minutes either."""
    clock, jobs = FakeClock(), Jobs(failed=lambda number: FULL if number == 0 else "", looks=1)
    post, store = Post(clock, jobs), MemoryStore()
    await left_behind(post, store, clock)
    began_s = clock.monotonic()

    async with opened(post, store, clock, **NO_WAIT) as model:
        outcomes = await tried(model, range(1, 6))

    assert all(isinstance(outcome, AnswerDue) for outcome in outcomes)
    assert [len(job.rows) for job in jobs.jobs.values()] == [5, 2, 2, 1]
    assert clock.monotonic() - began_s < FULL_S


async def test_jobs_on_bedrock_are_not_paid_for_twice_because_their_place_is_not_set() -> None:
    """The run ends before it asks, and says what to set."""
    clock, store = FakeClock(), MemoryStore()
    post = Post(clock, Jobs())
    handle = Handle("t", MODELS["bedrock"], "bedrock.here", AT, ("a", "b"), job="arn:job/1")
    async with opened(post, store, clock, provider="bedrock", **PLAIN) as model:
        await asked(model, range(1))
    await Handles(store, clock).add(handle)

    with pytest.raises(ConfigError, match="2 questions") as caught:
        async with opened(post, store, clock, provider="bedrock", **PLAIN):
            pass

    assert "bedrock_batch_s3" in caught.value.fix
