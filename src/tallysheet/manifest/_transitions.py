"""The state table: the one place that says which status may follow which.

Everything that changes a status passes through `check`; the diagram in the
documentation is drawn from `TABLE` by `diagram`, and a test holds the two together.
"""

from tallysheet.errors import TransitionError
from tallysheet.model import Status

CHANGED = "its content changed"
CHANGED_OR_LOST = f"{CHANGED}, or its result was lost"
OR_RETRIED = f"{CHANGED_OR_LOST}, or retried"

TABLE: dict[tuple[Status, Status], str] = {
    (Status.PENDING, Status.WORKING): "claimed",
    (Status.PENDING, Status.DUPLICATE): "the same bytes were added before",
    (Status.WORKING, Status.PENDING): "given back, or its worker is gone",
    (Status.WORKING, Status.DONE): "read, nothing found wrong",
    (Status.WORKING, Status.REVIEW): "read, something found wrong",
    (Status.WORKING, Status.FAILED): "cannot be read",
    (Status.WORKING, Status.SPLIT): "holds several documents",
    (Status.DONE, Status.PENDING): CHANGED_OR_LOST,
    (Status.DONE, Status.REVIEW): "another document speaks against it",
    (Status.REVIEW, Status.PENDING): OR_RETRIED,
    (Status.REVIEW, Status.APPROVED): "a person accepts it",
    (Status.REVIEW, Status.REJECTED): "a person refuses it",
    (Status.FAILED, Status.PENDING): f"{CHANGED}, or retried",
    (Status.SPLIT, Status.PENDING): f"{CHANGED}, or a file took the name of a part",
    (Status.DUPLICATE, Status.PENDING): f"{CHANGED}, or that of its original",
    (Status.APPROVED, Status.PENDING): OR_RETRIED,
    (Status.REJECTED, Status.PENDING): OR_RETRIED,
}
"""From which status to which, and what happened in between."""

FINAL = frozenset({Status.DONE, Status.REVIEW, Status.FAILED, Status.SPLIT})
"""What a worker may finish a document as."""

RETRIED = frozenset({Status.REVIEW, Status.FAILED, Status.APPROVED, Status.REJECTED})
"""What a person may send round again; so a decision is taken back."""


def check(key: str, before: Status, after: Status) -> None:
    """Let a change of status pass, or refuse it.

    Raises:
        TransitionError: The table has no such row.
    """
    if before != after and (before, after) not in TABLE:
        allowed = [to for (start, to) in TABLE if start == before]
        raise TransitionError(
            f"{key} is {before} and cannot become {after}.",
            f"From there it can become: {', '.join(allowed)}.",
        )


def diagram() -> str:
    """Draw the table as a Mermaid state diagram."""
    rows = [f"    {a.value} --> {b.value}: {why}" for (a, b), why in TABLE.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> pending: added", *rows])
