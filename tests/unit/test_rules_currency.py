"""Whose currency a mark means, and when nobody can tell."""

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words


def currency(text: str) -> str | None:
    """The currency on a page."""
    return read_words(drawn(text)).invoice.currency


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Acme Inc., Seattle, WA 98101\nTotal   $10.00", "USD"),
        ("Lawn Pty Ltd   ABN 51 824 753 556\nTotal   $10.00", "AUD"),
        ("Maple Studio, Toronto\nHST 13%   $1.30\nTotal   $11.30", "CAD"),
        ("Acme Sdn Bhd\nTotal Amount:   $8.20", "MYR"),
        ("Hygge ApS   CVR 12345678\nTotal   100,00 kr", "DKK"),
        ("Price(RM)\nPen   8.60\nTotal   8.60", "MYR"),
        ("Total EUR   970.00\nExchange rate 1 EUR = 1.08 USD (USD 1,047.60)", "EUR"),
        # In figures alone, the one land that is named.
        ("Boulangerie   SIRET 123 456 789 00012\nTotal   3,60", "EUR"),
        ("Joe's Diner, Austin, TX 78701\nTotal   20.03", "USD"),
        # A code beside the total is plainer than the lands that are named.
        ("Prairie Seeds, Canada\nSeeds   $60.00\nTotal   $60.00 USD", "USD"),
        ("Atelier Jean, Québec (Québec) G1R 2B5\nMontant dû au 3 mai   60,00 $", "CAD"),
        ("Corner Store, Ottawa K1P 5M7\nTotal   $60.00", "CAD"),
        # A letter is a currency where words of its land are on the page.
        ("Karoo Signage, South Africa\nPanel   R1,380.00\nTotal   R1,380.00", "ZAR"),
        ("Ferretería, Comayagua, Honduras\nCemento   L 9,120.00\nTotal   L 9,120.00", "HNL"),
        ("Kamba, Lda\nCadeira   68.500,00 Kz\nTotal   68.500,00 Kz", "AOA"),
        ("Fatura   Moeda   AKZ\nSubtotal   100,00\nTotal (AKZ)   100,00", "AOA"),
        ("Lahore Lens Studio\nDESCRIPTION   AMOUNT (PKR)\nFilm   Rs. 25,000", "PKR"),
        ("Electroautos, Quito\nSubtotal:   $234.20\nTotal:   $234.20", "USD"),
        ("Factura   NIT: 900.418.227-3\nTabla   $ 32,000.00\nTotal COP   $ 32,000.00", "COP"),
        ("Fattura\nIntervento   Euro\nTotale Fattura   190.0", "EUR"),
        # A part of the code of an item is no legal form of Malaysia.
        ("DIS-SDN   Flyers\nSIRET : 80956799300013\nTotal TTC   1 357,92", "EUR"),
        # A sign in a column of its own.
        ("Fattura   P.IVA: 06119807276\nTotale a pagare   s.e. & o.   €   2.664,27", "EUR"),
        # Tax numbers of one land, beside a share capital that agrees.
        ("Faktura\nNIP: 6762154839\nRazem   1.511,38", "PLN"),
        ("Fattura\nPartita iva: 02188400366\nImporto totale   590,72", "EUR"),
        ("Auto Care   GSTIN: 06AAJFS4471Q1ZR\nHR26DK4471\nTotal   5333.60", "INR"),
        ("Motors   VAT No: 330 9339 65\nTotal   380.46", "GBP"),
        ("Capital : 8 000 €\nSIRET : 80956799300013\nTotal TTC   1 357,92", "EUR"),
        # Each of the lands with dollars and a GST has a rate of its own.
        ("Kiwi Consulting\nAdvice   $1,000.00\nGST 15%   $150.00\nTotal   $1,150.00", "NZD"),
        (
            "Opua Marine\nGST 195-379-696\nLabour   $1,942.50\nGST   $291.38\nTotal   $2,233.88",
            "NZD",
        ),
        ("Total GST 10 %   $10.00\nTotal   $110.00", "AUD"),
        ("Sté Batimo, Marrakech\nMontant HT (DH)\nTotal   112,00 DH", "MAD"),
        ("Power Systems, Ikeja, Lagos\nTotal   N17,742,875.00", "NGN"),
        ("Currency: GBP\nVAT currency: EUR\nTotal   5.00 EUR   4.30 GBP", "GBP"),
    ],
)
def test_the_page_says_whose_currency_it_is(text: str, code: str) -> None:
    """By a label, by what stands beside the total, or by words of one land."""
    assert currency(text) == code


