"""Spanish tax numbers that nothing on the page calls so, and the surcharge of equivalence."""

import re

from stdnum.es import nif

from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import Mark, compact
from tallysheet.extract._rules._view import View

_FORM = re.compile(
    r"[ABCDEFGHJNPQRSUVW][-.]?\d{7}-?[A-J\d]|[ABCDEFGHJNPQRSUVW]-?\d{2}(?:\.\d{3}){2}"
    r"|(?:[XYZ]-?\d{7}|\d{8})-?[A-Z]"
)
_SURCHARGE = re.compile(r"% ?rec\b|\bequivalencia|\br\. ?e\.")
_WORDS = frozenset(["nif", "cif", "iva", "igic", "bez", "ifz"])
"""What a page says that has such numbers."""


def find_spanish(view: View) -> list[Mark]:
    """Spanish tax numbers that nothing calls so, as in ``Talleres Ruiz S.L. · B-30711840``.

    They have eight digits or letters and a check digit, which a page that speaks of such numbers
    or of their tax hardly shows by chance.
    """
    if not _WORDS & view.words.keys():
        return []
    return [
        Mark(value, Span(line.number, at, at + 1))
        for line in view.sheet.lines
        for at, word in enumerate(line.words)
        if _FORM.fullmatch(text := word.text.strip(",;:()."))
        and nif.is_valid(value := compact(text))
    ]


def has_surcharge(view: View) -> bool:
    """Whether a “Recargo” of the page is that of equivalence, which is a tax and no charge."""
    named = any(
        fold(view.sheet.text(label.span)).startswith("recargo")
        for label in view.labelled("charges")
    )
    return named and any(_SURCHARGE.search(fold(line.text)) for line in view.sheet.lines)
