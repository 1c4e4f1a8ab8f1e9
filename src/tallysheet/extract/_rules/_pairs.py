"""Which words may be the value of a label: those right of it, else those below it."""

import re
from collections.abc import Iterator

from tallysheet.extract._rules._labels import Label
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._view import View

SAME_CELL = 1.0
NEXT_CELL = 0.97
BELOW = 0.9
"""What a value's place weighs, by how closely it ties it to the label."""

LINES_BELOW = 3
MOST_ASIDE = 60.0
"""Points right of a label at which what stands below it may begin at most."""
SKIPPED = frozenset([":", "#", "-", ".", "n°", "nº", "no", "no.", "nr", "nr.", "№", "–", "=", "n."])
"""What may stand between a label and its value."""
TERM = re.compile(r"\(?B[TG]-\d{1,3}\)?:?")
"""A term of EN 16931, as views of e-invoices have it beside a label."""
_OTHER_SCRIPT = re.compile(r"[^\d\u0000-\u052f\u1e00-\u2bff]+\W*")
"""A word in a script other than the Latin, the Greek and the Cyrillic one."""
DAYS = frozenset(["issue_date", "delivery_date"])
"""Days that one date may stand for."""
STROKES = frozenset(["/", "|", "="])
"""What parts a label from the same in another language."""


def right_of(view: View, label: Label) -> tuple[Span, float] | None:
    """The words right of *label* up to the next one, and what that place weighs."""
    line = view.sheet.lines[label.span.line]
    first = past_translations(view, label)
    while first < len(line.words) and _is_skipped(line.words[first].text):
        first += 1
    first = _past_other_script(line, first)
    coded = "number" in label.terms  # “A 240 447” begins with no label
    last = min(
        (
            other.span.first
            for other in view.labels[line.number]
            if other.span.first >= first
            and (other.leads or other.plain)
            and not (coded and len(line.words[other.span.first].text) == 1)
        ),
        default=len(line.words),
    )
    if first >= last:
        return None
    cell = line.cell_of(first)
    own = label.span.first >= cell.span.first
    return Span(line.number, first, last), SAME_CELL if own else NEXT_CELL


def _past_other_script(line: Line, first: int) -> int:
    """Where words in a script other than the Latin one end, if the line goes on behind them.

    There they say what the label says: ``Invoice No.`` and the same in Arabic.
    """
    last = first
    while last < len(line.words) and _OTHER_SCRIPT.fullmatch(line.words[last].text):
        last += 1
    return last if last < len(line.words) else first


def _is_skipped(text: str) -> bool:
    return text.casefold() in SKIPPED or TERM.fullmatch(text) is not None


def past_translations(view: View, label: Label) -> int:
    """Where *label* ends, with what says the same behind a stroke: ``Datum / Date / Data``.

    Or with another day that is the same one: ``Invoice date / Delivery date``.
    """
    return translations(view, label)[-1].span.last


def translations(view: View, label: Label) -> list[Label]:
    """*label*, and those behind it that say the same behind strokes, or the day of a number.

    What stands beside “Invoice number / date” begins with the number.
    """
    words = view.sheet.lines[label.span.line].words
    found = [label]
    for other in view.labels[label.span.line]:
        last = found[-1].span.last
        follows = other.span.first == last + 1 and words[last].text in STROKES
        same = other.terms.keys() & label.terms.keys()
        dated = DAYS & other.terms.keys() and (DAYS | {"number"}) & label.terms.keys()
        if follows and (same or dated):
            found.append(other)
    return found


def past_synonyms(view: View, label: Label, term: str) -> int:
    """Where *label* ends, with translations and the same in brackets: ``Cedente (fornitore)``."""
    words = view.sheet.lines[label.span.line].words
    last = past_translations(view, label)
    return next(
        (
            other.span.last
            for other in view.labels[label.span.line]
            if other.span.first == last and term in other.terms and words[last].text[0] == "("
        ),
        last,
    )


def below(view: View, label: Label) -> Iterator[Span]:
    """Words under *label*, line by line, until one holds another label in that column."""
    here = view.sheet.lines[label.span.line]
    words = here.words[label.span.first : past_translations(view, label)]
    left, right = words[0].x0 - 3, words[-1].x1 + 3
    border = min(
        (word.x0 for word in here.words[label.span.last :] if word.x0 > right), default=9e9
    )
    for line in view.sheet.below(label.span, lines=LINES_BELOW):
        span = _column(line, left, right, border)
        if span is None:
            continue
        if any(
            other.leads and span.first <= other.span.first < span.last
            for other in view.labels[line.number]
        ):
            return
        yield span


def _column(line: Line, left: float, right: float, border: float) -> Span | None:
    """The words of *line* that stand between *left* and *right*, with the rest of their cell."""
    inside = [
        at for at, word in enumerate(line.words) if min(word.x1, right) - max(word.x0, left) > 0
    ]
    if not inside and border < 9e8:
        border = min(border - 3, right + MOST_ASIDE)
        inside = [at for at, word in enumerate(line.words) if left <= word.x0 < border][:1]
    if not inside:
        return None
    first, last = inside[0], inside[-1] + 1
    cell = line.cell_of(first).span
    while first > cell.first and line.words[first - 1].x0 >= left - 40 and border > 9e8:
        first -= 1
    while last < line.cell_of(last - 1).span.last and line.words[last].x0 < border - 3:
        last += 1
    return Span(line.number, first, last)


def inside(span: Span, other: Span) -> bool:
    """Whether *span* lies in *other*."""
    return span.line == other.line and other.first <= span.first and span.last <= other.last
