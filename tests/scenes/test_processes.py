"""One run in several processes: told as one, stopped as one, and none of them is needed."""

import os
import signal
from pathlib import Path

import pytest

from scene import Running, all_end, children_of, manifest_of, started, statuses_of, tallysheet
from scene_model import Served
from tallysheet import Manifest

DEAR = ("--price", "openai:test=100/100")
ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
WORDS = ("run", "invoices", "--processes=2", "--concurrency=4", "--json")
FOUR, ALL = 4, 12


def pids_of(run: Running) -> list[int]:
    """The processes that share the work of a run."""
    listed = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text(encoding="ascii")
    return [int(pid) for pid in listed.split()]


def test_several_processes_tell_what_one_would(fresh: Path, model: Served) -> None:
    """The same events with the same fields, each document once, and one summary of all."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        model.release()
        ran = run.ended()
    one = tallysheet(
        *("run", "invoices", "--json", "--out", "one"), cwd=fresh, env=model.environment
    )

    assert ran.code == one.code == 0
    assert ran.settled == one.settled
    for event in ("listed", "settled", "summary"):
        ours, theirs = ([e for e in r.events if e["event"] == event] for r in (ran, one))
        assert len(ours) == len(theirs)
        assert ours[0].keys() == theirs[0].keys()
    assert ran.events[-1] == ran.summary
    told = [next(e for e in r.events if e["event"] == "listed") for r in (ran, one)]
    assert told[0] == told[1]
    same = ("counts", "settled", "sources", "failed", "review", "tokens_out")
    assert {name: ran.summary[name] for name in same} == {name: one.summary[name] for name in same}
    # A request names the bound of its answer, which is learned on the way: a digit more or less.
    assert abs(ran.summary["tokens_in"] - one.summary["tokens_in"]) <= len(ran.settled)
    assert len(model.requests) == 2 * ALL


def test_the_exit_code_is_that_of_the_whole(demo: Path, tmp_path: Path) -> None:
    """1 where a document failed, whichever process had it; and all attention on one list."""
    (tmp_path / "invoices").symlink_to(demo)

    ran = tallysheet("run", "invoices", "--processes=2", "--json", cwd=tmp_path)
    again = tallysheet("run", "invoices", "--processes=2", "--fail-if-empty", cwd=tmp_path)

    assert (ran.code, again.code) == (1, 4)
    assert len(ran.summary["failed"]) == ran.summary["counts"]["failed"] == 1
    assert "Failed" in ran.stderr
    assert sorted(ran.settled) == sorted(statuses_of(tmp_path / "invoices.tallysheet"))


def test_an_error_of_all_is_told_once(fresh: Path) -> None:
    """Every process finds that there is no key: one error, one fix, exit 6."""
    words = ("run", "invoices", "--processes=2", "--json", "--model=openai:none")

    ran = tallysheet(*words, cwd=fresh)

    assert (ran.code, ran.error["kind"]) == (6, "ConfigError")
    assert len(ran.events) == 1
    assert ran.stderr.count("OPENAI_API_KEY") == 1


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_the_first_signal_lets_all_end_what_is_in_flight(
    fresh: Path, model: Served, number: signal.Signals, code: int
) -> None:
    """Four are with the model, of two processes: they are settled, the rest is given back."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        members = children_of(run.pid)
        run.signal(number)
        run.until_it_says("Stopping")
        model.release()
        stopped = run.ended()

    left = manifest_of(fresh / "invoices.tallysheet")
    assert (stopped.code, len(stopped.settled), len(members)) == (code, FOUR, 2)
    assert stopped.summary["stopped"] is True
    assert all_end(members)
    assert left["workers"] == {}
    assert left["counts"] == {"pending": ALL - FOUR, **stopped.summary["settled"]}


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_the_second_signal_ends_all_of_them_at_once(
    fresh: Path, model: Served, number: signal.Signals, code: int
) -> None:
    """Nobody waits for the model, and the next run need not wait for a lease."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        members = children_of(run.pid)
        run.signal(number)
        run.until_it_says("Once more")
        run.signal(number)
        stopped = run.ended()
        ended = all_end(members)
    model.release()

    again = tallysheet(*WORDS, cwd=fresh, env=model.environment)

    assert (stopped.code, ended, len(members)) == (code, True, 2)
    assert (again.code, len(again.settled)) == (0, ALL)


def test_what_a_killed_process_held_is_taken_over(fresh: Path, model: Served) -> None:
    """It is said, another takes its place, and only what it had with the model is asked twice."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        os.kill(pids_of(run)[0], signal.SIGKILL)
        run.until_it_says("was killed (SIGKILL)")
        model.release()
        ran = run.ended()

    records = manifest_of(fresh / "invoices.tallysheet")["records"]
    taken_over = [key for key, record in records.items() if record["epoch"] > 1]
    assert ran.code == 0
    assert ran.settled == sorted(records)
    assert 0 < len(taken_over) <= FOUR // 2 + 1
    assert len(model.requests) <= ALL + FOUR // 2


def test_when_the_first_process_is_killed_the_others_end_by_themselves(
    fresh: Path, model: Served
) -> None:
    """What is in flight is settled, since it is paid for; the rest is given back."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        members = children_of(run.pid)
        run.signal(signal.SIGKILL)
        run.ended()
        model.release()
        ended = all_end(members)

    left = manifest_of(fresh / "invoices.tallysheet")
    assert ended
    assert left["workers"] == {}
    assert left["counts"].get("pending") == ALL - FOUR
    assert len(model.requests) == FOUR


def test_one_that_is_suspended_ends_as_well_when_the_first_process_is_killed(
    fresh: Path, model: Served
) -> None:
    """The kernel wakes it, so that it sees that nobody is left to work for."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        members = children_of(run.pid)
        for pid in pids_of(run):
            os.kill(pid, signal.SIGSTOP)
        run.signal(signal.SIGKILL)
        run.ended()
        model.release()

        assert len(members) == 2
        assert all_end(members)


