"""The checker of histories, checked: it takes what could have been, and refuses what could not."""

import pytest

from linearizable import Call, is_linearizable


def add(asked: int, ended: int | None, saw: int | None) -> Call:
    """A call that adds one."""
    return Call(raises=True, asked=asked, ended=ended, saw=saw)


def read(asked: int, ended: int, saw: int) -> Call:
    """A call that looks."""
    return Call(raises=False, asked=asked, ended=ended, saw=saw)


POSSIBLE = {
    "nothing": [],
    "one after the other": [add(1, 2, 1), read(3, 4, 1), add(5, 6, 2)],
    "two at once, the later first": [add(1, 5, 2), add(2, 4, 1)],
    "a read beside an addition sees it": [add(1, 5, 1), read(2, 3, 1)],
    "a read beside an addition does not see it": [add(1, 5, 1), read(2, 3, 0)],
    "an unknown addition that was": [add(1, None, None), read(2, 3, 1)],
    "an unknown addition that was not": [add(1, None, None), read(2, 3, 0)],
    "an unknown addition that came late": [
        add(1, None, None), read(2, 3, 0), read(4, 5, 1), add(6, 7, 2),
    ],
}  # fmt: skip

IMPOSSIBLE = {
    "a lost update": [add(1, 2, 1), add(3, 4, 1)],
    "an update applied twice": [add(1, 2, 2)],
    "a read of the past": [add(1, 2, 1), read(3, 4, 0)],
    "a read of the future": [read(1, 2, 1), add(3, 4, 1)],
    "two reads that disagree on the order": [add(1, 9, 1), read(2, 3, 1), read(4, 5, 0)],
    "an unknown addition that came and went": [
        add(1, None, None), read(2, 3, 1), read(4, 5, 0),
    ],
    "an unknown addition that came before it was asked": [read(1, 2, 1), add(3, None, None)],
    "an unknown addition that was applied twice": [add(1, None, None), read(2, 3, 2)],
}  # fmt: skip


@pytest.mark.parametrize("history", POSSIBLE.values(), ids=POSSIBLE)
def test_a_history_that_could_have_been_is_taken(history: list[Call]) -> None:
    """There is an order in which each call happens at a moment between question and answer."""
    assert is_linearizable(history)


@pytest.mark.parametrize("history", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_history_that_could_not_have_been_is_refused(history: list[Call]) -> None:
    """No order explains what was seen."""
    assert not is_linearizable(history)


def test_a_long_history_is_decided_at_once() -> None:
    """Sixty calls, four at a time, ten of them unknown: the search remembers where it has been."""
    calls = [add(4 * (n // 4), 4 * (n // 4) + 3, n + 1) for n in range(50)]
    unknown = [add(500 + n, None, None) for n in range(10)]

    assert is_linearizable([*calls, *unknown, read(900, 901, 55)])
    assert not is_linearizable([*calls, *unknown, read(900, 901, 61)])
