"""A provider in a test behaves as told: quota, pace and mishaps, the same at every run."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.testing import Behaviour, Mishap, Provider
from tallysheet.testing.llm_server import Visit, impatient, most_in_a_window


def asked(provider: Provider, at_s: float, what: str = "a", *, tokens: int = 100) -> object:
    """The verdict on a request that reads half of *tokens* and may say the other half."""
    return provider.arrive(at_s, what, tokens_in=tokens // 2, most_tokens=tokens // 2)


def test_a_provider_without_limits_answers_everybody_at_once() -> None:
    """Nothing goes wrong that was not ordered."""
    provider = Provider(Behaviour())

    verdicts = [asked(provider, 0.0, str(n)) for n in range(500)]

    assert all(v.admitted and v.latency_s == 0 and v.mishap is None for v in verdicts)
    assert provider.in_flight == 500


@given(
    gaps=st.lists(st.floats(0, 20), min_size=1, max_size=120),
    limit=st.integers(1, 40),
    burst_s=st.sampled_from([1.0, 10.0, 60.0]),
    window_s=st.sampled_from([5.0, 60.0, 90.0]),
)
def test_no_window_holds_more_requests_than_the_quota(gaps, limit, burst_s, window_s) -> None:
    """However they come: at most the burst, and what grew meanwhile."""
    provider = Provider(Behaviour(requests_per_minute=limit, burst_s=burst_s))
    now_s, let_in = 0.0, []

    for number, gap in enumerate(gaps):
        now_s += gap
        if asked(provider, now_s, str(number)).admitted:
            let_in.append(Visit(now_s, "openai"))

    most = max(1.0, limit * burst_s / 60) + limit * window_s / 60
    assert most_in_a_window(let_in, window_s) <= most + 1e-3


@given(st.integers(1, 30), st.floats(0, 200))
def test_whoever_waits_as_told_is_let_in(limit, at_s) -> None:
    """Not a moment earlier, and not refused again for a rounding error."""
    provider = Provider(Behaviour(requests_per_minute=limit, burst_s=1.0))
    assert asked(provider, at_s).admitted

    told = asked(provider, at_s).retry_after_s

    assert told == pytest.approx(60 / limit)
    assert not asked(provider, at_s + told * 0.99).admitted
    assert asked(provider, at_s + told).admitted


def test_tokens_are_reserved_and_what_was_not_said_is_given_back() -> None:
    """As providers count: the most that a request may take, until it is known."""
    provider = Provider(Behaviour(tokens_per_minute=1000))
    first = asked(provider, 0.0, tokens=800)

    assert asked(provider, 0.0, tokens=800).why == "tokens"
    provider.leave(0.0, first, tokens=100)
    again = asked(provider, 0.0, tokens=800)

    assert again.admitted
    assert provider.levels(0.0).tokens.remaining == pytest.approx(100)


def test_what_never_fits_is_refused_without_a_time() -> None:
    """A request larger than the whole quota would wait for ever."""
    provider = Provider(Behaviour(tokens_per_minute=1000))

    verdict = asked(provider, 0.0, tokens=1002)

    assert (verdict.status, verdict.why, verdict.retry_after_s) == (429, "tokens", None)


def test_more_than_may_be_in_flight_are_refused_without_a_word() -> None:
    """As some endpoints do; one that ends makes room."""
    provider = Provider(Behaviour(most_in_flight=2))
    first = asked(provider, 0.0)
    asked(provider, 0.0)

    refused = asked(provider, 0.0)
    provider.leave(1.0, first, tokens=10)

    assert (refused.status, refused.why, refused.retry_after_s) == (429, "in flight", None)
    assert asked(provider, 1.0).admitted


def test_a_silent_provider_says_nothing_of_its_quota() -> None:
    """Neither levels nor how long to wait."""
    provider = Provider(Behaviour(requests_per_minute=1, says_limits=False))
    asked(provider, 0.0)

    assert asked(provider, 0.0).retry_after_s is None
    assert provider.levels(0.0).requests is None


def test_levels_are_what_is_left_and_when_it_is_full_again() -> None:
    """Half a quota used is half a minute away from being whole."""
    provider = Provider(Behaviour(requests_per_minute=10))
    for number in range(5):
        asked(provider, 0.0, str(number))

    level = provider.levels(0.0).requests

    assert (level.limit, level.remaining, level.reset_s) == (10, 5, pytest.approx(30))
    assert provider.levels(30.0).requests.remaining == pytest.approx(10)


def test_latencies_are_lognormal_around_their_median() -> None:
    """Half are faster; the logarithms spread by sigma."""
    provider = Provider(Behaviour(latency_s=2.0, spread=0.5))

    drawn = [asked(provider, 0.0, str(n)).latency_s for n in range(4000)]

    assert statistics.median(drawn) == pytest.approx(2.0, rel=0.05)
    assert statistics.stdev(map(math.log, drawn)) == pytest.approx(0.5, rel=0.05)


def test_a_slow_tail_is_as_thick_as_told() -> None:
    """One in twenty takes half a minute."""
    provider = Provider(Behaviour(latency_s=1.0, slow=0.05, slow_s=30.0))

    drawn = [asked(provider, 0.0, str(n)).latency_s for n in range(4000)]

    assert set(drawn) == {1.0, 30.0}
    assert drawn.count(30.0) / 4000 == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("mishap", Mishap)
def test_each_mishap_happens_as_often_as_told(mishap) -> None:
    """And nothing else does."""
    provider = Provider(Behaviour(mishaps={mishap: 0.25}))

    seen = [asked(provider, 0.0, str(n)).mishap for n in range(2000)]

    assert set(seen) == {None, mishap}
    assert seen.count(mishap) / 2000 == pytest.approx(0.25, abs=0.04)


def test_mishaps_depend_on_the_question_and_not_on_the_order() -> None:
    """So a run can be repeated, though its calls overlap differently."""
    behaviour = Behaviour(latency_s=1.0, spread=0.5, mishaps={Mishap.BUSY: 0.3, Mishap.TORN: 0.3})
    names = [str(n) for n in range(50)]
    one, other = Provider(behaviour), Provider(behaviour)

    forwards = {name: asked(one, 0.0, name) for name in names}
    backwards = {name: asked(other, 9.0, name) for name in reversed(names)}

    assert forwards == backwards


def test_who_asks_again_may_have_more_luck() -> None:
    """A mishap is drawn anew each time, or a retry would be for nothing."""
    provider = Provider(Behaviour(mishaps={Mishap.BUSY: 0.5}))

    statuses = [asked(provider, 0.0, "one").status for _ in range(40)]

    assert set(statuses) == {200, 503}


def test_another_seed_has_other_mishaps() -> None:
    """The seed is what chance is drawn from."""
    drawn = [
        [asked(provider, 0.0, str(n)).mishap for n in range(50)]
        for provider in (
            Provider(Behaviour(mishaps={Mishap.BUSY: 0.5}, seed=seed)) for seed in (1, 2)
        )
    ]

    assert drawn[0] != drawn[1]


@pytest.mark.parametrize(
    "behaviour",
    [
        {"mishaps": {Mishap.BUSY: 0.6, Mishap.HANG: 0.6}},
        {"mishaps": {Mishap.BUSY: -0.1}},
        {"requests_per_minute": 0},
        {"tokens_per_minute": math.inf},
        {"requests_per_minute": 60, "burst_s": 0},
    ],
)
def test_what_cannot_be_is_refused(behaviour) -> None:
    """Shares that sum to more than all, and limits that let nothing through."""
    with pytest.raises(ValueError, match=r"between|positive"):
        Provider(Behaviour(**behaviour))


def visit(arrived_s: float, left_s: float | None = None, retry_after_s: float | None = None):
    """A request of a log."""
    return Visit(arrived_s, "openai", left_s=left_s, retry_after_s=retry_after_s)


def test_a_window_is_counted_wherever_it_begins() -> None:
    """The most crowded one counts, and it may lie across the full minute."""
    visits = [visit(at_s) for at_s in (0, 50, 58, 59, 61, 62, 118)]

    assert most_in_a_window(visits) == 5
    assert most_in_a_window(visits, 5) == 4
    assert most_in_a_window([]) == 0


def test_who_comes_while_all_were_told_to_wait_is_impatient() -> None:
    """Whoever was told: the quota is everybody's. What was on its way is forgiven."""
    told = visit(0.0, 1.0, 10.0)
    on_its_way, early, obedient = visit(1.1), visit(5.0), visit(11.0)

    assert impatient([told, on_its_way, early, obedient]) == [early]
