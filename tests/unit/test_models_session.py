"""How long to wait before the next attempt."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.models._session import FIRST_WAIT_S, MOST_WAIT_S, asked_wait_s, wait_s
from tallysheet.testing import FakeClock

NOW = FakeClock().now()


@given(attempt=st.integers(1, 1000), jitter=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_half_its_step_nor_longer_than_the_cap(
    attempt: int, jitter: float
) -> None:
    """Jitter spreads the herd over half of a step that doubles up to the cap."""
    step = min(MOST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt - 1, 60))

    pause = wait_s(attempt, jitter=jitter)

    assert step / 2 <= pause <= step


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, 0.0),
        (
            {"retry-after": format_datetime((NOW + timedelta(seconds=30)).replace(tzinfo=None))},
            30.0,
        ),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-3"}, None),
    ],
)
def test_what_a_provider_asks_for_is_understood_in_every_notation(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Seconds, milliseconds and dates count; nonsense asks for nothing."""
    asked = asked_wait_s(headers, FakeClock())

    assert asked == seconds
