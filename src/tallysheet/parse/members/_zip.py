"""What stands in a ZIP archive or a GZIP file.

An archive is data from a stranger, so nothing it says of itself is believed:

1. Entries are counted before they are listed, and may not share bytes.
2. Only the two ways of packing that unfold in portions are read (stored, deflated).
3. Unfolding stops at the bound, whatever size was claimed.
4. An entry that cannot be read spoils no other.
"""

import gzip
import re
import stat
import zipfile
import zlib
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO

from tallysheet.errors import DocumentError
from tallysheet.parse.members._entry import (
    MOST_ENTRIES,
    UNPACK,
    Entry,
    most_of,
    too_large,
    too_many,
)

DIRECTORY_ENTRY = b"PK\x01\x02"
LOCAL_HEADER_BYTES = 30
ENCRYPTED = 0x1 | 0x40
IN_UTF8 = 0x800
READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
PORTION = 1024 * 1024
NOTES = re.compile(
    r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)", re.IGNORECASE
)
"""What file systems and their browsers leave behind; nobody packed it on purpose."""
GZIP_NAME = 0x08
DAMAGED = "It is damaged: {}."
AGAIN = "Ask its sender for an intact file."
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)
"""What zipfile raises, found by trying; `NotImplementedError` for ways of packing that it lacks."""


def zip_entries(data: bytes) -> list[Entry]:
    """The files of a ZIP archive, in the order of its directory.

    Raises:
        DocumentError: ``corrupt`` or ``too_many_members``.
    """
    count = data.count(DIRECTORY_ENTRY)  # at least as many as there are
    if count > MOST_ENTRIES:
        raise too_many(count, MOST_ENTRIES)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        infos = archive.infolist()
    except BROKEN:
        raise DocumentError(
            "corrupt", DAMAGED.format("the archive has no readable directory"), AGAIN
        ) from None
    _refuse_sharing(infos, len(data))
    return [
        _zip_entry(archive, info)
        for info in infos
        if not info.orig_filename.endswith(("/", "\\")) and not NOTES.search(_name(info))
    ]


def _refuse_sharing(infos: list[zipfile.ZipInfo], end: int) -> None:
    """Entries that share their bytes unfold a small archive to any size."""
    for info in sorted(infos, key=lambda info: info.header_offset, reverse=True):
        needs = LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size
        if info.header_offset + needs > end:
            raise DocumentError(
                "corrupt",
                DAMAGED.format("entries of the archive overlap, or reach beyond its end"),
                f"Be careful with it. {AGAIN}",
            )
        end = info.header_offset


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    link = stat.S_ISLNK(info.external_attr >> 16)
    return Entry(
        _name(info),
        info.file_size,
        partial(_unfold, archive, info),
        aside="It is a link to another place, not a file." if link else "",
    )


def _name(info: zipfile.ZipInfo) -> str:
    """The name of an entry, by what packers do rather than by what they should do."""
    name = info.orig_filename
    if not info.flag_bits & IN_UTF8:
        with suppress(UnicodeError):  # macOS writes UTF-8 without saying so
            name = name.encode("cp437").decode()
    return name.replace("\\", "/")


def _unfold(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & ENCRYPTED:
        raise DocumentError("encrypted", "It is locked with a password.", UNPACK)
    if info.compress_type not in READ:
        raise DocumentError(
            "unsupported",
            f"It is packed in a way that is not read (method {info.compress_type}).",
            UNPACK,
        )
    most = most_of(info.compress_size)
    if info.file_size > most:
        raise too_large(info.file_size, info.compress_size)
    try:
        with archive.open(info) as stream:
            return _read(stream, most, info.compress_size)
    except BROKEN:
        raise DocumentError(
            "corrupt", DAMAGED.format("the archive does not give it back as it went in"), AGAIN
        ) from None


def gzip_entries(data: bytes) -> list[Entry]:
    """The one file that a GZIP file holds."""
    return [Entry(_gzip_name(data), 0, partial(_gunzip, data))]


def _gzip_name(data: bytes) -> str:
    """The name in the header; most writers note one."""
    flags = data[3] if len(data) > 10 else 0
    if flags != GZIP_NAME:  # other fields may stand in front of it; nobody writes them
        return ""
    return data[10:1034].partition(b"\0")[0].decode("latin-1")


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as stream:
            return _read(stream, most_of(len(data)), len(data))
    except BROKEN:
        raise DocumentError("corrupt", DAMAGED.format("it cannot be unpacked"), AGAIN) from None


def _read(stream: IO[bytes] | gzip.GzipFile, most: int, packed: int) -> bytes:
    """All of *stream*, in portions, unless it has more than *most* bytes."""
    whole = bytearray()
    while portion := stream.read(PORTION):
        whole += portion
        if len(whole) > most:
            raise too_large(len(whole), packed)
    return bytes(whole)
