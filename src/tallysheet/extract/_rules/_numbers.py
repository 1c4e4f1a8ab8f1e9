"""Finds figures on the page and reads them the way this document writes them.

``1.234`` is a thousand and more in Milan and one and a bit in Boston. Which it
is, is decided once for the whole document, from the figures that can be read
in one way only.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tallysheet.extract._currencies import mark_of
from tallysheet.extract._rules._layout import Line, Sheet, Span

MOST_DIGITS = 15
"""Digits of the longest figure that is taken for an amount."""
NARROW_GAP = 0.75
"""A space between groups of thousands is narrower than so many digits; or one digit wide
where all glyphs are."""
WIDE_GAP = 2.0
"""The same where what follows is no amount by itself, such as ``086,72``."""

_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "’": "'", "´": "'", "`": "'"})
_FIGURE = re.compile(
    r"(?P<before>[^\d\s]{0,8})"
    r"(?P<digits>\d[\d.,']{0,24})"
    r"(?P<after>[^\d\s]{0,8})"
)
_BLURRED = re.compile(r"\d{1,3}(?:\.\d{3})+\.\d{1,2}|\d{1,3}(?:,\d{3})+,\d{1,2}")
"""An amount with one mark for two, as OCR reads ``1.241,11``: the last group is too short."""
_DOLLARS = re.compile(r"S\d[\d,]*\.\d\d")
"""An amount in dollars as OCR reads it at times."""
FEWEST_SUMS = 2
"""Lines with words and one such amount that say how all are written."""
TAXED = "T"
"""What American programs print behind an amount that is taxed: ``620.00T``."""
_CENTS = re.compile(r"[.,]\d\d$")
_AFTER = re.compile(r"(?P<dash>[.,]?-{0,2})(?P<mark>[^\d()*-]*)(?P<close>\)?)(?P<minus>-?)[*:;.,]*")

MOST_BARE = 9
"""Digits of the longest amount without a mark in it: an account may stand behind a currency."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on the page."""

    span: Span
    value: Decimal
    places: int
    """Digits after the decimal mark; none in ``1,-``, which yet is an amount."""
    percent: bool
    currency: str
    """The code or symbol written beside it, or nothing."""
    money: bool
    """Whether it looks like an amount: with a currency, or with two places."""
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class _Raw:
    first: int
    last: int
    digits: str
    negative: bool
    percent: bool
    currency: str
    dash: bool


def find_figures(
    sheet: Sheet, dates: Iterable[Span], prior: str, marks: Container[str] = ()
) -> list[list[Figure]]:
    """The figures of each line, left to right.

    Args:
        sheet: The lines.
        dates: The words that are dates, and so no figures.
        prior: The decimal mark if nothing tells.
        marks: Letters that are a currency here, and no mark elsewhere.
    """
    taken: dict[int, set[int]] = {}
    for span in dates:
        taken.setdefault(span.line, set()).update(range(span.first, span.last))
    raw = [
        list(_raw_figures(line, taken.get(line.number, set()), line.page in sheet.scanned, marks))
        for line in sheet.lines
    ]
    decimal = decimal_mark((figure.digits for row in raw for figure in row), prior)
    # OCR takes commas for full stops; where they are usual, a space still parts thousands.
    spaced = "," in (decimal, prior) or _parts_by_space(sheet, raw)
    figures = []
    for line, row in zip(sheet.lines, raw, strict=True):
        joined = _joined(line, row, spaced=spaced)
        figures.append([figure for one in joined if (figure := _read(line, one, decimal))])
    return figures


def _parts_by_space(sheet: Sheet, raw: Iterable[list[_Raw]]) -> bool:
    """Whether amounts are written with a space: ``R22 452.40``, or all that sums have beside."""
    sums = 0
    for line, row in zip(sheet.lines, raw, strict=True):
        for one, more in pairwise(row):
            if not one.percent and _continues(line, one, more):
                if one.currency:
                    return True
                said = line.words[0].text.isalpha() and len(row) == 2
                sums += said and one.first < line.cells[-1].span.last
    return sums >= FEWEST_SUMS


