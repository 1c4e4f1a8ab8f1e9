"""What the processes of one run say to each other: a line of JSON each, on pipes.

Nothing that is said stands on a command line, where every user of the machine could read it.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from tallysheet import errors
from tallysheet.errors import TallysheetError
from tallysheet.model import Status
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

MOST_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is no message."""
PLAIN = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type)
    and issubclass(kind, TallysheetError)
    and (kind is TallysheetError or "__init__" not in vars(kind))
}
"""The errors that are made of a message and a fix."""
EVENTS = {kind.__name__: kind for kind in (Listed, Started, Settled, Waiting, Deferred, Summary)}


def line_of(message: Mapping[str, Any]) -> bytes:
    """A message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def event_to(event: Event) -> Mapping[str, Any]:
    """An event as a message."""
    return {"event": type(event).__name__, "of": dataclasses.asdict(event)}


def event_from(message: Mapping[str, Any]) -> Event:
    """The event that `event_to` made this message of."""
    fields = dict(message["of"])
    if message["event"] == Settled.__name__:
        fields["status"] = Status(fields["status"])
    if message["event"] == Summary.__name__:
        for name in ("counts", "settled"):
            fields[name] = {Status(status): count for status, count in fields[name].items()}
        for name in ("failed", "review"):
            fields[name] = tuple(Attention(**row) for row in fields[name])
        fields["unpriced"] = tuple(fields["unpriced"])
    event: Event = EVENTS[message["event"]](**fields)
    return event


def error_to(error: TallysheetError) -> Mapping[str, Any]:
    """An error as a message: what it tells, and the nearest kind that is made of no more."""
    kind = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in PLAIN)
    return {"error": kind, "message": error.message, "fix": error.fix}


def error_from(message: Mapping[str, Any]) -> TallysheetError:
    """The error that `error_to` made this message of."""
    return PLAIN[message["error"]](message["message"], message["fix"])
