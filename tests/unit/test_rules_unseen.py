"""What invoices that nobody tuned on were read wrong by, and are not any more."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Draft, Invoice


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return draft(text).invoice


def draft(text: str, *, scanned: bool = False) -> Draft:
    """What the rules make of a page, or of a picture of it."""
    parsed = drawn(text)
    if scanned:
        pages = tuple(replace(page, scores=(1.0,) * len(page.words)) for page in parsed.pages)
        parsed = replace(parsed, pages=pages)
    return read_words(parsed)


def codes(found: Draft) -> set[str]:
    """The findings of the rules themselves."""
    return {finding.code for finding in found.findings}


SLIP = "CAFE MIRA\nTable 4   Server: Yann\n02/03/2026 13:52\nTicket 118\n"


def test_what_is_in_the_total_of_a_slip_is_not_the_total() -> None:
    """In brackets behind it."""
    invoice = read(f"{SLIP}Sous-total   51,80 €\nTotal   57,70 € (dont 9,62 € TVA)\nMerci")

    assert invoice.totals.gross == Decimal("57.70")


def test_what_a_slip_saves_is_no_total() -> None:
    """Though its line says “total”."""
    invoice = read(f"{SLIP}TOTAL RM   90.10\nEWALLET   90.10\nTOTAL SAVED   6.60\nTHANK YOU")

    assert invoice.totals.gross == Decimal("90.10")


def test_net_and_tax_that_make_a_larger_total_go_before_that_of_a_slip() -> None:
    """What is left to pay is a part of it."""
    invoice = read(
        f"{SLIP}Net amount   1,950.00\nVAT 20%   390.00\nGross amount   2,340.00\n"
        "Deposit paid 12/02/2026   1,000.00\nBalance due, cash or credit card   1,340.00\nThank you"
    )

    assert invoice.totals.gross == Decimal(2340)


@pytest.mark.parametrize(
    "text",
    [
        "Last bill   117.07\nPayment received 19 February   -117.07\nBalance   0.00\n"
        "Net   92.56\nVAT 20%   18.51\nTotal for this bill   111.07",
        "Total due   1,416.00\nALL APPLICABLE TAXES HAVE BEEN PAID BY THE WHOLESALER",
        "Razem do zapłaty: 819,18 PLN\nZapłacono: 0,00 PLN Pozostało do zapłaty: 819,18 PLN",
        "Total   1460.-\nZahlbar innert 30 Tagen auf IBAN CH16 0078 1622 4178 0200 0",
    ],
)
def test_what_is_not_paid_is_not_called_so(text: str) -> None:
    """An earlier bill, a tax, nothing, or a digit of the account."""
    assert read(text).totals.due != Decimal(0)


def test_a_penalty_in_a_sentence_is_no_part_payment() -> None:
    """The title says that all is paid."""
    invoice = read(
        "FACTURE ACQUITTÉE\nTotal HT   606,67 €\nTVA 20 %   121,33 €\nNet à payer   728,00 €\n"
        "En cas de retard de paiement une indemnité de 40 € est due."
    )

    assert invoice.totals.due == Decimal(0)


def test_how_a_slip_was_paid_leaves_open_what_is_due() -> None:
    """The amount once more, with no label that is known."""
    assert read("Total a pagar   12,04 €\nBizum   12,04").totals.due is None


def test_a_number_below_the_heading_of_an_order_is_the_orders() -> None:
    """Whatever sign it has."""
    invoice = read("Invoice        Order      Issue date\nNK20264418     # 2218     8/21/2026")

    assert invoice.number == "NK20264418"


def test_a_vat_number_with_the_word_before_it_is_no_number_of_an_invoice() -> None:
    """Where a sentence ends with both."""
    assert read("Please quote the invoice number. VAT BE0542771913.").number != "VAT BE0542771913"


@pytest.mark.parametrize("label", ["Adószám: 24873161-2-08", "DIČ: 1122847706"])
def test_the_number_of_a_tax_office_is_no_vat_number(label: str) -> None:
    """In Hungary and Slovakia that has the letters of the country."""
    assert read(f"Kovács Bt.\n9024 Győr\n{label}\n\nTotal   90,00 EUR").seller.vat_id is None


def test_the_vat_number_below_that_of_the_customer_is_the_buyers() -> None:
    """Both stand below what they are called."""
    invoice = read(
        "VOZ Comunicações, S.A.\n\nN.º de conta            Padaria Central, Lda\n"
        "C884 417 220            Rua da Misericórdia 14\nN.º de contribuinte     7800-282 Beja\n"
        "509118447\n\nFatura FT 2026/44\nTotal   70,44 €\nVOZ Comunicações, S.A., Lisboa"
    )

    assert invoice.seller.name == "VOZ Comunicações, S.A."
    assert invoice.seller.vat_id is None


def test_euros_on_a_scan_with_british_addresses_are_left_to_a_person() -> None:
    """OCR reads one sign for the other."""
    text = "Fenway Cars\nCambridge CB4 3JB\n\nTo Babraham CB22 3AT\nTotal   €148.50"

    assert draft(text, scanned=True).invoice.currency is None
    assert draft(text).invoice.currency == "EUR"


def test_the_day_on_which_it_is_due_may_stand_on_the_page_again() -> None:
    """The other one is that of issue."""
    invoice = read(
        "Invoice 17\n3/27/2026\nDue date: 4/26/2026\nTerms     PO\n4/26/2026   MW-11884\n"
        "Total   $90.00"
    )

    assert invoice.issue_date == date(2026, 3, 27)


IBAN = "DE73760501010004117728"


@pytest.mark.parametrize(
    "text",
    [
        "Bank: Sparkasse, IBAN DE73 7605 0101 0004 1177\n      28, BIC SSKNDE77",
        "IBAN DE73 7605 0101 0004 1177 28· BIC SSKNDE77·HRB 4418",
        "IBAN DE73 7605 0101 0004 1177 28(SSKNDE77)",
    ],
)
def test_an_account_is_read_whole(text: str) -> None:
    """It may go on below, or have glued to it what OCR saw behind it."""
    (account,) = read(f"Rechnung 17\nTotal   90,00 EUR\n{text}").payment.accounts

    assert account.iban == IBAN


def test_who_signs_the_foot_of_the_page_sells() -> None:
    """The company above has nothing but an address, as the buyer would."""
    invoice = read(
        "Yearly invoice\n\nBrasserie La Gaufre SRL\nRue de l'Abbaye 7\n5580 Rochefort\n\n"
        "Invoice no E26-118\nEnergy   90.00\nTotal   EUR 90.00\n" + "\n" * 40 + "thank you\n"
        "Lumipris S.A. – Rue Saint-Laurent 54, 4000 Liège – TVA BE 0832 623 848 – RPM Liège"
    )

    assert invoice.seller.name == "Lumipris S.A."
    assert invoice.seller.vat_id == "BE0832623848"


def test_a_sum_in_a_sentence_among_others_is_not_the_total() -> None:
    """What the fee is on, and the fee."""
    invoice = read(
        "Rechnung Nr. 17\nfür Bürgschaften im Gesamtbetrag von EUR 118.000,00 berechnen wir\n"
        "Ihnen eine Provision in Höhe von\nEUR 368,75."
    )

    assert invoice.totals.gross is None


def test_the_end_of_an_amount_is_not_the_amount() -> None:
    """A blank parts its thousands, and it may be two figures."""
    invoice = read("Sub-total   12 507.40\nVAT 15%   1 876.11\nTOTAL ZAR 14 383.51")

    assert invoice.totals.tax in (None, Decimal("1876.11"))


def test_a_european_vat_number_puts_the_day_first() -> None:
    """Though it is written in English and goes to New York."""
    invoice = read(
        "Commercial invoice No. EX26-0118\nDate: 02/03/2026\nVAT FR60402884472\n"
        "Sephirot Trading LLC\n44 Mercer Street\nNew York, NY 10013\nTotal USD 90.00"
    )

    assert invoice.issue_date == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FACTURA 4.0\nSerie-Folio: HRC-18844", "HRC-18844"),
        ("Invoice Number   ALBURY NSW 2640\nBKT-4471", "BKT-4471"),
        ("Korrekturnr.: RK0031\nRechnungsnr.: RE1844\nRechnungskorrektur", "RK0031"),
    ],
)
def test_versions_places_and_what_is_corrected_are_no_numbers(text: str, number: str) -> None:
    """They stand where the number would."""
    assert read(text).number == number


def test_a_trade_account_is_no_payment() -> None:
    """It is due in thirty days."""
    invoice = read("Total   173.93\nPAID BY: TRADE ACCOUNT - 30 DAYS EOM (DUE 31/03/26)")

    assert invoice.totals.due != Decimal(0)
