"""Exit codes: part of the public interface, listed in the documentation."""

from enum import IntEnum

from tallysheet.errors import (
    AnswerDue,
    BudgetReached,
    ConfigError,
    Fenced,
    ManifestDamaged,
    ModelOutage,
    NotFound,
    Outage,
    OutcomeUnknown,
    TallysheetError,
    TransitionError,
)


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    """All is well."""
    FAILED = 1
    """Finished; some documents failed."""
    USAGE = 2
    """The command was not understood, or names something that is not there."""
    REVIEW = 3
    """Finished; some documents need review (only with --fail-on-review)."""
    EMPTY = 4
    """There was nothing to do (only with --fail-if-empty)."""
    LATER = 5
    """An outage, a limit, or answers yet to come: nothing is lost, run the command again."""
    CONFIG = 6
    """Configuration or credentials are wrong."""
    DAMAGED = 7
    """The manifest is damaged, gone, or from a newer version."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""
    TERMINATED = 143
    """Stopped by SIGTERM."""


_BY_ERROR: tuple[tuple[type[TallysheetError], ExitCode], ...] = (
    (ManifestDamaged, ExitCode.DAMAGED),
    (ConfigError, ExitCode.CONFIG),
    (Outage, ExitCode.LATER),
    (OutcomeUnknown, ExitCode.LATER),
    (ModelOutage, ExitCode.LATER),
    (BudgetReached, ExitCode.LATER),
    (AnswerDue, ExitCode.LATER),
    (Fenced, ExitCode.LATER),
    (NotFound, ExitCode.USAGE),
    (TransitionError, ExitCode.USAGE),
)


def code_for(error: TallysheetError) -> ExitCode:
    """The exit code that an error ends a command with."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)
