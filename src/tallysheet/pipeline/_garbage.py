"""How often a process that reads documents looks for garbage in cycles."""

import gc

THRESHOLDS = (50_000, 10, 50)


def look_rarely() -> None:
    """Have Python look for garbage in cycles less often than by itself.

    A run makes many objects and hardly any such garbage: a search for that, at Python's own
    thresholds, holds the event loop up for a tenth of a second now and then.
    """
    gc.set_threshold(*THRESHOLDS)
