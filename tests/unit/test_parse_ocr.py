"""Pictures are read where OCR is installed, and say what to install where it is not."""

import asyncio
import io
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import pypdfium2
import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from samples import mix
from tallysheet.errors import DocumentError
from tallysheet.extract._rules._read import read_words
from tallysheet.manifest._marks import NEAR_BITS
from tallysheet.model import Parsed
from tallysheet.parse import Wanted, _portions, _read, _scans, ocr
from tallysheet.parse._kind import HEIC, JPEG, PNG, TIFF, WEBP, kind_of
from tallysheet.parse._lines import Line
from tallysheet.parse._pdf import read_pdf
from tallysheet.parse._picture import read_picture

NEEDS_OCR = pytest.mark.skipif(
    find_spec("rapidocr") is None or find_spec("onnxruntime") is None,
    reason="the extra ocr is not installed",
)
NEEDS_HEIC = pytest.mark.skipif(
    find_spec("pi_heif") is None, reason="the extra heic is not installed"
)
INSTALL = r"pip install 'tallysheet\[ocr\]'"
DPI = 170
WHOLE = Wanted()
A5 = (420, 595)
PHOTO = b64decode(
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAZptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAA"
    "AAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAABvgABAAAAAAAABeEAAgAAAAAHnwABAAAAAAAAACQAAAA4aWluZgAA"
    "AAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA2Wlwcn"
    "AAAAC5aXBjbwAAAHNodmNDAQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJA"
    "YQABACdCAQEECAAAAwCf+AAAAwAAHsCCAUFlupJKa5sCAAADADIAAAMAAhBiAAEAB0QBwXKwIkAAAAATY29scm5jbH"
    "gAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAUAAAAAOcGl4aQAAAAABCAAAAAlpcm90AwAAABhpcG1hAAAAAAAAAAEA"
    "AQWBAgMEhQAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAGDW1kYXQAAAXdKAGusO8SsPQfvLJDf6AfdIMNA/H3/X"
    "Cxx5oviOGS7280mNxhrGYGt7RGsButyt3OvN6HfKFCf+XSkJiYXNkOx6t33SfiVYiiDsXvk50yRHElkPBG6vxluXxq"
    "1UtAsGA/olhApoVhuN8Z71kXIW3cM2Dp1MAVVTNv/omQQgrA22cjbPfgOMBAw6O55a2oVPeXbnm8E24Cauy97aZMxf"
    "Cz4hnBoiDg5P5uB7GkprMcFlH+IiBBpFvd8FGHaFu14J0CRA5+w/qzUbEGeq11HRT6mBsgdBT+yiFOI3zZ78eOVwof"
    "ThX06J73dhvlAjpbOp/Z/y3bodboOSaxNKJ8Fk/LQd0lyFG3Txqs9mJr0/2DGmnw1R0/IgIxkl0UTD8J4MBA1HyQSd"
    "QXR+1NWUOi5PZ43BQs+8OmjmLie5tuYpicHyBE3cfuMKkn6u993nnt3b1g7JAifQUj2+5XsrHcFjvA1nQODMzjXohp"
    "FgL8WpgfxfQJ1QVdGh2YXHI871hJ4TZfsRgfe7VbDeNq+kO7gGQz/4w0lX5OlmyQVxYaPTxbAvVbd17bM4sKH1SGu2"
    "Qi3tGsZKP5i/AbbSfKfp7uR0cSCSkmr507D8QA6CwAHKGwoKVJxC1sFAErFCw///Hu4g2r0pi5+YFKRTOnYR8BI4I/"
    "WXUlvkHYKp6d6+kXEWTKHtERvyKSVS4RGHLnTC+f4R51SULVYRRGjfW1xjTTpVs7fsUfg1bjlx6Tsnhdc0MRRZ7RF2"
    "sUBduvc+p9xaxJ3WHRbAxxZTneFGdAV3AVjKI+Nq4Np0s2/OFJLoPHGcxTW5oD4D/oYm56OA/SYEZJcwH3O44Z00MW"
    "8GVgQSY1JKRcWaw2RHzaDGvFuvFUBa5snoYFtJFm/cjib7GeWKc190H0O/aUbiCYWJs39yPmU1qbzFnVsoUm0Zwr9l"
    "a7tbNC8o6PlHTAaDOA8kiKfONUMYMcUMZNLvvEUA4inadl9xyQX9PUzh9h9R92nxZj5L1e9v7CDaK6i5BsdDAKEhER"
    "Wxgj/B3PdDg/9r2ymS3DB0TsbKKe21lkhFc+shd6LDdaEjH7h2lGjeaRkWh/81PKeBikIqZd7a5y5pzXwgCLXgpmrZ"
    "vYar4l5lzFFlNk8v8NXUP1Q9dKSJVScC/Tg4VQyWgYvLwn3EF02JI2EtUa37UqjjAfqC7MwKCuFA26Eh/0cAr32BWM"
    "DOPN0HazKFCbMLd4nwUObnB6UNWMBm0qj0P/bWdu0ZuTW28w9AuFGO7UeUSmW6Nv08t9XhDTYMlFkLw6p8NoeueNd+"
    "D1WTxdqJyIAaKAhVjJdl7+k5mcVfUk7dX5yfRuleRVo1VdsqETT/rhYSNXXPdBPs6wq3Pcwc3oB1dRXTlrhLXF2047"
    "0s6i20iUZuC/2QHR4pcJRsnX6JwH8i6E4lD+berobmnY5taXK2oqGAxV8q2NGRutCPu2Q2t4MPvkgJrs+OmLTqBNNY"
    "2VvLxpzfue4nxMeZRE3IWu3/q8v50plVVCQ+iFaWAJS2rJKMYFrm/ljGx+yXFsz6LaBVQUm4AFwjHM11oIq/3wj8ik"
    "aVgzw1Bxe08AxhuZPZcks8Ph7GU1pHk3Du+wB77/q3SN4uWPaxs7HgCAQsZA102KPQVRKyYtd7QmOPxfDUZXu8IrI3"
    "cEveyUtTpUjYisC8XZJlYPKeOT35c6cZuTObdwtQBw7jFVyib9vIwbcBReKjj64S/2K4H7IKKf5K4r5xOORxk98U2I"
    "Hz5c7wlI9ZyDSMJ83T079uXB8a14kqFm5YfwJzKvbewYXAN6s1PRSjN314wn+Cd+GYPflvQQGzp3yaywjVEdROaY2h"
    "MpePJwlHl2YC214VQeuXQHltKFJEKm7IcmDKpOTcuHBtodtAnpwlZG89pdebwrbBEMChwHlB5IOO8v68hca0YT7NzZ"
    "42vUySu/rWaWDTKplTxms/0qe1gk7IIK+HXodyCHAUsbsztEo2bEBLxTuH6AB/JcmMWh0pW9z+kLom05IAAAAAZFeG"
    "lmAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA=="
)
"""“TOTAL 42.50” as HEIC, stored on its side, with a note to turn it."""
UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'


