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
from itertools import product
from typing import Any

from tallysheet.extract._rules._corrections import CORRECTIONS
from tallysheet.extract._rules._draft import Gathered, readable
from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._owners import is_called_theirs
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
from tallysheet.extract._rules._weighed._whole import is_titled, whole_number
from tallysheet.model import Finding, Severity

Weighed = Sequence[tuple[float, Candidate]]

METHOD = "weighed"
"""How a citation says that its value was found here."""
SURE, NUMBER_SURE, TITLED_SURE, BOTH_SURE = 0.95, 0.9, 0.75, 0.7
"""From this probability on a value is taken that the rules did not find: a date or a seller, a
number or a total, a number right behind a title, and net and VAT together."""
MOST_PARTS = 5
"""Amounts that are tried as net, and as VAT, the most probable first."""
SCORE = 0.55
"""Of such a value: nothing calls it so, which e-invoices and models are not contradicted by."""
FEWEST_LINES = 8
"""Lines of a page of which something can be said: the numbers were fitted to whole ones."""
OTHER_DATES = ("due_date", "delivery_date", "other_date", "period", "terms", "number")
"""Terms of labels that call a date another one than that of issue."""
DUE = "totals.due"
"""Where nothing is due words may say so, of which no figure is weighed."""
TAX, GROSS = "totals.tax", "totals.gross"
NET = "totals.net"
"""Where it is the total nothing is said of it but what is said of that."""
SUMS = (NET, TAX, GROSS, DUE)
SHORT = 4
"""Letters of a number that may as well be the number of something else on the page."""
VAT_ID = "seller.vat_id"
"""What words call the buyer's is no likelier one, though the numbers may not know the words."""
SUFFIXES = ("mwst", "tva", "iva", "vat")
"""What may stand behind a Swiss VAT number, which is the same without it."""
SHARE = 0.4
"""How much of a number a word of it is at least that stands for all of it, or the other way."""


@dataclass(frozen=True)
class Doubt:
    """Below which probability a value is doubted, and how probable another one must be then."""

    below: float
    above: float


