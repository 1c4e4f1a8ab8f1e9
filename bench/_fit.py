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
from _evidence import AGAIN, FOLDS, Counts, Kind, Terms
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
    "second.text": 1,
    "second.ocr": 1,
    "second.other": -1,
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
    known: float = 0.0
    """The sum of what other terms weigh, whose weights are known."""


def weights_of(counts: Counts, origin: Origin, *, but: int | None = None) -> Weights:
    """The weights of all terms of *origin*; from all sellers but those of one fold.

    What a second model says is fitted on top of the rest, which stays as it is without one:
    of most documents none is asked, and theirs must be no worse for it.
    """
    weights = fitted(rows_of(counts, origin, but=but))
    again = fitted(rows_of(counts, origin, but=but, on=weights))
    return dict(sorted((weights | again).items()))


def rows_of(
    counts: Counts, origin: Origin, *, but: int | None = None, on: Weights | None = None
) -> list[Row]:
    """What was counted of *origin*, weighted by damage; without the sellers of one fold.

    With *on*, the weights of the other terms, it is what a second model was asked about.
    """
    sums: defaultdict[tuple[Terms, float], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (kind, right), count in sorted(counts.items()):
        if kind.origin is origin and kind.fold != but and kind.is_again == (on is not None):
            own, known = kind.terms, 0.0
            if on is not None:
                own = tuple(pair for pair in kind.terms if pair[0].startswith(AGAIN))
                known = sum(on.get(term, 0.0) * value for term, value in kind.terms)
            sums[own, round(known, 3)][not right] += count * DAMAGES[kind.damage][0]
    return [Row(terms, *both, known) for (terms, known), both in sums.items()]


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
    placed = [([(at[term], value) for term, value in row.terms if term in at], row) for row in rows]
    weights = [0.0] * len(terms)
    for _ in range(STEPS):
        slope = [-PENALTY * weight for weight in weights]
        bend = [[PENALTY * (i == j) for j in range(len(terms))] for i in range(len(terms))]
        for places, row in placed:
            log_odds = row.known + sum(weights[i] * value for i, value in places)
            p = 1 / (1 + math.exp(-log_odds))
            number = row.right + row.wrong
            off, spread = row.right - number * p, number * p * (1 - p)
            for i, value in places:
                slope[i] += off * value
                for j, other in places:
                    bend[i][j] += spread * value * other
        step = _solved(bend, slope)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step), default=0.0) < ENOUGH:
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
        weights = {origin: weights_of(counts, origin, but=fold) for origin in FITTED}
        held_out = Counts({key: count for key, count in counts.items() if key[0].fold == fold})
        yield from said_by(Calibration(weights, {}), held_out)


def said_by(calibration: Calibration, counts: Counts) -> Iterator[tuple[Kind, Told]]:
    """What *calibration* says of values, weighted by damage, and how those are."""
    for (kind, right), count in sorted(counts.items()):
        sure = calibration.probabilities(kind.origin, {"": dict(kind.terms)})[""]
        yield kind, Told(sure, right=right, weight=count * DAMAGES[kind.damage][0])
