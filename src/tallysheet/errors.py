"""Everything that can go wrong, grouped by what the caller does next.

::

    TallysheetError
    ├── DocumentError         one document cannot be read: record it, go on with the next
    ├── ConfigError           the user must change a setting, a flag or a credential
    │   └── MissingExtra      … by installing an optional part of tallysheet
    ├── StoreError
    │   ├── NotFound          nothing stands under that key
    │   ├── Conflict          somebody else wrote it first: read again, re-apply, retry
    │   ├── OutcomeUnknown    the reply was lost: read back before doing anything else
    │   └── Outage            the store cannot be reached: run the same command later
    ├── ManifestError
    │   ├── TransitionError   this update is not allowed from that status: the caller's mistake
    │   ├── LeaseLost         the document is another worker's now: drop the work silently
    │   ├── Fenced            this writer was removed from the manifest: stop, start afresh
    │   └── ManifestDamaged   the manifest is gone, unreadable or too new: stop, look at it
    ├── ModelOutage           the model cannot be reached or its quota is spent: run again later
    ├── AnswerDue             a provider's job still works on it: leave the document to a later run
    ├── BudgetReached         no more may be spent: run again with a larger budget
    └── WorkerLost            a child process died under a task: try once more on a fresh one

Every error is one sentence that says what happened and where, and carries in
``fix`` what to do about it. All of them survive pickling.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class TallysheetError(Exception):
    """Base of all errors this package raises on purpose.

    Args:
        message: What happened, and where, as one sentence.
        fix: What the reader can do about it, as one sentence, or nothing.
    """

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message, fix)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class DocumentError(TallysheetError):
    """One document cannot be read. It becomes ``failed``; the batch goes on.

    Args:
        reason: A short stable code, such as ``encrypted`` or ``corrupt``.
        message: What is wrong with the document.
        fix: What its owner can do.
        cost_usd: What was paid for it nevertheless, in US dollars.
    """

    def __init__(self, reason: str, message: str, fix: str = "", cost_usd: float = 0.0) -> None:
        super().__init__(message, fix)
        self.args = (reason, message, fix)
        self.reason = reason
        self.cost_usd = cost_usd
        self.is_doubtful = False
        """Whether the model has answered nothing yet, so it may be no fault of the document."""
        self.busy_s = 0.0
        """Seconds that a child process worked to find that out."""


class ConfigError(TallysheetError):
    """A setting, flag or credential is wrong or missing; only the user can mend it."""


class MissingExtra(ConfigError):
    """An optional part of tallysheet is needed and not installed.

    Args:
        what: What was asked for, such as ``s3:// addresses``.
        extra: The name of the extra that brings it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} need a part of tallysheet that is not installed.",
            f"Install it with: pip install 'tallysheet[{extra}]'",
        )
        self.args = (what, extra)


class StoreError(TallysheetError):
    """Something went wrong between us and the store."""


class NotFound(StoreError):
    """Nothing stands under the key that was asked for."""


class Conflict(StoreError):
    """The key was written by someone else since it was read.

    Nothing was stored. Read it again, re-apply the change, retry.
    """


class OutcomeUnknown(StoreError):
    """The write was sent and its reply never came: it may stand or not.

    Read the key back before doing anything else.
    """


class Outage(StoreError):
    """The store cannot be reached or refuses for now; the same command may work later."""


class ManifestError(TallysheetError):
    """Something went wrong with the manifest or with one update of it."""


class TransitionError(ManifestError):
    """The state table does not allow this update; nothing was changed."""


class LeaseLost(ManifestError):
    """The claim is stale: another worker holds the document at a higher epoch.

    Nothing was changed. Drop the work; whoever holds the document records it.
    """


class Fenced(ManifestError):
    """This writer was removed from the manifest, and writes no more.

    What it waited for may have been applied before, if the reply was lost: look, then redo.
    """


class ManifestDamaged(ManifestError):
    """The manifest is gone, cannot be read, or was written by a newer version."""


class ModelOutage(TallysheetError):
    """The model cannot be reached, or its quota is spent, for now."""


class AnswerDue(TallysheetError):
    """A provider's job holds the question, and is not over: a later run fetches the answer."""


class BudgetReached(TallysheetError):
    """The next call to the model could cost more than this run may still spend; it was not made."""


class WorkerLost(TallysheetError):
    """A child process died under a task without saying why."""


@contextmanager
def one_error() -> Iterator[None]:
    """Hand out the first error of a task group as itself.

    Whoever calls us did not ask for a group of tasks and should not have to catch one.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from error.__cause__
