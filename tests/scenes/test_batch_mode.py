"""A run in a provider's batch mode, with real processes: killed, stopped, run by two."""

import json
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from samples import many
from scene import started, statuses_of, tallysheet
from scene_model import READ, Served, served_model
from tallysheet.testing.llm_server import Jobs, Said

LONG = 10**6
"""A job that takes so many looks does not end while anybody watches."""
FLAGS = ("--batch", "--price", "openai:test=1/1", "--price", "anthropic:test=1/1")


def environment(model: Served, provider: str = "openai") -> Mapping[str, str]:
    """What a process needs to ask *model* in the dialect of *provider*."""
    url = model.server.url if provider == "openai" else model.server.origin
    # Short, so that a dead process is taken for dead soon.
    quick = {"TALLYSHEET_LEASE_S": "1"}
    return {"TALLYSHEET_BASE_URL": url, "TALLYSHEET_MODEL": f"{provider}:test", **quick}


@pytest.fixture
def jobs() -> Jobs:
    """The provider's batch mode."""
    return Jobs(looks=2)


@pytest.fixture
def offer(jobs: Jobs) -> Iterator[Served]:
    """A model that is asked in *jobs*."""
    with served_model(jobs=jobs) as model:
        yield model


def handles_of(batch: Path) -> list[dict[str, Any]]:
    """The handles of jobs beside the batch."""
    return [json.loads(file.read_bytes()) for file in sorted((batch / "jobs").glob("*.json"))]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_run_killed_after_it_handed_a_job_in_is_gone_on_with_by_the_next(
    fresh: Path, offer: Served, jobs: Jobs, provider: str
) -> None:
    """The next one finds the job and fetches its answers: every question is paid for once."""
    jobs.looks = LONG
    env = environment(offer, provider)
    words = ("run", "invoices", "--json", *FLAGS)
    with started(*words, cwd=fresh, env=env) as doomed:
        doomed.until("deferred")
        doomed.signal(signal.SIGKILL)
        assert doomed.ended().code == -signal.SIGKILL
    (handle,) = handles_of(fresh / "invoices.tallysheet")
    jobs.looks = 2

    ran = tallysheet(*words, cwd=fresh, env=env)

    assert handle["job"] in jobs.jobs or provider == "anthropic"
    assert ran.code == 0
    assert set(statuses_of(fresh / "invoices.tallysheet").values()) == {"review"}
    assert sum(method == "POST" for method, path in jobs.requests if "batches" in path) == 1
    # The first question of the first run went by itself; the kill may have cost that answer.
    assert len(offer.requests) <= 2
    assert handles_of(fresh / "invoices.tallysheet") == []


def test_ctrl_c_leaves_at_once_and_the_next_run_fetches_what_was_handed_in(
    fresh: Path, offer: Served, jobs: Jobs
) -> None:
    """Exit 130, all documents given back, and the terminal says what happens to the job."""
    jobs.looks = LONG
    env = environment(offer)
    with started("run", "invoices", "--json", *FLAGS, cwd=fresh, env=env) as stopped:
        stopped.until("deferred")
        stopped.signal(signal.SIGINT)
        told = stopped.ended()
    given_back = statuses_of(fresh / "invoices.tallysheet")
    status = tallysheet("status", "invoices", cwd=fresh, env=env)
    jobs.looks = 1

    ran = tallysheet("run", "invoices", "--json", *FLAGS, cwd=fresh, env=env)

    assert told.code == 130
    assert "the next run fetches it" in told.stderr
    assert "tallysheet run invoices … --batch" in told.stderr
    assert told.summary["deferred"] == 11
    assert set(given_back.values()) <= {"pending", "review"}
    assert list(given_back.values()).count("pending") >= 11
    assert re.search(r"a job of openai:test, handed in .*: 11 questions", status.stdout)
    assert ran.code == 0
    assert len(jobs.questions) == 11
    assert len(offer.requests) == 1


def test_two_runs_at_once_hand_no_question_in_twice(fresh: Path, offer: Served, jobs: Jobs) -> None:
    """The documents are shared out, and each is asked about once."""
    env = environment(offer) | {"TALLYSHEET_BATCH_SIZE": "4", "TALLYSHEET_CONCURRENCY": "4"}
    words = ("run", "invoices", "--json", *FLAGS)

    with started(*words, cwd=fresh, env=env) as one, started(*words, cwd=fresh, env=env) as two:
        ended = [one.ended(), two.ended()]

    assert [ran.code for ran in ended] == [0, 0]
    assert len(ended[0].settled + ended[1].settled) == 12
    assert len(jobs.questions) == len(set(jobs.questions))
    assert len(jobs.questions) + len(offer.requests) == 12


def test_what_a_job_leaves_out_is_asked_by_itself_within_the_budget(
    fresh: Path, jobs: Jobs
) -> None:
    """Rows that expired, and an answer that is no invoice and has to be repaired."""
    jobs.expired = lambda number: number in (0, 5)
    asked = 0

    def answer(body: dict[str, Any]) -> Said | str:
        nonlocal asked
        asked += 1
        return "Sorry?" if asked == 3 else READ

    with served_model(answer, jobs=jobs) as model:
        words = ("run", "invoices", "--json", *FLAGS, "--max-cost", "20")
        ran = tallysheet(*words, cwd=fresh, env=environment(model))

    assert ran.code == 0
    assert set(statuses_of(fresh / "invoices.tallysheet").values()) == {"review"}
    assert len(jobs.questions) == 11
    assert len(model.requests) == 1 + 2 + 1
    assert 0 < ran.summary["cost_usd"] <= 20


