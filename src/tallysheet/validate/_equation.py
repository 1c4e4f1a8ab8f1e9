"""One sum of an invoice: what its parts come to, and what the invoice says.

Rounding line by line moves a sum by up to one smallest unit of the currency for
each summand. Within that a difference is a warning, beyond it an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tallysheet.model import Finding, Severity
from tallysheet.validate._currencies import written

NOTHING = Decimal(0)


class Part(NamedTuple):
    """One summand: what people call it, its field path, its value, how it counts."""

    name: str
    path: str
    value: Decimal
    sign: int = 1


class Stated(NamedTuple):
    """A total as the invoice has it: what people call it, its field path, its value."""

    name: str
    path: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Equation:
    """What a value should be, what it is, and how far apart the two may be."""

    code: str
    fields: tuple[str, ...]
    left: str
    """How the expected value comes about, such as ``Net 100.00 + VAT 19.00 is``."""
    expected: Decimal
    right: str
    """Who states the other value, such as ``the gross total says``."""
    stated: Decimal
    slack: Decimal
    """Up to here rounding may explain a difference."""
    exact: Decimal = NOTHING
    """Up to here there is no difference."""
    worst: Severity = Severity.ERROR

    def judge(self, currency: str | None) -> Finding | None:
        """Return what is wrong with it, if anything."""
        gap = abs(self.expected - self.stated)
        if gap <= self.exact:
            return None
        near = gap <= self.slack
        expected, stated = written(self.expected, currency), written(self.stated, currency)
        doubt = "; rounding may explain it" if near else ""
        return Finding(
            code=self.code,
            severity=Severity.WARNING if near else self.worst,
            fields=self.fields,
            message=f"{self.left} {expected}, but {self.right} {stated}{doubt}.",
        )


def worth(parts: Iterable[Part]) -> Decimal:
    """What *parts* come to together."""
    return sum((part.sign * part.value for part in parts), NOTHING)


def spelled(parts: Sequence[Part], currency: str | None) -> str:
    """*parts* as the beginning of a sentence: ``Net 100.00 + VAT 19.00 is``."""
    if len(parts) == 1:
        return f"{parts[0].name.capitalize()} is"
    words = [f"{part.name} {written(part.value, currency)}" for part in parts]
    signs = ["", *(" + " if part.sign > 0 else " − " for part in parts[1:])]
    text = "".join(sign + word for sign, word in zip(signs, words, strict=True))
    return f"{text[:1].upper()}{text[1:]} is"


def fitting(
    stated: Decimal, readings: Sequence[tuple[Part, ...]], unit: Decimal
) -> tuple[Part, ...]:
    """The one of several lawful *readings* that fits what is stated best, else the first."""
    best = min(readings, key=lambda parts: abs(worth(parts) - stated))
    return best if abs(worth(best) - stated) <= len(best) * unit else readings[0]
