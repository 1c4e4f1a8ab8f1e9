"""Address blocks: lines of cells that stand under each other with the same left edge."""

from dataclasses import dataclass

from tallysheet.extract._rules._labels import Label
from tallysheet.extract._rules._layout import Cell, Line, Span
from tallysheet.extract._rules._pairs import SAME_CELL, past_translations, right_of
from tallysheet.extract._rules._view import View

EDGE = 7.0
"""Left edges of one block differ by no more, in points."""
WIDE = 8.0
"""A gap of so many glyph heights parts a label from what is beside it, not below it."""
MOST_NAMED = 60
"""Letters of a line that a sentence may run on from; lines of addresses are shorter."""
MOST_LINES = 9
"""Lines of the longest address block that is read."""
MOST_GROWING = 40
"""Blocks that can stand side by side."""
STOPPERS = frozenset(
    [
        "number",
        "issue_date",
        "due_date",
        "order",
        "sales_order",
        "customer",
        "seller",
        "buyer",
        "ship_to",
        "terms",
        "currency",
        "gross",
        "net",
        "tax",
        "due",
        "period",
        "delivery_date",
        "other_date",
        "buyer_reference",
        "contract",
        "preceding",
    ]
)
"""Labels that end a block."""
SKIPPED = frozenset(
    ["other", "legal_id", "delivery_note", "vat_id", "tax_number", "payment_reference"]
)
"""Labels whose line belongs to a block without being part of the address."""
HEADINGS = frozenset(["other", "seller", "buyer", "ship_to"])
"""What a cell says that is no part of an address: “Dati anagrafici”, “Arrendatario”."""
FIELDS = frozenset(["name_field", "address_field"])
"""Labels of what an address consists of."""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one address, and those of them that carry a label."""

    lines: tuple[Span, ...]
    labelled: tuple[Span, ...] = ()
    name: Span | None = None
    """What a label says is the name, where one does."""


def block_after(view: View, label: Label) -> Block | None:
    """The address that a label such as ``Bill to`` stands before or above."""
    region = right_of(view, label)
    under = _below(view, label)
    if region and any(map(str.isalpha, view.sheet.text(region[0]))):
        beside, place = region
        if (
            place == SAME_CELL
            or under is None
            or (_colon(view, label) and not _is_stacked(view, label, beside, under))
        ):
            cell = view.sheet.lines[beside.line].cell_of(beside.first)
            first = Span(beside.line, beside.first, min(beside.last, cell.span.last))
            edges = (view.sheet.words(first)[0].x0, view.sheet.words(label.span)[0].x0)
            return _grow(view, first, edges)
    return _grow(view, under.span, (under.x0, under.x0)) if under else None


def _is_stacked(view: View, label: Label, beside: Span, under: Cell) -> bool:
    """Whether what is named stands at the left edge below *label*, and the seller far beside it."""
    line = view.sheet.lines[label.span.line]
    gap = line.words[beside.first].x0 - line.words[label.span.last - 1].x1
    aligned = abs(under.x0 - line.words[label.span.first].x0) < EDGE
    return aligned and gap > WIDE * line.height


def _below(view: View, label: Label) -> Cell | None:
    """The cell under *label*, if it is not a label itself."""
    words = view.sheet.words(label.span)
    left, right = words[0].x0, words[-1].x1
    for line in view.sheet.below(label.span, lines=3):
        for cell in line.cells:
            near = cell.x0 < right + 5 and cell.x1 > left - 5 and cell.x0 > left - 60
            if near and not _is_heading(view, cell):
                return cell
    return None


def _is_heading(view: View, cell: Cell) -> bool:
    """Whether *cell* only says what kind of data follows, or who comes next."""
    return any(
        label.span == cell.span and label.terms.keys() <= HEADINGS
        for label in view.labels[cell.span.line]
    )


def _colon(view: View, label: Label) -> bool:
    words = view.sheet.lines[label.span.line].words
    last = past_translations(view, label)
    after = words[last].text if last < len(words) else ""
    return words[last - 1].text.endswith(":") or after == ":"


def blocks(view: View) -> list[Block]:
    """All stacks of at least two cells, in order of the page."""
    growing: list[list[Cell]] = []
    done: list[list[Cell]] = []
    for line in view.sheet.lines:
        near: list[list[Cell]] = []
        for stack in growing:
            (near if _is_near(view, stack[-1], line) else done).append(stack)
        growing = near
        for cell in line.cells:
            for stack in growing:
                if abs(stack[-1].x0 - cell.x0) < EDGE and stack[-1].span.line < line.number:
                    stack.append(cell)
                    break
            else:
                if len(growing) < MOST_GROWING:
                    growing.append([cell])
    found = [
        Block(tuple(cell.span for cell in stack[:MOST_LINES]))
        for stack in (*done, *growing)
        if len(stack) > 1
    ]
    return sorted(found, key=lambda block: block.lines[0])


def _is_near(view: View, cell: Cell, line: Line) -> bool:
    last = view.sheet.lines[cell.span.line]
    return line.page == last.page and line.box.y0 - last.box.y1 < 1.1 * last.height


def _grow(view: View, first: Span, edges: tuple[float, ...]) -> Block:
    """Follow the left edge downwards until a gap, or a label of something else."""
    lines: list[Span] = []
    labelled: list[Span] = []
    name: Span | None = None
    bottom = view.sheet.lines[first.line].box.y1
    page = view.sheet.lines[first.line].page
    for line in view.sheet.lines[first.line : first.line + 3 * MOST_LINES]:
        if line.page != page or line.box.y0 - bottom > 2.0 * line.height:
            break
        span = first if line.number == first.line else _cell_at(line.cells, edges)
        if span is None:
            continue
        leading = stated(view, span)
        terms = {term for label in leading for term in label.terms}
        strong = any(max(one.terms.values()) >= 1 for one in leading)
        own = terms & (SKIPPED | FIELDS)
        if line.number != first.line and strong and terms & STOPPERS and not own:
            break
        bottom = line.box.y1
        value = right_of(view, leading[0]) if terms & FIELDS else None
        if value:
            value_span = Span(line.number, value[0].first, line.cell_of(value[0].first).span.last)
            edges = (*edges[:2], view.sheet.words(value_span)[0].x0)
            lines.append(value_span)
            named = "name_field" in terms and any(map(str.isalpha, view.sheet.text(value_span)))
            name = name or (value_span if named else None)
        elif view.sheet.text(span).startswith("(") or own or _said(view, leading):
            labelled.append(span)
        else:
            lines.append(span)
        if len(lines) >= MOST_LINES:
            break
    return Block(tuple(lines), tuple(labelled), name)


def _said(view: View, leading: list[Label]) -> bool:
    """Whether a colon makes the line a statement of something else."""
    return any(_colon(view, label) for label in leading)


def _cell_at(cells: tuple[Cell, ...], edges: tuple[float, ...]) -> Span | None:
    for cell in cells:
        if any(abs(cell.x0 - edge) < EDGE for edge in edges):
            return cell.span
    return None


def stated(view: View, span: Span) -> list[Label]:
    """The labels that begin *span* and are labels there, not the start of a name.

    Such a label fills the cell, or a colon or a number follows it.
    """
    words = view.sheet.lines[span.line].words
    return [
        label
        for label in view.labels[span.line]
        if label.span.first == span.first
        and (
            label.span.last >= span.last
            or _colon(view, label)
            or any(char.isdigit() for char in words[label.span.last].text)
        )
    ]


def runs_on(view: View, cell: Cell) -> bool:
    """Whether *cell* goes on with a sentence: who is named in it need not be whose page it is."""
    above = view.sheet.lines[max(0, cell.span.line - 1)]
    texts = [view.sheet.text(one.span) for one in above.cells if abs(one.x0 - cell.x0) < EDGE]
    return any(len(text) > MOST_NAMED and text[-1].isalnum() for text in texts)
