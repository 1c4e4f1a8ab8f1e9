"""What tells of a land: postcodes, states, tax numbers and rates of tax."""

import re

from tallysheet.extract._rules._layout import Line, Sheet

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
