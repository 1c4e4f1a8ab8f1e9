"""Words that a person cannot see on a page are told apart from those that one can."""

import io
from collections.abc import Callable
from typing import NoReturn

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from tallysheet.errors import DocumentError
from tallysheet.model import Box, Parsed
from tallysheet.parse import _certain, _hidden, ocr
from tallysheet.parse._lines import Line
from tallysheet.parse._pdf import read_pdf
from tallysheet.parse._tricks import tricks_of

SEEN = "BT /F 12 Tf 50 700 Td (Total 119,00) Tj ET\n"
UNSEEN = "(Total 999,00 approved) Tj"
LAYER_OFF = (
    "/OCProperties << /OCGs [7 0 R] /D << /Order [7 0 R] /OFF [7 0 R] >> >>",
    "/Properties << /L 7 0 R >>",
)
LAYER_ON = (
    "/OCProperties << /OCGs [7 0 R] /D << /Order [7 0 R] /ON [7 0 R] >> >>",
    "/Properties << /L 7 0 R >>",
)
WRITTEN = "BT /F 12 Tf 1 g 50 600 Td (Total 999,00 approved) Tj ET"
BLACK = "0 g 0 0 595 842 re f"
STATES = (
    "/G << /ca 0 >> /H << /ca .5 >> /M << /SMask << /S /Luminosity /G 9 0 R >> >> "
    "/T << /ca .02 >> /N << /ca 1 >>"
)


def made(
    content: str, *, catalog: str = "", resources: str = "", page: str = "", more: str = ""
) -> bytes:
    """A PDF with one page of that content, which finds font F, image I, form X and `STATES`.

    What is *more* is its object 10.
    """
    grey = "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
    form = "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    group = "/Group << /S /Transparency /CS /DeviceGray >>"
    fonts = "/Font << /F 5 0 R >>"
    parts = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {page} /Contents 4 0 R "
        f"/Resources << {fonts} /XObject << /I 6 0 R /X 8 0 R >> "
        f"/ExtGState << {STATES} >> {resources} >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"{grey} /ColorSpace /DeviceGray /Length 1 >>\nstream\n\x7f\nendstream",
        "<< /Type /OCG /Name (Secrets) >>",
        f"{form} /Resources << {fonts} >> /Length {len(WRITTEN)} >>\nstream\n{WRITTEN}\nendstream",
        f"{form} {group} /Length {len(BLACK)} >>\nstream\n{BLACK}\nendstream",
        more or "null",
    ]
    data, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{part}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}trailer\n"
    end += f"<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + end.encode()


def seen(parsed: Parsed) -> str:
    """What is on the first page, as text."""
    return " ".join(word.text for word in parsed.pages[0].words)


def hidden(parsed: Parsed) -> str:
    """What is hidden there."""
    return " ".join(word.text for word in parsed.pages[0].hidden)


