"""Several invoices in one file of FatturaPA (a *lotto*): one header, and a body for each.

Each becomes a file as it would stand alone: the header, and its own body. Nothing
is parsed: the bodies are found by their tags, and whatever is not cut rightly
is refused by the reader of e-invoices.
"""

import re
from functools import partial

from tallysheet.errors import DocumentError
from tallysheet.parse._xml import decode
from tallysheet.parse.members._entry import Entry

DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^<>]*\?>")
UNSEEN = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
TAG = re.compile(r"<(/?)(?:[\w.-]{1,40}:)?FatturaElettronicaBody(?:\s[^<>]*)?>")


def lot_entries(data: bytes) -> list[Entry]:
    """The invoices of a lot, in their order; they have no names.

    Raises:
        DocumentError: ``corrupt_xml``: a body begins in another one, or never ends.
    """
    xml = decode(data)
    declared = DECLARATION.match(xml)
    xml = xml[declared.end() :] if declared else xml
    # What is commented out is no body; its place is kept, so that all others keep theirs.
    seen = UNSEEN.sub(lambda match: " " * len(match[0]), xml)
    tags = list(TAG.finditer(seen))
    if len(tags) % 2 or any(bool(tag[1]) != bool(at % 2) for at, tag in enumerate(tags)):
        raise DocumentError(
            "corrupt_xml",
            "Its invoices do not end where they should.",
            "Ask the sender for an intact file.",
        )
    spans = [(first.start(), last.end()) for first, last in zip(tags[::2], tags[1::2], strict=True)]
    if not spans:
        return []
    head, tail = xml[: spans[0][0]], xml[spans[-1][1] :]
    return [_entry(head, xml[start:end], tail) for start, end in spans]


def _entry(head: str, body: str, tail: str) -> Entry:
    # Together they may be many times the file: each is put together only when it is read.
    size = len(head) + len(body) + len(tail)
    return Entry("", size, partial(_joined, head, body, tail))


def _joined(head: str, body: str, tail: str) -> bytes:
    return f"{head}{body}{tail}".encode("utf-8", "replace")
