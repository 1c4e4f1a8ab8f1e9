"""Where a model that is asked in jobs is put together."""

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
from tallysheet.models._price import Price
from tallysheet.models._transfer import Transfer
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
) -> AsyncIterator[Model]:
    """Have the first of *callers* asked in jobs, and *online* where that brings nothing.

    Args:
        online: The models as they are asked otherwise.
        callers: Those that it is made of.
        settings: For the patience with a provider, and with other workers.
        clock: Waits.
        price: What the first model costs in jobs.
        store: Where the handles of jobs are kept, under ``jobs/``.
        board: Is told of the jobs.
        courier: What carries the requests of jobs, in place of the network.

    Raises:
        ConfigError: Its provider has no batch mode that we know.
    """
    caller = callers[0]
    dialect = await _dialect_of(caller)
    handles = Handles(store, clock)
    async with AsyncExitStack() as stack:
        if courier is None:
            courier = await stack.enter_async_context(Transfer(silence_s=settings.model_limit_s))
        errands = Errands(dialect, courier, caller, clock)
        board.clear = partial(clear, errands, handles)
        book = JobBook(errands, handles, board, clock, grace_s=settings.lease_s)
        await stack.enter_async_context(book.followed())
        batched = Batched(online, caller, book, price, clock, alone=len(callers) == 1)
        yield await stack.enter_async_context(batched.gathering())


async def _dialect_of(caller: Caller) -> JobDialect:
    provider = caller.dialect.name.partition(":")[0]
    if provider == "openai":
        from tallysheet.models._jobs_openai import OpenAIJobs

        return OpenAIJobs(await caller.dialect.call(NO_QUESTION, most_tokens=1))
    if provider == "anthropic":
        from tallysheet.models._jobs_anthropic import AnthropicJobs

        return AnthropicJobs(await caller.dialect.call(NO_QUESTION, most_tokens=1))
    raise ConfigError(
        f"Jobs of {provider} are not known here, so --batch cannot ask {caller.dialect.name}.",
        "Leave out --batch. With tier = 'flex' many of its models cost the same half.",
    )
