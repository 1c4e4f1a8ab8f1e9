"""What a second thousand of unseen invoices were read wrong by, and are not any more."""

from datetime import date
from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._spanish import find_spanish
from tallysheet.extract._rules._view import view_of
from tallysheet.model import Draft, Invoice


def draft(text: str) -> Draft:
    """What the rules make of a page."""
    return read_words(drawn(text))


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return draft(text).invoice


def codes(text: str) -> set[str]:
    """The findings of the rules themselves."""
    return {finding.code for finding in draft(text).findings}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("VAT Invoice Number:   EUINLX25-\n                      1184402", "EUINLX25-1184402"),
        ("Peppol BIS – Credit Note (381)\nCredit note no   CN-2026-000218", "CN-2026-000218"),
        ("FACTURE DE SITUATION N° 2 - F2025/117", "F2025/117"),
        ("TAX INVOICE / PAYMENT CLAIM No. 3\nInvoice: KRB-0744", "KRB-0744"),
        ("FACTURA\nSeria NCS nr. 1284", "NCS 1284"),
        ("Rechnung 25 / 1196 Dallenwil, 20.10.2025", "25 / 1196"),
        ("Rechnung R 5840 Datum 22.11.2025", "R 5840"),
        ("Rechnung R25-012- Objekt Göppersdorfer Str. 14", "R25-012"),
        ("Facture n° 2025-06-03\nDate : 17/06/2025", "2025-06-03"),
        ("Notanummer   5190.27 41.03\nFactuurdatum   20-03-2026", "5190.27 41.03"),
        ("Document no. / Date   9004471820/ 03.04.2025", "9004471820"),
        ("FATURA DE LOCAÇÃO DE BENS MÓVEIS Nº 011877", "011877"),
        ("Rechnungsnummer   90429 Nürnberg\nFF-2602-66093", "FF-2602-66093"),
        ("Rechnung R-25 0946, 28.11.2025, Auftrag 77300", "R-25 0946"),
        ("Rechnung Nr. 118 902 vom 21.03.2026", "118 902"),
        ("Honorarnote 3/2025 - 2. Teilrechnung", "3/2025"),
        ("Faktúra č.0118/25", "0118/25"),
        ("FATTURA / RECHNUNG\n18/ 2025", "18/ 2025"),
        ("Fatura nº FT 1A2025/933", "FT 1A2025/933"),
        ("Rechnung Nr. 4-0331-26-00188·Datum 28.01.2026", "4-0331-26-00188"),
        ("Invoice\nInvoice number / date   9046286731 / 01/27/2026", "9046286731"),
        ("FACTURE DE SITUATION N° 2 – F2024-0307\nDate : 12/09/2024", "F2024-0307"),
        ("TICKET/INVOICE   5966822\nTRUCK   18", "5966822"),
        ("Contract/Invoice #\nR919169-1", "R919169-1"),
        ("FATURA-RECIBO\nN.º FR ATSIRE01FR/48\nArt. 101.º, n.º 1 do CIRS", "FR ATSIRE01FR/48"),
        (
            "APPEL DE COTISATION 2026 VALANT FACTURE\nN° 2026-C-08812 — Émis le 15/01/2026",
            "2026-C-08812",
        ),
        (
            "RICEVUTA FISCALE / FATTURA\nN. 119/F Data 14/06/2025\nN. 2 pernottamenti   240,00",
            "119/F",
        ),
        ("MÉMOIRE D'HONORAIRES N° 0816/26", "0816/26"),
        ("Gebührenbescheid\nKassenzeichen: 5.0369.330404.1", "5.0369.330404.1"),
        ("INVOICE 246372   12/13/2024\nMACHINE: DAEWOO   S/N PM253926", "246372"),
        ("Votre facture du 8 novembre 2024\nn° 2024 1108 77340126", "2024 1108 77340126"),
        ("PCE : 21488120417733   Facture du 05/12/2025 n° 10 188 220 417", "10 188 220 417"),
        ("Sprzedawca   Faktura 3/11/2024\nTermin płatności   09.12.2024", "3/11/2024"),
        ("Rechnungsnummer   A 240 447 18\nDatum   03.03.2026", "A 240 447 18"),
        ("FACTURE N. 0/0(014)0417/004471", "0/0(014)0417/004471"),
        ("BOLLETTA GAS NATURALE\nN. fattura elettronica V25/0447188", "V25/0447188"),
        ("FATTURA A SALDO N. 188", "188"),
        ("Courtagenota 2026-0133 — 2 april 2026", "2026-0133"),
        ("Aconto-regning nr. 882044188", "882044188"),
        ("FACTURA: V/25 001873 FECHA: 05-06-2025", "V/25 001873"),
        ("n° de facture : 55118742 Z 26B5\ndate de facture : 12.03.26", "55118742 Z 26B5"),
        ("Rechnung 118 774 Datum 09.10.2024 Auftrag 55 201", "118 774"),
    ],
)
def test_a_number_is_read_whole_and_no_other(text: str, number: str) -> None:
    """Over two lines, with blanks, behind the code of a kind, which of several bills it is."""
    assert read(f"{text}\n\nTotal   90,00 EUR").number == number