def decimal_mark(digits: Iterable[str], prior: str) -> str:
    """Whether ``.`` or ``,`` is the decimal mark, by what can be read in one way only."""
    votes: Counter[str] = Counter({prior: 1})
    for text in digits:
        bare = text.rstrip(".,'")
        marks = [char for char in bare if char in ".,"]
        if not marks or _BLURRED.fullmatch(bare):
            continue
        after = len(bare) - bare.rindex(marks[-1]) - 1
        if len(set(marks)) == 2:
            votes[marks[-1]] += 3
        elif len(marks) > 1:
            votes["." if marks[0] == "," else ","] += 3
        elif after == 2:
            votes[marks[0]] += 2
        elif after != 3:
            votes[marks[0]] += 1
    return max(".,", key=lambda mark: votes[mark])


def number(digits: str, decimal: str) -> tuple[Decimal, int] | None:
    """Read ``1.234,5`` as 1234.5 with one place, where *decimal* is the usual mark."""
    text = digits.rstrip(".,'").replace("'", "").replace(" ", "")
    marks = [char for char in text if char in ".,"]
    cut = text.rindex(marks[-1]) if marks else len(text)
    after = len(text) - cut - 1
    one_kind = len(set(marks)) == 1 and not _BLURRED.fullmatch(text)
    if one_kind and (len(marks) > 1 or _thousands(text, after, decimal)):
        cut = len(text)
    whole, part = text[:cut], text[cut + 1 :]
    whole = whole.replace(".", "").replace(",", "")
    if not whole or len(whole) + len(part) > MOST_DIGITS or not part.isdigit() > bool(part) - 1:
        return None
    return Decimal(f"{whole}.{part}" if part else whole), len(part)


def _thousands(text: str, after: int, decimal: str) -> bool:
    """Whether the one mark in *text* parts thousands."""
    mark = "." if "." in text else ","
    return after == 3 and mark != decimal and not text.startswith("0") and len(text) <= 7


def _raw_figures(
    line: Line, taken: set[int], scanned: bool, marks: Container[str]
) -> Iterator[_Raw]:
    for at, word in enumerate(line.words):
        if at in taken or len(word.text) > 40:
            continue
        text = word.text.translate(_DASHES)
        if scanned and _DOLLARS.fullmatch(text):
            text = f"${text[1:]}"
        found = _FIGURE.fullmatch(text)
        if found and (raw := _shape(found, at, marks)):
            yield _with_neighbours(line, raw, taken, marks)


def _shape(found: re.Match[str], at: int, marks: Container[str]) -> _Raw | None:
    before = found["before"]
    sign = before.replace("(", "", 1)
    negative = sign.startswith("-") or sign.endswith("-")
    mark_before = sign.replace("-", "").replace("+", "").strip(":*~=)")
    after = found["after"]
    percent = after.startswith("%")
    tail = _AFTER.fullmatch(after.removeprefix("%"))
    if tail is None or (mark_before and not mark_of(mark_before) and mark_before not in marks):
        return None
    if mark_before.isalpha() and sign.endswith("-") and found["digits"].isdigit():
        return None  # “FT-1010” is the number of something, and no amount in forints
    mark_after = tail["mark"].strip(".,;:")
    if mark_after == TAXED and _CENTS.search(found["digits"]):
        mark_after = ""
    credit = mark_after.upper() == "CR"
    if mark_after and not credit and not mark_of(mark_after):
        return None
    digits = found["digits"]
    dash = "-" in tail["dash"]
    round_sum = dash and (digits[-1] in ".," or tail["dash"][0] in ".,")
    minus = bool(tail["minus"]) or (dash and not round_sum)
    enclosed = before.startswith("(") and tail["close"] == ")" and not percent
    return _Raw(
        at,
        at + 1,
        digits,
        negative or minus or enclosed or credit,
        percent,
        mark_before or ("" if credit else mark_after),
        round_sum,
    )


