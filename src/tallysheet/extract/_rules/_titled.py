"""What a title, or the date of issue, near a bare ``No.`` says for the number behind it."""

import re

from tallysheet.extract._rules._labels import WEAK, Label, letters
from tallysheet.extract._rules._view import View

TITLE = re.compile(
    r".*(?:rechnung|gutschrift|korrektur|faktura|factuur|nota|invoice|facture|fatt?ura|factura)"
)
"""How the title of an invoice ends, in one word."""


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
    if label.span.first > cell.first and (titled or TITLE.fullmatch(before)):
        return 0.5
    for number in range(max(0, label.span.line - 4), label.span.line + 1):
        for other in view.labels[number]:
            titled = other.titles
            if (
                other is not label
                and other.terms.get("number", WEAK) == WEAK
                and other.leads
                and titled
            ):
                return 0.2
    return 0.15 if label.leads and _beside_date(view, label) else 0.0


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
