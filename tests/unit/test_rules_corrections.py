"""A credit note has a number and a date of its own beside those of what it corrects."""

from datetime import date

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Draft

SUMS = "\n\n\n\nNet   100.00\nVAT 20%   20.00\nTotal   120.00"


def read(head: str) -> Draft:
    """What the rules make of a correction with this head."""
    return read_words(drawn(f"Rosewood Ltd, London\n\n{head}{SUMS}"))


@pytest.mark.parametrize(
    "head",
    [
        "Stornorechnung\n\nStornobelegnummer: CN-7\nUrsprüngliche Rechnungsnummer: RE-4\n"
        "Datum: 04.09.2026\n\n"
        "Hiermit stornieren wir die Rechnung mit der Nummer RE-4 vom 20.08.2026",
        "CREDIT NOTE\n\nCredit note no: CN-7\nInvoice no: RE-4\nDate: 4 Sep 2026",
        "AVOIR\n\nAvoir n° CN-7\nRéf. facture n° RE-4\nDate: 04/09/2026\nFacturée le 20/08/2026",
        # Software that calls everything an invoice.
        "Factura rectificativa\n\nAbono n.º   CN-7\nFecha de factura   4 de septiembre de 2026\n"
        "Factura original   2026/2806 (20 de agosto de 2026)",
        "GUTSCHRIFT\n\nRechnungsnummer: CN-7\nRechnungsdatum: 04.09.2026",
        "Tipologia documento: TD04 (nota di credito)\nData documento: 2026-09-04\n"
        "Numero documento: CN-7\nIdentificativo fattura collegata: 118\n"
        "Data fattura collegata: 2026-08-20",
        "Credit memo\n\nInvoice no: CN-7\nInvoice date: 4 Sep 2026",
        # What a sentence says to be corrected, beside a number with a mere sign.
        "NOTA DI CREDITO\nN. CN-7\nData 04/09/2026\n"
        "Causale: storno parziale ns. fattura n. 4.417 del 20/08/2026 per merce resa",
    ],
)
def test_the_number_and_date_are_those_of_the_correction(head: str) -> None:
    """Not those of the invoice, wherever these stand and whatever they are called."""
    draft = read(head)

    assert (draft.invoice.number, draft.invoice.issue_date) == ("CN-7", date(2026, 9, 4))
    assert not draft.findings


def test_a_mere_no_beside_the_number_of_an_invoice_is_left_to_a_person() -> None:
    """It may be that of the credit note, or of the customer."""
    draft = read(
        "AVOIR\nRéf. facture n° RE-4\nHôtel du Lac\n3 rue Haute\n75001 Paris\nFrance\n"
        "N° CN-7\nDate: 04/09/2026"
    )

    assert [finding.code for finding in draft.findings] == ["number.several"]


def test_a_date_of_an_invoice_beside_another_is_left_to_a_person() -> None:
    """Which is whose, nobody can tell: absent beats wrong."""
    draft = read("AVOIR\n\nAvoir n° CN-7\nDate de facture: 20/08/2026\n\nParis, 4 septembre 2026")

    assert draft.invoice.issue_date is None
