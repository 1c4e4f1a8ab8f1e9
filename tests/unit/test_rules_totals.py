"""The sums are chosen together, and left out where they are not clear."""

from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Draft, Totals


def read(text: str) -> Draft:
    """What the rules make of a page."""
    return read_words(drawn(text))


def totals(text: str) -> Totals:
    """The sums on a page."""
    return read(text).invoice.totals


@pytest.mark.parametrize(
    "text",
    [
        "Subtotal   $1,000.00\nTax 19%   $190.00\nTotal   $1,190.00",
        "Nettobetrag   1.000,00 €\nzzgl. 19% MwSt.   190,00 €\nGesamtbetrag   1.190,00 €",
        "Total HT   1 000,00 €\nTVA 19 %   190,00 €\nNet à payer   1 190,00 €",
        "Totaal excl. btw   1.000,00\nBTW 19%   190,00\nTe betalen   1.190,00",
        "Imponibile   1.000,00\nIVA 19%   190,00\nTotale fattura   1.190,00",
        "Base imponible   1.000,00\nIVA 19 %   190,00\nTotal factura   1.190,00",
        "Total ilíquido   1.000,00\nIVA (19%)   190,00\nTotal a pagar   1.190,00",
        "VAT %      Net         VAT      Gross\n19 %     1,000.00   190.00   1,190.00",
    ],
)
def test_net_tax_and_gross_are_found_in_seven_languages(text: str) -> None:
    """One below the other, or side by side under headings."""
    found = totals(f"{text}\n\nDue date   30 June 2026")

    assert (found.net, found.tax, found.gross) == (Decimal(1000), Decimal(190), Decimal(1190))
    assert found.due == Decimal(1190)


def test_the_figures_that_add_up_win_over_those_that_do_not() -> None:
    """Of two totals, the one that net and tax explain is the total."""
    found = totals(
        "Total   500.00\nSubtotal   1,000.00\nVAT 20%   200.00\nTotal   1,200.00\nTotal   77.00"
    )

    assert found.gross == Decimal(1200)


TRUE = "Subtotal   1,000.00 EUR\nVAT 20%   200.00 EUR\nGrand total   1,200.00 EUR\n"


def codes(text: str) -> list[str]:
    """The findings of the rules themselves on a page."""
    return [finding.code for finding in read(text).findings]


@pytest.mark.parametrize(
    "other",
    [
        "Subtotal   2,000.00\nVAT 20%   400.00\nGrand total   2,400.00",
        "Invoice total: 2,400.00",
        "Total   2,400.00",
        "Total EUR 2,400.00",
        "Rechnungsbetrag   2.400,00",
    ],
)
def test_two_totals_on_a_page_are_told(other: str) -> None:
    """Whichever comes first, and whether it adds up or not: a person has to look."""
    assert codes(f"{TRUE}{other}") == ["totals.several"]
    assert codes(f"{other}\n{TRUE}") == ["totals.several"]


@pytest.mark.parametrize(
    "other",
    [
        "Grand total   1,200.00",
        "Total hours   12.00",
        "Grand total   USD 1,320.00",
        "Deposit   200.00\nTotal amount   1,000.00",
        "Total due   1,200.00",
    ],
)
def test_what_is_one_of_the_sums_or_no_total_is_no_second_one(other: str) -> None:
    """The same again, another currency, what is left to pay, hours."""
    assert codes(f"{TRUE}{other}") == []


MARKED = "".join(f"Item {at}   10.00 EUR\n" for at in range(1, 4))


@pytest.mark.parametrize(
    ("sums", "found"),
    [
        ("Subtotal   30.00 EUR\nVAT 20%   6.00 EUR\nGrand total   36.00 EUR", []),
        ("Subtotal   30.00 EUR\nVAT 20%   6.00 EUR\nGrand total   36.00", []),
        ("Subtotal   30.00 EUR\nVAT 20%   6.00 EUR\nGrand total   $36.00", ["currency.several"]),
        ("Subtotal   30.00 EUR\nVAT 20%   6.00 EUR\nGrand total   36.00 USD", ["currency.several"]),
    ],
)
def test_a_total_in_another_currency_than_the_rest_is_told(sums: str, found: list[str]) -> None:
    """Most of a page speaks of one currency, and the line that is paid by of another."""
    assert codes(f"{MARKED}{sums}") == found


