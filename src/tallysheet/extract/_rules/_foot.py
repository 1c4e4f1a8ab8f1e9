"""The column of sums from the items down to a total, each amount in it accounted for.

Not every row of it needs a label that is known: what is taken off, put on top or
listed behind the items is told by the one way in which the column adds up to the cent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._no_sums import INCLUDED
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._rates import CENT
from tallysheet.extract._rules._sums import TERMS
from tallysheet.extract._rules._view import View

MOST_LINES_BETWEEN = 16
"""Lines between the last item and the total."""
MOST_STEPS = 10
"""Amounts between the two."""
MOST_ITEMS = 6
"""Rows without a label that is known which may belong to the items."""
MOST_PARTS = 5
"""Rows that may be parts of what stands above them, such as what is taxed at each rate."""
ITEM, SEEN, LEVY = "item", "seen", "levy"
SUMS = frozenset(["net", "lines", "gross", "not_total"])
"""What is so called adds nothing: it must be what the column has come to."""
ENDS = frozenset(["paid", "prior_balance", "withheld", "due"])
"""What has nothing to do with the total that the items make."""

MOST_LETTERS = 80
"""Letters of a line that are looked at for what it says first."""
_UNTAXED = re.compile(
    r"\b(?:non soum\w+|non assoggett\w+|no sujet\w+|nao sujeit\w+|not subject|nicht steuerbar"
    r"|hors|senza|sin|sem|ohne|without|excl\w*|exkl\w*|zonder|exempt\w*|exoner\w+|esent\w*"
    r"|exent\w*|isent\w*|frei|vrij|esclus\w*|zw)\b|(?:steuer|mwst|ust|btw)-?(?:frei|vrij)"
)
"""What speaks of tax only to say that there is none on what it names."""
_CREDIT = re.compile(
    r"\b(?:credits?|guthaben|gutschrift|avoir|credito|tegoed|saldo|balance|deposit|voucher|gift)\b"
)
"""What may have been paid before, and takes nothing off the total."""


class Step(NamedTuple):
    """An amount of the column, and what it is: a term of `TERMS`, `ITEM`, `SEEN` or `LEVY`.

    The last is what a rate makes of all that is taxed: another tax, or something beside taxes.
    """

    kind: str
    figure: Figure

    @property
    def value(self) -> Decimal:
        """What it adds."""
        return Decimal() if self.kind == SEEN else self.figure.value


@dataclass(frozen=True, slots=True)
class _State:
    """How far the column was read: what it has come to, and what its last parts are."""

    total: Decimal
    tails: frozenset[Decimal]
    """What the last rows come to, and the last two, and so on."""
    items: int = 0
    flipped: bool = False
    """Whether an amount without a sign was taken off."""
    untaxed: Decimal | None = None
    """What it had come to before the first tax."""
    closed: bool = False
    """Whether a sum with the tax in it was passed: nothing is taken off that any more."""

    def plus(self, value: Decimal) -> "_State":
        """The state behind a row of *value*."""
        tails = frozenset({value, *(tail + value for tail in self.tails)})
        return replace(self, total=self.total + value, tails=tails)


def foot(
    view: View, amounts: Sequence[Decimal], after: int, target: Span, apart: frozenset[int]
) -> tuple[Step, ...] | None:
    """The steps from items of *amounts*, the last on line *after*, to the figure at *target*.

    Nothing where the column does not add up, or holds what no total is made of.
    """
    if not 0 < target.line - after <= MOST_LINES_BETWEEN:
        return None
    end = next((one for one in view.figures[target.line] if one.span == target), None)
    if end is None:
        return None
    tails: set[Decimal] = set()
    total = Decimal()
    for amount in reversed(amounts):
        total += amount
        tails.add(total)
    numbers = [number for number in range(after + 1, target.line) if number not in apart]
    # What stands beside the column may be of another one, or be all that its line has.
    for beside in (True, False):
        column = [one for number in numbers for one in _in_column(view, number, end, beside=beside)]
        if len(column) <= MOST_STEPS:
            steps = _solved(view, column, end.value, _State(total, frozenset(tails)))
            if steps is not None:
                return steps
    return None


def _in_column(view: View, number: int, end: Figure, *, beside: bool) -> Iterator[Figure]:
    """The amount of that line which stands above *end*, else the last one *beside* it."""
    amounts = [one for one in view.figures[number] if one.money and not one.percent]
    above = [one for one in amounts if min(one.x1, end.x1) > max(one.x0, end.x0)]
    yield from (above or (amounts if beside else []))[-1:]


def _solved(
    view: View, column: Sequence[Figure], end: Decimal, state: _State
) -> tuple[Step, ...] | None:
    if not column:
        return () if state.total == end else None
    parts = Decimal()
    for count, figure in enumerate(column[:MOST_PARTS], 1):
        parts += figure.value
        if parts in state.tails:
            closed = state.closed or (state.untaxed is not None and parts == state.total)
            rest = _solved(view, column[count:], end, replace(state, closed=closed))
            if rest is not None:
                return (*(Step(SEEN, one) for one in column[:count]), *rest)
    for step, after in _ways(view, column[0], state):
        rest = _solved(view, column[1:], end, after)
        if rest is not None:
            return (step, *rest)
    return None


def _ways(view: View, figure: Figure, state: _State) -> Iterator[tuple[Step, _State]]:
    """What the row of *figure* may be, where it is no sum of what stands above it."""
    terms = _terms(view, figure)
    value = figure.value
    text = fold(view.sheet.lines[figure.span.line].text)
    if terms & ENDS or _CREDIT.search(text):
        return
    if _is_included(text):
        yield Step(SEEN, figure), state
    elif "rounding" in terms and abs(value) < 1:
        for way in (figure, replace(figure, value=-value)):
            yield Step("rounding", way), state.plus(way.value)
    elif "tax" in terms and _is_of_tax(view, figure, text):
        before = state.total if state.untaxed is None else state.untaxed
        yield Step("tax", figure), replace(state.plus(value), untaxed=before)
    elif "allowances" in terms:
        if not state.closed:
            less = replace(figure, value=-abs(value))
            yield Step("allowances", less), state.plus(less.value)
    elif "charges" in terms or (state.untaxed is not None and not terms & SUMS):
        if value > 0:
            kind = LEVY if _is_rate_of(view, figure, state.untaxed) else "charges"
            yield Step(kind, figure), state.plus(value)
    elif not terms & SUMS:
        yield from _unnamed(view, figure, state)


def _is_of_tax(view: View, figure: Figure, text: str) -> bool:
    """Whether a line of *text*, which speaks of tax, has the tax in *figure*, as no item has."""
    return not (view.days[figure.span.line] or _UNTAXED.search(text) or INCLUDED.search(text))


def _is_rate_of(view: View, figure: Figure, untaxed: Decimal | None) -> bool:
    """Whether *figure* is what a rate on its line makes of all that was taxed."""
    return untaxed is not None and any(
        one.percent and abs(untaxed * one.value / 100 - figure.value) <= CENT
        for one in view.figures[figure.span.line]
    )


def _unnamed(view: View, figure: Figure, state: _State) -> Iterator[tuple[Step, _State]]:
    """What a row above the tax may be of which no label says what it is."""
    value = figure.value
    if value < 0:
        yield Step("allowances", figure), state.plus(value)
        return
    if state.items < MOST_ITEMS:
        yield Step(ITEM, figure), replace(state.plus(value), items=state.items + 1)
    if value < state.total and not (state.flipped or view.days[figure.span.line]):
        less = replace(figure, value=-value)
        yield Step("allowances", less), replace(state.plus(-value), flipped=True)


def _terms(view: View, figure: Figure) -> frozenset[str]:
    """What the labels left of *figure* may mean."""
    before = (one for one in view.labels[figure.span.line] if one.span.first < figure.span.first)
    return frozenset(term for label in before for term in TERMS & label.terms.keys())


def _is_included(text: str) -> bool:
    """Whether a line of *text* says that what it names is in the amounts above."""
    return bool(INCLUDED.match(text[:MOST_LETTERS].lstrip("([*+- ")))
