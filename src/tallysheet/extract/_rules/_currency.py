"""The currency of one document: by a label, by what stands beside amounts, or by its land."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tallysheet.extract._currencies import (
    CODES,
    COUNTRIES,
    LOCAL,
    is_written,
    mark_of,
    told_apart,
)
from tallysheet.extract._rules._labels import Label, find_labels, fold
from tallysheet.extract._rules._lands import (
    BRITISH,
    GST,
    GST_NUMBER,
    GST_RATE,
    IN_CANADA,
    MOST_HEADINGS,
    currencies_of,
    in_a_state,
)
from tallysheet.extract._rules._layout import Line, Sheet, Span
from tallysheet.extract._rules._names import postcode
from tallysheet.extract._rules._numbers import Figure

CLEAR = 0.6
"""The share of the marks of two currencies that one must have."""
_ENCLOSED = re.compile(r"(?P<before>[^\W\d]*)\((?P<mark>[^()\d]{1,4})\):?")
"""A currency in brackets, as in the heading ``Amount(RM)``."""
_AROUND = "().:,;*/[]"
"""What may stand around a code."""
_ORIGIN = "DOP"
"""Ham and tomatoes of protected origin in Italian, Spanish and Portuguese, and Dominican pesos."""
_LOOSE = frozenset([*COUNTRIES.values(), "USD"]) - {"RON", _ORIGIN}
"""Codes that count wherever they stand; others are words and names as well, as Ron is."""
_FEE = re.compile(r"\b40(?:[.,]00)? ?(?:eur\b|euros?\b|\u20ac)|\u20ac ?40\b")
"""What late payment costs in the European Union (Directive 2011/7/EU, article 6)."""
PROSE = 8
"""Words of a line that is a sentence."""
SUMS = frozenset(["gross", "due", "net", "tax", "lines"])
"""What labels call amounts of this invoice."""
_KIND = "Kz"
"""It heads the kind of tax on German bills (Kennzeichen); beside an amount it is the kwanza."""
_EUROS = frozenset(["euro", "euros"])
"""A currency by its name, in a cell of its own: the heading of amounts."""
FEWEST_HEADINGS = 1
"""More headings than that make the line that heads a table."""


class Sighting(NamedTuple):
    """A currency, where the page says it, how sure that is from 0 to 1, and how it was found."""

    code: str
    span: Span
    score: float
    method: str


@dataclass(frozen=True)
class Money:
    """What the page says of its currency."""

    sheet: Sheet
    labels: Sequence[Sequence[Label]]
    figures: Sequence[Sequence[Figure]]
    words: Counter[str]
    """All folded words of the document."""
    english: bool
    has_places: bool
    """Whether amounts are written with two places here."""

    @cached_property
    def currency(self) -> Sighting | None:
        """The currency that a label names, else that most amounts are marked with."""
        labels = (label for row in self.labels for label in row if "currency" in label.terms)
        named = [found for label in labels if (found := self._named(label))]
        if named:
            return named[0] if len({found.code for found in named}) == 1 else None
        marks = list(self._marks())
        if any(not code for code, _, _ in marks):
            return None
        if not marks:
            return self._of_the_land()
        votes: Counter[str] = Counter()
        first: dict[str, Span] = {}
        for code, weight, span in marks:
            votes[code] += weight
            first.setdefault(code, span)
        (code, most), *others = votes.most_common(2)
        sure = most / (most + (others[0][1] if others else 0))
        if sure < CLEAR or (code == "EUR" and self._is_british()):
            return None
        if not self._is_of_sums([span for other, _, span in marks if other == code]):
            lands = self._by_land.keys() | self._lands
            if lands and code not in lands:
                return None
        return Sighting(code, first[code], round(0.45 + 0.5 * sure, 3), "pattern")

    def _is_british(self) -> bool:
        """Whether OCR read the page and it has addresses of Great Britain: € may be £ there."""
        postcodes = sum(bool(BRITISH.search(line.text)) for line in self.sheet.lines)
        return bool(self.sheet.scanned) and postcodes > 1

    def apart(self, symbol: str) -> str:
        """The currency that *symbol* stands for here; empty where nobody can tell.

        A code that the page prints beside a total, or in brackets in the heading of amounts, says
        it, whatever lands it names. One that it prints anywhere else, and no land agrees with,
        leaves it open.
        """
        code = told_apart(symbol, self.words, lands=self._lands, english=self.english)
        if mark_of(symbol) in ("", symbol):
            return code
        printed = [(other, plain) for other, plain in self._codes if is_written(other, symbol)]
        codes = {other for other, _ in printed}
        said = {other for other, plain in printed if plain}
        if len(said) == 1 or (not code and len(codes) == 1):
            return (said or codes).pop()
        return code if codes <= {code} else ""

    def _marks(self) -> Iterator[tuple[str, int, Span]]:
        """What is marked with which currency, and what that weighs; no code if nobody can tell."""
        total = self._total_lines
        for line, row in zip(self.sheet.lines, self.figures, strict=True):
            if line.number in self._aside | self._of_fees:
                continue
            beside: set[int] = set()
            for figure in row:
                beside.update(range(figure.span.first, figure.span.last))
                code = self.apart(figure.currency)
                # Where amounts have places, "BHD (139386" and "KR600" are none.
                amount = figure.places > 0 or not figure.currency.isalpha() or not self.has_places
                if figure.currency == _ORIGIN and not self.words["rnc"]:
                    continue
                if (code and amount) or (not code and mark_of(figure.currency)):
                    yield code, 6 if line.number in total else 2, figure.span
            for at in range(len(line.words)):
                code = self._alone(line, at, taken=at in beside)
                if code:
                    alone = at not in beside and self._is_head(line, at)
                    weight = 6 if alone else 3
                    yield code, weight if line.number in total else 1, Span(line.number, at, at + 1)

    def _alone(self, line: Line, at: int, *, taken: bool) -> str:
        """The currency that a word is a code of, or a sign that stands in a column of its own."""
        text = line.words[at].text
        code = text.strip(_AROUND)
        if code in _LOOSE:
            return code
        if len(code) > 1 and code != _KIND and mark_of(code) and self._is_head(line, at):
            return self.apart(code)
        enclosed = _ENCLOSED.fullmatch(text)
        if (
            enclosed
            and postcode(line.text) is None
            and (enclosed["before"] or self._is_labelled(line.number, at))
        ):
            return self.apart(enclosed["mark"])
        sign = not taken and len(text) == 1 and not text.isalpha() and self.figures[line.number]
        span = line.cell_of(at).span
        heading = text.casefold() in _EUROS and span.last - span.first == 1
        return self.apart(text) if (sign and mark_of(text)) or heading else ""

    def _is_head(self, line: Line, at: int) -> bool:
        """Whether that word is a heading of amounts, or ends the label of a total."""
        span = line.cell_of(at).span
        alone = span.last - span.first == 1 and len(self._headings[line.number]) > FEWEST_HEADINGS
        if alone and any(word.text.endswith(":") for word in line.words):
            return False  # “CLERK: RON”
        ends = span.last == at + 1 and span.first < at
        headed = len(self._headings[line.number]) > 1 and self._is_labelled(line.number, at)
        return alone or (ends and (headed or line.number in self._total_lines))

    def _is_labelled(self, number: int, at: int) -> bool:
        """Whether the label of a sum or the heading of a column ends before that word."""
        rows = [*self.labels[number], *self._headings[number]]
        return any(label.span.last in (at, at + 1) for label in rows)

    @cached_property
    def _headings(self) -> list[list[Label]]:
        return find_labels(self.sheet, "columns")

    @cached_property
    def _lands(self) -> frozenset[str]:
        """The currencies of lands with dollars that an address or a tax points to."""
        head = self.sheet.lines[:MOST_HEADINGS]
        canadian = any(IN_CANADA.search(line.text) for line in head)
        american = self.words["usa"] or in_a_state(self.sheet)
        texts = [fold(line.text) for line in self.sheet.lines]
        by_tax = {GST[found["rate"]] for text in texts if (found := GST_RATE.search(text))}
        by_tax |= {"NZD"} if any(map(GST_NUMBER.search, texts)) else set()
        return frozenset(["USD"] * bool(american) + ["CAD"] * canadian) | by_tax

    @cached_property
    def _codes(self) -> list[tuple[str, bool]]:
        """Codes of currencies that the page prints, and whether beside what they are of."""
        return [
            (code, line.number in self._total_lines or self._heads(line.number, at))
            for line in self.sheet.lines
            for at, word in enumerate(() if line.number in self._aside else line.words)
            if (code := word.text.strip(_AROUND)) in CODES
        ]

    def _heads(self, number: int, at: int) -> bool:
        """Whether that word stands in brackets behind the heading of a column."""
        text = self.sheet.lines[number].words[at].text
        return bool(_ENCLOSED.fullmatch(text)) and self._is_labelled(number, at)

    @cached_property
    def _total_lines(self) -> frozenset[int]:
        """Lines that begin with the label of a total."""
        return frozenset(
            label.span.line
            for row in self.labels
            for label in row
            if label.leads and label.terms.keys() & {"gross", "due"}
        )

    @cached_property
    def _aside(self) -> frozenset[int]:
        """Lines of what is no sum of this invoice."""
        return frozenset(
            label.span.line for row in self.labels for label in row if "not_total" in label.terms
        )

    @cached_property
    def _of_fees(self) -> frozenset[int]:
        """Lines of sentences on what late payment costs."""
        return frozenset(
            line.number
            for line in self.sheet.lines
            if len(line.words) > PROSE and _FEE.search(fold(line.text))
        )

    def _of_the_land(self) -> Sighting | None:
        """The currency of the one land that accounts, tax numbers and legal forms point to.

        No sum of the invoice is marked; a share capital may be, and then must not disagree.
        """
        found = self._by_land
        if self._is_marked_locally():
            return None
        marked = {
            self.apart(one.currency)
            for number, row in enumerate(self.figures)
            for one in row
            if one.currency and number not in self._of_fees
        }
        if len(found) != 1 or not marked <= found.keys():
            return None
        ((code, span),) = found.items()
        return Sighting(code, span, 0.6, "context")

    @cached_property
    def _by_land(self) -> Mapping[str, Span]:
        return currencies_of(self.sheet, self.labels)

    def _is_of_sums(self, marks: Sequence[Span]) -> bool:
        """Whether one of *marks* stands with a sum, in a heading, or with one of several amounts.

        One in a sentence alone may be that of a capital, a fee or another account.
        """
        priced = {one.line for one in marks if any(fig.money for fig in self.figures[one.line])}
        return (
            len(priced) > 1
            or any(self._is_head(self.sheet.lines[one.line], one.first) for one in marks)
            or any(label.terms.keys() & SUMS for line in priced for label in self.labels[line])
        )

    def _is_marked_locally(self) -> bool:
        """Whether a total has a letter before it that is a currency in some lands: “R 3 749,00”."""
        for number in self._total_lines:
            words = self.sheet.lines[number].words
            before = (words[one.span.first - 1].text for one in self.figures[number] if one.money)
            if any(mark in LOCAL for mark in before):
                return True
        return False

    def _named(self, label: Label) -> Sighting | None:
        words = self.sheet.lines[label.span.line].words
        for at in range(label.span.last, min(len(words), label.span.last + 4)):
            code = self.apart(words[at].text.strip(_AROUND))
            if code:
                return Sighting(code, Span(label.span.line, at, at + 1), 0.95, "label")
        return None
