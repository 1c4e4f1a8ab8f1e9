"""The upper part of a first page: who writes to whom, and the number and dates."""

from collections.abc import Sequence

from samples._look import Look
from samples._sheet import GREY, WHITE, Color, Sheet
from samples._wording import Pair, Wording

SMALL = 7.5
"""The size of what stands at the edges, in points."""

WINDOW = 85
"""How wide the window of an envelope is, in millimetres."""


def letter_head(sheet: Sheet, says: Wording, look: Look) -> float:
    """A German business letter after DIN 5008: address in the window, facts on the right."""
    edge = sheet.width - look.right
    sheet.text(edge, 22, says.name, size=17, bold=True, align="right", color=look.accent)
    sheet.rule(look.left, edge, 27, thick=0.6, color=look.accent)
    sender = " · ".join((says.name, *says.address))
    size = sheet.fitting(sender, WINDOW, size=6.5)
    sheet.text(look.left, 50, sender, size=size, color=GREY)
    sheet.rule(look.left, look.left + sheet.measure(sender, size=size), 51, color=GREY)
    sheet.block(look.left, 57, says.buyer, size=10)
    _pairs(sheet, says.meta, left=look.left + 98, right=edge, y=52)
    sheet.text(look.left, 103, says.title, size=14, bold=True)
    for_whom = sheet.wrap(says.intro, edge - look.left)
    return sheet.block(look.left, 111, for_whom) + 1


def band_head(sheet: Sheet, says: Wording, look: Look) -> float:
    """A band of colour across the page, the facts in a tinted table on the right."""
    edge = sheet.width - look.right
    sheet.fill(0, 0, sheet.width, 30, look.accent)
    room = edge - look.left - sheet.measure(says.title, size=20) - 8
    size = sheet.fitting(says.name, room, size=16, bold=True)
    sheet.text(look.left, 19, says.name, size=size, bold=True, color=WHITE)
    sheet.text(edge, 19, says.title, size=20, align="right", color=WHITE)
    contact = [f"{label}: {value}" for label, value in says.contact]
    sheet.block(look.left, 39, (*says.address, *contact), size=8, color=GREY)
    sheet.text(look.left, 68, says.buyer_label, size=8, bold=True, color=look.accent)
    low = sheet.block(look.left, 74, says.buyer, size=10)
    y, height, left = 36.0, 6.4, edge - 82
    for at, pair in enumerate(says.meta):
        if at % 2 == 0:
            sheet.fill(left, y, 82, height, _tint(look.accent))
        sheet.text(left + 2, y + 4.4, pair.label, size=8.5, color=GREY)
        sheet.text(edge - 2, y + 4.4, pair.value, size=8.5, bold=at == 0, align="right")
        y += height
    return max(low, y) + 10


def boxed_head(sheet: Sheet, says: Wording, look: Look) -> float:
    """Seller and buyer in boxes side by side; each fact in a cell, its label above."""
    edge = sheet.width - look.right
    middle = (look.left + edge) / 2
    sheet.text(middle, 22, says.title, size=18, bold=True, align="centre", color=look.accent)
    facts = [f"{label}: {value}" for label, value in (*says.ids, *says.contact)]
    seller = (*says.address, *facts)
    height = 11 + sheet.step() * len(seller) + 3
    for left, label, lines in (
        (look.left, says.from_label, (says.name, *seller)),
        (middle + 3, says.buyer_label, says.buyer),
    ):
        sheet.box(left, 30, middle - 3 - look.left, height, line=look.accent)
        sheet.text(left + 3, 35, label, size=SMALL, color=GREY)
        sheet.text(left + 3, 41, lines[0], bold=True)
        sheet.block(left + 3, 41 + sheet.step() + 0.6, lines[1:])
    return _cells(sheet, says.meta, look, 30 + height + 5) + 6


def typed_head(sheet: Sheet, says: Wording, look: Look) -> float:
    """What a word processor makes: one block below the other, facts after a colon."""
    sheet.text(look.left, 22, says.name, size=13, bold=True)
    ids = ", ".join(f"{label} {value}" for label, value in says.ids)
    contact = ", ".join(f"{label} {value}" for label, value in says.contact)
    y = sheet.block(look.left, 28, (", ".join(says.address), contact, ids), size=look.size - 1)
    y = sheet.block(look.left, y + 8, says.buyer)
    sheet.text(look.left, y + 8, says.title, size=15, bold=True)
    y = sheet.block(look.left, y + 16, [f"{label}: {value}" for label, value in says.meta])
    return sheet.block(look.left, y + 4, sheet.wrap(says.intro, sheet.width - 40)) + 2


def centred_head(sheet: Sheet, says: Wording, look: Look) -> float:
    """The name in the middle, then buyer and facts below a thin line, values in a column."""
    edge, middle = sheet.width - look.right, sheet.width / 2
    sheet.text(middle, 20, says.name, size=16, align="centre", color=look.accent)
    line = " – ".join(says.address)
    sheet.text(middle, 26, line, size=8, align="centre", color=GREY)
    line = " – ".join(value for _, value in says.contact)
    sheet.text(middle, 30, line, size=8, align="centre", color=GREY)
    sheet.rule(look.left, edge, 35, color=look.accent)
    sheet.text(look.left, 46, says.title, size=20, color=look.accent)
    sheet.text(look.left, 57, says.buyer_label, size=SMALL, color=GREY)
    low = sheet.block(look.left, 62, says.buyer)
    y = 46.0
    for label, value in says.meta:
        sheet.text(edge - 42, y, label, size=8.5, align="right", color=GREY)
        sheet.text(edge - 38, y, value, size=8.5)
        y += 5.2
    return max(low, y) + 7


def _pairs(sheet: Sheet, pairs: Sequence[Pair], *, left: float, right: float, y: float) -> None:
    """Labels on the left, values in one column right of the widest, all as large as fits."""
    label_width = max(sheet.measure(pair.label) for pair in pairs) + 5
    value_width = max(sheet.measure(pair.value) for pair in pairs)
    shrink = min(1.0, (right - left) / (label_width + value_width))
    for label, value in pairs:
        sheet.text(left, y, label, size=sheet.size * shrink, color=GREY)
        sheet.text(left + label_width * shrink, y, value, size=sheet.size * shrink)
        y += sheet.step() + 0.6


def _cells(sheet: Sheet, pairs: Sequence[Pair], look: Look, y: float) -> float:
    """Boxes in rows of at most four, a label above each value; returns their end."""
    count = min(4, len(pairs))
    width = (sheet.width - look.right - look.left) / count
    for at, (label, value) in enumerate(pairs):
        left, top = look.left + at % count * width, y + at // count * 11
        sheet.box(left, top, width, 11, line=look.accent)
        sheet.text(left + 2, top + 4, label, size=SMALL, color=GREY)
        size = sheet.fitting(value, width - 4)
        sheet.text(left + 2, top + 8.8, value, size=size)
    return y + -(-len(pairs) // count) * 11


def _tint(color: Color) -> Color:
    """A pale shade of *color*."""
    red, green, blue = (255 - (255 - part) // 9 for part in color)
    return red, green, blue
