"""What invoices of thirteen mailboxes were read wrong by when they were read once."""

from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Draft, Invoice

OWN = "DE89370400440532013000"
OTHER = "DE75512108001245126199"


def draft(text: str) -> Draft:
    """What the rules make of a page."""
    return read_words(drawn(text))


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return draft(text).invoice


def accounts(text: str) -> list[str | None]:
    """The IBANs that a page asks to pay into."""
    payment = read(text).payment
    return [one.iban for one in payment.accounts] if payment else []


@pytest.mark.parametrize(
    "said",
    [
        f"Bitte zahlen Sie auf {OWN}. Nicht auf das Anderkonto\n{OTHER} überweisen!",
        f"Derdenrekening niet gebruiken. Betaling op kantoorrekening {OWN}\n\n"
        f"Van Loock BV · derdenrekening {OTHER}",
    ],
)
def test_an_account_of_clients_is_not_paid_into_wherever_the_sentence_begins(said: str) -> None:
    """On the line above, or behind another sentence that speaks of it."""
    assert accounts(f"Dr. Lüders\n\nRechnung 17\n\nTotal   120,00\n\n{said}") == [OWN]


def test_a_vat_number_with_its_land_and_an_eori_number_are_the_same_as_without() -> None:
    """The form with the land goes before the one without, and what EORI adds is left off."""
    page = "{}\nHolme Mills\n\nINVOICE 17\n\nTotal   120.00\n\n{}, {}"
    british = page.format("Calder Ltd", "Calder Ltd", "EORI GB941884297000, VAT GB941884297")
    spanish = page.format("Calder S.L.", "Calder S.L.", "CIF B28516490, NIF-IVA ESB28516490")
    for text, number in ((british, "GB941884297"), (spanish, "ESB28516490")):
        assert read(text).seller.vat_id == number


def test_the_number_of_the_parent_of_an_italian_company_is_not_the_sellers() -> None:
    """Where the seller's own cannot be read, there is none."""
    page = "Orobica Luce S.p.A.\n\nBolletta n. 17\n\nTotale bolletta   120,00\n\n\n\n{}"
    parent = (
        "Orobica Luce S.p.A. soggetta a direzione e coordinamento di Gruppo Adda S.p.A. (P.IVA "
    )
    assert read(page.format(f"{parent}00743110157)")).seller.vat_id is None
    assert read(page.format("Orobica Luce S.p.A. P.IVA 00743110157")).seller.vat_id


def test_who_bills_on_behalf_of_a_doctor_is_not_who_sells() -> None:
    """A clearing centre has a VAT number, and doctors seldom do."""
    page = (
        "PVS Medi GmbH\n{}Prof. Dr. Thielmann\n\nRechnungsnummer 88596570\n\n"
        "Gesamtbetrag EUR   95,19\n\nPVS Medi GmbH, USt-IdNr. DE811907980"
    )
    assert read(page.format("")).seller.vat_id == "DE811907980"
    assert read(page.format("im Auftrag von\n")).seller.vat_id is None


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("Votre facture est payée par prélèvement sur votre compte.", None),
        ("Votre facture est payée par prélèvement le 3 juin.", Decimal(0)),
    ],
)
def test_what_is_debited_some_day_is_not_paid(said: str, due: Decimal | None) -> None:
    """Only with its day is it known to be."""
    sums = "Total HT   100,00\nTVA 20 %   20,00\nTotal TTC   120,00"
    assert read(f"Linéa SA\n\nFacture 17\n\n{sums}\n\n{said}").totals.due == due


def test_what_a_total_is_worth_in_another_currency_does_not_say_which_it_has() -> None:
    """A heading does."""
    page = (
        "Wawel Hotels S.A.\n\nFaktura 17\n\nUsługa   Ilość Cena brutto VAT Wartość brutto PLN\n"
        "Nocleg   3   380,00   8%   1140,00\nRazem / Total   1 140,00\n"
        "Równowartość / Equivalent: EUR 264,19"
    )
    assert read(page).currency == "PLN"


def test_a_tax_withheld_below_the_sum_of_the_items_shows_what_the_total_was() -> None:
    """In Spain what is left is often called the total."""
    page = (
        "Marta Ibarz\n\nFactura 17\n\nSubtotal   825,00 €\n+ IVA (21%)   173,25 €\n"
        "– IRPF (15%)   123,75 €\nTotal factura   874,50 €"
    )
    assert read(page).totals.gross == Decimal("998.25")


def column(*rows: tuple[str, str]) -> str:
    """Lines whose amounts end at the same place, as sums without headings do."""
    return "\n".join(f"{name:<40}{amount:>12}" for name, amount in rows)


def test_a_swiss_total_is_that_before_its_rounding_though_nothing_names_the_net() -> None:
    """What stands above the tax makes it."""
    rows = [("Ölfeuerung", "118.00"), ("Cheminée", "64.50"), ("Entsorgung", "9.80")]
    sums = column(*rows, ("MWST 8.1 %", "15.58"), ("Total CHF", "207.90"))
    totals = read(f"Kaminfeger Schnyder\n\nRechnung 90953\n\n{sums}").totals
    assert (totals.gross, totals.rounding) == (Decimal("207.88"), Decimal("0.02"))


def test_a_total_before_a_named_rounding_is_what_stands_above_it() -> None:
    """On a page without headings and without a net."""
    rows = [("Hyra", "38160,00"), ("VA", "950,20"), ("Moms 25 %", "9777,55")]
    sums = column(*rows, ("Avrundning", "0,25"), ("Summa att betala", "48888,00"))
    assert read(f"Kranen AB\n\nHyresavi 17\n\n{sums}").totals.gross == Decimal("48887.75")


def test_a_number_goes_on_with_what_tells_it_from_the_one_before() -> None:
    """As in Spain, France and Italy."""
    assert read("Mañé S.L.\n\nFactura: 118 bis\n\nTotal   120,00").number == "118 bis"
    assert read("Mañé S.L.\n\nFactura: 118 del mes\n\nTotal   120,00").number == "118"


def test_a_credit_note_that_is_set_off_gives_neither_number_nor_kind() -> None:
    """It stands before what is taken off."""
    page = (
        "Síle Hartigan\n\nIdentity   2,367.75\n= Invoice value   2,367.75\n"
        "Credit note 117 (incl. VAT) offset   -246.00\nPlease transfer   2,121.75"
    )
    assert (read(page).number, read(page).kind) != ("117", "381")
    assert read(page).number is None


def test_the_day_of_work_beside_that_of_invoicing_is_not_that_of_issue() -> None:
    """Both head a column."""
    page = (
        "Glassbox Inc.\n\nInvoice to   Invoice   Completed   Invoiced\n"
        "Maplewire   GB-2244   Mar 17 2025   Mar 19 2025\n\nTotal   610.20"
    )
    assert read(page).issue_date == date(2025, 3, 19)


def test_brackets_behind_a_title_take_nothing_from_it() -> None:
    """An Italian notice of a fee is no invoice, and says so."""
    page = (
        "Studio Marcon\n\nAVVISO DI PARCELLA n. 12/2026 (documento non valido ai fini fiscali)\n"
        "Direzione lavori   1.500,00\nTotale   1.500,00"
    )
    assert "kind.other" in {finding.code for finding in draft(page).findings}
