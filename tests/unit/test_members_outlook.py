"""What is attached to an Outlook message becomes documents of their own."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlook_file import (
    PROPERTIES,
    SECTOR,
    Tree,
    attached,
    attachment,
    compound,
    message,
    text,
)
from tallysheet.errors import DocumentError
from tallysheet.parse.members import member, members_of

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 100
XML = b"<?xml version='1.0'?><Invoice/>"


def names_of(data: bytes) -> list[str]:
    """The names of all members, those that are skipped with a minus."""
    return [f"{'-' if each.skipped else ''}{each.name}" for each in members_of(data)]


def reason_of(data: bytes, name: str | None = None) -> DocumentError:
    """Why a message, or a member of it, cannot be had."""
    with pytest.raises(DocumentError) as caught:
        members_of(data) if name is None else member(data, name)
    assert caught.value.fix
    return caught.value


def test_attachments_are_members() -> None:
    """Large and small ones, in the order in which Outlook shows them."""
    data = compound(
        message("Rechnung", [attachment("Rechnung Müller.pdf", PDF), attachment("b.xml", XML)])
    )

    assert names_of(data) == ["Rechnung Müller.pdf", "b.xml"]
    assert member(data, "Rechnung Müller.pdf") == PDF
    assert member(data, "b.xml") == XML


def test_the_best_name_that_there_is_is_taken() -> None:
    """The long one, that of DOS, the one that is shown; in any letters; or none."""
    content: Tree = {"__substg1.0_37010102": PDF}
    data = compound(
        message(
            "",
            [
                {**content, "__substg1.0_3704001F": text("RECHN~1.PDF")},
                {**content, "__substg1.0_3001001E": "Müller.pdf".encode("cp1252")},
                {**content, "__substg1.0_3707001E": "Maß.pdf".encode() + b"\0"},
                content,
            ],
        )
    )

    assert names_of(data) == ["RECHN~1.PDF", "Müller.pdf", "Maß.pdf", "4.pdf"]


def test_a_message_in_a_message_is_a_folder() -> None:
    """With its subject as the name."""
    inner = message("Fwd: März/April", [attachment("a.pdf", PDF)])
    data = compound(message("x", [attached(inner), attachment("a.pdf", XML)]))

    assert names_of(data) == ["Fwd_ März_April/a.pdf", "a.pdf"]
    assert member(data, "Fwd_ März_April/a.pdf") == PDF


def test_messages_are_not_followed_for_ever() -> None:
    """Deeper ones get a reason, and those without files alarm nobody."""
    deep = message("5", [attachment("a.pdf", PDF)])
    for subject in "4321":
        deep = message(subject, [attached(deep)])
    data = compound(message("0", [attached(deep), attached(message("empty", []))]))

    assert names_of(data) == ["1/2/3/4.msg", "-empty.msg"]
    assert reason_of(data, "1/2/3/4.msg").reason == "too_deep"


def test_what_is_not_in_the_message_gets_a_reason() -> None:
    """A file in a cloud; a drawing of some program is skipped."""
    cloud: Tree = {"__substg1.0_3707001F": text("a.pdf"), **PROPERTIES}
    drawing: Tree = {"__substg1.0_3701000D": {"CONTENTS": b"x"}, **PROPERTIES}
    data = compound(message("x", [cloud, drawing]))

    assert names_of(data) == ["a.pdf", "-2"]
    assert reason_of(data, "a.pdf").reason == "not_attached"


def test_a_message_without_attachments_says_what_to_do() -> None:
    """Its text may be the invoice, and that is not guessed."""
    error = reason_of(compound(message("Rechnung 5", [])))

    assert error.reason == "no_members"
    assert "print it to a PDF" in error.fix


def test_what_reads_it_may_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it says how to install it."""
    monkeypatch.setattr("tallysheet.parse.members._outlook.find_spec", lambda _: None)

    assert "tallysheet[mail]" in reason_of(compound(message("x", []))).fix


def test_a_stream_larger_than_its_file_is_damage() -> None:
    """However its sectors are chained."""
    data = bytearray(compound(message("x", [attachment("a.pdf", PDF)])))
    at = data.index("__substg1.0_37010102".encode("utf-16-le"))
    struct.pack_into("<I", data, at + 120, 0x7FFF_0000)

    assert reason_of(bytes(data), "a.pdf").reason == "corrupt"


def test_a_loop_of_sectors_ends() -> None:
    """A chain that leads back to itself is as long as its stream says, and no longer."""
    data = bytearray(compound(message("x", [attachment("a.pdf", PDF)])))
    (fat,) = struct.unpack_from("<I", data, 76)
    at = data.index("__substg1.0_37010102".encode("utf-16-le"))
    (start,) = struct.unpack_from("<I", data, at + 116)
    struct.pack_into("<I", data, SECTOR * (fat + 1) + 4 * start, start)

    assert len(member(bytes(data), "a.pdf")) == len(PDF)


WHOLE = compound(message("x", [attachment("a.pdf", PDF), attachment("b.xml", XML)]))


@given(st.data())
def test_a_damaged_message_gets_an_answer(data: st.DataObject) -> None:
    """A reason or members, each of which gives its bytes or a reason."""
    broken = bytearray(WHOLE)
    tables = st.integers(8, 511) | st.integers(len(WHOLE) - 5 * SECTOR, len(WHOLE) - 1)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(tables)] = data.draw(st.integers(0, 255))

    with suppress(DocumentError):
        for each in members_of(bytes(broken)):
            assert each.skipped or len(member(bytes(broken), each.name)) == each.size
