"""Who waits is taken in order, however many were taken before."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from tallysheet.manifest import _line
from tallysheet.manifest._line import Line


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9).map(str)), max_size=200))
def test_a_line_is_an_ordered_set(changes: list[tuple[bool, str]]) -> None:
    """Whatever is added, removed and added once more."""
    _line.MOST_GAPS, usual = 3, _line.MOST_GAPS
    line, known = Line(), {}
    try:
        for adds, key in changes:
            if adds:
                line.add(key)
                known[key] = None
            elif key in known:
                line.remove(key)
                del known[key]
            assert list(line) == list(known)
    finally:
        _line.MOST_GAPS = usual


def test_whoever_takes_the_first_again_and_again_passes_few_gaps() -> None:
    """Else a batch of a million would pass half of a million each time."""
    line, count = Line(), 20_000
    for number in range(count):
        line.add(str(number))

    taken = []
    for _ in range(count):
        (first,) = islice(line, 1)
        line.remove(first)
        taken.append(first)
        assert line._gaps <= len(line._keys) + _line.MOST_GAPS

    assert taken == list(map(str, range(count)))
