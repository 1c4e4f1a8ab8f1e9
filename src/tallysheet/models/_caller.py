"""One model of one provider: from a question to its answer, however many requests that takes.

Money is set aside, the governor lets the request go, the dialect words it, the
session sends it once, the dialect reads the reply, and all of them learn from
it. What is no answer is asked again by its kind, or given up.
"""

import asyncio
from dataclasses import dataclass, field

from tallysheet.errors import BudgetReached, DocumentError, ModelOutage
from tallysheet.models._budget import Budget, Reservation
from tallysheet.models._dialect import (
    Call,
    Dialect,
    Fault,
    FaultKind,
    Limits,
    Reply,
    Said,
    Usage,
    Wire,
)
from tallysheet.models._faults import Complaint, final_error, verdict_of
from tallysheet.models._governor import MOST_ASKED_S, Governor
from tallysheet.models._hedge import Hedge, raced
from tallysheet.models._price import Price
from tallysheet.models._quota import Quota
from tallysheet.models._refusals import Refusals
from tallysheet.models._tokens import Tokens
from tallysheet.models._words import words_of
from tallysheet.ports import Answer, Clock, Question

ATTEMPTS = 6
"""Requests for one question that may fail; those refused by a rate limit are not counted."""
FIRST_WAIT_S = 1.0
MOST_WAIT_S = 60.0
MOST_TOKENS = 32_768
"""The longest answer asked for. What a model cannot give is learned from its refusal."""