PLAIN = f"BT /F 12 Tf 50 600 Td {UNSEEN} ET "
DARK_BAR = "0 g 0 580 595 60 re f"
LIGHT = "/T gs 0 g"
ON_IT = f"/N gs 1 g BT /F 12 Tf 50 600 Td {UNSEEN} ET"
HIDDEN = {
    "white on white": f"1 g BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "nearly white": f"0.97 g BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "white in CMYK": f"0 0 0 0 k BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "black on a black shape": f"0 0 0 rg 0 580 595 60 re f BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "grey on a shape of that grey": f".6 g 0 580 595 60 re f BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "tiny": f"BT /F 0.8 Tf 50 600 Td {UNSEEN} ET",
    "tiny by its matrix": f"BT /F 12 Tf .05 0 0 .05 50 600 Tm {UNSEEN} ET",
    "tiny and upwards": f"BT /F 12 Tf 0 .05 -.05 0 50 600 Tm {UNSEEN} ET",
    "beside the page": f"BT /F 12 Tf 700 600 Td {UNSEEN} ET",
    "below the page": f"BT /F 12 Tf 50 -60 Td {UNSEEN} ET",
    "under a white shape": f"BT /F 12 Tf 50 600 Td {UNSEEN} ET 1 g 0 580 595 60 re f",
    "under a dark shape": f"BT /F 12 Tf 50 600 Td {UNSEEN} ET 0 g 0 580 595 60 re f",
    "under a thick line": f"BT /F 12 Tf 50 600 Td {UNSEEN} ET 1 G 60 w 0 605 m 595 605 l S",
    "under an image": f"BT /F 12 Tf 50 600 Td {UNSEEN} ET q 595 0 0 60 0 580 cm /I Do Q",
    "invisible by its mode": f"BT 3 Tr /F 12 Tf 50 600 Td {UNSEEN} ET",
    "only a clip": f"q BT 7 Tr /F 12 Tf 50 600 Td {UNSEEN} ET Q",
    "transparent": f"/G gs BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "clipped away": f"q 0 0 1 1 re W n BT /F 12 Tf 50 600 Td {UNSEEN} ET Q",
    "white in a form": "/X Do",
    "masked out": f"/M gs BT /F 12 Tf 50 600 Td {UNSEEN} ET",
    "white on a dark bar that is not dark at all": f"{LIGHT} 0 580 595 60 re f {ON_IT}",
    "white on a bar smaller than it": f"0 g 0 580 20 60 re f {ON_IT}",
    "white on a dark bar under a white one": f"{DARK_BAR} 1 g 0 580 595 60 re f {ON_IT}",
    "white under a dark bar": f"{ON_IT} {DARK_BAR}",
    "white on a bar that is clipped away": f"q 0 0 1 1 re W n {DARK_BAR} Q {ON_IT}",
    "clipped away on a dark bar": f"{DARK_BAR} q 0 0 1 1 re W n {ON_IT} Q",
    "white in the hole of a dark bar": f"0 g 0 500 595 150 re 0 580 595 60 re f* {ON_IT}",
    "white beside a triangle": f"0 g 0 580 m 595 580 l 0 581 l 595 640 m 595 639 l f {ON_IT}",
    "white twice, a little apart": f"{ON_IT} BT /F 12 Tf 1 g 50.2 600.2 Td {UNSEEN} ET",
    "under its own copy in white": f"{PLAIN} 1 g 1 G 3 w BT 2 Tr /F 12 Tf 50 600 Td {UNSEEN} ET",
    "under white strips": PLAIN
    + "1 g "
    + " ".join(f"0 {y} 595 2.5 re f" for y in range(590, 620, 2)),
    "under white lines": PLAIN
    + "1 G 2.9 w "
    + " ".join(f"0 {y} m 595 {y} l S" for y in range(590, 620, 2)),
    "under one path of white lines": PLAIN
    + "1 G 2.9 w "
    + " ".join(f"0 {y} m 595 {y} l" for y in range(590, 620, 2))
    + " S",
    "under upright strips": PLAIN
    + "1 g "
    + " ".join(f"{x} 590 2.5 40 re f" for x in range(45, 220, 2)),
}


