"""Answers that were paid for, kept beside the batch.

A run that starts afresh after a crash, or with other rules of validation, pays
nothing for what it asked before. The key is a hash of everything that made the
answer, so an entry is never out of date, only unused.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from tallysheet.errors import NotFound, StoreError, one_error
from tallysheet.extract._prompt import PROMPT_VERSION
from tallysheet.model import Reading
from tallysheet.ports import ABSENT, Place, Question, Store, Version

FOR_NOTHING = {"attempts": 0, "cost_usd": 0.0, "tokens_in": 0, "tokens_out": 0, "tokens_cached": 0}
"""What it takes to find an answer again."""


class Cache:
    """Readings in a store, under ``cache/``.

    As an async context manager it keeps them while other things are done: what is kept is
    stored at the end of the context, whatever that ended for, unless it was cancelled.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keeping: asyncio.TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._keeping = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            # A group cancels its tasks for any error: for others than this they are waited for.
            cancelled = isinstance(error, asyncio.CancelledError)
            with one_error():
                await keeping.__aexit__(*((kind, error, trace) if cancelled else (None,) * 3))

    async def recall(
        self,
        sha256: str,
        model: str,
        question: Question,
        read: Callable[[Question], Awaitable[Reading]],
    ) -> Reading:
        """The reading kept for this question, for nothing; else what *read* makes of it, kept.

        A cache that is lost, damaged or out of reach costs a call, never a document. Until the
        answer is kept it holds its place at the model: see `Place`.
        """
        key = cache_key(sha256, model, question)
        version = ABSENT
        try:
            blob = await self._store.get(key)
            kept = Reading.model_validate_json(blob.data, extra="ignore")
            recalled = {"recalled": 1, "recalled_usd": kept.cost_usd}
            return kept.model_copy(update=FOR_NOTHING | recalled)
        except ValidationError:
            version = blob.version
        except NotFound:
            pass
        except StoreError:
            return await read(question)
        with ExitStack() as stack:
            place = Place()
            stack.callback(place.free)
            reading = await read(replace(question, place=place))
            if self._keeping is None:
                await self._keep(key, reading, version)
            else:
                keeping = self._keeping.create_task(self._keep(key, reading, version))
                # Whatever becomes of it: a task that is cancelled may not even have begun.
                freeing = stack.pop_all()
                keeping.add_done_callback(lambda _: freeing.close())
        return reading

    async def holds(self, sha256: str, model: str, question: Question) -> bool:
        """Whether an answer to this question is kept, as far as can be seen."""
        try:
            await self._store.get(cache_key(sha256, model, question))
        except StoreError:
            return False
        return True

    async def _keep(self, key: str, reading: Reading, version: Version) -> None:
        try:
            await self._store.put(
                key, reading.model_dump_json(exclude_unset=True).encode(), expect=version
            )
        except StoreError:
            # Another worker's answer to the same question is as good, and ours is in hand.
            return


def cache_key(sha256: str, model: str, question: Question) -> str:
    """The name of the one answer that *model* gives to *question* about these bytes.

    The text is in it besides the document's hash: a better parser asks anew.
    """
    shown = [hashlib.sha256(picture.data).hexdigest() for picture in question.pictures]
    before = json.dumps([sha256, model, PROMPT_VERSION])[1:-1]
    behind = json.dumps([question.text, *shown])[1:-1]
    made_of = f"[{before}, {_json(question.schema)}, {behind}]"
    return f"cache/{hashlib.sha256(made_of.encode()).hexdigest()}.json"


@lru_cache(maxsize=4)
def _json(schema: str) -> str:
    """The bulk of what a key is made of, and the same for all documents."""
    return json.dumps(schema)
