"""Which values of the rules are improbable on the page, and what is likelier."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tallysheet.extract._rules._draft import readable
from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._marks import SWISS_ENDS
from tallysheet.extract._rules._owners import is_called_theirs
from tallysheet.extract._rules._weighed._candidates import Candidate, key_of_amount
from tallysheet.extract._rules._weighed._probable import (
    DUE,
    GROSS,
    ISSUE_DATE,
    NET,
    NUMBER,
    SELLER,
    TAX,
    VAT_ID,
    Probable,
)
from tallysheet.model import Citation, Finding, Severity

SHORT = 4
"""Letters of a number that may as well be the number of something else on the page."""
SHARE = 0.4
"""How much of a number a word of it is at least that stands for all of it, or the other way."""


@dataclass(frozen=True)
class Doubt:
    """Below which probability a value is doubted, and how probable another one must be then."""

    below: float
    above: float


DOUBTS: dict[str, tuple[str, tuple[Doubt, ...]]] = {
    NUMBER: ("the number", (Doubt(0.3, 0.7), Doubt(0.7, 0.9))),
    ISSUE_DATE: ("the date of issue", (Doubt(0.7, 0.0), Doubt(0.95, 0.5))),
    SELLER: ("the seller", (Doubt(0.15, 0.7),)),
    VAT_ID: ("the seller's VAT number", (Doubt(0.5, 0.0), Doubt(0.85, 0.7))),
    NET: ("the total without VAT", (Doubt(0.3, 0.0),)),
    TAX: ("the VAT", (Doubt(0.9, 0.5),)),
    GROSS: ("the total", (Doubt(0.6, 0.0), Doubt(0.9, 0.1))),
    DUE: ("what is due", (Doubt(0.4, 0.05), Doubt(0.8, 0.5))),
}
"""What is doubted when, with how the field is called in a sentence."""


def doubt(probable: Probable, path: str, ways: Sequence[Any], citation: Citation) -> Finding | None:
    """A finding if a value, which stands where *citation* says, is not probable for that field.

    Args:
        probable: How probable each candidate of the page is.
        path: The field.
        ways: The value, and what else the page may print for it, as a total that was rounded.
        citation: Of the value.
    """
    keys = [_key(value) for value in ways]
    found = [
        (p, one, any(_is_same(path, one.key, k) for k in keys)) for p, one in probable.of(path)
    ]
    own = max((p for p, _, same in found if same), default=0.0)
    others = [(p, one) for p, one, same in found if not same]
    left = others
    if path == VAT_ID:
        # The fitted numbers may not have met the words that call a number the buyer's.
        left = [(p, one) for p, one in others if not is_called_theirs(probable.view, one.span)]
        if others and not left:
            return None
    likelier, other = next(iter(left), (0.0, None))
    called, several = DOUBTS[path]
    cases = (*several, *_more(path, keys[0], scanned=citation.page in probable.view.sheet.scanned))
    if not any(own < case.below and likelier >= case.above for case in cases):
        return None
    told = _told(probable, other) if other and likelier > 0.5 else ""
    return Finding(
        code=f"unlikely.{path}",
        severity=Severity.ERROR,
        fields=(path,),
        message=f"“{readable(citation.text or str(ways[0]))}” was read as {called}, but does not"
        f" stand as it usually does{told}: a person has to look.",
    )


def _told(probable: Probable, other: Candidate) -> str:
    sheet = probable.view.sheet
    line = readable(sheet.lines[other.span.line].text)[:60]
    return f"; “{readable(sheet.text(other.span))}” in “{line}” is likelier"


def _more(path: str, key: str, *, scanned: bool) -> Iterator[Doubt]:
    """What else is doubted: short numbers, and VAT numbers that OCR read."""
    if path == NUMBER and len(key) <= SHORT:
        yield Doubt(0.4, 0.0)
    if path == VAT_ID and scanned:
        yield Doubt(0.9, 0.0)


def _key(value: Any) -> str:
    if isinstance(value, Decimal):
        return key_of_amount(value)
    return value.isoformat() if isinstance(value, date) else letters(str(value))


def _is_same(path: str, one: str, other: str) -> bool:
    """Whether two keys are of one value, of which names and codes may be a part only."""
    shorter, longer = sorted((one, other), key=len)
    if path == NUMBER:
        return shorter in longer and len(shorter) >= SHARE * len(longer)
    if path == VAT_ID:
        return longer.endswith(shorter) or longer.removeprefix(shorter).upper() in SWISS_ENDS
    return shorter in longer if path == SELLER else one == other
