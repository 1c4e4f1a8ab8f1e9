"""What is known of jobs, kept beside the batch: whoever runs next finds those of the last.

1. Before a job is handed in, its handle is written, with the keys of its questions and a
   token of ours: whoever finds a handle without the provider's name for the job looks for
   the job there before asking the same questions again.
2. A handle is changed only by compare-and-swap. One whose job was never found is dropped:
   if its writer wakes after all, it sees that it was, and has its job cancelled.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from tallysheet.errors import Conflict, NotFound, OutcomeUnknown
from tallysheet.ports import ABSENT, Clock, Store, Version

PREFIX = "jobs/"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Handle:
    """One job."""

    token: str
    """Our name for it."""
    model: str
    """Who is asked, ``openai:gpt-5-mini``."""
    host: str
    """Where."""
    at: str
    """When it was about to be handed in, in ISO 8601, UTC."""
    questions: tuple[str, ...]
    """The keys of its questions."""
    job: str = ""
    """What the provider calls it; empty while that is not known."""
    dropped: bool = False
    """Whether it was given up without having been found."""

    @property
    def since(self) -> datetime:
        """When it was about to be handed in."""
        return datetime.fromisoformat(self.at)


class Handles:
    """The handles in a store, under ``jobs/``.

    Args:
        store: Where the batch is.
        clock: Waits where a write's outcome is unknown.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._found_none = self._wrote = False

    @property
    def may_stand(self) -> bool:
        """Whether there may be any: not once they were looked for, and none was there."""
        return self._wrote or not self._found_none

    async def tokens(self) -> AsyncIterator[str]:
        """Walk over the tokens of all that stand there."""
        found_none = True
        async for entry in self._store.list(PREFIX):
            found_none = False
            yield entry.key.removeprefix(PREFIX).removesuffix(".json")
        self._found_none = found_none

    async def handed_in(self) -> list["Handle"]:
        """The jobs that are known to be at a provider, the oldest first.

        Raises:
            Outage: The store cannot be reached.
        """
        found = [await self.get(token) async for token in self.tokens()]
        jobs = [handle for handle in found if handle is not None and handle.job]
        return sorted(jobs, key=lambda handle: handle.since)

    async def get(self, token: str) -> Handle | None:
        """The handle of *token*, if there is one that can be read.

        Raises:
            Outage: The store cannot be reached.
        """
        return (await self._read(token))[0]

    async def add(self, handle: Handle) -> None:
        """Write a new one; it stands when this returns.

        Raises:
            Outage: The store cannot be reached.
        """
        self._wrote = True
        await self._put(handle, ABSENT)

    async def name(self, token: str, job: str) -> bool:
        """Write down what the provider calls the job; False if the handle was dropped or is gone.

        Raises:
            Outage: The store cannot be reached.
        """
        return await self._change(token, job=job)

    async def drop(self, token: str) -> bool:
        """Give it up, unless its job has got its name meanwhile: then False.

        Raises:
            Outage: The store cannot be reached.
        """
        return await self._change(token, dropped=True)

    async def is_given_up(self, token: str) -> bool:
        """Whether somebody dropped or removed it.

        Raises:
            Outage: The store cannot be reached.
        """
        handle = await self.get(token)
        return handle is None or handle.dropped

    async def remove(self, token: str) -> None:
        """Remove it."""
        await self._store.delete(_key(token))

    async def _change(self, token: str, **changes: Any) -> bool:
        while True:
            handle, version = await self._read(token)
            if handle is None:
                return False
            wanted = replace(handle, **changes)
            if wanted == handle:
                return True
            if handle.dropped or handle.job:
                return False
            try:
                await self._put(wanted, version)
            except Conflict:
                continue
            return True

    async def _put(self, handle: Handle, expect: Version) -> None:
        """Write it until it is known to stand, or that something else does."""
        data = json.dumps({"format": FORMAT, **asdict(handle)}).encode()
        while True:
            try:
                await self._store.put(_key(handle.token), data, expect=expect)
            except (Conflict, OutcomeUnknown):
                standing, version = await self._read(handle.token)
                if standing == handle:
                    return
                if version != expect:
                    raise Conflict(f"{_key(handle.token)} was written by someone else.") from None
                await self._clock.sleep(1.0)
            else:
                return

    async def _read(self, token: str) -> tuple[Handle | None, Version]:
        try:
            blob = await self._store.get(_key(token))
        except NotFound:
            return None, ABSENT
        return handle_of(blob.data), blob.version


def _key(token: str) -> str:
    return f"{PREFIX}{token}.json"


def handle_of(data: bytes) -> Handle | None:
    """The handle that *data* is; none where it is damaged or newer than this version."""
    try:
        told: Mapping[str, Any] = json.loads(data)
        if told["format"] != FORMAT:
            return None
        handle = Handle(
            token=str(told["token"]),
            model=str(told["model"]),
            host=str(told["host"]),
            at=str(told["at"]),
            questions=tuple(map(str, told["questions"])),
            job=str(told["job"]),
            dropped=bool(told["dropped"]),
        )
        is_usable = handle.since.tzinfo is not None
    except (ValueError, LookupError, TypeError):
        return None
    return handle if is_usable else None
