"""Field paths: the name of one value of an invoice, written as Python would.

``totals.gross``, ``payment.accounts[0].iban``, ``lines[2].amount``.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tallysheet.model._invoice import Term


class Leaf(NamedTuple):
    """One single value of an invoice."""

    path: str
    """Its field path."""
    name: str
    """The name of its own field: the last one in the path."""
    value: str | Decimal | date

    @property
    def group(self) -> str:
        """The part of the invoice that it belongs to: ``seller``, ``lines[2]``, or none."""
        head, dot, _ = self.path.partition(".")
        return head if dot else ""


def leaves_of(term: Term, path: str = "") -> Iterator[Leaf]:
    """Every value in *term* that is there, in the order of the fields."""
    for name, value in term:
        if value is None or value == () or value == "":
            continue
        below = f"{path}.{name}" if path else name
        if isinstance(value, tuple):
            for at, item in enumerate(value):
                yield from _leaves_of(item, f"{below}[{at}]", name)
        else:
            yield from _leaves_of(value, below, name)


def _leaves_of(value: object, path: str, name: str) -> Iterator[Leaf]:
    if isinstance(value, Term):
        yield from leaves_of(value, path)
    elif isinstance(value, str | Decimal | date) and value != "":
        yield Leaf(path, name, value)