@pytest.mark.parametrize(
    "text",
    [
        "Poste   Montant\nNedoplatok (faktúra 8044711871)   14,60\nTotal   79,20 EUR",
        "FACTURE\nNo TPS 796790608RT0001\nTotal   90,00 $",
        "FAKTURA\nNumer: 6573639659-20260331-0A1F2153C0-7E\nTotal   90,00 zł",
    ],
)
def test_a_number_of_something_else_is_none(text: str) -> None:
    """Of an earlier invoice within a line of an amount, or of the tax office."""
    assert read(text).number is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Date: 9 th October 2025", date(2025, 10, 9)),
        ("Szamla kelte: 2025. 06. 25.", date(2025, 6, 25)),
        ("Számla kelte: 2025. február 10.", date(2025, 2, 10)),
        ("Fakturadato   7/11-2025", date(2025, 11, 7)),
        ("Lleida, 20 de febrer de 2026", date(2026, 2, 20)),
        ("Date de la facture/Date de la livraison : 21 août 2024", date(2024, 8, 21)),
        ("Graz, am 24.02.2025", date(2025, 2, 24)),
        ("Roma, 21/01/2026 – Fattura n. 14", date(2026, 1, 21)),
        ("LASKU 12.03.2026\nLaskutuskausi   1.2.-28.2.2026", date(2026, 3, 12)),
        (
            "Facture de régularisation du 21/10/2025\nÀ payer avant le 05/11/2025",
            date(2025, 10, 21),
        ),
        ("Invoice 218\n12 January 2026\nweek ending 9/1/26", date(2026, 1, 12)),
        ("Fakturadatum   26-01-19\nFörfallodatum   2026-02-18", date(2026, 1, 19)),
        (
            "Corseaux, le 7 octobre 2024\n\nFacture no 24-0719 Intervention du 3 octobre 2024",
            date(2024, 10, 7),
        ),
    ],
)
def test_a_date_is_that_of_the_invoice(text: str, day: date) -> None:
    """As other lands write it, behind a place or a title, or in the block of the number."""
    assert read(f"{text}\n\nTotal   90,00 EUR").issue_date == day


def test_an_event_in_the_title_has_another_date() -> None:
    """The place at the head says when it was written."""
    invoice = read(
        "Stäfa, 27. Oktober 2025\n\nRechnung für Ihren Firmenanlass vom 24. Oktober 2025\n\n"
        "Total   90,00 EUR"
    )

    assert invoice.issue_date == date(2025, 10, 27)


@pytest.mark.parametrize(
    ("text", "seller"),
    [
        (
            "CABINET FERRAND\n28 quai Lamennais 35000 RENNES - 02 99 55 51 40\n\n\n"
            "                         SARL LE GALION\n                         12 cale du Naye\n"
            "                         35400 SAINT-MALO",
            "CABINET FERRAND",
        ),
        (
            "VENDEUR / APPORTEUR         ACHETEUR\nEARL DES CHÊNES             COOP DU POITOU SA\n"
            "85320 MAREUIL               85400 LUÇON",
            "EARL DES CHÊNES",
        ),
        (
            "Supplier (issued on behalf of)   Customer (issuer)\n"
            "Blyth Vans Ltd                   Hoprider Logistics Ltd\n"
            "Worthing BN11 2DG                London E1 8FA",
            "Blyth Vans Ltd",
        ),
        (
            "Verkäufer (BG-4)\nName (BT-27)   Etikett Vertriebs GmbH\n"
            "Anschrift   Ulmer Str. 160, 86156 Augsburg",
            "Etikett Vertriebs GmbH",
        ),
        (
            "Konto / Zahlbar an            Zahlbar durch\nRegio Bahnen AG               "
            "Schreinerei Aebi\nGenfergasse 11                Industriestrasse 7\n"
            "3001 Bern                     3178 Bösingen",
            "Regio Bahnen AG",
        ),
    ],
)
def test_who_sells_is_told_from_who_is_written_to(text: str, seller: str) -> None:
    """By a telephone below the sign, whom a letter is for, and labels of many words."""
    assert read(f"{text}\n\nRechnung Nr. 17\nTotal   90,00 EUR").seller.name == seller


def test_whose_domain_it_is_may_be_the_seller() -> None:
    """A person has to say so, where somebody else's name heads the page."""
    found = codes(
        "Ørsø Arkitekter A/S\nRefshalevej 163\n1432 København K\n\n\n"
        "Klinik Havfrue\nIslands Brygge 41\n2300 København\nhej@klinikhavfrue.example\n\n"
        "Faktura 188\nTotal   90,00 DKK"
    )

    assert "seller.several" in found


@pytest.mark.parametrize(
    "text",
    [
        # Two numbers, and nothing that says more for one of them.
        "Balanzas S.R.L.     CUIT: 30595256948\n\n"
        "CUIT: 30717031128 Razón Social: MOLINOS PARANÁ S.A.\nFactura 17",
        # The buyer's stands on every page under the buyer's name.
        "Acme Tools GmbH\n\nKunde: Bau Meyer GmbH\nKarlstr. 1\n50667 Köln\n\n\n"
        "Bau Meyer GmbH\nKarlstr. 1\n50667 Köln\nUSt-IdNr. DE136695976\nRechnung 17",
    ],
)
def test_a_number_of_the_buyer_is_not_the_sellers(text: str) -> None:
    """By the label of a name behind it, or the name above it."""
    vat = read(f"{text}\nTotal   90,00 EUR").seller.vat_id

    assert vat not in ("30717031128", "DE136695976")


def test_the_account_of_the_customers_bank_is_not_paid_to() -> None:
    """As with Italian collection orders."""
    invoice = read(
        "Totale documento   € 1.084,67\nPagamento   RiBa 60 gg\n"
        "Banca d'appoggio: Cassa Rurale IBAN IT60X0542811101000000123456 (Vs. banca)"
    )

    assert invoice.payment.accounts == ()


@pytest.mark.parametrize(
    ("text", "net", "tax", "gross"),
    [
        # Two taxes side by side under their headings.
        (
            "Neto      Base      % I.V.A.   Imp. I.V.A.   % R.E.   Imp. R.E.   TOTAL EUR\n"
            "262,11    262,11    21,00      55,04         5,20     13,63       330,78",
            "262.11",
            None,
            "330.78",
        ),
        # What has no tax on it is none.
        (
            "Fees   2,975.00\nAdd GST   297.50\nASIC fee (no GST)   321.00\n"
            "Amount payable   $3,593.50",
            None,
            None,
            "3593.50",
        ),
        # A row of all three.
        (
            "Charge        Amount     Tax      Total\nRent          319.00     0.00     319.00\n"
            "Lock           18.99     1.33      20.32\nTotal due     337.99     1.33     339.32",
            "337.99",
            "1.33",
            "339.32",
        ),
    ],
)
def test_sums_are_those_that_belong_together(
    text: str, net: str | None, tax: str | None, gross: str | None
) -> None:
    """And are left out where they do not."""
    found = read(text).totals
    wanted = [None if one is None else Decimal(one) for one in (net, tax, gross)]

    assert [found.net, found.tax, found.gross] == wanted


