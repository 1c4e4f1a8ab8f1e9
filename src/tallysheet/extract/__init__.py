"""From a parsed document to an invoice: its embedded XML where there is one, else a model."""

from dataclasses import replace

from tallysheet.errors import DocumentError
from tallysheet.extract._again import ask_again, failed, pages_of
from tallysheet.extract._ask import ask, first_questions, require_text
from tallysheet.extract._cache import Cache
from tallysheet.extract._cite import cited
from tallysheet.extract._crosscheck import read_bytes, to_read
from tallysheet.extract._doubt import agreed_on, doubts_of
from tallysheet.extract._prompt import PROMPT_VERSION, answer_schema, schema_hash
from tallysheet.extract._rules import Rules, invoices_in, read_words
from tallysheet.extract._second import (
    doubts_of_second,
    fits,
    only_asked,
    seconded,
    taken_over,
    unasked,
)
from tallysheet.model import Draft, Parsed, Reading
from tallysheet.ports import Model, Offload

E_INVOICE = "e-invoice"

__all__ = [
    "E_INVOICE",
    "PROMPT_VERSION",
    "Cache",
    "Rules",
    "agreed_on",
    "answer_schema",
    "ask_again",
    "cited",
    "doubts_of",
    "doubts_of_second",
    "extract",
    "failed",
    "first_questions",
    "fits",
    "invoices_in",
    "only_asked",
    "pages_of",
    "read_words",
    "require_text",
    "schema_hash",
    "seconded",
    "taken_over",
    "unasked",
]


async def extract(
    parsed: Parsed,
    *,
    sha256: str,
    offload: Offload,
    model: Model,
    cache: Cache | None,
    e_invoice: bool = True,
) -> Reading:
    """Read an invoice out of *parsed*; a model's quotes are left to `cited`.

    Args:
        parsed: The document.
        sha256: Its hash, under which answers of models that cost are kept.
        offload: Where the XML is read, and held against the pages around it.
        model: Who reads what is not an e-invoice.
        cache: Where those answers are kept; none keeps none, and asks anew.
        e_invoice: Whether XML in the document may be used.

    Raises:
        DocumentError: There is nothing to read, or nobody could read it.
    """
    if parsed.xml is not None and e_invoice:
        try:
            worked = await offload.run(read_bytes, to_read(parsed, parsed.xml))
        except DocumentError as error:
            if not parsed.pages:
                raise
            warning = f"Its embedded e-invoice was left aside: {error.message}"
            parsed = replace(parsed, warnings=(*parsed.warnings, warning))
        else:
            draft = Draft.model_validate_json(worked.data)
            return _warned(Reading(source=E_INVOICE, draft=draft), parsed)
    if not parsed.pages:
        raise DocumentError(
            "no_pages",
            "It is an e-invoice without pages, and reading e-invoices is switched off.",
            "Run again without --no-e-invoice.",
        )
    reading = await ask(model, parsed, sha256=sha256, cache=cache)
    return _warned(reading, parsed)


def _warned(reading: Reading, parsed: Parsed) -> Reading:
    """*reading* with what parsing has to say about the document."""
    if not parsed.warnings:
        return reading
    warnings = (*parsed.warnings, *reading.draft.warnings)
    draft = reading.draft.model_copy(update={"warnings": warnings})
    return reading.model_copy(update={"draft": draft})
