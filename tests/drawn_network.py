"""An object store as it looks from the far end of a bad network, all of it drawn from a seed.

What was sent goes on without its sender: a request of a process that was killed
or stopped arrives all the same, maybe much later, and nobody hears the reply.
"""

import asyncio
import json
import random  # noqa: TID251  seeded, so that a run can be replayed
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextvars import Context
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from drawn_loop import OWNER, DrawnLoop
from tallysheet.errors import ConfigError, Conflict, NotFound, Outage, OutcomeUnknown, StoreError
from tallysheet.ports import ABSENT, Blob, Entry, Version

ROOT = "manifest.json"

PUT_FAULTS = (
    *("lost-request", "lost-reply", "lost-reply", "late", "late"),
    *("409", "repeated", "429", "503-before", "503-after", "slow"),
)
"""What can become of a write. ``repeated``: it arrives twice, and the second reply is heard."""
UNHEARD = frozenset({"lost-reply", "503-after", "late"})
"""After these it matters most what happens before the sender looks again: it may fall asleep."""
GET_FAULTS = ("lost-request", "lost-reply", "503-before", "slow")
DELETE_FAULTS = (*GET_FAULTS, "late")


@dataclass
class Shelf:
    """What the store holds: versions are hashes of the content, as in S3, so they can return.

    Attributes:
        roots: Every root that was ever written, in that order.
        archive: Everything that was ever written under another key.
        wrongs: What the store saw that must not be.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    roots: list[bytes] = field(default_factory=list)
    archive: dict[str, bytes] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)

    def get(self, key: str) -> Blob:
        """Read *key*."""
        if key not in self.blobs:
            raise NotFound(f"Nothing stands under {key}.")
        return Blob(self.blobs[key], version_of(self.blobs[key]))

    def put(self, key: str, data: bytes, expect: Version) -> Version:
        """Write *data* if the version is still *expect*."""
        current = self.blobs.get(key)
        if (ABSENT if current is None else version_of(current)) != expect:
            raise Conflict(f"{key} was written by someone else.")
        self.blobs[key] = data
        if key == ROOT:
            self.roots.append(data)
            self._names_only_what_stands(data)
        else:
            self.archive[key] = data
        return version_of(data)

    def delete(self, key: str) -> None:
        """Remove *key*, which no root that stands may name."""
        if f'"{key}"'.encode() in self.blobs.get(ROOT, b""):
            self.wrongs.append(f"{key} was deleted, but root {len(self.roots)} names it")
        self.blobs.pop(key, None)

    def list(self, prefix: str) -> list[Entry]:
        """What begins with *prefix*."""
        found = sorted(item for item in self.blobs.items() if item[0].startswith(prefix))
        return [Entry(key, len(data), version_of(data)) for key, data in found]

    def _names_only_what_stands(self, root: bytes) -> None:
        said = json.loads(root)
        named = {segment["key"] for segment in said["segments"]}
        if missing := named - self.blobs.keys() - said.get("carried", {}).keys():
            self.wrongs.append(
                f"root {len(self.roots)} names {sorted(missing)}, neither there nor carried"
            )


def version_of(data: bytes) -> Version:
    """What the shelf calls a content."""
    return Version(sha256(data).hexdigest()[:16])


def revision_of(root: bytes | None) -> int:
    """The number of a root; 0 before there is one."""
    return json.loads(root)["rev"] if root else 0


@dataclass
class Weather:
    """How bad it is: shared by all who are connected.

    Attributes:
        faults: The part of the requests that meet a fault.
        long_s: How long the slow and the late take at most.
        log: Everything that arrived, for comparing two runs.
        met: How often what happened.
        over: The world has ended: nothing arrives any more.
    """

    loop: DrawnLoop
    draw: random.Random
    shelf: Shelf
    faults: float
    long_s: float
    log: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    over: bool = False

    def latency_s(self) -> float:
        """On a coarse grid, so that things happen at the same moment."""
        return self.draw.randrange(4) * 0.01


class DrawnStore:
    """The shelf, as one process reaches it. A `Store`."""

    url = "drawn://batch"

    def __init__(self, weather: Weather) -> None:
        self._weather = weather

    async def get(self, key: str) -> Blob:
        """Read *key*."""
        fault = self._fault(GET_FAULTS)
        return await self._ask("get", key, fault, lambda: self._weather.shelf.get(key))

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write *data* if the version is still *expect*."""
        fault = self._fault(PUT_FAULTS)
        return await self._ask(
            "put", key, fault, lambda: self._weather.shelf.put(key, data, expect)
        )

    async def delete(self, key: str) -> None:
        """Remove *key*."""
        await self._ask(
            "delete", key, self._fault(DELETE_FAULTS), lambda: self._weather.shelf.delete(key)
        )

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Walk over the keys that begin with *prefix*."""
        fault = self._fault(GET_FAULTS)
        for entry in await self._ask(
            "list", prefix, fault, lambda: self._weather.shelf.list(prefix)
        ):
            yield entry

    def _fault(self, of: tuple[str, ...]) -> str:
        draw = self._weather.draw
        return draw.choice(of) if draw.random() < self._weather.faults else "ok"

    async def _ask(self, verb: str, key: str, fault: str, act: Callable[[], Any]) -> Any:
        """Send a request on its way, and wait for what the sender is told."""
        weather, loop = self._weather, self._weather.loop
        if weather.over:
            raise ConfigError("The world has ended.")
        weather.met.update((f"{verb} {fault}", f"{verb} {key.partition('/')[0]}"))
        told: asyncio.Future[tuple[Any, StoreError | None]] = loop.create_future()
        owner = OWNER.get()

        def arrive(times: int = 1) -> None:
            weather.under_way -= 1
            if weather.over:
                return
            answer: tuple[Any, StoreError | None] = (None, None)
            for _ in range(times):
                try:
                    answer = (act(), None)
                except StoreError as error:
                    answer = (None, error)
            what = type(answer[1]).__name__ if answer[1] else "ok"
            weather.log.append(f"{loop.time():.2f} {owner} {verb} {key} {fault} {what}")
            reply(*_heard(verb, fault, answer))

        def reply(value: Any, error: StoreError | None) -> None:
            loop.call_later(weather.latency_s(), _tell, told, (value, error), context=Context())

        if owner and fault in UNHEARD and weather.draw.random() < 0.3:
            weather.met["stopped"] += 1
            loop.stop_for(owner, weather.draw.uniform(0.5, 1.5) * weather.long_s)
        there_s = weather.latency_s()
        unknown = OutcomeUnknown if verb == "put" else Outage
        match fault:
            case "lost-request":
                reply(None, unknown("The reply was lost."))
            case "409":
                reply(None, Conflict("A conflicting operation is under way."))
            case "429" | "503-before":
                reply(None, Outage("Slow down."))
            case _:
                times = 2 if fault == "repeated" else 1
                if fault in ("slow", "late"):
                    there_s = weather.draw.uniform(0, weather.long_s)
                if fault == "late":
                    reply(None, unknown("No reply came in time."))
                weather.under_way += 1
                loop.call_later(there_s, arrive, times, context=Context())
        value, error = await told
        if error is not None:
            raise error
        return value


def _heard(
    verb: str, fault: str, answer: tuple[Any, StoreError | None]
) -> tuple[Any, StoreError | None]:
    """What the sender is told after the store gave *answer*."""
    if fault == "lost-reply":
        return None, (OutcomeUnknown if verb == "put" else Outage)("The reply was lost.")
    if fault == "503-after":
        return None, Outage("Slow down.")
    return answer


def _tell(told: "asyncio.Future[Any]", answer: tuple[Any, StoreError | None]) -> None:
    if not told.done():
        told.set_result(answer)
