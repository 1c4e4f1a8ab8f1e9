"""Writes Outlook messages as [MS-CFB] and [MS-OXMSG] have it, for tests that read them."""

import struct
from collections.abc import Mapping, Sequence
from typing import Union

SECTOR, SMALL_SECTOR, CUTOFF = 512, 64, 4096
END, FREE, OF_FAT = 0xFFFF_FFFE, 0xFFFF_FFFF, 0xFFFF_FFFD
STORAGE, STREAM, ROOT = 1, 2, 5

Tree = Mapping[str, Union[bytes, "Tree"]]


def compound(tree: Tree) -> bytes:
    """A compound file with these storages and streams."""
    entries: list[tuple[str, int, bytes, int, int]] = []  # name, kind, content, right, child

    def add(name: str, what: "bytes | Tree", kind: int) -> int:
        at = len(entries)
        content = what if isinstance(what, bytes) else b""
        entries.append((name, kind, content, FREE, FREE))
        if not isinstance(what, bytes):
            right = FREE
            for key in sorted(what, key=lambda key: (len(key), key.upper()), reverse=True):
                inner = what[key]
                kid = add(key, inner, STREAM if isinstance(inner, bytes) else STORAGE)
                entries[kid] = (*entries[kid][:3], right, entries[kid][4])
                right = kid
            entries[at] = (*entries[at][:4], right)
        return at

    add("Root Entry", tree, ROOT)
    small, small_fat, starts, large = bytearray(), list[int](), dict[int, int](), list[bytes]()
    for at, (_, kind, content, _, _) in enumerate(entries):
        if kind == STREAM and 0 < len(content) < CUTOFF:
            starts[at] = len(small_fat)
            _chain(small_fat, len(content), SMALL_SECTOR)
            small += _padded(content, SMALL_SECTOR)
    fat = list[int]()
    for at, (_, kind, content, _, _) in enumerate(entries):
        wanted = bytes(small) if kind == ROOT else content
        if kind == ROOT or len(content) >= CUTOFF:
            starts[at] = len(fat) if wanted else END
            _chain(fat, len(wanted), SECTOR)
            large.append(_padded(wanted, SECTOR))
    small_table = struct.pack(f"<{len(small_fat)}I", *small_fat)
    directory_bytes = 128 * len(entries)
    small_at = len(fat) if small_table else END
    _chain(fat, len(small_table), SECTOR)
    directory_at = len(fat)
    _chain(fat, directory_bytes, SECTOR)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * SECTOR:
        fat_sectors += 1
    fat_at = len(fat)
    fat += [OF_FAT] * fat_sectors
    directory = b"".join(
        _entry(name, kind, right, child, starts.get(at, END), len(small) if not at else len(data))
        for at, (name, kind, data, right, child) in enumerate(entries)
    )
    difat = [fat_at + n for n in range(fat_sectors)]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6, 0),
        *(fat_sectors, directory_at, 0, CUTOFF),
        *(small_at, -(-len(small_table) // SECTOR), END, 0),
    ) + struct.pack("<109I", *difat, *[FREE] * (109 - len(difat)))
    table = struct.pack(f"<{len(fat)}I", *fat)
    return b"".join(
        (
            header,
            *large,
            _padded(small_table, SECTOR, b"\xff"),
            _padded(directory, SECTOR),
            table.ljust(fat_sectors * SECTOR, b"\xff"),
        )
    )


def _chain(fat: list[int], size: int, sector: int) -> None:
    count = -(-size // sector)
    fat += [len(fat) + n + 1 for n in range(count)]
    if count:
        fat[-1] = END


def _padded(data: bytes, sector: int, fill: bytes = b"\0") -> bytes:
    return data.ljust(-(-len(data) // sector) * sector, fill)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII36xIII", wide, len(wide) + 2, kind, 1, FREE, right, child, start, size, 0
    )


def text(value: str) -> bytes:
    """A property that is text."""
    return value.encode("utf-16-le")


def attachment(name: str, content: bytes) -> Tree:
    """A file that is attached."""
    return {"__substg1.0_3707001F": text(name), "__substg1.0_37010102": content, **PROPERTIES}


def attached(message: Tree) -> Tree:
    """A message that is attached."""
    return {"__substg1.0_3701000D": message, **PROPERTIES}


def message(subject: str, attachments: Sequence[Tree]) -> Tree:
    """A message with these attachments."""
    numbered = {f"__attach_version1.0_#{n:08X}": each for n, each in enumerate(attachments)}
    return {"__substg1.0_0037001F": text(subject), **PROPERTIES, **numbered}


PROPERTIES: Tree = {"__properties_version1.0": bytes(32)}
