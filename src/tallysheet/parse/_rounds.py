"""A long scan is read in rounds: each is a task of its own, within the limits of a child.

OCR takes some seconds a page, and a child has half a minute. What a round did not
come to is asked for in the next one, until nothing is left, or too much was taken.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from tallysheet.errors import DocumentError
from tallysheet.model import Page, Parsed

MOST_ROUNDS = 25
"""Some seventy pages, and six minutes of one core."""
BETTER = "Scan it again, upright, sharp and at 200 dpi or more, or add it as a PDF with text."


async def to_the_end(
    parsed: Parsed, read_only: Callable[[tuple[int, ...]], Awaitable[Parsed]]
) -> Parsed:
    """*parsed* with the pages that are still unread.

    Args:
        parsed: The document after the first round.
        read_only: Reads the pages of these numbers, as far as one round goes.

    Raises:
        DocumentError: ``no_text``: nothing was found on any page.
        WorkerLost: As *read_only* says.
    """
    if not parsed.unread:
        return parsed
    for _ in range(MOST_ROUNDS - 1):
        try:
            more = await read_only(parsed.unread)
        except DocumentError:  # one page too many for a child; what there is, is kept
            break
        parsed = _joined(parsed, more)
        if not parsed.unread:
            break
    late = (
        f"Page {number} is a picture and was not read: the others took too long."
        for number in parsed.unread
    )
    missing = tuple(sorted({*parsed.missing, *parsed.unread}))
    parsed = replace(parsed, warnings=(*parsed.warnings, *late), unread=(), missing=missing)
    if parsed.xml is None and not any(page.words or page.picture for page in parsed.pages):
        raise DocumentError(
            "no_text", "There is no text on its pages, nor does OCR find any in them.", BETTER
        )
    return parsed


def _joined(parsed: Parsed, more: Parsed) -> Parsed:
    """The pages of *more* in the places of those that were unread, and what is said of them."""
    done = {page.number: page for page in more.pages if page.number not in more.unread}
    said = tuple(
        sentence
        for sentence in more.warnings
        if any(sentence.startswith(f"Page {number} ") for number in done)
    )
    return replace(
        parsed,
        pages=tuple(_instead(page, done.get(page.number)) for page in parsed.pages),
        warnings=parsed.warnings + said,
        unread=more.unread,
        missing=tuple(sorted({*parsed.missing, *more.missing})),
    )


def _instead(page: Page, read: Page | None) -> Page:
    """A page as it was read in the end, with the picture that was taken in the first round."""
    return page if read is None else replace(read, picture=page.picture)
