"""Waiting until nobody comes any more."""

from collections.abc import Callable

from tallysheet.ports import Clock

LULL_S = 2.0
"""So long nobody has come: then no more are expected for now."""
MOST_LULL_S = 600.0
"""How long a lull is waited for at most."""


async def lull(
    clock: Clock, comings: Callable[[], int], *, enough: Callable[[], bool] = lambda: False
) -> None:
    """Wait until *comings* has stood still for `LULL_S`, there are *enough*, or it takes too long.

    Args:
        clock: Waits.
        comings: How many have come so far.
        enough: Whether no more are needed.
    """
    since_s = clock.monotonic()
    before = -1
    while comings() != before and not enough() and clock.monotonic() - since_s < MOST_LULL_S:
        before = comings()
        await clock.sleep(LULL_S)
