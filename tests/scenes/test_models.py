"""A provider that is crowded, strict, slow or silent, and a batch that gets through it all."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from samples import many
from scene import LIMIT_S, started, statuses_of, tallysheet
from scene_model import Served
from scene_provider import provider
from tallysheet.testing.llm_server import Visit, impatient, most_in_a_window

CROWD = 60
IN_USD, OUT_USD = 10.0, 100.0
"""What a million tokens cost."""


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """A folder with sixty ``invoices``, all of which can be read."""
    (tmp_path / "invoices").mkdir()
    for sample in many(CROWD):
        (tmp_path / "invoices" / sample.name).write_bytes(sample.data)
    return tmp_path


def counted(desk: Path) -> Counter[str]:
    """How many documents have become what."""
    return Counter(statuses_of(desk / "invoices.tallysheet").values())


def read(desk: Path) -> int:
    """How many have been read, whether or not a person is to look at them."""
    count = counted(desk)
    return count["done"] + count["review"]


def usd(visits: list[Visit]) -> float:
    """What the provider would bill for what it answered."""
    answered = [visit for visit in visits if visit.status == 200]
    tokens_in = sum(visit.tokens_in for visit in answered)
    return (tokens_in * IN_USD + sum(visit.tokens_out for visit in answered) * OUT_USD) / 1e6


def test_in_a_storm_of_refusals_everybody_waits_and_no_document_is_lost(crowd: Path) -> None:
    """Ten a second, three in ten refused on top: all are read, nobody comes while told to wait."""
    options = ("--rpm", "600", "--burst", "1", "--latency", "0.2", "--mishap", "429=0.3")
    with provider(crowd, *options) as strict:
        ran = tallysheet("run", "invoices", "--json", cwd=crowd, env=strict.environment)

        visits = strict.visits
    assert ran.code == 0
    assert read(crowd) == CROWD
    assert impatient(visits) == []
    assert {visit.status for visit in visits} == {200, 429}
    assert sum(visit.status == 200 for visit in visits) == CROWD


def test_a_rate_in_the_settings_is_kept_in_every_window(crowd: Path) -> None:
    """One in twenty of a minute's calls may go at once, the others as time goes by."""
    limit = {"TALLYSHEET_REQUESTS_PER_MINUTE": "300"}
    with provider(crowd) as generous:
        ran = tallysheet("run", "invoices", cwd=crowd, env=generous.environment | limit)

        visits = generous.visits
    assert ran.code == 0
    assert len(visits) == CROWD
    for window_s in (0.5, 1, 2, 5):
        assert most_in_a_window(visits, window_s) <= 15 + (300 - 15) / 60 * window_s + 1


def test_the_bill_is_never_above_the_budget_whatever_goes_wrong(crowd: Path) -> None:
    """Many are in flight when the money ends; the bill is what the provider itself counted."""
    options = ("--latency", "0.3", "--spread", "0.5", "--mishap", "500=0.1", "--mishap", "cut=0.05")
    words = ("run", "invoices", "--json", "--price", f"openai:test={IN_USD}/{OUT_USD}")
    with provider(crowd, *options) as dear:
        ran = tallysheet(*words, "--max-cost", "1.5", cwd=crowd, env=dear.environment)
        stopped = counted(crowd)
        billed_usd = usd(dear.visits)
        told_usd = ran.summary["cost_usd"]

        again = tallysheet(*words, cwd=crowd, env=dear.environment)

    assert ran.code == 5
    assert ran.summary["budget_reached"] is True
    assert 0 < billed_usd <= told_usd <= 1.5
    assert stopped["pending"] > 0
    assert stopped["working"] == stopped["failed"] == 0
    assert again.code == 0
    assert read(crowd) == CROWD


def test_after_kill_9_only_what_was_in_flight_is_asked_again(crowd: Path) -> None:
    """The answers that had come are kept; the lease of the dead runs out."""
    limits = {"TALLYSHEET_CONCURRENCY": "8", "TALLYSHEET_LEASE_S": "1"}
    with provider(crowd, "--latency", "0.5") as steady:
        environment = steady.environment | limits
        with started("run", "invoices", "--json", cwd=crowd, env=environment) as run:
            for _ in range(12):
                run.until("settled")
            run.signal(signal.SIGKILL)
            run.ended()
        again = tallysheet("run", "invoices", "--json", cwd=crowd, env=environment)

        visits = steady.visits
    assert again.code == 0
    assert read(crowd) == CROWD
    assert max(visit.in_flight for visit in visits) <= 8
    assert CROWD <= len(visits) <= CROWD + 8


def test_the_next_documents_are_made_ready_while_all_places_at_the_model_are_taken(
    fresh: Path, model: Served
) -> None:
    """A quarter more are under way than may be asked about, and no more are asked about."""
    model.hold()
    words = ("run", "invoices", "--json", "--concurrency", "4")
    with started(*words, cwd=fresh, env=model.environment) as run:
        for _ in range(5):
            run.until("started")
        model.arrived(4)
        under_way = counted(fresh)["working"]
        model.release()
        ended = run.ended()

    assert ended.code == 0
    assert under_way == 5
    assert model.server.most_in_flight == 4


def test_ctrl_c_ends_a_run_whose_calls_wait_in_line(crowd: Path) -> None:
    """What waits is given back at once and was never asked; nobody waits for the rate."""
    slow = {"TALLYSHEET_REQUESTS_PER_MINUTE": "6", "TALLYSHEET_DRAIN_S": "1"}
    with provider(crowd) as idle:
        with started("run", "invoices", "--json", cwd=crowd, env=idle.environment | slow) as run:
            run.until("settled")
            run.signal(signal.SIGINT)
            ended = run.ended()

        asked = len(idle.visits)
    assert ended.code == 130
    assert asked <= 2
    assert read(crowd) == asked
    assert counted(crowd)["pending"] == CROWD - asked


def test_a_provider_that_never_answers_is_an_outage_and_nothing_is_lost(crowd: Path) -> None:
    """Each call has its time, and so has each document; the same command goes on later."""
    limits = {"TALLYSHEET_MODEL_LIMIT_S": "0.5", "TALLYSHEET_MODEL_PATIENCE_S": "2"}
    with provider(crowd, "--mishap", "hang=1") as silent:
        ran = tallysheet("run", "invoices", "--json", cwd=crowd, env=silent.environment | limits)
    assert ran.code == 5
    assert ran.error["kind"] == "ModelOutage"
    assert counted(crowd) == {"pending": CROWD}

    with provider(crowd) as awake:
        again = tallysheet("run", "invoices", cwd=crowd, env=awake.environment, limit_s=LIMIT_S)
    assert again.code == 0
    assert read(crowd) == CROWD
