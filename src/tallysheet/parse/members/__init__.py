"""A file that holds documents → these, each with a name and its bytes.

The work of a child process, without any input or output of its own. A container is a
mail (EML), an Outlook message (MSG), a ZIP archive, a GZIP file or a FatturaPA with several
invoices. It is opened again for each member or run of members, so that nothing unpacked ever
lies about; a container in a container is a member like others, and how deep to go is for the
caller to decide (two levels are enough for a mail with an archive in it).

Of each member there is one of three things to say:

* it may be a document: ``skipped`` is empty, and `member` returns its bytes;
* it may be one and its bytes cannot be had (locked, damaged, far too large): ``skipped``
  is empty as well, and `member` raises the `DocumentError` that says why, so that it
  fails alone, when its turn comes, like any other document;
* nobody needs to look at it (a logo, a signature, a note): ``skipped`` says why. It is to
  be counted and not to be read.

What stands where::

    _entry  one entry, as a container has it; how much is taken
    _names  names from strangers, made safe
    _aside  which entries are no documents
    _mail   EML
    _outlook  MSG
    _zip    ZIP and GZIP
    _lot    several invoices in one file of FatturaPA
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from tallysheet.errors import DocumentError
from tallysheet.parse._kind import EML, GZIP, LOT, MSG, ZIP, kind_of
from tallysheet.parse._signed import signed_content
from tallysheet.parse.members._aside import aside, ending
from tallysheet.parse.members._entry import (
    MOST_MEMBERS,
    MOST_OF_ONE,
    MOST_TOGETHER,
    UNPACK,
    Entry,
    too_many,
)
from tallysheet.parse.members._lot import lot_entries
from tallysheet.parse.members._mail import mail_entries
from tallysheet.parse.members._names import safe, unique
from tallysheet.parse.members._outlook import outlook_entries
from tallysheet.parse.members._zip import gzip_entries, zip_entries

__all__ = ["Member", "member", "members_from", "members_of"]

OPENERS: dict[str, Callable[[bytes], list[Entry]]] = {
    EML: mail_entries,
    MSG: outlook_entries,
    ZIP: zip_entries,
    GZIP: gzip_entries,
    LOT: lot_entries,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a container."""

    name: str
    """Safe as a part of a key, and unique within the container."""
    size: int
    """In bytes; where they cannot be had, as the container claims."""
    sha256: str
    """The hash of its bytes, in hexadecimal; where they cannot be had, a hash of the container
    and the name."""
    skipped: str = ""
    """Why it is no document, as a sentence; empty where it may be one."""


def members_of(data: bytes) -> list[Member]:
    """What a container holds, in its order; the same for the same bytes.

    At least one of them may be a document.

    Raises:
        DocumentError: ``no_members``: there is nothing in it that may be a document;
            ``too_many_members``, ``too_large``; ``corrupt``; ``unsupported``: it is no
            container.
    """
    entries = _named(data)
    container = sha256(data).hexdigest()
    members: list[Member] = []
    together = 0
    for name, entry in entries.items():
        found = _looked_at(name, entry, container)
        members.append(found)
        together += min(found.size, MOST_OF_ONE)
        if together > MOST_TOGETHER:
            raise DocumentError(
                "too_large",
                f"Unpacked it has more than {MOST_TOGETHER:,} bytes.",
                UNPACK,
            )
    if all(found.skipped for found in members):
        raise _nothing(members, kind_of(signed_content(data) or data))
    return members


def member(data: bytes, name: str) -> bytes:
    """The bytes of one member.

    Raises:
        DocumentError: They cannot be had; says why. ``gone`` where there is none of
            that name.
    """
    entry = _named(data).get(name)
    if entry is None:
        raise _gone(name)
    return entry.read()


def members_from(data: bytes, name: str) -> Iterator[tuple[str, bytes | DocumentError]]:
    """The member *name* and those after it that may be documents, in the container's order.

    Each comes with its bytes, or with why they cannot be had.

    Raises:
        DocumentError: As `member` does, but for what is wrong with one member alone.
    """
    entries = _named(data)
    if name not in entries:
        raise _gone(name)
    for found, entry in islice(entries.items(), list(entries).index(name), None):
        if entry.aside and found != name:
            continue
        try:
            content = entry.read()
        except DocumentError as error:
            yield found, error
            continue
        if found == name or not aside(found, content):
            yield found, content


def _gone(name: str) -> DocumentError:
    return DocumentError(
        "gone", f"There is no “{name}” in it.", "See whether the file was replaced."
    )


def _named(data: bytes) -> dict[str, Entry]:
    """The entries of a container by their safe names, in its order."""
    data = signed_content(data) or data
    kind = kind_of(data)
    opener = OPENERS.get(kind)
    if opener is None:
        raise DocumentError("unsupported", "It holds no other files.")
    entries = opener(data)
    if len(entries) > MOST_MEMBERS:
        raise too_many(len(entries), MOST_MEMBERS)
    names = [safe(entry.name) or _nameless(at, entry) for at, entry in enumerate(entries, 1)]
    return dict(zip(unique(names), entries, strict=True))


def _nameless(number: int, entry: Entry) -> str:
    """``1.pdf`` for a first entry that has no name and is a PDF."""
    try:
        return f"{number}{ending(entry.read())}"
    except DocumentError:
        return str(number)


def _looked_at(name: str, entry: Entry, container: str) -> Member:
    unread = sha256(f"{container}#{name}".encode()).hexdigest()
    if entry.aside:
        return Member(name, entry.size, unread, entry.aside)
    try:
        data = entry.read()
    except DocumentError:
        return Member(name, entry.size, unread)
    return Member(name, len(data), sha256(data).hexdigest(), aside(name, data))


def _nothing(members: list[Member], kind: str) -> DocumentError:
    names = ", ".join(found.name for found in members[:3])
    more = f" and {len(members) - 3:,} more" if len(members) > 3 else ""
    what = f"only {names}{more}" if members else "nothing"
    if kind in (EML, MSG):
        return DocumentError(
            "no_members",
            f"The message has {what} attached, and so no file that may be an invoice.",
            "If the invoice is the text of the message itself, print it to a PDF, and add that.",
        )
    return DocumentError(
        "no_members",
        f"It holds {what}, and so no file that may be an invoice.",
        "Add the invoice as a PDF, a picture, or e-invoice XML.",
    )
