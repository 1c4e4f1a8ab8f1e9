"""What carries the requests of jobs on Bedrock: signed ones over the network, files by S3."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from tallysheet.errors import Conflict, StoreError
from tallysheet.models._dialect import Call, Reply
from tallysheet.models._jobs import Courier
from tallysheet.models.bedrock import Signature
from tallysheet.ports import ABSENT, Store

LINES_A_TURN = 100
"""So many lines are read before the event loop has its turn."""


class Parcels:
    """A `Courier` for jobs on Bedrock.

    Args:
        courier: The network.
        signature: Who asks.
        store: The place in S3; addresses below its own are asked of it.
    """

    def __init__(self, courier: Courier, signature: Signature, store: Store) -> None:
        self._courier = courier
        self._signature = signature
        self._store = store

    async def send(self, call: Call, take: Callable[[Mapping[str, Any]], None] | None) -> Reply:
        """Send *call* once, signed now; see `tallysheet.models._jobs.Courier`.

        Raises:
            ConfigError: There are no credentials, or S3 refuses them.
            ModelOutage: Whoever gives credentials cannot be reached.
        """
        below = f"{self._store.url}/"
        if not call.url.startswith(below):
            headers = await self._signature.headers(call.url, call.body, method=call.method)
            return await self._courier.send(replace(call, headers=headers), take)
        try:
            return await self._kept(call, call.url.removeprefix(below), take)
        except StoreError as error:
            return Reply(0, {}, {}, f"S3: {type(error).__name__}")

    async def _kept(
        self, call: Call, key: str, take: Callable[[Mapping[str, Any]], None] | None
    ) -> Reply:
        found: dict[str, Any] = {}
        if call.method == "PUT":
            try:
                await self._store.put(key, call.body, expect=ABSENT)
            except Conflict:
                # What stands there, if it does, is the same: nobody else has its token.
                await self._store.get(key)
        elif call.method == "DELETE":
            await self._store.delete(key)
        elif call.method == "LIST":
            keys = sorted([entry.key async for entry in self._store.list(key)])
            found["addresses"] = [f"{self._store.url}/{each}" for each in keys]
        elif take is not None:
            await _read((await self._store.get(key)).data, take)
        return Reply(200, {}, found)


async def _read(data: bytes, take: Callable[[Mapping[str, Any]], None]) -> None:
    """Hand out every object, one a line; what is none is passed over."""
    for number, line in enumerate(BytesIO(data)):
        if number % LINES_A_TURN == 0:
            await asyncio.sleep(0)
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            take(row)
