"""When a provider refuses everything for a while, and who shares it: in virtual time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from asked import QUESTION
from tallysheet.models import Call, Reply, open_model
from tallysheet.models._governor import Governor
from tallysheet.models._quota import Quota
from tallysheet.models._slot import Verdict
from tallysheet.ports import Answer
from tallysheet.settings import Settings
from tallysheet.testing import FakeClock

BEGIN_S, END_S = 5.0, 605.0
"""When a storm rages: ten minutes."""
REFUSAL_S = 0.02
GOOD: dict[str, dict[str, Any]] = {
    "openai": {
        "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 200},
    },
    "anthropic": {
        "content": [{"type": "tool_use", "name": "invoice", "input": {}}],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 500, "output_tokens": 200},
    },
    "bedrock": {
        "output": {"message": {"content": [{"toolUse": {"name": "invoice", "input": {}}}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 500, "outputTokens": 200},
    },
}


@dataclass(slots=True)
class Stormy:
    """A `Wire` to a provider that answers after two seconds, but for its storms.

    Attributes:
        clock: Says what time it is.
        provider: How it is spoken to.
        refusal: What it says in a storm.
        rages: Whether there is one.
        seen: When each request came, and whether it was refused.
    """

    clock: FakeClock
    provider: str = "openai"
    refusal: Reply = field(default=Reply(429, {}, {}))
    rages: Callable[[float], bool] = field(default=lambda s: BEGIN_S < s < END_S)
    seen: list[tuple[float, bool]] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        """Answer *call*, or refuse it."""
        is_refused = self.rages(self.clock.monotonic())
        self.seen.append((self.clock.monotonic(), is_refused))
        await self.clock.sleep(REFUSAL_S if is_refused else 2.0)
        return self.refusal if is_refused else Reply(200, {}, GOOD[self.provider])


async def asked(number: int, wire: Stormy) -> list[Answer]:
    """Ask *number* questions at once; an error of any is the test's."""
    told = Settings(model=f"{wire.provider}:m", concurrency=100)
    async with (
        open_model(told, clock=wire.clock, wire=wire, api_key="k") as model,
        asyncio.TaskGroup() as tasks,
    ):
        answers = [tasks.create_task(model.answer(QUESTION)) for _ in range(number)]
    return [task.result() for task in answers]


STORMS: dict[str, tuple[str, int, Mapping[str, str], Mapping[str, Any]]] = {
    "429": ("openai", 429, {}, {}),
    "503": ("openai", 503, {}, {}),
    "529": ("anthropic", 529, {}, {"error": {"type": "overloaded_error"}}),
    "throttling": ("bedrock", 429, {"x-amzn-errortype": "ThrottlingException"}, {}),
    "throttling as a bad request": (
        "bedrock", 400, {"x-amzn-errortype": "ThrottlingException"}, {},
    ),
    "no wait at all": ("openai", 429, {"retry-after": "0"}, {}),
    "a negative wait": ("openai", 429, {"retry-after": "-5"}, {}),
    "always the same second": ("openai", 429, {"retry-after": "1"}, {}),
    "a date in the past": ("openai", 429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, {}),
    "no number": ("openai", 429, {"retry-after": "soon"}, {}),
    "infinity": ("openai", 429, {"retry-after": "inf"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("storm", STORMS)
async def test_a_storm_of_ten_minutes_loses_and_fails_nobody(
    storm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is said of how long to wait; few ask meanwhile, and soon after it all is done."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    provider, status, headers, data = STORMS[storm]
    wire = Stormy(FakeClock(), provider, Reply(status, headers, data))

    answers = await asked(2000, wire)

    assert [answer.text for answer in answers] == ["{}"] * 2000
    assert sum(END_S > at_s > BEGIN_S + 60 for at_s, _ in wire.seen) <= 60
    assert wire.clock.monotonic() < END_S + 60 + 2000 / 100 * 2 + 20


@pytest.mark.parametrize("wait_s", [30.0, 130.0])
async def test_everybody_waits_as_long_as_one_was_asked_to_and_then_goes_in_steps(
    wait_s: float,
) -> None:
    """From when it is heard; nobody is early, and a hundred do not go in one moment."""
    storm = Reply(429, {"retry-after": f"{wait_s:g}"}, {})
    wire = Stormy(FakeClock(), refusal=storm, rages=lambda s: 10.0 < s < 12.5)

    await asked(1000, wire)

    heard_s = min(at_s for at_s, is_refused in wire.seen if is_refused) + REFUSAL_S
    later_s = [at_s for at_s, _ in wire.seen if at_s > heard_s + 1e-6]
    assert heard_s + wait_s <= later_s[0] <= heard_s + 1.1 * wait_s + 0.1
    assert sum(at_s < later_s[0] + 0.05 for at_s in later_s) < 20
    assert sum(at_s < later_s[0] + 15 for at_s in later_s) > 100


LIMIT = 300
"""Requests a minute that an account allows, however many workers it has."""


@dataclass(slots=True)
class Account:
    """One that several workers share, each a governor of its own, and all that went there."""

    clock: FakeClock
    went_s: list[float] = field(default_factory=list)
    quotas: list[Quota] = field(default_factory=list)

    async def work(self, until_s: float) -> None:
        """Come, ask as fast as may be, and die; all are told at once that somebody came or went."""
        quota, left_s = Quota(), until_s - self.clock.monotonic()
        self.quotas.append(quota)
        self._tell()
        governor = Governor(
            "x:y", clock=self.clock, concurrency=50, requests_per_minute=float(LIMIT)
        )
        try:
            async with asyncio.timeout(None) as life, governor, asyncio.TaskGroup() as tasks:
                quota.governs(governor)
                tasks.create_task(self._end(life, left_s))
                for _ in range(20):
                    tasks.create_task(self._ask(governor))
        except TimeoutError:
            self.quotas.remove(quota)
            self._tell()

    async def _ask(self, governor: Governor) -> None:
        while True:
            with await governor.admit(1) as slot:
                slot.sent()
                self.went_s.append(self.clock.monotonic())
                await self.clock.sleep(0.5)
                slot.ended(Verdict(good=True))

    async def _end(self, life: asyncio.Timeout, left_s: float) -> None:
        await self.clock.sleep(left_s)
        life.reschedule(asyncio.get_running_loop().time())
        await asyncio.Event().wait()

    def _tell(self) -> None:
        for quota in self.quotas:
            quota.share(len(self.quotas))


async def test_whoever_comes_and_goes_no_minute_sees_more_than_the_account_allows() -> None:
    """Whenever the minute begins, over a long time; and most of what is allowed is used."""
    account = Account(FakeClock())
    lives_s = [(0, 1800), (20, 58), (40, 57), (70, 400), (95, 250), (101, 130), (300, 1500),
               (310, 900), (315, 320), (320, 700), (1000, 1100), (1003, 1090)]  # fmt: skip

    async with asyncio.TaskGroup() as tasks:
        for begin_s, end_s in lives_s:
            await account.clock.sleep(begin_s - account.clock.monotonic())
            tasks.create_task(account.work(end_s))

    went_s = account.went_s
    most = max(
        sum(start <= at_s < start + 60.0 for at_s in went_s[index : index + 2 * LIMIT])
        for index, start in enumerate(went_s)
    )
    assert went_s == sorted(went_s)
    assert most <= LIMIT
    assert len(went_s) > 0.9 * LIMIT * 1800 / 60
