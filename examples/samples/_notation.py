"""How a supplier writes numbers, dates and amounts.

All of it stays within Windows-1252, the only letters that a PDF's own fonts have.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "CHF": "Fr."}
"""Others go by their codes."""


@dataclass(frozen=True)
class Notation:
    """One way to write; the same throughout all documents of a supplier."""

    currency: str
    months: tuple[str, ...]
    group: str
    """Between thousands."""
    point: str
    """Before the decimals."""
    day: str
    """A date, such as ``{d:02}.{m:02}.{y}`` or ``{d} {month} {y}``."""
    amount: str
    """A number ``{n}`` with the currency's symbol ``{s}`` or code ``{c}``."""
    everywhere: bool = False
    """Whether amounts in the table of lines show the currency too."""

    def number(self, value: Decimal) -> str:
        """*value* with the places it has."""
        text = f"{value:,f}"
        return text.replace(",", "\0").replace(".", self.point).replace("\0", self.group)

    def plain(self, value: Decimal) -> str:
        """*value* without zeros at its end: a quantity or a rate."""
        return self.number(value.normalize() if value % 1 else value.quantize(Decimal(1)))

    def money(self, value: Decimal) -> str:
        """An amount with its currency."""
        sign = "-" if value < 0 else ""
        number = self.number(abs(value))
        symbol = SYMBOLS.get(self.currency, self.currency)
        return sign + self.amount.format(n=number, s=symbol, c=self.currency)

    def cell(self, value: Decimal) -> str:
        """An amount in the table of lines."""
        return self.money(value) if self.everywhere else self.number(value)

    def date(self, value: date) -> str:
        """A date."""
        month = self.months[value.month - 1]
        return self.day.format(d=value.day, m=value.month, y=value.year, month=month)
