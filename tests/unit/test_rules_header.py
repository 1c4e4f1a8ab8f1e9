"""Numbers and dates at the head of an invoice, by their labels in seven languages."""

from datetime import date

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Invoice


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return read_words(drawn(text)).invoice


@pytest.mark.parametrize(
    "text",
    [
        "Invoice No: RE-17/24",
        "INVOICE # RE-17/24",
        "Rechnungs-Nr.   RE-17/24",
        "Rechnung Nr. RE-17/24 vom 3.4.2024",
        "R E C H N U N G S N U M M E R   RE-17/24",
        "Facture n° RE-17/24 du 03/04/2024",
        "N° de facture :   RE-17/24",
        "Factuurnummer: RE-17/24",
        "Fattura n. RE-17/24 del 03/04/2024",
        "Nº factura   RE-17/24",
        "Fatura n.º RE-17/24",
        "Order No   Invoice No   Customer No\nB-99       RE-17/24     4711",
        "Invoice Number\nRE-17/24",
    ],
)
def test_the_number_is_found_beside_or_below_its_label(text: str) -> None:
    """In seven languages, in a line, in a table, under a heading."""
    assert read(text).number == "RE-17/24"


@pytest.mark.parametrize(
    "text",
    [
        "Order No: 4711",
        "Kundennummer: 4711",
        "Lieferschein-Nr.: 4711",
        "Steuernummer: 201/113/40209",
        "N° client : 4711",
        "Ordernummer: 4711",
        "Ordine n. 4711",
        "Nº pedido: 4711",
        "Encomenda n.º 4711",
        "Invoice   717,97 €",
    ],
)
def test_the_number_of_something_else_is_not_taken_for_it(text: str) -> None:
    """Orders, customers, deliveries, tax offices and amounts have numbers, too."""
    assert read(text).number is None


def test_other_numbers_go_where_they_belong() -> None:
    """Each label takes its own."""
    invoice = read(
        "Rechnungsnummer   R-1\nIhre Bestellung   B-2\nKundennummer      K-3\nIhr Zeichen       Z-4"
    )

    assert invoice.number == "R-1"
    assert invoice.purchase_order == "B-2"
    assert invoice.buyer.customer_number == "K-3"
    assert invoice.buyer_reference == "Z-4"


@pytest.mark.parametrize(
    "text",
    [
        "Invoice date   3 April 2024\nDue date   17 April 2024\nOrder date   1 April 2024",
        "Rechnungsdatum   03.04.2024\nFällig am   17.04.2024\nBestelldatum   01.04.2024",
        "Date de facture : 03/04/2024\nÉchéance : 17/04/2024\nDate de commande : 01/04/2024",
        "Factuurdatum   03-04-2024\nVervaldatum   17-04-2024\nOrderdatum   01-04-2024",
        "Data fattura   03/04/2024\nScadenza   17/04/2024\nData ordine   01/04/2024",
        "Fecha factura   03/04/2024\nVencimiento   17/04/2024\nFecha de pedido   01/04/2024",
        "Data de emissão   03/04/2024\nVencimento   17/04/2024\nData da encomenda   01/04/2024",
    ],
)
def test_each_date_goes_to_its_own_label(text: str) -> None:
    """The order date is neither the issue date nor the due date."""
    invoice = read(text)

    assert invoice.issue_date == date(2024, 4, 3)
    assert invoice.due_date == date(2024, 4, 17)


@pytest.mark.parametrize(
    "terms",
    [
        "Payment terms: net 14 days",
        "Zahlbar innerhalb von 14 Tagen ohne Abzug.",
        "Paiement sous 14 jours",
        "Te betalen binnen 14 dagen",
        "Pagamento a 14 giorni",
        "Forma de pago: transferencia a 14 días",
        "Pagamento a 14 dias",
    ],
)
def test_days_to_pay_give_the_due_date(terms: str) -> None:
    """Counted from the issue date, and marked as arithmetic."""
    draft = read_words(drawn(f"Invoice date   3 April 2024\n\n{terms}"))

    assert draft.invoice.due_date == date(2024, 4, 17)
    assert draft.citations["due_date"].method == "arithmetic"


