"""Answers that were paid for are not paid for again."""

import asyncio
import hashlib
import json

import pytest

from tallysheet.errors import DocumentError
from tallysheet.extract._ask import ask
from tallysheet.extract._cache import Cache, cache_key
from tallysheet.extract._prompt import PROMPT_VERSION, question_about
from tallysheet.model import Page, Parsed, Word
from tallysheet.ports import ABSENT, Answer, Question, Store
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock, FaultyStore, SlowStore
from tallysheet.testing._scripted_model import ScriptedModel

GOOD = Answer(json.dumps({"invoice": {"number": "A-17"}}), 100, 20, 0.25, tokens_cached=10)
PARSED = Parsed("application/pdf", (Page(1, 595, 842, (Word("A-17", 10, 10, 40, 20),)),))


async def keys_of(store: Store) -> list[str]:
    """All that stands in *store*."""
    return [entry.key async for entry in store.list()]


async def test_a_second_run_pays_nothing() -> None:
    """Same reading, no question, no cost."""
    shelf, model = MemoryStore(), ScriptedModel([GOOD])

    first = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    second = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert len(model.questions) == 1
    assert second.draft == first.draft
    assert (first.cost_usd, second.cost_usd) == (0.25, 0.0)
    assert (first.attempts, second.attempts) == (1, 0)
    assert (first.tokens_in, first.tokens_out, first.tokens_cached) == (100, 20, 10)
    assert (second.tokens_in, second.tokens_out, second.tokens_cached) == (0, 0, 0)
    assert [key.partition("/")[0] for key in await keys_of(shelf)] == ["cache"]


async def test_an_answer_kept_by_a_newer_version_is_not_paid_for_again() -> None:
    """What is not known of it is passed over."""
    shelf, model = MemoryStore(), ScriptedModel([GOOD])
    first = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    (key,) = await keys_of(shelf)
    kept = await shelf.get(key)
    newer = json.dumps({**json.loads(kept.data), "weather": "fine"}).encode()
    await shelf.put(key, newer, expect=kept.version)

    again = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert again.draft == first.draft
    assert len(model.questions) == 1


async def test_it_can_be_seen_whether_an_answer_is_kept() -> None:
    """For who looks ahead at what a run would cost; only the same question counts."""
    cache, question = Cache(MemoryStore()), question_about(PARSED)
    before = await cache.holds("ab", "scripted:test", question)

    await ask(ScriptedModel([GOOD]), PARSED, sha256="ab", cache=cache)

    assert not before
    assert await cache.holds("ab", "scripted:test", question)
    assert not await cache.holds("ab", "scripted:other", question)
    assert not await cache.holds("cd", "scripted:test", question)


async def test_a_free_model_is_not_kept() -> None:
    """Asking the rules again is quicker than any store, and a better version answers better."""
    shelf, model = MemoryStore(), ScriptedModel([GOOD], free=True)

    await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert len(model.questions) == 2
    assert await keys_of(shelf) == []


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"draft": 1}', b"[" * 99_999])
async def test_a_damaged_entry_is_asked_again_and_mended(damage: bytes) -> None:
    """It costs a call once, never a document."""
    shelf, model = MemoryStore(), ScriptedModel([GOOD])
    key = cache_key("ab", model.name, question_about(PARSED))
    await shelf.put(key, damage, expect=ABSENT)

    mended = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    again = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert mended.draft == again.draft
    assert len(model.questions) == 1


@pytest.mark.parametrize("fault", ["lost-request", "lost-reply", "conflict", "outage-before"])
async def test_an_answer_that_cannot_be_kept_is_still_an_answer(fault: str) -> None:
    """The document has been read and paid for, whatever becomes of the cache."""
    store = FaultyStore(MemoryStore(), [fault])

    reading = await ask(ScriptedModel([GOOD]), PARSED, sha256="ab", cache=Cache(store))

    assert reading.draft.invoice.number == "A-17"
    assert reading.cost_usd == 0.25


async def test_a_cache_out_of_reach_is_only_a_miss() -> None:
    """The answer is had, and its price known."""
    store = FaultyStore(MemoryStore(), gets=["outage"])

    reading = await ask(ScriptedModel([GOOD]), PARSED, sha256="ab", cache=Cache(store))

    assert reading.draft.invoice.number == "A-17"
    assert reading.cost_usd == 0.25


async def test_two_who_ask_at_once_both_have_their_answer() -> None:
    """Who comes second finds the entry written, and does not mind."""
    shelf, model = MemoryStore(), ScriptedModel([GOOD])

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(ask(model, PARSED, sha256="ab", cache=Cache(shelf))) for _ in "12"
        ]

    assert [task.result().draft.invoice.number for task in tasks] == ["A-17", "A-17"]
    assert len(model.questions) == 2
    assert len(await keys_of(shelf)) == 1


def test_every_part_of_a_question_is_part_of_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another document, model, text, schema or prompt is another answer."""
    question = Question(PARSED, text="t", schema="s")

    keys = {
        cache_key("ab", "m", question),
        cache_key("cd", "m", question),
        cache_key("ab", "n", question),
        cache_key("ab", "m", Question(PARSED, text="u", schema="s")),
        cache_key("ab", "m", Question(PARSED, text="t", schema="r")),
        cache_key("ab", "m", Question(PARSED, text="s", schema="t")),
    }
    monkeypatch.setattr("tallysheet.extract._cache.PROMPT_VERSION", -1)
    keys.add(cache_key("ab", "m", question))

    assert len(keys) == 7


def test_an_answer_that_was_paid_for_is_found_by_later_versions() -> None:
    """The key is a hash of one JSON array, however it is put together."""
    question = Question(PARSED, text='Total "5 €"', schema='{"type":"object"}')

    made_of = ["ab", "m", PROMPT_VERSION, question.schema, question.text]

    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    assert cache_key("ab", "m", question) == f"cache/{digest}.json"


async def test_an_answer_is_kept_while_other_things_are_done_and_is_there_at_the_end() -> None:
    """Storing it takes time in which its document can be finished."""
    store = MemoryStore()
    async with Cache(SlowStore(store, FakeClock(), get_s=0.0, put_s=9.0)) as cache:
        await ask(ScriptedModel([GOOD]), PARSED, sha256="ab", cache=cache)
        kept_yet = await keys_of(store)

    assert (kept_yet, len(await keys_of(store))) == ([], 1)


async def test_an_answer_that_was_paid_for_is_kept_though_its_document_fails() -> None:
    """Whatever goes wrong behind the answer, the next run does not ask again."""
    store = MemoryStore()
    with pytest.raises(DocumentError):
        async with Cache(SlowStore(store, FakeClock(), get_s=0.0, put_s=9.0)) as cache:
            await ask(ScriptedModel([GOOD]), PARSED, sha256="ab", cache=cache)
            raise DocumentError("time_limit", "It took too long.")

    assert len(await keys_of(store)) == 1