def test_a_discount_below_a_total_makes_it_none() -> None:
    """It is not the net as well, though no tax is due."""
    found = read(
        "TOTAL   3,017.40\nLESS 3% TRADE DISCOUNT   90.52\nGST ZERO-RATED (0%)   0.00\n"
        "NET TOTAL USD   2,926.88"
    ).totals

    assert found.net == Decimal("2926.88")


def test_a_price_in_a_sentence_is_no_tax() -> None:
    """Nor is “RE:” a tax of Spain."""
    found = read('RE: Feature, "The Last Skipjack" @ $0.85\nTOTAL   $2,718.40').totals

    assert (found.tax, found.gross) == (None, Decimal("2718.40"))


def test_the_last_amount_in_a_column_of_items_is_no_total() -> None:
    """Whatever the heading above it says."""
    found = read(
        "Zwischensumme   1.354,72\n\n\n"
        "Produktfamilie     Abschnitt     Gesamt EUR\nComputer           Prod           690,11\n"
        "Speicher           Prod           585,61\nGeoViewer          Shop            79,00"
    ).totals

    assert found.gross != Decimal(79)


def test_a_larger_amount_above_a_total_that_nothing_makes_is_for_a_person() -> None:
    """As where an insurance pays the most."""
    found = draft(
        "Total charges   341.00\nContractual adjustment   142.30\nBalance due   $60.00\nInvoice 17"
    )
    gross = found.invoice.totals.gross

    assert gross is None or "totals.several" in {finding.code for finding in found.findings}


@pytest.mark.parametrize(
    "text",
    [
        "Gesamtleistung                       33.888,58\n"
        "abzgl. Abschlag v. 11.07.2025        -9.520,00\n"
        "abzgl. Abschlag v. 02.08.2025       -11.900,00\n"
        "Restforderung                        12.468,58",
        "Számla értéke   78111 Ft\nElszámolt   -61500 Ft\nFizetendő összesen   16611 Ft",
        "950,00 €\nIVA 21 %   199,50 €\nIRPF 15 %   - 142,50 €\nTOTAL A PERCIBIR   1.094,40 €",
    ],
)
def test_what_is_left_of_a_total_is_not_the_total(text: str) -> None:
    """Of a last bill, of one of parts, or after a tax that is withheld."""
    assert read(text).totals.gross is None


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Celková suma   135,77 €\nUhradené zálohami   -135,77 €\nNa úhradu   0,00 €", (None, "0")),
        ("TOTAL A PAGAR EUR   488,23\nPAGAMENTO: MULTIBANCO 488,23", (None,)),
        ("Total   407.55\nVisa   407.55\nBalance   0.00", (None, "0.00")),
        (
            "Rechnungsbetrag   3.396,55\nZahlbar in 8 Tagen mit 3 % Skonto = 101,90 EUR",
            (None, "3396.55"),
        ),
        (
            "Rechnungsbetrag   2.620,81\n"
            "Zahlbar: 1.310,41 EUR bis 3.5.2026 und 1.310,40 EUR bis 1.6.2026",
            (None, "2620.81"),
        ),
        ("Total TTC   98,29\nsolde antérieur   31,20\nmontant à payer   129,49", ("129.49",)),
        (
            "Invoice total   487.61\nPrevious balance   64.00\nPayment Visa   -200.00\n"
            "Account balance due   $351.61",
            ("351.61",),
        ),
        (
            "Total   699.30\nZahlbar innert 30 Tagen. Ab der 2. Mahnung CHF 20.– Spesen.",
            (None, "699.30"),
        ),
    ],
)
def test_what_is_due_is_neither_paid_nor_a_part(text: str, due: tuple[str | None, ...]) -> None:
    """In languages that the rules do not know, in instalments, with an old balance."""
    found = read(text).totals.due

    assert found in [None if one is None else Decimal(one) for one in due]


def test_the_names_of_people_are_no_currencies() -> None:
    """Ron is a clerk, and “s/” means on."""
    text = "CLERK:   RON\nBRAINERD MN 56401\nBASE s/ 950,00\nTOTAL   2,914.10"

    assert read(text).currency not in ("RON", "PEN")


def test_amounts_are_written_with_a_space_where_one_with_a_currency_is() -> None:
    """Though the decimal mark is a point."""
    found = read(
        "Sub Total   20 551.40\nTax   2 928.57\nTotal   R23 479.97\nNedbank, Durban"
    ).totals

    assert found.gross == Decimal("23479.97")


def test_a_stamp_of_receipt_makes_no_receipt() -> None:
    """However tall it is."""
    assert "kind.other" not in codes(
        "REÇU\nLE\n16 FEV. 2026\n\nFacture 26F-00871\nTotal   90,00 EUR"
    )


