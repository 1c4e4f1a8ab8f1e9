"""Names of members: what an attacker wrote, made fit to be a part of a key.

A name ends up in keys, on terminals, in links and, on export, on disks, so it is
made safe once, here:

1. Folders are kept, and never lead anywhere: no ``..``, no leading ``/`` or drive.
2. It prints as what it is: no control characters, none that turn the direction of
   writing or take no room, composed characters only (NFC).
3. It can be a file anywhere: none of ``<>:"|?*``, no dot in front, no dot or space behind,
   no part beyond 120 bytes, no more than 240 bytes in all. ``#`` parts a file from its
   member in a key, and ``.tallysheet`` ends a place that keeps a batch: no member has either.
4. It is unique within its container, also where case does not count.

The same names in the same order always come out the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

MOST_BYTES = 240
"""Of a whole name. Keys have at most 1,024 bytes in S3, and 255 a name in file systems."""
MOST_PART_BYTES = 120
MOST_PARTS = 8
MOST_READ = 4096
"""Characters of a name that are looked at; nobody typed more."""
LONGEST_ENDING = 12
"""With its dot, such as ``.pdf``: kept where a name is cut."""

APART = re.compile(r"[/\\]")
DRIVE = re.compile(r"^[A-Za-z]:(?=[/\\]|$)")
UNFIT = re.compile(r'[#<>:"|?*]|\.(?=tallysheet$)')
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that do not show: controls, formats such as those that turn the
direction of writing, surrogates, what has no meaning."""
BLANKS = re.compile(r"\s+")
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever ending it has."""
PAGES = re.compile(r"pages=")
"""How the name of a run of pages begins, which is a part of a document and no file."""


def safe(name: str) -> str:
    """*name* as a relative path that does no harm; empty where nothing is left of it."""
    path = DRIVE.sub("", name[:MOST_READ])
    parts = [part for raw in APART.split(path) if (part := _part(raw))][-MOST_PARTS:]
    while len("/".join(parts).encode()) > MOST_BYTES:
        parts = parts[1:]  # the last ones say most
    path = "/".join(parts)
    return f"_{path}" if PAGES.match(path) else path


def unique(names: Iterable[str]) -> Iterator[str]:
    """Each of the safe *names* in turn, numbered where it is there already."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for name in names:
        chosen = name
        while _seen_as(chosen) in taken:
            number = numbers[_seen_as(name)] = numbers.get(_seen_as(name), 1) + 1
            chosen = _numbered(name, number)
        taken.add(_seen_as(chosen))
        yield chosen


def _seen_as(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _numbered(name: str, number: int) -> str:
    """``a-2.pdf`` for the second ``a.pdf``."""
    folder, slash, last = name.rpartition("/")
    stem, ending = _split(last)
    tail = f"-{number}{ending}"
    return f"{folder}{slash}{_cut(stem, MOST_PART_BYTES - len(tail.encode()))}{tail}"


def _part(raw: str) -> str:
    shown = "".join(c for c in unicodedata.normalize("NFC", raw) if _shows(c))
    text = BLANKS.sub(" ", shown).strip(" .")
    stem, ending = _split(text)
    text = _cut(stem, MOST_PART_BYTES - len(ending.encode())) + ending
    # Taking characters away may have brought others together that compose.
    text = UNFIT.sub("_", unicodedata.normalize("NFC", text).strip(" ."))
    return f"_{text}" if DEVICES.match(text) else text


def _shows(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in UNSEEN


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    fits = stem and len(f".{ending}".encode()) <= LONGEST_ENDING
    return (stem, dot + ending) if fits else (name, "")


def _cut(text: str, most: int) -> str:
    """*text* cut to *most* bytes, between characters."""
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(" .")