@pytest.mark.parametrize(
    "terms",
    [
        "Bei Zahlung innerhalb 10 Tagen 3% Skonto, zahlbar innerhalb 10 Tagen oder 30 Tagen netto",
        "Payable within 14 days. Net 30 days for subscribers.",
        "Payment within 30 days of the end of the month",
        "Goods may be returned within 14 days.",
    ],
)
def test_days_that_are_not_clear_give_none(terms: str) -> None:
    """Absent beats wrong."""
    assert read(f"Invoice date   3 April 2024\n\n{terms}").due_date is None


def test_a_sentence_may_name_the_due_date() -> None:
    """Not every date has a label."""
    invoice = read("Rechnungsdatum   03.04.2024\n\nBitte überweisen Sie bis zum 17.04.2024.")

    assert invoice.due_date == date(2024, 4, 17)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("INVOICE", "380"),
        ("Handelsrechnung", "380"),
        ("Gutschrift", "381"),
        ("AVOIR", "381"),
        ("Nota di credito", "381"),
        ("Rechnungskorrektur", "384"),
        ("Facture d'acompte", "386"),
        ("Delivery note", None),
    ],
)
def test_the_title_says_what_kind_it_is(title: str, kind: str | None) -> None:
    """No title, no kind."""
    assert read(title).kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "HandelsrechnungNr.R8765432 vom 16.09.2018",
        "Rechnung Nr. R8765432vom 16.09.2018",
        "Rechnung Nr.R8765432vom 16.09.2018",
        "Rechnung Nr. R8765432vom16.09.2018",
    ],
)
def test_words_that_ocr_glued_together_are_parted(line: str) -> None:
    """Labels, numbers and what follows them, with or without spaces between."""
    invoice = read(line)

    assert (invoice.number, invoice.issue_date) == ("R8765432", date(2018, 9, 16))


@pytest.mark.parametrize(
    "line", ["Custame no. 10939", "Kundem-Nr. 10939", "Vostro crdine n. 10939"]
)
def test_the_number_of_something_that_ocr_misread_is_not_the_invoices(line: str) -> None:
    """What it ends is the name of something else, whatever that is."""
    assert read(f"INVOICE\n{line}").number is None
    assert read(f"INVOICE\nNo. 10939\n{line}").number == "10939"


def test_a_number_that_goes_on_with_a_word_is_left_out() -> None:
    """Where it ends, nobody can tell."""
    assert read("Invoice No: 471102issued").number is None


def test_a_date_behind_a_label_that_nobody_knows_is_no_issue_date() -> None:
    """Only a date that stands alone is taken without a label."""
    assert read("Liefer-undLeistungszeit: 05.08.2018").issue_date is None
    assert read("Köln, 05.08.2018").issue_date == date(2018, 8, 5)


def test_a_series_before_a_number_like_a_date_belongs_to_it() -> None:
    """As Polish invoices are numbered: the number, the month, the year."""
    invoice = read_words(
        drawn("Faktura VAT nr FV 15/03/2024\nData wystawienia: 18.03.2024")
    ).invoice

    assert (invoice.number, invoice.issue_date) == ("FV 15/03/2024", date(2024, 3, 18))


@pytest.mark.parametrize("again", ["Belegnummer RE-17   Seite 2", "Rechnung RE-17   Seite 2 von 2"])
def test_a_number_that_every_page_repeats_is_the_number(again: str) -> None:
    """A weak label counts above the items, and so it does although it stands below some, too."""
    head = "Pos  Bezeichnung             Menge   Einzelpreis     Betrag"
    first = f"Rechnung\nBelegnummer   RE-17\nKunde   12\n{head}\n1    Tisch    2   450,00   900,00"
    second = f"{again}\n{head}\n2    Stuhl    4    50,00   200,00\n     Summe netto   1.100,00"

    assert read_words(drawn(first, second)).invoice.number == "RE-17"


