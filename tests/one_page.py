"""A document of one page and three lines, and what a model is asked about it."""

from tallysheet.extract._prompt import question_about
from tallysheet.model import Page, Parsed, Word

LINES = ("Invoice number: NO-7", "Date: 2026-03-01", "Total: 119.00 EUR")
PAGE = Page(
    number=1,
    width=595,
    height=842,
    words=tuple(
        Word(text, 50 + 60 * column, 50 + 20 * row, 100 + 60 * column, 60 + 20 * row)
        for row, line in enumerate(LINES)
        for column, text in enumerate(line.split())
    ),
)
QUESTION = question_about(Parsed("application/pdf", pages=(PAGE,)))