@pytest.mark.parametrize("title", ["ZÁLOHOVÁ FAKTURA č. 2225000318", "NOTA ODSETKOWA nr 33/2025"])
def test_other_papers_of_central_europe_are_told(title: str) -> None:
    """What is asked for in advance, and interest."""
    assert "kind.other" in codes(f"{title}\n\nCELKEM   12 000,00 Kč")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (
            "FAKTURA ZALICZKOWA\nFZ 15/2025\n\nZaliczka   6150,00\n"
            "Rachunek PL16 1600 1462 0000 5271 2508 5521",
            "FZ 15/2025",
        ),
        (
            "TAX INVOICE   310918273600003\nInvoice No. الفاتورة رقم   2025-0039182",
            "2025-0039182",
        ),
        (
            "INVOICE DATE   DOCUMENT NO.    12 Emmet Road, Inchicore\n14 Mar 2025    776391827364",
            "776391827364",
        ),
    ],
)
def test_a_number_is_no_account_tax_number_or_house(text: str, number: str) -> None:
    """However near its title or label these stand."""
    assert read(text).number == number


@pytest.mark.parametrize(
    ("text", "issued"),
    [
        ("Fecha suministro   Vencimiento\n16.02.2026   20.03.2026", None),
        ("Date d'achat : 21 avril 2026\nDate d'édition : 28 avril 2026", date(2026, 4, 28)),
    ],
)
def test_days_of_delivery_and_of_a_purchase_are_not_that_of_issue(
    text: str, issued: date | None
) -> None:
    """Where the invoice is edited later, that day is."""
    assert read(f"FACTURE n° 4471\n{text}\nTotal TTC   178,00 €").issue_date == issued


@pytest.mark.parametrize(
    "sums",
    [
        # A retention below the total, and deductions below a tax of nothing.
        "Rechnungsbetrag netto   7.427,25\nSteuerschuldnerschaft des Leistungsempfängers   0,00\n"
        "Umsatzsteuer   0,00\nUmlage Baustrom 1,2 %   -89,13\nAuszahlungsbetrag   7.338,12",
        # The total less a fee of somebody between.
        "Total billed   7,835.00\nLess MSP fee   -195.88\nNet invoice   $7,639.12",
        # The share of one of two who pay.
        "Totaal   476,20   384,50   91,70\nDoor u te betalen   € 91,70\nVrijgesteld van btw",
        # What was due before.
        "VAT exempt   0.00\nBalance B/F   4,120.00\nTotal due KES   35,765.00",
        # A credit of the bill before.
        "Net arrears / previous credit   -12.40\nTotal bill amount   29,341.93",
    ],
)
def test_what_other_sums_contradict_is_nobodys_total(sums: str) -> None:
    """A person has to look."""
    assert read(f"INVOICE 4471\n\n{sums}").totals.gross is None


def test_a_tax_in_a_column_is_not_nothing() -> None:
    """Though no label stands before its sum."""
    found = read(
        "TAX INVOICE DG-3918\n\n"
        "Service              Govt. fee (no VAT)   Service fee   VAT 5%   Total AED\n"
        "Investor visa                  3,412.50        450.00    22.50    3,885.00\n"
        "Totals                         3,412.50        450.00    22.50    3,885.00\n"
    ).totals

    assert found.gross is None or found.tax != 0


def test_a_retention_leaves_the_total() -> None:
    """Under its Austrian name as well."""
    found = read(
        "Rechnung 24-0316\nEstrich   7.374,80\nRechnungsbetrag netto   10.878,90\n"
        "Übergang der Steuerschuld auf den Leistungsempfänger gem. § 19 Abs. 1a UStG\n"
        "Haftrücklass 3 %   -326,37\nZahlbetrag EUR   10.552,53"
    ).totals

    assert found.gross in (None, Decimal("10878.90"))


def test_kilograms_are_no_sum_without_tax() -> None:
    """A column of net weights stands beside that of amounts."""
    found = read(
        "EXPORT INVOICE TWS-E-2391\n\n"
        "Description          Cartons    Net kg    US$/kg         US$\n"
        "Frozen hoki fillet       206   4,200.00     7.85   32,970.00\n"
        "Greenshell mussel         96   1,150.00    11.20   12,880.00\n"
        "Totals                         5,350.00            45,850.00\n"
    ).totals

    assert found.gross in (None, Decimal("45850.00"))
    assert found.net in (None, Decimal("45850.00"))


def test_a_letter_before_the_total_is_no_euro() -> None:
    """Rand, with the words for tax that the Dutch use."""
    text = "Karoo Pumps CC   TAX INVOICE\nBTW/VAT 15%   489,00\nTOTAL   R 3 749,00"

    assert read(text).currency != "EUR"


def test_the_number_in_the_customers_line_is_theirs() -> None:
    """Behind the name and the place, in one cell with them."""
    text = (
        "GSTIN : 07AHICK4447M1ZO TAX INVOICE Original Copy\nDELHI STATIONERY MART\n"
        "4418, Nai Sarak, Delhi - 110006 Tel 011-23255018\n\n"
        "Invoice No. : DSM/1188    Transport : Own\nDated : 05-03-2026    GR/RR No. : -\n"
        "Place of Supply : Delhi (07)    Reverse Charge : N\n"
        "Billed to : Modern Public School, Shalimar Bagh, Delhi GSTIN : 07CDGTF7792B1ZB\n\n"
        "S.N.   Description   HSN   Qty.   Price   Amount\n"
        "1   Copier paper   4802   400.00   212.00   84,800.00\nGrand Total   1,26,939.00"
    )
    seller = read(text).seller

    assert seller is not None
    assert seller.vat_id == "07AHICK4447M1ZO"


def test_an_advance_asked_for_in_czech_is_no_invoice() -> None:
    """Though the name of the tax document stands on it, as tall."""
    assert "kind.other" in codes(
        "Zálohová faktura 20260046   není daňový doklad\n\nK úhradě Kč   46 072,00\n"
        "Daňový doklad vystavíme po přijetí platby."
    )


def test_the_total_of_one_rate_is_not_that_of_the_invoice() -> None:
    """Goods that were taken back bear another one."""
    found = read(
        "TAX INVOICE No. 7730F710\n"
        "Total 0% supplies:   39.01\nTotal 6% supplies (excl. GST):   -17.73\nGST:   -1.07\n"
        "Total 6% supplies (Inc. GST):   -18.80\nTotal 0% supplies:   39.01\n"
        "Total Payable:   20.21"
    ).totals

    assert found.gross == Decimal("20.21")