def written(*lines: str) -> FPDF:
    """A page with these lines, 20 points apart."""
    pdf = FPDF(unit="pt", format=A5)
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    for at, line in enumerate(lines):
        pdf.text(50, 60 + 20 * at, line)
    return pdf


def invoice() -> FPDF:
    """An invoice on one page."""
    return written(
        "Nordlicht Trading Ltd, 4 Harbour Road, Bristol",
        "INVOICE",
        "Invoice number: RE-2026-0417",
        "Invoice date: 24 November 2026",
        "Net 1,000.00 EUR",
        "VAT 20 % 200.00 EUR",
        "Total 1,200.00 EUR",
    )


def drawn(pdf: FPDF) -> Image.Image:
    """The first page as a scanner sees it."""
    with pypdfium2.PdfDocument(bytes(pdf.output())) as document:
        picture: Image.Image = document[0].render(scale=DPI / 72).to_pil().convert("RGB")
    return picture


def saved(picture: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, dpi=(DPI, DPI), **how)
    return buffer.getvalue()


def scanned(*pages: Image.Image, text: str = "", xml: str = "") -> bytes:
    """A PDF of these pictures, behind a page of *text* and around *xml* if they are given."""
    pdf = written(text) if text else FPDF(unit="pt", format=A5)
    for page in pages:
        pdf.add_page()
        pdf.image(page, x=0, y=0, w=pdf.w)
    if xml:
        pdf.embed_file(bytes=xml.encode(), basename="factur-x.xml")
    return bytes(pdf.output())


def reads(*lines: Line) -> Callable[[object], list[Line]]:
    """An engine that finds these lines in any picture."""
    return lambda _picture: list(lines)


@pytest.fixture
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> Iterable[None]:
    """An installation without the extra, and without the program tesseract."""
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    monkeypatch.setattr(ocr, "program", lambda: None)
    ocr._engine.cache_clear()
    yield
    ocr._engine.cache_clear()


