"""Dates are found in seven languages, and read in the order of their document."""

from datetime import date

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._dates import Day, day_first, find_dates
from tallysheet.extract._rules._layout import sheet_of


def days(text: str) -> list[Day]:
    """All dates of a page."""
    return [day for row in find_dates(sheet_of(drawn(text))) for day in row]


@pytest.mark.parametrize(
    "shown",
    [
        *("03.04.2024", "3.4.24", "2024-04-03", "3. April 2024", "3 April 2024", "3rd April 2024"),
        *("April 3, 2024", "Apr. 3 2024", "3 avril 2024", "3 aprile 2024", "3 de abril de 2024"),
        *("03-Apr-2024", "03/APR/24", "3 abril 2024", "03 APR 2024", "2024/04/03"),
    ],
)
def test_a_date_is_found_however_it_is_written(shown: str) -> None:
    """One day in sixteen forms."""
    (day,) = days(f"Tel 12   Date   {shown}")

    assert day.read(day_first=True) == date(2024, 4, 3)


def test_figures_alone_may_mean_one_of_two_days() -> None:
    """The document decides which."""
    (day,) = days("03/04/2024")

    assert day.read(day_first=True) == date(2024, 4, 3)
    assert day.read(day_first=False) == date(2024, 3, 4)


@pytest.mark.parametrize(
    ("shown", "days_to_pay", "usual", "decided"),
    [
        ("03/20/2024  04/05/2024", [], True, False),  # one reading: after 03/20 nobody doubts
        ("20/03/2024  04/05/2024", [], False, True),
        ("04/05/2024  04/06/2024", [31], False, True),  # a month from the fourth of May
        ("04/05/2024  05/05/2024", [30], True, False),
        ("04/05/2024", [], False, False),  # what is usual there
        ("04/05/2024", [], None, None),  # nobody can tell
    ],
)
def test_the_order_of_day_and_month_is_decided_for_the_document(
    shown: str, days_to_pay: list[int], usual: bool | None, decided: bool | None
) -> None:
    """By dates with one reading, else by the terms of payment, else by where it comes from."""
    assert day_first([days(shown)], days_to_pay=set(days_to_pay), usual=usual) is decided


def test_both_ends_of_a_period_are_found() -> None:
    """Even where only a dash stands between them."""
    first, last = days("01.05.24-31.05.24")

    assert (first.day_first, last.day_first) == (date(2024, 5, 1), date(2024, 5, 31))


@pytest.mark.parametrize("shown", ["31.04.2024x", "1.234.567,00", "12 date 14", "99/99/2024"])
def test_what_is_no_date_is_none(shown: str) -> None:
    """Amounts, telephones and nonsense."""
    assert days(shown) == []


def test_a_date_that_nobody_can_read_is_left_out() -> None:
    """English, without a currency, a country or a second date."""
    assert read_words(drawn("Invoice date   04/05/2024")).invoice.issue_date is None
    assert read_words(drawn("Invoice date   05/05/2024")).invoice.issue_date == date(2024, 5, 5)


def test_the_day_of_an_item_is_no_day_of_issue() -> None:
    """Where no label names that, and a footer has another."""
    head = "Invoice # 27\n\nDate        Project     Description      Rate     Hours     Amount\n"
    items = "".join(
        f"2026/6/{day}    Landing     Analytics       $85.00        3    $255.00\n"
        for day in (2, 4, 9)
    )

    found = read_words(drawn(f"{head}{items}Total   $765.00\n\nJune 12, 2026"))

    assert len(found.invoice.lines) == 3
    assert found.invoice.issue_date in (None, date(2026, 6, 12))


@pytest.mark.parametrize(("shown", "year"), [("13/05/69", 2069), ("13/05/70", 1970)])
def test_two_figures_mean_a_year_from_1970_on(shown: str, year: int) -> None:
    """Scans of old files are dated in the last century."""
    (day,) = days(shown)

    assert day.read(day_first=True) == date(year, 5, 13)


@pytest.mark.parametrize("shown", ["1144-0071-9 Jun 22, 1993", "9 Jun 22, 1993"])
def test_the_end_of_a_number_is_no_day(shown: str) -> None:
    """Before a month and day of the American order."""
    assert [day.read(day_first=True) for day in days(shown)] == [date(1993, 6, 22)]
