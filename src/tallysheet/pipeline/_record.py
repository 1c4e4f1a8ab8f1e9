"""What became of a document goes into the manifest."""

from contextlib import suppress

from tallysheet.errors import LeaseLost
from tallysheet.manifest import Manifest
from tallysheet.model import Record
from tallysheet.pipeline._journey import Journey
from tallysheet.pipeline._parts import split


async def record(journey: Journey, sheet: Manifest, *, can_wait: bool) -> Record | None:
    """Record what became of a document; its record, or nothing where it is not settled.

    It is not where it changed on the way, or where another worker took us for dead: then
    what that one records counts.
    """
    if journey.fresh is not None:
        await sheet.add([journey.fresh])
    if journey.split is not None:
        journey.outcome = await split(sheet, journey.claim, journey.split)
    if journey.outcome is not None:
        with suppress(LeaseLost):
            return await sheet.finish(journey.claim, journey.outcome, can_wait=can_wait)
    return None
