"""One document as the rules see it: its lines, and all labels, figures and dates on them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Generic, TypeVar

from stdnum.eu import vat

from tallysheet.extract._currencies import local_marks
from tallysheet.extract._rules._currency import Money
from tallysheet.extract._rules._dates import Day, day_first, find_dates
from tallysheet.extract._rules._labels import Label, find_labels, languages_of, tokens
from tallysheet.extract._rules._lands import in_a_state
from tallysheet.extract._rules._layout import Sheet, Span, sheet_of
from tallysheet.extract._rules._names import has_suffix
from tallysheet.extract._rules._numbers import Figure, find_figures
from tallysheet.extract._rules._terms import days_to_pay
from tallysheet.model import Parsed

V = TypeVar("V")

_VAT_ID = re.compile(r"\b[A-Z]{2}[A-Z\d]{8,12}\b")
"""What may be a VAT number: its check digits tell."""
_NOT_AMERICAN = (
    *("vat", "gst", "abn", "singapore", "uk", "kingdom", "australia", "eur", "gstin", "cgst"),
    *("dubai", "uae", "pty", "nairobi", "lagos", "zealand", "ireland", "sdn"),
)

PARTIES = frozenset(["seller", "buyer", "ship_to"])

CONFIDENT = 0.5
"""A value that scores less is left out: absent beats wrong."""


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """A value, where it stands, how it was found and how sure that is, from 0 to 1."""

    value: V
    span: Span
    score: float
    method: str


@dataclass(frozen=True)
class View:
    """What can be seen on a document before any of it is given a meaning."""

    sheet: Sheet
    labels: list[list[Label]]
    days: list[list[Day]]
    figures: list[list[Figure]]
    languages: Counter[str]
    words: Counter[str]
    """All folded words of the document."""
    day_first: bool | None
    """Whether the day comes before the month; nothing if nobody can tell."""

    def day(self, day: Day) -> date | None:
        """What *day* is in the order of this document, if that is known."""
        if self.day_first is None and not day.plain:
            return None
        return day.read(day_first=self.day_first is not False)

    def labelled(self, term: str) -> Iterator[Label]:
        """All labels that may mean *term*, from top to bottom."""
        return (label for row in self.labels for label in row if term in label.terms)

    def all_figures(self) -> Iterator[Figure]:
        """All figures of the document, from top to bottom."""
        for row in self.figures:
            yield from row

    @cached_property
    def has_places(self) -> bool:
        """Whether amounts are written with two places here, as most currencies are."""
        return sum(figure.places == 2 and not figure.percent for figure in self.all_figures()) > 1

    def folded(self, line: int) -> list[str]:
        """The folded words of that line, letters and digits only."""
        return [token for word in self.sheet.lines[line].words for token in tokens(word.text[:40])]

    @cached_property
    def english(self) -> bool:
        """Whether no other language has more labels on it, nor several the only ones."""
        foreign = any("en" not in label.languages for row in self.labels for label in row)
        most = max(self.languages.values(), default=0)
        return self.languages["en"] >= most and (most > 0 or not foreign)

    @cached_property
    def _money(self) -> Money:
        return Money(
            self.sheet, self.labels, self.figures, self.words, self.english, self.has_places
        )

    @cached_property
    def currency(self) -> Found[str] | None:
        """The currency most amounts are marked with."""
        seen = self._money.currency
        return Found(seen.code, seen.span, seen.score, seen.method) if seen else None

    def apart(self, symbol: str) -> str:
        """The currency that *symbol* stands for here; empty where nobody can tell."""
        return self._money.apart(symbol)


def view_of(parsed: Parsed) -> View:
    """See all that is on *parsed*."""
    sheet = sheet_of(parsed)
    days = find_dates(sheet)
    labels = [
        [
            label
            for label in row
            if not _is_named(sheet, label) and not any(meets(label.span, day.span) for day in dated)
        ]
        for row, dated in zip(find_labels(sheet), days, strict=True)
    ]
    languages = languages_of(labels)
    words = Counter(
        token for line in sheet.lines for word in line.words for token in tokens(word.text[:40])
    )
    english = languages["en"] >= max(languages.values(), default=0)
    figures = find_figures(
        sheet,
        (day.span for row in days for day in row),
        "." if english else ",",
        local_marks(words),
    )
    labels = [
        [label for label in row if not any(_marks(label.span, one) for one in amounts)]
        for row, amounts in zip(labels, figures, strict=True)
    ]
    marks = Counter(figure.currency for row in figures for figure in row if figure.currency)
    usual = _usual_order(sheet, marks, words) if english else True
    terms = {count for line in sheet.lines for count in days_to_pay(line.text)}
    # Where the day is written first, two dates may lie that far apart by chance the other way.
    order = day_first(days, days_to_pay=set() if usual else terms, usual=usual)
    return View(sheet, labels, days, figures, languages, words, order)


def _is_named(sheet: Sheet, label: Label) -> bool:
    """Whether a word for a party is the name of one: a legal form stands right behind it."""
    line = sheet.lines[label.span.line]
    behind = line.words[label.span.last : label.span.last + 1]
    return bool(
        behind
        and label.terms.keys() <= PARTIES
        and label.span.last < line.cell_of(label.span.first).span.last
        and not line.words[label.span.last - 1].text.endswith(":")
        and has_suffix(f"{line.words[label.span.last - 1].text} {behind[0].text}")
    )


def _marks(span: Span, figure: Figure) -> bool:
    """Whether *span* is the currency of *figure*: ``RM`` is a register in Spain."""
    inside = figure.span.first <= span.first and span.last <= figure.span.last
    return bool(figure.currency) and inside and span.line == figure.span.line


def meets(span: Span, other: Span) -> bool:
    """Whether two spans share a word."""
    return span.line == other.line and span.first < other.last and other.first < span.last


def _is_european(sheet: Sheet) -> bool:
    """Whether a VAT number of the European Union stands on it, whoever has it."""
    found = (number for line in sheet.lines for number in _VAT_ID.findall(line.text[:500]))
    return any(vat.is_valid(number) for number in found)


def _usual_order(sheet: Sheet, marks: Counter[str], words: Counter[str]) -> bool | None:
    """Whether the day is written first where an English page comes from; nothing if unclear."""
    if _is_european(sheet):
        return True
    if in_a_state(sheet) is not None or words["usa"]:
        return False
    if words["canada"]:
        return None
    if any(words[word] for word in _NOT_AMERICAN):
        return True
    if marks["$"] or marks["USD"] or marks["US$"]:
        return False
    return True if marks else None
