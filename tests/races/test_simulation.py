"""Whole worlds drawn from a seed: processes, network, crashes. Nothing is ever lost in any.

Two to four processes add, claim, finish, release, update, judge, retry and read on
one manifest, over a network that loses, delays and repeats, while another removes what
no root names; some are killed between two steps, some are stopped for longer than their
lease. Then everything that was promised is checked: see ``drawn_audit``.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from drawn_network import DELETE_FAULTS, GET_FAULTS, PUT_FAULTS
from simulation import History, simulate

PAST_FAILURES = {
    115: "a merged segment with the content of one of its parts had its name, and went with it",
    172: "the same",
    269: "the same",
    56624: "a compactor that was stopped just when a segment turned out to be gone never ended",
}
"""Seeds that once went wrong, and what it was. As draws change they lose their meaning, not
their right to stay: what they found has a test of its own."""

SCHEDULES = int(os.environ.get("SCHEDULES", "2000"))
CHUNK = 100


def wrongs(histories: list[History]) -> dict[int, tuple[str, ...]]:
    """What went wrong, by seed."""
    return {history.seed: history.wrongs for history in histories if history.wrongs}


@pytest.mark.parametrize("seed", PAST_FAILURES)
def test_what_went_wrong_once_does_not_again(seed: int) -> None:
    """Seeds of past failures are kept, and run before all others."""
    history = simulate(seed)

    assert not history.wrongs


@pytest.mark.parametrize("first", range(0, SCHEDULES, CHUNK))
def test_whatever_happens_nothing_is_lost_and_nothing_is_done_twice(first: int) -> None:
    """A hundred worlds: each has a history that keeps every promise."""
    histories = [simulate(seed) for seed in range(first, first + CHUNK)]

    assert not wrongs(histories)


def test_the_same_seed_is_the_same_world() -> None:
    """What was seen once can be seen again: the hash of all that happened is the same."""
    first = [simulate(seed).trace for seed in range(20)]

    again = [simulate(seed).trace for seed in range(20)]

    assert first == again
    assert len(set(first)) == len(first)


def test_the_same_seed_is_the_same_world_in_every_process() -> None:
    """Nothing hangs on the order of sets of strings, which differs from process to process."""
    program = "import simulation; print([simulation.simulate(n).trace for n in range(20)])"
    tests = Path(__file__).parent.parent

    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=tests,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]

    assert said[0] == said[1]


def test_a_hundred_worlds_hold_everything_that_can_happen() -> None:
    """A simulation in which nothing bad happens would prove nothing."""
    histories = [simulate(seed) for seed in range(100)]

    met = sum((history.met for history in histories), Counter[str]())
    for verb, faults in (("put", PUT_FAULTS), ("get", GET_FAULTS), ("delete", DELETE_FAULTS)):
        assert {f"{verb} {fault}" for fault in faults} <= met.keys()
    deeds = ("killed", "stopped", "fenced", "LeaseLost", "put seg", "delete seg", "unknown")
    for deed in (*deeds, "orphan", "orphan kept"):
        assert met[deed] >= 5, f"{deed} came only {met[deed]} times"
