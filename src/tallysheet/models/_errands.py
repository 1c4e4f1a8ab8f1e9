"""What is asked of a provider about jobs, again and again where that may help."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tallysheet.errors import ConfigError, ModelOutage
from tallysheet.models._caller import Caller, wait_s
from tallysheet.models._dialect import Fault, FaultKind, Reply
from tallysheet.models._faults import final_error
from tallysheet.models._handles import Handle, Handles
from tallysheet.models._jobs import Courier, JobDialect, LaterCall, Looked, Row, Steps, T, Undone
from tallysheet.ports import Clock

FIRST_LOOK_S = 2.0
LONGEST_LOOK_S = 120.0
"""How often a job is looked at: small ones end within minutes, large ones within hours."""


class Errands:
    """Jobs at a provider. What cannot be done now is tried again, in growing intervals.

    All but `found` raise `ConfigError` where the provider will not have it, and `ModelOutage`
    where it cannot be reached for longer than *caller* is patient.

    Args:
        dialect: Words what is asked.
        courier: Carries it.
        caller: Knows the model otherwise.
        clock: Waits.
    """

    def __init__(self, dialect: JobDialect, courier: Courier, caller: Caller, clock: Clock) -> None:
        self.dialect = dialect
        self._courier = courier
        self._caller = caller
        self._clock = clock

    def intent(self, rows: Sequence[Row]) -> Handle:
        """A handle for *rows*, which are about to be handed in."""
        return Handle(
            token=self._clock.token(),
            model=self._caller.dialect.name,
            host=self.dialect.host,
            at=self._clock.now().isoformat(),
            questions=tuple(row.key for row in rows),
        )

    def concern(self, handle: Handle) -> bool:
        """Whether *handle* is of a job of this model here."""
        return (handle.model, handle.host) == (self._caller.dialect.name, self.dialect.host)

    async def submitted(
        self, handle: Handle, rows: Sequence[Row], taken: Collection[str]
    ) -> tuple[str, bool]:
        """Hand *rows* in until they are known to be.

        Returns what the provider calls the job, and whether it was only found to be there.

        Args:
            handle: Of the job.
            rows: Its questions.
            taken: What the provider calls the other jobs that are known.
        """
        began_s, failures, is_lost = self._clock.monotonic(), 0, False
        while True:
            try:
                if is_lost and (found := await self.found(handle, taken)):
                    return found, True
                is_lost = False
                return await self._go(self.dialect.submit(rows, handle.token)), False
            except Undone as undone:
                failures += 1
                reply = undone.reply
                is_lost = is_lost or not (reply.unsent or 400 <= reply.status < 500)
                await self.pause(reply, failures, began_s)

    async def found(self, handle: Handle, taken: Collection[str]) -> str:
        """What the provider calls the job of *handle*; empty where it has none.

        Raises:
            Undone: That cannot be found out now.
        """
        steps = self.dialect.find(handle.token, len(handle.questions), handle.at)
        return next((name for name in await self._go(steps) if name not in taken), "")

    async def over(self, name: str, *, waits: bool = True) -> Looked | None:
        """How a job stands, once it is over; None where the provider does not know it.

        Args:
            name: What the provider calls it.
            waits: Whether to wait until it is over; else it may not be.
        """
        pause_s, failures, failing_s = FIRST_LOOK_S, 0, 0.0
        while True:
            try:
                looked = await self._go(self.dialect.look(name))
            except Undone as undone:
                if undone.reply.status == 404:
                    return None
                failing_s = failing_s if failures else self._clock.monotonic()
                failures += 1
                await self.pause(undone.reply, failures, failing_s)
                continue
            if looked.is_over or not waits:
                return looked
            failures = 0
            await self._clock.sleep(pause_s * (0.9 + self._clock.random() / 5))
            pause_s = min(LONGEST_LOOK_S, pause_s * 1.5)

    async def collected(self, looked: Looked, take: Callable[[Mapping[str, Any]], None]) -> None:
        """Fetch all answers of a job that is over, and hand each row to *take*; some come twice."""
        for part in looked.parts:
            began_s, failures = self._clock.monotonic(), 0
            while True:
                reply = await self._courier.send(self.dialect.fetch(part), take)
                if 200 <= reply.status < 300:
                    break
                failures += 1
                await self.pause(reply, failures, began_s)

    async def cancel(self, name: str) -> None:
        """Have a job stopped, if that can be done."""
        with suppress(Undone):
            await self._go(self.dialect.cancel(name))

    async def discard(self, token: str) -> None:
        """Have what was sent under *token* removed, if that can be done: it is no job's."""
        with suppress(Undone, ConfigError, ModelOutage):
            await self._go(self.dialect.discard(token))

    async def removed(self, name: str) -> bool:
        """Have a job removed, if it is over; whether it is over or gone."""
        try:
            if not (await self._go(self.dialect.look(name))).is_over:
                return False
            await self._go(self.dialect.remove(name))
        except Undone as undone:
            return undone.reply.status == 404
        return True

    async def pause(self, reply: Reply, failures: int, since_s: float) -> None:
        """Wait before trying again what came to nothing, if that can be hoped for."""
        told = self._caller.dialect.read(reply)
        fault = told if isinstance(told, Fault) else Fault(FaultKind.GARBLED)
        error = self._final(reply, fault)
        if error is not None:
            raise error
        if self._clock.monotonic() - since_s > self._caller.patience_s:
            raise ModelOutage(
                f"{self.dialect.host} does not answer for now ({_why(reply, fault)}).",
                "What was handed in goes on there: run the same command again to fetch it.",
            )
        asked_s = self._caller.dialect.limits(reply, self._clock).wait_s
        usual_s = wait_s(failures, jitter=self._clock.random())
        await self._clock.sleep(usual_s if asked_s is None else max(asked_s, usual_s))

    def _final(self, reply: Reply, fault: Fault) -> Exception | None:
        name, host = self._caller.dialect.name, self.dialect.host
        if fault.kind is FaultKind.UNKNOWN_MODEL:
            return ConfigError(
                f"{host} has no batch mode at this address ({_why(reply, fault)}).",
                "Leave out --batch, or check the base URL.",
            )
        if fault.kind in (FaultKind.UNUSABLE, FaultKind.TOO_LONG, FaultKind.REFUSED):
            return ConfigError(
                f"{host} does not take a job for {name} ({_why(reply, fault)}).",
                "Its account or this model may have no batch mode: leave out --batch.",
            )
        return final_error(name, host, reply, fault, key_from=self._caller.key_from)

    async def _go(self, steps: Steps[T]) -> T:
        """Take all *steps*."""
        try:
            call = next(steps)
            while True:
                if isinstance(call, LaterCall):
                    await self._clock.sleep(call.after_s)
                call = steps.send(await self._courier.send(call, None))
        except StopIteration as done:
            value: T = done.value
            return value


async def clear(errands: Errands, handles: Handles) -> None:
    """Remove the jobs that are over, with their handles and what the provider keeps of them.

    For when nobody is left who could want their answers. Those that others handed in since
    we looked, and found none, are theirs to remove.
    """
    if not handles.may_stand:
        return
    for token in [token async for token in handles.tokens()]:
        handle = await handles.get(token)
        if handle is None or not errands.concern(handle):
            continue
        if not handle.job:
            await errands.discard(token)
        elif not await errands.removed(handle.job):
            continue
        await handles.remove(token)


def _why(reply: Reply, fault: Fault) -> str:
    return ", ".join([reply.trouble or f"status {reply.status}", *fault.codes])