def test_sums_that_are_wrong_on_the_page_are_read_as_they_stand() -> None:
    """It is for validation to say so."""
    found = totals("Nettobetrag   100,00 €\nMwSt-Betrag   19,00 €\nGesamtbetrag   121,00 €")

    assert (found.net, found.tax, found.gross) == (Decimal(100), Decimal(19), Decimal(121))


def test_several_rates_explain_the_total_though_nobody_adds_them_up() -> None:
    """Each row is kept; a sum that is not on the page is not reported."""
    invoice = read("Net total   150.00\nVAT 20%   20.00\nVAT 5%   2.50\nTotal   172.50").invoice

    assert (invoice.totals.net, invoice.totals.gross) == (Decimal(150), Decimal("172.50"))
    assert invoice.totals.tax is None
    assert [(tax.rate, tax.amount) for tax in invoice.taxes] == [
        (Decimal(20), Decimal(20)),
        (Decimal(5), Decimal("2.50")),
    ]


def test_a_row_of_the_breakdown_is_not_the_whole() -> None:
    """The last row of two under ``Gross`` is no total."""
    invoice = read(
        "VAT %     Net      VAT     Gross\n"
        "20 %    100.00   20.00   120.00\n"
        "5 %      50.00    2.50    52.50\n"
        "Amount due                172.50"
    ).invoice

    assert invoice.totals.gross == Decimal("172.50")
    assert [(tax.base, tax.amount) for tax in invoice.taxes] == [
        (Decimal(100), Decimal(20)),
        (Decimal(50), Decimal("2.50")),
    ]


def test_what_was_paid_is_taken_off_what_is_due() -> None:
    """Gross, paid and due agree."""
    found = totals(
        "Rechnungssumme ohne USt.   100,00\nSteuerbetrag   19,00\nBruttosumme   119,00\n"
        "Erhaltene Anzahlungen   -50,00\nZahlbetrag   69,00"
    )

    assert (found.gross, found.paid, found.due) == (Decimal(119), Decimal(50), Decimal(69))


def test_what_is_left_after_a_payment_is_due_if_it_stands_below_it() -> None:
    """Whatever its label, which OCR may have lost."""
    totals = read_words(
        drawn(
            """
            Total líquido      634,35 €
            IVA 23 %           145,90 €
            Total da fatura    780,25 €
            Adiantamento       390,13 €
            Xzzz               390,12 €
            """
        )
    ).invoice.totals

    assert (totals.paid, totals.due) == (Decimal("390.13"), Decimal("390.12"))


def test_net_and_tax_are_neither_due_nor_paid() -> None:
    """``Líquido`` may be what is due; but gross less net is the tax, and nobody paid that."""
    totals = read_words(
        drawn(
            """
            Líquido            634,35 €
            IVA 23 %           145,90 €
            Total da fatura    780,25 €

            Vencimento: 30/06/2026
            """
        )
    ).invoice.totals

    assert (totals.net, totals.due, totals.paid) == (Decimal("634.35"), Decimal("780.25"), None)


def test_what_is_due_is_not_guessed_after_a_payment() -> None:
    """Somebody paid something; what is left, the page does not say."""
    assert totals("Total   119,00 €\nBereits bezahlt   50,00 €").due is None


def test_discount_and_freight_lead_from_the_lines_to_the_net() -> None:
    """Subtotal − discount + shipping = net."""
    found = totals(
        "Subtotal   200.00\nDiscount   -20.00\nShipping   5.00\nNet total   185.00\n"
        "VAT 20%   37.00\nTotal   222.00"
    )

    assert (found.lines, found.allowances, found.charges, found.net) == (
        Decimal(200),
        Decimal(20),
        Decimal(5),
        Decimal(185),
    )


