"""Encrypted PDFs open with passwords that are kept where keys are kept, and told nobody."""

import asyncio
import logging
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from zlib import decompress

import pytest
from fpdf import FPDF

from tallysheet.errors import ConfigError, DocumentError
from tallysheet.model import Parsed
from tallysheet.parse import Wanted, parse
from tallysheet.pipeline._secrets import MOST_PASSWORDS, pdf_passwords
from tallysheet.ports import Tools, Worked
from tallysheet.settings import Settings
from tallysheet.store import MemoryStore
from tallysheet.testing import FakeClock, Inline, ScriptedModel

CANARY = "Sesam, öffne dich"
WITH_CANARY = decompress(
    b64decode(
        "eNqFVE1oJEUY1YMg7U1Ej5aHgBA2Xf8/MIzUb3YxIevM7nqIEXpnKnHWSXfo6Vk2HkQRURDBi7DeVy979LQH8SDrQRYR"
        "QZT1D0QQ8aQXr1ZnJklLBOcw3f2q6n3ve9/rXrnowjm8BrOV3//489MMAQiqq9eyXi/LbTUvG4Cy/NnJeAa2SVoa7GT5"
        "ZhxPClPdANswIUyxNSyBpGhNqrR66fAggvxisRdnWb+fxXLc0uEO7dZBLPWomVTlkhPkYdKcB+V8Ok0E7dGN4rCaNyDf"
        "KqOtpvP9cgHPQCtvcFzEFk0xrfY6Zci/1JdNLJsZoIsz63U1PwC93vLw4jEfgvxSXZSzg6KO5egwkSbExeuTURysm8Sc"
        "CqeV5rjyIM6qeT1KUnhXSquuo4N2dITJtIl16nFaNNHFUTWOWb4Ry73mJaB4e2jW1LHYz8qPrt199/u7v7xaTL++9/FD"
        "79z54emf4/3xzb/LB358Ur/8xFtPPXbrzRfu3v9q9f0v9bfvrf723Webb6/WH1x97eaOeObW7dvffHGP/6RfvPNI9uGD"
        "dPuvzx9+Y3Pjk9XnttYf//X1Ry8PW3HLUkuZrCPTFLMYkmUgPx+n12MzGRVZ7sskd1Lugfz5SanL2eQYyPLh/Gpz1Hpr"
        "ADr2oWXo+MC7PrTkyf6AQFt3cORtXY2GsQHbeUphooo3Uv0L+8lMs7za5fXCTodWdMecGmqz5JK7oGepo5TKQC22AglB"
        "oTdOSMYolgxxZTBnmAnjIPNOQyqlVwx5KBAn2jMUiDWaay2EV14Ez3ywHiONBJdcYd7vqJBdFaFtbdiMFzc2bIJc++EV"
        "cjJqgk9iWx8eNItU9PutC8nUFtqMTTFOkQa7xXQWT4MzbIpyXNTjEyrMeHqLQA8hyYRSGBFvoOIQESS8wJgiqKWnwlGj"
        "gwkSEmwCpwERiHSygxPjNYYOBuKdMiqooIWWSnkN01KQyUVjIUrStjzoES9ggJDYgDSUXDoBjfbECcM11EpoRgLRFAqX"
        "qkkqkhIpYCLnmlgbTDtncI6m/1jvz0BPW2hYYDT564zHWDgVnEjGG28dUzrtH4DU4bDZD2DhaftQnz5cBr0grEPQOISQ"
        "49QKx5iTFGNiBPFMC0Kc9IxJ3Y7WOoXScC1mGCEquFfWQCEItEI6054JiruQKJITVhPqSRJxOfXulEImaEM8t0Gj4Amk"
        "EFKnrE+NE6U1Rzwk1cyglCQhvQsCOu5SkpBQrYVXAOuE5kYddzMIVAZPfoAzRhjYBScYSi/I0Up5giGIz2AYnt1HKDqD"
        "MSjPYPw/zqaAn8Ek5qdYUxeTaayPEj+cvBJTG/mgqhqAF9/CC+VuBcTifhlqIJdLDmz3LKImTRvhlLMAaZBGWyesNNgj"
        "oojt//+OncUHs6ibIycTiLKVFb8Vsn8A1yjX8g=="
    )
)
"""“Total 119,00” under AES-256, for which fpdf2 needs a package that we do without."""


def locked(password: str | None) -> bytes:
    """A document that opens with *password*."""
    pdf = FPDF()
    pdf.set_encryption("owner", password)
    pdf.add_page()
    pdf.set_font("helvetica")
    pdf.text(20, 20, "Total 119,00")
    return bytes(pdf.output())