def test_a_title_before_the_sign_says_whose_number_it_is() -> None:
    """Though the customer's number stands right above, as sure as where nothing does."""
    number = "Rechnung # RE-20190121/507 von 21.01.2019"
    above, alone = (draft(f"{text}\n{number}") for text in ("Kundennummer: 2", "Bei Spiel GmbH"))

    assert above.citations["number"].score == alone.citations["number"].score


@pytest.mark.parametrize(
    "line", ["Zapłacono: 0,00 zł · Pozostało: 120,00 zł", "sto zł · Zapłacono: 0,00 zł"]
)
def test_nothing_paid_beside_what_is_left_is_no_payment(line: str) -> None:
    """The amount behind the zero belongs to the next words."""
    totals = read(
        f"FAKTURA FV 2/2024\nNetto   100,00\nVAT 20%   20,00\nRazem do zapłaty: 120,00 zł\n{line}"
    ).totals

    assert (totals.due, totals.paid) == (Decimal("120.00"), None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Fattura N.   418 / T", "418 / T"),
        ("Facture n°   88 2044 1187 K", "88 2044 1187 K"),
        ("Rechnungsnummer: RF-2026-093 447 215 · Datum: 08.04.2026", "RF-2026-093 447 215"),
    ],
)
def test_a_number_is_read_to_its_end(text: str, number: str) -> None:
    """A series behind a stroke, a letter behind groups, groups before the next thing told."""
    assert read(f"{text}\n\nTotal   90,00 EUR").number == number


TOTALS = "Net   100,00\nVAT 20%   20,00\nTotal   120,00 EUR\n"


@pytest.mark.parametrize(
    "line",
    [
        "Saldo: zaległość 120,00 EUR   Razem do zapłaty: 240,00 EUR",
        "Solde de votre compte avant cette facture : 0,00 €",
    ],
)
def test_what_is_due_is_left_out_where_another_balance_stands_beside_it(line: str) -> None:
    """Of what was paid too much before, or of an account: nothing says that this one is paid."""
    assert read(f"INVOICE 17\n{TOTALS}{line}").totals.due is None


def test_money_of_clients_is_kept_in_another_account() -> None:
    """Lawyers print both; where there is no other one, it is that to which to pay."""
    own, clients = "DE89 3704 0044 0532 0130 00", "DE02 1203 0000 0000 2020 51"
    line = f"Konto: IBAN {own} · Anderkonto (nur Fremdgeld): IBAN {clients}"

    both, one = read(f"Rechnung 17\n{line}"), read(f"Rechnung 17\nAnderkonto: IBAN {clients}")

    assert [account.iban for account in both.payment.accounts] == [own.replace(" ", "")]
    assert [account.iban for account in one.payment.accounts] == [clients.replace(" ", "")]


def test_a_polish_number_of_waste_is_no_part_of_a_tax_number() -> None:
    """They stand side by side, and OCR takes its O for a 0."""
    seller = read("Kurier Sp. z o.o.\nNIP 5584489861, BD0 000091733\n\nFaktura VAT 12").seller

    assert seller.vat_id == "5584489861"


def test_several_payments_explain_what_is_left_of_the_total() -> None:
    """Each on a line of its own between the two, in words that nobody knows."""
    totals = read(
        """
Net                                 5,203.15
VAT                                 1,040.63
Total hire                         £6,243.78
Booking, 4/9/25                    –1,000.00
Second stage, 2/3/26 (2026/031)    –2,500.00
Balance now due                    £2,743.78
"""
    ).totals

    assert (totals.gross, totals.due) == (Decimal("6243.78"), Decimal("2743.78"))
    assert totals.paid == Decimal("3500.00")


def test_a_discount_between_the_total_and_what_is_left_is_no_payment() -> None:
    """It makes the total less."""
    totals = read(
        """
Net                                 5,203.15
VAT                                 1,040.63
Total                              £6,243.78
Less deposit                       –1,000.00
Discount                           –2,500.00
Balance now due                    £2,743.78
"""
    ).totals

    assert totals.paid != Decimal("3500.00")


def test_a_day_behind_due_makes_no_amount_of_what_stands_next() -> None:
    """Within the terms: the cell beside it has a name of its own."""
    totals = read(
        """
INVOICE 5518840-01    07/15/2025
TERMS: 1% 10 NET 30 DUE 08/14/2025      MERCHANDISE    2,739.00
                                        FREIGHT           38.95
                                        TOTAL USD      2,777.95
"""
    ).totals

    assert totals.gross == Decimal("2777.95")
    assert totals.due != Decimal("2739.00")


def test_a_heading_over_an_amount_does_not_say_that_all_is_paid() -> None:
    """Of the last bill, as on those of telephones."""
    invoice = read(
        """
Tax Invoice                       Bill ID 0418 8827 0625
Bill Date    05 Jun 2025          Due Date    26 Jun 2025

Previous balance    Payment received    Current charges    Total payable
$145.34             -$145.34            $145.26            $145.26

Total before GST                  133.27
GST at 9%                          11.99
Total current charges             145.26
"""
    )

    assert invoice.number == "0418 8827 0625"
    assert invoice.totals.due != Decimal(0)


def test_what_a_house_takes_for_serving_is_no_tax() -> None:
    """Though it is a percentage of the sum above it; the tax in it stands below."""
    totals = read(
        """
Bill         65189
Date         12/03/2025 21:33
Set dinner                       172.00
Mineral water                     68.00
Subtotal                         240.00
Service 10% (parties of 4+)       24.00
Total                           €264.00
VAT 13.5%    on 163.88            22.12
VAT 23%      on 43.90             10.10
"""
    ).totals

    assert totals.gross == Decimal("264.00")
    assert totals.tax != Decimal("24.00")