def test_no_tax_is_inferred_only_where_words_say_so() -> None:
    """Reverse charge makes it nothing; silence leaves it out."""
    assert totals("Gesamtbetrag   100,00 €\nSteuerschuldnerschaft").tax == 0
    assert totals("Gesamtbetrag   100,00 €").tax is None


def test_a_zero_does_not_hide_the_tax() -> None:
    """Net is not gross because some goods are free of tax."""
    found = totals("Subtotal   100.00\nTax   8.25\nTax   0.00\nTotal   108.25")

    assert (found.net, found.tax, found.gross) == (Decimal(100), Decimal("8.25"), Decimal("108.25"))


def test_goods_outside_the_tax_do_not_make_the_whole_free_of_it() -> None:
    """The rows of the rates say what was taxed."""
    found = totals(
        "Aliquota   Imponibile   IVA\n10%   490,91   49,09\n22%   20,00   4,40\n"
        "Esclusa art. 15   24,00   0,00\n\nTotale Euro   588,40"
    )

    assert found.gross == Decimal("588.40")
    assert found.net != found.gross


def test_a_credit_note_of_381_carries_positive_amounts() -> None:
    """As EN 16931 has it; a correction (384) keeps its minus."""
    text = "{}\n\nTotal HT   -100,00 €\nTVA 20 %   -20,00 €\nTotal TTC   -120,00 €"

    credit, correction = (totals(text.format(title)) for title in ("AVOIR", "Rechnungskorrektur"))

    assert (credit.net, credit.tax, credit.gross) == (Decimal(100), Decimal(20), Decimal(120))
    assert (correction.net, correction.gross) == (Decimal(-100), Decimal(-120))


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("Total   $10.00", "USD"),
        ("ABN 51 824 753 556   Australia\nTotal   $10.00", "AUD"),
        ("Total   R$ 10,00", "BRL"),
        ("Betrag in CHF\nTotal   CHF 10.00", "CHF"),
        ("Summe   10,00 zł", "PLN"),
        ("Total   10,00\nIBAN   DE89 3704 0044 0532 0130 00", "EUR"),
        ("Total   10.00", None),
    ],
)
def test_the_currency_is_told_by_code_symbol_or_country(text: str, currency: str | None) -> None:
    """A dollar is American unless the page speaks of another land."""
    assert read(text).invoice.currency == currency


ITEMS = "Item        Qty     Price    Amount\nTable         2    100.00    200.00\n"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        # Freight that is added after the tax.
        (
            f"{ITEMS}Subtotal   200.00\nTax 8%   16.00\nShipping   15.00\nTotal   231.00\n"
            "Payments   -31.00\nBalance Due   200.00",
            {"lines": "200", "tax": "16", "charges": "15", "gross": "231", "paid": "31"},
        ),
        # Discounts under no name that is known, between subtotal and net.
        (
            f"{ITEMS}Subtotal   200.00\nLess 10% on 200.00   -20.00\nNet total   180.00\n"
            "VAT 20%   36.00\nTotal   216.00\n\nPayable within 30 days",
            {"lines": "200", "allowances": "20", "net": "180", "gross": "216", "due": "216"},
        ),
        # A payment in a table of its own.
        (
            "Net   100.00\nVAT 20%   20.00\nTotal   120.00\nSEPA transfer 31/10/2017   40.00\n"
            "Residual   80.00",
            {"gross": "120", "paid": "40", "due": "80"},
        ),
        # What an earlier bill left open is owed, and not part of this one.
        (
            "Previous balance   150.00\nNet   200.00\nVAT 5%   10.00\nTotal this invoice   210.00\n"
            "Total amount due   360.00",
            {"gross": "210", "prior_balance": "150", "due": "360"},
        ),
        # Income tax that the buyer keeps back.
        (
            "Imponibile   1.000,00\nIVA 22%   220,00\nTotale fattura   1.220,00\n"
            "Ritenuta d'acconto 20%   -200,00\nNetto a pagare   1.020,00",
            {"gross": "1220", "withheld": "200", "due": "1020"},
        ),
    ],
)
def test_what_stands_between_items_net_gross_and_due_has_its_name(
    text: str, fields: dict[str, str]
) -> None:
    """By its label, else because it is what the others differ by."""
    found = totals(text)

    assert {name: getattr(found, name) for name in fields} == {
        name: Decimal(value) for name, value in fields.items()
    }


