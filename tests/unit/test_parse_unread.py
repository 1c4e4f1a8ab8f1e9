"""Pages whose text says less than they show are read by OCR as well, once each word."""

from collections.abc import Callable
from importlib.util import find_spec

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from tallysheet.errors import DocumentError
from tallysheet.model import Box, Parsed, Word
from tallysheet.parse import ocr
from tallysheet.parse._lines import Line
from tallysheet.parse._pdf import read_pdf
from tallysheet.parse._unread import is_garbled

SENTENCES = {
    "English": "Payment is due within thirty days from the date of this invoice without deduction "
    "please quote your customer number with every transfer made toward settling this amount",
    "German": "Bitte überweisen Sie den Rechnungsbetrag innerhalb von vierzehn Tagen ohne Abzug "
    "unter Angabe der Rechnungsnummer auf unser unten genanntes Konto vielen Dank dafür",
    "Polish": "Prosimy dokonać płatności przelewem na podany rachunek bankowy wraz z numerem "
    "faktury termin płatności wynosi czternaście dni od daty wystawienia niniejszej faktury",
    "Czech": "Prosíme uhraďte tuto částku převodem nejpozději do data splatnosti uvedeného výše "
    "jako variabilní symbol použijte číslo této faktury děkujeme za včasnou platbu předem",
    "Greek": "Παρακαλούμε εξοφλήστε το παρόν τιμολόγιο εντός τριάντα ημερών",
    "numbers": "4711 119,00 EUR 21 % 8,68 0815 GTIN 4012345678901 XKCD QRST BTW",
}
LINES = ("Nordlicht Trading Ltd, Bristol", "Invoice number RE-17", "Bank XKCD 4711")


def words_in(text: str) -> list[Word]:
    """The words of *text*, anywhere."""
    return [Word(part, 0, 0, 1, 1) for part in text.split()]


def shifted(text: str) -> str:
    """The same as a font without a table of its characters gives it: glyph numbers."""
    return "".join(chr(ord(c) - 29) if 61 <= ord(c) < 127 else c for c in text)


def private(text: str) -> str:
    """The same in codes that nobody else knows."""
    return "".join(chr(0xF000 + ord(c)) if c != " " else c for c in text)


def picture(*lines: str, size: tuple[int, int] = (800, 300)) -> Image.Image:
    """An image that shows these lines."""
    image = Image.new("L", size, 255)
    font = ImageFont.load_default(32)
    for at, line in enumerate(lines):
        ImageDraw.Draw(image).text((20, 20 + 60 * at), line, fill=0, font=font)
    return image


def mixed(image: Image.Image, *, at: tuple[float, float, float, float], text: str = "") -> bytes:
    """A page with an image at x, y, width and height, and a table below it as text."""
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    pdf.image(image, *at)
    pdf.text(50, 600, text or "Net 100,00")
    pdf.text(50, 620, "Total 119,00")
    return bytes(pdf.output())


def seen(parsed: Parsed) -> str:
    """The words of the first page."""
    return " ".join(word.text for word in parsed.pages[0].words)


def finds(*lines: tuple[str, Box, float]) -> Callable[[Image.Image], list[Line]]:
    """An engine that finds these texts in any picture, in boxes of it in thousandths, so sure."""

    def engine(image: Image.Image) -> list[Line]:
        across, down = (size / 1000 for size in image.size)
        found = []
        for text, (x0, y0, x1, y1), score in lines:
            left, top, right, bottom = x0 * across, y0 * down, x1 * across, y1 * down
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
            found.append(Line(text, corners, score))
        return found

    return engine


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="the extra ocr is not installed")
def test_what_stands_in_an_image_beside_text_is_read() -> None:
    """Words of both are in reading order, each with how sure its reader is."""
    parsed = read_pdf(mixed(picture(*LINES), at=(40, 40, 400, 150)))

    page = parsed.pages[0]
    assert seen(parsed) == f"{' '.join(LINES)} Net 100,00 Total 119,00"
    assert page.scores[-4:] == (1, 1, 1, 1)
    assert all(0.5 < score < 1 for score in page.scores[:-4])
    number = next(word for word in page.words if word.text == "RE-17")
    assert 40 < number.x0 < 440
    assert 70 < number.y0 < number.y1 < 110
    (said,) = parsed.warnings
    assert said.startswith("Page 1 has pictures beside its text, which were read by OCR")


