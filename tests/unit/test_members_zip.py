"""An archive is opened for what is in it, and nothing that it says of itself is believed."""

import gzip
import io
import stat
import struct
import time
import tracemalloc
import zipfile
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse._parse import MOST_BYTES
from tallysheet.parse.members import Member, member, members_of
from tallysheet.parse.members._entry import MOST_ENTRIES, MOST_MEMBERS, MOST_OF_ONE, MOST_TOGETHER

PDF = b"%PDF-1.7\n"
XML = b"<?xml version='1.0'?><Invoice/>"


def zipped(*files: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return buffer.getvalue()


def reason_of(data: bytes, name: str) -> str:
    """Why the bytes of a member cannot be had."""
    with pytest.raises(DocumentError) as caught:
        member(data, name)
    assert caught.value.fix
    return caught.value.reason


def refusal_of(data: bytes) -> DocumentError:
    """Why a container is not opened at all."""
    with pytest.raises(DocumentError) as caught:
        members_of(data)
    assert caught.value.fix
    return caught.value


def test_the_files_of_an_archive_are_its_members() -> None:
    """In the order of the archive, with their folders and their bytes."""
    data = zipped(("2026/b.pdf", PDF), ("2026/", b""), ("a.xml", XML))

    found = members_of(data)

    assert found == [
        Member("2026/b.pdf", len(PDF), sha256(PDF).hexdigest()),
        Member("a.xml", len(XML), sha256(XML).hexdigest()),
    ]
    assert [member(data, each.name) for each in found] == [PDF, XML]


def test_what_nobody_packed_on_purpose_is_not_there() -> None:
    """Notes of file systems are neither members nor skipped."""
    data = zipped(
        ("__MACOSX/._a.pdf", b"x"),
        (".DS_Store", b"x"),
        ("x/Thumbs.db", b"x"),
        ("desktop.ini", b"x"),
        ("a.pdf", PDF),
    )

    assert [each.name for each in members_of(data)] == ["a.pdf"]


def test_what_is_no_document_is_skipped_with_a_reason() -> None:
    """It is counted, and alarms nobody."""
    data = zipped(("a.pdf", PDF), ("readme.txt", b"hello"), ("x.bin", bytes(range(256))))

    _, text, unknown = members_of(data)

    assert text.skipped == "It is plain text."
    assert unknown.skipped == "It is no kind of file that we know."


def test_what_is_named_like_a_document_is_never_skipped() -> None:
    """Its owner misses it, whatever is the matter with it."""
    data = zipped(("a.pdf", b"hello"), ("b.pdf", b""), ("c.docx", b"\0\1\2"))

    assert not any(each.skipped for each in members_of(data))


def test_an_archive_of_nothing_but_notes_is_refused() -> None:
    """And says what is in it."""
    error = refusal_of(zipped(*((f"{n}.txt", b"x") for n in range(5))))

    assert error.reason == "no_members"
    assert "0.txt, 1.txt, 2.txt and 2 more" in error.message
    assert refusal_of(zipped()).reason == "no_members"


def test_a_name_that_stands_twice_is_numbered() -> None:
    """Also where only its case differs; each keeps its own bytes."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a.pdf", PDF + b"1"), ("a.pdf", PDF + b"2"), ("A.PDF", PDF + b"3"))

    assert [each.name for each in members_of(data)] == ["a.pdf", "a-2.pdf", "A-3.PDF"]
    assert member(data, "a-2.pdf") == PDF + b"2"
    assert member(data, "A-3.PDF") == PDF + b"3"


def test_umlauts_are_read_as_the_packers_of_this_world_write_them() -> None:
    """With the mark of UTF-8, without it as macOS does, and in the letters of DOS."""
    marked = zipped(("Müller.pdf", PDF))
    unmarked = zipped(("M??ller.pdf", PDF)).replace(b"M??ller", "Müller".encode())
    dos = zipped(("M?ller.pdf", PDF)).replace(b"M?ller", b"M\x81ller")

    for data in (marked, unmarked, dos):
        assert [each.name for each in members_of(data)] == ["Müller.pdf"]
        assert member(data, "Müller.pdf") == PDF


def test_a_member_that_cannot_be_read_spoils_no_other() -> None:
    """A wrong checksum, a password, an odd way of packing: each is that member's own reason."""
    files = [(f"{name}.pdf", PDF + name.encode() * 100) for name in ("crc", "lock", "odd", "fine")]
    data = bytearray(zipped(*files))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        places = [info.header_offset for info in archive.infolist()]
    directory = data.index(b"PK\x01\x02")
    entries = [directory]
    while (at := data.find(b"PK\x01\x02", entries[-1] + 1)) >= 0:
        entries.append(at)
    data[entries[0] + 16] ^= 1  # the checksum
    data[entries[1] + 8] |= 1  # the flag of encryption
    data[places[1] + 6] |= 1
    struct.pack_into("<H", data, entries[2] + 10, 12)  # BZIP2, which unfolds without bounds
    archive_data = bytes(data)

    found = members_of(archive_data)

    assert [each.name for each in found] == [name for name, _ in files]
    assert not any(each.skipped for each in found)
    assert reason_of(archive_data, "crc.pdf") == "corrupt"
    assert reason_of(archive_data, "lock.pdf") == "encrypted"
    assert reason_of(archive_data, "odd.pdf") == "unsupported"
    assert member(archive_data, "fine.pdf") == files[3][1]


def test_a_link_is_skipped() -> None:
    """It leads to a place that is not in the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("a.pdf")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("b.pdf", PDF)

    link_found, _ = members_of(buffer.getvalue())

    assert link_found.skipped == "It is a link to another place, not a file."


def test_an_archive_in_an_archive_is_a_member() -> None:
    """How deep to go is for the caller to say."""
    inner = zipped(("a.pdf", PDF))
    outer = zipped(("inner.zip", inner))

    assert [each.name for each in members_of(outer)] == ["inner.zip"]
    assert members_of(member(outer, "inner.zip")) == members_of(inner)


def test_what_was_made_to_unfold_is_refused_by_itself() -> None:
    """Sixty megabytes of nothing in sixty kilobytes, beside an honest file."""
    data = zipped(("bomb.pdf", bytes(60_000_000)), ("a.pdf", PDF))

    bomb, fine = members_of(data)

    assert bomb.size == 60_000_000
    assert reason_of(data, "bomb.pdf") == "too_large"
    assert member(data, fine.name) == PDF


def test_a_claimed_size_is_not_believed() -> None:
    """Neither the smaller nor the larger one costs more memory than the bound."""
    data = bytearray(zipped(("bomb.pdf", bytes(40_000_000)), ("a.pdf", PDF)))
    entry = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 10)
    small = bytes(data)
    struct.pack_into("<I", data, entry + 24, 0xFFFF_FFF0)
    large = bytes(data)

    tracemalloc.start()
    assert reason_of(small, "bomb.pdf") == "corrupt"
    assert reason_of(large, "bomb.pdf") == "too_large"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8_000_000


def overlapping(count: int) -> bytes:
    """An archive whose entries all unfold the same bytes."""
    data = zipped(("0.pdf", PDF + bytes(1000)))
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[directory:end]
    names = [entry.replace(b"0.pdf", b"%d.pdf" % n) for n in range(count)]
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, count, count, len(entry) * count)
    return data[:directory] + b"".join(names) + bytes(tail)


def test_entries_that_share_their_bytes_are_refused() -> None:
    """The bomb that needs no nesting."""
    assert member(overlapping(1), "0.pdf")

    error = refusal_of(overlapping(9))

    assert error.reason == "corrupt"
    assert "overlap" in error.message


def test_more_bytes_than_we_unpack_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are spread over members that are harmless each."""
    monkeypatch.setattr("tallysheet.parse.members.MOST_TOGETHER", 1000)

    assert refusal_of(zipped(*((f"{n}.pdf", PDF * 20) for n in range(9)))).reason == "too_large"


def test_more_files_than_we_take_are_refused() -> None:
    """A thousand are taken."""
    most = zipped(*((f"{n}.pdf", PDF) for n in range(MOST_MEMBERS)))
    more = zipped(*((f"{n}.pdf", PDF) for n in range(MOST_MEMBERS + 1)))

    assert len(members_of(most)) == MOST_MEMBERS
    assert refusal_of(more).reason == "too_many_members"


def test_a_directory_of_a_hundred_thousand_is_not_even_listed() -> None:
    """Counting its entries costs next to nothing."""
    entry = zipped(("a", b""))
    directory = entry[entry.index(b"PK\x01\x02") : entry.index(b"PK\x05\x06")]
    data = entry[: entry.index(b"PK\x01\x02")] + directory * 100_000
    began = time.process_time()

    error = refusal_of(data + b"PK\x05\x06" + bytes(18))

    assert error.reason == "too_many_members"
    assert f"{MOST_ENTRIES:,}" in error.message
    assert time.process_time() - began < 1


def test_the_bounds_fit_each_other() -> None:
    """What is read of a file is read of a member, and several large ones fit."""
    assert MOST_OF_ONE == MOST_BYTES
    assert MOST_TOGETHER >= 5 * MOST_OF_ONE


@pytest.mark.parametrize("cut", [4, 30, 60, -22, -10, -1])
def test_a_cut_archive_is_corrupt_or_opened(cut: int) -> None:
    """Never anything else."""
    data = zipped(("a.pdf", PDF), ("b.pdf", PDF))[:cut]

    assert refusal_of(data).reason == "corrupt"


@given(st.data())
def test_a_damaged_archive_gets_an_answer(data: st.DataObject) -> None:
    """A reason or members, each of which gives its bytes or a reason."""
    archive = bytearray(zipped(("a.pdf", PDF * 9), ("b/c.xml", XML * 9)))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(4, len(archive) - 1))] = data.draw(st.integers(0, 255))

    try:
        found = members_of(bytes(archive))
    except DocumentError:
        return
    for each in found:
        try:
            content = member(bytes(archive), each.name)
        except DocumentError:
            continue
        assert each.sha256 == sha256(content).hexdigest() or each.skipped


def test_a_gzip_file_holds_one_member() -> None:
    """By the name that it notes, or by what it is."""
    buffer = io.BytesIO()
    with gzip.GzipFile("rechnung.pdf", "wb", fileobj=buffer, mtime=0) as stream:
        stream.write(PDF)
    named = buffer.getvalue()
    nameless = gzip.compress(PDF)

    assert [each.name for each in members_of(named)] == ["rechnung.pdf"]
    assert [each.name for each in members_of(nameless)] == ["1.pdf"]
    assert member(nameless, "1.pdf") == PDF


def test_a_gzip_bomb_and_a_cut_gzip_file_are_refused() -> None:
    """Each with its reason, when its one member is wanted."""
    bomb = gzip.compress(bytes(60_000_000))
    cut = gzip.compress(PDF * 100)[:-4]

    assert reason_of(bomb, members_of(bomb)[0].name) == "too_large"
    assert reason_of(cut, members_of(cut)[0].name) == "corrupt"


def test_what_is_no_container_is_told() -> None:
    """As is a member that is not there."""
    assert reason_of(zipped(("a.pdf", PDF)), "b.pdf") == "gone"
    with pytest.raises(DocumentError, match="holds no other files"):
        members_of(PDF)