def wait_s(attempt: int, *, jitter: float) -> float:
    """Return the pause after *attempt* failed, in seconds; attempts count from 1.

    Doubles from `FIRST_WAIT_S` up to `MOST_WAIT_S`, then shrinks to between
    half and all of that by *jitter*, which is in [0, 1).
    """
    return min(MOST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * (0.5 + jitter / 2)


@dataclass(slots=True)
class Spent:
    """What one question took so far, of all models that were asked."""

    usd: float = 0.0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one request."""

    reply: Reply
    told: Said | Fault
    limits: Limits
    call: Call
    sent_s: float
    """When it went out, by the clock."""
    bound: int
    """How long the answer might get, in tokens."""

    @property
    def is_answer(self) -> bool:
        """Whether it is one."""
        return isinstance(self.told, Said)


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks one model."""

    dialect: Dialect
    session: Wire
    governor: Governor
    budget: Budget
    price: Price
    tokens: Tokens
    clock: Clock
    patience_s: float
    """How long one question may be put off, in seconds from its first request."""
    key_from: str
    """Where its key is looked for, in words."""
    hedge: Hedge | None = None
    """Where late requests get a second one."""
    refusals: Refusals = field(default_factory=Refusals)
    """Told of the first answer."""
    quota: Quota = field(default_factory=Quota)
    """Knows whether this process may still ask."""

    async def ask(self, question: Question, spent: Spent) -> Answer:
        """Ask until there is an answer or none can be hoped for; *spent* counts along.

        Raises:
            DocumentError: The model refuses this document or cannot take it.
            ConfigError: The credentials or the model's name are wrong, or the account is empty.
            ModelOutage: The provider cannot be reached.
            BudgetReached: The next request could pass the budget.
        """
        began_s: float | None = None
        failures, cut_at, again = 0, 0, False
        while True:
            heard = await self._heard(question, cut_at, spent, again=again)
            began_s = heard.sent_s if began_s is None else began_s
            told = heard.told
            if isinstance(told, Said):
                self.refusals.has_answer = True
                if not told.cut:
                    return self._answer(told, spent)
                if cut_at or heard.bound >= MOST_TOKENS:
                    raise self._cut()
                cut_at, again = heard.bound, False
                continue
            error = final_error(
                self.dialect.name, heard.call.host, heard.reply, told, key_from=self.key_from
            )
            if error is not None:
                raise self._heeded(error, heard)
            failures += not self._is_put_off(heard, told)
            pause_s = self._pause_s(heard, told, failures)
            too_late = self.clock.monotonic() + pause_s - began_s > self.patience_s
            if failures == ATTEMPTS or too_late or (heard.limits.wait_s or 0.0) > MOST_ASKED_S:
                raise self._heeded(self._given_up(heard, told, spent, began_s), heard)
            if pause_s:
                await self.clock.sleep(pause_s)
            again = True

    def _is_put_off(self, heard: Heard, told: Fault) -> bool:
        """Whether it was one too many, which is no failure; a provider never heard is down."""
        is_congested = verdict_of(heard.reply, told).congested and self.governor.good_s >= 0
        return told.kind is FaultKind.RATE_LIMIT or is_congested

    def _pause_s(self, heard: Heard, told: Fault, failures: int) -> float:
        """How long to wait before waiting in line again."""
        if told.kind is FaultKind.RATE_LIMIT or _is_learned(heard):
            # The governor has everybody wait; or the next request will be worded otherwise.
            return 0.0
        if heard.limits.wait_s is not None:
            return heard.limits.wait_s
        return wait_s(failures, jitter=self.clock.random())

    async def _heard(self, question: Question, cut_at: int, spent: Spent, *, again: bool) -> Heard:
        """Send one request, and perhaps a second one if it is late; the better reply counts."""
        bound = 0

        def most_usd() -> float:
            nonlocal bound
            bound = self.tokens.most_tokens_out(question, limit=MOST_TOKENS, cut_at=cut_at)
            return self._most_usd(question, bound)

        held = await self.budget.reserve(most_usd)
        if self.hedge is None:
            return await self._request(question, bound, spent, held, again=again)
        gone, spare_gone = asyncio.Event(), asyncio.Event()
        first = self._request(question, bound, spent, held, again=again, gone=gone)
        spare = self._spare(self.hedge, question, bound, spent, gone, spare_gone)
        return await raced(first, spare, spare_gone, is_good=lambda heard: heard.is_answer)

    async def _spare(
        self,
        hedge: Hedge,
        question: Question,
        bound: int,
        spent: Spent,
        gone: asyncio.Event,
        spare_gone: asyncio.Event,
    ) -> Heard | None:
        """A second request, once the first is late; None where there is to be none."""
        await gone.wait()
        if not await hedge.late():
            return None
        held = await self.budget.try_reserve(self._most_usd(question, bound))
        if held is None:
            return None
        try:
            return await self._request(question, bound, spent, held, gone=spare_gone)
        except (ModelOutage, BudgetReached):
            return None

    async def _request(
        self,
        question: Question,
        bound: int,
        spent: Spent,
        held: Reservation,
        *,
        again: bool = False,
        gone: asyncio.Event | None = None,
    ) -> Heard:
        """Send one request when it may go. What it cost and took is known in the end."""
        expected = self.tokens.tokens_in(question) + bound
        with held, await self.governor.admit(expected, again=again) as slot:
            # Last of all: in line, and between attempts, this process may have been stopped.
            await self.quota.ensure()
            call = await self.dialect.call(question, most_tokens=bound)
            held.sent()
            slot.sent()
            # All of it, until the reply says better: what is cut off may be on the bill.
            spent.attempts += 1
            spent.usd += held.usd
            if gone is not None:
                gone.set()
            reply = await self.session.send(call)
            told = self.dialect.read(reply)
            limits = self.dialect.limits(reply, self.clock)
            is_free = reply.unsent or reply.untrusted or reply.status >= 300
            usage = told.usage
            # Before the settlement, which lets others in by what is known now.
            self.tokens.learn(question, usage, cut=isinstance(told, Said) and told.cut)
            if is_free or usage != Usage():
                paid_usd = self.price.usd(usage)
                spent.usd += paid_usd - held.usd
                held.settle(paid_usd, usage)
            took = usage.tokens_in + usage.tokens_out
            if question.place is not None and isinstance(told, Said) and not told.cut:
                # Before its end, when others go.
                question.place.hold(self.governor.keep())
            slot.ended(
                verdict_of(reply, told), tokens=took if is_free or took else None, limits=limits
            )
        self._pace(told, slot.sent_s)
        return Heard(reply, told, limits, call, slot.sent_s, bound)

    def _pace(self, told: Said | Fault, sent_s: float) -> None:
        if self.hedge is not None:
            self.hedge.sent()
            if isinstance(told, Said):
                self.hedge.took(self.clock.monotonic() - sent_s)

    def _most_usd(self, question: Question, bound: int) -> float:
        return self.price.most_usd(self.tokens.most_tokens_in(question), bound)

    def _answer(self, said: Said, spent: Spent) -> Answer:
        usage = said.usage
        took = (usage.tokens_in, usage.tokens_out, spent.usd, usage.tokens_cached, spent.attempts)
        return Answer(said.text, *took, self.dialect.name, self.price.a_million(usage))

    def _heeded(self, error: Exception, heard: Heard) -> Exception:
        """*error* with the provider's words, where they may have to be told."""
        if isinstance(error, Complaint) and not self.refusals.has_answer:
            error.words = words_of(heard.reply, heard.call, self.dialect.name.partition(":")[2])
        return error

    def _cut(self) -> DocumentError:
        return DocumentError(
            "model_cut",
            f"{self.dialect.name} ran out of room: its answer was cut off.",
            "The document is too long for this model in one go; try one with more output.",
        )

    def _given_up(
        self, heard: Heard, told: Fault, spent: Spent, began_s: float
    ) -> DocumentError | ModelOutage:
        why = ", ".join([heard.reply.trouble or f"status {heard.reply.status}", *told.codes])
        others_are_answered = self.governor.good_s > began_s
        if _is_learned(heard) or (told.kind is not FaultKind.RATE_LIMIT and others_are_answered):
            # It is this document that the provider fails at, if it answers others.
            refusal = Complaint(
                "model_failed",
                f"{self.dialect.name} fails at this document ({why}).",
                "Run it again later, or with another model.",
            )
            refusal.how = f"{self.dialect.name} at {heard.call.host} ({why})"
            return refusal
        return ModelOutage(
            f"{self.dialect.name} at {heard.call.host} does not answer for now"
            f" ({why}; attempts: {spent.attempts}).",
            "Check its quota and the connection, then run the same command again.",
        )


def _is_learned(heard: Heard) -> bool:
    """Whether a way of asking was refused, which will be left out from now on."""
    told = heard.told
    return isinstance(told, Fault) and told.kind is FaultKind.GARBLED and heard.reply.status >= 400
