"""What a title, or the date of issue, near a bare ``No.`` says for the number behind it."""

import re

from tallysheet.extract._rules._labels import WEAK, Label, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._view import View

TITLE = re.compile(
    r".*(?:rechnung|gutschrift|korrektur|faktura|factuur|nota|invoice|facture|fatt?ura|factura)"
)
"""How the title of an invoice ends, in one word."""
MOST_DATED = 6
"""Words of a title with its day at most."""
APART = frozenset(["/", "|", "-", "–", "—", "valant", "votre", "ihre", "your", "uw", "su"])
"""Behind what a title stands apart."""


def title_bonus(view: View, label: Label) -> float:
    """A bare ``No.`` or ``#`` counts more where a title stands just before or above it."""
    if label.terms["number"] >= WEAK:
        return 0.0
    line = view.sheet.lines[label.span.line]
    cell = line.cell_of(label.span.first).span
    before = letters(line.words[label.span.first - 1].text) if label.span.first else ""
    titled = any(
        other.span.first == cell.first and other.titles for other in view.labels[line.number]
    )
    own = cell._replace(last=label.span.first)
    if own.last > own.first and (titled or TITLE.fullmatch(before) or _is_dated_title(view, own)):
        return 0.5
    priced = any(one.money for one in view.figures[line.number])
    for number in range(max(0, label.span.line - 4), label.span.line + 1):
        for other in view.labels[number]:
            names = other.terms.get("number", WEAK) == WEAK and (
                other.titles or _is_dated(view, other)
            )
            if other is not label and names and _leads(view, other) and not priced:
                return 0.2
    return 0.15 if label.leads and _beside_date(view, label) else 0.0


def _is_dated_title(view: View, span: Span) -> bool:
    """Whether *span* is a title with its day: “Facture du 05/12/2025”."""
    first = letters(view.sheet.words(span)[0].text)
    ends = any(
        day.span.line == span.line and day.span.last == span.last for day in view.days[span.line]
    )
    return ends and TITLE.fullmatch(first) is not None and span.last - span.first <= MOST_DATED


def _is_dated(view: View, label: Label) -> bool:
    """Whether *label* is a title and what goes before its day: “Facture du”."""
    first = letters(view.sheet.words(label.span)[0].text)
    return "issue_date" in label.terms and TITLE.fullmatch(first) is not None


def follows_title(view: View, label: Label) -> bool:
    """Whether a title stands right before *label* in its cell: “Mémoire d’honoraires N°”."""
    return any(
        other.titles and other.span.last == label.span.first
        for other in view.labels[label.span.line]
    )


def _leads(view: View, title: Label) -> bool:
    """Whether *title* is the first of its cell, or stands apart: “Ricevuta fiscale / Fattura”."""
    line = view.sheet.lines[title.span.line]
    return title.leads or line.words[title.span.first - 1].text.casefold() in APART


def _beside_date(view: View, label: Label) -> bool:
    """Whether the label of the issue date stands next to *label*, above, below or beside it."""
    here = view.sheet.box(label.span)
    for number in range(max(0, label.span.line - 3), label.span.line + 4):
        for other in view.labels[number] if number < len(view.labels) else ():
            if other.leads and other.terms.get("issue_date", 0.0) >= WEAK:
                there = view.sheet.box(other.span)
                edges = abs(there.x0 - here.x0), abs(there.x1 - here.x1)
                if min(edges) < 8 or number == label.span.line:
                    return True
    return False
