"""A number that a narrow column broke at a stroke: ``INLX25-`` over ``1184402``."""

import re

from tallysheet.extract._rules._layout import Cell, Span
from tallysheet.extract._rules._view import View

EDGE = 4.0
"""Points by which the two parts begin apart at most."""
_BROKEN = re.compile(r"[A-Z\d][A-Z\d./-]*[-/]")
"""How a part ends that goes on in the next line."""
_REST = re.compile(r"[A-Z\d][A-Z\d./-]*")


def begun_above(view: View, value: str, span: Span) -> str:
    """The number of which *value* at *span* is the end; *value* where none begins above it."""
    line = view.sheet.lines[span.line]
    own = line.cell_of(span.first)
    if not span.line or own.span.first != span.first or not _REST.fullmatch(value):
        return value
    above = view.sheet.lines[span.line - 1]
    if above.page != line.page or line.box.y0 - above.box.y1 > line.height:
        return value
    return next((head + value for cell in above.cells if (head := _head(view, cell, own))), value)


def goes_on(view: View, span: Span) -> tuple[str, Span] | None:
    """The number that begins with all of *span* and ends in the next line."""
    cell = view.sheet.lines[span.line].cell_of(span.first)
    if cell.span.last != span.first + 1:
        return None
    for line in view.sheet.below(span, lines=1):
        for other in line.cells:
            first = line.words[other.span.first]
            part = view.sheet.lines[span.line].words[span.first]
            near = abs(first.x0 - part.x0) < EDGE
            if near and _BROKEN.fullmatch(part.text) and _REST.fullmatch(first.text):
                return part.text + first.text, Span(span.line, span.first, span.first + 1)
    return None


def _head(view: View, cell: Cell, own: Cell) -> str:
    """The text of *cell* if it is one word that goes on in *own* below it."""
    text = view.sheet.text(cell.span)
    near = abs(cell.x0 - own.x0) < EDGE
    digits = any(map(str.isdigit, text))
    return text if near and digits and _BROKEN.fullmatch(text) else ""
