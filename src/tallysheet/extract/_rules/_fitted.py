"""The items that a sum on the page agrees with, where those that were read do not.

Sums of parts look like items, the first row of what follows the table looks like
one more, and of two columns of amounts the wrong one may have been read. A sum that
the page names decides, and only to the cent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from tallysheet.extract._rules._item import Row, is_whole
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._rates import find_rates, grouped
from tallysheet.extract._rules._sums import find_sums
from tallysheet.extract._rules._table import Table
from tallysheet.extract._rules._view import CONFIDENT, View

SUMMED = ("lines", "net", "gross", "due")
"""What items may come to, the surest first."""
ALIGNED = 4.0
"""Points by which the right edges of a column's amounts differ at most."""
MOST_DROPPED = 6
"""Rows at the end that may be no items."""


def fitted(view: View, table: Table) -> Table:
    """*table*, or what a sum on the page makes of it: fewer rows, or another column."""
    if not table.rows or table.sum in _named(view, table):
        return table
    for other in _others(view, table):
        kept = {row.amount.span.line for row in other.rows}
        left_out = {row.amount.value for row in table.rows if row.amount.span.line not in kept}
        if other.sum in _named(view, other) | left_out:
            return other
    return table


def _named(view: View, table: Table) -> set[Decimal]:
    """What labels beside the table, or the rows of a tax breakdown, say that it comes to."""
    sums = find_sums(view, table.lines)
    values = {one.value for term in SUMMED for one in sums.get(term, ()) if one.score >= CONFIDENT}
    groups = grouped(find_rates(view, table.lines))
    return values | {sum((rate.base for rate in group), Decimal()) for group in groups}


def _others(view: View, table: Table) -> Iterator[Table]:
    parts = list(_without_sums(table.rows))
    if len(parts) < len(table.rows):
        yield _of(table, parts)
    yield from _shorter(table)
    yield from (_of(table, rows) for rows in _columns(view, table.rows))


def _without_sums(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows but for those that are what all before them come to, or those since such a one."""
    total = part = Decimal()
    count = 0
    for row in rows:
        value = row.amount.value
        if count > 1 and value in (total, part) and not is_whole(row.figures):
            part, count = Decimal(), 0
            continue
        total, part, count = total + value, part + value, count + 1
        yield row


def _shorter(table: Table) -> Iterator[Table]:
    """The rows without the last ones, none of which has a quantity and a price that make it."""
    for dropped in range(1, min(MOST_DROPPED, len(table.rows) - 1) + 1):
        if is_whole(table.rows[-dropped].figures):
            return
        yield _of(table, table.rows[:-dropped])


def _columns(view: View, rows: tuple[Row, ...]) -> Iterator[tuple[Row, ...]]:
    """The rows with the amounts of another column, unless prices make those that they have."""
    if all(is_whole(row.figures) for row in rows):
        return
    for first in reversed(_amounts(view, rows[0])):
        column = [_aligned(view, row, first) for row in rows]
        known = [figure for figure in column if figure]
        if len(known) == len(rows):
            yield tuple(
                replace(row, figures={**row.figures, "amount": figure})
                for row, figure in zip(rows, known, strict=True)
            )


def _amounts(view: View, row: Row) -> list[Figure]:
    """The other amounts on the line of *row*."""
    line = view.figures[row.amount.span.line]
    return [one for one in line if one.money and not one.percent and one.span != row.amount.span]


def _aligned(view: View, row: Row, first: Figure) -> Figure | None:
    """The amount of *row* in the column of *first*."""
    near = (one for one in _amounts(view, row) if abs(one.x1 - first.x1) < ALIGNED)
    return next(near, None)


def _of(table: Table, rows: Iterable[Row]) -> Table:
    """The table with *rows* only: on the lines of the others may stand sums."""
    kept = tuple(rows)
    held = {row.amount.span.line for row in table.rows} - {row.amount.span.line for row in kept}
    return Table(kept, table.lines - held)