@pytest.mark.parametrize("content", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("turned", [0, 90])
def test_what_nobody_sees_is_no_word_of_the_page(content: str, turned: int) -> None:
    """However it is hidden, it is kept apart, counted and said; the rest of the page stays."""
    parsed = read_pdf(made(SEEN + content, page=f"/Rotate {turned}"))

    assert sorted(seen(parsed).split()) == ["119,00", "Total"]
    assert sorted(hidden(parsed).split()) == ["999,00", "Total", "approved"]
    assert any("Hidden text" in said and "3 on page 1" in said for said in parsed.warnings)
    assert "999" not in parsed.pages[0].text


PARTLY = {
    "white before it": "1 g BT /F 12 Tf 50 600 Td (9) Tj 0 g (119,00) Tj ET",
    "white after it": "BT /F 12 Tf 50 600 Td (119,00) Tj 1 g (9) Tj ET",
    "white within it": "BT /F 12 Tf 50 600 Td (1) Tj 1 g (9) Tj 0 g (19,00) Tj ET",
    "a white sign": "BT /F 12 Tf 50 600 Td 1 g (-) Tj 0 g (119,00) Tj ET",
    "transparent": "BT /F 12 Tf 50 600 Td /G gs (9) Tj /N gs (119,00) Tj ET",
    "invisible by its mode": "BT /F 12 Tf 50 600 Td 3 Tr (9) Tj 0 Tr (119,00) Tj ET",
    "under a white shape": "BT /F 12 Tf 50 600 Td (9119,00) Tj ET 1 g 40 590 16.2 40 re f",
    "clipped away": "q 56.8 590 200 40 re W n BT /F 12 Tf 50 600 Td (9119,00) Tj ET Q",
    "beside a dark bar": "0 g 56.7 590 100 40 re f 1 g BT /F 12 Tf 50 600 Td (9119,00) Tj ET",
}


@pytest.mark.parametrize("content", PARTLY.values(), ids=PARTLY.keys())
def test_a_word_with_a_letter_that_nobody_sees_is_hidden(content: str) -> None:
    """A digit that hides before an amount makes no other amount of it."""
    parsed = read_pdf(made(SEEN + content))

    assert seen(parsed) == "Total 119,00"
    assert len(parsed.pages[0].hidden) == 1


def test_a_tiny_digit_before_an_amount_is_a_word_of_its_own() -> None:
    """Nobody reads it, and it makes no other amount."""
    tiny = "BT /F 1 Tf 50 604 Td (9) Tj /F 12 Tf 0.6 -4 Td (119,00) Tj ET"

    parsed = read_pdf(made(tiny))

    assert seen(parsed) == "119,00"
    assert hidden(parsed) == "9"


@pytest.mark.parametrize("ink", ["1 g", "0 g"], ids=["white", "black"])
def test_what_lies_under_huge_letters_is_hidden(ink: str) -> None:
    """Letters cover like shapes do, in any colour."""
    letter = f"{ink} BT /F 900 Tf -40 300 Td (I) Tj ET "
    seller = "BT 0 g /F 9 Tf 300 300 Td (Seller) Tj ET"

    parsed = read_pdf(made(SEEN + PLAIN + letter + seller))

    assert "Seller" in seen(parsed)
    assert "999,00" not in seen(parsed)
    assert "999,00" in hidden(parsed)


@pytest.mark.parametrize("named", ["/OCProperties", "/#4fCProperties"])
def test_a_layer_that_is_off_is_hidden(named: str) -> None:
    """What a reader would have to switch on first is not seen, even by an odd spelling."""
    catalog, resources = LAYER_OFF
    content = f"{SEEN}/OC /L BDC BT /F 12 Tf 50 600 Td {UNSEEN} ET EMC"

    parsed = read_pdf(
        made(content, catalog=catalog.replace("/OCProperties", named), resources=resources)
    )

    assert seen(parsed) == "Total 119,00"
    assert hidden(parsed) == "Total 999,00 approved"


def in_tiles(cell: str, named: str = "/PatternType 1") -> bytes:
    """A page on which a total is written in black ink of such tiles."""
    tile = "/TilingType 1 /BBox [0 0 4 4] /XStep 4 /YStep 4 /Resources << >>"
    return made(
        SEEN + "/U cs 0 /P scn " + PLAIN,
        resources="/Pattern << /P 10 0 R >> /ColorSpace << /U [/Pattern /DeviceGray] >>",
        more=f"<< {named} /PaintType 2 {tile} /Length {len(cell)} >>\nstream\n{cell}\nendstream",
    )


@pytest.mark.parametrize(
    "named", ["/PatternType 1", "/P#61tter#6e#54ype 1", "/PatternType\n1.0", "/PatternType%2\r1"]
)
def test_ink_of_empty_tiles_is_hidden(named: str) -> None:
    """Its colour is black, which says nothing of what it paints."""
    parsed = read_pdf(in_tiles("", named))

    assert (seen(parsed), hidden(parsed)) == ("Total 119,00", "Total 999,00 approved")


def test_ink_of_tiles_that_are_full_is_seen() -> None:
    """So is whatever else is on the page."""
    parsed = read_pdf(in_tiles("0 0 4 4 re f"))

    assert (seen(parsed), hidden(parsed)) == ("Total 119,00 Total 999,00 approved", "")


@pytest.mark.parametrize("shading", [b"/PatternType 2 /Shading 3 0 R", b"<</PatternType\n2>>"])
def test_a_shading_puts_nothing_in_doubt(shading: bytes) -> None:
    """Many logos have one, and drawing all pages with logos would cost more than reading them."""
    assert not tricks_of(shading).patterns


def test_a_cut_off_margin_is_hidden() -> None:
    """A page is what its crop box shows."""
    content = f"{SEEN}BT /F 12 Tf 50 600 Td {UNSEEN} ET"

    parsed = read_pdf(made(content, page="/CropBox [0 650 595 842]"))

    assert seen(parsed) == "Total 119,00"
    assert hidden(parsed) == "Total 999,00 approved"


VISIBLE = {
    "white on a dark bar": "0 g 0 580 595 60 re f 1 g BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET",
    "black on a light row": ".9 g 0 580 595 60 re f 0 g BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET",
    "on an image": "q 595 0 0 60 0 580 cm /I Do Q BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET",
    "light grey": "0.8 g BT /F 9 Tf 50 600 Td (Seller Ltd.) Tj ET",
    "small print": "BT /F 4 Tf 50 600 Td (Seller Ltd.) Tj ET 1 g 0 0 9 9 re f",
    "half transparent": "/H gs BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET",
    "outlined": "BT 1 Tr /F 24 Tf 50 600 Td (Seller Ltd.) Tj ET",
    "clipped to more than it": "q 0 0 595 842 re W n BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET Q",
    "framed": "BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET 0 G 2 w 40 590 200 30 re S",
    "signs alone": "0.5 g BT /F 8 Tf 50 600 Td (. - _ , Seller Ltd.) Tj ET 1 g 0 0 9 9 re f",
}


@pytest.mark.parametrize("content", VISIBLE.values(), ids=VISIBLE.keys())
@pytest.mark.parametrize("drawn", [False, True], ids=["looked through", "drawn"])
def test_what_can_be_seen_stays(content: str, drawn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, shapes and pictures that hide nothing take nothing away."""
    if drawn:
        monkeypatch.setattr(_hidden, "certain_texts", lambda *_, **__: ())

    parsed = read_pdf(made(SEEN + content))

    assert "Seller Ltd." in seen(parsed)
    assert not parsed.pages[0].hidden
    assert not parsed.warnings


def test_a_layer_that_is_on_is_seen() -> None:
    """Layers hide nothing by being layers."""
    catalog, resources = LAYER_ON
    content = "/OC /L BDC BT /F 12 Tf 50 600 Td (Seller Ltd.) Tj ET EMC"

    parsed = read_pdf(made(SEEN + content, catalog=catalog, resources=resources))

    assert not parsed.pages[0].hidden


def laid_over_a_scan(*more: tuple[float, str]) -> bytes:
    """A scan that shows a total, another one laid over it in words without ink, and *more*."""
    scan = Image.new("L", (1190, 1684), 255)
    ImageDraw.Draw(scan).text((100, 180), "Total 119,00", fill=0, font=ImageFont.load_default(24))
    pdf = FPDF(unit="pt", format=(595, 842))
    pdf.add_page()
    pdf.image(scan, 0, 0, 595, 842)
    pdf.set_font("helvetica", size=12)
    with pdf.local_context(text_mode="INVISIBLE"):
        pdf.text(50, 102, "Total 919,00")
        pdf.text(50, 302, "Total 999,00")
    for y, text in more:
        pdf.text(50, y, text)
    return bytes(pdf.output())


def engine_that_finds(text: str, at: Box) -> Callable[[object], list[Line]]:
    """What reads this in any picture, there in pixels."""
    corners = ((at.x0, at.y0), (at.x1, at.y0), (at.x1, at.y1), (at.x0, at.y1))
    return lambda _: [Line(text, corners, 0.9)]


def test_what_is_laid_over_a_scan_is_not_read_where_ocr_reads_the_scan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is invisible itself, and the picture under it may say other things."""
    engine = engine_that_finds("Total 119,00", Box(140, 250, 340, 285))
    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    parsed = read_pdf(laid_over_a_scan())

    assert seen(parsed) == "Total 119,00"
    assert hidden(parsed) == "Total 999,00"
    assert not parsed.missing


def test_what_is_written_on_a_scan_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stamp has ink of its own; what is laid beside it goes, and what the scan shows comes."""
    engine = engine_that_finds("Total 119,00", Box(140, 250, 340, 285))
    monkeypatch.setattr(ocr, "_engine", lambda: engine)

    parsed = read_pdf(laid_over_a_scan((500, "RECEIVED")))

    assert seen(parsed) == "Total 119,00 RECEIVED"


def test_without_ocr_a_scan_with_words_laid_over_it_counts_as_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are all there is, but nobody knows whether they are what it shows."""

    def none() -> NoReturn:
        raise DocumentError("no_text", "OCR is not installed.", "Install it.")

    monkeypatch.setattr(ocr, "_engine", none)

    parsed = read_pdf(laid_over_a_scan())

    assert seen(parsed) == "Total 919,00"
    assert parsed.missing == (1,)
    assert any("laid over it" in said and "Install it." in said for said in parsed.warnings)


def test_a_page_with_nothing_but_hidden_text_has_no_text() -> None:
    """Then it is a picture like any other that shows nothing."""
    with pytest.raises(DocumentError) as caught:
        read_pdf(made(f"1 g BT /F 12 Tf 50 600 Td {UNSEEN} ET"))

    assert caught.value.reason == "no_text"


def test_a_plain_page_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing costs as much as reading; dark text, lines and light rows do not call for it."""
    monkeypatch.setattr(_hidden, "drawn", lambda *_: pytest.fail("drawn"))
    rows = "".join(
        f".9 g 40 {y} 500 14 re f 0 g BT /F 9 Tf 50 {y + 4} Td (Row) Tj ET " for y in (400, 430)
    )
    logo = "q 60 0 0 60 500 750 cm /I Do Q 0 G 40 380 500 90 re S"

    parsed = read_pdf(made(SEEN + rows + logo))

    assert seen(parsed) == "Total 119,00 Row Row"


@pytest.mark.parametrize("box", ["[0 0 2000000 2000000]", "[0 0 0.1 0.1]", "[0 0 9 90000]"])
def test_a_page_of_any_size_is_drawn_within_bounds(box: str) -> None:
    """How large a page claims to be decides over nothing."""
    content = f"1 g BT /F 12 Tf 0 1 Td {UNSEEN} ET"
    data = made(content).replace(b"/MediaBox [0 0 595 842]", f"/MediaBox {box}".encode())

    with pytest.raises(DocumentError) as caught:
        read_pdf(data)

    assert caught.value.reason == "no_text"


def test_hidden_words_cross_the_pipe_for_those_who_explain() -> None:
    """They are shown to people, never sent to rules."""
    parsed = read_pdf(made(f"{SEEN}1 g BT /F 12 Tf 50 600 Td {UNSEEN} ET"))

    assert Parsed.from_bytes(parsed.to_bytes()).pages == parsed.pages
    assert b"999,00" not in parsed.to_bytes(words_only=True)


def test_a_flood_of_hidden_words_is_counted_and_cut() -> None:
    """Ten thousand of them are no ballast for whoever takes the page in."""
    flood = " ".join(f"BT /F 12 Tf 700 {y} Td (pay me now) Tj ET" for y in range(0, 20_000, 20))

    parsed = read_pdf(made(SEEN + flood))

    assert len(parsed.pages[0].hidden) == _hidden.MOST_KEPT
    assert parsed.warnings[0].endswith("3,000 on page 1.")


def test_a_page_of_very_many_parts_is_drawn_instead_of_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plan with ten thousand shapes and labels takes no minute."""
    monkeypatch.setattr(_certain, "_met", lambda *_: pytest.fail("compared"))
    shapes = "".join(f"0 g {x} 10 8 8 re f " for x in range(0, 4000, 2))
    labels = "".join(f"BT /F 6 Tf 50 {y} Td (Row) Tj ET " for y in range(100, 500, 3))

    parsed = read_pdf(made(SEEN + shapes + labels))

    assert not parsed.pages[0].hidden


def test_many_pages_with_hidden_text_are_one_sentence() -> None:
    """The first are named, the others counted."""
    with pypdfium2.PdfDocument(made(f"{SEEN}1 g BT /F 12 Tf 50 600 Td {UNSEEN} ET")) as one:
        pdf = pypdfium2.PdfDocument.new()
        for _ in range(8):
            pdf.import_pages(one)
        buffer = io.BytesIO()
        pdf.save(buffer)

    (said,) = read_pdf(buffer.getvalue()).warnings

    assert said.endswith("3 on page 5 and more on 3 other pages.")
