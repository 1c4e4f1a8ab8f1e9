"""The update by which a person decides on documents in review.

A person decides on what was shown to them. So the update holds each record against the
one that they saw, and where the document was read again meanwhile, or another one speaks
against it now, nothing is decided: they look once more.
"""

import shlex
from collections.abc import Mapping
from dataclasses import replace

from tallysheet.errors import TransitionError
from tallysheet.manifest._manifest import Manifest
from tallysheet.manifest._tally import Tally, Update
from tallysheet.model import Record, Status

TAKEN_BACK = (
    "To take that back, have it read again with tallysheet retry, which brings it before a person"
    " once more."
)
INSTEAD = {
    Status.PENDING: "It has to be read first: tallysheet run",
    Status.WORKING: "It is being read: wait for the end of the run.",
    Status.DONE: "Nothing was found wrong with it, so it waits for nobody.",
    Status.FAILED: "It could not be read; once it is mended, tallysheet retry sends it round.",
    Status.SPLIT: "Decide on each document in it by itself: tallysheet explain names them.",
    Status.APPROVED: TAKEN_BACK,
    Status.REJECTED: TAKEN_BACK,
}
"""What to do with a document that nobody can decide on now."""


async def judge(
    manifest: Manifest, seen: Mapping[str, Record], verdict: Status, *, because: str | None = None
) -> tuple[str, ...]:
    """Approve or reject documents in review: all of them, or none where one cannot be.

    Returns the keys of those that were changed; of the others that was decided before.

    Args:
        manifest: Where they are.
        seen: The documents, each with the record that the person saw who decides.
        verdict: ``APPROVED`` or ``REJECTED``.
        because: Why, in that person's words.

    Raises:
        NotFound: The manifest has no such document.
        TransitionError: One is not in review, or was read again since it was seen, or another
            document speaks against it now.
    """
    return await manifest._committer.submit(_judge(seen, verdict, because))


def _judge(
    seen: Mapping[str, Record], verdict: Status, because: str | None
) -> Update[tuple[str, ...]]:
    def update(tally: Tally) -> tuple[str, ...]:
        changed = []
        for key, shown in seen.items():
            record = tally.get(key)
            if record.status is verdict:
                continue
            if record.status is not Status.REVIEW:
                raise TransitionError(
                    f"{key} is {record.status.value} and cannot become {verdict.value}.",
                    _instead(record),
                )
            if _reading(record) != _reading(shown):
                raise TransitionError(
                    f"{key} is not what it was when you looked: it was not {verdict.value}.",
                    f"Look again, and then decide: tallysheet show {shlex.quote(key)}",
                )
            tally.put(key, replace(record, status=verdict, because=because))
            changed.append(key)
        return tuple(changed)

    return update


def _instead(record: Record) -> str:
    if record.status is Status.DUPLICATE:
        return f"It has the same bytes as {record.of}, on which you can decide."
    return INSTEAD[record.status]


def _reading(record: Record) -> tuple[object, ...]:
    """What a person decides on: one reading, and what other documents say against it."""
    return record.sha256, record.epoch, record.result, dict(record.meets)
