"""One document as the rules see it: its lines, and all labels, figures and dates on them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Generic, TypeVar

from tallysheet.extract._currencies import (
    CODES,
    COUNTRIES,
    LANDS,
    is_written,
    mark_of,
    told_apart,
)
from tallysheet.extract._rules._dates import Day, day_first, find_dates
from tallysheet.extract._rules._labels import Label, find_labels, languages_of, tokens
from tallysheet.extract._rules._layout import Line, Sheet, Span, sheet_of
from tallysheet.extract._rules._names import has_suffix
from tallysheet.extract._rules._numbers import Figure, find_figures
from tallysheet.extract._rules._terms import days_to_pay
from tallysheet.model import Parsed

V = TypeVar("V")

_STATE = re.compile(r"[A-Za-z]{2},? [A-Z]{2} \d{5}(?:-\d{4})?(?!\d)")
"""City, state and ZIP code."""
_IN_CANADA = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b")
"""A postcode of Canada."""
_NOT_AMERICAN = ("vat", "gst", "abn", "canada", "singapore", "uk", "kingdom", "australia", "eur")

_LAND = re.compile(r"[A-Z]{2}\d{2}[A-Z\d]{0,4}\d{3}|[A-Z]{2}U?\d{8,11}|CHE-?\d{3}|[A-Z]{2}\d{2}$")
"""An account number or a tax number, or how one begins."""

PARTIES = frozenset(["seller", "buyer", "ship_to"])

CLEAR = 0.6
"""The share of the marks of two currencies that one must have."""
_ENCLOSED = re.compile(r"[^\W\d]*\((?P<mark>[^()\d]{1,4})\)")
"""A currency in brackets, as in the heading ``Amount(RM)``."""

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
    def american(self) -> bool:
        """Whether an address in the United States is on it."""
        return bool(self.words["usa"]) or _in_a_state(self.sheet) is not None

    @cached_property
    def english(self) -> bool:
        """Whether no other language has more labels on it, nor several the only ones."""
        foreign = any("en" not in label.languages for row in self.labels for label in row)
        most = max(self.languages.values(), default=0)
        return self.languages["en"] >= most and (most > 0 or not foreign)

    @cached_property
    def _lands(self) -> frozenset[str]:
        """The currencies of lands in North America that have an address on it."""
        canadian = any(_IN_CANADA.search(line.text) for line in self.sheet.lines[:60])
        return frozenset(["USD"] * self.american + ["CAD"] * canadian)

    @cached_property
    def currency(self) -> Found[str] | None:
        """The currency most amounts are marked with."""
        named = [
            found
            for row in self.labels
            for label in row
            if "currency" in label.terms and (found := self._named(label))
        ]
        if named:
            return named[0] if len({found.value for found in named}) == 1 else None
        votes: Counter[str] = Counter()
        total, aside = self._total_lines, self._aside
        first: dict[str, Span] = {}
        for figure in self.all_figures():
            if figure.span.line in aside:
                continue
            if mark_of(figure.currency) and not self.apart(figure.currency):
                return None
            # Where amounts have places, "BHD (139386" and "KR600" are none.
            amount = figure.places > 0 or not figure.currency.isalpha() or not self.has_places
            code = self.apart(figure.currency) if figure.currency and amount else ""
            if code:
                votes[code] += 6 if figure.span.line in total else 2
                first.setdefault(code, figure.span)
        for line in self.sheet.lines:
            for at, word in enumerate(() if line.number in aside else line.words):
                code = word.text.strip("().:,;*/[]")
                enclosed = _ENCLOSED.fullmatch(word.text)
                known = code in COUNTRIES.values() or code == "USD"
                code = code if known else self.apart(enclosed["mark"]) if enclosed else ""
                if code:
                    votes[code] += 3 if line.number in total else 1
                    first.setdefault(code, Span(line.number, at, at + 1))
        if not votes:
            return self._of_the_land()
        (code, most), *others = votes.most_common(2)
        sure = most / (most + (others[0][1] if others else 0))
        if sure < CLEAR:
            return None
        return Found(code, first[code], round(0.45 + 0.5 * sure, 3), "pattern")

    def apart(self, symbol: str) -> str:
        """The currency that *symbol* stands for here; empty where nobody can tell.

        A code that the page prints beside a total says it, whatever lands it names. One that it
        prints anywhere else, and no land agrees with, leaves it open.
        """
        code = told_apart(symbol, self.words, lands=self._lands, english=self.english)
        if mark_of(symbol) in ("", symbol):
            return code
        printed = [(other, line) for other, line in self._codes if is_written(other, symbol)]
        codes = {other for other, _ in printed}
        said = {other for other, line in printed if line in self._total_lines}
        if len(said) == 1 or (not code and len(codes) == 1):
            return (said or codes).pop()
        return code if codes <= {code} else ""

    @cached_property
    def _codes(self) -> list[tuple[str, int]]:
        """Codes of currencies that the page prints, and their lines."""
        return [
            (code, line.number)
            for line in self.sheet.lines
            for word in (() if line.number in self._aside else line.words)
            if (code := word.text.strip("().:,;*/[]")) in CODES
        ]

    @cached_property
    def _total_lines(self) -> frozenset[int]:
        """Lines that begin with the label of a total."""
        return frozenset(
            label.span.line
            for term in ("gross", "due")
            for label in self.labelled(term)
            if label.leads
        )

    @cached_property
    def _aside(self) -> frozenset[int]:
        """Lines of what is no sum of this invoice."""
        return frozenset(label.span.line for label in self.labelled("not_total"))

    def _of_the_land(self) -> Found[str] | None:
        """The currency of the one land that accounts, tax numbers and legal forms point to."""
        if any(figure.currency for figure in self.all_figures()):
            return None
        found: dict[str, Span] = {}
        for line in self.sheet.lines:
            for at, word in enumerate(line.words):
                code = COUNTRIES.get(word.text[:2])
                taxed = word.text in COUNTRIES and any(
                    "vat_id" in label.terms or "tax" in label.terms
                    for label in self.labels[line.number]
                    if label.span.last == at
                )
                if not (code and (taxed or _LAND.match(word.text))):
                    code = next(
                        (LANDS[token] for token in tokens(word.text[:40]) if token in LANDS), None
                    )
                if code:
                    found.setdefault(code, Span(line.number, at, at + 1))
        state = _in_a_state(self.sheet)
        if state is not None:
            found.setdefault("USD", Span(state.number, 0, len(state.words)))
        if len(found) != 1:
            return None
        ((code, span),) = found.items()
        return Found(code, span, 0.6, "context")

    def _named(self, label: Label) -> Found[str] | None:
        words = self.sheet.lines[label.span.line].words
        for at in range(label.span.last, min(len(words), label.span.last + 4)):
            code = self.apart(words[at].text.strip("().:,;*"))
            if code:
                return Found(code, Span(label.span.line, at, at + 1), 0.95, "label")
        return None


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
        sheet, (day.span for row in days for day in row), "." if english else ","
    )
    marks = Counter(figure.currency for row in figures for figure in row if figure.currency)
    order = day_first(
        days,
        days_to_pay={count for line in sheet.lines for count in days_to_pay(line.text)},
        usual=_usual_order(sheet, marks, words) if english else True,
    )
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


def meets(span: Span, other: Span) -> bool:
    """Whether two spans share a word."""
    return span.line == other.line and span.first < other.last and other.first < span.last


def _in_a_state(sheet: Sheet) -> Line | None:
    """The line with an address in the United States."""
    return next((line for line in sheet.lines[:60] if _STATE.search(line.text)), None)


def _usual_order(sheet: Sheet, marks: Counter[str], words: Counter[str]) -> bool | None:
    """Whether the day is written first where an English page comes from; nothing if unclear."""
    if _in_a_state(sheet) is not None or words["usa"]:
        return False
    if any(words[word] for word in _NOT_AMERICAN):
        return True
    if marks["$"] or marks["USD"] or marks["US$"]:
        return False
    return True if marks else None
