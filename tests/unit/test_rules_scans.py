"""What OCR does to a page, and what is read off it all the same, or left out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._names import has_suffix
from tallysheet.model import Invoice, Parsed

HEAD = "Pos  Artikel             Aantal    Prijs      Bedrag"


def scanned(text: str) -> Parsed:
    """A page of that text, read by OCR, which is sure of every word."""
    printed = drawn(text)
    pages = [replace(page, scores=(0.99,) * len(page.words)) for page in printed.pages]
    return replace(printed, pages=tuple(pages))


def read(text: str) -> Invoice:
    """What the rules read off a scan of *text*."""
    return read_words(scanned(text)).invoice


@pytest.mark.parametrize(
    "text",
    [
        "Factuurr.  F26-1260",
        "Invoice mumber: F26-1260",
        "N. tattura    Data fattura\nF26-1260      07/05/2026",
    ],
)
def test_a_label_with_a_letter_wrong_is_known_on_a_scan(text: str) -> None:
    """A letter more, less or other; print has no such letters, and may mean another word."""
    assert read(text).number == "F26-1260"
    assert read_words(drawn(text)).invoice.number is None


@pytest.mark.parametrize("text", ["Rechnungen  F26-1260", "Dasum: 7.5.2026", "Zimmer F26-1260"])
def test_inflected_short_and_distant_words_are_no_labels(text: str) -> None:
    """What parts them is how the word is used, or more than a letter of a word."""
    assert read(text) == Invoice()


@pytest.mark.parametrize("shown", ["Dalum: 7.5.2026", "Fccha: 7.5.2026"])
def test_a_short_label_is_known_if_the_wrong_letter_looks_like_the_right_one(shown: str) -> None:
    """As L and T do, or C and E."""
    assert read(shown).issue_date == date(2026, 5, 7)


def test_a_long_label_is_known_with_two_letters_wrong() -> None:
    """So few words are as long that it can be no other one."""
    invoice = read("Rochnungsnurmer    Rechnuagsdatun\nF26-1260           7.5.2026")

    assert (invoice.number, invoice.issue_date) == ("F26-1260", date(2026, 5, 7))
    assert read("Rochnunqsnurmer    F26-1260").number is None


def test_headings_with_a_letter_wrong_head_their_columns() -> None:
    """The same table, with and without what OCR did to it."""
    (line,) = read(
        """
        Pos  Artikel   Beschrijsing        Aantel    Prijs      Bedrag
        1    S68724    Reiskosten               3    10,10       30,30
        """
    ).lines

    assert (line.quantity, line.unit_price, line.amount) == (3, Decimal("10.10"), Decimal("30.30"))


@pytest.mark.parametrize(
    "shown", ["14/06-2026", "14/062026", "14.06/2026", "June 14. 2026", "14-06-2026"]
)
def test_a_date_with_a_stroke_misread_is_a_date(shown: str) -> None:
    """Day and month of two digits, and a year of four."""
    assert read(f"Invoice date: {shown}").issue_date == date(2026, 6, 14)


@pytest.mark.parametrize("number", ["0302/2026", "14062026"])
def test_a_number_with_the_year_is_no_date(number: str) -> None:
    """It has no mark between day and month."""
    assert read(f"Invoice number: {number}").number == number


@pytest.mark.parametrize("number", ["t050-26", "36v0109", "7a9k"])
def test_a_number_with_a_small_letter_before_a_digit_is_left_out(number: str) -> None:
    """On paper it most likely has a digit there; absent beats wrong."""
    assert read(f"Invoice number: {number}").number is None
    assert read_words(drawn(f"Invoice number: {number}")).invoice.number == number


@pytest.mark.parametrize("number", ["INV-0109", "2026-17a", "26/01140"])
def test_a_number_with_other_letters_is_read(number: str) -> None:
    """Capitals, or a letter at the end."""
    assert read(f"Invoice number: {number}").number == number


def test_a_dollar_that_looks_like_a_letter_is_a_dollar() -> None:
    """The row is an item like the others."""
    lines = read(
        """
        Item   Description        Qty    Unit price      Amount
        1      Sanding disc         2        $10.00      $20.00
        2      Washer              46         $0.30      S13.80
        """
    ).lines

    assert [line.amount for line in lines] == [Decimal("20.00"), Decimal("13.80")]


def test_a_thousand_far_from_its_hundreds_belongs_to_them() -> None:
    """No amount begins with a zero before digits."""
    (line,) = read(f"{HEAD}\n1    Training               12    90,56    1 086,72").lines

    assert line.amount == Decimal("1086.72")


def test_a_price_and_an_amount_that_were_glued_are_parted() -> None:
    """Behind two decimals no number goes on."""
    (line,) = read(f"{HEAD}\n1    Ordner                 92         1,96180,32").lines

    assert (line.unit_price, line.amount) == (Decimal("1.96"), Decimal("180.32"))


def test_a_rate_and_an_amount_that_were_glued_are_parted() -> None:
    """``21 %1.543,92``, or with the rate in the same word."""
    rows = read(
        """
        Descripción            Cantidad    Precio     IVA       Total
        Formación in situ            12    128,66        21 %1.543,92
        Viaje                         3    153,67         21%461,01
        """
    ).lines

    assert [row.amount for row in rows] == [Decimal("1543.92"), Decimal("461.01")]
    assert [row.vat_rate for row in rows] == [Decimal(21), Decimal(21)]


def test_what_the_items_come_to_is_no_item_whatever_its_label() -> None:
    """It has no quantity and no price, as all items above it have."""
    invoice = read(
        f"""
        {HEAD}
        1    Ordner                 2     3,00        6,00
        2    Lamp                   1     9,00        9,00
             Xotaal oxcl. btv                        15,00
        """
    )

    assert [line.amount for line in invoice.lines] == [Decimal(6), Decimal(9)]


def test_the_letterhead_is_the_sellers_though_its_address_cannot_be_read() -> None:
    """Below a name, how to reach it says whose paper it is; the addressee's has none."""
    invoice = read(
        """
        Murmelbach Metallbau GmbH
        Imn Rebbeng 70. 908 Berge
        Telefon +41 44 555 04 04, Mal ino murneibach.example. Web www.mamebach


        Alpstein Grafik AG
        Dorfgasse 2
        9127 Seehausen


        RECHNUNG
        Belegnummer: 1050-26
        """
    )

    assert invoice.seller.name == "Murmelbach Metallbau GmbH"


