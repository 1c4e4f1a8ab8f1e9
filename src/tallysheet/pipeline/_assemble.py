"""Where the live things are made: from plain settings to the tools of a run."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tallysheet.errors import ConfigError
from tallysheet.extract import Rules, answer_schema
from tallysheet.models import Budget, open_model
from tallysheet.parse import MODULES, Pool
from tallysheet.pipeline._clock import SystemClock
from tallysheet.pipeline._known import known_of
from tallysheet.pipeline._meter import Meter, MeteredModel, MeteredOffload
from tallysheet.pipeline._second import open_second, second_settings
from tallysheet.pipeline._secrets import api_key, pdf_passwords
from tallysheet.ports import Model, Store, Tools
from tallysheet.results import write_bytes
from tallysheet.settings import RULES, Settings
from tallysheet.store import SUFFIX, batch_url, open_source, open_store
from tallysheet.validate import require_known


@asynccontextmanager
async def assemble(
    source: str | Store,
    out: str | Store | None,
    settings: Settings,
    budget: Budget | None = None,
) -> AsyncIterator[tuple[Tools, Meter]]:
    """Open everything that a run over *source* works with; close it in the end.

    A store that was handed in is used as it is, and so is a *budget*.

    Raises:
        ConfigError: An address, a model's name, a required field or a credential is wrong.
    """
    require_known(settings.required)
    known = await asyncio.to_thread(known_of, settings)
    clock = SystemClock()
    workers = settings.parse_workers or os.cpu_count() or 1
    meter = Meter(workers, budget or Budget(settings.max_cost_usd))
    async with AsyncExitStack() as stack:
        documents = await open_source(source) if isinstance(source, str) else source
        out = out or batch_url(source if isinstance(source, str) else source.url)
        batch = open_store(out) if isinstance(out, str) else out
        await asyncio.to_thread(refuse_nested, documents.url, batch.url)
        pool = await stack.enter_async_context(
            Pool(
                workers,
                limit_s=settings.parse_limit_s,
                memory_mb=settings.parse_memory_mb,
                clock=clock,
                modules=MODULES,
                later=(write_bytes.__module__,),
                last=(write_bytes,),
            )
        )
        offload = MeteredOffload(pool, meter)
        for_second = second_settings(settings)
        is_asked = settings.model != RULES or for_second is not None
        key = await asyncio.to_thread(api_key, settings) if is_asked else None
        model: Model = Rules(offload)
        if settings.model != RULES:
            exchange = None
            if settings.bedrock_batch_s3:
                exchange = open_store(settings.bedrock_batch_s3)
                fix = "Set bedrock_batch_s3 to another prefix."
                await asyncio.to_thread(refuse_nested, documents.url, exchange.url, fix)
            opened = open_model(
                settings,
                clock=clock,
                budget=meter.budget,
                quota=meter.quota,
                refusals=meter.refusals,
                store=batch,
                board=meter.board,
                exchange=exchange,
                api_key=key,
            )
            # While the children start, and not when the first document waits for it.
            await asyncio.to_thread(answer_schema)
            model = MeteredModel(await stack.enter_async_context(opened), meter, clock)
        elif settings.batch:
            raise ConfigError(
                "There is nobody to ask in batch mode: the rules read everything here.",
                "Name a model, such as --model openai:gpt-5-mini, or leave out --batch.",
            )
        second: Model | None = None
        if for_second is not None:
            other = open_second(for_second, settings, clock=clock, meter=meter, api_key=key)
            second = MeteredModel(await stack.enter_async_context(other), meter, clock)
        yield (
            Tools(
                source=documents,
                batch=batch,
                offload=offload,
                model=model,
                clock=clock,
                passwords=await asyncio.to_thread(pdf_passwords, settings),
                known=known,
                second=second,
            ),
            meter,
        )


def refuse_nested(source: str, batch: str, fix: str = "") -> None:
    """What a run makes must not be what the next run reads.

    Raises:
        ConfigError: The batch would lie among the documents.
    """
    above, below = (_whole(address) for address in (source, batch))
    inside = below.removeprefix(f"{above}/") if below.startswith(f"{above}/") else None
    if below == above or (inside is not None and SUFFIX not in inside):
        raise ConfigError(
            f"{batch} lies inside {source}: what is made there would be read as documents.",
            fix or f"Give another place with --out, or none for {batch_url(source)}.",
        )


def _whole(address: str) -> str:
    return address if "://" in address else os.path.realpath(address)
