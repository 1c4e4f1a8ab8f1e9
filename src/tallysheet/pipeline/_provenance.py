"""How a result came about, as far as it is known before the result is validated."""

from collections.abc import Mapping
from importlib.metadata import version
from itertools import chain

from tallysheet.extract import E_INVOICE, PROMPT_VERSION, Rules, schema_hash
from tallysheet.model import Parsed, Provenance, Reading
from tallysheet.ports import Clock

VERSION = version("tallysheet")


def provenance_of(
    reading: Reading, parsed: Parsed, seconds: Mapping[str, float], clock: Clock
) -> Provenance:
    """What there is to say of *reading*, which was made of *parsed* just now.

    Args:
        reading: What was read; a model's answer out of the cache was asked for with the
            same prompt and schema, which are part of its key.
        parsed: The document.
        seconds: What each stage has taken so far, waiting included.
        clock: Says when.
    """
    by_model = reading.source not in (E_INVOICE, Rules.name)
    scores = [page.scores for page in parsed.pages if page.scores]
    words = sum(map(len, scores))
    first = parsed.pages[0] if parsed.pages and reading.source != E_INVOICE else None
    return Provenance(
        tallysheet=VERSION,
        read_at=clock.now().replace(microsecond=0),
        prompt=PROMPT_VERSION if by_model else None,
        schema_hash=schema_hash() if by_model else None,
        prices=reading.prices,
        recalled=reading.recalled,
        recalled_usd=reading.recalled_usd,
        seconds={stage: round(took_s, 3) for stage, took_s in seconds.items()},
        pages=len(parsed.pages),
        ocr_pages=len(scores),
        ocr_score=round(sum(chain.from_iterable(scores)) / words, 3) if words else None,
        picture=(first and first.likeness) or None,
        hidden_words=sum(len(page.hidden) for page in parsed.pages),
    )