def texts(parsed: Parsed, page: int = 1) -> list[str]:
    """The words of a page."""
    return [word.text for word in parsed.pages[page - 1].words]


@NEEDS_OCR
@pytest.mark.parametrize("file", ["pdf", "png"])
def test_a_scanned_invoice_is_read_to_the_end(file: str) -> None:
    """Its number, date and total are there, and each word about where the page shows it."""
    picture = drawn(invoice())
    truth = {w.text: w for w in read_pdf(bytes(invoice().output())).pages[0].words}

    encoded = _read.read(WHOLE.in_front_of(scanned(picture) if file == "pdf" else saved(picture)))

    parsed = asyncio.run(_portions.decode(encoded))
    found = read_words(parsed).invoice
    assert found.number == "RE-2026-0417"
    assert found.issue_date == date(2026, 11, 24)
    assert found.totals.gross == 1200
    for word in parsed.pages[0].words:
        if word.text in ("RE-2026-0417", "1,200.00"):
            assert word.box == pytest.approx(truth[word.text].box, abs=8)
    assert parsed.warnings == ("Page 1 is a picture and was read by OCR, which may misread.",)


@NEEDS_OCR
def test_no_line_of_a_page_on_its_head_is_read_upside_down() -> None:
    """Four lines of this scan, its table's heading among them, look upright by themselves."""
    sample = next(iter(mix(1, 63, kinds=["scan"])))

    encoded = _read.read(WHOLE.in_front_of(sample.data))

    parsed = asyncio.run(_portions.decode(encoded))
    assert "after a turn by 180°" in parsed.warnings[0]
    assert {"Leistung", "MwSt.", "Zahlbar", "IBAN:"} <= set(texts(parsed))
    assert [line.amount for line in read_words(parsed).invoice.lines] == [Decimal("2.25")]


@NEEDS_OCR
def test_each_frame_of_a_tiff_file_is_a_page() -> None:
    """As fax machines and scanners deliver them."""
    first, second = (drawn(written(line)).crop((0, 0, 700, 300)) for line in ("first", "second"))

    parsed = read_picture(saved(first, "TIFF", save_all=True, append_images=[second]), TIFF)

    assert [texts(parsed, page) for page in (1, 2)] == [["first"], ["second"]]
    assert (parsed.pages[0].width, parsed.pages[0].height) == pytest.approx(
        (700 * 72 / DPI, 300 * 72 / DPI), abs=0.1
    )


@NEEDS_OCR
@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda picture: picture.convert("1"), id="black and white"),
        pytest.param(lambda picture: picture.convert("P"), id="with a palette"),
        pytest.param(
            lambda picture: picture.convert("I").point(lambda grey: grey * 257).convert("I;16"),
            id="with 16 bits",
        ),
        pytest.param(
            lambda picture: Image.merge(
                "LA",
                (
                    Image.new("L", picture.size),
                    picture.convert("L").point(lambda grey: 255 - grey),
                ),
            ),
            id="black on nothing",
        ),
    ],
)
def test_a_picture_is_read_whatever_its_pixels_are(
    changed: Callable[[Image.Image], Image.Image],
) -> None:
    """What is seen is what counts."""
    picture = drawn(written("Total 119.00")).convert("L").crop((0, 0, 700, 300))

    assert texts(read_picture(saved(changed(picture)), PNG)) == ["Total", "119.00"]


@NEEDS_OCR
def test_a_photo_is_turned_as_its_camera_noted() -> None:
    """The words stand on the page as it is seen."""
    upright = drawn(written("Total 119.00")).crop((0, 0, 700, 300))
    notes = Image.Exif()
    notes[0x0112] = 6
    photo = saved(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=notes)

    parsed = read_picture(photo, JPEG)

    assert texts(parsed) == ["Total", "119.00"]
    assert parsed.pages[0].width > parsed.pages[0].height


@NEEDS_OCR
@NEEDS_HEIC
def test_a_photo_of_an_iphone_is_read_upright() -> None:
    """HEIC has notes like those of JPEG, and a decoder of its own."""
    parsed = read_picture(PHOTO, kind_of(PHOTO))

    assert texts(parsed) == ["TOTAL", "42.50"]
    assert parsed.pages[0].width > parsed.pages[0].height