def test_the_total_of_one_rate_is_not_that_of_the_document() -> None:
    """What is payable is that and the total of another rate."""
    found = totals(
        "Total 6% supplies (excl. GST)   13.30\nGST   0.80\nTotal 6% supplies (inc. GST)   14.10\n"
        "Subtotal   54.31\nTotal payable   68.41"
    )

    assert (found.net, found.tax, found.gross) == (None, None, Decimal("68.41"))


def test_nothing_left_to_pay_is_no_total() -> None:
    """A balance of nothing says that it was paid."""
    assert totals("Balance   0.00").gross is None


def test_net_30_days_is_no_net() -> None:
    """Terms of payment stand in the same row as the amount due."""
    found = totals(
        "Terms     Due Date     Amount Due\nNet 30    01/27/2024    $1,045.20\nTax   55.20\n"
        "Total   $1,045.20"
    )

    assert (found.net, found.gross) == (None, Decimal("1045.20"))


@pytest.mark.parametrize(
    ("heading", "net"),
    [("Amount excl.", "200"), ("Price w/o tax", "200"), ("Amount", None), ("Amount incl.", None)],
)
def test_items_without_tax_that_make_the_total_make_the_net(heading: str, net: str | None) -> None:
    """Only where the heading says so: prices for consumers hold the tax."""
    items = f"Item        Qty     Price    {heading}\nTable         2    100.00    200.00"

    found = totals(f"{items}\nTotal   200.00")

    assert found.net == (Decimal(net) if net else None)


def test_tax_in_the_total_is_told_by_its_rate() -> None:
    """Where nobody prints the net."""
    found = totals("Total   EUR 49.90\nincl. 19% VAT   7.97")

    assert (found.net, found.tax, found.gross) == (None, Decimal("7.97"), Decimal("49.90"))


OLD = """
Balance brought forward   118.30
{paid}Water   92.10
Wastewater   90.77
Total now due   {due}
"""


@pytest.mark.parametrize(
    ("paid", "due", "gross"),
    [
        ("", "301.17", None),
        ("Payment received   -118.30\n", "182.87", Decimal("182.87")),
    ],
)
def test_a_total_that_may_hold_an_old_balance_is_not_that_of_the_invoice(
    paid: str, due: str, gross: Decimal | None
) -> None:
    """Unless a payment took the old balance off; what is due is due all the same."""
    found = totals(OLD.format(paid=paid, due=due))

    assert (found.gross, found.due) == (gross, Decimal(due))


@pytest.mark.parametrize(
    ("part", "due"), [("Sicherheitseinbehalt 5 %", None), ("Skonto 5 %", Decimal(1190))]
)
def test_what_is_kept_back_below_the_total_leaves_open_what_is_due(
    part: str, due: Decimal | None
) -> None:
    """By whatever name, as long as it is no discount for those who pay soon."""
    found = totals(
        f"Netto   1.000,00\n19 % MwSt   190,00\nBrutto   1.190,00\n{part}   -59,50\nRest   1.130,50"
        "\n\nZahlbar innert 30 Tagen"
    )

    assert (found.gross, found.due) == (Decimal(1190), due)


def test_what_remains_to_be_paid_below_a_payment_is_not_the_total() -> None:
    """Both are called what is to be paid, and an amount without a known name lies between."""
    found = totals("Pianino   480,00\nZu zahlen   480,00\nErhalten   150,00\nZu zahlen   330,00")

    assert found.gross != Decimal(330)