@pytest.mark.parametrize(
    ("mark", "currency"), [("BDS$", "BBD"), ("J$", "JMD"), ("TT$", "TTD"), ("RD$", "DOP")]
)
def test_a_dollar_with_letters_before_it_is_that_of_its_land(mark: str, currency: str) -> None:
    """Though what it comes to in another is told below."""
    text = f"""
VAT INVOICE SI-009917 · 3 March 2026
Sub total {mark}        1,720.00
VAT 17.5%               301.00
Total {mark}          2,021.00
Equivalent US$1,010.50. Cards accepted.
"""

    assert read(text).currency == currency


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("MADERAS AIZKORRI, S.A. - A31967771 – Tel 943 78 77 34   IVA 21 %", ["A31967771"]),
        ("Prótesis Sierra Minera S.L.P. · B-30711840 · NIF E30771182", ["B30711840", "E30771182"]),
        ("diseño gráfico · 23960672P · rúa do pombal 4   IVA", ["23960672P"]),
        ("MADERAS AIZKORRI, S.A. - A31967772 – Tel 943 78 77 34   IVA 21 %", []),
        ("Steel works Ltd - A31967771 - Tel 943 78 77 34   VAT 21 %", []),
    ],
)
def test_a_spanish_tax_number_is_known_by_its_check_digit(text: str, numbers: list[str]) -> None:
    """Without a label, on a page that speaks of such numbers or of their tax."""
    assert [mark.value for mark in find_spanish(view_of(drawn(text)))] == numbers


def test_a_total_from_which_is_withheld_what_leaves_another_amount_is_one() -> None:
    """Though net and VAT do not make it alone: what was laid out is in it."""
    totals = read(
        """
Fattura n. 388/2025 del 24 settembre 2025
Onorari                                   € 1.420,00
IVA 22% su Euro 1.420,00                  €   312,40
Anticipazioni in nome e per conto
imposta di registro                       €   600,00
tassa archivio, visure                    €   312,00
Totale fattura                            € 2.644,40
Ritenuta d'acconto 20% su Euro 1.420,00   € -284,00
Netto da corrispondere                    € 2.360,40
"""
    ).totals

    assert totals.gross == Decimal("2644.40")


def test_the_vat_number_of_whoever_performs_is_the_sellers_on_a_credit_of_the_buyer() -> None:
    """Who writes the page is who pays: the number in the foot is not the seller's."""
    text = """
Molkereigenossenschaft Unterallgäu eG      Datum: 15.10.2025
Xaver Settele
87742 Dirlewang
Milchgeldabrechnung – Gutschrift Nr. MG-2025-09-0447
USt-IdNr. des leistenden Landwirts: DE568776672
Nettobetrag                      3.431,57
7,8 % Umsatzsteuer                 267,66
Auszahlungsbetrag                3.699,23 €
Molkereigenossenschaft Unterallgäu eG · USt-IdNr. DE378657437
"""
    seller = read(text).seller

    assert seller is None or seller.vat_id != "DE378657437"


@pytest.mark.parametrize(
    ("line", "vat_id"),
    [
        ("Sorriso do Lis, Lda·NIF 519638913·ERS E122612", "519638913"),
        ("Ruwe Zaken BV·BTW BE 0594.560.609·BE48 4679 3030 1627", "BE0594560609"),
        ("Oakley Arbor Care Ltd\nVAT reg 296161187. 14 days", "296161187"),
        ("Starlane Pte. Ltd. (GST Reg. No. 201279682R), 50 Jurong Gateway Road", "201279682R"),
    ],
)
def test_what_a_point_parts_is_no_part_of_a_tax_number(line: str, vat_id: str) -> None:
    """Nor what stands behind a bracket, or in the next sentence."""
    text = f"{line}\nInvoice 4711   Date 03.04.2026\nTotal   90.00 EUR"

    assert read(text).seller.vat_id == vat_id


@pytest.mark.parametrize(
    "said",
    [
        "Charged to business profile, card 2207. Amount due £0.00",
        "Zapłacono: przelew 32 900,00 zł (16.04.2025). Pozostaje: 0,00 zł",
    ],
)
def test_a_total_is_not_due_where_nothing_is_left_to_pay(said: str) -> None:
    """Though it is called what is to be paid, and the other only in a sentence."""
    totals = read(f"Invoice 4711   03.04.2026\nTotal amount payable   22.30\n{said}").totals

    assert totals.due != Decimal("22.30")


def test_a_deposit_makes_what_is_due_no_total() -> None:
    """It is paid back, and stands behind the total."""
    totals = read(
        """
Facture 2024-0472     21/02/2024
Location costumes          48,00
Nettoyage                  20,00
HTVA                       68,00
TVA 21 %                   14,28
TVAC                       82,28
Caution (remboursable)    100,00
À payer à l'enlèvement    182,28 €
"""
    ).totals

    assert totals.gross == Decimal("82.28")


@pytest.mark.parametrize(
    "said",
    [
        "GUTSCHRIFT nach § 14 Abs. 2 UStG",
        "FACTURA DE COMPRA (expedida por el destinatario)",
        "Einspruch gegen diese Gutschrift innerhalb von 10 Tagen.",
    ],
)
def test_the_number_of_whoever_writes_for_the_seller_is_not_the_sellers(said: str) -> None:
    """As scrapyards write what they buy."""
    text = f"""
SCHROTT KNIEPER GMBH      USt-IdNr.: DE213361180
{said}
Nummer: GU2025-03361      Datum: 03.04.2026
Gutschriftsbetrag EUR     2.496,08
"""

    assert read(text).seller.vat_id is None


def test_a_remission_is_no_invoice() -> None:
    """What goes with the goods in Mexico, with a total of its own."""
    assert "kind.other" in codes("NOTA DE REMISIÓN N° 10475\nFecha 03/04/2026\nTOTAL $24,540.00")