@NEEDS_HEIC
@pytest.mark.parametrize("end", [40, 300, 1500])
def test_a_photo_of_an_iphone_that_ends_too_early_is_corrupt(
    end: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its decoder makes of it."""
    monkeypatch.setattr(ocr, "_engine", lambda: None)

    with pytest.raises(DocumentError) as caught:
        read_picture(PHOTO[:end], HEIC)

    assert caught.value.reason == "corrupt"


def test_without_its_decoder_an_iphone_photo_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kind is known all the same."""
    monkeypatch.setitem(sys.modules, "pi_heif", None)

    with pytest.raises(DocumentError, match="HEIC") as caught:
        read_picture(PHOTO, kind_of(PHOTO))

    assert caught.value.reason == "unsupported"
    assert "tallysheet[heic]" in caught.value.fix


@NEEDS_OCR
def test_a_picture_without_words_says_so() -> None:
    """It is no mistake of the installation."""
    with pytest.raises(DocumentError, match="OCR finds no words") as caught:
        _read.read(WHOLE.in_front_of(saved(Image.new("RGB", (300, 300), "white"))))

    assert caught.value.reason == "no_text"


@pytest.mark.usefixtures("no_ocr")
@pytest.mark.parametrize("wrap", [scanned, saved])
def test_without_ocr_the_owner_hears_what_to_install(
    wrap: Callable[[Image.Image], bytes],
) -> None:
    """The line can be copied."""
    with pytest.raises(DocumentError, match=INSTALL) as caught:
        _read.read(WHOLE.in_front_of(wrap(Image.new("RGB", (300, 300)))))

    assert caught.value.reason == "no_text"


@pytest.mark.usefixtures("no_ocr")
def test_without_ocr_a_picture_among_pages_is_a_warning() -> None:
    """The others are read all the same."""
    parsed = read_pdf(scanned(Image.new("RGB", (300, 300)), text="Total"))

    assert texts(parsed) == ["Total"]
    (warning,) = parsed.warnings
    assert warning.startswith("Page 2 is a picture and was not read. Install")


def test_an_ocr_that_does_not_start_names_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of the system may be missing, which pip cannot bring."""
    monkeypatch.setattr(ocr, "find_spec", lambda _name: SimpleNamespace(origin="somewhere"))
    monkeypatch.setitem(sys.modules, "rapidocr", ModuleType("rapidocr"))
    monkeypatch.setattr(ocr, "program", lambda: None)
    monkeypatch.setattr(ocr, "_engine", ocr._engine.__wrapped__)

    with pytest.raises(DocumentError, match="apt-get install libgl1") as caught:
        ocr.require()

    assert caught.value.reason == "no_text"


@pytest.mark.parametrize("side", [8000, 20_000])
def test_a_picture_beyond_the_bound_is_refused_undecoded(side: int) -> None:
    """Some kilobytes that would unfold to gigabytes."""
    with pytest.raises(DocumentError) as caught:
        read_picture(saved(Image.new("1", (side, side))), PNG)

    assert caught.value.reason == "image_too_large"
    assert caught.value.fix


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", PNG),
        (b"\xff\xd8\xff\xe0", JPEG),
        (b"II*\0", TIFF),
        (b"RIFF\x10\x27\0\0WEBPVP8 ", WEBP),
    ],
)
def test_a_picture_of_noise_is_corrupt(start: bytes, media_type: str) -> None:
    """Only its first bytes are those of a picture."""
    with pytest.raises(DocumentError) as caught:
        read_picture(start + bytes(range(256)) * 20, media_type)

    assert caught.value.reason == "corrupt"


def test_a_picture_that_ends_too_early_is_corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a page is no page."""
    monkeypatch.setattr(ocr, "_engine", lambda: None)

    with pytest.raises(DocumentError) as caught:
        read_picture(saved(drawn(invoice()))[:5000], PNG)

    assert caught.value.reason == "corrupt"


def test_memory_that_runs_out_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries below have an error of their own for it, which no child would know."""

    def engine(_picture: object) -> None:
        raise RuntimeError("while running Add node: std::bad_alloc")

    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    with pytest.raises(MemoryError):
        ocr.read(Image.new("L", (100, 100)), 100, 100)


def test_pictures_for_which_no_time_is_left_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read until then is kept; the rest is for another round."""
    monkeypatch.setattr(_scans, "ENOUGH_S", -1.0)

    parsed = read_pdf(scanned(Image.new("RGB", (300, 300)), text="Total"))

    assert texts(parsed) == ["Total"]
    assert parsed.unread == (2,)
    assert not parsed.warnings


def test_pictures_beside_an_e_invoice_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says it exactly, and costs nothing."""
    monkeypatch.setattr(ocr, "_engine", lambda: pytest.fail("OCR was asked"))

    parsed = read_pdf(scanned(Image.new("RGB", (300, 300)), xml=UBL))

    assert parsed.xml == UBL
    assert len(parsed.warnings) == 1


SIDES = st.integers(1, 2_000_000)


@given(width=SIDES, height=SIDES)
def test_what_detection_sees_is_bounded(width: int, height: int) -> None:
    """Whatever the shape of the page, so that it always fits in the memory of a child."""
    scale = ocr.most_scale(width, height)

    longer, shorter = max(width, height) * scale, min(width, height) * scale
    shrunk = min(1.0, ocr.DETECTION_SIDE / longer)
    assert longer <= ocr.MOST_SIDE + 1e-6
    assert longer * shorter * shrunk**2 <= ocr.DETECTION_PIXELS * (1 + 1e-9)


@pytest.mark.usefixtures("no_ocr")
def test_a_model_that_sees_gets_the_pages_without_text_as_pictures() -> None:
    """Only those; without OCR the reader hears that there is nothing to check them against."""
    scan = drawn(invoice())

    parsed = read_pdf(scanned(scan, scan, text="Invoice 4711"), shown=True)

    with_text = [bool(page.words) for page in parsed.pages]
    assert [page.picture is None for page in parsed.pages] == with_text
    shown = next(page.picture for page in parsed.pages if page.picture is not None)
    assert shown.media_type == "image/jpeg"
    assert max(Image.open(io.BytesIO(shown.data)).size) == _scans.SHOWN_SIDE
    assert any("only the model has seen" in warning for warning in parsed.warnings)


@pytest.mark.usefixtures("no_ocr")
def test_a_picture_without_ocr_is_something_to_see() -> None:
    """A file of only pictures is refused, unless somebody can see them."""
    data = saved(drawn(invoice()))
    with pytest.raises(DocumentError):
        read_picture(data, PNG)

    (page,) = read_picture(data, PNG, shown=True).pages

    assert page.picture is not None
    assert not page.words


@NEEDS_OCR
def test_ocr_words_come_beside_the_picture() -> None:
    """So that what the model says can be looked for."""
    (page,) = read_picture(saved(drawn(invoice())), PNG, shown=True).pages

    assert page.picture is not None
    assert page.words


@pytest.mark.usefixtures("no_ocr")
def test_no_document_sends_pictures_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not shown is said."""
    monkeypatch.setattr(_scans, "MOST_SHOWN", 1)
    scan = drawn(invoice())

    parsed = read_pdf(scanned(scan, scan), shown=True)

    assert [page.picture is not None for page in parsed.pages] == [True, False]
    assert any("Page 2 is a picture and was not read" in warning for warning in parsed.warnings)


def test_pictures_cross_the_pipe() -> None:
    """They come back as they were sent, each once."""
    parsed = read_picture(saved(drawn(invoice())), PNG, shown=True)

    assert parsed.pages[0].likeness
    assert asyncio.run(_portions.decode(parsed.to_bytes())) == parsed


def finds_a_line(picture: Image.Image) -> list[Line]:
    """An engine that finds one across the middle of the page."""
    left, right = picture.width * 0.1, picture.width * 0.9
    top, bottom = picture.height * 0.1, picture.height * 0.5
    return [Line("Total 119.00", ((left, top), (right, top), (right, bottom), (left, bottom)), 0.9)]


@pytest.mark.parametrize("shown", [False, True])
def test_a_picture_says_how_it_looks_and_a_page_of_text_does_not(
    shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever file it comes: what tells copies is made of pages that had to be drawn anyway."""
    monkeypatch.setattr(ocr, "_engine", lambda: finds_a_line)
    picture = drawn(invoice())

    (alone,) = read_picture(saved(picture), PNG, shown=shown).pages
    text, bound = read_pdf(scanned(picture, text="Invoice 4711"), shown=shown).pages

    assert text.likeness == ""
    near = int(alone.likeness, 16) ^ int(bound.likeness, 16)
    assert near.bit_count() <= NEAR_BITS


@pytest.mark.usefixtures("no_ocr")
def test_a_picture_that_only_a_model_sees_says_how_it_looks_as_well() -> None:
    """No words are needed for that."""
    (page,) = read_picture(saved(drawn(invoice())), PNG, shown=True).pages

    assert len(page.likeness) == 16
