"""Logistic regression with weighted counts, and how true what it says is of other sellers.

Maximum of the penalised likelihood by Newton's method (iteratively reweighted least squares:
Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning*, 4.4.1). Evidence is
sparse and counted, so that plain Python is fast enough.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from _damage import DAMAGES
from _evidence import FOLDS, Counts, Kind
from tallysheet.confidence import Calibration, Origin
from tallysheet.evaluate import Told

PENALTY = 1.0
"""Half of the square of each weight, times this, is taken off the log likelihood: where little
was counted, a term weighs little."""
STEPS = 50
ENOUGH = 1e-9
"""A step that moves no weight by more ends the search."""
SIGNS = {
    **dict.fromkeys(("score", "balanced", "agreed.text", "agreed.ocr"), 1),
    **dict.fromkeys(("error", "checksum", "uncited", "gaps", "blur"), -1),
}
"""Which way a term must weigh. One that came out the other way would make more evidence count
for less; it is left out, and the rest is fitted again."""

FITTED = (Origin.RULES, Origin.MODEL)
Weights = dict[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """Values with the same evidence, counted."""

    terms: tuple[tuple[str, float], ...]
    right: float
    wrong: float


def rows_of(counts: Counts, origin: Origin, *, but: int | None = None) -> list[Row]:
    """What was counted of *origin*, weighted by damage; without the sellers of one fold."""
    sums: defaultdict[tuple[tuple[str, float], ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (kind, right), count in sorted(counts.items()):
        if kind.origin is origin and kind.fold != but:
            sums[kind.terms][not right] += count * DAMAGES[kind.damage][0]
    return [Row(terms, *both) for terms, both in sums.items()]


def fitted(rows: Iterable[Row]) -> Weights:
    """The weights that make *rows* the most probable, each of the sign that it must have."""
    rows, left_out = list(rows), set[str]()
    while True:
        weights = _fitted(rows, left_out)
        odd = {term for term, sign in SIGNS.items() if weights.get(term, 0.0) * sign < 0}
        if not odd:
            return {term: round(weight, 3) for term, weight in sorted(weights.items())}
        left_out |= odd


def _fitted(rows: list[Row], left_out: set[str]) -> Weights:
    terms = sorted({term for row in rows for term, _ in row.terms} - left_out)
    at = {term: number for number, term in enumerate(terms)}
    placed = [
        ([(at[term], value) for term, value in row.terms if term in at], row.right, row.wrong)
        for row in rows
    ]
    weights = [0.0] * len(terms)
    for _ in range(STEPS):
        slope = [-PENALTY * weight for weight in weights]
        bend = [[PENALTY * (i == j) for j in range(len(terms))] for i in range(len(terms))]
        for places, right, wrong in placed:
            p = 1 / (1 + math.exp(-sum(weights[i] * value for i, value in places)))
            off, spread = right - (right + wrong) * p, (right + wrong) * p * (1 - p)
            for i, value in places:
                slope[i] += off * value
                for j, other in places:
                    bend[i][j] += spread * value * other
        step = _solved(bend, slope)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < ENOUGH:
            break
    return dict(zip(terms, weights, strict=True))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a system whose matrix is positive definite, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at, pivot in enumerate(rows):
        for below in rows[at + 1 :]:
            if factor := below[at] / pivot[at]:
                for column in range(at, len(pivot)):
                    below[column] -= factor * pivot[column]
    found = [0.0] * len(rows)
    for at in reversed(range(len(rows))):
        row = rows[at]
        known = sum(row[column] * found[column] for column in range(at + 1, len(rows)))
        found[at] = (row[-1] - known) / row[at]
    return found


def out_of_fold(counts: Counts) -> Iterator[tuple[Kind, Told]]:
    """What weights of the other sellers say of each seller's values, and how those are."""
    for fold in range(FOLDS):
        weights = {origin: fitted(rows_of(counts, origin, but=fold)) for origin in FITTED}
        held_out = Counts({key: count for key, count in counts.items() if key[0].fold == fold})
        yield from said_by(Calibration(weights, {}), held_out)


def said_by(calibration: Calibration, counts: Counts) -> Iterator[tuple[Kind, Told]]:
    """What *calibration* says of values, weighted by damage, and how those are."""
    for (kind, right), count in sorted(counts.items()):
        sure = calibration.probabilities(kind.origin, {"": dict(kind.terms)})[""]
        yield kind, Told(sure, right=right, weight=count * DAMAGES[kind.damage][0])
