"""What prints of widespread software taught: how they call their number, their date and a party."""

from datetime import date

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._rivals import NUMBERS
from tallysheet.model import Draft


def read(text: str) -> Draft:
    """What is read on a page."""
    return read_words(drawn(text))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FAKTURA VAT\nnr 12/09/2026", "12/09/2026"),
        ("Faktura VAT nr: 17/02/2026\nData wystawienia: 03-02-2026", "17/02/2026"),
        ("FAKTURA\nNumer: FV/2026/05/014   Data wystawienia: 29.05.2026", "FV/2026/05/014"),
        ("INVOICE\nSerial No. PLH-00671\nInvoice date: 2026-10-19", "PLH-00671"),
        ("INVOICE\nInvoice No#:   INV-27\nReference:   GB-2026-04", "INV-27"),
        ("FATTURA\nNum Fatt.   11\nData Fatt.   31 ott 2026", "11"),
        ("FATTURA - B2B\nNumero documento   FT2026087", "FT2026087"),
        ("Faktura VAT sprzedaży FS 214/MAG/02/2026", "FS 214/MAG/02/2026"),
        ("FAKTURA KORYGUJĄCA FK/2/05\nFaktura korygowana: FV/11/04", "FK/2/05"),
        ("Schlussrechnung RE-2026-0211\n\nProjekt   P-2026-077", "RE-2026-0211"),
        ("Factura\nNúmero de la factura   ES-CHO-2026-5518", "ES-CHO-2026-5518"),
        ("Fatura FA 2026/1187 Original\nCond. Pagamento\nFatura 30 dias", "FA 2026/1187"),
    ],
)
def test_a_number_is_read_as_such_software_prints_it(text: str, number: str) -> None:
    """Behind a mere word for “number” under the title, or in the form of a month and a year."""
    assert read(text).invoice.number == number


def test_a_date_behind_nr_is_no_number_on_a_page_that_is_not_polish() -> None:
    """Elsewhere no number looks like that."""
    assert read("Rechnung Nr. 12/09/2026\nRechnungsdatum 12.09.2026").invoice.number is None


@pytest.mark.parametrize(
    "text",
    [
        "Facture FA2610-0037\nDate facturation : 19/10/2026\nDate échéance : 18/11/2026",
        "Factura FA2605-0012\nFecha facturación : 19/10/2026",
        "Factura FA2605-0012\nFecha emisión factura: 19/10/2026",
        "Factura FA2605-0012\nEmisión: 19/10/2026",
    ],
)
def test_the_date_is_read_as_such_software_calls_it(text: str) -> None:
    """The word for invoicing behind “date” is no customer."""
    assert read(text).invoice.issue_date == date(2026, 10, 19)


def test_a_date_below_the_label_of_another_one_is_not_that_of_issue() -> None:
    """The only date that is left would else be the one until when to pay."""
    text = "INVOICE 17\n\nRaised:              Due Date:\nDaniel Crane         20/07/2026"

    assert read(text).invoice.issue_date is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Invoice # 4410\nInvoice         Order ID\nINV-2026-0081   4410", True),
        ("Invoice # 4410\nOrder ID   4410", False),
        ("Factura: FAC2026A418\nCliente: Ana   Número: 418", False),
        ("Factura: FAC2026A418\nCliente: Ana   Número: 511", True),
    ],
)
def test_an_order_s_number_beside_another_one_is_told(text: str, told: bool) -> None:
    """Shops head invoices with the order's; the same number without its series is no other."""
    assert (NUMBERS in {finding.code for finding in read(text).findings}) is told


def test_a_vat_id_is_not_cut_out_of_an_account() -> None:
    """Its first letters and digits may have that form."""
    draft = read("FAKTURA 12\nNIP: 918-20-55-370\nIBAN: PL 97 1160 2202 0000 0004 1883 3127")

    assert draft.invoice.seller.vat_id == "9182055370"


def test_the_vat_id_of_the_company_registered_at_the_foot_is_the_sellers() -> None:
    """A French one ends with the register's number; that of a table may be the customer's."""
    above = "Facture N° FC4417\n\nCode client   N° de Tva intracom\nCL00212       FR56451203889\n"
    foot = "SARL au capital de 15 245 € - RCS Saintes 328 774 104 - N° TVA FR37328774104"

    assert read(above + "\n" * 50 + foot).invoice.seller.vat_id == "FR37328774104"


def test_the_name_is_read_behind_its_label_in_polish() -> None:
    """The label is no part of it."""
    assert read("FAKTURA 12\nSprzedawca\nNazwa: Sieci Kubica Sp. z o.o.").invoice.seller.name == (
        "Sieci Kubica Sp. z o.o."
    )


def test_headings_in_two_languages_name_the_parties() -> None:
    """What says the same behind a stroke is no name."""
    draft = read(
        "FAKTURA / INVOICE FV/14\n\n"
        "Sprzedawca / Seller                Nabywca / Buyer\n"
        "Bright Owl sp. z o.o.              Fjordkraft Data AS\n"
        "NIP / VAT ID: PL5252771047         VAT ID: NO 988 144 203 MVA"
    )

    assert draft.invoice.seller.name == "Bright Owl sp. z o.o."
    assert draft.invoice.seller.vat_id == "PL5252771047"


