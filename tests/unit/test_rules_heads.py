"""Number, date and seller where the head of a page names them without the usual label."""

from datetime import date

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Invoice

TABLE = """

Datum        Leistung      Anzahl     Betrag
08.09.2026   Beratung           1      10,72
"""


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return read_words(drawn(text)).invoice


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Verkaufsrechnung 214/2026", "214/2026"),
        ("COMMERCIAL INVOICE 26E-0418", "26E-0418"),
        ("Fee Note No: 4718", "4718"),
        ("MINUTA DE HONORARIOS Nº 22/2026", "22/2026"),
        ("Liquidation Nr. 26-1733", "26-1733"),
        ("TAX INVOICE\nReceipt: 1-88412", "1-88412"),
        ("Fattura differita TD24 n. 1188/00", "1188/00"),
        ("Fattura elettronica PA n. FPA 14/26", "FPA 14/26"),
    ],
)
def test_a_number_stands_behind_any_title(text: str, number: str) -> None:
    """Not what kind of document it is, in a code."""
    assert read(text).number == number


@pytest.mark.parametrize(
    "text",
    [
        "Invoice date / Delivery date   2 March 2026",
        "Rechnung R26/077   02.03.2026",
        "Invoice RV-55120 · 2 March 2026",
        "Fattura n. 211 Napoli, 02/03/2026",
        "Faktura VAT nr 118/0044/26/F z dnia 02.03.2026",
        "Invoice 17\n\nBerlin, 02.03.2026 / Br-Kl",
        "Faktura 118/26\n\nWystawiona w dniu 02.03.2026",
        "Invoice 17\nCreated: 2 March 2026\nDue: 9 March 2026",
    ],
)
def test_the_date_of_issue_is_told_by_its_place(text: str) -> None:
    """Behind the number, behind a place, or under two headings at once."""
    assert read(text).issue_date == date(2026, 3, 2)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice #:   Due:\n1093   31 March 2026",
        "Rechnung 17 für den Aufenthalt vom\n03.04.2026 bis 06.04.2026",
        f"Rechnung Nr. 17{TABLE}",
    ],
)
def test_a_date_of_something_else_is_not_that_of_issue(text: str) -> None:
    """Until when to pay, the first of a stay, the column of a table."""
    assert read(text).issue_date is None


def test_the_date_of_a_letter_goes_before_the_column_of_a_table() -> None:
    """Whose rows have their own."""
    assert read(f"Ulm, den 21.09.2026\nRechnung Nr. 17{TABLE}").issue_date == date(2026, 9, 21)


def test_who_is_left_at_the_head_is_who_sells() -> None:
    """The buyer is known, and nobody else stands there."""
    invoice = read(
        "\n\nKlavierbau Rettich\n\nRechnung an:\nMusikakademie der Stadt Kassel\n"
        "Kantstr. 1\n34117 Kassel\n\nRechnung Nr. 17\nBetrag   90,00 EUR"
    )

    assert invoice.seller.name == "Klavierbau Rettich"


def test_a_title_is_nobodys_name() -> None:
    """However alone it stands at the head of the page."""
    assert (
        read("EXPORT INVOICE\n\nBill to:\nAcme Ltd\n1 High Street\nLeeds LS1 1AA").seller.name
        is None
    )


def test_a_sign_that_the_page_knows_is_the_sellers() -> None:
    """The company in the address below it is who buys."""
    invoice = read(
        "Rivaro Web\n\n\n                    Bagni Lido Azzurro S.a.s.\n"
        "                    Via Aurelia 4\n                    17021 Alassio SV\n\n"
        "Fattura n. 17 del 02/03/2026\nTotale   90,00 EUR\n\ninfo@rivaroweb.example"
    )

    assert invoice.seller.name == "Rivaro Web"
