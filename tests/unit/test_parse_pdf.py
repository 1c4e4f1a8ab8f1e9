"""PDFs become pages of words with boxes, and hand over the e-invoice inside."""

import io
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF

from tallysheet.errors import DocumentError
from tallysheet.model import Box, Parsed
from tallysheet.parse import _pdf
from tallysheet.parse._pdf import read_pdf

CII = (
    '<?xml version="1.0" encoding="UTF-8"?><rsm:CrossIndustryInvoice '
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"/>'
)
PASSWORD = "open sesame"  # noqa: S105  of documents that these tests make
ORDER = '<rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm="urn:un:unece:uncefact:data:x:100"/>'


def blank() -> FPDF:
    """A document to write on, in points, from the top left corner, without margins."""
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_margin(0)
    pdf.set_font("helvetica", size=12)
    return pdf


def written(*pages: str) -> FPDF:
    """A document with a page for each text, its lines 20 points apart."""
    pdf = blank()
    for page in pages:
        pdf.add_page()
        for at, line in enumerate(page.splitlines()):
            pdf.text(50, 100 + 20 * at, line)
    return pdf


def changed(data: bytes, change: Callable[[pypdfium2.PdfPage], object]) -> bytes:
    """The document with *change* done to its first page."""
    buffer = io.BytesIO()
    with pypdfium2.PdfDocument(data) as pdf:
        change(pdf[0])
        pdf.save(buffer)
    return buffer.getvalue()


def texts(parsed: Parsed, page: int = 1) -> list[str]:
    """The words of a page."""
    return [word.text for word in parsed.pages[page - 1].words]


def box_of(parsed: Parsed, text: str) -> Box:
    """Where *text* stands on the first page."""
    return next(word.box for word in parsed.pages[0].words if word.text == text)


def reason_of(data: bytes) -> str:
    """Why *data* cannot be read."""
    with pytest.raises(DocumentError) as caught:
        read_pdf(data)
    assert caught.value.fix
    return caught.value.reason


def test_words_stand_where_the_page_shows_them() -> None:
    """In points from the top left corner, each page with its own."""
    parsed = read_pdf(bytes(written("Total 119,00", "Page two").output()))

    assert texts(parsed) == ["Total", "119,00"]
    assert texts(parsed, 2) == ["Page", "two"]
    assert (parsed.pages[0].width, parsed.pages[0].height) == pytest.approx((595.28, 841.89))
    x0, y0, x1, y1 = box_of(parsed, "Total")
    assert x0 == pytest.approx(50, abs=0.5)
    assert x1 == pytest.approx(50 + 26.7, abs=0.1)
    assert y0 < 100 < y1 < 105


@pytest.mark.parametrize(
    ("angle", "turned"),
    [
        (90, lambda w, h, b: (h - b.y1, b.x0, h - b.y0, b.x1)),
        (180, lambda w, h, b: (w - b.x1, h - b.y1, w - b.x0, h - b.y0)),
        (270, lambda w, h, b: (b.y0, w - b.x1, b.y1, w - b.x0)),
    ],
)
def test_a_rotated_page_is_read_as_it_is_seen(
    angle: int, turned: Callable[[float, float, Box], tuple[float, ...]]
) -> None:
    """The boxes turn with the page, clockwise."""
    data = bytes(written("Total").output())
    upright = read_pdf(data)
    width, height = upright.pages[0].width, upright.pages[0].height

    parsed = read_pdf(changed(data, lambda page: page.set_rotation(angle)))

    expected = turned(width, height, box_of(upright, "Total"))
    assert parsed.pages[0].words[0].box == pytest.approx(expected, abs=0.1)
    assert parsed.pages[0].width == (height if angle % 180 else width)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_sheet_that_was_turned_to_be_read_reads_in_order(angle: int) -> None:
    """Text that runs up, down or upside down is upright once its page is turned."""
    pdf = blank()
    pdf.add_page()
    with pdf.rotation(angle, x=300, y=400):
        pdf.text(200, 400, "Invoice number")
        pdf.text(200, 420, "RE-17 of today")

    parsed = read_pdf(changed(bytes(pdf.output()), lambda page: page.set_rotation(angle)))

    assert texts(parsed) == ["Invoice", "number", "RE-17", "of", "today"]


