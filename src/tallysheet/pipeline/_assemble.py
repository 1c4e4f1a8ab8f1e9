"""Where the live things are made: from plain settings to the tools of a run."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tallysheet.extract import Rules
from tallysheet.models import open_model
from tallysheet.parse import Pool
from tallysheet.pipeline._api_key import api_key
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._meter import Meter, MeteredModel, MeteredOffload
from tallysheet.ports import Model, Tools
from tallysheet.settings import Settings
from tallysheet.store import batch_url, open_source, open_store

RULES = "rules"


@asynccontextmanager
async def assemble(
    source: str, out: str | None, settings: Settings
) -> AsyncIterator[tuple[Tools, Meter]]:
    """Open everything that a run over *source* works with; close it in the end.

    Raises:
        ConfigError: An address, a model's name or a credential is wrong.
    """
    clock = SystemClock()
    workers = settings.parse_workers or os.cpu_count() or 1
    meter = Meter(workers)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            Pool(
                workers,
                limit_s=settings.parse_limit_s,
                memory_mb=settings.parse_memory_mb,
                clock=clock,
            )
        )
        offload = MeteredOffload(pool, meter)
        model: Model = Rules(offload)
        if settings.model != RULES:
            opened = open_model(
                settings.model,
                clock=clock,
                base_url=settings.base_url,
                api_key=await asyncio.to_thread(api_key, settings),
                concurrency=settings.concurrency,
                timeout_s=settings.model_limit_s,
            )
            model = MeteredModel(await stack.enter_async_context(opened), meter, clock)
        yield (
            Tools(
                source=await open_source(source),
                batch=open_store(out or batch_url(source)),
                offload=offload,
                model=model,
                clock=clock,
            ),
            meter,
        )
