"""Pages drawn as text: each letter of a line is a box of one size, so columns are columns."""

from tallysheet.model import Page, Parsed, Word

WIDTH = 6.0
HEIGHT = 10.0
PITCH = 13.0


def drawn(*pages: str) -> Parsed:
    """A document of these pages; two spaces or more part two cells of a line."""
    return Parsed(
        "application/pdf",
        tuple(
            Page(number, 595.0, 842.0, tuple(_words(text)))
            for number, text in enumerate(pages, start=1)
        ),
    )


def _words(text: str) -> list[Word]:
    words = []
    for row, line in enumerate(text.strip("\n").splitlines()):
        at = 0
        for word in line.split(" "):
            if word:
                top = 30 + PITCH * row
                left = 20 + WIDTH * at
                words.append(Word(word, left, top, left + WIDTH * len(word), top + HEIGHT))
            at += len(word) + 1
    return words
