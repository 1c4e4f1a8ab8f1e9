"""What makes the invoices of one supplier look unlike those of another, as data."""

from collections.abc import Callable
from dataclasses import dataclass

from samples._sheet import Color, Sheet
from samples._wording import Wording


@dataclass(frozen=True)
class Grid:
    """How the table of lines is drawn."""

    heading: bool = False
    """Whether the headings stand in white on the accent."""
    stripes: Color | None = None
    """What every other row stands on."""
    rules: Color | None = None
    """Below each row."""
    boxes: bool = False
    """Whether every cell is boxed in."""
    pad: float = 1.4
    """Above and below the text of a row, in millimetres."""


@dataclass(frozen=True)
class Look:
    """One layout: the parts it is put together from, and their measures in millimetres."""

    head: "Head"
    grid: Grid
    totals: "Totals"
    foot: "Foot"
    accent: Color = (0, 0, 0)
    """The supplier's colour."""
    family: str = "helvetica"
    size: float = 9
    left: float = 20
    right: float = 20
    foot_height: float = 32


Head = Callable[[Sheet, Wording, Look], float]
"""Draws all above the table on the first page, and returns where the table may begin."""

Totals = Callable[[Sheet, Wording, Look, float], float]
"""Draws the sums from a height on, and returns where they end."""

Foot = Callable[[Sheet, Wording, Look], None]
"""Draws what stands at the bottom of each page."""
