"""Whole pages in seven languages, each laid out in its own way."""

import json
from typing import Any

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words

AMERICAN = """
ACME PLUMBING & HEATING
1420 W Fulton St
Chicago, IL 60607
(312) 555-0199
                                                     INVOICE
                                          Invoice #:      10442
Bill To:              Service Location:   Invoice Date:   04/05/2024
John Q. Public        88 Lake Shore Dr    Due Date:       05/05/2024
88 Lake Shore Dr      Chicago, IL 60611   Terms:          Net 30
Chicago, IL 60611

Description                                   Qty     Rate      Amount
Water heater, 50 gal                            1   899.00      899.00
Labor (hours)                                   4   125.00      500.00
Permit fee                                      1    75.00       75.00
                                                    Subtotal  1,474.00
                                          Sales tax (6.25%)      56.19
                                                       Total $1,530.19
                                                    Payments  -$500.00
                                                 Balance Due $1,030.19
Make checks payable to Acme Plumbing & Heating
"""

GERMAN = """
Anna Schmidt Grafikdesign · Lindenweg 4 · 50667 Köln

Musterfirma OHG
Herr Peter Klein
Bahnhofstr. 12
50668 Köln

                                                    Köln, 02.05.2024
Rechnung Nr. 24-017

Logoentwurf, pauschal                                     850,00 €
Visitenkarten-Layout                                      150,00 €
Gesamtbetrag                                            1.000,00 €

Gemäß § 19 UStG enthält der Rechnungsbetrag keine Umsatzsteuer.
Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf mein Konto
IBAN DE89 3704 0044 0532 0130 00. Steuernummer 219/5123/4567
"""

FRENCH = """
SAS Les Jardins d'Armor                              FACTURE
12 route de Brest                                    N° : 2024-0317
29200 Brest                                          Date : 12 mars 2024
Siret 512 345 678 00012                              Client : C00412
TVA FR 45 512345678
                                          Madame Le Goff
                                          3 impasse des Lilas
                                          29000 Quimper

Désignation                       Qté   PU HT    Remise   Total HT
Taille de haies                    12   35,00     10 %     378,00
Evacuation des déchets              1   80,00               80,00

                                            Total HT       458,00
                                            TVA 10 %        45,80
                                            Total TTC      503,80
                                            Acompte versé  150,00
                                            Reste à payer  353,80
Echéance : 11/04/2024
"""

DUTCH = """
Klussenbedrijf Jansen
Dorpsstraat 7, 3432 AA Nieuwegein
KvK 30123456   BTW-id NL001234567B89   IBAN NL91 ABNA 0417 1643 00

Aan:
Fam. de Vries
Parkweg 10
3511 AA Utrecht

FACTUUR 2024-058                         Datum 5 juni 2024

Omschrijving                                   Uren   Tarief    Bedrag
Schilderwerk woonkamer                           16    45,00    720,00
Materiaal                                                       135,50
                                            Subtotaal           855,50
                                            9% btw over 720,00   64,80
                                            21% btw over 135,50  28,46
                                            Totaal              948,76
Gelieve het bedrag binnen 14 dagen over te maken.
"""

ITALIAN = """
STUDIO TECNICO ING. PAOLO VERDI
Via Roma 3 - 37121 Verona (VR)
C.F. VRDPLA70A01L781X - P.IVA 01234567897

                                             Spett.le
                                             CONDOMINIO AURORA
                                             Via Mazzini 10
                                             37122 Verona (VR)

PARCELLA N. 14 del 30/04/2024

Direzione lavori rifacimento facciata              € 2.000,00
Contributo Inarcassa 4%                            €    80,00
Imponibile                                         € 2.080,00
IVA 22%                                            €   457,60
Totale                                             € 2.537,60
Ritenuta d'acconto 20% su 2.000,00                 €  -400,00
Netto a pagare                                     € 2.137,60
"""

SPANISH = """
Fontanería Ruiz, S.L.                     FACTURA
C/ Sol, 15 - 41001 Sevilla                Número: A/2024/0087
C.I.F.: B41234567                         Fecha: 03/04/2024
                                          Cliente: Bar Triana
                                          N.I.F.: 28765432X
                                          C/ Betis, 4 - 41010 Sevilla

Cant.  Concepto                       Precio      Dto.    Importe
  2    Grifo monomando                 45,00        0%      90,00
  3    Mano de obra                    30,00        0%      90,00
                         Base imponible      % IVA    Cuota IVA     Total
                               180,00          21        37,80    217,80
TOTAL FACTURA: 217,80 Euros
Forma de pago: Transferencia. Vencimiento: 03/05/2024
"""

