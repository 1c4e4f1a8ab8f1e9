"""How probable it is that a candidate is the value: fitted numbers, and a way to add them.

First all names of traits that a candidate has are added, each with its weight. Then small trees
ask for that sum, for how far it is behind the best of the document, and for the other traits;
what they come to is added too, and the whole are log odds. ``weights.json`` holds all of it, with
where it comes from; ``bench/opinion.py`` writes it, but not from what the repository holds: the
documents that it was fitted to are not in there.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tallysheet.extract._rules._weighed._candidates import Candidate

NUMBERS = Path(__file__).with_name("weights.json")
MOST_WEIGHED = 40
"""Candidates that trees are asked about: those whose names add up to the most."""
MOST_LOG_ODDS = 30.0

Tree = float | Sequence[Any]
"""What it adds; or which number is compared, with what, and the trees for up to that and above."""


@dataclass(frozen=True)
class Weights:
    """All that was fitted for one field."""

    start: float
    names: Mapping[str, float]
    base: float
    numbers: tuple[str, ...]
    """Names of the numbers that trees compare; the sum of names and its distance follow them."""
    trees: tuple[Tree, ...]

    def said(self, candidate: Candidate) -> float:
        """The sum of the weights of its names."""
        return self.start + sum(self.names.get(name, 0.0) for name in {*candidate.names})

    def probabilities(self, candidates: Sequence[Candidate]) -> list[tuple[float, Candidate]]:
        """How probable it is of each that it is the value, the most probable first."""
        said = sorted(((self.said(one), at) for at, one in enumerate(candidates)), reverse=True)
        found = []
        for score, at in said[:MOST_WEIGHED]:
            one = candidates[at]
            asked = [*(one.numbers[name] for name in self.numbers), score, score - said[0][0]]
            found.append((self._probability(asked), one))
        return sorted(found, key=lambda each: -each[0])

    def _probability(self, asked: Sequence[float]) -> float:
        log_odds = self.base + sum(_leaf(tree, asked) for tree in self.trees)
        return 1 / (1 + math.exp(-max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, log_odds))))


def _leaf(tree: Tree, asked: Sequence[float]) -> float:
    while not isinstance(tree, float):
        number, most, below, above = tree
        tree = below if asked[number] <= most else above
    return tree


@cache
def weights() -> Mapping[str, Weights]:
    """What was fitted, by field path."""
    raw = json.loads(NUMBERS.read_text("utf-8"))
    return {path: _read(fitted) for path, fitted in raw["fields"].items()}


def _read(raw: Mapping[str, Any]) -> Weights:
    return Weights(
        start=raw["start"],
        names=raw["names"],
        base=raw["base"],
        numbers=tuple(raw["numbers"]),
        trees=tuple(raw["trees"]),
    )
