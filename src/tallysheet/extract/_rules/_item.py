"""One item of an invoice: its figures by column, and which of them is which.

Quantity × price = amount decides where two columns are mixed up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._rates import KNOWN_RATES

ADJUSTING = ("allowances", "charges")
"""What is taken off items, and what is put on top."""
WHOLE = frozenset(["quantity", "unit_price", "amount"])
"""What a row that leaves no doubt has."""
CENT = Decimal("0.011")


@dataclass
class Row:
    """One item: its figures by column, and the lines of its text."""

    figures: dict[str, Figure]
    texts: list[Span] = field(default_factory=list)
    position: Span | None = None
    sku: Span | None = None
    unit: tuple[str, Span] | None = None
    adjustments: list[tuple[str, Figure]] = field(default_factory=list)
    """What is taken off or put on top below its text: ``allowances`` or ``charges``, how much."""

    @property
    def amount(self) -> Figure:
        """The figure in the column of amounts."""
        return self.figures["amount"]


def is_whole(figures: dict[str, Figure]) -> bool:
    """Whether these are quantity, price and amount, and agree."""
    if not figures.keys() >= WHOLE:
        return False
    return _fits(figures["quantity"], figures["unit_price"], figures["amount"])


def is_counted(figures: Sequence[Figure]) -> bool:
    """Whether the *figures* of a line are quantity, price and amount.

    “Sales tax filing 1 70.00 70.00” is an item, and no tax.
    """
    told = [one for one in figures if not one.percent]
    return len(told) == len(WHOLE) and told[0].value * told[1].value == told[2].value != 0


def explains(row: Row, term: str, figure: Figure) -> bool:
    """Whether it is what lies between quantity × price of *row* and its amount."""
    quantity, price = row.figures.get("quantity"), row.figures.get("unit_price")
    if quantity is None or price is None:
        return False
    value = abs(figure.value) * (-1 if term == "allowances" else 1)
    return abs(quantity.value * price.value + value - row.amount.value) < CENT


def settled(rows: list[Row]) -> Iterator[Row]:
    """Let quantity × price = amount say which figure is which where two columns are mixed up."""
    rates = [row.figures["vat_rate"] for row in rows if "vat_rate" in row.figures]
    amounts_of_tax = any(not rate.percent and rate.value not in KNOWN_RATES for rate in rates)
    before_tax = _others_fit(rows)
    for row in rows:
        quantity, price = row.figures.get("quantity"), row.figures.get("unit_price")
        if amounts_of_tax:
            row.figures.pop("vat_rate", None)
        other = row.figures.pop("other_amount", None)
        if other and before_tax:
            row.figures["amount"] = other
        if quantity and price and not _fits(quantity, price, row.amount):
            tax = row.figures.get("line_tax")
            if tax and _fits(quantity, price, tax):
                row.figures["amount"], row.figures["line_tax"] = tax, row.amount
        yield row


def _others_fit(rows: list[Row]) -> bool:
    """Whether quantity × price is the amount in the other column of amounts, throughout."""
    return bool(rows) and all(
        row.figures.keys() >= WHOLE | {"other_amount"}
        and _fits(row.figures["quantity"], row.figures["unit_price"], row.figures["other_amount"])
        and not _fits(row.figures["quantity"], row.figures["unit_price"], row.amount)
        for row in rows
    )


def _fits(quantity: Figure, price: Figure, amount: Figure) -> bool:
    return abs(quantity.value * price.value - amount.value) < CENT