@pytest.mark.parametrize(
    "text",
    [
        "Charges   529.00\nSubtotal   529.00\nInsurance payment 10/22/2026   -347.00\n"
        "Adjustment   -61.00\nPatient balance due   121.00",
        "Servicio   R$ 4.850,00\nCOFINS   R$ 0,00\nValor total   R$ 0,00",
    ],
)
def test_what_a_payment_leaves_and_nothing_at_all_are_no_totals(text: str) -> None:
    """Larger amounts stand on the page: the document goes to a person."""
    assert totals(text).gross is None


def test_what_a_discount_leaves_is_not_due_though_its_label_stands_alone() -> None:
    """The words of the discount stand before it on its line."""
    found = totals(
        "Netto   1.902,01\n19 % MwSt   361,38\nRechnungsbetrag   2.263,39\n"
        "bis 10.10.26   3,00 % Skonto = 67,90 EUR   zahlbar 2.195,49 EUR"
    )

    assert (found.gross, found.due) in [(Decimal("2263.39"), due) for due in (None, found.gross)]


def test_a_tax_that_is_withheld_is_not_the_vat() -> None:
    """Though the payable and it make the total as well."""
    found = totals(
        "Imponibile IVA   1.435,20\nIVA 22%   315,74\nSpese esenti   98,00\n"
        "TOTALE FATTURA   1.848,94\nA dedurre ritenuta d'acconto 20% su 1.380,00   -276,00\n"
        "NETTO A PAGARE   1.572,94"
    )

    assert found.tax != Decimal(276)
    assert found.net != Decimal("1572.94")


def test_a_row_of_headings_is_paired_with_a_row_of_as_many_amounts_by_order() -> None:
    """Headings begin where the columns do, and amounts end where these end."""
    found = totals(
        "Freight      Packing      Net total    Discount     VAT          Total due\n"
        "       0.00         0.00       113.83        12.65       26.18        140.01"
    )

    assert (found.net, found.tax, found.gross) == tuple(map(Decimal, ("113.83", "26.18", "140.01")))


def test_what_is_said_of_one_item_is_not_said_of_all() -> None:
    """One of them bears no tax; the others do."""
    found = totals(
        "Description   Qty   Price   Total\nAdvice   1   100.00   100.00\n"
        "Travel (no VAT)   1   20.00   20.00\nTotal   120.00"
    )

    assert found.tax is None


def test_what_is_due_stays_open_where_an_amount_beside_its_label_does_not_fit() -> None:
    """As where a table of rates stands on the same lines."""
    found = totals(
        "Rate   Base   Tax                 Total TTC :   1,390.00\n"
        "20%   200.00   40.00              Acompte versé :   -400.00\n"
        "15%   1,000.00   150.00           NET À PAYER :   990.00"
    )

    assert found.due in (None, Decimal(990))


@pytest.mark.parametrize(("part", "gross"), [("582,00", None), ("500,00", Decimal(2328))])
def test_what_is_left_after_a_part_payment_is_not_the_total(
    part: str, gross: Decimal | None
) -> None:
    """Where it and the payment make another amount of the page, by whatever name."""
    found = totals(f"Preis der Reise   2.910,00\nAnzahlung   {part}\nGesamtbetrag   2.328,00")

    assert found.gross == gross


def test_what_a_total_includes_is_not_the_total() -> None:
    """As web shops print it: the amount, and in brackets the tax in it."""
    found = totals("Zwischensumme   76,00 €\nGesamt   76,00 € (inkl. 12,13 € MwSt.)")

    assert found.gross == Decimal(76)


def test_what_is_called_shipping_is_no_tax() -> None:
    """Though it makes the total of the subtotal, as a tax would."""
    found = totals("Mug   $430.50\nSubtotal   $430.50\nShipping   $8.00\nTotal   $438.50 USD")

    assert (found.tax, found.gross) == (None, Decimal("438.50"))


