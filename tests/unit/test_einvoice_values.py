"""Single values: what is read, and what is refused rather than guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.extract._einvoice import _values as values
from tallysheet.extract._einvoice._path import Raw

DATES = [
    ("20240229", "102"),
    ("2024-02-29", ""),
    ("2024-02-29Z", ""),
    ("2024-02-29+01:00", ""),
    ("2024-02-29T23:59:59.123-05:00", ""),
    ("2024-02-29", "102"),  # the notation says otherwise, the shape is plain
    ("202402291530", "203"),
    (" 20240229\n", "102"),
]

NO_DATES = [
    ("2018-13-45", ""),
    ("20230229", "102"),
    ("202402", "610"),  # a month is no day
    ("29.02.2024", ""),
    ("240229", "101"),
    ("2024-0229", ""),
    ("00000101", "102"),
    ("٢٠٢٤٠٢٢٩", "102"),
    ("", ""),
]

NO_NUMBERS = [
    "",
    ".",
    "-",
    "1,5",
    "1.234,56",
    "1e3",
    "NaN",
    "Infinity",
    "19.00e",
    "0x1",
    "١",
    "1 0",
]


@pytest.mark.parametrize(("text", "notation"), DATES)
def test_a_date_is_read_in_every_notation(text: str, notation: str) -> None:
    """All of these are the same leap day."""
    assert values.day(Raw(text, notation)) == date(2024, 2, 29)


@pytest.mark.parametrize(("text", "notation"), NO_DATES)
def test_what_is_no_single_day_is_refused(text: str, notation: str) -> None:
    """A day is never filled in, and day and month are never swapped."""
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        values.day(Raw(text, notation))


def test_a_week_runs_from_monday_to_sunday() -> None:
    """Notation 616 is year and ISO week."""
    week = Raw("201338", "616")

    assert (values.first_day(week), values.last_day(week)) == (date(2013, 9, 16), date(2013, 9, 22))


@pytest.mark.parametrize("notation", ["610", "616"])
def test_a_month_or_week_that_does_not_exist_is_refused(notation: str) -> None:
    """There is no 60th of either."""
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        values.last_day(Raw("201360", notation))


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14
    )
)
def test_a_number_is_exactly_what_is_written(written: Decimal) -> None:
    """Places and sign included."""
    text = f"{written:f}"

    assert f"{values.number(Raw(text, '')):f}" == text


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    """The standards write a point, and neither exponents nor groups."""
    with pytest.raises(ValueError, match="not a decimal number"):
        values.number(Raw(text, ""))


@pytest.mark.parametrize("text", ["9" * 19, "0." + "1" * 31, "9" * 1_000_000])
def test_a_number_that_no_invoice_holds_is_refused(text: str) -> None:
    """However long it is, refusing it costs little."""
    with pytest.raises(ValueError):  # noqa: PT011 - the bound is the model's
        values.number(Raw(text, ""))


def test_a_sum_is_exact_to_the_last_digit() -> None:
    """However far apart its numbers are; what is no number spoils it."""
    small = f"0.{'0' * 29}1"

    assert values.total(Raw(f"12345678901234567 + {small}", "")) == Decimal(
        f"12345678901234567.{'0' * 29}1"
    )
    with pytest.raises(ValueError, match="not a decimal number"):
        values.total(Raw("1.00 + 1,00", ""))
