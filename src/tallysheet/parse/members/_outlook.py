"""What is attached to an Outlook message (MSG): files in a small file system (OLE).

[MS-OXMSG] has the format: each attachment is a storage ``__attach_version1.0_#…`` whose
streams are named by property and type. A message in a message is a storage as well and
no file, so its attachments are listed here, with its subject as their folder.
"""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from tallysheet.errors import DocumentError
from tallysheet.parse.members._entry import MOST_ENTRIES, Entry, too_many

ATTACHMENT = "__attach_version1.0_#"
STREAM = "__substg1.0_{}"
CONTENT = STREAM.format("37010102")
OBJECT = STREAM.format("3701000D")
"""A storage: a message, or what some program has put into the text."""
OF_MESSAGE = "__properties_version1.0"
"""Stands in each message, and in no other object."""
NAMES = ("3707", "3704", "3001")
"""Properties that hold a name: the long one, that of DOS, the one that is shown."""
SUBJECT = "0037"
UNICODE, BYTES = "001F", "001E"
MOST_DEEP = 3
"""Messages in messages that are looked into."""
MOST_NAME = 4096
INSTALL = "Install what reads Outlook messages with: pip install 'tallysheet[mail]'"

Path = tuple[str, ...]


def outlook_entries(data: bytes) -> list[Entry]:
    """The attachments of an Outlook message, in order.

    Raises:
        DocumentError: ``unsupported``: what reads it is not installed; ``corrupt``;
            ``too_many_members``.
    """
    if find_spec("olefile") is None:
        raise DocumentError(
            "unsupported", "It is an Outlook message, and what reads it is not installed.", INSTALL
        )
    try:
        return list(_Outlook(data).entries())
    except DocumentError:
        raise
    except Exception:  # noqa: BLE001 - olefile raises some ten kinds on damaged files
        raise _damaged() from None


class _Outlook:
    def __init__(self, data: bytes) -> None:
        from olefile import DEFECT_INCORRECT, OleFileIO

        self._size = len(data)
        # Strictly: where it is lenient, it reads one sector as often as a loop asks for it.
        self._ole: Any = OleFileIO(BytesIO(data), raise_defects=DEFECT_INCORRECT)
        if len(self._ole.direntries) > MOST_ENTRIES:
            raise too_many(len(self._ole.direntries), MOST_ENTRIES)

    def entries(self, message: Path = (), folder: str = "", deep: int = 0) -> Iterator[Entry]:
        for kid in self._kids(message):
            if kid.startswith(ATTACHMENT):
                yield from self._attached((*message, kid), folder, deep)

    def _attached(self, place: Path, folder: str, deep: int) -> Iterator[Entry]:
        streams = {name.upper() for name in self._kids(place)}
        name = self._text(place, *NAMES)
        if CONTENT.upper() in streams:
            path = (*place, CONTENT)
            yield Entry(folder + name, self._ole.get_size(path), partial(self._content, path))
        elif OBJECT.upper() not in streams:
            yield Entry(folder + name, 0, _refer)
        elif OF_MESSAGE not in self._kids((*place, OBJECT)):
            yield Entry(folder + name, 0, _refer, aside="It is a drawing or the like, not a file.")
        else:
            yield from self._within((*place, OBJECT), folder, name, deep + 1)

    def _within(self, message: Path, folder: str, name: str, deep: int) -> Iterator[Entry]:
        """What is attached to a message in a message."""
        subject = (self._text(message, SUBJECT) or name or "message").replace("/", "_")
        if deep > MOST_DEEP:
            yield Entry(f"{folder}{subject}.msg", 0, _dive)
            return
        attached = list(self.entries(message, f"{folder}{subject}/", deep))
        yield from attached
        if not attached:
            yield Entry(f"{folder}{subject}.msg", 0, _refer, aside="It is a message without files.")

    def _kids(self, place: Path) -> list[str]:
        """What stands in a storage, sorted by name, as Outlook numbers attachments."""
        at = self._ole.root
        for name in place:
            at = at.kids_dict[name.lower()]
        return sorted(kid.name for kid in at.kids)

    def _text(self, place: Path, *properties: str) -> str:
        """The first of these properties that says something."""
        for each in properties:
            wide = self._bytes((*place, STREAM.format(each + UNICODE)), MOST_NAME)
            if wide.strip(b"\0"):
                return wide.decode("utf-16-le", "ignore").strip("\0")
            narrow = self._bytes((*place, STREAM.format(each + BYTES)), MOST_NAME)
            if narrow.strip(b"\0"):
                try:
                    return narrow.decode().strip("\0")
                except UnicodeDecodeError:
                    return narrow.decode("cp1252", "replace").strip("\0")
        return ""

    def _content(self, path: Path) -> bytes:
        try:
            return self._bytes(path, self._size)
        except Exception:  # noqa: BLE001 - olefile raises anything on damaged files
            raise _damaged() from None

    def _bytes(self, path: Path, most: int) -> bytes:
        """A stream, or nothing where there is none; an honest one is no larger than its file."""
        size = self._ole.get_size(path) if self._ole.exists(path) else 0
        if size > self._size:
            raise _damaged()
        return bytes(self._ole.openstream(path).read(most)) if size else b""


def _damaged() -> DocumentError:
    return DocumentError(
        "corrupt",
        "It is damaged: the Outlook message cannot be read.",
        "Save it again in Outlook, or ask its sender for the attachments.",
    )


def _refer() -> bytes:
    raise DocumentError(
        "not_attached",
        "Only a link to it is in the message, not the file itself.",
        "Open the message in Outlook, download the attachment, and add that.",
    )


def _dive() -> bytes:
    raise DocumentError(
        "too_deep",
        f"It is a message within {MOST_DEEP} others.",
        "Open the message in Outlook, save what is attached, and add that.",
    )
