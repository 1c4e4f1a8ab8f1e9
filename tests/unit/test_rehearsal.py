"""A rehearsal says how a run would go: checked against what can be worked out by hand."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from samples import demo_set, write_samples
from tallysheet.cli import ExitCode, app
from tallysheet.errors import ConfigError
from tallysheet.pipeline.rehearsal import Rehearsal, rehearse
from tallysheet.settings import Settings
from tallysheet.testing import Behaviour, Mishap

MODEL = "openai:gpt-5-mini"


async def rehearsed(
    documents: int = 300, *, concurrency: int = 64, model: str = MODEL, **behaviour: Any
) -> Rehearsal:
    """A rehearsal with documents that are made up, every answer after two seconds."""
    return await rehearse(
        None,
        settings=Settings(model=model, concurrency=concurrency),
        behaviour=Behaviour(**{"latency_s": 2.0, **behaviour}),
        documents=documents,
    )


async def test_without_limits_a_batch_takes_as_many_rounds_as_it_needs() -> None:
    """300 documents, 100 at a time, two seconds each: six seconds, and a start in steps."""
    told = await rehearsed(concurrency=100)

    assert 6.0 <= told.time_s <= 6.3
    assert (told.answered, told.requests, told.refused, told.faulty) == (300, 300, 0, 0)
    assert told.most_in_flight == 100
    assert (told.ended, told.binds) == ("done", "asked at a time")


async def test_documents_that_are_all_asked_at_once_wait_for_nothing() -> None:
    """They take as long as the slowest answer."""
    told = await rehearsed(50)

    assert 2.0 <= told.time_s <= 2.2
    assert told.binds == "nothing"


@pytest.mark.parametrize("model", [MODEL, "anthropic:claude-haiku-4-5"])
async def test_requests_a_minute_bind_where_they_do(model) -> None:
    """A minute's worth at once, the rest as they become free: (1000 - 200) / 200 minutes."""
    told = await rehearsed(1000, model=model, requests_per_minute=200)

    assert 240 <= told.time_s <= 1.15 * 240
    assert told.binds == "requests a minute"
    assert told.answered == 1000
    assert told.refused < 0.05 * 1000


async def test_a_provider_that_says_nothing_of_its_quota_is_found_out() -> None:
    """Bedrock: in the same time, with more refusals on the way."""
    told = await rehearsed(1000, model="bedrock:x.y-v1:0", requests_per_minute=200)

    assert 240 <= told.time_s <= 1.15 * 240
    assert told.answered == 1000
    assert 0 < told.refused < told.answered


async def test_tokens_a_minute_bind_where_they_do() -> None:
    """As many minutes as the tokens need beyond the first."""
    told = await rehearsed(tokens_per_minute=500_000)

    ideal_s = ((told.tokens_in + told.tokens_out) / 500_000 - 1) * 60
    assert ideal_s <= told.time_s <= 1.2 * ideal_s
    assert told.binds == "tokens a minute"


async def test_what_the_provider_answers_at_a_time_binds_where_it_does() -> None:
    """Never told, it is found by the client: at most 1.45 times what it could be."""
    told = await rehearsed(1000, concurrency=400, most_in_flight=50)

    assert 1000 / 50 * 2 <= told.time_s <= 1.45 * 1000 / 50 * 2
    assert told.binds == "answered at a time"
    assert told.answered == 1000


async def test_more_at_a_time_helps_only_where_nothing_else_binds() -> None:
    """That is what one rehearses for."""
    free = [(await rehearsed(concurrency=n)).time_s for n in (30, 60)]
    bound = [(await rehearsed(concurrency=n, requests_per_minute=60)).time_s for n in (30, 60)]

    assert free[0] == pytest.approx(2 * free[1], rel=0.05)
    assert bound[0] == pytest.approx(bound[1], rel=0.05)


async def test_what_goes_wrong_costs_time_and_requests() -> None:
    """A hang lasts until the time-out, then it is asked again; no document is lost."""
    told = await rehearsed(mishaps={Mishap.HANG: 0.02, Mishap.BUSY: 0.05, Mishap.CUT: 0.02})

    assert told.answered == 300
    assert told.requests == 300 + told.faulty
    assert told.time_s > 120
    assert told.binds == "mishaps"


async def test_what_a_model_refuses_fails() -> None:
    """Once asked, once refused."""
    told = await rehearsed(100, mishaps={Mishap.REFUSAL: 1.0})

    assert (told.failed, told.answered, told.requests) == (100, 0, 100)


async def test_a_provider_that_only_fails_is_given_up() -> None:
    """As in a run: the rest is left for later."""
    told = await rehearsed(100, mishaps={Mishap.ERROR: 1.0})

    assert told.ended == "outage"
    assert told.left + told.failed == 100


