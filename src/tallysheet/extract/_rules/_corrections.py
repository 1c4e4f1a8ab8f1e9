"""Which labels of a credit note or correction speak of itself, and which of what it corrects.

Both documents have a number and a date, and either may be called that of an invoice: software
that prints “Rechnungsnummer” on everything means the credit note's own by it, and others the
invoice's. So what is called that counts only where nothing else can be meant.
"""

import re

from tallysheet.extract._rules._codes import find_certified, find_codes
from tallysheet.extract._rules._kind import find_kind
from tallysheet.extract._rules._labels import WEAK, Label, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._view import CONFIDENT, Found, View

CORRECTIONS = frozenset(["381", "384"])
_INVOICE = re.compile(r"rechnung|invoice|bill|factu(?:re?|ur)|fattura|fatura|faktur|bolletta")
_CORRECTION = re.compile(
    r"gutschrift|storno|korrektur|korrig|berichtig|credit|kredit|avoir|rectif|abono|notadi|notade"
    r"|correct|adjust|korygu|oprav"
)


def parted(view: View, term: str) -> tuple[list[Label], list[Label]]:
    """Labels of *term* that may speak of this document itself, and those that call an invoice's.

    Where it is no correction, all are its own.
    """
    labels = list(view.labelled(term))
    kind = find_kind(view)
    if kind is None or kind.value not in CORRECTIONS:
        return labels, []
    others = [label for label in labels if calls_invoice(view, label)]
    return [label for label in labels if label not in others], others


def find_numbers(view: View) -> tuple[list[Found[str]], Found[str] | None]:
    """Candidates for the number of the document, the best first, and one that may be it as well."""
    own, others = parted(view, "number")
    found = find_codes(view, "number", own)
    if not others:
        return found or find_certified(view), None
    if found and found[0].score >= WEAK:
        return found, None
    theirs = find_codes(view, "number", others)
    if found and found[0].score >= CONFIDENT:
        return found, next((one for one in theirs if one.value != found[0].value), None)
    theirs = find_codes(view, "number", [label for label in others if label.leads])
    return theirs, found[0] if found and theirs and found[0].value != theirs[0].value else None


def calls_invoice(view: View, label: Label) -> bool:
    """Whether *label*, with the words before it in its cell, names an invoice and nothing else."""
    first = view.sheet.lines[label.span.line].cell_of(label.span.first).span.first
    called = letters(view.sheet.text(Span(label.span.line, first, label.span.last)))
    return bool(_INVOICE.search(called)) and not _CORRECTION.search(called)