@pytest.mark.parametrize(
    "said", ["Received with thanks   cash □ bank □", "PAID BY: CHEQUE [ ] CARD [ ]"]
)
def test_boxes_of_a_form_do_not_say_that_it_is_paid(said: str) -> None:
    """Nobody knows which is ticked."""
    assert read(f"Invoice 5048   17/09/26\nTotal   £223.00\n{said}").totals.due != Decimal(0)


def test_a_form_with_ways_to_pay_leaves_what_is_due_open() -> None:
    """Paid or not: neither nothing is due nor all of it."""
    text = """
Rechnung Nr. 859       Datum 22.4.26
Gesamt €                   383,18
IBAN DE91 7505 0000 4088 9970 85
Bezahlt bar    Lastschrift
"""

    assert read(text).totals.due is None


def test_what_is_paid_is_told_behind_an_account_too() -> None:
    """The line above ends with a number: no text goes on from there."""
    text = """
Rechnung Nr. 859       Datum 22.4.26
netto                      322,00
+ 19 % MwSt.                61,18
Gesamt €                   383,18
Raiffeisenbank DE91 7505 0000 4088 9970 85 · USt-Id DE350268597
bar bezahlt 22.4. S. Rauscher
"""

    assert read(text).totals.due == Decimal(0)


def test_the_day_behind_a_total_due_is_not_that_of_issue() -> None:
    """Though it is the only one on the page."""
    text = (
        "Invoice SB-2026-034\nAugust 2026   Days   USD\nTotal due 30 September 2026   USD 11,840.00"
    )

    assert read(text).issue_date is None


def test_a_late_charge_between_the_charges_and_what_is_due_leaves_the_total_open() -> None:
    """It is of an earlier invoice: which of the two is the total a person has to say."""
    text = """
Invoice # 54120948              04/20/2026
Lease payment 17 of 60          1,284.50
NJ sales/use tax                   85.10
Current charges                 1,369.60
Late charge, payment 16            64.23
TOTAL AMOUNT DUE               $1,433.83
"""

    assert read(text).totals.gross == Decimal("1369.60") or "totals.several" in codes(text)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        (
            "Exkl. moms   12 523,00\nMoms 25 %   3 130,75\nTotalt   15 653,75\nAvrundn.   0,25\n"
            "ATT BETALA   SEK 15 654,00",
            "15654.00",
        ),
        (
            "Razem netto   79,67 zł\nVAT 23%   18,32 zł\nRazem brutto   97,99 zł\n"
            "Saldo poprzednie (niedopłata)   12,30 zł\nDo zapłaty   110,29 zł",
            "110.29",
        ),
    ],
)
def test_what_stands_between_the_total_and_what_is_due_is_told(text: str, due: str) -> None:
    """A rounding and an old balance, as Swedish and Polish bills call them."""
    totals = read(text).totals

    assert totals.due == Decimal(due)
    assert totals.rounding or totals.prior_balance


def test_a_total_of_nothing_beside_another_is_a_tax() -> None:
    """The row of totals of a table goes on with the tax, which is none."""
    text = "Fee   Net   VAT\nTotal   284.65   0.00\nInvoice total incl. VAT   EUR 284.65"

    assert read(text).totals.gross == Decimal("284.65")


@pytest.mark.parametrize(
    ("text", "gross"),
    [
        ("Service   Fee   HST\nExam   150.00   0.00\nTOTAL   195.00   0.00", "195.00"),
        (
            "Total GBP Excl. VAT   278.60\n20% VAT   11.50\n0% VAT   0.00\n"
            "Total GBP Incl. VAT   290.10",
            "290.10",
        ),
        (
            "Totalt SEK exkl. moms   100,00\nMoms 25 %   25,00\nTotalt SEK inkl. moms   125,00",
            "125.00",
        ),
        ("Description   Total\nCopy   1,312.50\nGBP Total   £1,312.50", "1312.50"),
        ("Total net de taxes : 2 060,00 €\nExonération de TVA", "2060.00"),
        (
            "Subtotale   € 184,80\nSconto BLACK5   -€ 8,00\nSpedizione   € 6,90\n"
            "Totale (IVA inclusa)   € 183,70",
            "183.70",
        ),
        ("Gesamtbetrag EUR exkl. MwSt.   100,00\nGesamtbetrag EUR inkl. MwSt.   119,00", "119.00"),
    ],
)
def test_a_total_is_told_whatever_its_label_says_of_tax_and_currency(text: str, gross: str) -> None:
    """As Business Central prints it, and with the tax behind it in the same row."""
    assert read(f"Invoice 17\n{text}").totals.gross == Decimal(gross)


def test_a_column_of_goods_has_amounts_though_each_price_stands_beside_it() -> None:
    """“Goods” heads the amounts of British wholesalers."""
    page = draft(
        "Code   Description   Qty   Each   Goods\nC7290   Polo navy S   21   37.05   778.05\n"
        "B4236   Polo navy M   7   9.62   67.34\n\nNet   845.39\nVAT at 20%   169.08\n"
        "Invoice total   1,014.47"
    )

    assert [line.amount for line in page.invoice.lines] == [Decimal("778.05"), Decimal("67.34")]


def test_the_filing_of_a_tax_is_an_item_and_no_tax() -> None:
    """It has quantity, price and amount, as bookkeepers bill it."""
    totals = read(
        "INVOICE # 1188\nMonthly bookkeeping   1   350.00   350.00\n"
        "Sales tax filing   1   70.00   70.00\nBALANCE DUE   $420.00"
    ).totals

    assert (totals.net, totals.tax) != (Decimal("350.00"), Decimal("70.00"))
    assert totals.gross == Decimal("420.00")