def test_the_position_of_an_item_below_the_title_is_no_number() -> None:
    """Where no heading of columns stands between them."""
    invoice = read("Invoice\n000010   Photodiode   20 PC   41.50   830.00\n")

    assert invoice.number is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Invoice\n\nNo. 4711-A\n\nOak Lane\n\nNo. 8812-B", True),
        ("Folio 77120\nInvoice No. 204187", False),
        ("Invoice\n\nNo. 4711-A\n\nOak Lane\n\nNo. 4711-A", False),
        ("Invoice No. 204187\nNo. 8812-B", False),
    ],
)
def test_two_numbers_by_the_same_name_are_told(text: str, told: bool) -> None:
    """Nothing on the page says which of them it is; a better name decides."""
    codes = [finding.code for finding in read_words(drawn(text)).findings]

    assert ("number.several" in codes) == told


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Folio No. : 228417\nInvoice No. : 228417 A", "228417 A"),
        ("Faktura nr: F 4187K20/0931/21   2021-09-14", "F 4187K20/0931/21"),
        ("Invoice ID 4187K20/0931/21", "4187K20/0931/21"),
        ("Faktura VAT nr FS 412/MAG/2026 oryginał", "FS 412/MAG/2026"),
        ("Rechnungsnummer (BT-1) R-788120", "R-788120"),
        ("BT-1 Rechnungsnummer: R-788120", "R-788120"),
        ("Fatura-Recibo FR 1SB26/2093 (Original)", "FR 1SB26/2093"),
        ("FACTURA\n\nInscrita en el Registro Mercantil de Almería, Tomo 488, Folio 91", None),
    ],
)
def test_a_number_is_given_whole_and_is_none_of_a_register(text: str, number: str | None) -> None:
    """With the letter behind it, with its series, and not the leaf on which a company stands."""
    assert read(text).number == number


def test_the_date_of_what_was_paid_before_is_not_that_of_issue() -> None:
    """It stands within a row with an amount."""
    found = read(
        "Frankfurt, 25.08.2026\n\nRechnung Nr. 26-118\n\nHonorar   12.000,00\n"
        "abzgl. 1. Abschlagsrechnung vom 20.04.2026, netto   -7.300,00"
    )

    assert found.issue_date == date(2026, 8, 25)


@pytest.mark.parametrize(
    ("terms", "issued"), [("Net 30. Due 12/05/2026", date(2026, 11, 5)), ("Thank you", None)]
)
def test_net_30_tells_the_month_from_the_day_where_both_orders_are_usual(
    terms: str, issued: date | None
) -> None:
    """Of two dates that lie so many days apart in one order only; nobody need say “days”."""
    found = read(
        f"Maple Tools Ltd, Ottawa, Canada\nInvoice No. 7\nDate: 11/05/2026\nTotal   $7.00\n{terms}"
    )

    assert found.issue_date == issued


@pytest.mark.parametrize("terms", ["60 días fecha factura", "Plazo de pago\n\nFecha   Importe"])
def test_a_date_below_the_terms_is_no_date_of_issue(terms: str) -> None:
    """Not where days stand before it, nor in a table of what is to be paid when."""
    found = read(f"Factura Nº: 260417\nFecha: 05/10/2026\n\n\n\n{terms}\n04/12/2026   1.668,59 €")

    assert found.issue_date == date(2026, 10, 5)


def test_a_date_that_no_label_names_is_that_of_issue_only_if_there_is_no_other() -> None:
    """Of several with words that nobody knows, none is taken; a span of days is another matter."""
    alone = "Oak Lane Ltd\n\nInvoice No. 4711\n\n3 March 2026\n"

    assert read(alone).issue_date == date(2026, 3, 3)
    assert read(f"{alone}Site visit 12 January 2026 - 16 January 2026\n").issue_date is not None
    assert read(f"{alone}Unpacked 12 January 2026 by Ann\n").issue_date is None


def test_the_date_behind_the_number_wins_over_that_of_the_order() -> None:
    """In English as well."""
    invoice = read("SALES INVOICE N. 118204/E OF 22-06-2018\nOrder: 10440921 of 20-06-2018")

    assert (invoice.number, invoice.issue_date) == ("118204/E", date(2018, 6, 22))