def test_no_word_is_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OCR sees what the text has already, the text is right."""
    scan = picture(size=(600, 800))
    engine = finds(
        ("Tota1 119,OO", Box(83, 763, 200, 780), 0.8),
        ("RE-17", Box(83, 100, 150, 120), 0.9),
    )
    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    parsed = read_pdf(mixed(scan, at=(0, 0, 600, 800)))

    assert seen(parsed) == "RE-17 Net 100,00 Total 119,00"
    assert parsed.pages[0].scores == (0.9, 1, 1, 1, 1)


@pytest.mark.parametrize(
    "at", [(50, 50, 100, 60), (300, 300, 80, 200)], ids=["a logo", "a small picture"]
)
def test_a_logo_is_left_alone(
    at: tuple[float, float, float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """OCR takes seconds, and nearly every invoice has a logo."""
    monkeypatch.setattr(ocr, "_engine", lambda: pytest.fail("OCR was asked"))

    parsed = read_pdf(mixed(picture("Nordlicht"), at=at))

    assert not parsed.warnings


def test_a_scan_that_has_its_text_laid_over_it_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody else's OCR has read it."""
    monkeypatch.setattr(ocr, "_engine", lambda: pytest.fail("OCR was asked"))
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    pdf.image(picture(*LINES), 0, 0, 600, 800)
    for y in range(100, 700, 50):
        pdf.text(50, y, "Payment is due within thirty days from the date of this invoice")

    assert not read_pdf(bytes(pdf.output())).warnings


def test_strips_of_one_scan_are_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is too small to be worth it, all together are a page."""
    asked: list[tuple[int, int]] = []

    def engine(image: Image.Image) -> list[Line]:
        asked.append(image.size)
        return []

    monkeypatch.setattr(ocr, "_engine", lambda: engine)
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    for at in range(10):
        pdf.image(Image.new("L", (60, 2 + 4 * at), at), 0, 20 * at, 600, 20)
    pdf.text(50, 600, "Total 119,00")

    parsed = read_pdf(bytes(pdf.output()))

    ((width, height),) = asked
    assert width / height == pytest.approx(3, rel=0.15)
    assert parsed.warnings[0].endswith("in which OCR found nothing more.")


def test_a_page_without_ocr_keeps_its_text_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half a page is better than none, if one knows."""

    def none() -> None:
        raise DocumentError("no_text", "No OCR.", "Install it.")

    monkeypatch.setattr(ocr, "_engine", none)

    parsed = read_pdf(mixed(picture(*LINES), at=(40, 40, 400, 150)))

    assert seen(parsed) == "Net 100,00 Total 119,00"
    assert parsed.warnings == (
        "Page 1 has pictures beside its text, each of which was not read. Install it.",
    )


def test_a_model_that_sees_gets_such_a_page_as_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may read there what OCR does not."""
    monkeypatch.setattr(ocr, "_engine", lambda: finds())

    parsed = read_pdf(mixed(picture(*LINES), at=(40, 40, 400, 150)), shown=True)

    assert parsed.pages[0].picture is not None


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES.keys())
def test_text_of_any_language_is_text(text: str) -> None:
    """What is not in Latin letters is not judged by vowels."""
    assert not is_garbled(words_in(text))


@pytest.mark.parametrize("text", list(SENTENCES.values())[:4], ids=list(SENTENCES)[:4])
@pytest.mark.parametrize("garble", [shifted, private])
def test_glyph_numbers_are_no_text(text: str, garble: Callable[[str], str]) -> None:
    """Copying from such a page gives nonsense in any program."""
    assert is_garbled(words_in(garble(text)))


def test_a_garbled_page_is_read_by_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own text is evidence of nothing, unless OCR is not at hand."""
    data = mixed(Image.new("L", (9, 9)), at=(0, 0, 9, 9), text=shifted(SENTENCES["English"]))
    engine = finds(("Total 119.00", Box(50, 50, 300, 90), 0.9))
    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    parsed = read_pdf(data)

    assert seen(parsed) == "Total 119.00"
    assert parsed.warnings[0].startswith("Page 1 has text that cannot be what it shows.")
