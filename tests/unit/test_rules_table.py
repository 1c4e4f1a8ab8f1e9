"""The lines of an invoice are read from its table, all of them."""

from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Line

HEAD = "Pos  Description             Qty    Unit price    VAT %      Amount"
SUMS = "     Net total                                             {}"


def row(at: int, name: str, quantity: str, price: str, amount: str) -> str:
    """One row of the table under `HEAD`."""
    return f"{at:<5}{name:<22}{quantity:>5}{price:>14}{'20 %':>9}{amount:>12}"


def lines(*pages: str) -> tuple[Line, ...]:
    """The lines on these pages."""
    return read_words(drawn(*pages)).invoice.lines


def test_each_figure_goes_to_its_column() -> None:
    """By the heading above it."""
    (line,) = lines(f"{HEAD}\n{row(1, 'Oak table', '2', '450.00', '900.00')}")

    assert (line.id, line.name) == ("1", "Oak table")
    assert (line.quantity, line.unit_price) == (Decimal(2), Decimal(450))
    assert (line.vat_rate, line.amount) == (Decimal(20), Decimal(900))


def test_text_below_a_row_belongs_to_it() -> None:
    """A description may take several lines; a sum is not one of them."""
    found = lines(
        f"{HEAD}\n{row(1, 'Oak table', '2', '450.00', '900.00')}\n     oiled, by hand\n"
        f"{row(2, 'Delivery', '1', '50.00', '50.00')}\n{SUMS.format('950.00')}"
    )

    assert [line.name for line in found] == ["Oak table", "Delivery"]
    assert found[0].description == "oiled, by hand"


def test_what_is_taken_off_an_item_below_it_is_its_own() -> None:
    """The amount of the item has it already, and more items follow."""
    table, delivery = lines(
        f"{HEAD}\n{row(1, 'Oak table', '2', '450.00', '814.50')}\n"
        "     Discount 10 % on 900.00: -90.00\n     Surcharge: 4.50\n"
        f"{row(2, 'Delivery', '1', '50.00', '50.00')}\n{SUMS.format('864.50')}"
    )

    assert [one.amount for one in table.allowances] == [Decimal(90)]
    assert [one.amount for one in table.charges] == [Decimal("4.50")]
    assert (table.amount, delivery.amount) == (Decimal("814.50"), Decimal(50))
    assert not delivery.allowances


def test_a_discount_below_the_last_item_is_its_own_if_its_amount_has_it() -> None:
    """Otherwise it is one of the document, and the items end there."""

    def item(amount: str) -> Line:
        first = f"{HEAD}\n{row(1, 'Oak table', '2', '450.00', amount)}"
        (found,) = lines(f"{first}\n     Discount 10 %: -90.00\n{SUMS.format('810.00')}")
        return found

    assert [one.amount for one in item("810.00").allowances] == [Decimal(90)]
    assert not item("900.00").allowances


def test_an_item_may_be_called_like_a_sum() -> None:
    """``Shipping`` with a quantity and a price is an item."""
    found = lines(
        f"{HEAD}\n{row(1, 'Shipping', '1', '50.00', '50.00')}\n"
        f"{row(2, 'Oak table', '2', '450.00', '900.00')}\n{SUMS.format('950.00')}"
    )

    assert len(found) == 2


def test_a_subtotal_between_items_does_not_end_the_table() -> None:
    """What comes after it counts, too; the subtotal does not."""
    found = lines(
        f"{HEAD}\n{row(1, 'Oak table', '2', '450.00', '900.00')}\n"
        f"     Subtotal                                              900.00\n"
        f"{row(2, 'Delivery', '1', '50.00', '50.00')}\n{SUMS.format('950.00')}"
    )

    assert [line.amount for line in found] == [Decimal(900), Decimal(50)]


def test_headings_of_two_lines_are_read_together() -> None:
    """``Unit`` over ``price`` is one heading."""
    (line,) = lines(
        "                          Unit\n"
        "Item             Qty     price    Amount\n"
        "Oak table          2    450.00    900.00"
    )

    assert (line.unit_price, line.amount) == (Decimal(450), Decimal(900))