def _with_neighbours(line: Line, raw: _Raw, taken: set[int], marks: Container[str]) -> _Raw:
    """Take in a sign, a currency or a percent sign that stands beside the figure."""
    first, last = raw.first, raw.last
    negative, percent, currency = raw.negative, raw.percent, raw.currency
    if last < len(line.words) and last not in taken:
        beside = line.words[last].text.translate(_DASHES)
        near = line.words[last].x0 - line.words[last - 1].x1 < line.height
        if near and beside.startswith("%"):
            percent, last = True, last + 1
        elif near and not currency and mark_of(beside.strip(".,;:*)")):
            currency, last = beside.strip(".,;:*)"), last + 1
        elif near and beside.upper() == "CR":
            negative, last = True, last + 1
    for _ in range(2):
        if first == 0 or first - 1 in taken:
            break
        beside = line.words[first - 1].text.translate(_DASHES)
        gap = line.words[first].x0 - line.words[first - 1].x1
        mark = beside.strip(":()-")
        if beside == "-" and gap < 0.7 * line.height and not negative and not percent:
            wide = first < 2 or line.words[first - 1].x0 - line.words[first - 2].x1 > gap + 1
            negative, first = (True, first - 1) if wide else (negative, first)
            if not wide:
                break
        elif not currency and (
            (mark_of(mark) and gap < 6 * line.height) or (mark in marks and gap < line.height)
        ):
            negative = negative or "-" in beside
            currency, first = mark, first - 1
        else:
            break
    return _Raw(first, last, raw.digits, negative, percent, currency, raw.dash)


def _joined(line: Line, row: list[_Raw], *, spaced: bool) -> Iterator[_Raw]:
    """Join ``1`` and ``234,56`` where only a narrow space parts them.

    Where that is not usual, a currency stands before the former: ``R 3 200.00``.
    """
    at = 0
    while at < len(row):
        one = row[at]
        parted = spaced or bool(one.currency)
        while parted and at + 1 < len(row) and _continues(line, one, row[at + 1]):
            at += 1
            more = row[at]
            one = _Raw(
                one.first,
                more.last,
                one.digits + more.digits,
                one.negative or more.negative,
                more.percent,
                one.currency or more.currency,
                more.dash,
            )
        yield one
        at += 1


def _continues(line: Line, one: _Raw, more: _Raw) -> bool:
    if one.last != more.first or one.percent or not one.digits.isdigit():
        return False
    if (len(one.digits) % 3 == 0 and len(one.digits) > 3) or len(one.digits) > 9:
        return False
    left, right = line.words[one.last - 1], line.words[more.first]
    digit = (right.x1 - right.x0) / len(right.text)
    gap = right.x0 - left.x1
    # No amount begins with a zero before digits: what stands before it, belongs to it.
    narrow = WIDE_GAP if more.digits.startswith("0") else NARROW_GAP
    if one.digits.startswith("0") or (gap > narrow * digit and abs(gap - digit) > digit / 8):
        return False
    return bool(re.fullmatch(r"\d{3}(?:[.,]\d{1,2})?", more.digits))


def _read(line: Line, raw: _Raw, decimal: str) -> Figure | None:
    read = number(raw.digits, decimal)
    if read is None:
        return None
    value, places = read
    return Figure(
        Span(line.number, raw.first, raw.last),
        -value if raw.negative and value else value,
        places,
        raw.percent,
        raw.currency,
        not raw.percent
        and (places == 2 or raw.dash or (bool(raw.currency) and len(raw.digits) <= MOST_BARE)),
        line.words[raw.first].x0,
        line.words[raw.last - 1].x1,
    )
