"""Chance that repeats itself: everything random in the samples comes from here.

A seed and a name give one stream, so that adding a sample changes no other one.
"""

from decimal import Decimal
from random import Random  # noqa: TID251 - seeded, and the same in every process


class Chance(Random):
    """A stream of choices that depends on nothing but its seed."""

    @classmethod
    def of(cls, *names: object) -> "Chance":
        """The stream that belongs to *names*, the seed first."""
        return cls("/".join(map(str, names)))

    def fill(self, pattern: str) -> str:
        """*pattern* with a digit for each ``#``."""
        return "".join(str(self.randrange(10)) if char == "#" else char for char in pattern)

    def price(self, low: int, high: int) -> Decimal:
        """An amount between *low* and *high*, both in hundredths of the currency."""
        return Decimal(self.randint(low, high)).scaleb(-2)
