"""Results in the store: immutable, named by their content, written before anything names them."""

import hashlib

from tallysheet.errors import Conflict, NotFound, Outage, OutcomeUnknown
from tallysheet.manifest import Outcome
from tallysheet.model import Marks, Result, Status
from tallysheet.ports import ABSENT, Clock, Store
from tallysheet.results import Shown, decoded

PREFIX = "results/"

KEEP_ATTEMPTS = 6
FIRST_PAUSE_S = 0.2


def name_of(data: bytes) -> str:
    """The one key under which these bytes may stand."""
    return f"{PREFIX}{hashlib.sha256(data).hexdigest()}.json"


async def keep(data: bytes, batch: Store, clock: Clock) -> str:
    """Store an encoded result under the name of its content; only then may the manifest name it.

    Sending it twice is harmless: the name fixes the bytes.

    Raises:
        Outage: It could not be written, time and again.
    """
    name = name_of(data)
    for attempt in range(KEEP_ATTEMPTS):
        try:
            await _put_once(batch, name, data)
        except (Conflict, NotFound, Outage, OutcomeUnknown):
            await clock.sleep(FIRST_PAUSE_S * 2**attempt * (0.5 + clock.random()))
        else:
            return name
    raise Outage(
        f"{batch.url}/{name} could not be written in {KEEP_ATTEMPTS} attempts.",
        "Nothing is lost. Run the same command again.",
    )


async def _put_once(batch: Store, name: str, data: bytes) -> None:
    """Write it if it is not there yet, and over anything else that stands under its name.

    A conflict proves nothing: S3 answers 409 to some writes that it has not kept.
    """
    try:
        await batch.put(name, data, expect=ABSENT)
    except Conflict:
        stands = await batch.get(name)
        if stands.data != data:
            await batch.put(name, data, expect=stands.version)


async def result_of(batch: Store, name: str) -> Result:
    """Read a result back.

    Raises:
        NotFound: It is not there.
        ValueError: It is damaged.
    """
    return decoded((await batch.get(name)).data)


def outcome_of(shown: Shown, name: str, cost_usd: float, marks: Marks | None = None) -> Outcome:
    """What becomes of a document that has a result, stored under *name*."""
    return Outcome(
        Status.REVIEW if shown.needs_review else Status.DONE,
        result=name,
        reason=shown.code,
        message=shown.message,
        cost_usd=cost_usd,
        marks=marks if marks and any(marks) else None,
    )
