"""Answers that were paid for are not paid for again."""

import json
from collections.abc import AsyncIterator

import pytest

from tallysheet.errors import Conflict, NotFound, Outage
from tallysheet.extract._ask import ask
from tallysheet.extract._cache import Cache, cache_key
from tallysheet.extract._prompt import question_about
from tallysheet.model import Page, Parsed, Word
from tallysheet.ports import ABSENT, Answer, Blob, Entry, Question, Version
from tallysheet.testing._scripted_model import ScriptedModel

GOOD = Answer(json.dumps({"invoice": {"number": "A-17"}}), cost_usd=0.25)
PARSED = Parsed("application/pdf", (Page(1, 595, 842, (Word("A-17", 10, 10, 40, 20),)),))


class Shelf:
    """A store in a dict; out of reach while *away*."""

    url = "memory://shelf"

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}
        self.away = False

    async def get(self, key: str) -> Blob:
        """What stands there."""
        if self.away:
            raise Outage("away")
        if key not in self.blobs:
            raise NotFound(key)
        return self.blobs[key]

    async def put(self, key: str, data: bytes, *, expect: Version) -> Version:
        """Write it, if unchanged."""
        if self.away:
            raise Outage("away")
        there = self.blobs[key].version if key in self.blobs else ABSENT
        if there != expect:
            raise Conflict(key)
        self.blobs[key] = Blob(data, Version(f"{there}+"))
        return self.blobs[key].version

    async def delete(self, key: str) -> None:
        """Take it away."""
        self.blobs.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[Entry]:
        """All that begins so."""
        for key, blob in self.blobs.items():
            if key.startswith(prefix):
                yield Entry(key, len(blob.data), blob.version)


async def test_a_second_run_pays_nothing() -> None:
    """Same reading, no question, no cost."""
    shelf, model = Shelf(), ScriptedModel([GOOD])

    first = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    second = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert len(model.questions) == 1
    assert second.draft == first.draft
    assert (first.cost_usd, second.cost_usd) == (0.25, 0.0)
    assert (first.attempts, second.attempts) == (1, 0)
    assert [key.partition("/")[0] for key in shelf.blobs] == ["cache"]


async def test_a_free_model_is_not_kept() -> None:
    """Asking the rules again is quicker than any store, and a better version answers better."""
    shelf, model = Shelf(), ScriptedModel([GOOD], free=True)

    await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert len(model.questions) == 2
    assert shelf.blobs == {}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"draft": 1}', b"[" * 99_999])
async def test_a_damaged_entry_is_asked_again_and_mended(damage: bytes) -> None:
    """It costs a call once, never a document."""
    shelf, model = Shelf(), ScriptedModel([GOOD])
    key = cache_key("ab", model.name, question_about(PARSED))
    shelf.blobs[key] = Blob(damage, Version("old"))

    mended = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    again = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert mended.draft == again.draft
    assert len(model.questions) == 1


async def test_a_cache_out_of_reach_is_only_a_miss() -> None:
    """The answer is had, and its price known."""
    shelf, model = Shelf(), ScriptedModel([GOOD])
    shelf.away = True

    reading = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert reading.draft.invoice.number == "A-17"
    assert reading.cost_usd == 0.25


async def test_two_who_ask_at_once_both_have_their_answer() -> None:
    """Who comes second finds the entry written, and does not mind."""
    shelf = Shelf()

    def meanwhile(_: Question) -> Answer:
        key = cache_key("ab", "scripted:test", question_about(PARSED))
        shelf.blobs[key] = Blob(b"theirs", Version("theirs"))
        return GOOD

    reading = await ask(ScriptedModel(meanwhile), PARSED, sha256="ab", cache=Cache(shelf))

    assert reading.draft.invoice.number == "A-17"
    assert [blob.data for blob in shelf.blobs.values()] == [b"theirs"]


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
