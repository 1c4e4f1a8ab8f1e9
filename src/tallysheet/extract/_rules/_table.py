"""The lines of the invoice, from its table of items.

A row begins where a figure stands in the column of amounts; words in the
column of descriptions below it, without such a figure, go on with its text.
The table runs over pages until a sum.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tallysheet.extract._rules._columns import Header, find_headers
from tallysheet.extract._rules._grid import Grid
from tallysheet.extract._rules._item import ADJUSTING, WHOLE, Row, explains, is_whole, settled
from tallysheet.extract._rules._labels import WEAK, fold
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._no_sums import INCLUDED
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._sums import TERMS
from tallysheet.extract._rules._units import unit_of
from tallysheet.extract._rules._view import View

ASIDE = 60.0
"""A label of a sum this far right of the descriptions, in points, is no description."""
MOST_TEXT_LINES = 12
"""Lines of text kept of one item."""


@dataclass(frozen=True, slots=True)
class Table:
    """All items, and the numbers of the lines that head and hold them."""

    rows: tuple[Row, ...]
    lines: frozenset[int]
    """Lines that head a table or hold an item: no sum of the document stands there."""

    @property
    def sum(self) -> Decimal:
        """The sum of all amounts."""
        return sum((row.amount.value for row in self.rows), Decimal())


def find_table(view: View) -> Table:
    """Read the items of the document, from all its tables of items."""
    headers = [one for one in find_headers(view) if not _is_of_sums(view, one)]
    heads = frozenset(number for header in headers for number in range(header.first, header.last))
    rows: list[Row] = []
    for at, header in enumerate(headers):
        is_last = at + 1 == len(headers)
        lines = range(header.last, len(view.sheet.lines) if is_last else headers[at + 1].first)
        total = sum(row.amount.value for row in rows)
        rows += _rows(view, Grid(header.columns), lines, total, is_last=is_last)
    held = {row.amount.span.line for row in rows}
    held |= {figure.span.line for row in rows for _, figure in row.adjustments}
    return Table(tuple(settled(rows)), heads | held)


def _is_of_sums(view: View, header: Header) -> bool:
    """Whether it heads sums side by side, such as “Charges”, “Net amount”, “Total”."""
    said = {term for column in header.columns for term in column.terms}
    counts = said & {"quantity", "unit_price"}
    return not counts and _heads_sums(view, view.sheet.lines[header.first])


def _rows(
    view: View, grid: Grid, lines: range, total: Decimal | int, *, is_last: bool
) -> Iterator[Row]:
    """The items on *lines*, after others that come to *total*."""
    row: Row | None = None
    bottom = 0.0
    page = -1
    ended_on = -1
    by_line = {number: _by_column(view, grid, view.sheet.lines[number]) for number in lines}
    whole = [number for number, figures in by_line.items() if figures.keys() >= WHOLE]
    for number in lines:
        line = view.sheet.lines[number]
        if line.page == ended_on:
            continue
        figures = by_line[number]
        if _heads_sums(view, line):
            ended_on = line.page
            continue
        more = _more_rows(view, whole, line, here=True)
        if _is_carried(figures, total) and (not is_last or more):
            continue
        is_next = row is not None and line.page == page and line.box.y0 - bottom < line.height
        adjustment = _adjustment(view, line, figures) if is_next else None
        if row and adjustment and (more or explains(row, *adjustment)):
            row.adjustments.append(adjustment)
            bottom = line.box.y1
            continue
        if _is_sum(view, grid, line, figures, more=more) or _sums_up(row, figures, total):
            if not _goes_on(view, whole, line):
                ended_on = line.page
                if row:
                    yield row
                row = None
                if not _more_rows(view, whole, line, here=False):
                    return
            continue
        if "amount" in figures and _is_item(view, grid, line, figures):
            if row:
                yield row
            row = Row(figures)
            total += row.amount.value
            _read_words(view, grid, line, row)
            bottom, page = line.box.y1, line.page
        elif row and line.page == page and line.box.y0 - bottom < 1.3 * line.height:
            text = grid.text_of(line)
            if text and len(row.texts) < MOST_TEXT_LINES:
                row.texts.append(text)
                bottom = line.box.y1
    if row:
        yield row


def _by_column(view: View, grid: Grid, line: Line) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for figure in view.figures[line.number]:
        name = grid.column_of(figure)
        if name is None or (figure.percent and name not in ("vat_rate", "discount")):
            continue
        if name == "amount" and not figure.money and view.has_places:
            continue
        figures[name] = figure
    return figures


def _is_item(view: View, grid: Grid, line: Line, figures: dict[str, Figure]) -> bool:
    """Whether the line says what the amount is for, or how it comes about."""
    text = grid.text_of(line)
    if text and INCLUDED.match(fold(view.sheet.text(text))) and not is_whole(figures):
        return False
    return bool(text or figures.keys() & {"quantity", "unit_price"})


def _is_sum(view: View, grid: Grid, line: Line, figures: dict[str, Figure], *, more: bool) -> bool:
    """Whether a label of a sum leads a cell and nothing says that the line is an item.

    It may be one where *more* of them follow.
    """
    if all(figure.percent for figure in view.figures[line.number]):
        return False
    for label in view.labels[line.number]:
        terms = TERMS & label.terms.keys()
        priced = figures.keys() >= {"unit_price", "amount"}
        if terms and terms <= set(ADJUSTING) and (priced or (more and "amount" in figures)):
            continue  # what is charged by the piece, or with items to follow, is an item
        if not terms or not label.leads or max(label.terms[term] for term in terms) < 0.6:
            continue
        aside = line.words[label.span.first].x0 - grid.heading
        if (
            aside > ASIDE
            and not is_whole(figures)
            and any(
                figure.span.first > label.span.first and figure.money
                for figure in view.figures[line.number]
            )
        ):
            return True
        before = line.words[: label.span.first]
        first = not any(char.isalpha() for word in before for char in word.text)
        if first and not {"quantity", "unit_price"} <= figures.keys():
            return "quantity" not in figures or "amount" not in figures
    return False


def _adjustment(view: View, line: Line, figures: dict[str, Figure]) -> tuple[str, Figure] | None:
    """What a line below an item takes off its price or puts on top; the item's amount has it."""
    if "amount" in figures or not view.labels[line.number]:
        return None
    label = view.labels[line.number][0]
    terms = [term for term in ADJUSTING if label.terms.get(term, 0.0) >= WEAK]
    amounts = [figure for figure in view.figures[line.number] if figure.money]
    if not terms or not label.leads or not amounts or TERMS & label.terms.keys() - set(ADJUSTING):
        return None
    return terms[0], amounts[-1]


