"""What is attached to a mail becomes documents of their own."""

import base64
import time
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse.members import member, members_of

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 9
XML = b"<?xml version='1.0'?><Invoice/>"


def picture(across: int, down: int) -> bytes:
    """The beginning of a PNG image of this size."""
    size = across.to_bytes(4, "big") + down.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + bytes(9000)


def mail(*attachments: tuple[str, bytes], subject: str = "Rechnung") -> EmailMessage:
    """A mail with a text in two forms and these attachments."""
    made = EmailMessage()
    made["From"] = "eva@shop.example"
    made["Subject"] = subject
    made.set_content("Anbei die Rechnung.")
    made.add_alternative("<html><b>Anbei</b> die Rechnung.</html>", subtype="html")
    for name, data in attachments:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made


def raw(*headers: bytes, body: bytes = PDF) -> bytes:
    """A mail of one part with these headers, whose body is in BASE64."""
    top = (b"From: eva@shop.example", *headers, b"Content-Transfer-Encoding: base64")
    return b"\r\n".join((*top, b"", base64.encodebytes(body)))


def names_of(data: bytes) -> list[str]:
    """The names of all members, those that are skipped with a minus."""
    return [f"{'-' if each.skipped else ''}{each.name}" for each in members_of(data)]


def refusal_of(data: bytes) -> DocumentError:
    """Why a mail is not opened."""
    with pytest.raises(DocumentError) as caught:
        members_of(data)
    assert caught.value.fix
    return caught.value


def test_attachments_are_members_and_the_text_is_none() -> None:
    """In their order, byte for byte."""
    data = mail(("Rechnung Müller № 5.pdf", PDF), ("xrechnung.xml", XML)).as_bytes()

    assert names_of(data) == ["Rechnung Müller № 5.pdf", "xrechnung.xml"]
    assert member(data, "Rechnung Müller № 5.pdf") == PDF
    assert member(data, "xrechnung.xml") == XML


def test_logos_and_signatures_are_skipped_and_photos_are_not() -> None:
    """A phone puts the photo of a receipt into the text."""
    made = mail(("a.pdf", PDF))
    for name, data in (("logo.png", picture(200, 60)), ("receipt.png", picture(1200, 1600))):
        made.add_attachment(data, "image", "png", filename=name, disposition="inline", cid="<1>")
    made.add_attachment(b"\x30\x82", "application", "pkcs7-signature", filename="smime.p7s")
    made.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="termin.ics")

    assert names_of(made.as_bytes()) == [
        *("a.pdf", "-logo.png", "receipt.png", "-smime.p7s", "-termin.ics")
    ]


def test_a_mail_in_a_mail_is_a_member_byte_for_byte() -> None:
    """Named by its subject; how deep to go is for the caller to say."""
    inner = mail(("a.pdf", PDF), subject="Rechnung März/2026")
    outer = mail()
    outer.add_attachment(inner)
    data = outer.as_bytes()

    assert names_of(data) == ["Rechnung März_2026.eml"]
    assert member(data, "Rechnung März_2026.eml").strip() == inner.as_bytes().strip()
    assert names_of(member(data, "Rechnung März_2026.eml")) == ["a.pdf"]


def test_a_mail_whose_text_may_be_the_invoice_says_what_to_do() -> None:
    """That is not guessed."""
    for data in (mail().as_bytes(), mail(("logo.png", picture(200, 60))).as_bytes()):
        error = refusal_of(data)
        assert error.reason == "no_members"
        assert "print it to a PDF" in error.fix


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'Content-Type: application/pdf; name="a.pdf"', "a.pdf"),
        (b"Content-Type: application/pdf", "1.pdf"),
        (
            b"Content-Disposition: attachment; filename*=utf-8''M%C3%BCller%20%E2%82%AC.pdf",
            "Müller €.pdf",
        ),
        (
            b"Content-Disposition: attachment; filename*0*=utf-8''M%C3%BC;\r\n filename*1=ller.pdf",
            "Müller.pdf",
        ),
        (b'Content-Disposition: attachment; filename="=?UTF-8?B?TcO8bGxlci5wZGY=?="', "Müller.pdf"),
        (b'Content-Type: application/pdf; name="=?iso-8859-1?Q?M=FCller.pdf?="', "Müller.pdf"),
        ('Content-Type: application/pdf; name="Müller.pdf"'.encode(), "Müller.pdf"),
        (b'Content-Type: application/pdf; name="M\xfcller.pdf"', "Müller.pdf"),
        (b'Content-Type: application/pdf; name="=?odd?B?####?="', "=_odd_B_####_="),
        (b"Content-Disposition: attachment; filename*=odd''a%FF.pdf", "aÿ.pdf"),
        (b"Content-Disposition: attachment; filename*=od\0d''a.pdf", "1.pdf"),
        (b'Content-Type: application/pdf; name="..\\..\\a.pdf"', "a.pdf"),
    ],
)
def test_names_are_read_as_mail_programs_write_them(header: bytes, name: str) -> None:
    """Encoded as the standards have it, as they do not, or not at all."""
    assert [each.name for each in members_of(raw(header))] == [name.replace("#", "_")]


