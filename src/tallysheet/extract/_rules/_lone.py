"""The date of issue that no label names: the only date that stands alone at the top."""

import re
from collections.abc import Set
from datetime import date
from itertools import pairwise

from tallysheet.extract._rules._labels import WEAK, fold, tokens
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._view import Found, View

OF = frozenset(["vom", "du", "del", "van", "of", "dated", "z", "af", "av"])
"""What stands between a title and its date."""
OTHERS = frozenset(
    ["due_date", "delivery_date", "other_date", "period", "order", "sales_order", "contract"]
)
"""What is dated besides the invoice; “Porto,” and “a” before a date are labels of other things."""
_PLACE = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'’/()-])*,?")
"""A word of the name of a place."""
_RANGE = re.compile(r"(?:\d{1,2}[./])?\d{1,2}\.?[-–]\d{1,2}[./]")
"""How a period in one word begins: ``1.2.-28.2.2026``, ``9.–12.2.2026``."""
FOR = frozenset(["fur", "pour", "for", "per", "por", "voor", "zu", "zum", "zur"])
"""What stands before what an invoice is for, which has a date of its own."""
MOST_KIND = 3
"""Words between the title and its date: “de régularisation du”."""
UNTIL = frozenset(
    [
        *("-", "–", "—", "→", "->"),
        *("to", "till", "until", "bis", "au", "al", "tot", "t/m", "ate", "do", "til"),
    ]
)
"""What stands before the end of a period, which is no date of issue."""
DATED = frozenset(["den", "am", "le", "li", "dnia", "dne", "a", "em", "el", "op"])
"""What may stand between the place and the date of a letter."""
MOST_BETWEEN = 6
"""Lines that part the date from the number of one block at most."""
EDGE = 3.0
"""Points by which the lines of such a block begin apart at most."""
MOST_PLACE = 4
"""Words of the longest name of a place: “Bruck an der Mur,”."""


def lone_date(
    view: View,
    claimed: Set[Span] = frozenset(),
    due: Set[date] = frozenset(),
    number: Span | None = None,
) -> Found[date] | None:
    """The one date in the upper half of the first page that no label claims; none of *claimed*.

    Nor one of those on which the invoice is *due*: that may stand there once more.

    One behind the name of a place counts before all others, or right over or under the *number* of
    the document.

    It must be the only one: of several, each with words that we do not know, nobody can tell
    which one is meant; and once at least without such words.
    """
    lone: list[Found[date]] = []
    placed: list[Found[date]] = []
    others: set[date] = set()
    plain = False
    for row in view.days:
        for day in row:
            line = view.sheet.lines[day.span.line]
            if line.page != view.sheet.lines[0].page or line.box.y0 > 0.5 * view.sheet.height_of(
                line.page
            ):
                continue
            cell = line.cell_of(day.span.first).span
            around = tokens(view.sheet.text(Span(cell.line, cell.first, day.span.first)))
            rest = cell.last - day.span.last
            beside = [
                one for one in view.labels[line.number] if cell.first <= one.span.first < cell.last
            ]
            strong = any(max(one.terms.values()) > WEAK for one in beside)
            value = view.day(day)
            placed_here = _is_placed(view, cell, day.span)
            if day.span in claimed or value in due:
                continue
            if _is_beside_label(view, cell) and not placed_here:
                continue
            spanned = len(row) > 1 or _is_end(view, day.span)
            if value and not (strong or spanned or _is_of_item(view, line)):
                others.add(value)
            before = line.words[day.span.first - 1].text if day.span.first > cell.first else ""
            bound = before[-1:] == ":" or fold(before) in UNTIL
            bare = value and not (strong or bound or spanned) and cell == day.span
            titled = value and _is_titled(view, cell, day.span)
            with_number = bare and number is not None and _is_stacked(view, cell, number)
            led = any(one.terms.keys() & OTHERS for one in beside if one.span < day.span)
            if value and (titled or (placed_here and not led) or (with_number and not strong)):
                placed.append(Found(value, day.span, 0.55, "pattern"))
            if value and len(around) <= 4 and rest <= 0 and not (strong or bound):
                lone.append(Found(value, day.span, 0.55, "pattern"))
                plain |= bool(beside) or all(word in DATED for word in around)
    likely = placed or lone
    days = {one.value for one in likely}
    return likely[0] if len(days) == 1 and (placed or (plain and others <= days)) else None


