"""The items, and what stands between them and the total, are told by how a page adds up."""

from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.extract._rules._foot import foot
from tallysheet.extract._rules._view import view_of
from tallysheet.model import Invoice
from tallysheet.validate import validate

HEAD = "Description                   Qty      Price      Amount"
TWO = (
    f"{HEAD}\n"
    "Oak table                       2     450.00      900.00\n"
    "Chair                           4      60.00      240.00\n"
)


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return read_words(drawn(text)).invoice


def amounts(invoice: Invoice) -> list[Decimal | None]:
    """Those of the lines."""
    return [line.amount for line in invoice.lines]


def unequal(invoice: Invoice) -> set[str]:
    """The sums of *invoice* that do not add up."""
    return {one.code for one in validate(invoice, required=()) if one.code.startswith("sum.")}


def money(*values: str) -> list[Decimal]:
    """These amounts."""
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            f"{HEAD}\nLabour                          1     985.00      985.00\n"
            "Permit                          1     200.00      200.00\n"
            "Labour and permits                              1,185.00\n"
            "Pump                            2     340.00      680.00\n"
            "Total   1,865.00",
            id="in between",
        ),
        pytest.param(
            f"{HEAD}\nLabour                          1     985.00      985.00\n"
            "Permit                          1     200.00      200.00\n"
            "Pump                            2     340.00      680.00\n"
            "All labour                                      1,185.00\n"
            "All goods                                         680.00\n"
            "Total   1,865.00",
            id="at the end",
        ),
    ],
)
def test_a_sum_of_items_is_no_item(text: str) -> None:
    """Where the items make the total without it."""
    invoice = read(text)

    assert amounts(invoice) == money("985.00", "200.00", "680.00")
    assert unequal(invoice) == set()


def test_an_item_that_is_as_much_as_those_above_it_stays_one() -> None:
    """Where the total needs it."""
    invoice = read(
        f"{HEAD}\nLabour                          1     100.00      100.00\n"
        "Permit                          1      50.00       50.00\n"
        "Travel                                            150.00\n"
        "Total   300.00"
    )

    assert amounts(invoice) == money("100.00", "50.00", "150.00")


def test_of_two_columns_of_amounts_the_one_that_makes_the_net_is_read() -> None:
    """The last one has the tax in it."""
    invoice = read(
        "Concept              Price    Units    Subtotal    VAT    Total\n"
        "Villa               450.00        1      450.00    21%   544.50\n"
        "Pool              2,700.00        1    2,700.00    21% 3,267.00\n"
        "Taxable base   3,150.00\nVAT 21%   661.50\nTotal   3,811.50"
    )

    assert amounts(invoice) == money("450.00", "2700.00")


def test_what_no_label_takes_off_is_told_by_the_sum() -> None:
    """A coupon, with or without its sign."""
    for amount in ("-140.00", "140.00"):
        invoice = read(
            f"{TWO}Subtotal                                        1,140.00\n"
            f"Spring 26                                         {amount:>7}\n"
            "VAT 20%                                           200.00\n"
            "Total                                           1,200.00"
        )

        assert invoice.totals.allowances == Decimal(140), amount
        assert (invoice.totals.lines, invoice.totals.gross) == (Decimal(1140), Decimal(1200))
        assert unequal(invoice) == set()


def test_items_behind_the_table_are_items() -> None:
    """Expenses that are listed below the sum of the fees."""
    invoice = read(
        f"{TWO}Fees                                            1,140.00\n"
        "Filing                                             22.40\n"
        "Search charges                                     43.85\n"
        "Expenses                                           66.25\n"
        "Subtotal                                        1,206.25\n"
        "VAT 20%                                           241.25\n"
        "Total                                           1,447.50"
    )

    assert amounts(invoice) == money("900.00", "240.00", "22.40", "43.85")
    assert unequal(invoice) == set()


def test_what_is_taxed_at_each_rate_is_no_charge() -> None:
    """The parts come to what stands above them."""
    invoice = read(
        f"{TWO}Net at 20%                                        900.00\n"
        "Net exempt                                        240.00\n"
        "VAT 20%                                           180.00\n"
        "Invoice total                                   1,320.00"
    )

    assert (invoice.totals.tax, invoice.totals.gross) == (Decimal(180), Decimal(1320))
    assert (invoice.totals.charges, invoice.totals.allowances) == (None, None)


def test_what_is_laid_out_for_the_buyer_is_no_tax_though_it_says_so() -> None:
    """“Not subject to VAT”: it is added behind the tax."""
    invoice = read(
        f"{TWO}Total HT                                        1,140.00\n"
        "TVA 20 %                                          228.00\n"
        "Débours non soumis à TVA                          225.00\n"
        "Total TTC                                       1,593.00"
    )

    assert (invoice.totals.tax, invoice.totals.gross) == (Decimal(228), Decimal(1593))
    assert unequal(invoice) == set()