def test_a_cropped_page_begins_at_its_visible_corner() -> None:
    """What counts is what is seen, not the sheet it was cut from."""
    data = bytes(written("Total").output())
    x0, y0, *_ = box_of(read_pdf(data), "Total")

    parsed = read_pdf(changed(data, lambda page: page.set_cropbox(30, 100, 500, 800)))

    assert box_of(parsed, "Total")[:2] == pytest.approx((x0 - 30, y0 - 41.89), abs=0.1)
    assert (parsed.pages[0].width, parsed.pages[0].height) == (470, 700)


def test_two_columns_are_read_line_by_line() -> None:
    """However the program wrote them, here one column after the other."""
    pdf = blank()
    pdf.add_page()
    for x, column in ((50, ("Invoice number", "Date")), (300, ("RE-17", "1.2.2026"))):
        for at, text in enumerate(column):
            pdf.text(x, 100 + 20 * at, text)

    assert texts(read_pdf(bytes(pdf.output()))) == [
        "Invoice",
        "number",
        "RE-17",
        "Date",
        "1.2.2026",
    ]


def test_what_is_filled_into_a_form_is_read() -> None:
    """Forms keep what people type beside the page, not in it."""
    appearance = b"BT /F 12 Tf 2 4 Td (RE-2026-17) Tj ET"
    font = b"<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    page = b"BT /F 12 Tf 50 700 Td (Number:) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources "
        + font
        + b" /Contents 4 0 R /Annots [5 0 R] >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (number) /V (RE-2026-17) /F 4"
        b" /Rect [150 695 300 715] /AP << /N 6 0 R >> >>",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 150 20] /Resources "
        + font
        + b" /Length %d >>\nstream\n%s\nendstream" % (len(appearance), appearance),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (at, o) for at, o in enumerate(objects, start=1))

    parsed = read_pdf(b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\n%%EOF\n")

    assert texts(parsed) == ["Number:", "RE-2026-17"]
    assert box_of(parsed, "RE-2026-17").x0 == pytest.approx(152, abs=0.5)


def test_a_password_to_open_is_the_owners_to_remove() -> None:
    """We cannot guess it."""
    pdf = written("Total")
    pdf.set_encryption(owner_password=PASSWORD, user_password=PASSWORD)

    assert reason_of(bytes(pdf.output())) == "encrypted"


def test_a_password_against_changes_does_not_matter() -> None:
    """Anybody may read such a document."""
    pdf = written("Total")
    pdf.set_encryption(owner_password=PASSWORD)

    assert texts(read_pdf(bytes(pdf.output()))) == ["Total"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:200], id="truncated"),
        pytest.param(lambda data: data[:9], id="header only"),
        pytest.param(lambda data: b"%PDF-1.7\n" + bytes(range(256)) * 20, id="noise"),
        pytest.param(lambda data: data.replace(b"/Type /Page\n", b"/Type /Rage\n"), id="no page"),
        pytest.param(lambda data: b"x" * 2000 + data[:200], id="truncated, behind other bytes"),
    ],
)
def test_a_damaged_file_is_corrupt(damage: Callable[[bytes], bytes]) -> None:
    """There is no way to its pages."""
    assert reason_of(damage(bytes(written("Total").output()))) == "corrupt"


def test_bytes_in_front_of_a_pdf_are_passed_over() -> None:
    """Even so many that pdfium itself gives up."""
    assert texts(read_pdf(b"junk\n" * 800 + bytes(written("Total").output()))) == ["Total"]


