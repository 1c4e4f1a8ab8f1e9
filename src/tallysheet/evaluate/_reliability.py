"""Whether probabilities are true: of values that have about the same one, how many are right.

*Calibration error* is the expected one, of Naeini, Cooper and Hauskrecht (2015): the mean distance
between what a bin says and what part of it is right, weighted by its values. The *Brier score*
is the mean square of what a probability is off: 0 is perfect, and lower is better.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
"""Bounds of the bins; the last one holds 1. Most values are nearly sure, so most bins are there."""

NINES = 3
"""A bar ends at 99.9 %."""
WIDTH = 22
"""Of a bar, in characters."""


@dataclass(frozen=True, slots=True)
class Told:
    """One value, how probably it was said to be right, and whether it is."""

    sure: float
    right: bool
    weight: float = 1.0
    """As how many values it counts."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Values that were told to be right with about the same probability."""

    least: float
    most: float
    values: float
    right: float
    mean: float
    """Of their probabilities: what part of them should be right."""

    @property
    def wrong(self) -> float:
        """How many of them are not."""
        return self.values - self.right

    @property
    def should_be_wrong(self) -> float:
        """How many of them would be wrong if their probabilities were exact."""
        return (1 - self.mean) * self.values

    @property
    def part_right(self) -> float:
        """What part of them is right."""
        return self.right / self.values


@dataclass(frozen=True, slots=True)
class Reliability:
    """What a set of probabilities is worth."""

    bins: tuple[Bin, ...] = ()
    """Those that hold any value, from the least probability upwards."""
    error: float | None = None
    """The expected calibration error, from 0 to 1; none without values."""
    brier: float | None = None
    """The Brier score, from 0 to 1; none without values."""


def reliability(told: Iterable[Told]) -> Reliability:
    """Hold probabilities against what is true."""
    told = list(told)
    whole = sum(one.weight for one in told)
    if not whole:
        return Reliability()
    bins = tuple(
        _bin(least, most, inside)
        for least, most in pairwise(EDGES)
        if (inside := [t for t in told if least <= t.sure < most or t.sure == most == EDGES[-1]])
    )
    error = sum(one.values * abs(one.part_right - one.mean) for one in bins) / whole
    brier = sum(one.weight * (one.sure - one.right) ** 2 for one in told) / whole
    return Reliability(bins, error, brier)


def _bin(least: float, most: float, inside: list[Told]) -> Bin:
    values = sum(one.weight for one in inside)
    right = sum(one.weight for one in inside if one.right)
    mean = sum(one.weight * one.sure for one in inside) / values
    return Bin(least, most, values, right, mean)


def diagram(found: Reliability) -> list[str]:
    """It as lines of at most 80 columns; nothing where there are no values.

    A bar says what part is right, and the mark in it what part should be. Most values are nearly
    sure, so 0, 90, 99 and 99.9 % are as far from each other.
    """
    if not found.bins:
        return []
    head = f"{'probability':<12}{'values':>9}{'wrong':>7}{'should':>8}{'right':>9}{'mean':>9}"
    return [f"{head}  = right, | mean", *map(_line, found.bins)]


def _line(one: Bin) -> str:
    right, mean = _place(one.part_right), _place(one.mean)
    bar = "".join("|" if at == mean else "=" if at < right else " " for at in range(WIDTH))
    return (
        f"{one.least:.2f} to {one.most:.2f}{one.values:>9,.0f}"
        f"{one.wrong:>7,.0f}{one.should_be_wrong:>8,.1f}"
        f"{100 * one.part_right:>7.1f} %{100 * one.mean:>7.1f} %  {bar.rstrip()}"
    )


def _place(part: float) -> int:
    """Where it stands in a bar."""
    nines = -math.log10(max(1 - part, 10.0**-NINES))
    return round(nines / NINES * (WIDTH - 1))