def test_the_surcharge_of_equivalence_leaves_the_tax_open() -> None:
    """In Spain it is a part of the tax, and no charge; their sum is not printed."""
    totals = read(
        "FACTURA VF-26\nBase   642,80\n% IVA   21,00\nIVA   134,99\n% Rec.   5,20\n"
        "Recargo   33,43\nTotal factura   811,22 €"
    ).totals

    assert (totals.gross, totals.tax) == (Decimal("811.22"), None)


def test_the_account_at_which_a_french_bill_of_exchange_is_presented_is_the_buyers() -> None:
    """“LCR … Domiciliation”; a domiciliation by itself is the seller's bank."""
    told = "Domiciliation : FR76 3000 6000 0112 3456 7890 189"

    assert not read(
        f"Facture 7\nTotal TTC   9,00 €\nLCR directe Échéance: 15/08/2024 {told}"
    ).payment.accounts
    assert read(f"Facture 7\nTotal TTC   9,00 €\n{told}").payment.accounts


def test_a_vat_number_that_the_line_above_calls_the_recipients_is_theirs() -> None:
    """“Recipient VAT:” stands at the end of a line that wraps."""
    page = read(
        "Invoice 1188204417\nTotal   $318.44\n\n"
        "Services provided by Strata Cloud Services LLC, Seattle. Recipient VAT:\n"
        "NL819304785B04"
    )

    assert page.seller is None or page.seller.vat_id is None


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("Rechnungsdatum = Lieferdatum   16.06.2025", date(2025, 6, 16)),
        ("Rechnungs- und Lieferdatum 2. Dezember 2024", date(2024, 12, 2)),
        ("Tax Invoice KC-2207\n12 Mar 2025 · due 20 Apr 2025", date(2025, 3, 12)),
        ("FACTUUR 9002281774 van 01.12.2025 Klant 228810 Contract 5518-003", date(2025, 12, 1)),
        (
            "Factura fiscală nr. GN 2511882044 din 10.12.2025 · Perioada 01.11.2025",
            date(2025, 12, 10),
        ),
        ("Date of bill: 3 December 2024 · Bill reference JW/24/118827", date(2024, 12, 3)),
        ("AVOIR N° AV-24-00388\nDate:05/11/2024·Page:1/1", date(2024, 11, 5)),
        (
            "RAČUN br. 188/1/2\nDatum i vrijeme: 09.06.2025 11:42 Dospijeće: 24.06.2025",
            date(2025, 6, 9),
        ),
        ("Faktura F 1188/5037/2025\nData wyst./sprzedaży: 2025-07-08", date(2025, 7, 8)),
    ],
)
def test_the_day_of_issue_is_told_beside_another(head: str, day: date) -> None:
    """Whatever else its line tells, and whatever it is called with."""
    assert read(f"{head}\n\nTotal   90,00 EUR").issue_date == day


def test_an_optional_service_charge_is_no_tax() -> None:
    """It is a percentage of the bill as well."""
    totals = read(
        "Invoice 30552\nSubtotal   £86.40\nOptional Service 12.5%   £10.80\nTOTAL   £97.20\n"
        "VAT @20% incl. in food: 14.40"
    ).totals

    assert totals.tax != Decimal("10.80")


def test_the_heading_of_sums_ends_the_items_though_it_has_a_rate() -> None:
    """“IVA 22%” stands over its amount, and the line below is no item."""
    rows = [
        ("DESCRIZIONE", "Q.TA", "PREZZO", "IMPORTO"),
        ("Manodopera", "9,00", "38,00", "342,00"),
        ("Paraurti", "1,00", "120,00", "120,00"),
        ("Spese anticipate", "1,00", "45,00", "45,00"),
        (),
        ("IMPONIBILE", "IVA 22%", "ESENTE ART.15", "TOTALE EURO"),
        ("462,00", "101,64", "45,00", "608,64"),
    ]
    page = draft("\n".join("".join(f"{cell:22}" for cell in row) for row in rows))

    assert [str(line.amount) for line in page.invoice.lines] == ["342.00", "120.00", "45.00"]


def test_a_discount_by_its_label_makes_the_sum_of_items_no_other_total() -> None:
    """Subtotal, discount and what is due agree: nobody has to be asked."""
    page = draft(
        "Description   Quantity   Unit Price   Amount\nBrand refresh   1.00   6,500.00   6,500.00\n"
        "Stock photography   4.00   75.00   300.00\nSubtotal   $6,800.00\n"
        "Discount (5%)   -$340.00\nAmount Due   $6,460.00"
    )

    assert page.invoice.totals.due == Decimal("6460.00")
    assert "totals.several" not in {finding.code for finding in page.findings}


@pytest.mark.parametrize(
    "page",
    [
        # Below the label of who buys, in Croatian.
        "ADRIA NEKRETNINE d.o.o.\nObala 14, 23000 Zadar\n\nKupac: Kolping Reisen GmbH, Salzburg\n"
        "PDV ID: ATU47006859\n\nRačun br. 87/1/1\nUKUPNO EUR   587,60",
        # Of another land than the account to which one pays, and one of that land stands there.
        "Château Peyrelongue   Wijnhuis Van Damme BV\n   Korenmarkt 14\nSCEA Vigne   9000 Gent\n"
        "33570 Montagne   TVA BE0511884242\nTVA FR44382004182\n\nFACTURE N° 25-077\n"
        "TOTAL À PAYER   1560,00 €\nIBAN FR76 3000 6000 0112 3456 7890 189",
    ],
)
def test_the_buyers_number_of_another_land_is_not_the_sellers(page: str) -> None:
    """Absent beats wrong."""
    seller = read(page).seller

    assert seller is None or seller.vat_id in (None, "FR44382004182")


def test_the_province_of_rome_is_not_the_ringgit() -> None:
    """“(RM)” stands behind a postcode and a city."""
    page = "Spett.le COMUNE DI TIVOLI\n00019 Tivoli (RM)\nTotale fattura   2.623,00"

    assert read(page).currency != "MYR"
