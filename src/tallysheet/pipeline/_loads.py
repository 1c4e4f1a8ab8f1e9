"""What documents weigh for a model, made up or looked at: the cargo of a rehearsal."""

import random  # noqa: TID251  seeded, so that a rehearsal can be repeated
from dataclasses import dataclass, replace
from functools import cache

from tallysheet.extract import first_questions
from tallysheet.model import Page, Parsed, Word
from tallysheet.models import Quote
from tallysheet.pipeline._plan import plan
from tallysheet.ports import Question
from tallysheet.settings import Settings

CHARACTERS, SPREAD = 1_900, 0.5
"""The median length of a document that is made up, as text, and the sigma of the lognormal."""
SHORTEST, LONGEST = 300, 60_000
"""The bounds of that length."""
ANY = Parsed("application/pdf", (Page(1, 595, 842, (Word("Invoice", 50, 50, 95, 62),)),))


@dataclass(frozen=True, slots=True)
class Load:
    """One document, as far as a rehearsal knows it."""

    question: Question
    """As long as the real one, though it says nothing; its text begins with its number."""
    tokens_in: int
    tokens_out: int
    """What it takes to read and to answer, estimated."""
    wait_s: float
    """How long its answer takes, in seconds, estimated."""


@dataclass(frozen=True, slots=True)
class Loads:
    """What a batch asks of a model."""

    each: tuple[Load, ...]
    others: int = 0
    """Documents about which no model is asked."""


def made_up(count: int, quote: Quote, *, seed: int) -> Loads:
    """Documents such as there are many: one page, few lines, now and then a long list."""
    chance = random.Random(seed)  # noqa: S311  seeded
    drawn = (CHARACTERS * chance.lognormvariate(0.0, SPREAD) for _ in range(count))
    lengths = (round(min(max(length, SHORTEST), LONGEST)) for length in drawn)
    return Loads(tuple(_load(number, length, quote) for number, length in enumerate(lengths)))


async def looked_into(source: str, settings: Settings, quote: Quote, *, count: int | None) -> Loads:
    """Documents as a run over *source* would meet them; some are examined for all.

    Args:
        source: As for `run`.
        settings: As for `run`.
        quote: Estimates for the model.
        count: How many are about the model's to read; else as many as there are.

    Raises:
        ConfigError: An address or the credentials of a store are wrong.
        Outage: The store cannot be reached.
    """
    planned = await plan(source, settings=settings)
    examined = [each for each in planned.examined if each.reader == quote.name]
    whole = planned.readers.get(quote.name, 0)
    short, long = (quote.of(_question(0, length)) for length in (SHORTEST, LONGEST))
    per_token = (LONGEST - SHORTEST) / (long.tokens_out - short.tokens_out)
    loads = []
    for number in range(whole if count is None else count) if examined else ():
        like = examined[number % len(examined)]
        length = SHORTEST + round((like.tokens_out - short.tokens_out) * per_token)
        load = _load(number, length, quote)
        # Pictures, and what is said around each part of a long document, make it larger.
        loads.append(replace(load, tokens_in=like.tokens_in))
    return Loads(tuple(loads), planned.to_read - whole)


def _load(number: int, characters: int, quote: Quote) -> Load:
    question = _question(number, characters)
    quoted = quote.of(question)
    return Load(question, quoted.tokens_in, quoted.tokens_out, quoted.wait_s)


def _question(number: int, characters: int) -> Question:
    return Question(ANY, "." * _around(), f"{number} ".ljust(characters, "."))


@cache
def _around() -> int:
    """How many characters stand around a document in every request."""
    (question,) = first_questions(ANY)
    return len(question.instructions) + len(question.schema)