def test_a_legal_form_with_its_last_letter_misread_is_one() -> None:
    """A capital I or a stroke, where the paper has a small L."""
    assert has_suffix("Acquaviva Grafica S.r.I.") == has_suffix("Acquaviva Grafica S.r.l.") > 0
    assert has_suffix("Acquaviva Grafica S.r.|") > 0
    assert has_suffix("Acquaviva Grafica A.B.I.") == 0


@pytest.mark.parametrize("said", ["TVA chent", "TVA client", "Xotrc TVA", "Bre TVA"])
def test_a_word_beside_the_label_of_a_vat_number_makes_it_the_buyers(said: str) -> None:
    """Whatever OCR made of it: the seller's number has its label alone."""
    invoice = read(
        f"""
        Roquebelle Épicerie SAS         Facture
        99720 Saint-Aubry               {said} FR35920840246
        """
    )

    assert (invoice.seller.vat_id, invoice.buyer.vat_id) == (None, "FR35920840246")


@pytest.mark.parametrize("said", ["TVA", "N° TVA", "Notre TVA", "TVA intracommunautaire"])
def test_a_label_alone_leaves_the_number_with_the_seller(said: str) -> None:
    """Words of the label, and those that say “our”, make it nobody else's."""
    assert read(f"Roquebelle Épicerie SAS\n{said} FR35920840246").seller.vat_id == "FR35920840246"


@pytest.mark.parametrize("title", ["Zahlungserinnernng", "Payment remlnder", "Lieferscheln Nr. 17"])
def test_what_is_no_invoice_is_known_with_a_letter_wrong(title: str) -> None:
    """OCR makes an invoice neither of a reminder nor of a delivery note."""
    sums = "Total   119.00 EUR"

    codes = [finding.code for finding in read_words(scanned(f"{title}\n\n{sums}")).findings]

    assert codes == ["kind.other"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("Facture nF-2026-06-0188", "F-2026-06-0188"), ("Factuur 2025.07.133d.d.", "2025.07.133")],
)
def test_what_ocr_glued_to_a_number_is_no_part_of_it(text: str, number: str) -> None:
    """The sign before it, and the word for its date."""
    assert read(text).number == number


@pytest.mark.parametrize("number", ["Cl-118204", "4EOC17A2-0031", "2804/0"])
def test_a_number_with_a_letter_that_may_be_another_is_left_to_a_person(number: str) -> None:
    """A small L among capitals is most likely an I, an O among digits a zero, and one alone."""
    text = f"Invoice No. {number}\n\nTotal   90,00 EUR"

    assert read(text).number is None
    assert read_words(drawn(text)).invoice.number == number