def date_with(view: View, number: Span) -> Found[date] | None:
    """The only date that stands alone in the column of cells with the *number* of the document."""
    found = {
        value: day.span
        for row in view.days
        for day in row
        if (value := view.day(day))
        and view.sheet.lines[day.span.line].cell_of(day.span.first).span == day.span
        and _is_stacked(view, day.span, number)
    }
    return Found(*found.popitem(), 0.55, "pattern") if len(found) == 1 else None


def _is_stacked(view: View, cell: Span, number: Span) -> bool:
    """Whether *cell* and that of *number* are of one column of cells without a gap."""
    first, last = sorted((cell, number))
    own = view.sheet.lines[cell.line].cell_of(cell.first)
    lines = view.sheet.lines[first.line : last.line + 1]
    height = max(line.height for line in lines)
    # What stands beside that block may have lines of its own, at other heights.
    beside = ([one for one in line.cells if one.x0 < own.x1 and one.x1 > own.x0] for line in lines)
    column = [cells for cells in beside if cells]
    return (
        0 < last.line - first.line <= MOST_BETWEEN
        and all(below.box.y0 - above.box.y1 < 1.2 * height for above, below in pairwise(lines))
        and (
            all(any(abs(one.x0 - own.x0) < EDGE for one in cells) for cells in column)
            or all(any(abs(one.x1 - own.x1) < EDGE for one in cells) for cells in column)
        )
    )


def _is_titled(view: View, cell: Span, span: Span) -> bool:
    """Whether *cell* is a title with its date: “Facture de régularisation du 21/10/2025”."""
    before = view.sheet.lines[cell.line].words[cell.first : span.first]
    if len(before) == 1 and cell.last == span.last:
        return any(
            label.span == Span(cell.line, cell.first, span.first) and label.titles
            for label in view.labels[cell.line]
        )
    if len(before) < 2 or cell.last != span.last or fold(before[-1].text) not in OF:
        return False
    return any(
        label.span.first == cell.first
        and span.first - label.span.last <= MOST_KIND
        and not any(fold(word.text) in FOR for word in before)
        and label.titles
        for label in view.labels[cell.line]
    )


def _is_placed(view: View, cell: Span, span: Span) -> bool:
    """Whether *cell* is a place and the date at *span*, as at the head of a letter."""
    before = view.sheet.words(Span(cell.line, cell.first, span.first))
    places = before[:-1] if before and fold(before[-1].text) in DATED else before
    return (
        0 < len(places) <= MOST_PLACE
        and places[-1].text.endswith(",")
        and places[0].text[0].isupper()
        and all(_PLACE.fullmatch(word.text) for word in places)
        and not _is_of_item(view, view.sheet.lines[cell.line])
    )


def _is_end(view: View, span: Span) -> bool:
    """Whether a word for “until” stands beside *span*: a period, perhaps of two lines."""
    words = view.sheet.lines[span.line].words
    above = view.sheet.lines[span.line - 1].words if span.line else ()
    before = words[span.first - 1 : span.first] if span.first else above[-1:]
    if _RANGE.match(view.sheet.text(span)):
        return True
    return any(fold(word.text) in UNTIL for word in (*before, *words[span.last : span.last + 1]))


def begins_period(view: View, span: Span) -> bool:
    """Whether the date at *span* is the first of two with a word for “until” in between."""
    words = view.sheet.lines[span.line].words[span.last : span.last + 1]
    until = any(fold(word.text) in UNTIL for word in words)
    return until and any(day.span.first == span.last + 1 for day in view.days[span.line])


def _is_of_item(view: View, line: Line) -> bool:
    """Whether amounts stand on *line*, as on those of items and payments."""
    return any(figure.money for figure in view.figures[line.number])


def _is_beside_label(view: View, cell: Span) -> bool:
    """Whether a cell that is nothing but a label stands left of *cell*: the date is its value."""
    line = view.sheet.lines[cell.line]
    left = [other.span for other in line.cells if other.span.last == cell.first]
    return bool(left) and any(
        label.span.last == left[0].last
        and (label.leads or label.plain)
        and max(label.terms.values()) >= WEAK
        and not label.titles
        for label in view.labels[cell.line]
    )
