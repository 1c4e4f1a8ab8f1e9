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
    _parse     the way there and back
    _wanted    what it is asked for
    _portions  what it sends back, taken in
    _pool      who does it: _process (one child), _child (its program), _frames (what they say)
    _verdict   what the end of a task means for its document

Each part is loaded when it is first asked for: a child loads what reads, and not what starts
children.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallysheet.parse._drawing import read_and_draw
    from tallysheet.parse._parse import parse
    from tallysheet.parse._pool import Pool
    from tallysheet.parse._unpacked import Content, unpacked
    from tallysheet.parse._wanted import Wanted, hash_of_pages, named_pages

_HOME_OF = {
    "Content": "_unpacked",
    "Pool": "_pool",
    "Wanted": "_wanted",
    "hash_of_pages": "_wanted",
    "named_pages": "_wanted",
    "parse": "_parse",
    "read_and_draw": "_drawing",
    "unpacked": "_unpacked",
}
"""Where each name really stands."""

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

MODULES = ("tallysheet.parse._read", "tallysheet.parse._pdf")
"""What reading a document takes, nearly always: for a `Pool` to load beforehand."""


def __getattr__(name: str) -> Any:
    """Load a part when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
