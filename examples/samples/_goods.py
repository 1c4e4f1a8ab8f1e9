"""What suppliers sell: units, prices and sizes; the names are in the language files."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from samples._chance import Chance

PIECE, HOUR, KILOGRAM, METRE = "C62", "HUR", "KGM", "MTR"

STANDARD, REDUCED = 0, 1
"""Which of a country's VAT rates applies, counted from the highest."""


@dataclass(frozen=True)
class Item:
    """Something that can be sold."""

    unit: str
    low: int
    high: int
    """The price is between these, in hundredths of the currency."""
    rate: int = STANDARD


@dataclass(frozen=True)
class Sale:
    """So many of an item, in one size, at one price."""

    name: str
    sku: str
    unit: str
    quantity: Decimal
    price: Decimal
    rate: int


ITEMS: Mapping[str, tuple[Item, ...]] = {
    "workshop": (
        Item(PIECE, 12, 390),
        Item(PIECE, 3, 45),
        Item(PIECE, 290, 2490),
        Item(PIECE, 85, 640),
        Item(METRE, 210, 1250),
        Item(PIECE, 95, 460),
    ),
    "office": (
        Item(PIECE, 449, 799),
        Item(PIECE, 189, 420),
        Item(PIECE, 59, 210),
        Item(PIECE, 3990, 12900),
        Item(PIECE, 4900, 13950),
        Item(PIECE, 14900, 48900),
    ),
    "kitchen": (
        Item(KILOGRAM, 1490, 2890, REDUCED),
        Item(KILOGRAM, 89, 240, REDUCED),
        Item(KILOGRAM, 1650, 3400, REDUCED),
        Item(KILOGRAM, 190, 420, REDUCED),
        Item(PIECE, 1290, 3950),
        Item(PIECE, 990, 4450),
    ),
    "studio": (
        Item(HOUR, 6500, 14500),
        Item(HOUR, 7000, 13000),
        Item(HOUR, 4500, 8500),
        Item(HOUR, 9000, 16000),
        Item(PIECE, 990, 4900),
        Item(PIECE, 2500, 48000),
    ),
}
"""By trade; in each language file the names stand in the same order."""

SIZES: Mapping[str, tuple[str, ...]] = {
    "workshop": ("4 mm", "5 mm", "6 mm", "8 mm", "10 mm", "12 mm", "16 mm", "20 mm"),
    "office": ("",),
    "kitchen": ("",),
    "studio": ("",),
}
"""In which an item comes: long lists need more names than there are items."""

QUARTER = Decimal("0.25")


def sell(chance: Chance, trade: str, names: tuple[str, ...], count: int) -> tuple[Sale, ...]:
    """*count* sales, different ones as long as there are enough."""
    shelf = [(at, size) for at in range(len(names)) for size in SIZES[trade]]
    chosen: list[tuple[int, str]] = []
    while len(chosen) < count:
        chosen += chance.sample(shelf, min(len(shelf), count - len(chosen)))
    return tuple(_sale(chance, trade, names[at], at, size) for at, size in chosen)


def _sale(chance: Chance, trade: str, name: str, at: int, size: str) -> Sale:
    item = ITEMS[trade][at]
    return Sale(
        name=f"{name} {size}".strip(),
        sku=f"{trade[0].upper()}{at + 1}{chance.fill('####')}",
        unit=item.unit,
        quantity=_quantity(chance, item),
        price=chance.price(item.low, item.high),
        rate=item.rate,
    )


def _quantity(chance: Chance, item: Item) -> Decimal:
    """Quarters of hours and kilograms, whole pieces; fewer of what is dear."""
    if item.unit in (HOUR, KILOGRAM):
        return QUARTER * chance.randint(2, 48)
    return Decimal(chance.randint(1, 120 if item.high < 1000 else 6))