async def test_the_budget_ends_a_rehearsal_as_it_ends_a_run() -> None:
    """At or below it, with the rest left."""
    told = await rehearse(
        None,
        settings=Settings(model=MODEL, max_cost_usd=0.5, prices=(f"{MODEL}=1/2",)),
        behaviour=Behaviour(latency_s=1.0),
        documents=200,
    )

    assert (told.ended, told.binds) == ("budget", "budget")
    assert 0.3 < told.cost_usd <= 0.5
    assert told.answered + told.left == 200
    assert 0 < told.answered < 200


async def test_cost_is_what_the_tokens_cost() -> None:
    """At a price of our own, so that it can be worked out."""
    told = await rehearse(
        None,
        settings=Settings(model=MODEL, prices=(f"{MODEL}=1/10",)),
        behaviour=Behaviour(),
        documents=20,
    )

    assert told.cost_usd == pytest.approx((told.tokens_in + 10 * told.tokens_out) / 1e6)


async def test_nobody_knows_the_cost_of_a_model_without_a_price() -> None:
    """So it is not said, rather than said to be nothing."""
    told = await rehearsed(5, model="openai:nobodys-model")

    assert told.cost_usd is None


async def test_the_same_seed_is_the_same_rehearsal() -> None:
    """To the last digit; another seed is another one."""
    given: dict[str, Any] = {"spread": 0.5, "mishaps": {Mishap.BUSY: 0.1}}
    one, again, other = [await rehearsed(100, seed=seed, **given) for seed in (1, 1, 2)]

    assert asdict(one) == asdict(again)
    assert one.time_s != other.time_s


async def test_no_document_is_lost_in_a_storm_of_refusals() -> None:
    """Ten times more at a time than the provider takes, for hours."""
    told = await rehearsed(2000, concurrency=500, requests_per_minute=10, tokens_per_minute=200_000)

    assert told.answered == 2000
    assert told.time_s > 3 * 3600
    assert told.refused < 2000


async def test_a_rehearsal_needs_a_model() -> None:
    """The rules ask nobody, so there is nothing to rehearse."""
    with pytest.raises(ConfigError, match="no model"):
        await rehearsed(model="rules")


@pytest.mark.parametrize("limit", ["requests_per_minute", "tokens_per_minute"])
async def test_a_limit_that_is_none_is_refused(limit) -> None:
    """With what to look at."""
    with pytest.raises(ConfigError) as error:
        await rehearsed(**{limit: 0.0})

    assert "--rpm" in error.value.fix


@pytest.fixture
def invoices(tmp_path) -> Path:
    """A folder of invoices, of which a model would read ten."""
    write_samples(demo_set(), tmp_path)
    return tmp_path / "invoices"


def test_a_source_is_looked_into_and_left_alone(invoices) -> None:
    """What needs no model is not asked about; nothing is written anywhere."""
    before = {path: path.stat().st_mtime_ns for path in invoices.parent.rglob("*")}

    ended = simulate(str(invoices), "--json")
    planned = CliRunner().invoke(
        app, ["run", str(invoices), "--model", MODEL, "--dry-run", "--json"]
    )

    told, plan = json.loads(ended.stdout), json.loads(planned.stdout)
    assert told["documents"] == plan["readers"][MODEL]
    assert told["others"] == plan["to_read"] - told["documents"]
    assert told["tokens_in"] == pytest.approx(plan["tokens_in"], rel=0.05)
    assert told["tokens_out"] == pytest.approx(plan["tokens_out"], rel=0.05)
    assert {path: path.stat().st_mtime_ns for path in invoices.parent.rglob("*")} == before


def test_a_batch_larger_than_its_source_is_like_it(invoices) -> None:
    """A few documents at hand are enough to rehearse a thousand."""
    few, many = (
        json.loads(simulate(str(invoices), "--json", "--documents", n).stdout) for n in ("9", "900")
    )

    assert many["documents"] == 900
    assert many["tokens_in"] == pytest.approx(100 * few["tokens_in"], rel=0.2)


def simulate(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["simulate", "--model", MODEL, *arguments])


def test_a_person_is_told_what_it_waits_for(monkeypatch) -> None:
    """On lines that fit into a terminal."""
    monkeypatch.setitem(os.environ, "COLUMNS", "80")

    ended = simulate("--documents", "500", "--latency", "1", "--rpm", "100")

    assert ended.exit_code == ExitCode.DONE
    (marked,) = [line for line in ended.stdout.splitlines() if "<-" in line]
    assert "requests a minute" in marked
    assert "more at a time would not help" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--mishap", "earthquake=1"], 2, "earthquake"),
        (["--mishap", "503=often"], 2, "503=often"),
        (["--mishap", "503=2"], ExitCode.CONFIG, "shares"),
        (["--rpm", "0"], ExitCode.CONFIG, "--rpm"),
        (["nowhere-at-all"], 2, "nowhere-at-all"),
        (["--max-cost", "1", "--model", "openai:nobodys-model"], ExitCode.CONFIG, "--price"),
    ],
)
def test_what_cannot_be_rehearsed_is_said(arguments, code, said) -> None:
    """With the exit code of such a mistake."""
    ended = simulate(*arguments)

    assert ended.exit_code == code
    assert said in ended.output
