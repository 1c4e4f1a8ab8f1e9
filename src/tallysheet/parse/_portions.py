"""A `Parsed` is taken in by portions, so that a long document never holds up the event loop."""

import asyncio

from tallysheet.model import Page, Parsed

PORTION_BYTES = 256 * 1024
"""Of texts and pictures; decoding so many takes about a millisecond. Words stay sealed."""


async def decode(data: bytes) -> Parsed:
    """Decode what `Parsed.to_bytes` made; the event loop has its turn after each portion."""
    head, *lines = data.split(b"\n")
    pages: list[Page] = []
    taken_bytes = 0
    for page, words in zip(lines[::2], lines[1::2], strict=True):
        pages.append(Page.from_lines(page, words))
        taken_bytes += len(page)
        if taken_bytes >= PORTION_BYTES:
            taken_bytes = 0
            await asyncio.sleep(0)
    return Parsed.from_lines(head, pages)
