"""One figure: what was asked, what was measured, and how the usual ways did beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

AT_MOST, AT_LEAST = "≤", "≥"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure, measured once or more often.

    Attributes:
        values: What was measured, a value a repetition.
        note: What belongs to it.
        beyond: Whether it would have become worse: the way was stopped before it was done.
    """

    values: tuple[float, ...]
    note: str = ""
    beyond: bool = False

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        what: What is measured, with its unit.
        bound: `AT_MOST` or `AT_LEAST`.
        asked: The figure that was asked for.
        ours: What came out.
        others: What came out of the usual ways.
    """

    what: str
    bound: str
    asked: float
    ours: Measured
    others: Mapping[str, Measured] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether the median is as good as what was asked."""
        value = self.ours.value
        return value <= self.asked if self.bound == AT_MOST else value >= self.asked

    def lines(self, *, judged: bool) -> list[str]:
        """It as text of at most 80 columns: what was asked, then a line a way."""
        asked = f"{self.bound} {self.asked:,g}"
        verdict = "" if not judged else "met" if self.is_met else "NOT MET"
        head = f"{self.what:<62}{asked:>9}{verdict:>9}".rstrip()
        return [head, *(self._line(way, measured) for way, measured in self._ways.items())]

    def as_json(self, row: str, *, judged: bool) -> dict[str, Any]:
        """It as JSON, with the name of its row."""
        return {
            "row": row,
            "what": self.what,
            "bound": self.bound,
            "asked": self.asked,
            "met": self.is_met if judged else None,
            "ways": {
                way: {
                    "median": measured.value,
                    "values": list(measured.values),
                    "beyond": measured.beyond,
                    "note": measured.note,
                }
                for way, measured in self._ways.items()
            },
        }

    @property
    def _ways(self) -> dict[str, Measured]:
        return {"tallysheet": self.ours, **self.others}

    def _line(self, way: str, measured: Measured) -> str:
        worse = "" if not measured.beyond else ">" if self.bound == AT_MOST else "<"
        spread = ""
        if len(measured.values) > 1:
            spread = f"{_short(min(measured.values))} – {_short(max(measured.values))}"
        value = f"{worse}{_short(measured.value)}"
        return f"  {way:<17}{value:>12}  {spread:<17}{measured.note}".rstrip()


def _short(value: float) -> str:
    """No more digits than are worth reading."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 20 else f"{value:.2f}"
