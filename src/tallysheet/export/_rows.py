"""One exported line a document: all that is known of it, ready for JSON.

The keys and their order are a promise. Amounts are strings with exact decimals,
dates ISO 8601, and every field of the invoice is there, null where absent.
"""

from tallysheet.model import Record, Result


def line(document: str, record: Record, result: Result | None) -> dict[str, object]:
    """Return the exported line of *document*.

    =============  ==============================================================
    key            value
    =============  ==============================================================
    document       its key below the source
    sha256         the hash of its bytes
    status         what has become of it: ``done``, ``review``, ``failed`` …
    source         who read it: ``e-invoice``, ``rules`` or a model's name; or null
    invoice        what was read, as in ``tallysheet schema``; or null
    citations      where each value stands, by field path
    findings       what validation noticed
    attempts       how often it was worked on
    cost_usd       what that cost, in US dollars
    duplicate_of   the document with the same bytes; or null
    reason         a short code: why it failed or is in review; or null
    message        the same as a sentence; or null
    warnings       what else a reader should know, as sentences
    standard       syntax, profile and version of the e-invoice; or null
    confidence     how probable it is that main values are right, 0 to 1, by field path
    because        why a person approved or rejected it; or null
    =============  ==============================================================
    """
    read = result.model_dump(mode="json") if result else {}
    return {
        "document": document,
        "sha256": record.sha256,
        "status": record.status.value,
        "source": read.get("source"),
        "invoice": read.get("invoice"),
        "citations": read.get("citations", {}),
        "findings": read.get("findings", []),
        "attempts": record.attempts,
        "cost_usd": record.cost_usd,
        "duplicate_of": record.of,
        "reason": record.reason,
        "message": record.message,
        "warnings": read.get("warnings", []),
        "standard": read.get("standard"),
        "confidence": read.get("confidence", {}),
        "because": record.because,
    }
