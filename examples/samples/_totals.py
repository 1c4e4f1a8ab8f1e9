"""The sums below the table, in the places where people put them."""

from collections.abc import Sequence

from samples._look import Look
from samples._sheet import GREY, INK, WHITE, Sheet
from samples._wording import Sum, Wording

ROW = 5.6
"""The height of one sum, in millimetres."""

WIDTH = 78.0
"""From the beginning of a label to the end of its amount, at least."""


def plain_totals(sheet: Sheet, says: Wording, look: Look, y: float) -> float:
    """On the right, a line above what counts."""
    right = sheet.width - look.right - 1.5
    left = right - _width(sheet, says.sums)
    for row in says.sums:
        if row.strong:
            sheet.rule(left, right + 1.5, y + 1.4, thick=0.3)
            y += 1.6
        _sum(sheet, row, left, right, y + 4)
        y += ROW
    sheet.rule(left, right + 1.5, y + 0.4, thick=0.3)
    sheet.rule(left, right + 1.5, y + 1.1, thick=0.3)
    return y + 2


def filled_totals(sheet: Sheet, says: Wording, look: Look, y: float) -> float:
    """On the right, what counts in white on colour."""
    right = sheet.width - look.right
    left = right - _width(sheet, says.sums) - 4
    for row in says.sums:
        if row.strong:
            y += 1
            sheet.fill(left, y, right - left, ROW + 2.4, look.accent)
            _sum(sheet, row, left + 2, right - 2, y + 5.4, white=True)
            y += ROW + 2.4
        else:
            _sum(sheet, row, left + 2, right - 2, y + 4)
            y += ROW
    return y


def left_totals(sheet: Sheet, says: Wording, look: Look, y: float) -> float:
    """On the left, below the names, as typed by hand."""
    right = look.left + _width(sheet, says.sums)
    for row in says.sums:
        if row.strong:
            sheet.rule(look.left, right, y + 1.2, thick=0.3)
            y += 1.4
        _sum(sheet, row, look.left, right, y + 4)
        y += ROW
    return y


def boxed_totals(sheet: Sheet, says: Wording, look: Look, y: float) -> float:
    """VAT in a table on the left, with the account below it; the sums in boxes on the right."""
    edge = sheet.width - look.right
    sums = (*says.before_tax, says.taxes[-1], *says.after_tax)
    width = max(70.0, _width(sheet, sums) + 4)
    low = _tax_table(sheet, says, look, y)
    bank = [f"{label}: {value}" for label, value in says.bank]
    low = sheet.block(look.left, low + 6, bank, size=sheet.size - 0.5)
    for row in sums:
        sheet.box(edge - width, y, width, ROW + 1, line=GREY)
        _sum(sheet, row, edge - width + 2, edge - 2, y + 4.6)
        y += ROW + 1
    return max(low, y)


def _tax_table(sheet: Sheet, says: Wording, look: Look, y: float) -> float:
    widths = (22.0, 30.0, 28.0)
    for at, row in enumerate(says.tax_table):
        x = look.left
        for text, width in zip(row, widths, strict=True):
            sheet.box(x, y, width, ROW, line=GREY)
            sheet.text(x + width - 1.5, y + 4, text, size=8, bold=not at, align="right")
            x += width
        y += ROW
    return y


def _width(sheet: Sheet, sums: Sequence[Sum]) -> float:
    return max(
        WIDTH,
        *(
            sheet.measure(row.label, bold=row.strong) + sheet.measure(row.value, bold=True) + 6
            for row in sums
        ),
    )


def _sum(
    sheet: Sheet, row: Sum, left: float, right: float, y: float, *, white: bool = False
) -> None:
    color = WHITE if white else INK
    sheet.text(left, y, row.label, bold=row.strong, color=color)
    sheet.text(right, y, row.value, bold=row.strong, align="right", color=color)