PORTUGUESE = """
Padaria Flor do Minho, Unipessoal Lda
Rua Nova 12
4700-001 Braga
NIF 507123456
                                    Fatura FT A/1234
                                    Data: 2024-05-10   Vencimento: 2024-06-09
                                    Exmo.(s) Senhor(es)
                                    Hotel Bom Jesus, S.A.
                                    Monte do Bom Jesus
                                    4715-056 Braga
                                    NIF 501987654

Artigo    Descrição             Qtd   Pr. Unit.   Desc.   IVA    Valor
P01       Pão de trigo          200        0,15           6%     30,00
B07       Bolo de anos            1       25,00          23%     25,00

Taxa   Incidência   IVA                  Total ilíquido       55,00
6%          30,00  1,80                  Total IVA             7,55
23%         25,00  5,75                  TOTAL (EUR)          62,55
"""

CASES = {
    "american": (
        AMERICAN,
        ("10442", "2024-04-05", "2024-05-05", "USD", "ACME PLUMBING & HEATING", "John Q. Public"),
        {"net": "1474.00", "tax": "56.19", "gross": "1530.19", "paid": "500.00", "due": "1030.19"},
        ["899.00", "500.00", "75.00"],
    ),
    "german": (
        GERMAN,
        (
            "24-017",
            "2024-05-02",
            "2024-05-16",
            "EUR",
            "Anna Schmidt Grafikdesign",
            "Musterfirma OHG",
        ),
        {"net": "1000.00", "tax": "0", "gross": "1000.00", "due": "1000.00"},
        [],
    ),
    "french": (
        FRENCH,
        ("2024-0317", "2024-03-12", "2024-04-11", "EUR", "SAS Les Jardins d'Armor", "Le Goff"),
        {"net": "458.00", "tax": "45.80", "gross": "503.80", "paid": "150.00", "due": "353.80"},
        ["378.00", "80.00"],
    ),
    "dutch": (
        DUTCH,
        ("2024-058", "2024-06-05", "2024-06-19", "EUR", "Klussenbedrijf Jansen", "Fam. de Vries"),
        {"net": "855.50", "gross": "948.76", "due": "948.76"},
        ["720.00", "135.50"],
    ),
    "italian": (
        ITALIAN,
        ("14", "2024-04-30", None, "EUR", "STUDIO TECNICO ING. PAOLO VERDI", "CONDOMINIO AURORA"),
        {
            "net": "2080.00",
            "tax": "457.60",
            "gross": "2537.60",
            "due": "2137.60",
            "withheld": "400.00",
        },
        [],
    ),
    "spanish": (
        SPANISH,
        ("A/2024/0087", "2024-04-03", "2024-05-03", "EUR", "Fontanería Ruiz, S.L.", "Bar Triana"),
        {"net": "180.00", "tax": "37.80", "gross": "217.80", "due": "217.80"},
        ["90.00", "90.00"],
    ),
    "portuguese": (
        PORTUGUESE,
        (
            *("FT A/1234", "2024-05-10", "2024-06-09", "EUR"),
            *("Padaria Flor do Minho, Unipessoal Lda", "Hotel Bom Jesus, S.A."),
        ),
        {"net": "55.00", "tax": "7.55", "gross": "62.55", "due": "62.55"},
        ["30.00", "25.00"],
    ),
}


@pytest.mark.parametrize(("page", "head", "totals", "amounts"), CASES.values(), ids=CASES)
def test_a_page_is_read_as_a_person_would(
    page: str, head: tuple[str | None, ...], totals: dict[str, str], amounts: list[str]
) -> None:
    """Number, dates, currency, parties, sums and lines; what is not there is absent."""
    invoice: dict[str, Any] = json.loads(
        read_words(drawn(page)).invoice.model_dump_json(exclude_defaults=True)
    )

    fields = ("number", "issue_date", "due_date", "currency")
    read = (*(invoice.get(name) for name in fields), *names(invoice))
    assert read == head
    assert {name: value for name, value in invoice["totals"].items() if name != "lines"} == totals
    assert [line["amount"] for line in invoice.get("lines", ())] == amounts


def names(invoice: dict[str, Any]) -> tuple[str | None, str | None]:
    """Who sells and who buys."""
    return invoice.get("seller", {}).get("name"), invoice.get("buyer", {}).get("name")
