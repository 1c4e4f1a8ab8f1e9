"""The flow: from a source to a batch, one straight line a document."""

import asyncio
import dataclasses
from typing import Any

from tallysheet.models import Handle
from tallysheet.pipeline._check import Checked, Repaired, check
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._crew import Crew
from tallysheet.pipeline._events import (
    Attention,
    Deferred,
    Event,
    Listed,
    Settled,
    Started,
    Summary,
    Waiting,
)
from tallysheet.pipeline._garbage import look_rarely
from tallysheet.pipeline._look import Planned
from tallysheet.pipeline._parted import processes_for
from tallysheet.pipeline._plan import Plan, plan
from tallysheet.pipeline._relay import Member, Relay
from tallysheet.pipeline._run import run
from tallysheet.pipeline._second import NOBODY
from tallysheet.pipeline._secrets import pdf_passwords
from tallysheet.pipeline._shared import Manifest
from tallysheet.pipeline._snapshot import Batch, Row, open_batch
from tallysheet.pipeline._trust import Examined, examine, place_of
from tallysheet.pipeline._watch import OPEN, Standing, Worker, watch
from tallysheet.ports import Store
from tallysheet.settings import Settings

__all__ = [
    "NOBODY",
    "OPEN",
    "Attention",
    "Batch",
    "Checked",
    "Crew",
    "Deferred",
    "Event",
    "Examined",
    "Handle",
    "Listed",
    "Manifest",
    "Member",
    "Plan",
    "Planned",
    "Relay",
    "Repaired",
    "Row",
    "Settled",
    "Standing",
    "Started",
    "Summary",
    "SystemClock",
    "Waiting",
    "Worker",
    "check",
    "examine",
    "look_rarely",
    "open_batch",
    "pdf_passwords",
    "place_of",
    "plan",
    "processes_for",
    "run",
    "run_sync",
    "to_json",
    "watch",
]


def run_sync(
    source: str | Store, *, out: str | Store | None = None, settings: Settings | None = None
) -> Summary:
    """Do what `run` does, wait for the end, and return how it ended.

    Raises:
        RuntimeError: An event loop is running here; use `run` there.
        TallysheetError: As `run` does.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_to_the_end(source, out, settings))
    raise RuntimeError(
        "tallysheet.run_sync() was called inside a running event loop."
        " Write there: async for event in tallysheet.run(source): ..."
    )


async def _to_the_end(
    source: str | Store, out: str | Store | None, settings: Settings | None
) -> Summary:
    last: Event | None = None
    async for event in run(source, out=out, settings=settings):
        last = event
    assert isinstance(last, Summary)  # noqa: S101  promised by `run`
    return last


def to_json(event: Event | Plan) -> dict[str, Any]:
    """An event or a plan as plain JSON values."""
    return dataclasses.asdict(event)
