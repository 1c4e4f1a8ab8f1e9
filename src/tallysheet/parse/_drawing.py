"""Pages as pictures, for people who want to see where a value stands."""

from collections.abc import Callable, Collection
from dataclasses import replace

from tallysheet.model import Parsed
from tallysheet.parse._kind import PDF, SIGNED, kind_of
from tallysheet.parse._read import read
from tallysheet.parse._signed import signed_content
from tallysheet.parse._wanted import Wanted


def read_and_draw(request: bytes, choose: Callable[[Parsed], Collection[int]]) -> Parsed:
    """Read a document, and draw some of its pages; in a child process only.

    Args:
        request: `Wanted`, in front of the bytes of the file.
        choose: Names the pages to draw, by their numbers, once all are read.

    Returns:
        The document, with the pictures of those pages that have any look.

    Raises:
        DocumentError: It cannot be read.
    """
    wanted, data = Wanted.taken_off(request)
    # Pages without text come with pictures, turned as they were read.
    parsed = Parsed.from_bytes(read(replace(wanted, shown=True).in_front_of(data)))
    numbers = choose(parsed)
    for name in wanted.members:
        from tallysheet.parse.members import member

        data = member(data, name)
    if kind_of(data) == SIGNED:
        data = signed_content(data) or data
    if kind_of(data) != PDF:
        return parsed
    from tallysheet.parse._pdf import draw_pages

    missing = [p.number for p in parsed.pages if p.number in numbers and p.picture is None]
    pictures = draw_pages(data, missing, passwords=wanted.passwords)
    pages = (replace(p, picture=pictures.get(p.number, p.picture)) for p in parsed.pages)
    return replace(parsed, pages=tuple(pages))
