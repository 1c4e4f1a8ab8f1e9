"""What several processes may do at the same time, divided among them."""

import os
from collections.abc import Sequence

from tallysheet.errors import ConfigError
from tallysheet.settings import Settings


def processes_for(settings: Settings) -> int:
    """One process a core, as far as there is something to do at the same time for each."""
    cores = os.cpu_count() or 1
    return min(cores, settings.concurrency, settings.parse_workers or cores)


def parted(settings: Settings, processes: int) -> Sequence[Settings]:
    """The settings of each of so many processes, which together keep to *settings*.

    `concurrency`, `parse_workers` and `batch_size` are divided; the time limit of the run
    is left to whoever starts them.

    Raises:
        ConfigError: There are more processes than documents or children at the same time.
    """
    for name, most in (
        ("concurrency", settings.concurrency),
        ("parse_workers", settings.parse_workers or processes),
    ):
        if processes > most:
            raise ConfigError(
                f"{processes} processes cannot share {name} = {most}: each needs one.",
                f"Set {name} to {processes} or more, or start fewer processes.",
            )
    children = settings.parse_workers or max(os.cpu_count() or 1, processes)
    return [
        settings.model_copy(
            update={
                "concurrency": _share(settings.concurrency, number, processes),
                "parse_workers": _share(children, number, processes),
                "batch_size": max(_share(settings.batch_size, number, processes), 1),
                "run_limit_s": None,
            }
        )
        for number in range(processes)
    ]


def _share(whole: int, number: int, of: int) -> int:
    """One of so many parts of a whole number, which differ by one at most."""
    return whole // of + (number < whole % of)
