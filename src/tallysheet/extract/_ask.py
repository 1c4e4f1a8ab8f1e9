"""Ask a model about a document until its answer is a draft, or give the document up.

Every model answers in one form, a `Draft` as JSON. A language model has read
text and knows no boxes, so its citations are quotes, a list of field, page and
text; they count only where `cited` finds them in the words.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from tallysheet.errors import AnswerDue, BudgetReached, DocumentError, one_error
from tallysheet.extract._cache import Cache
from tallysheet.extract._cite import QUOTE
from tallysheet.extract._parts import halves_of, joined, parts_of
from tallysheet.extract._prompt import question_about
from tallysheet.model import Citation, Draft, Parsed, Reading
from tallysheet.ports import Model, Question

MOST_REPAIRS = 2
"""How often a model is shown what was wrong with its answer."""
MOST_REPLY = 4_000_000
"""Characters of an answer that are looked at."""
MOST_SHOWN = 20_000
"""Characters of a bad answer that are shown to its author again."""
MOST_MISTAKES = 12
QUOTE_LENGTH = 500
TOO_MUCH = frozenset({"model_cut", "too_long"})
"""Why a model gives pages up that it may well read in smaller portions."""
TAKEN = ("attempts", "tokens_in", "tokens_out", "tokens_cached")
"""What all answers to one question take together."""
RECALLED = ("recalled", "recalled_usd")
Tried = Reading | DocumentError | BudgetReached | AnswerDue
"""What comes of a part of a document."""


async def ask(
    model: Model, parsed: Parsed, *, sha256: str = "", cache: Cache | None = None
) -> Reading:
    """Read *parsed* with *model*; what it quotes is not looked for yet.

    Args:
        model: Asked up to three times, if its answers cannot be used.
        parsed: The document.
        sha256: The hash of the document's bytes, for the cache.
        cache: Where answers that cost something are kept; none keeps none.

    Raises:
        DocumentError: There is nothing to read (``no_text``), the answers
            cannot be used (``bad_answer``), or the model takes no part of it.
        ConfigError: The credentials or the model's name are wrong.
        ModelOutage: The provider cannot be reached or its quota is spent.
        BudgetReached: Asking on could cost more than may be spent.
        AnswerDue: A job at the provider still works on it, and is not waited for.
    """
    require_text(parsed)
    if model.free:
        return await _read(model, Question(parsed))
    return await _Pages(model, len(parsed.pages), sha256, cache).read(parts_of(parsed))


def require_text(parsed: Parsed) -> None:
    """Make sure that there is something to read.

    Raises:
        DocumentError: ``no_text``.
    """
    if not any(page.words or page.picture for page in parsed.pages):
        raise DocumentError(
            "no_text",
            "There are no words on its pages: it holds only pictures, or nothing.",
            "Have its text recognised first (OCR), or use a model that sees.",
        )


def first_questions(parsed: Parsed) -> list[Question]:
    """What a language model is asked about *parsed*, if it makes no mistakes."""
    return [question_about(part, of=len(parsed.pages)) for part in parts_of(parsed)]


@dataclass(frozen=True, slots=True)
class _Pages:
    """One document that a language model reads, perhaps in parts."""

    model: Model
    count: int
    """Its pages."""
    sha256: str
    cache: Cache | None

    async def read(self, parts: Sequence[Parsed]) -> Reading:
        """Read all parts at once and join what was read."""
        if len(parts) == 1:
            return await self._part(parts[0])
        with one_error():
            async with asyncio.TaskGroup() as tasks:
                reading = [tasks.create_task(self._tried(part)) for part in parts]
        tried = [task.result() for task in reading]
        spent_usd = sum(getattr(one, "cost_usd", 0.0) for one in tried)
        try:
            return _joined([_or_raised(one) for one in tried], spent_usd)
        except DocumentError as error:
            error.cost_usd = spent_usd
            raise

    async def _tried(self, part: Parsed) -> Tried:
        """Read a part, or say why not: what the others cost must not be lost with it.

        At the end of a budget the others end, too: they are paid for, and kept in the cache.
        And where an answer is due of a job, the others are handed in as well.
        """
        try:
            return await self._part(part)
        except (DocumentError, BudgetReached, AnswerDue) as error:
            return error

    async def _part(self, part: Parsed) -> Reading:
        """Read some pages; in two goes if their answer does not fit into one."""
        question = question_about(part, of=self.count)
        try:
            return await answered(self.model, question, sha256=self.sha256, cache=self.cache)
        except DocumentError as error:
            if error.reason not in TOO_MUCH or len(part.pages) == 1:
                raise
            spent_usd = error.cost_usd
        try:
            reading = await self.read(halves_of(part))
        except DocumentError as error:
            error.cost_usd += spent_usd
            raise
        return reading.model_copy(update={"cost_usd": reading.cost_usd + spent_usd})


def _or_raised(tried: Tried) -> Reading:
    if not isinstance(tried, Reading):
        raise tried
    return tried


def _joined(readings: Sequence[Reading], cost_usd: float) -> Reading:
    """One reading of those of all parts."""
    draft = joined([reading.draft for reading in readings])
    took = {name: sum(getattr(reading, name) for reading in readings) for name in TAKEN + RECALLED}
    sources = dict.fromkeys(reading.source for reading in readings)
    prices = {model: usd for reading in readings for model, usd in reading.prices.items()}
    return Reading(source=", ".join(sources), draft=draft, cost_usd=cost_usd, prices=prices, **took)


async def answered(
    model: Model, question: Question, *, sha256: str, cache: Cache | None
) -> Reading:
    """What *model* makes of one question, or has made of it before: see `ask`."""

    async def read(asked: Question) -> Reading:
        return await _read(model, asked)

    if cache is None:
        return await read(question)
    return await cache.recall(sha256, model.name, question, read)


async def _read(model: Model, question: Question) -> Reading:
    """Ask, and ask again with the mistakes shown."""
    took: Counter[str] = Counter()
    prices: dict[str, tuple[float, float]] = {}
    cost_usd = 0.0
    for _ in range(MOST_REPAIRS + 1):
        try:
            answer = await model.answer(question)
        except DocumentError as error:
            error.cost_usd += cost_usd
            raise
        cost_usd += answer.cost_usd
        source = answer.model or model.name
        if answer.price is not None:
            prices[source] = answer.price
        took.update({name: getattr(answer, name) for name in TAKEN})
        try:
            # What costs nothing is our own reader of boxes; all others have read text.
            draft = draft_of(answer.text, boxes=model.free)
        except (ValueError, RecursionError) as error:
            shown = (answer.text[:MOST_SHOWN], _mistake(error))
            question = replace(question, mistakes=(*question.mistakes, shown))
            continue
        return Reading(source=source, draft=draft, cost_usd=cost_usd, prices=prices, **took)
    raise DocumentError(
        "bad_answer",
        f"{model.name} gave {MOST_REPAIRS + 1} answers that do not follow the schema.",
        "Try another model, or read it with the rules: --model rules.",
        cost_usd,
    )


def draft_of(text: str, *, boxes: bool) -> Draft:
    """Decode an answer.

    Args:
        text: JSON, perhaps with prose or a code fence around it.
        boxes: Whether its author can know where a word stands; if not, its
            citations are quotes yet to be found.

    Raises:
        ValueError: It is not JSON, or not a draft; says where.
        RecursionError: It is nested beyond reason.
    """
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end < MOST_REPLY:
        raise ValueError("There is no JSON object in it.")
    raw = json.loads(text[start : end + 1], parse_float=Decimal, parse_constant=_refuse)
    citations = raw.pop("citations", None)
    kept = Draft.model_validate(_present(raw))
    if boxes:
        return Draft.model_validate({**dict(kept), "citations": citations or {}})
    return kept.model_copy(update={"citations": _quotes(citations)})


def _quotes(raw: Any) -> dict[str, Citation]:
    """Quotes in either notation; one that is malformed is none, since none is needed."""
    if isinstance(raw, dict):
        raw = [{"field": path, **quote} for path, quote in raw.items() if isinstance(quote, dict)]
    quotes = {}
    for quote in raw if isinstance(raw, list) else ():
        if not isinstance(quote, dict):
            continue
        field, page, text = (quote.get(name) for name in ("field", "page", "text"))
        if isinstance(field, str) and isinstance(text, str) and text.strip():
            quotes[field] = Citation(
                page=page if isinstance(page, int) else None,
                text=text[:QUOTE_LENGTH],
                method=QUOTE,
                score=0.0,
            )
    return quotes


def _present(raw: Any) -> Any:
    """*raw* without the parts that say nothing: absent is how a draft spells null."""
    if isinstance(raw, dict):
        return {k: _present(v) for k, v in raw.items() if v is not None and v != ""}
    if isinstance(raw, list):
        return [_present(item) for item in raw if item is not None and item != ""]
    return raw


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number that an invoice holds.")


def _mistake(error: Exception) -> str:
    """What was wrong, in words for its author."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = (f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in found)
        what = "; ".join([*places][:MOST_MISTAKES])
    elif isinstance(error, json.JSONDecodeError):
        what = f"it is not JSON: {error.msg} at character {error.pos}"
    else:
        what = str(error)[:QUOTE_LENGTH]
    return f"That answer cannot be used. {what}. Give the whole answer again, corrected, as JSON."