def test_pages_without_text_are_told_apart_from_documents_without() -> None:
    """A picture among pages is a warning; nothing but pictures is a reason."""
    parsed = read_pdf(bytes(written("Total", "").output()))

    assert parsed.warnings == ("Page 2 has no text; what it shows as a picture was not read.",)
    assert reason_of(bytes(written("", "").output())) == "no_text"


def test_pages_past_the_bound_are_left_out_and_counted() -> None:
    """Never silently."""
    parsed = read_pdf(bytes(written(*["word"] * 203).output()))

    assert len(parsed.pages) == 200
    assert parsed.warnings == ("It has 203 pages; the first 200 were read, 3 not.",)


def test_words_past_the_bound_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page where it happens is named."""
    monkeypatch.setattr(_pdf, "MOST_WORDS", 5)

    parsed = read_pdf(bytes(written("one two three", "four five six", "seven").output()))

    assert [word.text for page in parsed.pages for word in page.words] == (
        ["one", "two", "three", "four", "five"]
    )
    assert "page 2" in parsed.warnings[-1]


def with_attachments(*attachments: tuple[str, str | bytes], page: str = "Total") -> bytes:
    """A document with files of these names and contents inside."""
    pdf = written(page)
    for name, content in attachments:
        data = content if isinstance(content, bytes) else content.encode()
        pdf.embed_file(bytes=data, basename=name)
    return bytes(pdf.output())


@pytest.mark.parametrize(
    ("attachments", "xml"),
    [
        pytest.param([("factur-x.xml", CII)], CII, id="the standard's name"),
        pytest.param([("ZUGFeRD-invoice.xml", CII)], CII, id="in other letters"),
        pytest.param([("invoice-4711.xml", CII)], CII, id="any name, by its root"),
        pytest.param([("order-x.xml", ORDER)], None, id="an order"),
        pytest.param([("invoice.csv", "1;2")], None, id="no XML"),
        pytest.param([("factur-x.xml", "<broken")], "<broken", id="nonsense by a standard name"),
        pytest.param(
            [("other.xml", CII.replace("/>", "></a>")), ("xrechnung.xml", CII)],
            CII,
            id="the standard's name goes first",
        ),
        pytest.param([("factur-x.xml", "<broken"), ("b.xml", CII)], CII, id="nonsense goes last"),
    ],
)
def test_the_e_invoice_inside_is_found(
    attachments: list[tuple[str, str | bytes]], xml: str | None
) -> None:
    """By its name, or by its root element where the name says nothing."""
    parsed = read_pdf(with_attachments(*attachments))

    assert parsed.xml == xml
    assert texts(parsed) == ["Total"]


def test_an_e_invoice_makes_up_for_pages_without_text() -> None:
    """A scan with its XML inside is a whole invoice."""
    assert read_pdf(with_attachments(("factur-x.xml", CII), page="")).xml == CII


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"<a>" + b" " * 2000 + b"</a>", "at most 1,000", id="too large"),
        pytest.param(b"<?xml version='1.0'?><a>\xff</a>", "cannot be decoded", id="not decodable"),
    ],
)
def test_an_attachment_that_cannot_be_taken_is_left_aside_and_said(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages are read all the same."""
    monkeypatch.setattr(_pdf, "MOST_BYTES", 1000)

    parsed = read_pdf(with_attachments(("factur-x.xml", content)))

    assert parsed.xml is None
    assert texts(parsed) == ["Total"]
    (warning,) = parsed.warnings
    assert "factur-x.xml" in warning
    assert said in warning


def test_an_empty_attachment_is_left_aside_and_said(tmp_path: Path) -> None:
    """There is nothing in it to hand over."""
    pdf = written("Total")
    (tmp_path / "factur-x.xml").touch()
    pdf.embed_file(tmp_path / "factur-x.xml")

    parsed = read_pdf(bytes(pdf.output()))

    assert parsed.xml is None
    assert parsed.warnings == ("Its attachment factur-x.xml is damaged and was left aside.",)
