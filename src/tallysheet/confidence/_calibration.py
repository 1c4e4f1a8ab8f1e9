"""From evidence to a probability, by numbers that were fitted to documents with known truth.

Logistic regression: the odds that a value is right are ``exp`` of a sum, of the weight of each
term times its value, with a table of weights for each origin. ``calibration.json`` holds them,
and where they come from; ``make calibrate`` writes it, and docs/accuracy.md tells of it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallysheet.confidence._evidence import Evidence, Origin

MOST = 0.999
"""No value is claimed to be surer than one in a thousand wrong: too few were counted."""
MOST_LOG_ODDS = 50.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of all terms, and where they come from."""

    weights: Mapping[Origin, Mapping[str, float]]
    """By term; one that is missing weighs nothing."""
    provenance: Mapping[str, Any]
    """Day, version, command, how many documents and values of which corpus, and notes."""

    def probability(self, origin: Origin, evidence: Evidence) -> float:
        """How probable it is that a value with this evidence is right, from 0 to 1."""
        weights = self.weights[origin]
        log_odds = sum(weights.get(term, 0.0) * value for term, value in evidence.items())
        return 1 / (1 + math.exp(-max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, log_odds))))

    def probabilities(self, origin: Origin, found: Mapping[str, Evidence]) -> dict[str, float]:
        """The same of each field path, to three decimals and never quite certain."""
        sure = {path: self.probability(origin, evidence) for path, evidence in found.items()}
        return {path: round(max(1 - MOST, min(MOST, p)), 3) for path, p in sure.items()}


def read_calibration(text: str) -> Calibration:
    """Decode what `make calibrate` wrote."""
    raw = json.loads(text)
    weights = {Origin(origin): table for origin, table in raw["weights"].items()}
    return Calibration(weights, raw["provenance"])


NUMBERS = Path(__file__).with_name("calibration.json")
CALIBRATION = read_calibration(NUMBERS.read_text("utf-8"))
"""That which this version came with."""
