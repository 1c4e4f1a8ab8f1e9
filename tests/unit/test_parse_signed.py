"""A signed file is read for what was signed, however its signature writes it down."""

from base64 import b64decode, encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.errors import DocumentError
from tallysheet.parse import parse
from tallysheet.parse._kind import SIGNED, kind_of
from tallysheet.parse._signed import MOST_DEEP, is_signed, signed_content
from tallysheet.parse.members import member, members_of
from tallysheet.testing import Inline

WHOLE = b64decode(
    "MIHQBgkqhkiG9w0BBwKggcIwgb8CAQExDTALBglghkgBZQMEAgEwGQYJKoZIhvcNAQcBoAwECjxJbnZvaWNlLz4x"
    "gY8wgYwCAQEwJDAMMQowCAYDVQQDDAF4AhRshxWuDFYVIzd9A3YbKcqIkT2PlDALBglghkgBZQMEAgEwCgYIKoZI"
    "zj0EAwIESDBGAiEA3TlA+qwhbahWNe+gvdLZeQi63K6VehXadFS0sLyaecACIQCfWWJLpG2O3HcjlGeOATCCqImV"
    "KxTReNxijQG5TDbGxQ=="
)
"""Made by OpenSSL: ``openssl cms -sign -binary -nodetach -nocerts -noattr -outform DER``."""
IN_PIECES = b64decode(
    "MIAGCSqGSIb3DQEHAqCAMIACAQExDTALBglghkgBZQMEAgEwgAYJKoZIhvcNAQcBoIAkgAQKPEludm9pY2UvPgAA"
    "AAAAADGBjjCBiwIBATAkMAwxCjAIBgNVBAMMAXgCFGyHFa4MVhUjN30DdhspyoiRPY+UMAsGCWCGSAFlAwQCATAK"
    "BggqhkjOPQQDAgRHMEUCIQDtyz6xlGdQhov2fByUpF1aSsXVMYMAme0ZZCMZjexmFQIgP+qrbq2eb3TJDMSMT1NT"
    "oVPipiRZLs6hQ5VlMwI7M/UAAAAAAAA="
)
"""The same with ``-stream``: lengths left open, the content in pieces."""
ALONE = b64decode(
    "MIHCBgkqhkiG9w0BBwKggbQwgbECAQExDTALBglghkgBZQMEAgEwCwYJKoZIhvcNAQcBMYGPMIGMAgEBMCQwDDEK"
    "MAgGA1UEAwwBeAIUbIcVrgxWFSM3fQN2GynKiJE9j5QwCwYJYIZIAWUDBAIBMAoGCCqGSM49BAMCBEgwRgIhALsB"
    "VuyXvYyZplP2y1s+87a8FqWio6KO2K2Wumsl1FUWAiEAo5xC9xEbCdxbeuFYRaMutvBp8+cqZJ7DA0iELMxvprg="
)
"""The same with the content beside it."""
XML = b"<Invoice/>"
NAME = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"


def value(tag: int, content: bytes) -> bytes:
    """One value in BER."""
    length = len(content).to_bytes(4, "big")
    return bytes([tag, 0x84]) + length + content


def signed(content: bytes) -> bytes:
    """A signed file with *content*, and with no signature, which nobody looks at."""
    held = value(0x30, NAME + b"\1" + value(0xA0, value(0x04, content)))
    data = value(0x30, b"\2\1\1" + value(0x31, b"") + held)
    return value(0x30, NAME + b"\2" + value(0xA0, data))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(WHOLE, id="in one piece"),
        pytest.param(IN_PIECES, id="in pieces"),
        pytest.param(encodebytes(WHOLE), id="in BASE64"),
        pytest.param(
            b"-----BEGIN CMS-----\n" + encodebytes(WHOLE) + b"-----END CMS-----\n", id="as PEM"
        ),
        pytest.param(signed(WHOLE), id="signed twice"),
    ],
)
def test_what_was_signed_is_found(data: bytes) -> None:
    """As OpenSSL and the programs of Italy write it."""
    assert kind_of(data) == SIGNED
    assert signed_content(data) == XML


async def test_a_signed_e_invoice_is_read_as_if_it_were_not_signed() -> None:
    """Its type is that of what was signed."""
    root = b'<FatturaElettronica xmlns="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"/>'

    parsed = await parse(signed(root), offload=Inline())

    assert parsed.media_type == "application/xml"
    assert parsed.xml == root.decode()


async def test_a_signed_mail_is_opened() -> None:
    """It is a container behind its signature."""
    mail = b"Content-Type: application/pdf; name=a.pdf\r\n\r\n" + b" " * 9000 + b"%PDF-1.7"
    data = signed(mail)

    assert [each.name for each in members_of(data)] == ["a.pdf"]
    assert member(data, "a.pdf").endswith(b"%PDF-1.7")
    assert [part.name for part in (await parse(data, offload=Inline())).parts] == ["a.pdf"]


async def test_a_signature_alone_says_so() -> None:
    """The file that was signed is another one."""
    assert is_signed(ALONE)
    assert signed_content(ALONE) is None
    with pytest.raises(DocumentError, match="signature alone"):
        await parse(ALONE, offload=Inline())


def test_what_is_encrypted_says_so() -> None:
    """It begins in the same way, but for one digit."""
    with pytest.raises(DocumentError, match="encrypted file") as caught:
        kind_of(WHOLE.replace(NAME + b"\2", NAME + b"\3"))

    assert caught.value.fix


@pytest.mark.parametrize("end", [20, 60, 70])
def test_a_cut_file_is_corrupt(end: int) -> None:
    """Whichever way it is written."""
    for data in (WHOLE[:end], IN_PIECES[:end]):
        with pytest.raises(DocumentError) as caught:
            signed_content(data)
        assert caught.value.reason == "corrupt"


def test_nesting_ends() -> None:
    """Values in values and files in files, each as deep as somebody likes."""
    many = XML
    for _ in range(MOST_DEEP + 1):
        many = signed(many)
    open_ended = WHOLE[:15] + b"\x30\x80" * 100_000

    for data in (many, open_ended):
        with pytest.raises(DocumentError) as caught:
            signed_content(data)
        assert caught.value.reason == "corrupt"


@given(st.data())
def test_a_damaged_file_gets_an_answer(data: st.DataObject) -> None:
    """Bytes, nothing, or a reason."""
    broken = bytearray(data.draw(st.sampled_from([WHOLE, IN_PIECES])))
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, 80))] = data.draw(st.integers(0, 255))

    try:
        content = signed_content(bytes(broken))
    except DocumentError as error:
        content = error.reason.encode()

    assert content is None or len(content) <= len(broken)