def test_batch_mode_without_a_model_is_told_how_to_have_one(two: Path) -> None:
    """Exit 6, before anything is read."""
    ran = tallysheet("run", "invoices", "--batch", cwd=two)

    assert ran.code == 6
    assert "--model" in ran.stderr


def test_with_no_wait_everything_is_handed_in_and_the_next_run_fetches_it(
    fresh: Path, offer: Served, jobs: Jobs
) -> None:
    """More documents than are in flight at once; exit 5, and a sentence on how to go on."""
    jobs.looks = LONG
    env = environment(offer) | {"TALLYSHEET_BATCH_SIZE": "4", "TALLYSHEET_CONCURRENCY": "4"}
    words = ("run", "invoices", "--json", *FLAGS, "--no-wait")
    batch = fresh / "invoices.tallysheet"

    left = tallysheet(*words, cwd=fresh, env=env)
    given_back = statuses_of(batch)
    jobs.looks = 1
    ran = tallysheet(*words, cwd=fresh, env=env)

    assert left.code == 5
    assert left.summary["deferred"] == 11
    assert "11 questions are with the provider's batch mode" in left.stderr
    assert "tallysheet run invoices … --batch" in left.stderr
    assert list(given_back.values()).count("pending") == 11
    assert ran.code == 0
    assert set(statuses_of(batch).values()) == {"review"}
    assert len(jobs.questions) == len(set(jobs.questions)) == 11
    assert len(offer.requests) == 1
    assert handles_of(batch) == []
    assert jobs.files == {}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_dry_run_does_not_count_what_jobs_hold(
    fresh: Path, offer: Served, jobs: Jobs, provider: str
) -> None:
    """Nobody asks that anew, but with --no-batch; nor does it hold for another provider's host."""
    jobs.looks = LONG
    env = environment(offer, provider)
    tallysheet("run", "invoices", *FLAGS, "--no-wait", cwd=fresh, env=env)
    words = ("run", "invoices", "--dry-run", *FLAGS[1:])
    elsewhere = env | {"TALLYSHEET_BASE_URL": "http://localhost:1"}

    said = tallysheet(*words, cwd=fresh, env=env)
    ahead, twice, others = (
        json.loads(tallysheet(*words, "--json", *more, cwd=fresh, env=env).stdout)
        for more, env in (((), env), (("--no-batch",), env), ((), elsewhere))
    )

    assert "11  job" in said.stdout
    assert "handed in by an earlier run, not asked anew" in said.stdout
    assert (ahead["readers"], ahead["cost_usd"]) == ({"job": 11}, 0)
    assert twice["readers"] == others["readers"] == {f"{provider}:test": 11}
    assert twice["cost_usd"] > 0


def test_two_runs_that_do_not_wait_do_not_wait_for_each_other(
    fresh: Path, offer: Served, jobs: Jobs
) -> None:
    """Each holds what it handed in until its own end, which comes."""
    jobs.looks = LONG
    env = environment(offer) | {"TALLYSHEET_BATCH_SIZE": "4", "TALLYSHEET_CONCURRENCY": "4"}
    words = ("run", "invoices", "--json", *FLAGS, "--no-wait")

    with started(*words, cwd=fresh, env=env) as one, started(*words, cwd=fresh, env=env) as two:
        ended = [one.ended(), two.ended()]

    assert [ran.code for ran in ended] == [5, 5]
    assert len(jobs.questions) == len(set(jobs.questions))
    assert len(jobs.questions) + len(offer.requests) == 12


def test_a_run_without_batch_leaves_what_a_job_still_works_on_and_says_so(
    fresh: Path, offer: Served, jobs: Jobs
) -> None:
    """Exit 5 and what asking at once would cost; --no-batch asks, and says what it cost."""
    jobs.looks = LONG
    env = environment(offer)
    price = ("--price", "openai:test=1/1")
    tallysheet("run", "invoices", *FLAGS, "--no-wait", cwd=fresh, env=env)

    left = tallysheet("run", "invoices", "--json", *price, cwd=fresh, env=env)
    asked = len(offer.requests)
    twice = tallysheet("run", "invoices", "--json", *price, "--no-batch", cwd=fresh, env=env)

    assert (left.code, asked) == (5, 1)
    assert left.summary["deferred"] == 11
    assert left.summary["deferred_usd"] > 0
    assert "--no-batch" in left.stderr
    assert twice.code == 0
    assert twice.summary["twice"] == 11
    assert twice.summary["twice_usd"] == pytest.approx(twice.summary["cost_usd"])
    assert "11 questions were asked although" in twice.stderr
    assert len(offer.requests) == 12


def test_a_run_without_batch_fetches_what_a_job_has_answered(
    fresh: Path, offer: Served, jobs: Jobs
) -> None:
    """Nothing is asked again; what no job holds is asked by itself."""
    jobs.looks = 1
    env = environment(offer)
    tallysheet("run", "invoices", *FLAGS, "--no-wait", cwd=fresh, env=env)
    (fresh / "invoices" / "more.pdf").write_bytes([*many(20)][-1].data)

    ran = tallysheet("run", "invoices", "--json", *FLAGS[1:], cwd=fresh, env=env)

    assert ran.code == 0
    assert set(statuses_of(fresh / "invoices.tallysheet").values()) == {"review"}
    assert len(offer.requests) == 1 + 1
    assert handles_of(fresh / "invoices.tallysheet") == []


def test_no_wait_without_batch_is_told_as_a_mistake(two: Path) -> None:
    """Exit 2: whoever types it thinks of a job."""
    ran = tallysheet("run", "invoices", "--no-wait", cwd=two)

    assert ran.code == 2
    assert "--batch" in ran.stderr
