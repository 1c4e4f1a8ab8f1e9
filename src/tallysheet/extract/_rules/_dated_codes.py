"""Numbers of documents that look like dates: ``17/02/2026`` in Poland, ``n° 2025-06-03``."""

import re

from tallysheet.extract._rules._labels import Label, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._view import View

OF_YEAR = re.compile(r"\d{1,6}/(?:[A-Z]{1,5}/)?\d{1,2}/\d{4}")
"""A number, the month and the year behind a series, ``FV 15/03/2024``, ``FS 4/MAG/02/2026``."""
_POLISH = frozenset(["nr", "numer"])
"""Behind these, invoices of Poland have such numbers without a series as well."""
_NUMERO = frozenset(["n", "no", "nr", "num", "numero", "nummer", "number"])
_ISO = re.compile(r"20\d\d-\d\d-\d\d")


def by_month(view: View, label: Label, span: Span) -> tuple[str, Span] | None:
    """The number that begins *span* as ``17/02/2026``, the 17th of that month.

    Behind a *label* that ends with the Polish for “number”, on a page in that language.
    """
    last = letters(view.sheet.lines[label.span.line].words[label.span.last - 1].text)
    polish = view.languages["pl"] >= max(view.languages.values(), default=1)
    code = view.sheet.words(span)[0].text.strip(".,;")
    if (last in _POLISH or last.startswith("faktura")) and polish and OF_YEAR.fullmatch(code):
        return code, Span(span.line, span.first, span.first + 1)
    return None


def like_a_day(view: View, label: Label, span: Span) -> tuple[str, Span] | None:
    """The number that looks like a date, behind the sign of a number: ``n° 2025-06-03``."""
    last = view.sheet.lines[label.span.line].words[label.span.last - 1].text
    text = view.sheet.words(span)[0].text.strip(".,;")
    called = letters(last) in _NUMERO or last.endswith(("°", "º", "#"))
    if called and _ISO.fullmatch(text):
        return text, Span(span.line, span.first, span.first + 1)
    return None