def test_a_whole_mail_may_be_one_file() -> None:
    """As scanners send them."""
    data = raw(b"Content-Type: application/pdf; name=scan.pdf")

    assert member(data, "scan.pdf") == PDF


def test_a_mail_may_begin_with_blanks_or_a_mark() -> None:
    """As some archives write them."""
    data = raw(b"Content-Type: application/pdf; name=scan.pdf")

    assert names_of(b"\xef\xbb\xbf" + data) == names_of(b"\r\n\r\n" + data) == ["scan.pdf"]


def test_what_outlook_packs_attachments_into_says_what_to_do() -> None:
    """It is a member, so that somebody hears of it."""
    data = mail(("winmail.dat", b"\x78\x9f\x3e\x22" + bytes(99))).as_bytes()

    assert names_of(data) == ["winmail.dat"]


def test_an_encrypted_mail_is_told() -> None:
    """It cannot be looked into."""
    data = (
        b"From: a\nContent-Type: multipart/encrypted; boundary=b\n\n"
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
        b"--b\nContent-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n--b--\n"
    )

    assert refusal_of(data).reason == "encrypted"


@pytest.mark.parametrize(
    "content_type", [b"multipart/mixed", b"multipart/mixed; boundary=b", b"multipart/mixed; bound"]
)
def test_a_mail_whose_parts_cannot_be_found_is_damaged(content_type: bytes) -> None:
    """No boundary, or none that comes."""
    data = b"From: a\nContent-Type: " + content_type + b"\n\n--x\n\n%PDF-1.7\n--x--\n"

    assert refusal_of(data).reason == "corrupt"


def test_a_mail_that_was_cut_gives_what_there_is() -> None:
    """The last attachment is as far as it came."""
    data = mail(("a.pdf", PDF), ("b.pdf", PDF * 10)).as_bytes()[:-4000]

    assert names_of(data) == ["a.pdf", "b.pdf"]
    assert member(data, "a.pdf") == PDF
    assert (PDF * 10).startswith(member(data, "b.pdf"))


def test_a_report_of_a_mail_server_has_nothing_in_it() -> None:
    """And is not taken apart."""
    data = (
        b"From: a\nContent-Type: multipart/report; boundary=b\n\n--b\n\nNot delivered.\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nStatus: 5\n--b--\n"
    )

    assert refusal_of(data).reason == "no_members"


def nested(depth: int) -> bytes:
    """Parts in parts."""
    levels = (
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )
    return b"From: x\r\n" + b"".join(levels) + b"Content-Type: application/pdf\r\n\r\n" + PDF


def test_parts_may_be_nested_as_people_nest_them() -> None:
    """And not ten thousand times."""
    assert names_of(nested(20)) == ["1.pdf"]
    assert refusal_of(nested(10_000)).reason == "corrupt"


def test_more_parts_than_we_take_are_refused() -> None:
    """Before anybody takes them apart."""
    data = b"From: a\nContent-Type: multipart/mixed; boundary=b\n" + b"\n--b\n\nx" * 100_000

    assert refusal_of(data).reason == "too_many_members"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(lambda: b"Subject: " + b"x" * 10_000_000, id="a long one"),
        pytest.param(lambda: b"Content-Type: application/pdf" + b";" * 10_000_000, id="parameters"),
        pytest.param(lambda: b"X-A: 1\r\n" * 100_000 + b"X-B: 1", id="many"),
        pytest.param(
            lambda: b"Content-Disposition: attachment; filename=" + b"=?a?q?" * 1_000_000,
            id="encoded words without end",
        ),
        pytest.param(
            lambda: b"Content-Type: application/pdf" + b";name*0=a" * 1_000_000, id="continued"
        ),
    ],
)
def test_headers_cost_no_more_than_their_bytes(headers: Callable[[], bytes]) -> None:
    """Some parsers of headers take the square."""
    data = b"From: a\r\n" + headers() + b"\r\n\r\nx"
    began = time.process_time()

    with suppress(DocumentError):
        members_of(data)

    assert time.process_time() - began < 5


@given(st.lists(st.sampled_from([*b"\r\n\r\n--bb;:=?*'\"% \xff\x00aQ", *range(256)]), max_size=400))
def test_any_mail_gets_an_answer(noise: list[int]) -> None:
    """Members or a reason."""
    data = b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + bytes(noise)

    with suppress(DocumentError):
        for each in members_of(data):
            assert len(member(data, each.name)) == each.size
