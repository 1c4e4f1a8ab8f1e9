"""What tells of a land: postcodes, states, tax numbers and rates of tax."""

import re
from collections.abc import Iterator, Sequence

from tallysheet.extract._currencies import COUNTRIES, LANDS, TAX_NUMBERS
from tallysheet.extract._rules._labels import Label, tokens
from tallysheet.extract._rules._layout import Line, Sheet, Span

_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI"
    "|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
STATE = re.compile(rf"[A-Za-z]{{2}},? (?:{_STATES}) \d{{5}}(?:-\d{{4}})?(?!\d)")
"""City, state and ZIP code: “Oaxaca, CP 68050” is none."""
IN_CANADA = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b")
"""A postcode of Canada."""
LAND = re.compile(
    r"[A-Z]{2}\d{2}[A-Z\d]{11,30}$|[A-Z]{2}U?\d{8,11}|ES[A-Z]\d{7}|CHE-?\d{3}"
    r"|[A-Z]{2}\d{2} [A-Z\d]{4}$"
)
"""An account number or a tax number, or how one begins."""
GST = {"15": "NZD", "10": "AUD", "9": "SGD", "8": "SGD", "5": "CAD"}
"""Whose goods and services tax has that rate, of lands with dollars."""
GST_RATE = re.compile(rf"\bgst\b[^\d]{{0,12}}(?P<rate>{'|'.join(GST)})(?:[.,]0+)? ?%")
GST_NUMBER = re.compile(r"\bgst\b[^\d]{0,16}\d{2,3}-\d{3}-\d{3}(?![\d-])")
"""A tax number of New Zealand."""
BRITISH = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")
"""A postcode of Great Britain."""
MOST_HEADINGS = 60
"""Lines of the head in which an address tells the land."""


def in_a_state(sheet: Sheet) -> Line | None:
    """The line with an address in the United States."""
    return next((line for line in sheet.lines[:MOST_HEADINGS] if STATE.search(line.text)), None)


def currencies_of(sheet: Sheet, labels: Sequence[Sequence[Label]]) -> dict[str, Span]:
    """The currencies of lands that accounts, tax numbers, legal forms and addresses tell of.

    Returns:
        Where each is told of first, by its code.
    """
    found: dict[str, Span] = {}
    for line in sheet.lines:
        for code, span in _told_on(line, labels[line.number]):
            found.setdefault(code, span)
    state = in_a_state(sheet)
    if state is not None:
        found.setdefault("USD", Span(state.number, 0, len(state.words)))
    return found


def _told_on(line: Line, labels: Sequence[Label]) -> Iterator[tuple[str, Span]]:
    for form, code in TAX_NUMBERS:
        if form.search(line.text):
            yield code, Span(line.number, 0, len(line.words))
    for at, word in enumerate(line.words):
        code = COUNTRIES.get(word.text[:2], "")
        taxed = word.text in COUNTRIES and any(
            "vat_id" in label.terms or "tax" in label.terms
            for label in labels
            if label.span.last == at
        )
        beside = line.words[at + 1].text if at + 1 < len(line.words) else ""
        number = LAND.match(word.text) or LAND.match(f"{word.text} {beside}")
        if not (code and (taxed or number)):
            said = () if "-" in word.text else tokens(word.text[:40])
            code = next((LANDS[token] for token in said if token in LANDS), "")
        if code:
            yield code, Span(line.number, at, at + 1)
