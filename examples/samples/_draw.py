"""An invoice onto paper: the first page, as many more as the lines need, the sums."""

from collections.abc import Sequence
from datetime import date

from samples._look import Look
from samples._sheet import GREY, Sheet
from samples._table import (
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
    says: Wording, look: Look, *, paper: str, created: date, xml: bytes | None = None
) -> bytes:
    """Draw what an invoice *says* in *look*, and return the PDF.

    Args:
        says: All that is written.
        look: How it is laid out.
        paper: ``A4`` or ``letter``.
        created: The day that the file says it was made.
        xml: The same as an e-invoice, to be embedded.
    """
    sheet = Sheet(paper=paper, family=look.family, size=look.size, created=created)
    sheet.add_page()
    y = look.head(sheet, says, look)
    columns = columns_of(sheet, says, look)
    bottom = sheet.height - look.foot_height - heading_height(sheet, look)
    pages = list(
        paginate(
            rows_of(sheet, says, look, columns),
            first=bottom - y,
            later=bottom - TOP,
            last=_tail(sheet, says, look),
        )
    )
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            sheet.add_page()
            _continue(sheet, says, look)
            y = TOP
        y = draw_table(sheet, says, look, columns, rows, y)
        look.foot(sheet, says, look)
        if len(pages) > 1:
            _page_number(sheet, says, look, number, len(pages))
    y = look.totals(sheet, says, look, y + 3)
    _notes(sheet, look, _wrapped(sheet, says, look), y + 9)
    if xml:
        sheet.embed_invoice(xml, created)
    return sheet.finish()


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
