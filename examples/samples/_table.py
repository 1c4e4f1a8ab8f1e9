"""The table of lines, over as many pages as it takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from samples._look import Look
from samples._sheet import GREY, INK, WHITE, Color, Sheet
from samples._wording import Wording

GAP = 4.5
"""Between columns, in millimetres."""

COMPANY = 3
"""So many rows go along where the sums need another page."""

ON_THE_LEFT = frozenset({"pos", "sku", "item"})


@dataclass(frozen=True)
class Column:
    """Where the text of one column stands."""

    key: str
    left: float
    right: float


@dataclass(frozen=True)
class Row:
    """One line, its name broken to fit."""

    cells: Mapping[str, str]
    name: Sequence[str]
    height: float


def columns_of(sheet: Sheet, says: Wording, look: Look) -> tuple[Column, ...]:
    """Each column as wide as its widest text, and the names in what is left."""
    widths = {key: _widest(sheet, says, key) + GAP for key in says.columns}
    room = sheet.width - look.left - look.right
    widths["item"] = room - sum(width for key, width in widths.items() if key != "item")
    columns, x = [], look.left
    for key in says.columns:
        columns.append(Column(key, x + GAP / 2, x + widths[key] - GAP / 2))
        x += widths[key]
    return tuple(columns)


def rows_of(sheet: Sheet, says: Wording, look: Look, columns: Sequence[Column]) -> tuple[Row, ...]:
    """The lines, each with the height it takes."""
    room = next(column.right - column.left for column in columns if column.key == "item")
    rows = []
    for cells in says.rows:
        name = [part for line in cells["item"].split("\n") for part in sheet.wrap(line, room)]
        rows.append(Row(cells, name, len(name) * sheet.step() + 2 * look.grid.pad))
    return tuple(rows)


def paginate(
    rows: Sequence[Row], *, first: float, later: float, last: float
) -> Iterator[Sequence[Row]]:
    """Part *rows* into pages.

    Args:
        rows: All lines, in order.
        first: The height there is on the first page.
        later: The height there is on each later one.
        last: The height that what follows the table takes on the last page.
    """
    page: list[Row] = []
    room = first
    for row in rows:
        if row.height > room:
            yield page
            page, room = [], later
        page.append(row)
        room -= row.height
    if last > room:
        along = COMPANY if len(page) > COMPANY else 0
        yield page[: len(page) - along]
        page = page[len(page) - along :]
    yield page


def draw_table(
    sheet: Sheet,
    says: Wording,
    look: Look,
    columns: Sequence[Column],
    rows: Sequence[Row],
    y: float,
    *,
    above: Row | None = None,
    below: Row | None = None,
) -> float:
    """Draw the headings and *rows* from *y* on, and return where they end.

    What was carried over from the page before stands *above*, what is to be carried
    over to the next one *below*.
    """
    rows = [row for row in (above, *rows, below) if row]
    top, height = y, heading_height(sheet, look)
    width = sheet.width - look.left - look.right
    _headings(sheet, says, look, columns, y)
    y += height
    for at, row in enumerate(rows):
        if look.grid.stripes and at % 2:
            sheet.fill(look.left, y, width, row.height, look.grid.stripes)
        _row(sheet, look, columns, row, y)
        y += row.height
        if look.grid.rules:
            sheet.rule(look.left, look.left + width, y, thick=0.1, color=look.grid.rules)
    if look.grid.boxes:
        _boxes(sheet, look, columns, [height, *(row.height for row in rows)], top)
    return y


def carried_row(sheet: Sheet, says: Wording, look: Look, label: str, amount: str) -> Row:
    """A row that carries *amount* over from page to page."""
    cells = dict.fromkeys(says.columns, "") | {"item": label, "amount": amount}
    return Row(cells, (label,), carried_height(sheet, look))


def carried_height(sheet: Sheet, look: Look) -> float:
    """How high a row is that is not broken."""
    return sheet.step() + 2 * look.grid.pad


def heading_height(sheet: Sheet, look: Look) -> float:
    """How high the row of headings is."""
    return sheet.step() + 2 * look.grid.pad + 0.6


def _widest(sheet: Sheet, says: Wording, key: str) -> float:
    texts = [row[key] for row in says.rows] + list(says.running[-1:] if key == "amount" else ())
    return max(sheet.measure(says.headings[key], bold=True), *map(sheet.measure, texts))


def _headings(sheet: Sheet, says: Wording, look: Look, columns: Sequence[Column], y: float) -> None:
    left, right, height = look.left, sheet.width - look.right, heading_height(sheet, look)
    if look.grid.heading:
        sheet.fill(left, y, right - left, height, look.accent)
    elif not look.grid.boxes:
        sheet.rule(left, right, y + height - 0.4, thick=0.3)
    color = WHITE if look.grid.heading else INK
    base = y + look.grid.pad + sheet.step() * 0.78
    for column in columns:
        _cell(sheet, column, base, says.headings[column.key], bold=True, color=color)


def _row(sheet: Sheet, look: Look, columns: Sequence[Column], row: Row, y: float) -> None:
    base = y + look.grid.pad + sheet.step() * 0.75
    for column in columns:
        if column.key == "item":
            sheet.block(column.left, base, row.name)
        else:
            _cell(sheet, column, base, row.cells[column.key])


def _cell(
    sheet: Sheet,
    column: Column,
    y: float,
    text: str,
    *,
    bold: bool = False,
    color: Color = INK,
) -> None:
    if column.key in ON_THE_LEFT:
        sheet.text(column.left, y, text, bold=bold, color=color)
    else:
        sheet.text(column.right, y, text, bold=bold, align="right", color=color)


def _boxes(
    sheet: Sheet, look: Look, columns: Sequence[Column], heights: Sequence[float], y: float
) -> None:
    for height in heights:
        for column in columns:
            left = column.left - GAP / 2
            sheet.box(left, y, column.right - column.left + GAP, height, line=GREY)
        y += height
