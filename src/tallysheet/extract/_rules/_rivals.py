"""A second total on the page, named as plainly as the one that was decided on.

A block of totals that adds up, laid below or above the true one, is no misreading: a person
may take either. So nobody decides, and a person has to look. What else an invoice names as a
total is one of its sums, is in another currency, or stands in a table.
"""

from collections.abc import Mapping
from decimal import Decimal

from tallysheet.extract._rules._labels import WEAK, Label
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._pairs import SKIPPED
from tallysheet.extract._rules._sums import figures_of
from tallysheet.extract._rules._view import Found, View
from tallysheet.model import Finding, Severity

SEVERAL = "totals.several"
BESIDE = 1.0
"""What the place of the first figure right of a label weighs: those below may be of a table."""


def rival(
    view: View, apart: frozenset[int], chosen: Mapping[str, Found[Decimal]]
) -> Found[Decimal] | None:
    """The first total by its label that is none of the sums *chosen*; *apart* has other figures."""
    if "gross" not in chosen:
        return None
    known = {abs(found.value) for found in chosen.values()}
    own = view.currency.value if view.currency else None
    for row in view.labels:
        for label in row:
            weight = label.terms.get("gross", 0.0)
            if weight < WEAK or not label.leads or label.span.line in apart:
                continue
            for figure, place in figures_of(view, label, apart):
                foreign = figure.currency and view.apart(figure.currency) not in ("", own)
                if place < BESIDE or not figure.money or foreign:
                    break
                if weight < 1 and not _follows(view, label, figure):
                    break
                if figure.value and abs(figure.value) not in known:
                    return Found(figure.value, figure.span, weight * place, "label")
    return None


def _follows(view: View, label: Label, figure: Figure) -> bool:
    """Whether *figure* comes next: a mere “Total” may be one of hours, weight or savings."""
    words = view.sheet.lines[figure.span.line].words[label.span.last : figure.span.first]
    return all(word.text in SKIPPED or view.apart(word.text) for word in words)


def about_rival(named: str, other: str) -> Finding:
    """What a person has to decide: two lines of the page that name a total."""
    return Finding(
        code=SEVERAL,
        severity=Severity.ERROR,
        fields=("totals.gross",),
        message=f"Two totals are named, “{named}” and “{other}”: "
        "a person has to say which one holds.",
    )