def _is_carried(figures: dict[str, Figure], total: Decimal | int) -> bool:
    """Whether the line is what all items before it come to, carried over from their page.

    The number of that page may stand in the column of quantities.
    """
    is_bare = figures.keys() in ({"amount"}, {"amount", "quantity"})
    return is_bare and figures["amount"].value == total != 0


def _sums_up(row: Row | None, figures: dict[str, Figure], total: Decimal | int) -> bool:
    """Whether it is what all items come to, whatever its label: *row* has a price, and it none."""
    if row is None or "amount" not in figures or figures["amount"].value != total:
        return False
    if {"quantity", "unit_price"} <= row.figures.keys() and figures.keys() == {"amount"}:
        return _is_carried(figures, total)
    # Of several items, the sum may as well stand under other headings.
    others = [figure.value for name, figure in figures.items() if name in ("quantity", "amount")]
    priced = "quantity" in row.figures and row.amount.value != total
    return priced and "unit_price" not in figures and set(others) == {total}


def _heads_sums(view: View, line: Line) -> bool:
    """Whether the line is the heading of a table of sums."""
    if any(figure.money for figure in view.figures[line.number]):
        return False
    labels = [label for label in view.labels[line.number] if TERMS & label.terms.keys()]
    covered = sum(label.span.last - label.span.first for label in labels)
    said = sum(not any(map(str.isdigit, word.text)) for word in line.words)  # “IVA 22%” has a rate
    return len(labels) >= 3 and covered >= 0.6 * said


def _goes_on(view: View, whole: list[int], line: Line) -> bool:
    """Whether the sum is that of a page, carried to the next, or of a part, with more to come."""
    terms = {term for label in view.labels[line.number] for term in label.terms}
    return "not_total" in terms or ("lines" in terms and _more_rows(view, whole, line, here=True))


def _more_rows(view: View, whole: list[int], line: Line, *, here: bool) -> bool:
    """Whether one of the *whole* rows follows, on this page or on a later one."""
    pages = view.sheet.lines
    if here:
        at = bisect_right(whole, line.number)
        return at < len(whole) and pages[whole[at]].page == line.page
    return bool(whole) and whole[-1] > line.number and pages[whole[-1]].page != line.page


def _read_words(view: View, grid: Grid, line: Line, row: Row) -> None:
    """Text, position, item number and unit of the first line of a row."""
    taken = {
        at for figure in row.figures.values() for at in range(figure.span.first, figure.span.last)
    }
    text = grid.text_of(line)
    if text:
        last = text.last
        while last > text.first and last - 1 in taken:
            last -= 1
        first = text.first
        while first < last and first in taken:
            first += 1
        if first < last:
            row.texts.append(Span(line.number, first, last))
    for name in ("position", "sku"):
        column = grid.columns.get(name)
        for at, word in enumerate(line.words):
            near = column and word.x1 > column.x0 - 6 and word.x0 < max(column.x1, column.x0 + 25)
            if near and at not in taken and (not row.texts or at < row.texts[0].first):
                setattr(row, name, Span(line.number, at, at + 1))
                taken.add(at)
                break
    quantity = row.figures.get("quantity")
    candidates = [quantity.span.last] if quantity else []
    column = grid.columns.get("unit")
    if column:
        candidates += [
            at for at, word in enumerate(line.words) if word.x1 > column.x0 and word.x0 < column.x1
        ]
    for at in candidates:
        if at < len(line.words) and at not in taken and (unit := unit_of(line.words[at].text)):
            row.unit = (unit, Span(line.number, at, at + 1))
            return
