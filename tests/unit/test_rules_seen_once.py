"""What a row of invoices that was read once was read wrong by, and is not any more."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Draft, Invoice

SUMS = "Net   100.00\nVAT 20%   20.00\nTotal   120.00\n"
SUMMEN = "Netto   100,00 EUR\nMwSt. 19 %   19,00 EUR\nGesamtbetrag   119,00 EUR\n"
FIRST = "DE89370400440532013000"
SECOND = "DE75512108001245126199"
FOOT = "Vielen Dank.\nSonnenschein GmbH\nGeschäftsführer Max Huber\nAmtsgericht Bonn"


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


def accounts(text: str) -> list[str | None]:
    """The IBANs that a page asks to pay into."""
    payment = read(text).payment
    return [one.iban for one in payment.accounts] if payment else []


@pytest.mark.parametrize(
    "said",
    [
        "Betrag dankend per Überweisung am 3.6.2026 erhalten",
        "Betrag bar erhalten",
        "Pagamento elettronico già eseguito",
        "Nulla è dovuto",
    ],
)
def test_nothing_is_due_where_words_lie_between_those_that_say_so(said: str) -> None:
    """Of an amount and of having it."""
    assert read(f"{SUMMEN}\n{said}\nZahlbar bis 10.6.2026").totals.due == 0


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("Die Zahlung erfolgt am 15.6.2026 auf Ihr Konto.", Decimal(119)),
        ("Betrag dankend erhalten (Karte) / per Überweisung [X] Ware erhalten:", None),
        ("", Decimal(119)),
    ],
)
def test_a_payment_to_come_and_a_box_that_is_ticked_say_nothing_of_having_paid(
    said: str, due: Decimal | None
) -> None:
    """Who writes for the other pays; which of two ways the box belongs to, nobody knows."""
    assert read(f"{SUMMEN}\n{said}\nZahlbar bis 10.6.2026").totals.due == due


def test_on_a_scan_words_of_having_paid_leave_open_what_is_due() -> None:
    """A box that is not ticked, or a word that is cut, may make them say the contrary."""
    page = f"Rechnung 17\n{SUMMEN}\nBetrag dankend erhalten."

    assert draft(page).invoice.totals.due == 0
    assert draft(page, scanned=True).invoice.totals.due is None


def test_a_tax_of_nothing_is_not_what_a_payment_left() -> None:
    """Though the total is no less than what a line with “payment” in it has, and 0.00 follows."""
    page = (
        "Due date   31/08/2025\n\nAwaiting payment   $ 120.00\n\n"
        "Subtotal   $ 120.00\nVAT (0%)   $ 0.00\nTotal   $ 120.00"
    )

    assert read(page).totals.due != 0


def test_what_stands_below_what_was_paid_is_outstanding() -> None:
    """The word alone is a label."""
    totals = read("Total Due   $120.00\nPaid   $50.00\nOutstanding   $70.00").totals

    assert (totals.gross, totals.due) == (Decimal(120), Decimal(70))


@pytest.mark.parametrize(
    "said",
    [
        "Abrechnung im Gutschriftsverfahren",
        "This is a self-billed invoice.",
        "Milchgeldabrechnung für Mai",
        "Ankaufsabrechnung",
        "Faktura VAT RR",
    ],
)
def test_of_what_the_buyer_writes_a_person_says_who_sells(said: str) -> None:
    """Who heads the page is not the seller, and no label says who is."""
    page = "Molkerei Gerstl AG\nMolkereistr. 1\n84028 Landshut\nUSt-IdNr. DE136695976\n\n"
    to = "Huber Hof GmbH\nDorfstr. 7\n84030 Ergolding\n\n"

    assert "seller.several" in codes(draft(f"{page}{to}{said}\nNr. 17\n{SUMMEN}"))
    assert "seller.several" not in codes(draft(f"{page}{to}Rechnung\nNr. 17\n{SUMMEN}"))


def test_the_same_number_with_and_without_the_land_is_one() -> None:
    """It is told as it is known in the European Union."""
    invoice = read(f"Kran ApS\nCVR 13585628 · SE/VAT DK13585628\nFaktura 17\n{SUMS}")

    assert invoice.seller is not None
    assert invoice.seller.vat_id == "DK13585628"


@pytest.mark.parametrize(("shown", "known"), [("514066660", True), ("51406666", False)])
def test_a_portuguese_number_that_lost_a_digit_is_none(shown: str, known: bool) -> None:
    """They have nine."""
    invoice = read(f"Lab Lda\nNIF: {shown}\nFatura 17\n{SUMS}")

    assert bool(invoice.seller and invoice.seller.vat_id) is known


@pytest.mark.parametrize(
    "label",
    ["NIP nabywcy", "NIP odbiorcy", "Kundens VAT-nr", "Köparens momsnr", "DIČ odběratele"],
)
def test_a_number_that_a_word_makes_the_buyers_is_not_the_sellers(label: str) -> None:
    """In languages besides the seven, too."""
    page = f"Drukarnia Alfa Sp. z o.o.\n\nFaktura A-17\nDate 03.06.2026\n{label} PL5260250274\n"
    invoice = read(f"{page}{SUMS}")

    assert invoice.seller is None or invoice.seller.vat_id is None


@pytest.mark.parametrize(
    "other",
    [
        f"Kautionskonto: IBAN {SECOND}",
        f"Waarborgrekening IBAN {SECOND}",
        f"Konto do zwrotów: {SECOND}",
        f"Erstattung auf: {SECOND}",
        f"Payout to {SECOND}",
        f"Remboursement sur {SECOND}",
        f"Rimborso su:\nIBAN {SECOND}",
        f"Spendenkonto {SECOND}",
    ],
)
def test_no_invoice_is_paid_into_the_account_of_deposits(other: str) -> None:
    """Nor into that which money comes back from."""
    assert accounts(f"{SUMMEN}\nIBAN {FIRST}\n\n{other}") == [FIRST]
    assert accounts(f"{SUMMEN}\n{other}") == []


def test_a_claim_that_was_sold_is_paid_to_who_bought_it() -> None:
    """Though the account of who sold it stands in the foot."""
    sold = f"Die Forderung ist abgetreten. Zahlung nur an:\nBank für Handel\nIBAN {SECOND}"

    assert accounts(f"{SUMMEN}\n{sold}\n{FOOT}\nIBAN {FIRST}") == [SECOND]


@pytest.mark.parametrize(
    "words",
    [
        "Wird abgebucht von",
        "Paid from",
        "Compte débité",
        "Cargo en cuenta",
        "Afschrijving van",
        "Votre IBAN :\nIBAN",
        "Customer IBAN:\nIBAN",
        "Rachunek klienta:\n",
    ],
)
def test_the_account_of_the_buyer_is_not_paid_into(words: str) -> None:
    """What it is called may stand above it, with a colon."""
    assert accounts(f"{SUMMEN}\n{words} {SECOND}\n\n\n\nIBAN {FIRST}") == [FIRST]


def test_what_a_dutch_page_takes_off_an_account_is_not_paid_into_it() -> None:
    """Nor what somebody is authorised for."""
    debit = f"Af te schrijven van rekening {SECOND}"

    assert accounts(f"{SUMMEN}\n{debit}\n\n\n\nIBAN {FIRST}") == [FIRST]


def test_a_protected_origin_is_no_currency() -> None:
    """DOP stands behind ham and tomatoes, and is that of a land as well."""
    items = "Pomodori pelati DOP 2,5 kg x 6   10,00   17,85   178,50\n"
    sums = "Imponibile   178,50\nIVA 4%   7,14\nTotale documento   185,64\n"

    assert read(f"{items}{sums}").currency is None
    assert read(f"RNC 101-12345-6\n{items}{sums}").currency == "DOP"


def test_what_late_payment_costs_in_euros_is_no_currency_of_the_page() -> None:
    """It is told so in lands without the euro as well (Directive 2011/7/EU, article 6)."""
    page = (
        "Sprzedawca: Rusztowania Sp. z o.o., NIP PL5260250274\nFaktura 17\n"
        "Razem netto   100,00\nVAT 23%   23,00\nDo zapłaty   123,00\n\n"
        "Za opóźnienie w zapłacie naliczamy odsetki ustawowe oraz rekompensatę 40 EUR od faktury.\n"
    )

    assert read(page).currency == "PLN"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Invoice NoIN-0300417", "IN-0300417"),
        ("Faktura nr9/2025", "9/2025"),
        ("Invoice # AB-118", "AB-118"),
    ],
)
def test_the_sign_of_a_number_is_no_part_of_it(text: str, number: str) -> None:
    """Where nothing parts them."""
    assert read(f"{text}\n{SUMS}").number == number


@pytest.mark.parametrize(
    "heading",
    [
        "Meter no",
        "Lease no",
        "Transaction",
        "Seriennummer",
        "Patienten-Nr.",
        "N° adhérent",
        "DDT n.",
    ],
)
def test_a_number_below_the_heading_of_something_else_is_not_the_invoices(heading: str) -> None:
    """Though it is the only one on the page, and the second opinion would take it."""
    row = f"{heading:20}Datum\n{'88-7766':20}03.06.2026\n"

    assert read(f"Rosewood Ltd\n12 High Street\n\nInvoice\n\n{row}\n{SUMS}").number is None


@pytest.mark.parametrize("name", ["Tisch", "Form", "Table", "Monat"])
def test_a_number_behind_an_unknown_name_and_a_colon_is_not_the_invoices(name: str) -> None:
    """Something nobody knows is said of it."""
    page = f"Rosewood Ltd\n12 High Street\n\nInvoice\n\n{name}: 88-7766\nDate 03.06.2026\n\n"

    assert read(f"{page}{SUMS}").number is None


def test_a_year_alone_is_no_number() -> None:
    """It is that of a period, or what OCR left of a number."""
    assert read(f"Rechnung 2025\n{SUMMEN}").number is None
    assert read(f"Rechnung 2025-17\n{SUMMEN}").number == "2025-17"


def test_a_number_that_runs_into_a_name_is_left_to_a_person() -> None:
    """OCR lost the space before the place."""
    assert draft(f"Fattura Nr. 214Stresa, 20-9-2024\n{SUMS}", scanned=True).invoice.number is None


def test_a_zero_before_a_letter_is_left_to_a_person_on_a_scan() -> None:
    """It may be an O."""
    assert draft(f"Invoice # 0D-118\n{SUMS}", scanned=True).invoice.number is None
    assert draft(f"Invoice # OD-118\n{SUMS}", scanned=True).invoice.number == "OD-118"


def test_the_house_and_the_street_below_a_title_are_no_number() -> None:
    """“rue” begins with a small letter."""
    page = (
        "                        EURL PLOMBERIE VASSEUR\n"
        "AVOIR                   27 rue de Cambrai\n"
        "AV-25/00871             59400 CAMBRAI\n"
        "du 19.05.2025\n\n"
    )

    assert read(f"{page}Base HT   100,00\nTVA 20 %   20,00\nTotal   120,00").number == "AV-25/00871"


def test_the_number_of_an_invoice_is_not_that_of_its_credit_note_in_portugal() -> None:
    """The kind of document begins it."""
    page = "Nota de crédito\nDocumento nº FT 24/003318\n\n"

    assert read(f"{page}Total   120,00 €").number is None
    assert read("Nota di credito\nNumero: FT-3109\nTotale   120,00 €").number == "FT-3109"


@pytest.mark.parametrize("label", ["Adjusts tax invoice", "Adjusts invoice"])
def test_what_an_adjustment_note_adjusts_is_not_its_number(label: str) -> None:
    """It has one of its own."""
    assert read(f"Adjustment note\nNote no.   AN-00071\n{label}   44718\n{SUMS}").number == (
        "AN-00071"
    )


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Gutschrift", "Storno zu Rechnung"),
        ("Avoir", "Facture de référence"),
        ("Factura rectificativa", "Abono de factura"),
        ("Creditnota", "Correctie factuur"),
        ("Kreditfaktura", "Krediterar faktura"),
    ],
)
def test_what_a_credit_note_says_to_correct_is_not_its_number(title: str, label: str) -> None:
    """Though no other is printed."""
    page = f"{title}\n\n{label}   88-7766\nDate   03.06.2026\n\n"

    assert read(f"{page}{SUMS}").number is None


def test_a_year_comes_first_where_it_would_be_older_than_anybody_reads() -> None:
    """The page has no year of four digits."""
    invoice = read(f"FAKTURANR   411882\nFAKTURADATUM   24-12-03\nFÖRFALLODATUM   25-01-02\n{SUMS}")

    assert (invoice.issue_date, invoice.due_date) == (date(2024, 12, 3), date(2025, 1, 2))


def test_sums_that_add_up_do_not_stand_against_a_total_that_is_called_so_more_plainly() -> None:
    """Those of one rate add up as well."""
    page = (
        "Factura 1877/25\n"
        "Base 10%: 1.200,96 IVA: 120,10; Base 21%: 30,00 IVA: 6,30\n"
        "Suma bases 1.230,96 · Suma IVA 126,40 · TOTAL 1.357,36 €\n"
    )
    found = draft(page)

    assert found.invoice.totals.gross == Decimal("1357.36") or "totals.several" in codes(found)


def test_a_row_of_costs_with_its_day_is_no_tax() -> None:
    """Rent, and the share of what the house pays in tax."""
    page = (
        "Charge                              Due           Amount\n"
        "Base rent                           03/01/2026    6,150.00\n"
        "CAM / Tax / Insurance estimate      03/01/2026    1,482.00\n"
        "Late fee                            02/10/2026      150.00\n"
        "Amount due                                       $7,782.00\n"
    )

    assert read(page).totals.tax is None


def test_a_rounding_on_the_line_of_a_rates_tax_is_no_tax() -> None:
    """It stands right behind its label."""
    page = (
        "Moms 12%    3 516,00    421,92   Exkl. moms     4 317,00\n"
        "                                 Moms             622,17\n"
        "Moms 25%      801,00    200,25   Avrundning        -0,17\n"
        "                                 Att betala     4 939,00\n"
        "Faktura 17, SEK"
    )
    totals = read(page).totals

    assert (totals.gross, totals.rounding) == (Decimal("4939.17"), Decimal("-0.17"))


def test_the_net_before_a_rounding_needs_no_name() -> None:
    """It stands above, as the one item."""
    page = "Abo 15 Nutzer   1'290.00\nMWST 8.1 %   104.49\nRundung   0.01\nTotal CHF   1'394.50"
    totals = read(page).totals

    assert (totals.gross, totals.rounding) == (Decimal("1394.49"), Decimal("0.01"))


def test_what_the_buyer_of_a_credit_note_kept_back_leaves_its_total_open() -> None:
    """With the other sign; the total without it stands nowhere."""
    page = (
        "Factura rectificativa R-2\nRedacción   -6   40,00 €   -240,00 €\n"
        "IVA 21 %   -50,40 €\nIRPF -15 %   +36,00 €\nTotal   -254,40 €\n"
    )

    assert read(page).totals.gross != Decimal("-254.40")
