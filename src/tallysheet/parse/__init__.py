"""Bytes → pages of words with boxes, in child processes, where a bad file hurts nothing else.

What stands where::

    _kind      what a file is, by its bytes
    _pdf       pdfium: pages, characters, attachments
    _words     characters → words in reading order
    _xml       is this XML an e-invoice
    _picture   image files: decoded with care, then read by OCR
    ocr        pictures → lines of text, by RapidOCR or _tesseract; _lines: → words, upright
    _scans     the pages of a document that need OCR, for as long as there is time
    _rounds    long scans: what one task did not come to, the next one reads
    _hidden    words that nobody sees; _unread: pictures that the words leave out
    _signed    the way to what was signed, in a signed file
    members    mails and archives: what they hold; _unpacked: many members of one a trip
    _read      the work of a child, from all of those
    _drawing   some pages of it as pictures, for people
    _wanted    what it is asked for
    _portions  what it sends back, taken in
    _pool      who does it: _process (one child), _child (its program), _frames (what they say)
    _verdict   what the end of a task means for its document
"""

from dataclasses import replace

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed
from tallysheet.parse._drawing import read_and_draw
from tallysheet.parse._pool import Pool
from tallysheet.parse._portions import decode
from tallysheet.parse._read import read
from tallysheet.parse._rounds import to_the_end
from tallysheet.parse._unpacked import Content, unpacked
from tallysheet.parse._wanted import Wanted, hash_of_pages, named_pages
from tallysheet.ports import Offload

__all__ = [
    "MODULES",
    "Content",
    "Pool",
    "Wanted",
    "hash_of_pages",
    "named_pages",
    "parse",
    "read_and_draw",
    "unpacked",
]

MOST_BYTES = 100 * 1024 * 1024
"""A larger file is no invoice."""
WHOLE = Wanted()
MODULES = ("tallysheet.parse._read", "tallysheet.parse._pdf")
"""What reading a document takes, nearly always: for a `Pool` to load beforehand."""


async def parse(
    data: bytes,
    *,
    offload: Offload,
    wanted: Wanted = WHOLE,
    passwords: tuple[str, ...] = (),
) -> Parsed:
    """Read what can be read off a document, whatever kind it is.

    Of a file that holds others (a mail, an archive) there are only their names: `Parsed.parts`.

    Args:
        data: The file.
        offload: Where it is read.
        wanted: Which part of it, and how.
        passwords: Those that may open an encrypted PDF; sent only with one that needs any.

    Raises:
        DocumentError: It cannot be read: ``empty``, ``too_large``, ``unsupported``,
            ``no_text``, ``encrypted``, ``corrupt``, ``corrupt_xml``,
            ``image_too_large``, ``no_members``, ``too_many_members``, ``too_deep``, ``gone``
            where a part is no longer what it was, or one of the reasons that *offload* has.
        WorkerLost: As *offload* says.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(
            "too_large",
            f"It has {len(data):,} bytes, and at most {MOST_BYTES:,} are read.",
            "Split it, or take it out of the source.",
        )
    try:
        worked = await offload.run(read, wanted.in_front_of(data))
    except DocumentError as error:
        if error.reason != "encrypted" or not passwords:
            raise
        wanted = replace(wanted, passwords=passwords)
        worked = await offload.run(read, wanted.in_front_of(data))

    async def read_only(pages: tuple[int, ...]) -> Parsed:
        rest = replace(wanted, only=pages, shown=False)
        return await decode((await offload.run(read, rest.in_front_of(data))).data)

    return await to_the_end(await decode(worked.data), read_only)
