"""Which labels of a credit note or correction speak of itself, and which of what it corrects.

Both documents have a number and a date, and either may be called that of an invoice: software
that prints “Rechnungsnummer” on everything means the credit note's own by it, and others the
invoice's. So what is called that counts only where nothing else can be meant.
"""

import re

from tallysheet.extract._rules._kind import INVOICE
from tallysheet.extract._rules._labels import Label, fold, letters
from tallysheet.extract._rules._view import View

CORRECTIONS = frozenset(["381", "384"])
_INVOICE = re.compile(rf"{INVOICE}|bill|factur|faktur|bolletta")
_CORRECTION = re.compile(
    r"gutschrift|storno|korrektur|korrig|berichtig|credit|kredit|avoir|rectif|abono|notadi|notade"
    r"|correct|adjust|korygu|oprav"
)

_OF = re.compile(
    r"zu[rm]?|auf|[nv]s|su|alla|della|per|rif|sur|d[eu]|l?a|da|to|of|for|against|on|do|ke?|op|bij"
    r"|van"
)
"""What stands between a correction and the invoice that it corrects: “storno ns. fattura n. 4”."""


def parted(view: View, term: str, kind: str) -> tuple[list[Label], list[Label]]:
    """Labels of *term* that may speak of this document itself, and those that call an invoice's.

    Where by its *kind* it is no correction, all are its own. What a sentence says to be corrected
    is of neither.
    """
    labels = list(view.labelled(term))
    if kind not in CORRECTIONS:
        return labels, []
    labels = [label for label in labels if not _is_corrected(view, label)]
    others = [label for label in labels if _calls_invoice(view, label)]
    return [label for label in labels if label not in others], others


def _is_corrected(view: View, label: Label) -> bool:
    """Whether the words before *label* correct what it names: “Gutschrift zur Rechnung Nr.”."""
    words = [
        fold(word.text).strip(".:,") for word in view.sheet.words(view.sheet.calling(label.span))
    ]
    invoice = next((at for at, word in enumerate(words) if _INVOICE.search(word)), 0)
    corrects = [at for at, word in enumerate(words[:invoice]) if _CORRECTION.search(word)]
    return bool(corrects) and any(map(_OF.fullmatch, words[corrects[-1] + 1 : invoice]))


def _calls_invoice(view: View, label: Label) -> bool:
    """Whether *label*, with the words before it in its cell, names an invoice and nothing else."""
    called = letters(view.sheet.called(label.span))
    return bool(_INVOICE.search(called)) and not _CORRECTION.search(called)