def test_a_number_behind_the_buyers_name_is_theirs() -> None:
    """Even where nothing else on the page is called a tax number."""
    draft = read(
        "Factura 12\nEstación CV-70        Datos Fiscales Adquiriente\n"
        "03500 Benidorm        MOYA ALBEROLA DANIEL (CIF/NIF: 48334490J)\n"
        "                      CALLE MARAVALL 31"
    )

    assert draft.invoice.seller.vat_id is None


@pytest.mark.parametrize(
    ("label", "is_issued"),
    [
        ("Data otrzymania zaliczki:", False),
        ("Date of exposure:", False),
        ("Date (dd/mm/yyyy):", True),
        ("Fecha / Date:", True),
    ],
)
def test_a_date_of_something_is_not_that_of_issue(label: str, is_issued: bool) -> None:
    """Words behind “date” say of what, unless in brackets or in another language."""
    assert (read(f"Faktura 12\n{label} 13/04/2026").invoice.issue_date is not None) is is_issued


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("COMMERCIAL INVOICE\nNo : CMX/26-27/0048", "CMX/26-27/0048"),
        ("Fattura Ordinaria\n\nN. 2026-031", "2026-031"),
        ("FATTURA DI VENDITA\nNumero: 41   Data: 22/09/2026", "41"),
        ("Contas Certas, Lda            FT 2026/000318\nFatura", "FT 2026/000318"),
        ("Contas Certas, Lda            FT 2026/000318\nLuanda         FT 2026/000319", None),
        ("Contas Certas, Lda            Artigo 2026/000318\nFatura", None),
    ],
)
def test_a_number_needs_no_more_than_a_title_or_its_own_form(text: str, number: str | None) -> None:
    """A mere “N.” under any title will do, and none where the form is that of a certified one."""
    assert read(text).invoice.number == number


@pytest.mark.parametrize(
    ("text", "issued"),
    [
        ("Rechnung 17\nSaarbrücken, 02.10.2026\n\nKonzept   01.09.2026", date(2026, 10, 2)),
        ("Facture 17\nPiennes, le 02/10/2026\n\nSéjour    01/09/2026", date(2026, 10, 2)),
        (
            "Rechnung 17\nBad Sankt Ober Lauf, den 02.10.2026\n\nSaal   01.09.2026",
            date(2026, 10, 2),
        ),
        ("Rechnung 17\nBonn, 02.10.2026\nKöln, 03.10.2026", None),
        ("Rechnung 17\nKonzert Bonn, 02.10.2026   30,00 EUR\nProbe   01.09.2026", None),
    ],
)
def test_the_date_behind_a_place_is_that_of_issue(text: str, issued: date | None) -> None:
    """So letters begin, whatever other dates stand on them."""
    assert read(text).invoice.issue_date == issued


def test_a_logo_in_spaced_letters_is_no_other_name() -> None:
    """Where its blanks fall says nothing."""
    draft = read(
        "ADAM KELLER GI TA RREN\nRechnung 17\n\n"
        "Adam Keller Gitarrenbau GmbH - Ring 7 - 50667 Köln\n\nTotal 10,00 EUR"
    )

    assert draft.invoice.seller.name == "Adam Keller Gitarrenbau GmbH"


def test_the_parties_are_found_on_the_print_of_the_italian_ministry() -> None:
    """A heading stands between the party and its data; elsewhere brackets say the same again."""
    print_ = (
        "FATTURA ELETTRONICA\nDati del cedente / prestatore\nDati anagrafici\n"
        "Identificativo fiscale ai fini IVA: IT03217605405\nDenominazione: Tipografia Umbra Srl"
    )
    assert read(print_).invoice.seller.name == "Tipografia Umbra Srl"

    grid = "Fattura 12\nCedente/prestatore (fornitore)\nDenominazione: VERDE PUBBLICO S.R.L."
    assert read(grid).invoice.seller.name == "VERDE PUBBLICO S.R.L."


@pytest.mark.parametrize(
    ("foot", "name"),
    [
        ("Marinera Diseño S.L. - CIF: B12345674", "Marinera Diseño S.L."),
        ("Nautica Diseño S.L. - CIF: B12345674", "marinera"),
    ],
)
def test_a_logo_gives_way_to_the_legal_name_that_begins_with_it(foot: str, name: str) -> None:
    """The name with its legal form is that of who sells, wherever on the page it stands."""
    logo = "marinera                        FACTURA F-12\nhola@marinera.example\n28001 Madrid\n"

    assert read(logo + "\n" * 10 + foot).invoice.seller.name == name


def test_a_name_is_read_behind_its_label_in_two_languages() -> None:
    """The colon stands behind the second."""
    draft = read("FAKTURA 12\nSPRZEDAWCA\nNazwa / Name: Kodownia Piotr Maj")

    assert draft.invoice.seller.name == "Kodownia Piotr Maj"
