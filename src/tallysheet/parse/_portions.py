"""A `Parsed` in portions, so that taking in a long document never holds up the event loop.

The first line is the document without its pages, every other one a page or a
part of one. A line is what `Parsed.to_bytes` makes, which holds no line break.
"""

import asyncio
from dataclasses import replace

from tallysheet.model import Page, Parsed

PORTION_WORDS = 2000
"""Decoding so many takes some milliseconds."""


def encode(parsed: Parsed) -> bytes:
    """Turn into bytes, in the child."""
    parts = [
        replace(
            page,
            words=page.words[at : at + PORTION_WORDS],
            picture=None if at else page.picture,
        )
        for page in parsed.pages
        for at in range(0, max(1, len(page.words)), PORTION_WORDS)
    ]
    portions = [Parsed(parsed.media_type, (part,)) for part in parts]
    return b"\n".join(p.to_bytes() for p in (replace(parsed, pages=()), *portions))


async def decode(data: bytes) -> Parsed:
    """Turn back, on the event loop, which has its turn after each portion."""
    head, *portions = data.split(b"\n")
    pages: list[Page] = []
    for portion in portions:
        await asyncio.sleep(0)
        (part,) = Parsed.from_bytes(portion).pages
        if pages and pages[-1].number == part.number:
            begun = pages.pop()
            part = replace(begun, words=begun.words + part.words)
        pages.append(part)
    return replace(Parsed.from_bytes(head), pages=tuple(pages))
