"""SIGTERM ends a command in the way of Ctrl-C, so that all that it made for itself is removed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from tallysheet.cli._exit import ExitCode


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the block in the way of Ctrl-C, so that all that was made is removed.

    A script's background processes begin with Ctrl-C ignored; then SIGTERM would be, too.
    """
    told: list[int] = []

    def heed(number: int, _: object) -> None:
        told.append(number)
        signal.raise_signal(signal.SIGINT)

    interrupted = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.signal(signal.SIGTERM, heed)
    try:
        yield
    except KeyboardInterrupt:
        if told:
            raise typer.Exit(ExitCode.TERMINATED) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, interrupted)
