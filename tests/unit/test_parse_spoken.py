"""What a PDF wants read out in place of what it shows is never read for it."""

import pytest

from tallysheet.parse._pdf import read_pdf

SHOWN = "BT /F 12 Tf 50 600 Td (IBAN DE02) Tj ET"
LIE = "/ActualText (IBAN DE99)"


def made(content: str, form: str = "", inner: str = "") -> bytes:
    """A PDF with one page of that content, which finds font F, forms X and Y, and properties P."""
    fonts = f"/Font << /F 5 0 R >> /Properties << /P << {LIE} >> >>"
    shape = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    resources = f"/Resources << {fonts} /XObject << /X 6 0 R /Y 7 0 R >> >>"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R {resources} >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< {shape} {resources} /Length {len(form)} >>\nstream\n{form}\nendstream",
        f"<< {shape} {resources} /Length {len(inner)} >>\nstream\n{inner}\nendstream",
    ]
    objects = "".join(f"{at} 0 obj\n{part}\nendobj\n" for at, part in enumerate(parts, start=1))
    return f"%PDF-1.7\n{objects}trailer\n<< /Size 8 /Root 1 0 R >>\n%%EOF\n".encode()


SPOKEN = {
    "as it stands": made(f"/Span << {LIE} >> BDC {SHOWN} EMC"),
    "named": made(f"/Span /P BDC {SHOWN} EMC"),
    "around another": made(f"/Span << {LIE} >> BDC /Span << /MCID 0 >> BDC {SHOWN} EMC EMC"),
    "twice": made(f"/Span << {LIE} >> BDC /Span << {LIE} >> BDC {SHOWN} EMC EMC"),
    "for each of two": made(f"/Span /P BDC {SHOWN} EMC /Span /P BDC {SHOWN} EMC"),
    "in a form": made("/X Do", f"/Span << {LIE} >> BDC {SHOWN} EMC"),
    "in a form of a form": made("/X Do", "/Y Do", f"/Span /P BDC {SHOWN} EMC"),
    "around a form": made(f"/Span << {LIE} >> BDC /X Do EMC", SHOWN),
}


@pytest.mark.parametrize("data", SPOKEN.values(), ids=SPOKEN)
def test_what_is_to_be_read_out_is_not_taken_for_what_is_shown(data: bytes) -> None:
    """Whoever pays sees one account; another one that is only said is nobody's."""
    parsed = read_pdf(data)

    words = [word.text for word in (*parsed.pages[0].words, *parsed.pages[0].hidden)]
    assert {*words} == {"IBAN", "DE02"}


def test_a_page_without_it_is_read_as_before() -> None:
    """Marks of other kinds stay."""
    parsed = read_pdf(made(f"/P << /MCID 0 >> BDC {SHOWN} EMC"))

    assert [word.text for word in parsed.pages[0].words] == ["IBAN", "DE02"]