@pytest.mark.parametrize(
    "text",
    [
        # GST is levied in five lands that write $, and at no such rate in any of them.
        "Kiwi Consulting\nAdvice   $1,000.00\nGST 12%   $120.00\nTotal   $1,120.00",
        # A seller in one land, a buyer in another, and a mark that both use.
        "Acme, Dallas, TX 75001\nSold to: Polar Foods, Toronto, Canada\nTotal   $10.00",
        # Two currencies, as often.
        "Hotel   100.00 EUR\nTaxi   50.00 USD\nDinner   70.00 EUR\nBus   5.00 USD",
        # Legal forms and codes of items are no currencies: neither Bahrain nor Sweden.
        "SHOES SDN BHD (139386 X), Brunei and Malaysia ABN\nKR600   103.77\nTotal   103.77",
        # A code that is no land's that is named.
        "Prairie Seeds, Canada\nAccount in USD\nSeeds   $60.00\nTotal   $60.00",
        # Pages that are not in English seldom mean the dollar of the United States.
        "Factura\nFecha   3/4/2026\nImporte   $ 60.00\nTotal a pagar   $ 60.00",
        # The name of an authority in brackets is no currency, nor a letter without its land.
        "Servicio de Administración de Rentas (SAR)\nTotal   12.00",
        "Shirt size L 12.00\nDoor R 20.00\nTotal   32.00",
        "Total   12.00",
    ],
)
def test_a_currency_that_nobody_can_be_sure_of_is_left_out(text: str) -> None:
    """The document goes to a person: it is a required field."""
    assert currency(text) is None


def test_a_column_with_the_kind_of_tax_is_no_currency() -> None:
    """“Kz” is short for Kennzeichen in German, and for kwanza in Angola."""
    sums = "Endsumme   129,00\nKz   MwSt.   Netto   Brutto\nA   7%   120,56   129,00"

    assert currency(f"Leistung   Gesamt € Kz\nZimmer   129,00 A\n{sums}\nDE224191084") == "EUR"
    assert currency(f"Leistung   Gesamt Kz\nZimmer   129,00 A\n{sums}") is None


def test_sums_in_two_columns_leave_open_which_are_meant() -> None:
    """Of two currencies, as a rule: both add up."""
    draft = read_words(
        drawn(
            "Description   AED   USD equivalent\nNet   18,500.00   5,037.44\n"
            "VAT 5%   925.00   251.87\nTotal   19,425.00   5,289.31"
        )
    )

    assert "totals.several" in {finding.code for finding in draft.findings}


@pytest.mark.parametrize(
    "said",
    [
        "Kapitał zakładowy 50 000 EUR",
        "Insured up to USD 1,000,000",
        "Delivery free above €50",
        "Paid via PayPal (USD)",
        "SWIFT charges USD 25 borne by customer",
        "Price list in EUR available",
    ],
)
@pytest.mark.parametrize(
    ("head", "sums"),
    [
        (
            "Drukarnia Alfa Sp. z o.o., NIP PL7740001454",
            "Razem   100,00\nVAT 23%   23,00\nSuma   123,00",
        ),
        ("Rosewood Ltd, VAT GB340712352", "Net   100.00\nVAT 20%   20.00\nTotal   120.00"),
        ("Norrbygg AB, SE556036079301", "Netto   100,00\nMoms 25%   25,00\nTotalt   125,00"),
    ],
)
def test_a_currency_in_a_sentence_is_not_that_of_amounts_of_another_land(
    said: str, head: str, sums: str
) -> None:
    """Nothing marks the amounts themselves: the land is told, and another currency besides."""
    assert read_words(drawn(f"{head}\n\nNr 17\n\n{sums}\n\n{said}")).invoice.currency is None


def test_a_currency_in_a_sentence_is_taken_where_no_land_says_otherwise() -> None:
    """Or where it stands beside amounts as well."""
    sums = "Net   100.00\nVAT 20%   20.00\nTotal   120.00"
    found = read_words(drawn(f"Rosewood\n\nNo. 17\n\n{sums}\n\nPrice list in EUR available"))
    beside = read_words(drawn(f"Rosewood, SE556036079301\n\nNo. 17\n\n{sums} EUR"))

    assert (found.invoice.currency, beside.invoice.currency) == ("EUR", "EUR")
