"""What calls itself something else than an invoice, and what only mentions such a thing."""

from dataclasses import replace

import pytest

from drawn import drawn
from tallysheet.extract._doubt import doubts_of
from tallysheet.extract._rules import OTHER, read_words
from tallysheet.model import Parsed

SUMS = """
Nordkabel AB
Invoice number   20418
Invoice date     2026-01-05
Net amount     EUR 400.00
VAT 25%        EUR 100.00
Total amount   EUR 500.00
"""


def titled(title: str, *, times: float = 1.0) -> Parsed:
    """A page of sums under *title*, whose letters are so many times as tall as the others."""
    document = drawn(f"{title}\n\n{SUMS}")
    page = document.pages[0]
    first = page.words[0].y0
    words = tuple(
        word._replace(y1=word.y0 + 10.0 * times) if word.y0 == first else word
        for word in page.words
    )
    return replace(document, pages=(replace(page, words=words),))


def others(document: Parsed) -> list[str]:
    """The messages that say that *document* is no invoice."""
    return [one.message for one in read_words(document).findings if one.code == OTHER]


@pytest.mark.parametrize(
    "title",
    [
        "Payment reminder",
        "Final payment reminder",
        "Statement of account",
        "2. Mahnung",
        "3. und letzte Mahnung",
        "Notice of overdue payment",
        "Zahlungserinnerung",
        "Kontoauszug Nr. 3/2026",
        "Mise en demeure",
        "2e herinnering",
        "Sollecito di pagamento",
        "Expense report ER-0091",
        "Reisekostenabrechnung",
        "Recordatorio de pago",
        "Aviso de cobrança",
        "Betalningspåminnelse",
        "Wezwanie do zapłaty",
        "Objet : Relance - facture impayée n° F-2217",
        "Betreff: Zahlungserinnerung zu unserer Rechnung R-118220",
        "Unsere Rechnung Nr. R-118220 vom 12.01.2026 - Zahlungserinnerung",
    ],
)
def test_who_reminds_of_an_invoice_sends_none(title: str) -> None:
    """Number, date and sums are those of an invoice that came before, and was read then."""
    assert others(titled(title))


@pytest.mark.parametrize(
    "title",
    [
        "QUOTATION",
        "Quote Q-00418",
        "Angebot Nr. AN-2026-051 vom 03.03.2026",
        "Auftragsbestätigung AB-26-0772",
        "Lieferschein",
        "Devis n° D-2026-004",
        "Orderbevestiging",
        "Preventivo n. 12",
        "Presupuesto 2026/14",
        "Orçamento",
        "PROFORMA INVOICE",
        "RECIBO RE A26/40",
        "Quietanza n. 7",
    ],
)
def test_what_comes_before_an_invoice_is_none(title: str) -> None:
    """Nor is what tells that it was paid: tall titles, though the page speaks of an invoice."""
    assert others(titled(title, times=1.6))


@pytest.mark.parametrize(
    "title",
    [
        "Invoice",
        "Rechnung zu Angebot 17",
        "Invoice for order confirmation 4711",
        "Delivery note: 4711",
        "Order confirmation 4711   Purchase order B-9   Delivery note L-4",
        "Lieferschein Nr. 4711",
        "Reminder: please quote the number of this invoice when you pay",
        "The payment reminder fee is 5.00 EUR",
        "Rechnung Nr. 17 - keine Mahnung nötig",
        "Rechnung / Lieferschein",
        "Facture   Bon de livraison n° 17",
        "Fatura-Recibo FR 2026A/47",
        "Fatura / Recibo 2026A/47",
        "Forma de pago   Recibo domiciliado",
    ],
)
def test_an_invoice_may_mention_what_it_is_not(title: str) -> None:
    """References, headings of columns and sentences are no titles, nor what an invoice outranks."""
    assert not others(titled(title))


