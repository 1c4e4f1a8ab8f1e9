"""A run in Bedrock's batch mode, with real processes and a real S3 server, killed and run again."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samples import many
from scene import started, statuses_of, tallysheet
from scene_model import Served, served_model
from tallysheet.store import open_store
from tallysheet.testing.llm_server import BedrockJobs

if TYPE_CHECKING:
    from s3_servers import S3Server

NUMBER = 110
LONG = 10**6
"""A job that takes so many looks does not end while anybody watches."""
KEY = "canary-bedrock-key"
FLAGS = ("--batch", "--price", "bedrock:eu.test=1/1")


@pytest.fixture
def jobs(s3: "S3Server") -> BedrockJobs:
    """The batch mode, over a place in S3."""
    return BedrockJobs(store=open_store(s3.fresh_url()))


@pytest.fixture
def offer(jobs: BedrockJobs) -> Iterator[Served]:
    """A model that is asked in *jobs*."""
    with served_model(jobs=jobs) as model:
        yield model


@pytest.fixture
def many_here(tmp_path: Path) -> Path:
    """A folder with ``invoices``, as many as make a job."""
    (tmp_path / "invoices").mkdir()
    for sample in many(NUMBER):
        (tmp_path / "invoices" / sample.name).write_bytes(sample.data)
    return tmp_path


def environment(s3: "S3Server", offer: Served, jobs: BedrockJobs) -> dict[str, str]:
    """What a process needs to ask the model, in S3 and out of it."""
    return {
        **s3.environment,
        "AWS_BEARER_TOKEN_BEDROCK": KEY,
        "TALLYSHEET_BASE_URL": offer.server.origin,
        "TALLYSHEET_MODEL": "bedrock:eu.test",
        "TALLYSHEET_BEDROCK_BATCH_S3": jobs.store.url,
        "TALLYSHEET_BEDROCK_BATCH_ROLE": "arn:aws:iam::123456789012:role/batch",
        # Short, so that a dead process is taken for dead soon.
        "TALLYSHEET_LEASE_S": "1",
    }


async def test_a_run_killed_while_bedrock_works_is_gone_on_with_by_the_next(
    many_here: Path, s3: "S3Server", offer: Served, jobs: BedrockJobs
) -> None:
    """Each question is paid for once; nothing of an invoice, and no key, is left anywhere."""
    jobs.looks = LONG
    env = environment(s3, offer, jobs)
    batch = many_here / "invoices.tallysheet"
    words = ("run", "invoices", "--json", *FLAGS)
    with started(*words, cwd=many_here, env=env) as doomed:
        doomed.until("deferred")
        doomed.signal(signal.SIGKILL)
        assert doomed.ended().code == -signal.SIGKILL
    (handle,) = [json.loads(file.read_bytes()) for file in (batch / "jobs").glob("*.json")]
    jobs.looks = 1

    ran = tallysheet(*words, cwd=many_here, env=env)

    assert handle["job"] in [job.arn for job in jobs.jobs.values()]
    assert ran.code == 0, ran.stderr
    assert set(statuses_of(batch).values()) == {"review"}
    assert sum(method == "POST" for method, _ in jobs.requests) == 1
    assert len(jobs.questions) == len(set(jobs.questions)) >= 100
    # The first question of the first run went by itself; the kill may have cost that answer.
    assert len(offer.requests) <= 2
    assert [entry.key async for entry in jobs.store.list()] == []
    assert not list((batch / "jobs").glob("*.json"))
    assert not [f for f in batch.rglob("*") if f.is_file() and KEY.encode() in f.read_bytes()]


def test_too_few_documents_for_a_job_are_read_one_by_one_and_the_run_says_so(
    fresh: Path, s3: "S3Server", offer: Served, jobs: BedrockJobs
) -> None:
    """No job is made; programs and people are told how many cost the full price."""
    env = environment(s3, offer, jobs)
    words = ("run", "invoices", *FLAGS)

    ran = tallysheet(*words, "--json", cwd=fresh, env=env)
    shown = tallysheet(*words, "--out", "again", cwd=fresh, env=env)

    told = [event["alone"] for event in ran.events if event["event"] == "deferred"]
    assert (ran.code, shown.code) == (0, 0)
    assert jobs.requests == []
    assert len(offer.requests) == 2 * 12
    assert told[-1] == ran.summary["alone"] == 11
    assert "11 asked alone, too few for a job" in shown.stderr


def test_a_place_among_the_documents_is_refused(
    fresh: Path, s3: "S3Server", offer: Served, jobs: BedrockJobs
) -> None:
    """What is exchanged there would be read as documents."""
    source = f"{s3.fresh_url()}/inbox"
    env = environment(s3, offer, jobs) | {"TALLYSHEET_BEDROCK_BATCH_S3": f"{source}/jobs"}

    ran = tallysheet("run", source, *FLAGS, cwd=fresh, env=env)

    assert ran.code == 6
    assert "bedrock_batch_s3" in ran.stderr