def test_a_discount_on_prices_with_tax_is_an_item() -> None:
    """Then the items make the gross total, as those of shops do."""
    invoice = read(
        f"{HEAD}\nKit                             1     289.00      289.00\n"
        "Seat                            1      79.90       79.90\n"
        "Sum                                               368.90\n"
        "Spring 26                                         -20.00\n"
        "Net                                               290.75\n"
        "VAT 20 %                                           58.15\n"
        "Total                                             348.90"
    )

    assert amounts(invoice) == money("289.00", "79.90", "-20.00")
    assert invoice.totals.net == Decimal("290.75")


@pytest.mark.parametrize("word", ["Credit on account", "Deposit", "Gift card"])
def test_what_may_have_been_paid_is_not_taken_off_the_total(word: str) -> None:
    """The total is what stands above it, whatever is left to pay."""
    invoice = read(
        f"{TWO}Total this invoice                              1,140.00\n"
        f"{word:<40}           -35.00\n"
        "Please pay                                      1,105.00"
    )

    assert invoice.totals.gross == Decimal(1140)


def test_nothing_is_taken_off_a_total_that_has_its_tax() -> None:
    """The first of two rates of it would be what is left otherwise."""
    column = (
        "VAT 20%                                           228.00\n"
        "Order                                           1,368.00\n"
        "First half                                        {}\n"
        "Second half                                       684.00"
    )
    steps = {}
    for half in ("684.00", "-684.00"):
        view = view_of(drawn(TWO + column.format(half)))
        target = view.figures[6][-1].span
        steps[half] = foot(view, money("900.00", "240.00"), 2, target, frozenset())

    assert steps == {"684.00": None, "-684.00": None}


def test_freight_with_a_price_is_an_item() -> None:
    """Its name is that of a charge, its row that of an item."""
    invoice = read(
        f"{HEAD}\nFilter                          6      68.40      410.40\n"
        "Freight                         1      38.50       38.50\n"
        "Subtotal   448.90\nSales Tax   0.00\nTotal   448.90"
    )

    assert amounts(invoice) == money("410.40", "38.50")


def test_what_is_due_after_a_day_is_not_the_total() -> None:
    """Utilities name what is to be paid late as well."""
    invoice = read(
        "WATER      31.16\nSEWER      60.73\nTOTAL DUE BY 03/10/26   91.89\n"
        "TOTAL DUE AFTER 03/10/26   101.08"
    )

    assert invoice.totals.gross != Decimal("101.08")


def test_an_amount_with_tax_in_it_is_no_tax() -> None:
    """“Materials incl. VAT” names materials."""
    invoice = read(
        "Labour incl. VAT   303.45\nMaterials incl. VAT   47.60\nIncl. VAT 19 %   56.05\n"
        "Total (gross)   351.05"
    )

    assert invoice.totals.tax in (None, Decimal("56.05"))
    assert invoice.totals.gross == Decimal("351.05")


def test_a_code_of_the_currency_is_no_label() -> None:
    """``RM`` is a register in Spain and money in Malaysia."""
    invoice = read("Subtotal   RM 2,250.00\nTax amount   RM 180.00\nTotal payable   RM 2,430.00")

    assert (invoice.totals.net, invoice.totals.tax) == (Decimal(2250), Decimal(180))


@pytest.mark.parametrize(
    ("rows", "gross"),
    [
        ("Fed excise tax .219/gal   69.64\nLocal 3%   34.20\nTotal   1,243.84", "1243.84"),
        ("GST 5%   57.00\nLevy 7%   79.80\nTotal   1,276.80", "1276.80"),
    ],
)
def test_what_a_rate_makes_of_all_that_is_taxed_may_be_another_tax(rows: str, gross: str) -> None:
    """The one that a label names is not the tax alone then, and freight is no part of a rate."""
    totals = read(f"{TWO}Subtotal   1,140.00\n{rows}").totals

    assert (totals.gross, totals.charges, totals.tax) == (Decimal(gross), None, None)


def test_a_levy_with_its_tax_in_it_is_no_tax() -> None:
    """What is taxed is more than the items then, and no line says what."""
    totals = read(
        "Descrição                                    Valor s/ IVA     IVA\n"
        "Energia consumida 612 kWh                           38,22      6%\n"
        "Energia restante                                   100,00     23%\n"
        "Subtotal   138,22\nIVA 6% sobre 38,22   2,29\nIVA 23% sobre 100,00   23,00\n"
        "Contribuição audiovisual (com IVA 6% incluído: base 2,69 + 0,16)   2,85\n"
        "Total da fatura   166,36"
    ).totals

    assert totals.gross == Decimal("166.36")
    assert totals.net is None
