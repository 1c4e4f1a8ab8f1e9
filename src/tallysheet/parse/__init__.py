"""Bytes → pages of words with boxes, in child processes, where a bad file hurts nothing else.

What stands where::

    _kind      what a file is, by its bytes
    _pdf       pdfium: pages, characters, attachments
    _words     characters → words in reading order
    _xml       is this XML an e-invoice
    _picture   image files: decoded with care, then read by OCR
    ocr        pictures → words, for it and for the scanned pages of a PDF
    _read      the work of a child, from all of those
    _portions  what it sends back, taken in
    _pool      who does it: _process (one child), _child (its program), _frames (what they say)
    _verdict   what the end of a task means for its document
"""

from tallysheet.errors import DocumentError
from tallysheet.model import Parsed
from tallysheet.parse._pool import Pool
from tallysheet.parse._portions import decode
from tallysheet.parse._read import read, read_and_show
from tallysheet.ports import Offload

__all__ = ["Pool", "parse"]

MOST_BYTES = 100 * 1024 * 1024
"""A larger file is no invoice."""


async def parse(data: bytes, *, offload: Offload, shown: bool = False) -> Parsed:
    """Read what can be read off a document, whatever kind it is.

    Args:
        data: The file.
        offload: Where it is read.
        shown: Whether pages without text are wanted as pictures, too.

    Raises:
        DocumentError: It cannot be read: ``empty``, ``too_large``, ``unsupported``,
            ``no_text``, ``encrypted``, ``corrupt``, ``corrupt_xml``,
            ``image_too_large``, or one of the reasons that *offload* has.
        WorkerLost: As *offload* says.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(
            "too_large",
            f"It has {len(data):,} bytes, and at most {MOST_BYTES:,} are read.",
            "Split it, or take it out of the source.",
        )
    return await decode((await offload.run(read_and_show if shown else read, data)).data)
