"""Slips of tills: the total that most signs agree on, the day, the seller."""

from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Invoice

MALAYSIAN = """
 BOOK TA K (TAMAN DAYA) SDN BHD
 NO.5 JALAN SAGU 18, 81100 JOHOR BAHRU
 Document No : TD01167104
 Date: 25/12/20188:13:39 PM
 Cashier: MANIS
 KF MODELLING CLAY
 1 PC      9.000      9.02
 Total :              9.02
 Rounding Adjustment: -0.02
 Rounded Total (RM):  9.00
 Cash                10.00
 Change               1.00
 THANK YOU
"""
GERMAN = """
 EDEKA Markt Huber
 Marktplatz 2
 83022 Rosenheim

                EUR
 Milch 1,5%    1,19 A
 Brot          3,49 A
 SUMME   EUR   4,68
 Geg. BAR     10,00
 Rückgeld BAR -5,32
 Bon-Nr. 4471   Kasse 3
 24.06.2024  18:04  Vielen Dank
"""
ITALIAN = """
 CAFE ROMA SRL
 Via Appia 2 - 00179 Roma
 Scontrino n. 0012-0034
 15-06-2024 13:40
 Panino            6,70
 TOTALE EURO       6,70
 CONTANTI         10,00
 RESTO             3,30
"""


def read(text: str) -> Invoice:
    """What the rules make of a slip."""
    return read_words(drawn(text)).invoice


@pytest.mark.parametrize(
    ("slip", "total", "day", "number", "currency", "seller"),
    [
        (MALAYSIAN, "9.00", date(2018, 12, 25), "TD01167104", "MYR", "BOOK TA K (TAMAN DAYA)"),
        (GERMAN, "4.68", date(2024, 6, 24), "4471", "EUR", "EDEKA Markt Huber"),
        (ITALIAN, "6.70", date(2024, 6, 15), "0012-0034", "EUR", "CAFE ROMA SRL"),
    ],
)
def test_a_slip_is_read_as_the_one_who_paid_would(
    slip: str, total: str, day: date, number: str, currency: str, seller: str
) -> None:
    """Neither what was given nor what came back is the total; the time is no part of the day."""
    invoice = read(slip)

    assert invoice.totals.gross == Decimal(total)
    assert invoice.issue_date == day
    assert (invoice.number, invoice.currency) == (number, currency)
    assert (invoice.seller.name or "").startswith(seller)


def test_cash_less_change_outvotes_a_subtotal_before_rounding() -> None:
    """Of two totals that differ by the rounding, the one that was paid is the total."""
    invoice = read(
        "Corner Shop Ltd\nReceipt 12\nTotal sales   28.31\nRounding Adjustment   -0.01\n"
        "TOTAL   28.30\nCASH   50.00\nChange   21.70\n17/06/2018 7:36 PM\nThank you"
    )

    assert invoice.totals.gross == Decimal("28.30")
    assert invoice.totals.rounding == Decimal("-0.01")


def test_a_total_of_a_tax_summary_is_not_that_of_the_slip() -> None:
    """A summary by rate has totals of its own."""
    invoice = read(
        "Hon Hwa Trading Ltd\nCashier 1\nTotal Inclusive GST:   10.40\nCASH   10.40\n"
        "GST Summary\nCode   Net   GST   Total\nSR   9.81   0.59   10.40\n"
        "Total   9.81   0.59   99.40\nThank you"
    )

    assert invoice.totals.gross == Decimal("10.40")


def test_two_days_of_which_neither_has_a_time_are_left_out() -> None:
    """Absent beats wrong."""
    invoice = read(
        "Corner Shop Ltd\nReceipt\n12/06/2024\n24/06/2024\nTotal   5.00\nCash   5.00\nThank you"
    )

    assert invoice.issue_date is None


def test_an_invoice_that_was_paid_in_cash_is_no_slip() -> None:
    """It has an account or a due date; its total is what net and tax make."""
    invoice = read(
        "Harrow Ltd\nInvoice No: 17\nInvoice Date: 3 May 2024\nDue Date: 3 June 2024\n"
        "Cash   50.00\nNet   100.00\nVAT 20%   20.00\nTotal   120.00\nThank you"
    )

    assert invoice.totals.net == Decimal(100)
    assert invoice.totals.gross == Decimal(120)


def test_goods_under_a_title_are_no_number() -> None:
    """What stands in the middle of the text below ``Tax invoice`` belongs to that text."""
    invoice = read(
        "MR TOOLS SDN BHD\n      -TAX INVOICE-\n STUDENT SOCKS 3PCS BK\n 1 X 9.50   9.50\n"
        "Total   RM 9.50\nCASH   RM 10.00\nCHANGE   RM 0.50"
    )

    assert invoice.number is None


ITEMS = """
 CORNER CAFE
 12 Mill Lane, Leeds LS1 4AB
 Receipt No: 4471
 Date: 24/06/2024 18:04

 Item      Qty   Price   Amount
 Coffee    2     3.00    6.00
 Bagel     1     {bagel}    {bagel}

 TOTAL                  10.00
 Cash                   20.00
 Change                 10.00
 THANK YOU
"""


@pytest.mark.parametrize(("bagel", "count"), [("4.00", 2), ("4.80", 0)])
def test_the_items_of_a_slip_are_given_only_if_they_make_its_total(bagel: str, count: int) -> None:
    """Absent beats wrong: the total is surer than the rows above it."""
    invoice = read(ITEMS.format(bagel=bagel))

    assert invoice.totals.gross == Decimal("10.00")
    assert len(invoice.lines) == count


def test_a_tip_leaves_open_which_total_is_meant() -> None:
    """The bill names one, the card was charged the other: it is no tax."""
    draft = read_words(
        drawn("Café Biedermaier\n\nSumme EUR   40,10\nTrinkgeld   4,00\nKarte gesamt   44,10")
    )

    assert draft.invoice.totals.tax is None
    assert "totals.several" in {finding.code for finding in draft.findings}
