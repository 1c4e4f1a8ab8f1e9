"""The columns of a table of items, each with one meaning, and what stands in which."""

from tallysheet.extract._rules._columns import Column
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._numbers import Figure

NEAR = 45.0
"""A figure further from a heading than this, in points, is not in that column."""


class Grid:
    """Which column a word or figure stands in.

    Args:
        columns: The headings, from left to right.
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = _named(columns)
        known = list(self.columns.values())
        self._others = [column for column in columns if column not in known]
        described = self.columns.get("description")
        borders = sorted(column.x0 for column in columns)
        self.heading = described.x0 - 12 if described else borders[0]
        """Where the heading of the descriptions begins, and a little before."""
        self.left = 0.0 if described and described.x0 == borders[0] else self.heading
        """Where descriptions may begin: the first heading may stand in the middle of its column."""
        after = [x0 for x0 in borders if described and x0 > described.x1]
        self.right = after[0] if after else 9e9

    def text_of(self, line: Line) -> Span | None:
        """The words of *line* in the column of descriptions."""
        inside = [at for at, word in enumerate(line.words) if self.left <= word.x0 < self.right - 2]
        if not any(char.isalpha() for at in inside for char in line.words[at].text):
            return None
        return Span(line.number, inside[0], inside[-1] + 1)

    def column_of(self, figure: Figure) -> str | None:
        """The term of the column whose heading is nearest to *figure*, if one is near."""
        best, name = NEAR, None
        for term, column in self.columns.items():
            if term in ("description", "position", "sku", "unit"):
                continue
            off = _off(figure, column)
            if off < best:
                best, name = off, term
        # Of two columns of rates or taxes only one has a name.
        return None if any(_off(figure, column) < best for column in self._others) else name


def _off(figure: Figure, column: Column) -> float:
    """How far *figure* is from the heading of *column*, in points, by what is nearest."""
    return min(
        abs(figure.x1 - column.x1),
        abs(figure.x0 - column.x0),
        abs(figure.x0 + figure.x1 - column.x0 - column.x1) / 2,
    )


def _named(columns: tuple[Column, ...]) -> dict[str, Column]:
    """Give each term its column: the amount is the last that can be one, then the rest.

    Where two can be that, with tax and without it, the one before is ``other_amount``.
    """
    named: dict[str, Column] = {}
    left = list(columns)
    for term, backwards in (
        ("description", False),
        ("amount", True),
        ("unit_price", True),
        ("quantity", False),
        ("vat_rate", True),
        ("line_tax", True),
        ("discount", True),
        ("unit", False),
        ("sku", False),
        ("position", False),
    ):
        fitting = [column for column in left if term in column.terms]
        if term == "description":
            fitting = sorted(fitting, key=lambda column: -_room(column, columns))[:1]
        if term == "sku" and not fitting and "description" in named:
            fitting = [column for column in left if "description" in column.terms]
        if fitting:
            named[term] = fitting[-1] if backwards else fitting[0]
            left.remove(named[term])
    others = [column for column in left if "amount" in column.terms]
    if others and {"amount", "quantity", "unit_price"} <= named.keys():
        named["other_amount"] = others[-1]
    if "amount" not in named and "unit_price" in named:
        named["amount"] = named.pop("unit_price")
    return named


def _room(column: Column, columns: tuple[Column, ...]) -> float:
    """How far it is from the left edge of *column* to the next one."""
    return min((one.x0 for one in columns if one.x0 > column.x0), default=column.x1) - column.x0
