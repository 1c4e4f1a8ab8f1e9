"""An invoice onto paper: the first page, as many more as the lines need, the sums.

Each later page repeats the headings, and carries over what the lines before came to
where its supplier does so.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from samples._look import Look
from samples._sheet import GREY, NOTHING_ELSE, Sheet
from samples._table import (
    Row,
    carried_height,
    carried_row,
    columns_of,
    draw_table,
    heading_height,
    paginate,
    rows_of,
)
from samples._wording import Wording

TOP = 26.0
"""Where the table begins on later pages, in millimetres."""

SUM_ROW = 7.0
"""What one sum takes in the most spacious look."""


def draw(
    says: Wording,
    look: Look,
    *,
    paper: str,
    created: date,
    after: Sheet | None = None,
    inked: bool = True,
    spoken: Mapping[str, str] = NOTHING_ELSE,
) -> Sheet:
    """Draw what an invoice *says* in *look*, and return its last page.

    Args:
        says: All that is written.
        look: How it is laid out.
        paper: ``A4`` or ``letter``.
        created: The day that the file says it was made.
        after: The one that it is bound behind, in the same file.
        inked: Whether what is written is painted.
        spoken: What is read out for something written.
    """
    sheet = Sheet(
        paper=paper,
        family=look.family,
        size=look.size,
        created=created,
        after=after,
        inked=inked,
        spoken=spoken,
    )
    sheet.add_page()
    y = look.head(sheet, says, look)
    columns = columns_of(sheet, says, look)
    bottom = sheet.height - look.foot_height - heading_height(sheet, look)
    carried = carried_height(sheet, look) if says.running else 0
    pages = list(
        paginate(
            rows_of(sheet, says, look, columns),
            first=bottom - y - carried,
            later=bottom - TOP - 2 * carried,
            last=_tail(sheet, says, look),
        )
    )
    done = 0
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            sheet.add_page()
            _continue(sheet, says, look)
            y = TOP
        before, done = done, done + len(rows)
        above = _carried(sheet, says, look, says.brought, before, number - 1)
        below = _carried(sheet, says, look, says.carried, done, number)
        y = draw_table(
            sheet,
            says,
            look,
            columns,
            rows,
            y,
            above=above if number > 1 else None,
            below=below if number < len(pages) else None,
        )
        look.foot(sheet, says, look)
        if says.page and (len(pages) > 1 or says.counts_one):
            _page_number(sheet, says, look, number, len(pages))
    y = look.totals(sheet, says, look, y + 3)
    _notes(sheet, look, _wrapped(sheet, says, look), y + 9)
    return sheet


def _carried(
    sheet: Sheet, says: Wording, look: Look, label: str, lines: int, page: int
) -> Row | None:
    """What the first *lines* come to, at the turn from *page* to the next; perhaps not said."""
    if not says.running or not lines:
        return None
    words = label.format(n=page, to=page + 1)
    return carried_row(sheet, says, look, words, says.running[lines - 1])


def _tail(sheet: Sheet, says: Wording, look: Look) -> float:
    """The height of all that follows the table."""
    notes = len(_wrapped(sheet, says, look)) * (sheet.step() + 1)
    return max(len(says.sums), len(says.tax_table) + 3) * SUM_ROW + notes + 14


def _wrapped(sheet: Sheet, says: Wording, look: Look) -> list[str]:
    width = sheet.width - look.left - look.right
    return [line for note in says.notes for line in sheet.wrap(note, width)]


def _notes(sheet: Sheet, look: Look, lines: Sequence[str], y: float) -> None:
    for line in lines:
        sheet.text(look.left, y, line)
        y += sheet.step() + 1


def _continue(sheet: Sheet, says: Wording, look: Look) -> None:
    """The head of a later page: whose invoice it is, and its number."""
    label, number = says.meta[0]
    sheet.text(look.left, 18, says.name, bold=True)
    right = sheet.width - look.right
    sheet.text(right, 18, f"{label} {number}", align="right", color=GREY)


def _page_number(sheet: Sheet, says: Wording, look: Look, number: int, of: int) -> None:
    text = says.page.format(n=number, of=of)
    y = sheet.height - look.foot_height + 3
    sheet.text(sheet.width - look.right, y, text, size=8, align="right", color=GREY)