def test_the_row_under_the_items_is_net_tax_and_gross() -> None:
    """Under the headings of the items, as in Poland, whatever the items say of tax."""
    found = totals(
        "Nazwa   Ilość   Cena netto   Netto   VAT   Kwota VAT   Brutto\n"
        "Wymiana opon   4   40,65   162,60   23%   37,40   200,00\n"
        "RAZEM   162,60   37,40   200,00\nDo zapłaty: 200,00 zł"
    )

    assert (found.net, found.tax, found.gross) == (
        Decimal("162.60"),
        Decimal("37.40"),
        Decimal(200),
    )


def test_what_a_platform_keeps_of_a_total_without_tax_makes_no_net() -> None:
    """Net to be received is what is left of it for the seller."""
    found = totals(
        "Description   Montant\nSéance   60,00 €\nMontant total de la prestation   60,00 €\n"
        "TVA non applicable, art. 293 B du CGI\nCommission   - 7,20 €\nNET À PERCEVOIR   52,80 €"
    )

    assert (found.net, found.gross) == (None, Decimal(60))


def test_the_sum_that_the_lines_make_is_theirs_where_another_is_the_net() -> None:
    """A discount stands between them, and the net is called a subtotal."""
    found = totals(
        "Beschreibung   Menge   Preis   Gesamt\nMessestand   1,00   2.450,00 €   2.450,00 €\n"
        "Strahler   8,00   119,50 €   956,00 €\nBetrag netto   3.406,00 €\n"
        "abzgl. Rabatt 5,00 %   170,30 €\nZwischensumme   3.235,70 €\nMwSt 19 %   614,78 €\n"
        "Rechnungsbetrag   3.850,48 €"
    )

    assert (found.lines, found.allowances) == (Decimal(3406), Decimal("170.30"))


def test_freight_below_the_items_is_a_charge_where_it_makes_the_net() -> None:
    """It has an amount, but neither quantity nor price."""
    found = totals(
        "Omschrijving       Aantal    Prijs    Bedrag\n"
        "Spirobuis               6    12,00     72,00\n"
        "Dakdoorvoer             2    51,80    103,60\n"
        "Transportkosten                        12,50\n"
        "Totaal excl. btw   188,10\nBTW 21%   39,50\nTotaal incl. btw   227,60"
    )

    assert (found.lines, found.charges, found.net) == (
        Decimal("175.60"),
        Decimal("12.50"),
        Decimal("188.10"),
    )


def test_tax_withheld_from_a_named_total_leaves_what_is_due() -> None:
    """Where no net is printed, the label of the total and the sum say which one it is."""
    found = totals(
        "IVA   57,50 €\nTotal   382,50 €\nRetenção na fonte (25%)   -62,50 €\n"
        "Valor a pagar   320,00 €"
    )

    assert (found.gross, found.due, found.withheld) == (
        Decimal("382.50"),
        Decimal(320),
        Decimal("62.50"),
    )


def test_a_total_and_a_payment_that_leave_what_is_due_are_what_they_are_called() -> None:
    """Though “Total” alone says less than “Balance due”."""
    found = totals("Total:   €2,000.00\nDeposit Paid:   €600.00\nBalance Due:   €1,400.00")

    assert (found.gross, found.paid, found.due) == (Decimal(2000), Decimal(600), Decimal(1400))


def test_shipping_between_subtotal_and_tax_is_a_charge() -> None:
    """The net of both is not printed, and left out."""
    found = totals(
        "Summe Warenwert   53.80\nVersandkosten   4.95\nMwSt gesamt   7.12\n"
        "Endsumme inkl. MwSt   65.87"
    )

    assert (found.net, found.tax, found.gross) == (None, Decimal("7.12"), Decimal("65.87"))
    assert (found.lines, found.charges) == (Decimal("53.80"), Decimal("4.95"))


def test_instalments_that_exceed_the_cost_of_a_year_leave_open_what_is_due() -> None:
    """The customer gets money back, so the total is not due."""
    found = totals(
        "Totaal exclusief btw   € 1.495,61\nBtw 21%   € 314,08\n"
        "Totale kosten inclusief btw   € 1.809,69\n"
        "In rekening gebrachte termijnbedragen (12 x € 165,00)   € -1.980,00\n"
        "U krijgt terug   € 170,31"
    )

    assert (found.gross, found.due) == (Decimal("1809.69"), None)


