"""Single values: text of XML → what the canonical invoice holds, or a refusal.

Nothing is guessed: ``1,5`` is no number here and ``20181345`` no date, because
the standards write neither.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, localcontext

from pydantic import TypeAdapter

from tallysheet.extract._einvoice._path import Raw
from tallysheet.model import Number

NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
DAY = re.compile(
    r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"
    r"(?:T?[0-9:]{4,8}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
SPAN = re.compile(r"([0-9]{4})-?([0-9]{2})")
TWICE = re.compile(r"^([A-Z]{2})(?=\1)")
MONTH = "610"
WEEK = "616"
"""Notations of UNTDID 2379: year and month, year and ISO week. Without one, six
digits may be anything."""

PLUS = " + "
"""Between the numbers of a sum, in its citation."""
EXACT_DIGITS = 80
"""No sum of numbers that are let pass has more."""

SANE: TypeAdapter[Decimal] = TypeAdapter(Number)

Value = str | date | Decimal
Read = Callable[[Raw], Value]


def text(raw: Raw) -> str:
    """The text without the space around it."""
    return raw.text.strip()


def vat_number(raw: Raw) -> str:
    """A VAT number behind its country, which some write twice: ``GB`` and ``GB980780684``."""
    return TWICE.sub("", text(raw))


def upper(raw: Raw) -> str:
    """A code in capitals."""
    return raw.text.strip().upper()


def number(raw: Raw) -> Decimal:
    """A decimal number, with as many places as are written.

    Raises:
        ValueError: It is none, or one that no invoice holds.
    """
    written = raw.text.strip()
    if not NUMBER.fullmatch(written):
        raise ValueError("not a decimal number")
    return SANE.validate_python(Decimal(written))


def total(raw: Raw) -> Decimal:
    """What numbers with a `PLUS` between them come to.

    Raises:
        ValueError: One of them is no number, or no invoice holds their sum.
    """
    with localcontext(prec=EXACT_DIGITS):
        parts = (number(Raw(part, "")) for part in raw.text.split(PLUS))
        return SANE.validate_python(sum(parts, Decimal(0)))


def day(raw: Raw) -> date:
    """A date: ``20180305`` or ``2018-03-05``, with or without time and zone.

    Raises:
        ValueError: It is none, or names no single day.
    """
    match = DAY.fullmatch(raw.text.strip())
    if not match:
        raise ValueError("not a date")
    return date(int(match[1]), int(match[3]), int(match[4]))


def first_day(raw: Raw) -> date:
    """A date, or the first of a month or week.

    Raises:
        ValueError: It is neither.
    """
    span = _span(raw)
    return span[0] if span else day(raw)


def last_day(raw: Raw) -> date:
    """A date, or the last of a month or week.

    Raises:
        ValueError: It is neither.
    """
    span = _span(raw)
    return span[1] if span else day(raw)


def _span(raw: Raw) -> tuple[date, date] | None:
    match = SPAN.fullmatch(raw.text.strip()) if raw.format in (MONTH, WEEK) else None
    if not match:
        return None
    year, part = int(match[1]), int(match[2])
    if raw.format == MONTH:
        first = date(year, part, 1)
        return first, first.replace(day=monthrange(year, part)[1])
    return date.fromisocalendar(year, part, 1), date.fromisocalendar(year, part, 7)


BY_TYPE: Mapping[type, Read] = {str: text, date: day, Decimal: number}
"""How a term is read, by the type that the canonical invoice gives it."""

BY_NAME: Mapping[str, Read] = {
    "currency": upper,
    "tax_currency": upper,
    "country": upper,
    "start": first_day,
    "end": last_day,
}
"""Terms that are read in a way of their own, wherever they stand."""

NAMES: Mapping[type, str] = {str: "text", date: "a date", Decimal: "a number"}
"""What a term should have been, for the sentence that says it is not."""
