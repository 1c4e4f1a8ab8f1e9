"""A result says how it came about: with what, at which price, in which time."""

import asyncio
import hashlib
import json

import pytest

import tallysheet
from samples import many
from tallysheet.extract._ask import ask
from tallysheet.extract._cache import Cache
from tallysheet.extract._prompt import PROMPT_VERSION, answer_schema
from tallysheet.model import Page, Parsed, Provenance, Reading, Result, Word
from tallysheet.models._dialect import Usage
from tallysheet.models._price import FREE, Price, Step
from tallysheet.pipeline._provenance import VERSION, provenance_of
from tallysheet.pipeline._results import result_of
from tallysheet.ports import ABSENT, Answer
from tallysheet.results import encoded
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock
from tallysheet.testing._scripted_model import ScriptedModel

GOOD = json.dumps({"invoice": {"number": "A-17"}})
WORD = Word("A-17", 10, 10, 40, 20)
PARSED = Parsed("application/pdf", (Page(1, 595, 842, (WORD,)),))
OLD = {"format": 1, "document": "a.pdf", "sha256": "ab", "source": "rules", "invoice": {}}
STAGES = {"parse": 0.12345, "extract": 2.0}


def how(source: str, *pages: Page, **more: object) -> Provenance:
    """What is noted of a reading by *source*."""
    reading = Reading.model_validate({"source": source, "draft": {}, **more})
    return provenance_of(reading, Parsed("application/pdf", pages), STAGES, FakeClock())


def test_a_result_of_before_there_was_a_provenance_is_still_read() -> None:
    """What it does not say is empty, and it is written as any other."""
    old = Result.model_validate(OLD)

    assert old.provenance == Provenance()
    assert Result.model_validate_json(encoded(old)) == old


def test_a_model_is_noted_with_its_prompt_and_its_schema() -> None:
    """Enough to ask the same once more; whoever needs neither has neither."""
    by_model, by_rules, by_xml = map(how, ("openai:test", "rules", "e-invoice"))

    schema = hashlib.sha256(answer_schema().encode()).hexdigest()
    assert by_model.prompt == PROMPT_VERSION
    assert by_model.schema_hash is not None
    assert schema.startswith(by_model.schema_hash)
    assert len(by_model.schema_hash) == 16
    for other in (by_rules, by_xml):
        assert (other.prompt, other.schema_hash) == (None, None)


def test_who_made_it_and_how_long_that_took_is_noted() -> None:
    """The version, the moment, and seconds to the millisecond."""
    noted = how("rules")

    assert noted.tallysheet == VERSION != ""
    assert noted.read_at == FakeClock().now().replace(microsecond=0)
    assert noted.seconds == {"parse": 0.123, "extract": 2.0}


def test_words_of_ocr_are_noted_with_their_mean_score_and_hidden_ones_are_counted() -> None:
    """By word and not by page; a page whose words the file itself has does not count."""
    read = Page(1, 595, 842, (WORD, WORD, WORD), scores=(1.0, 0.5, 0.6))
    short = Page(2, 595, 842, (WORD,), scores=(0.9,))
    own = Page(3, 595, 842, (WORD,), hidden=(WORD, WORD))

    noted = how("rules", read, short, own)

    assert (noted.pages, noted.ocr_pages) == (3, 2)
    assert (noted.ocr_score, noted.hidden_words) == (0.75, 2)
    assert (how("rules", own).ocr_pages, how("rules", own).ocr_score) == (0, None)


@pytest.mark.parametrize(
    ("source", "likeness", "noted"),
    [("rules", "5a" * 8, "5a" * 8), ("rules", "", None), ("e-invoice", "5a" * 8, None)],
)
def test_how_the_first_page_looks_is_noted_of_a_scan(
    source: str, likeness: str, noted: str | None
) -> None:
    """Of words in the file nothing is, nor of what stands around an e-invoice."""
    pages = Page(1, 595, 842, (WORD,), likeness=likeness), Page(2, 595, 842, likeness="ff" * 8)

    assert how(source, *pages).picture == noted
    assert how(source).picture is None


async def test_an_answer_out_of_the_cache_says_what_it_had_cost_and_at_which_price() -> None:
    """It costs nothing now, and was not for nothing then."""
    shelf = MemoryStore()
    model = ScriptedModel([Answer(GOOD, 100, 20, 0.25, price=(1.0, 10.0))], name="openai:small")

    first = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))
    second = await ask(model, PARSED, sha256="ab", cache=Cache(shelf))

    assert (first.recalled, first.recalled_usd, first.cost_usd) == (0, 0.0, 0.25)
    assert (second.recalled, second.recalled_usd, second.cost_usd) == (1, 0.25, 0.0)
    assert first.prices == second.prices == {"openai:small": (1.0, 10.0)}


async def test_every_model_that_was_paid_is_noted_with_its_price() -> None:
    """The first gave an answer that could not be used, and was paid for it."""
    bad = Answer("no", price=(1.0, 10.0))
    last = Answer(GOOD, model="openai:large", price=(2.0, 20.0))

    reading = await ask(ScriptedModel([bad, last], name="openai:small"), PARSED)

    assert reading.prices == {"openai:small": (1.0, 10.0), "openai:large": (2.0, 20.0)}


@pytest.mark.parametrize(("tokens_in", "price"), [(10, (1.0, 2.0)), (11, (3.0, 4.0))])
def test_the_price_noted_is_that_of_a_request_of_this_length(
    tokens_in: int, price: tuple[float, float]
) -> None:
    """Long requests are dearer with some providers; what nobody knows is no price."""
    steps = Price((Step(0, 1.0, 2.0, 0.1, 1.5), Step(10, 3.0, 4.0, 0.3, 3.5)))

    assert steps.a_million(Usage(tokens_in=tokens_in)) == price
    assert FREE.a_million(Usage(tokens_in=tokens_in)) is None


def test_a_run_writes_it_into_the_result() -> None:
    """All of it, by the way that every document goes."""

    async def read() -> Result:
        source, batch = MemoryStore("provenance"), MemoryStore()
        sample = next(many(1))
        await source.put(sample.name, sample.data, expect=ABSENT)
        settings = Settings(parse_workers=1)
        async for _ in tallysheet.run(source, out=batch, settings=settings):
            pass
        (name,) = [entry.key async for entry in batch.list("results/")]
        return await result_of(batch, name)

    noted = asyncio.run(read()).provenance

    assert noted.tallysheet == VERSION
    assert {"parse", "extract"} <= noted.seconds.keys() <= {"fetch", "parse", "extract"}
    assert all(took_s > 0 for took_s in noted.seconds.values())
