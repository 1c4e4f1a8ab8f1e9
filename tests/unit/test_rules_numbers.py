"""Figures are read in the notation of their document."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import drawn
from tallysheet.extract._rules._layout import sheet_of
from tallysheet.extract._rules._numbers import Figure, decimal_mark, find_figures, number


def figures(text: str, prior: str = ".") -> list[Figure]:
    """All figures of a page."""
    return [one for row in find_figures(sheet_of(drawn(text)), [], prior) for one in row]


@pytest.mark.parametrize(
    ("shown", "decimal", "value"),
    [
        ("1.234,56", ".", "1234.56"),  # both marks: the last one is decimal, whatever is usual
        ("1,234.56", ",", "1234.56"),
        ("1'234.50", ".", "1234.50"),
        ("1.241.11", ",", "1241.11"),  # OCR took the last mark for the other one
        ("12,345,67", ".", "12345.67"),
        ("1.234.567", ",", "1234567"),
        ("1.234", ",", "1234"),  # one mark and three digits: as the document does
        ("1.234", ".", "1.234"),
        ("0.123", ",", "0.123"),  # nobody writes a zero before thousands
        ("1.234.567", ".", "1234567"),
        ("1,23,456.00", ".", "123456.00"),  # lakh
        ("12,5", ".", "12.5"),
    ],
)
def test_a_number_is_read_as_its_marks_say(shown: str, decimal: str, value: str) -> None:
    """Only what is ambiguous depends on the document."""
    read = number(shown, decimal)

    assert read is not None
    assert read[0] == Decimal(value)


@given(
    cents=st.integers(1, 10**11),
    marks=st.sampled_from([(",", "."), (".", ","), ("'", "."), ("", ","), ("", ".")]),
)
def test_every_notation_is_read_back(cents: int, marks: tuple[str, str]) -> None:
    """Whatever amount is written in a notation, it is read as that amount."""
    thousands, decimal = marks
    shown = f"{cents // 100:,}".replace(",", thousands) + f"{decimal}{cents % 100:02}"

    read = number(shown, decimal)

    assert read == (Decimal(cents) / 100, 2)


def test_the_figures_that_can_be_read_one_way_decide_for_the_others() -> None:
    """One ``12,50`` makes ``1.234`` a thousand."""
    assert decimal_mark(["1.234", "12,50"], ".") == ","
    assert decimal_mark(["1,234", "12.50"], ",") == "."


@pytest.mark.parametrize("shown", ["-5.00", "5.00-", "(5.00)", "5.00 CR", "- 5.00", "$-5.00"])
def test_a_minus_is_seen_in_all_its_forms(shown: str) -> None:
    """Bookkeepers have many."""
    (figure,) = figures(f"Total   {shown}")

    assert figure.value == Decimal("-5.00")


def test_a_rate_in_brackets_is_not_negative() -> None:
    """``(20%)`` says which rate, not a refund."""
    (figure,) = figures("VAT (20%)")

    assert (figure.value, figure.percent) == (Decimal(20), True)


def test_thousands_parted_by_a_space_are_one_figure() -> None:
    """A French thousand; in an English document they are two figures."""
    (figure,) = figures("Total   1 234,56 €")

    assert (figure.value, figure.currency) == (Decimal("1234.56"), "€")
    assert len(figures("2 100.00")) == 2


def test_thousands_are_parted_by_a_space_where_ocr_took_commas_for_full_stops() -> None:
    """Most commas of this French page are full stops, and its thousands still belong together."""
    read = figures("TVA 285.12 €   HT 338.87 €   Net 1 425.59 €", ",")

    assert [one.value for one in read] == [Decimal("285.12"), Decimal("338.87"), Decimal("1425.59")]


def test_a_round_sum_may_end_in_a_dash() -> None:
    """``100,-`` is a hundred, not minus a hundred."""
    (figure,) = figures("Summe   100,- €", ",")

    assert (figure.value, figure.money) == (Decimal(100), True)


@pytest.mark.parametrize("shown", ["AB12", "12.5.2024.x", "9" * 40, "1e5", "FT-1010", "RM-2024"])
def test_what_is_no_figure_is_none(shown: str) -> None:
    """Codes and endless digits are no amounts."""
    assert figures(shown) == []