@pytest.mark.parametrize(
    "head",
    [
        "N° FACTURE   CM0412207\nCONTRAT M-22-1180",
        "Rechnungs-No   RM-2411\nMietvertrag   MV 4119105",
        "RECHNUNGS-NR   DATUM\n1827360   18.07.24\nLIEFERSCHEIN   ARTIKEL   BETRAG",
        "Bolletta n. 000264180775 del 06/03/2026\nOfferta Fissa Impresa 24",
        "Rental/Contract Invoice\nInvoice #   R-118",
        "Reçu / Facture\nDocument n° CL-592207",
        "STATEMENT/INVOICE\nInvoice #   R-118",
        "Note de frais et honoraires n° 26/017",
    ],
)
def test_the_number_of_a_contract_beside_that_of_the_invoice_is_no_title(head: str) -> None:
    """Nor the heading of a column, nor what a title calls it besides an invoice."""
    assert not others(drawn(f"{head}\n\nNet   400.00\nVAT 25%   100.00\nTotal   500.00"))


def test_a_contract_that_is_taller_is_no_invoice_though_it_names_one() -> None:
    """And a reminder is none, however small its title."""
    assert others(titled("Mietvertrag MV 4119105", times=1.6))
    assert others(titled("Past due"))


def test_the_title_is_looked_for_at_the_head_of_the_first_page_only() -> None:
    """The slip to be torn off below, and the terms on the next page, make no other document."""
    slip = "Invoice\n" + SUMS + "\n" * 40 + "Remittance advice"

    assert not others(drawn(slip, "Statement of account"))


def test_a_person_is_told_what_it_calls_itself() -> None:
    """The title stands in the finding, as the page has it."""
    assert others(titled("2. Mahnung")) == [
        "It calls itself “Mahnung”, which is no invoice: reject it, unless it is one."
    ]


def test_a_model_that_takes_a_reminder_for_an_invoice_is_not_believed() -> None:
    """The finding is told of the page, whoever reads the values."""
    page = read_words(titled("Payment reminder"))

    assert OTHER in [finding.code for finding in doubts_of(page.invoice, page)]


def test_a_pro_forma_beside_other_cells_is_told_though_it_has_an_invoice_number() -> None:
    """In capitals at the head, no taller than the rest, as accounting programs print it."""
    page = drawn(
        "Farmédica, S.A.   Para:   FACTURA PROFORMA\nFactura Nº: PF 2026/1180   Data: 06-03-2026\n"
        "Total AOA   222,015.00"
    )

    assert others(page)


def test_a_reminder_is_told_beside_a_place_and_an_address() -> None:
    """Where it heads its line, as tall as the rest, and the invoice is named below."""
    page = drawn(
        "Dahme Wohnen GmbH\n\nLetzte Mahnung   Berlin, 14.09.2026   12555 Berlin\n"
        "Rechnung Nr. 77/2026\n" + SUMS
    )

    assert others(page)


@pytest.mark.parametrize("title", ["Reçu", "Payment receipt", "Recibo de pago", "Betaalbewijs"])
def test_the_receipt_of_a_payment_is_told(title: str) -> None:
    """It has the number of an invoice as well as its own."""
    assert others(titled(title, times=1.5))


def test_a_reminder_is_told_by_the_subject_of_a_letter_though_it_is_numbered() -> None:
    """The second one is one as well."""
    assert others(drawn("Vasseur SAS\n\nObjet : 2ème relance – factures échues\n\n" + SUMS))


@pytest.mark.parametrize(
    "sentence",
    [
        "Il presente documento non costituisce fattura ai sensi dell'art. 21",
        "This document is not an invoice.",
        "Ce document n'est pas une facture.",
        "Dies ist keine Rechnung.",
    ],
)
def test_a_document_that_denies_to_be_an_invoice_is_none(sentence: str) -> None:
    """Whatever its title, and however its sums add up."""
    page = "Studio Zambelli\n\nParcella n. 74 del 31/03/2026\n" + SUMS

    assert not others(drawn(page))
    assert others(drawn(f"{page}\n\n{sentence}"))


def test_notice_of_a_bill_of_fees_is_told_in_italian() -> None:
    """What comes before the invoice of a profession."""
    assert others(
        drawn("Studio Zambelli\n\nPREAVVISO DI PARCELLA n. 74 del 31/03/2026\nTotale   10,00")
    )
