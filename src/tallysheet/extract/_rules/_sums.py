"""Candidates for the sums of the invoice: figures right of a label, or below it."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from tallysheet.extract._currencies import CODES
from tallysheet.extract._rules._item import is_counted
from tallysheet.extract._rules._labels import Label, fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import find_ibans
from tallysheet.extract._rules._no_sums import (
    INCLUDED,
    is_end,
    is_in_next_sentence,
    is_in_prose,
    is_reduced_before,
    is_term,
    is_untaxed,
    is_with_tax,
    not_whole,
)
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._rates import Rate
from tallysheet.extract._rules._view import CONFIDENT, View, meets

MOST_CANDIDATES = 16
"""Candidates of one term that are weighed against those of the others."""

TERMS = frozenset(
    [
        *("net", "lines", "tax", "gross", "due", "paid", "allowances", "charges"),
        *("withheld", "rounding", "prior_balance", "not_total"),
    ]
)
WHOLE = frozenset(["gross", "due"])
"""What the whole invoice comes to."""
TOLD = WHOLE | {"prior_balance", "charges", "paid"}
"""What sentences speak of, before others that end with an amount."""
SEVERAL = 2
"""Amounts above the last one that make a column of it."""
FEWEST_HEADINGS = 3
"""Cells of a line of headings over a line of amounts."""
MOST_CODE = 3
"""Letters of the code of a currency."""
_BORROWED = {
    "net": {"lines": 0.75, "gross": 0.45},
    "gross": {"due": 0.85},
    "tax": {},
}
"""Labels that may stand for another term, and what they weigh then."""


class Sum(NamedTuple):
    """A figure that a label names."""

    value: Decimal
    span: Span
    score: float


def find_sums(view: View, apart: frozenset[int]) -> dict[str, list[Sum]]:
    """The candidates of each term, the best first; *apart* has other figures."""
    found: dict[str, dict[Decimal, Sum]] = defaultdict(dict)
    accounts = [mark.span for mark in find_ibans(view)]
    for row in view.labels:
        for label in row:
            terms = TERMS & label.terms.keys()
            if not terms or label.span.line in apart or is_term(view, label):
                continue
            if terms & WHOLE and not_whole(view, label):
                continue
            counted = "tax" in terms and is_counted(view.figures[label.span.line])
            if counted or is_with_tax(view, label) or is_untaxed(view, label):
                continue
            for figure, place in figures_of(view, label, apart):
                prose = terms & WHOLE and is_in_prose(view, label, figure)
                prose = prose or (terms & TOLD and is_in_next_sentence(view, label, figure))
                account = any(meets(figure.span, one) for one in accounts)
                prose = prose or (terms & WHOLE and is_reduced_before(view, label, figure))
                if prose or account or is_end(view, figure):
                    continue
                for term in terms:
                    _add(found[term], view, label, term, figure, place)
    return {
        term: sorted(values.values(), key=lambda one: (-one.score, one.span))[:MOST_CANDIDATES]
        for term, values in found.items()
    }


def _add(
    known: dict[Decimal, Sum], view: View, label: Label, term: str, figure: Figure, place: float
) -> None:
    score = label.terms[term] * place * (1.0 if label.leads else 0.85)
    score *= 0.85 + 0.15 * view.sheet.place(figure.span)
    score *= 1.0 if figure.money else 0.6
    old = known.get(figure.value)
    if old is None or old.score < score:
        known[figure.value] = Sum(figure.value, figure.span, min(0.99, score))


def figures_of(view: View, label: Label, apart: frozenset[int]) -> Iterator[tuple[Figure, float]]:
    """The figures right of *label*, the last one first, else those below it."""
    line = view.sheet.lines[label.span.line]
    row = view.figures[line.number]
    border = min(
        (
            other.span.first
            for other in view.labels[line.number]
            if other.leads and other.span.first >= label.span.last
        ),
        default=len(line.words),
    )
    border = min(border, _included_from(view, label.span.line, label.span.last))
    right = [
        figure
        for figure in row
        # A figure may begin with the currency that ends the label: “Total EUR 9.00”.
        if label.span.last < figure.span.last
        and label.span.first < figure.span.first < border
        and not figure.percent
    ]
    if right:
        best = [figure for figure in right if figure.money]
        if not best and not view.has_places:
            best = right[-1:]
        if not best:
            return
        if _follows(view, label, best):
            best = best[:1]
        if "gross" in label.terms:
            best.sort(key=lambda one: bool(one.value))  # “TOTAL 195.00 0.00” ends with the tax
        yield best[-1], 1.0
        for figure in best[:-1]:
            yield figure, 0.5
        return
    before = [one for one in row if one.money and one.span.last <= label.span.first]
    if not before:
        yield from _under(view, label, apart)
    elif (
        label.leads
        and label.plain
        and before[-1].span.first < line.cell_of(label.span.first).span.first
    ):
        # Beside the sums of one column the total may stand below its label.
        for one in _under(view, label, apart):
            if one[0].span.line == line.number + 1:
                yield one


def _follows(view: View, label: Label, amounts: list[Figure]) -> bool:
    """Whether the first of *amounts* is right behind *label* and its colon, and words go on.

    As in “Paid: 0.00 EUR Left to pay: 90.00 EUR”.
    """
    words = view.sheet.lines[label.span.line].words
    first, last = amounts[0].span, amounts[-1].span
    said = words[label.span.last - 1].text.endswith(":")
    return (
        said
        and first.first == label.span.last
        and any(
            len(word.text) > MOST_CODE and word.text.isalpha()
            for word in words[first.last : last.first]
        )
    )


def _included_from(view: View, number: int, first: int) -> int:
    """Where what is included begins, behind an amount: “76,00 € (inkl. 12,13 € MwSt.)”."""
    words = view.sheet.lines[number].words
    amounts = [one for one in view.figures[number] if one.money and one.span.first >= first]
    behind = amounts[0].span.last if amounts else len(words)
    found = (
        at for at in range(behind, len(words)) if INCLUDED.match(fold(words[at].text.lstrip("([")))
    )
    return next(found, len(words))


def _under(view: View, label: Label, apart: frozenset[int]) -> Iterator[tuple[Figure, float]]:
    if paired := _in_row(view, label):
        yield paired, 0.9
        return
    words = view.sheet.words(label.span)
    left, right = words[0].x0 - 4, words[-1].x1 + 4
    column: list[Figure] = []
    for line in view.sheet.below(label.span, lines=8):
        if line.number in apart:
            continue
        inside = [
            figure
            for figure in view.figures[line.number]
            if figure.money and min(figure.x1, right) > max(figure.x0, left)
        ]
        if not inside and (column or view.labels[line.number]):
            break
        column += inside[-1:]
    # Of several amounts in a column the last is the sum if they come to it, or it is so called.
    above = [one.value for one in column[:-1]]
    summed = (
        len(above) < SEVERAL
        or sum(above) == column[-1].value
        or any(one.leads and TERMS & one.terms.keys() for one in view.labels[column[-1].span.line])
    )
    for at, figure in enumerate(reversed(column)):
        yield figure, 0.9 if at == 0 and summed else 0.5


def _in_row(view: View, label: Label) -> Figure | None:
    """The figure of *label* where a row of headings stands over a row of as many amounts or codes.

    Then their order pairs them: headings may begin where columns do, and amounts end where
    these end, so that the nearest amount is the next column's.
    """
    line = view.sheet.lines[label.span.line]
    below = view.sheet.lines[line.number + 1 : line.number + 2]
    if len(line.cells) < FEWEST_HEADINGS or not below or len(below[0].cells) != len(line.cells):
        return None
    figures = view.figures[line.number + 1]
    codes = sum(view.sheet.text(cell.span) in CODES for cell in below[0].cells)
    money = len(figures) + codes >= len(line.cells) and all(one.money for one in figures)
    if not money or view.figures[line.number] or below[0].page != line.page:
        return None
    at = next(at for at, cell in enumerate(line.cells) if label.span.first < cell.span.last)
    own = below[0].cells[at].span
    return next((one for one in figures if own.first < one.span.last <= own.last), None)


def find_tax_rows(view: View, apart: frozenset[int]) -> list[Sum]:
    """The amount of tax on each line that a label of tax leads to, from top to bottom."""
    rows: dict[int, Sum] = {}
    headed: dict[Span, Sum] = {}
    for label in view.labelled("tax"):
        if label.span.line not in apart and not is_untaxed(view, label):
            figure, place = next(figures_of(view, label, apart), (None, 0.0))
            if figure is None:
                continue
            one = Sum(figure.value, figure.span, label.terms["tax"] * place * 0.9)
            if figure.span.line == label.span.line:
                rows[figure.span.line] = one
            elif "%" not in view.sheet.called(label.span):
                headed[figure.span] = one
    # Several taxes stand side by side under their headings: “Imp. I.V.A.”, “Imp. R.E.”.
    beside = [one for one in headed.values() if one.span.line not in rows]
    return [rows[line] for line in sorted(rows)] or sorted(beside, key=lambda one: one.span)


def offer_rates(view: View, sums: dict[str, list[Sum]], group: tuple[Rate, ...]) -> None:
    """Let the rows of a breakdown stand for net and tax, where their sums are on the page."""
    shown = {figure.value: figure.span for figure in view.all_figures() if figure.money}
    for term, value in (
        ("net", sum((rate.base for rate in group), Decimal())),
        ("tax", sum((rate.amount for rate in group), Decimal())),
    ):
        if value in shown and all(one.value != value for one in sums.get(term, ())):
            sums.setdefault(term, []).append(Sum(value, shown[value], 0.6))
    whole = sum((rate.base + rate.amount for rate in group), Decimal())
    said = any(one.score >= CONFIDENT for term in WHOLE for one in sums.get(term, ()))
    if len(group) > 1 and whole in shown and not said:
        sums["gross"] = [Sum(whole, shown[whole], 0.6), *sums.get("gross", ())]


def offer_total_rows(view: View, sums: dict[str, list[Sum]], items: Decimal) -> None:
    """Let the row below the items be net, tax and gross where it says “Total” and holds all three.

    It stands under the headings of the items, which come to *items*, with tax or without.
    """
    for row in view.labels:
        if (
            not row
            or not row[0].leads
            or not row[0].terms.keys() & {"gross", "lines", "net", "due"}
        ):
            continue
        line = row[0].span.line
        figures = [one for one in view.figures[line] if one.money and one.span > row[0].span]
        if len(figures) != 3 or len(row) > 1:
            continue
        net, tax, gross = figures
        if (
            net.value + tax.value == gross.value
            and items in (0, net.value, gross.value)
            and tax.value
        ):
            for term, one in (("net", net), ("tax", tax), ("gross", gross)):
                known = [other for other in sums.get(term, ()) if other.value != one.value]
                sums[term] = [Sum(one.value, one.span, 0.8), *known]


def pool(sums: dict[str, list[Sum]], term: str) -> dict[Decimal, Sum]:
    """The candidates for *term* by their value, those of kindred labels among them."""
    known = {one.value: one for one in reversed(sums.get(term, ()))}
    for other, weight in _BORROWED[term].items():
        for one in sums.get(other, ()):
            score = one.score * weight
            if one.value not in known or known[one.value].score < score:
                known[one.value] = Sum(one.value, one.span, score)
    return known
