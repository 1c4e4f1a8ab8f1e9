"""What stands at the bottom of each page: the small print of the supplier."""

from samples._look import Look
from samples._sheet import GREY, Sheet
from samples._wording import Pair, Wording

SMALL = 6.8
"""The size of small print, in points."""

LEAST_GAP = 4.0
"""Between columns, in millimetres."""


def column_foot(sheet: Sheet, says: Wording, look: Look) -> None:
    """Address, contact, register and account next to each other, as on German letters."""
    y = sheet.height - look.foot_height + 10
    edge = sheet.width - look.right
    sheet.rule(look.left, edge, y - 4, color=look.accent)
    parts = (_written(pairs) for pairs in (says.contact, says.ids, says.bank) if pairs)
    columns = ((says.name, *says.address), *parts)
    gaps, room = len(columns) - 1, edge - look.left
    widths = [max(sheet.measure(line, size=SMALL) for line in lines) for lines in columns]
    shrink = min(1.0, (room - gaps * LEAST_GAP) / sum(widths))
    gap = (room - shrink * sum(widths)) / gaps
    x = look.left
    for lines, width in zip(columns, widths, strict=True):
        sheet.block(x, y, lines, size=SMALL * shrink, color=GREY)
        x += shrink * width + gap


def line_foot(sheet: Sheet, says: Wording, look: Look) -> None:
    """Everything in centred lines."""
    parts = (_written(says.ids), _written(says.bank))
    lines = ["  |  ".join(part) for part in parts if part]
    y = sheet.height - look.foot_height + 14
    sheet.block(sheet.width / 2, y, lines, size=7.5, align="centre", color=GREY)


def account_foot(sheet: Sheet, says: Wording, look: Look) -> None:
    """The account alone, in one line of plain text."""
    y = sheet.height - look.foot_height + 8
    sheet.block(look.left, y, [", ".join(_written(says.bank))], size=look.size - 0.5)


def bare_foot(sheet: Sheet, says: Wording, look: Look) -> None:
    """The name alone: all else stands further up."""
    y = sheet.height - look.foot_height + 12
    text = " · ".join((says.name, *says.address))
    sheet.text(sheet.width / 2, y, text, size=SMALL, align="centre", color=GREY)


def _written(pairs: tuple[Pair, ...]) -> tuple[str, ...]:
    return tuple(f"{label}: {value}" for label, value in pairs)