DOUBTS: dict[str, tuple[str, tuple[Doubt, ...]]] = {
    "number": ("the number", (Doubt(0.3, 0.7), Doubt(0.7, 0.9))),
    "issue_date": ("the date of issue", (Doubt(0.7, 0.0), Doubt(0.95, 0.5))),
    "seller.name": ("the seller", (Doubt(0.15, 0.7),)),
    VAT_ID: ("the seller's VAT number", (Doubt(0.5, 0.0), Doubt(0.85, 0.7))),
    NET: ("the total without VAT", (Doubt(0.3, 0.0),)),
    TAX: ("the VAT", (Doubt(0.9, 0.5),)),
    GROSS: ("the total", (Doubt(0.6, 0.0), Doubt(0.9, 0.1))),
    DUE: ("what is due", (Doubt(0.4, 0.05), Doubt(0.8, 0.5))),
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
        """Put the number, the date, the seller and the sums into *gathered*, where they are none.

        Sums are put where net and VAT make the total, and all three are probable.
        A number is put where the title says that the page is an invoice: others have numbers
        too. A date that a label calls another one stays out, and so does one behind a colon, since
        something nobody knows is said of it, one of an item, and one of which nobody knows the
        day from the month; a seller does where the rules found two. Corrections show the date
        and the number of what they correct: neither is filled in there.
        """
        if not self._speaks:
            return
        if not _corrects(gathered):
            if "number" not in gathered.values and "kind" in gathered.values:
                gathered.put("number", self._number())
            if "issue_date" not in gathered.values:
                gathered.put("issue_date", self._date())
        if "seller.name" not in gathered.values and not self._parties.sellers:
            gathered.put("seller.name", self._seller())
        if GROSS not in gathered.values:
            found = self._sums()
            if all(gathered.values.get(path) in (None, one.value) for path, one in found.items()):
                for path, one in found.items():
                    gathered.put(path, None if path in gathered.values else one)

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
            if path == DUE and value == 0:
                continue
            if path == NET and value == gathered.values.get(GROSS):
                continue
            key = _key(value)
            found = self._weighed(path)
            own = max((p for p, one in found if _is_same(path, one.key, key)), default=0.0)
            others = [(p, one) for p, one in found if not _is_same(path, one.key, key)]
            left = [
                (p, one)
                for p, one in others
                if path != VAT_ID or not is_called_theirs(self._view, one.span)
            ]
            if others and not left:
                continue
            other = next(iter(left), (0.0, None))
            scanned = citation.page in self._view.sheet.scanned
            cases = (*several, *_more(path, value, scanned=scanned))
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

    def _number(self) -> Found[str] | None:
        one = self._best("number", TITLED_SURE)
        if one is None:
            return None
        sure = is_titled(self._view, one.span) or self._best("number", NUMBER_SURE)
        text = whole_number(self._view, one.span) if sure else None
        return Found(text, one.span, SCORE, METHOD) if text else None

    def _date(self) -> Found[date] | None:
        one = self._best("issue_date")
        if one is None:
            return None
        day = next(day for day in self._view.days[one.span.line] if day.span == one.span)
        value = self._view.day(day)
        called = any(one.numbers[f"called {term}"] for term in OTHER_DATES) or any(
            "due" in label.terms and label.span.last == one.span.first
            for label in self._view.labels[one.span.line]
        )
        if value is None or called or one.numbers["colon"] or one.numbers["item"]:
            return None
        return Found(value, one.span, SCORE, METHOD)

    def _seller(self) -> Found[str] | None:
        one = self._best("seller.name")
        if one is None:
            return None
        name = next(name for name, other in self._names if other.span == one.span)
        return Found(name, one.span, SCORE, METHOD)

    def _sums(self) -> dict[str, Found[Decimal]]:
        """The total and the net and VAT that make it; nothing where any of them is unsure."""
        gross = self._best(GROSS, NUMBER_SURE)
        if gross is None:
            return {}
        values = {one.span: one.value for one in self._view.all_figures()}
        parts = product(self._weighed(NET)[:MOST_PARTS], self._weighed(TAX)[:MOST_PARTS])
        made = [
            (one[0] * other[0], one[1], other[1])
            for one, other in parts
            if values[one[1].span] + values[other[1].span] == values[gross.span]
            and values[one[1].span] > 0 < values[other[1].span]
        ]
        probability, net, tax = max(made, key=lambda one: one[0], default=(0.0, gross, gross))
        if probability < BOTH_SURE:
            return {}
        return {
            path: Found(values[one.span], one.span, SCORE, METHOD)
            for path, one in ((NET, net), (TAX, tax), (GROSS, gross))
        }

    def _best(self, path: str, sure: float = SURE) -> Candidate | None:
        """What is most probable, where it is sure enough."""
        probability, one = next(iter(self._weighed(path)), (0.0, None))
        return one if probability >= sure else None

    def _weighed(self, path: str) -> Weighed:
        return weights()[path].probabilities(self._candidates(path))

    def _candidates(self, path: str) -> Sequence[Candidate]:
        if path.startswith("totals."):
            return self._amounts
        if path == "issue_date":
            return list(days(self._around, self._items))
        if path == "number":
            return list(codes(self._around, self._items))
        if path == VAT_ID:
            return list(tax_numbers(self._around, self._parties))
        return [one for _, one in self._names]

    @cached_property
    def _amounts(self) -> Sequence[Candidate]:
        return list(amounts(self._around, self._items))

    @cached_property
    def _names(self) -> Sequence[tuple[str, Candidate]]:
        return list(names(self._around))


def _more(path: str, value: Any, *, scanned: bool) -> Iterator[Doubt]:
    """What else is doubted: short numbers, and VAT numbers that OCR read."""
    if path == "number" and len(_key(value)) <= SHORT:
        yield Doubt(0.4, 0.0)
    if path == VAT_ID and scanned:
        yield Doubt(0.9, 0.0)


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
    shorter, longer = sorted((one, other), key=len)
    if path == "number":
        return shorter in longer and len(shorter) >= SHARE * len(longer)
    if path == VAT_ID:
        return longer.endswith(shorter) or longer.removeprefix(shorter) in SUFFIXES
    return shorter in longer if path == "seller.name" else one == other