class Beside:
    """Does the work in a thread, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Do it."""
        self.sent.append(data)
        return Worked(await asyncio.to_thread(work, data), 0.0)


def opened(data: bytes, *passwords: str, offload: Beside | None = None) -> Parsed:
    """What is read of *data* by whoever has those passwords."""
    return asyncio.run(parse(data, offload=offload or Beside(), passwords=passwords))


@pytest.mark.parametrize(
    ("data", "password"), [(locked("geheim"), "geheim"), (WITH_CANARY, CANARY)], ids=["RC4", "AES"]
)
def test_the_password_that_fits_opens_the_document(data: bytes, password: str) -> None:
    """All are tried in their order, whatever the encryption, and may be any text."""
    parsed = opened(data, "wrong", password, "other")

    assert parsed.pages[0].text == "Total 119,00"


def test_an_empty_password_needs_no_word() -> None:
    """Many programs encrypt only against changes."""
    parsed = opened(locked(None))

    assert parsed.pages[0].text == "Total 119,00"


@pytest.mark.parametrize("passwords", [(), ("wrong", CANARY)])
def test_without_the_right_one_its_owner_hears_where_to_put_it(
    passwords: tuple[str, ...],
) -> None:
    """And no word of those that were tried."""
    with pytest.raises(DocumentError) as caught:
        opened(locked("geheim"), *passwords)

    assert caught.value.reason == "encrypted"
    assert "pdf_passwords_file" in caught.value.fix
    assert CANARY not in f"{caught.value!r} {caught.value.message} {caught.value.fix}"


def test_passwords_go_only_where_a_document_needs_one() -> None:
    """A hostile file that is not encrypted is never in one room with them."""
    offload = Beside()
    plain = FPDF()
    plain.add_page()
    plain.set_font("helvetica")
    plain.text(20, 20, "Total")

    opened(bytes(plain.output()), CANARY, offload=offload)
    opened(locked("geheim"), "geheim", offload=offload)

    assert [b"geheim" in data[:200] for data in offload.sent] == [False, False, True]
    assert not any(b"Sesam" in data for data in offload.sent)


def test_they_come_from_a_file_one_a_line(tmp_path: Path) -> None:
    """Blanks in a password count, empty lines do not, and the editor's mark is none of it."""
    file = tmp_path / "passwords"
    file.write_text(f"\ufeff{CANARY}\r\n\n two words \ntwice\ntwice\n", encoding="utf-8")

    found = pdf_passwords(Settings(pdf_passwords_file=file))

    assert found == (CANARY, " two words ", "twice")


def test_they_come_from_a_command() -> None:
    """Such as the one of a password manager."""
    assert pdf_passwords(Settings(pdf_passwords_command="printf 'one\\ntwo'")) == ("one", "two")


def test_none_are_named_and_none_are_there() -> None:
    """That is the usual case."""
    assert pdf_passwords(Settings()) == ()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(pdf_passwords_file=Path("/nowhere/passwords")),
        Settings(pdf_passwords_command=f"sh -c 'echo {CANARY!s} >&2; exit 3'"),
        Settings(pdf_passwords_command="'"),
    ],
    ids=["no file", "failing command", "no command"],
)
def test_a_place_that_cannot_be_read_is_named_without_what_is_in_it(settings: Settings) -> None:
    """The user hears which setting to correct."""
    with pytest.raises(ConfigError) as caught:
        pdf_passwords(settings)

    assert "pdf_passwords_" in caught.value.fix
    assert "Sesam" not in f"{caught.value!r} {caught.value.message}"


def test_a_dictionary_of_passwords_is_refused(tmp_path: Path) -> None:
    """Guessing is not what this is for."""
    file = tmp_path / "passwords"
    file.write_text("\n".join(map(str, range(MOST_PASSWORDS + 1))))

    with pytest.raises(ConfigError, match="1,001"):
        pdf_passwords(Settings(pdf_passwords_file=file))


def test_what_carries_them_does_not_show_them(caplog: pytest.LogCaptureFixture) -> None:
    """Neither in a log nor in a traceback that prints its locals."""
    store = MemoryStore()
    model = ScriptedModel(["{}"])
    tools = Tools(store, store, Inline(), model, FakeClock(), passwords=(CANARY,))

    with caplog.at_level(logging.DEBUG):
        logging.getLogger("tallysheet").debug("%r %r", tools, Wanted(passwords=(CANARY,)))

    assert CANARY not in caplog.text
