"""What the end of a task means for its document: pure, and the only place that decides it.

A document is blamed for a time or memory limit at once, for a crash after the
second one, and never for a child that somebody else killed.
"""

import json
import signal
import sys

from tallysheet.errors import ConfigError, DocumentError, TallysheetError, WorkerLost
from tallysheet.parse._frames import Outcome
from tallysheet.parse._process import PROGRAM
from tallysheet.parse._queue import Answer, Death
from tallysheet.ports import Worked

GIVES_UP = (signal.SIGABRT, signal.SIGTRAP, signal.SIGILL)
"""How a native library ends its process on purpose; most often it was refused memory."""
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
"""What no task does to its own child."""
SIMPLER = "Ask its sender for a simpler one, such as a fresh PDF from the original program."
REPORT = "Please report it, with the document if you may."


def worked(answer: Answer, *, memory_mb: int) -> Worked:
    """What a task returned.

    Raises:
        DocumentError: It raised one, ran out of memory, or made a mistake.
    """
    match answer.outcome:
        case Outcome.OK:
            return Worked(answer.data, answer.busy_s)
        case Outcome.REFUSED:
            error = _refusal(answer.data)
        case Outcome.NO_MEMORY:
            error = DocumentError("memory_limit", _needs_more_than(memory_mb), SIMPLER)
        case _:
            where = answer.data.decode("utf-8", "replace")
            error = DocumentError("internal", f"Tallysheet itself failed on it ({where}).", REPORT)
    error.busy_s = answer.busy_s
    raise error


def may_try_again(death: Death) -> bool:
    """Whether a fresh child may do better."""
    return not death.overdue and -death.status not in GIVES_UP


def is_from_outside(death: Death) -> bool:
    """Whether somebody else ended the child."""
    return not death.overdue and -death.status in FROM_OUTSIDE


def error_of(death: Death, *, limit_s: float, memory_mb: int) -> TallysheetError:
    """The error that says why there is no answer."""
    if not death.started:
        return ConfigError(
            f"The process that reads documents does not start ({_said(death.status)}).",
            f"See why with: {sys.executable} -m {PROGRAM} {memory_mb} 0",
        )
    if death.overdue:
        error = DocumentError(
            "time_limit",
            f"Reading it took longer than {limit_s:g} s and was stopped.",
            f"Raise parse_limit_s if it is worth it. {SIMPLER}",
        )
        error.busy_s = limit_s
        return error
    if death.garbled:
        return DocumentError("crashed", "It made its reader answer nonsense, twice.", SIMPLER)
    if -death.status in GIVES_UP:
        return DocumentError(
            "memory_limit",
            f"{_needs_more_than(memory_mb)[:-1]}, or is damaged: its reader gave up "
            f"({_said(death.status)}).",
            SIMPLER,
        )
    if -death.status in FROM_OUTSIDE:
        return WorkerLost(
            f"The process that read it was killed from outside, twice ({_said(death.status)}).",
            "See whether the machine is short of memory, then run the same command again.",
        )
    return DocumentError(
        "crashed", f"It made its reader crash, twice ({_said(death.status)}).", SIMPLER
    )


def _refusal(data: bytes) -> DocumentError:
    try:
        reason, message, fix = map(str, json.loads(data))
    except ValueError:
        return DocumentError("crashed", "It made its reader answer nonsense.", SIMPLER)
    return DocumentError(reason, message, fix)


def _needs_more_than(memory_mb: int) -> str:
    return f"Reading it needs more than {memory_mb} MB of memory."


def _said(status: int) -> str:
    """``signal SIGSEGV`` or ``exit status 3``."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
