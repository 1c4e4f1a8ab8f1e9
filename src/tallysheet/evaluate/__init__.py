"""How right a batch is: what was read, held against what somebody else says is true."""

from tallysheet.evaluate._alike import Verdict, bare, letters
from tallysheet.evaluate._fields import FIELDS, Field, value_at
from tallysheet.evaluate._html import report
from tallysheet.evaluate._lines import LineCount
from tallysheet.evaluate._regions import Looks, draw
from tallysheet.evaluate._reliability import Bin, Reliability, Told, diagram, reliability
from tallysheet.evaluate._score import (
    Compared,
    Score,
    Value,
    part,
    rates,
    score,
    text_of,
    to_json,
)
from tallysheet.evaluate._threshold import Threshold, thresholds
from tallysheet.evaluate._truth import Truth, read_truth

__all__ = [
    "FIELDS",
    "Bin",
    "Compared",
    "Field",
    "LineCount",
    "Looks",
    "Reliability",
    "Score",
    "Threshold",
    "Told",
    "Truth",
    "Value",
    "Verdict",
    "bare",
    "diagram",
    "draw",
    "letters",
    "part",
    "rates",
    "read_truth",
    "reliability",
    "report",
    "score",
    "text_of",
    "thresholds",
    "to_json",
    "value_at",
]
