"""A job of which somebody waits for answers, or may come to."""

import asyncio
from dataclasses import dataclass, field

from tallysheet.models._handles import Handle


@dataclass(slots=True, eq=False)
class Job:
    """One job, as far as it is followed."""

    handle: Handle
    is_guess: bool = False
    """Whether it may be another's."""
    comings: int = 0
    """How often one of its answers was asked for."""
    is_followed: bool = False
    """Whether somebody waits for it."""
    is_left: bool = False
    """Whether it was not over when it was looked at, and is not waited for."""
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
