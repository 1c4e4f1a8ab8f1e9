"""What the page makes most probable for a field, and what that says of what the rules read.

The rules look for labels that they know, and may take a label that means something else on this
page. What is said here sees the same labels, but weighs them with all else around a value, by
numbers that were fitted to documents of which the truth is known: where both agree a value is
right much more often than where they do not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from tallysheet.extract._rules._corrections import CORRECTIONS
from tallysheet.extract._rules._draft import Gathered, readable
from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._view import Found, View
from tallysheet.extract._rules._weighed._candidates import (
    Candidate,
    amounts,
    codes,
    days,
    key_of_amount,
)
from tallysheet.extract._rules._weighed._names import names
from tallysheet.extract._rules._weighed._owned import tax_numbers
from tallysheet.extract._rules._weighed._surroundings import Surroundings
from tallysheet.extract._rules._weighed._weights import weights
from tallysheet.model import Citation, Finding, Severity

Weighed = Sequence[tuple[float, Candidate]]

METHOD = "weighed"
"""How a citation says that its value was found here."""
SURE = 0.95
"""From this probability on a value is taken that the rules did not find."""
SCORE = 0.55
"""Of such a value: nothing calls it so, which e-invoices and models are not contradicted by."""
FEWEST_LINES = 8
"""Lines of a page of which something can be said: the numbers were fitted to whole ones."""
OTHER_DATES = ("due_date", "delivery_date", "other_date", "period", "terms", "number")
"""Terms of labels that call a date another one than that of issue."""
SUMS = ("totals.net", "totals.tax", "totals.gross")
SHORT = 4
"""Letters of a number that may as well be the number of something else on the page."""
SHARE = 0.4
"""How much of a number a word of it is at least, that stands for all of it."""


@dataclass(frozen=True)
class Doubt:
    """Below which probability a value is doubted, and how probable another one must be then."""

    below: float
    above: float


DOUBTS: dict[str, tuple[str, tuple[Doubt, ...]]] = {
    "number": ("the number", (Doubt(0.3, 0.7),)),
    "issue_date": ("the date of issue", (Doubt(0.3, 0.7), Doubt(0.5, 0.9))),
    "seller.name": ("the seller", (Doubt(0.15, 0.7),)),
    "seller.vat_id": ("the seller's VAT number", (Doubt(0.3, 0.0), Doubt(0.5, 0.5))),
    "totals.net": ("the total without VAT", (Doubt(0.3, 0.0),)),
    "totals.tax": ("the VAT", (Doubt(0.3, 0.5),)),
    "totals.gross": ("the total", (Doubt(0.6, 0.0),)),
}
"""What is doubted when, with how the field is called in a sentence."""


class Opinion:
    """What is most probable on one page, field by field; nothing is weighed before it is asked.

    Args:
        view: The page.
        items: The lines of the table.
        parties: Who sells and buys, by the rules.
    """

    def __init__(self, view: View, items: frozenset[int], parties: Parties) -> None:
        self._view = view
        self._items = items
        self._parties = parties
        self._around = Surroundings(view)
        self._speaks = len(view.sheet.lines) >= FEWEST_LINES

    def fill(self, gathered: Gathered) -> None:
        """Put the date and the seller into *gathered* where the rules found none.

        A date that a label calls another one stays out, and so does one behind a colon, since
        something nobody knows is said of it, one of an item, and one of which nobody knows the
        day from the month; a seller does where the rules found two. Corrections show the date
        of what they correct: none is filled in there.
        """
        if not self._speaks:
            return
        if "issue_date" not in gathered.values and not _corrects(gathered):
            gathered.put("issue_date", self._date())
        if "seller.name" not in gathered.values and not self._parties.sellers:
            gathered.put("seller.name", self._seller())

    def doubts(
        self, gathered: Gathered, known: Sequence[Finding], *, slip: bool = False
    ) -> Iterator[Finding]:
        """A finding for each value in *gathered* that is not probable on this page.

        Of what *known* findings doubt already nothing more is said, nor of the number of a
        correction, beside which that of the invoice stands, nor of the sums of a *slip*, on
        whose total cash and change agree.
        """
        if not self._speaks:
            return
        said = {path for finding in known for path in finding.fields}
        if slip:
            said.update(SUMS)
        if _corrects(gathered):
            said.add("number")
        for path, (called, several) in DOUBTS.items():
            if path in said:
                continue
            value = gathered.values.get(path)
            citation = gathered.citations.get(path)
            if value is None or citation is None or citation.method == METHOD:
                continue
            key = _key(value)
            found = self._weighed(path)
            own = max((p for p, one in found if _is_same(path, one.key, key)), default=0.0)
            other = next(
                ((p, one) for p, one in found if not _is_same(path, one.key, key)), (0.0, None)
            )
            cases = (*several, *_more(path, key, citation))
            if any(own < case.below and other[0] >= case.above for case in cases):
                yield self._about(path, called, citation.text or str(value), other)

    def _about(
        self, path: str, called: str, read: str, other: tuple[float, Candidate | None]
    ) -> Finding:
        probability, one = other
        sheet = self._view.sheet
        likelier = ""
        if one is not None and probability > 0.5:
            line = readable(sheet.lines[one.span.line].text)[:60]
            likelier = f"; “{readable(sheet.text(one.span))}” in “{line}” is likelier"
        return Finding(
            code=f"unlikely.{path}",
            severity=Severity.ERROR,
            fields=(path,),
            message=f"“{readable(read)}” was read as {called}, but does not stand as it usually"
            f" does{likelier}: a person has to look.",
        )

    def _date(self) -> Found[date] | None:
        one = self._best("issue_date")
        if one is None:
            return None
        day = next(day for day in self._view.days[one.span.line] if day.span == one.span)
        value = self._view.day(day)
        called = any(one.numbers[f"called {term}"] for term in OTHER_DATES)
        if value is None or called or one.numbers["colon"] or one.numbers["item"]:
            return None
        return Found(value, one.span, SCORE, METHOD)

    def _seller(self) -> Found[str] | None:
        one = self._best("seller.name")
        if one is None:
            return None
        name = next(name for name, other in self._names if other.span == one.span)
        return Found(name, one.span, SCORE, METHOD)

    def _best(self, path: str) -> Candidate | None:
        """What is most probable, where it is sure enough."""
        probability, one = next(iter(self._weighed(path)), (0.0, None))
        return one if probability >= SURE else None

    def _weighed(self, path: str) -> Weighed:
        return weights()[path].probabilities(self._candidates(path))

    def _candidates(self, path: str) -> Sequence[Candidate]:
        if path.startswith("totals."):
            return self._amounts
        if path == "issue_date":
            return list(days(self._around, self._items))
        if path == "number":
            return list(codes(self._around, self._items))
        if path == "seller.vat_id":
            return list(tax_numbers(self._around, self._parties))
        return [one for _, one in self._names]

    @cached_property
    def _amounts(self) -> Sequence[Candidate]:
        return list(amounts(self._around, self._items))

    @cached_property
    def _names(self) -> Sequence[tuple[str, Candidate]]:
        return list(names(self._around))


def _more(path: str, key: str, citation: Citation) -> Iterator[Doubt]:
    """What else is doubted: a number that is short, and a date that no label names."""
    if path == "number" and len(key) <= SHORT:
        yield Doubt(0.4, 0.0)
    if path == "issue_date" and citation.method != "label":
        yield Doubt(0.8, 0.0)


def _corrects(gathered: Gathered) -> bool:
    """Whether the page corrects an invoice, by its title or as it names one."""
    kind = gathered.values.get("kind")
    return kind in CORRECTIONS or "preceding_invoices[0].number" in gathered.values


def _key(value: Any) -> str:
    if isinstance(value, Decimal):
        return key_of_amount(value)
    return value.isoformat() if isinstance(value, date) else letters(str(value))


def _is_same(path: str, one: str, other: str) -> bool:
    """Whether two keys are of one value, of which names and codes may be a part only."""
    if path == "number":
        part = one in other or other in one
        return part and len(one) >= SHARE * len(other)
    if path in ("seller.vat_id", "seller.name"):
        return one in other or other in one
    return one == other
