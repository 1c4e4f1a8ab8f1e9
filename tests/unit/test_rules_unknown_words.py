"""A name that the rules do not know: nothing is read as if what it names were not there.

Each page was found by making the words of one line unknown, and reading the page again.
"""

from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Totals

HEAD = "Rosewood Ltd\n12 High Street\n\nINVOICE 4711\nDate 3 June 2026\n\n"
PAY = "\nDue date   30 June 2026"


def seller_number(text: str) -> str | None:
    """The VAT number of the seller of a page."""
    seller = read_words(drawn(text)).invoice.seller
    return seller.vat_id if seller else None


def issue_date(said: str) -> date | None:
    """That of a page with *said* below its title."""
    page = f"Rosewood Ltd\n12 High Street\n\nINVOICE 4711\n\n{said}\n\n\n\nTotal   120.00"
    return read_words(drawn(page + 6 * "\n")).invoice.issue_date


def totals(text: str) -> Totals:
    """The sums on a page."""
    return read_words(drawn(f"{HEAD}{text}")).invoice.totals


def test_a_tax_beside_another_whose_name_is_unknown_is_not_all_of_it() -> None:
    """As where one of two rates was misread."""
    page = "Flowers   260.00\nVases   204.00\n\nNet   464.00\nVAT 8%   20.80\n{} 17%   34.68\n"
    known = totals(page.format("VAT") + "Total   519.48")
    unknown = totals(page.format("MNO") + "Total   519.48")
    assert (known.net, known.gross) == (Decimal("464.00"), Decimal("519.48"))
    assert (unknown.tax, unknown.gross) == (None, Decimal("519.48"))


def test_no_tax_is_told_where_a_rate_has_an_amount_by_an_unknown_name() -> None:
    """Though words say that something else on the page is exempt."""
    page = (
        "Professional fee   850.00\n{}   195.50\nOutlays (not subject to VAT)   148.50\n"
        "Total due   1,194.00"
    )
    assert totals(page.format("FER @ 23%")).tax is None
    assert totals(page.format("FER @ 23%")).net is None
    assert totals("Fee   850.00\nExempt from VAT\nTotal due   850.00").tax == 0


@pytest.mark.parametrize("name", ["Total due", "Amount due"])
def test_the_total_is_not_due_where_what_is_left_of_it_has_an_unknown_name(name: str) -> None:
    """An old credit, and what remains, stand below it."""
    sums = f"Net   2,961.73\nVAT 23%   681.20\n{name}   3,642.93\n"
    assert totals(f"{sums}Nadpata   -118.56\nFu bessata   3,524.37\n{PAY}").due is None
    assert totals(f"{sums}{PAY}").due == Decimal("3642.93")


def test_what_a_deposit_leaves_is_due_by_whatever_name() -> None:
    """Even where the total is called due."""
    page = "Total due   5,455.00\nDeposit paid   -2,300.00\nFifakki varev   3,155.00\n"
    assert totals(f"{page}{PAY}").due == Decimal("3155.00")


def test_net_and_tax_below_the_total_are_nothing_that_was_taken_off_it() -> None:
    """They come to it, and all of it is due."""
    page = "Total   120.00\nAmount due   120.00\n\nVAT   20.00\nNet   100.00\n"
    assert totals(f"{page}{PAY}").due == Decimal("120.00")


def test_of_two_numbers_that_both_may_be_the_sellers_none_is() -> None:
    """Only of one company there are two, as of a group and of the firm itself."""
    foot = "Rosewood Ltd, VAT GB941884297\n"
    assert seller_number(f"{HEAD}Total   120.00\n\n{foot}") == "GB941884297"
    assert seller_number(f"{HEAD}Total   120.00\n\n{foot}Rosewood Ltd, VAT GB438302311") is None


def test_an_eori_number_made_of_the_sellers_is_no_second_one() -> None:
    """Great Britain makes them of the VAT number and three zeros."""
    foot = "Rosewood Ltd, VAT GB941884297, EORI GB941884297000"
    assert seller_number(f"{HEAD}Total   120.00\n\n{foot}") == "GB941884297"


@pytest.mark.parametrize(
    "said", ["Event 8 May 2026", "Leistung 09.–12.12.2024", "01/11/2024 → 30/11/2024"]
)
def test_a_date_of_something_unknown_or_a_period_is_not_that_of_issue(said: str) -> None:
    """Though it is the only one at the top: of issue none can be read."""
    assert issue_date(said) is None


@pytest.mark.parametrize("said", ["8 May 2026", "London, 8 May 2026", "Köln, den 8. Mai 2026"])
def test_a_date_that_stands_alone_or_behind_a_place_is_that_of_issue(said: str) -> None:
    """As at the head of a letter."""
    assert issue_date(said) == date(2026, 5, 8)
