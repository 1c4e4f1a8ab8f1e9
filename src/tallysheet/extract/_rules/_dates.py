"""Finds dates on the page, in figures and in words.

A date in figures alone, such as 03/04/2024, is read day first or month first
for the whole document at once: see `day_first`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from tallysheet.extract._months import MONTHS
from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Line, Sheet, Span

MOST_DATES = 200
"""Dates that have a say in the order of day and month."""

_NAME = f"(?P<name>{'|'.join(sorted(MONTHS, key=len, reverse=True))})(?![a-z])"
OLD = 2015
"""Hardly anybody reads an invoice of a year before."""
FIRST_YEAR = 1970
"""The first of the hundred years that two figures may mean."""
_YEAR = (
    r"(?P<year>(?:19|20)\d\d(?=\d?\d:\d\d)"
    r"|(?:(?:19|20)\d\d|'?\d\d(?!, (?:19|20)\d\d))(?![\d/]|[.,]\d))"
)
"""A year of four digits may have the time glued to it, as OCR often reads it."""
_FORMS = (
    re.compile(
        r"(?<![\w.,/-])(?P<year>(?:19|20)\d\d)(?:[-/]|\. ?)(?P<month>\d{1,2})"
        r"(?:[-/]|\. ?)(?P<day>\d{1,2})"
        r"(?!\d|[.,/-]\d)"
    ),
    re.compile(
        r"(?<![\w.,/])(?P<first>\d{1,2}) ?(?P<mark>[./-]) ?(?P<second>\d{1,2}) ?(?P=mark) ?" + _YEAR
    ),
    re.compile(r"(?<![\w.,/])(?P<day>\d{1,2})/(?P<month>\d{1,2}) ?- ?" + _YEAR),
    re.compile(
        r"(?<![\w,/])(?<!\d{3}-)(?P<day>\d{1,2})(?: ?(?:st|nd|rd|th)|er|re|\.|o)?[ ./-]{0,2}"
        r"(?:de |of |d' ?)?" + _NAME + r" ?[.,]?[ ./-]{0,2}(?:de |del |of )?" + _YEAR
    ),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)\. ?" + _NAME + r" (?P<day>\d{1,2})(?!\d)\.?"),
    re.compile(
        r"(?<![a-z])" + _NAME + r"\.?[ -]?(?P<day>\d{1,2})(?:st|nd|rd|th)? ?[.,]? ?"
        r"(?P<year>(?:19|20)\d\d)(?!\d)"
    ),
)

_SHORT = re.compile(r"(\d\d)-(\d\d)-(\d\d)")
_BLURRED = re.compile(
    r"(?<![\w.,/])(?P<first>\d\d)(?P<mark>[./-])(?P<second>\d\d)[./-]?(?P<year>20\d\d)(?![\d/])"
)
"""As OCR reads dates at times: ``14/06-2026``, ``14/062026``."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date on the page; in figures alone it may be one of two."""

    span: Span
    day_first: date | None
    """What it is if the day is written first; the same as the other where it is plain."""
    month_first: date | None

    def read(self, *, day_first: bool) -> date | None:
        """The date, by the order of the document, if there is such a day."""
        return (
            self.day_first or self.month_first if day_first else self.month_first or self.day_first
        )

    @property
    def plain(self) -> bool:
        """Whether it can be read in one way only."""
        return self.day_first == self.month_first or not (self.day_first and self.month_first)


def find_dates(sheet: Sheet) -> list[list[Day]]:
    """The dates of each line of *sheet*, left to right."""
    found = [
        sorted(
            _dates_of(line, (*_FORMS, _BLURRED) if line.page in sheet.scanned else _FORMS),
            key=lambda day: day.span,
        )
        for line in sheet.lines
    ]
    years = {
        value.year
        for row in found
        for day in row
        if (value := day.read(day_first=True)) and str(value.year) in sheet.text(day.span)
    }
    return [[_year_first(sheet, day, years) for day in row] for row in found]


def _year_first(sheet: Sheet, day: Day, years: Set[int]) -> Day:
    """``26-01-19`` as the Swedes write it, where the other dates of the page are of that year.

    Where the page has no year of four digits, so is what would be older than `OLD` otherwise.
    """
    parts = _SHORT.fullmatch(sheet.text(day.span).strip(".,;:"))
    near = {year + more for year in years for more in (-1, 0, 1)}
    value = day.read(day_first=True)
    if parts is None or value is None or value.year in near:
        return day
    swedish = _date(2000 + int(parts[1]), int(parts[2]), int(parts[3]))
    older = not years and swedish and value.year < OLD <= swedish.year
    fits = swedish and (swedish.year in near or older)
    return Day(day.span, swedish, swedish) if fits else day


def day_first(
    dates: Iterable[Iterable[Day]], *, days_to_pay: Set[int], usual: bool | None
) -> bool | None:
    """Whether the day comes before the month in this document, or nothing if nobody can tell.

    A date that has only one reading decides; else two dates that lie as many
    days apart as the terms of payment name, in one order only; else what is
    *usual* where the document comes from.
    """
    rows = [day for row in dates for day in row][:MOST_DATES]
    votes = 0
    for day in rows:
        if day.day_first and not day.month_first:
            votes += 1
        elif day.month_first and not day.day_first:
            votes -= 1
    if votes:
        return votes > 0
    fits = {order: _lie_apart(rows, days_to_pay, day_first=order) for order in (True, False)}
    if fits[True] != fits[False]:
        return fits[True]
    return usual


def _lie_apart(rows: list[Day], days_to_pay: Set[int], *, day_first: bool) -> bool:
    read = {value for day in rows if (value := day.read(day_first=day_first))}
    return any(day + timedelta(days=days) in read for day in read for days in days_to_pay)


def _dates_of(line: Line, forms: Sequence[re.Pattern[str]]) -> Iterator[Day]:
    text, owners = _with_owners(line)
    if not any(char.isdigit() for char in text):
        return
    taken: set[int] = set()
    for form in forms:
        for found in form.finditer(text):
            letters = range(found.start(), found.end())
            first, last = owners[letters[0]], owners[letters[-1]] + 1
            readings = _readings(found.groupdict())
            if readings and taken.isdisjoint(letters):
                taken.update(letters)
                yield Day(Span(line.number, first, last), *readings)


def _with_owners(line: Line) -> tuple[str, list[int]]:
    """The folded text of *line*, and for each letter the number of its word."""
    parts: list[str] = []
    owners: list[int] = []
    for at, word in enumerate(line.words):
        part = fold(word.text[:40]) + " "
        parts.append(part)
        owners += [at] * len(part)
    return "".join(parts), owners


def _readings(found: Mapping[str, str | None]) -> tuple[date | None, date | None] | None:
    year = int((found["year"] or "0").lstrip("'"))
    if year < 100:
        year += 2000 if year < FIRST_YEAR % 100 else 1900
    if found.get("name"):
        month = MONTHS.get(found["name"] or "")
        plain = _date(year, month or 0, int(found["day"] or 0))
        return (plain, plain) if plain else None
    if found.get("month"):
        plain = _date(year, int(found["month"] or 0), int(found["day"] or 0))
        return (plain, plain) if plain else None
    first, second = int(found["first"] or 0), int(found["second"] or 0)
    readings = _date(year, second, first), _date(year, first, second)
    if found["mark"] == ".":
        readings = (readings[0], readings[0]) if readings[0] else readings
    return readings if any(readings) else None


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= FIRST_YEAR + 139:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
