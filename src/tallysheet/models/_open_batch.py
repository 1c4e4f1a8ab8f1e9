"""Where a model that is asked in jobs is put together."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from tallysheet.errors import ConfigError
from tallysheet.model import Parsed
from tallysheet.models._batch import Batched
from tallysheet.models._board import Board
from tallysheet.models._book import JobBook
from tallysheet.models._caller import Caller
from tallysheet.models._errands import Errands, clear
from tallysheet.models._handles import Handles
from tallysheet.models._jobs import Courier, JobDialect
from tallysheet.models._jobs_anthropic import AnthropicJobs
from tallysheet.models._jobs_bedrock import ENDPOINT_VARIABLE, BedrockJobs, control_url
from tallysheet.models._jobs_openai import OpenAIJobs
from tallysheet.models._manner import Manner
from tallysheet.models._parcels import Parcels
from tallysheet.models._price import Price
from tallysheet.models._transfer import Transfer
from tallysheet.models.bedrock import Bedrock
from tallysheet.ports import Clock, Model, Question, Store
from tallysheet.settings import Settings

NO_QUESTION = Question(Parsed("application/pdf"))


@asynccontextmanager
async def open_batched(
    online: Model,
    callers: Sequence[Caller],
    settings: Settings,
    *,
    clock: Clock,
    price: Price,
    store: Store,
    board: Board,
    courier: Courier | None = None,
    exchange: Store | None = None,
) -> AsyncIterator[Model]:
    """Have the first of *callers* asked in jobs, and *online* where that brings nothing.

    Without ``settings.batch`` no job is made, and those that were left are seen to.

    Args:
        online: The models as they are asked otherwise.
        callers: Those that it is made of.
        settings: For the patience with a provider, and with other workers.
        clock: Waits.
        price: What the first model costs in jobs.
        store: Where the handles of jobs are kept, under ``jobs/``.
        board: Is told of the jobs.
        courier: What carries the requests of jobs, in place of the network.
        exchange: Where questions and answers of jobs on Bedrock are put.

    Raises:
        ConfigError: What Bedrock's jobs need is not set.
    """
    caller = callers[0]
    manner = Manner.of(settings)
    handles = Handles(store, clock)
    if isinstance(caller.dialect, Bedrock) and not manner.hands_in and exchange is None:
        board.look = partial(_refuse_left, handles, caller.dialect.name)
        await board.look()
        yield online
        return
    dialect = await _dialect_of(caller, settings, exchange)
    async with AsyncExitStack() as stack:
        if courier is None:
            courier = await stack.enter_async_context(Transfer(silence_s=settings.model_limit_s))
        if exchange is not None and isinstance(caller.dialect, Bedrock):
            courier = Parcels(courier, caller.dialect.signature, exchange)
        errands = Errands(dialect, courier, caller, clock)
        board.clear = partial(clear, errands, handles)
        book = JobBook(errands, handles, board, clock, manner, grace_s=settings.lease_s)
        board.look = book.refresh
        await stack.enter_async_context(book.followed())
        batched = Batched(
            online, caller, book, price, clock, manner, board, alone=len(callers) == 1
        )
        yield await stack.enter_async_context(batched.gathering())


async def _dialect_of(caller: Caller, settings: Settings, exchange: Store | None) -> JobDialect:
    asked = caller.dialect
    if isinstance(asked, Bedrock):
        if exchange is None or (settings.batch and not settings.bedrock_batch_role):
            raise ConfigError(
                f"With --batch, {asked.name} is asked through S3, and it is not set where.",
                "Set bedrock_batch_s3 (s3://BUCKET/PREFIX) and bedrock_batch_role (the ARN of a"
                " role that Bedrock reads and writes it by). Or leave out --batch: with"
                " tier = 'flex' many models cost the same half.",
            )
        return BedrockJobs(
            asked.model,
            base_url=os.environ.get(ENDPOINT_VARIABLE) or control_url(asked.base_url),
            place=exchange.url,
            role=settings.bedrock_batch_role or "",
        )
    call = await asked.call(NO_QUESTION, most_tokens=1)
    if asked.name.startswith("openai:"):
        return OpenAIJobs(call, model=settings.batch_model)
    return AnthropicJobs(call)


async def _refuse_left(handles: Handles, model: str) -> None:
    """Refuse to pay twice for what jobs on Bedrock hold, where nobody says how to fetch it."""
    left = [handle for handle in await handles.handed_in() if handle.model == model]
    if left:
        number = sum(len(handle.questions) for handle in left)
        raise ConfigError(
            f"An earlier run handed {number:,} questions to {model} in as jobs, and it is not set"
            " where in S3 the answers are.",
            "Set bedrock_batch_s3 as it was then.",
        )