@pytest.mark.parametrize(
    "text",
    [
        "Imponibile   1.320,00 €\nRivalsa INPS 4%   52,80 €\nTotale fattura   1.372,80 €",
        "Location   262,50 €\nTaxe de séjour   16,80 €\nTotal   279,30 €",
        "Cuota mantenimiento ascensor   217,80 EUR\nTotal   217,80 EUR",
    ],
)
def test_what_is_no_tax_is_none_though_it_makes_the_total(text: str) -> None:
    """A contribution, a tax on guests that is no VAT, a fee that has a name of tax."""
    assert totals(text).tax in (None, Decimal(0))


def test_the_total_of_the_items_is_not_what_a_deposit_leaves() -> None:
    """The amount due has the plainer label, though it is the smaller one."""
    found = totals(
        f"{ITEMS}Total   200.00\nDeposit collected (card)\n-120.00\nInvoice balance   80.00"
    )

    assert (found.gross, found.due) == (Decimal(200), Decimal(80))


def test_a_tax_that_is_withheld_from_what_bears_no_vat_leaves_open_what_is_net() -> None:
    """What is left after it is neither net nor gross."""
    found = totals(
        "Base Imponible:   420,00 €\nIRPF (15%):   -63,00 €\nTotal:   357,00 €\n"
        "Exenta de IVA por aplicación del Art. 20"
    )

    assert found.net != Decimal(357)


@pytest.mark.parametrize(
    "text",
    [
        "Subtotal   45.99\nGST/HST   6.90\nPST/QST   0.00\nTotal (CAD)   52.89",
        "Tuition subject to VAT at 20%   500.00\nVAT on tuition   100.00\nLunch (exempt)   95.00\n"
        "Total for term   695.00",
    ],
)
def test_what_is_exempt_in_part_bears_a_tax(text: str) -> None:
    """Of two taxes one may be nothing, and of many goods some bear none."""
    found = totals(text)

    assert found.tax != 0
    assert found.net != found.gross


def test_a_sum_that_an_adjustment_lessens_is_not_the_total() -> None:
    """Though what is left stands without a name."""
    found = totals(f"{ITEMS}Subtotal   $200.00\nAdjustments   -$20.00\n$180.00")

    assert found.gross != Decimal(200)


def test_one_of_several_taxes_is_not_all_of_it() -> None:
    """Where nothing adds up, nobody can tell how much they come to."""
    found = totals("Fees   2,878.40\nGST 5%   143.92\nPST 7%   193.20\nTotal   3,420.52")

    assert found.tax is None


def test_an_account_behind_a_currency_is_no_amount() -> None:
    """However the words before it are like a label."""
    found = totals("Total   4,117.88\nPayable in USD within 14 days. KCB Bank USD 1180447188")

    assert (found.gross, found.due) != (Decimal(1180447188), Decimal(1180447188))
    assert found.gross == Decimal("4117.88")


def test_behind_a_currency_a_space_parts_thousands() -> None:
    """In South Africa, with a point before the cents."""
    found = totals("Cottage   ZAR 2 300.00\nDinner   ZAR 840.00\nTotal   ZAR 3 140.00")

    assert found.gross == Decimal(3140)


@pytest.mark.parametrize(
    "old",
    [
        "Overdue from last bill",
        "Alte Forderung",
        "Reste dû facture précédente",
        "Importi arretrati",
        "Facturas pendientes",
        "Valores em atraso",
        "Achterstallig bedrag",
        "Föregående skuld",
    ],
)
def test_what_earlier_bills_left_is_no_part_of_the_total(old: str) -> None:
    """By its label; what is to be paid holds it."""
    found = totals(f"Net   100.00\nVAT 20%   20.00\nTotal   120.00\n{old}   50.00\nTo pay   170.00")

    assert (found.gross, found.prior_balance, found.due) == (120, 50, 170)