def test_one_that_hangs_is_not_waited_for(fresh: Path, model: Served) -> None:
    """The others take its documents over when its lease is up, and it is ended after that."""
    model.hold()
    soon = {**model.environment, "TALLYSHEET_LEASE_S": "1", "TALLYSHEET_DRAIN_S": "0"}
    with started(*WORDS, cwd=fresh, env=soon) as run:
        model.arrived(FOUR)
        os.kill(pids_of(run)[0], signal.SIGSTOP)
        model.release()
        ran = run.ended()

    counts = manifest_of(fresh / "invoices.tallysheet")["counts"]
    assert ran.code == 0
    assert counts.keys() <= {"done", "review"}
    assert sum(counts.values()) == len(set(ran.settled)) == ALL


def test_one_that_wakes_after_its_lease_changes_nothing_and_is_followed_by_another(
    fresh: Path, model: Served
) -> None:
    """It finds itself taken for dead; every document keeps the one outcome that it has."""
    model.hold()
    soon = {**model.environment, "TALLYSHEET_LEASE_S": "1"}
    with started(*WORDS, cwd=fresh, env=soon) as run:
        model.arrived(FOUR)
        asleep = pids_of(run)[0]
        os.kill(asleep, signal.SIGSTOP)
        with Manifest.open_sync(str(fresh / "invoices.tallysheet")) as manifest:
            while len(manifest.workers) == 2:
                manifest.refresh()
        os.kill(asleep, signal.SIGCONT)
        run.until_it_says("was taken for dead")
        model.release()
        ran = run.ended()

    records = manifest_of(fresh / "invoices.tallysheet")["records"]
    assert ran.code == 0
    assert ran.settled == sorted(records)
    assert {record["status"] for record in records.values()} <= {"done", "review"}


def test_a_budget_is_that_of_all_processes_together(fresh: Path, model: Served) -> None:
    """Exit 5 at or below it, with what a killed one had in flight counted in full."""
    model.hold()
    words = (*WORDS, *DEAR, "--max-cost", "5")
    with started(*words, cwd=fresh, env=model.environment) as run:
        model.arrived(1)
        for pid in pids_of(run):
            os.kill(pid, signal.SIGKILL)
        run.until_it_says("was killed")
        model.release()
        ran = run.ended()

    assert ran.code == 5
    assert ran.summary["budget_reached"] is True
    assert 0 < ran.summary["cost_usd"] <= 5
    paid = sum(e["cost_usd"] for e in ran.events if e["event"] == "settled")
    assert paid < ran.summary["cost_usd"]
    assert ran.summary["counts"]["pending"] > 0


def test_no_secret_and_no_setting_stands_on_a_command_line(fresh: Path, model: Served) -> None:
    """Every user of a machine can read those; what is set goes through pipes."""
    model.hold()
    secret = {**model.environment, "OPENAI_API_KEY": "sk-canary"}
    with started(*WORDS, cwd=fresh, env=secret) as run:
        model.arrived(FOUR)
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids_of(run)]
        run.signal(signal.SIGTERM)
        model.release()
        run.ended()

    assert len(lines) == 2
    for line in lines:
        assert b"tallysheet.pipeline._member" in line
        assert not any(word in line for word in (b"canary", b"127.0.0.1", b"invoices"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "memory://a", "--processes=2"), "memory://"),
        (("run", "invoices", "--processes=9", "--concurrency=8"), "concurrency = 8"),
        (("run", "invoices", "--processes=3", "--parse-workers=2"), "parse_workers = 2"),
    ],
)
def test_what_processes_cannot_share_is_said_before_any_begins(
    fresh: Path, words: tuple[str, ...], told: str
) -> None:
    """Exit 6, with what to change."""
    ran = tallysheet(*words, "--json", cwd=fresh)

    assert ran.code == 6
    assert told in ran.error["message"]
    assert not (fresh / "invoices.tallysheet").exists()


def test_status_says_who_works_and_what_each_holds(fresh: Path, model: Served) -> None:
    """By machine and process; one that was killed is told, and so is the end of the batch."""
    model.hold()
    with started(*WORDS, cwd=fresh, env=model.environment) as run:
        model.arrived(FOUR)
        (told,) = tallysheet("status", "invoices", "--json", cwd=fresh).events
        with Manifest.open_sync(str(fresh / "invoices.tallysheet")) as manifest:
            held = {name: manifest.held_by(name) for name in manifest.workers}
        members = pids_of(run)
        run.signal(signal.SIGKILL)
        for pid in members:
            os.kill(pid, signal.SIGKILL)
        run.ended()
    after = tallysheet("status", "invoices", cwd=fresh)
    model.release()
    with started("status", "invoices", "--watch", cwd=fresh) as watching:
        run_again = tallysheet(*WORDS, cwd=fresh, env=model.environment)
        watched = watching.ended()

    assert {name: worker["holds"] for name, worker in told["workers"].items()} == held
    assert sorted(map(len, held.values())) == [2, 2]
    assert sorted(worker["pid"] for worker in told["workers"].values()) == sorted(members)
    assert told["per_minute"] == 0.0
    assert after.stdout.count("is gone; a run takes over 2 that it held") == 2
    assert run_again.code == watched.code == 0
    assert "12 documents in invoices.tallysheet" in watched.stdout
    assert "working" not in watched.stdout.rpartition("12 documents")[2]