def test_headings_that_stand_close_are_told_apart_by_what_the_table_lacks() -> None:
    """OCR draws boxes wide: “MWST Betrag” is what VAT comes to, unless nothing else is amounts."""
    two, one = (
        lines(
            f"""
            Pos  Beschreibung            Menge    Einzelpreis    MWST Betrag{more}
            1    Aktenordner                39           3,05   8,1 %  {amounts}
            """
        )[0]
        for more, amounts in (("", "118,95"), ("     Summe", "9,63   118,95"))
    )

    assert (two.quantity, two.unit_price, two.amount) == (39, Decimal("3.05"), Decimal("118.95"))
    assert two.vat_rate == Decimal("8.1")
    assert (one.unit_price, one.amount) == (Decimal("3.05"), Decimal("118.95"))


def test_units_are_given_their_codes() -> None:
    """As UN/ECE Recommendation 20 has them."""
    (line,) = lines(
        "Bezeichnung      Menge    Einzelpreis    Betrag\n"
        "Beratung        3 Std.         100,00    300,00"
    )

    assert (line.quantity, line.unit) == (Decimal(3), "HUR")


def test_no_line_is_lost_in_a_long_table() -> None:
    """1,200 lines over thirty pages, with and without a heading on each."""
    pages = []
    for page in range(30):
        rows = [row(40 * page + at + 1, f"Item {at}", "2", "1.50", "3.00") for at in range(40)]
        pages.append("\n".join([HEAD, *rows] if page % 2 == 0 else rows))

    found = lines(*pages, SUMS.format("3,600.00"))

    assert len(found) == 1200
    assert sum(line.amount or 0 for line in found) == Decimal(3600)


@pytest.mark.parametrize("carried", ["     Freight", "     Brought forward           1"])
def test_what_pages_carry_over_is_no_item_and_ends_no_table_whatever_it_is_called(
    carried: str,
) -> None:
    """An amount that is the sum of all items before it, with more below it."""
    turn = f"{carried:<55}{'900.00':>12}"
    first = f"{HEAD}\n{row(1, 'Oak table', '2', '450.00', '900.00')}\n{turn}"
    second = f"{HEAD}\n{turn}\n{row(2, 'Delivery', '1', '50.00', '50.00')}\n{SUMS.format('950.00')}"

    found = lines(first, second)

    assert [line.amount for line in found] == [Decimal(900), Decimal(50)]


def test_an_item_that_costs_nothing_is_an_item() -> None:
    """Though it is what all items before it come to, where there are none."""
    gift = f"     Sample, free{'0.00':>50}"

    found = lines(f"{HEAD}\n{gift}\n{row(1, 'Oak table', '2', '450.00', '900.00')}")

    assert [line.amount for line in found] == [Decimal(0), Decimal(900)]


def test_of_two_columns_of_amounts_the_one_is_taken_that_quantity_and_price_make() -> None:
    """The other holds the amounts with tax."""
    (line,) = lines(
        "Concepto              Precio     Unidades     Subtotal     IVA       Total\n"
        "Sesión                450,00            2       900,00     21%    1.089,00"
    )

    assert (line.unit_price, line.amount) == (Decimal(450), Decimal(900))


def test_an_item_with_its_tax_beside_its_amount_is_an_item() -> None:
    """As in Odoo, where the name of the tax leads the cell of the amount."""
    (line,) = lines(
        "Description           Quantité   Prix unitaire      Taxes   Montant\n"
        "Fauteuil                  4,00          119,00    TVA 20%   476,00 €"
    )

    assert (line.quantity, line.amount) == (Decimal(4), Decimal(476))


def test_a_letter_behind_an_amount_that_is_taxed_is_none_of_it() -> None:
    """As in QuickBooks: ``620.00T``."""
    found = lines(f"{HEAD}\n{row(1, 'Motor', '1', '620.00', '620.00T')}")

    assert [line.amount for line in found] == [Decimal(620)]


def test_the_sum_of_the_items_under_the_heading_of_a_quantity_is_none_of_them() -> None:
    """A table of terms below repeats it under other headings."""
    first, second = row(1, "Pen", "2", "1.00", "2.00"), row(2, "Ink", "3", "1.00", "3.00")

    found = lines(f"{HEAD}\n{first}\n{second}\n{row(3, 'in cash', '5.00', '', '5.00')}")

    assert [line.amount for line in found] == [Decimal(2), Decimal(3)]
